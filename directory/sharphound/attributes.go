package sharphound

import (
	"bytes"
	"strings"

	"hygie/directory/internal/jsonscan"
	"hygie/directory/model"
	modelentry "hygie/directory/model/entry"
	"hygie/directory/reading"
	"hygie/directory/secdesc"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sharphound/terms"
	"hygie/directory/sharphound/wire"
	"hygie/directory/sid"
)

// Flags of userAccountControl (MS-ADTS 2.2.16).
const (
	flagDisabled       = 0x2
	flagLockout        = 0x10
	flagNotRequired    = 0x20
	flagReversible     = 0x80
	flagNormal         = 0x200
	flagInterdomain    = 0x800
	flagWorkstation    = 0x1000
	flagServer         = 0x2000
	flagDontExpire     = 0x10000
	flagSmartcard      = 0x40000
	flagUnconstrained  = 0x80000
	flagNotDelegated   = 0x100000
	flagDES            = 0x200000
	flagNoPreauth      = 0x400000
	flagTransition     = 0x1000000
	flagPartialSecrets = 0x4000000
	flagsOfKind        = 0x100 | flagNormal | flagInterdomain | flagWorkstation | flagServer // what sort of account it is
)

// accountBits lists the truth values that are flags of userAccountControl.
func accountBits() []struct {
	prop wire.Prop
	bit  int64
} {
	return []struct {
		prop wire.Prop
		bit  int64
	}{
		{wire.PropLockedOut, flagLockout}, {wire.PropPasswordNotReqd, flagNotRequired}, {wire.PropEncryptedTextPwd, flagReversible},
		{wire.PropPwdNeverExpires, flagDontExpire}, {wire.PropSmartcardRequired, flagSmartcard}, {wire.PropUnconstrained, flagUnconstrained},
		{wire.PropSensitive, flagNotDelegated}, {wire.PropUseDESKeyOnly, flagDES}, {wire.PropDontReqPreauth, flagNoPreauth},
		{wire.PropTrustedToAuth, flagTransition}, {wire.PropIsDC, flagServer}, {wire.PropIsReadOnlyDC, flagPartialSecrets},
	}
}

// accountControl adds userAccountControl, or what is known of it.
func (f *fileReader) accountControl(o *wire.Object, c wire.Class) {
	if o.Got(wire.PropUserAccountControl) && o.Props[wire.PropUserAccountControl].Kind != '0' {
		if n, ok := f.integer(o, wire.PropUserAccountControl); ok {
			f.entry.addInt("userAccountControl", n)
			f.collected("userAccountControl")
			return
		}
	}
	var bits, known int64
	if enabled, ok := f.truth(o, wire.PropEnabled); ok {
		known |= flagDisabled
		if !enabled {
			bits |= flagDisabled
		}
	}
	for _, b := range f.bits {
		v, ok := f.truth(o, b.prop)
		if b.prop == wire.PropIsDC && !ok && o.Has&wire.HasIsDC != 0 {
			v, ok = o.IsDC, true
		}
		if ok {
			known |= b.bit
			if v {
				bits |= b.bit
			}
		}
	}
	if known == 0 {
		return
	}
	switch {
	case c == wire.Users: // the collector leaves out the accounts of computers and of trusts
		bits |= flagNormal
		known |= flagsOfKind
	case known&flagServer != 0:
		if bits&flagServer == 0 {
			bits |= flagWorkstation
		}
		known |= flagsOfKind
	}
	f.entry.addInt(modelentry.AccountFlags, known<<32|bits)
	f.collected(modelentry.AccountFlags)
}

// integer reads a property as a number; a value that is none is reported.
func (f *fileReader) integer(o *wire.Object, p wire.Prop) (int64, bool) {
	v := o.Props[p]
	if v.Kind == 0 || v.Kind == '0' {
		return 0, false
	}
	n, ok := v.Integer()
	if !ok {
		f.badValue(o, p, "want_number")
	}
	return n, ok
}

func (f *fileReader) truth(o *wire.Object, p wire.Prop) (value, ok bool) {
	v := o.Props[p]
	if v.Kind == 0 || v.Kind == '0' {
		return false, false
	}
	if value, ok = v.Truth(); !ok {
		f.badValue(o, p, "want_truth")
	}
	return value, ok
}

// texts gives a property that is a list; a single text counts as a list of one.
func (f *fileReader) texts(o *wire.Object, p wire.Prop) [][]byte {
	switch v := o.Props[p]; v.Kind {
	case '[':
		return o.List(o.Lists[p])
	case 's':
		o.Items = append(o.Items, v.Raw)
		return o.Items[len(o.Items)-1:]
	case 0, '0':
	default:
		f.badValue(o, p, "want_list")
	}
	return nil
}

// plain gives a property that is a text; null and absent give nothing.
func (f *fileReader) plain(o *wire.Object, p wire.Prop) []byte {
	switch v := o.Props[p]; v.Kind {
	case 's', 'n':
		return v.Raw
	case 0, '0':
	default:
		f.badValue(o, p, "want_text")
	}
	return nil
}

// number adds an attribute that is a number.
func (f *fileReader) number(o *wire.Object, p wire.Prop, attribute string) {
	if !o.Got(p) {
		return
	}
	f.collected(attribute)
	if n, ok := f.integer(o, p); ok {
		f.entry.addInt(attribute, n)
	}
}

// instant adds an attribute that counts 100 ns since 1601 from a number of seconds since 1970; zero and less stand for never.
func (f *fileReader) instant(o *wire.Object, p wire.Prop, attribute string, zero bool) {
	if !o.Got(p) {
		return
	}
	f.collected(attribute)
	n, ok := f.integer(o, p)
	switch {
	case !ok:
	case n > maxUnix:
		f.badValue(o, p, "want_seconds")
	case n > 0:
		f.entry.addFileTime(attribute, n)
	case zero:
		f.entry.addInt(attribute, 0)
	}
}

// maxUnix is the year 9999, later than any date of a directory.
const maxUnix = 253402300799

// copyText adds an attribute that is a text.
func (f *fileReader) copyText(o *wire.Object, p wire.Prop, attribute string) {
	if !o.Got(p) {
		return
	}
	f.collected(attribute)
	f.entry.add(attribute, f.plain(o, p))
}

func (f *fileReader) copyTexts(o *wire.Object, p wire.Prop, attribute string) {
	if !o.Got(p) {
		return
	}
	f.collected(attribute)
	f.entry.addAll(attribute, f.texts(o, p))
}

// account adds what users and computers share.
func (f *fileReader) account(o *wire.Object, c wire.Class) {
	f.accountControl(o, c)
	f.instant(o, wire.PropPwdLastSet, "pwdLastSet", true)
	f.instant(o, wire.PropLastLogonTimestamp, "lastLogonTimestamp", false)
	f.copyTexts(o, wire.PropSPNs, "servicePrincipalName")
	f.adminCount(o)
	f.sidHistory(o)
	if o.Got(wire.PropSupportedEncryption) {
		f.collected("msDS-SupportedEncryptionTypes")
		if names := f.texts(o, wire.PropSupportedEncryption); len(names) > 0 {
			if bits, ok := terms.EncryptionTypes(names); ok {
				f.entry.addInt("msDS-SupportedEncryptionTypes", bits)
			} else {
				f.badValue(o, wire.PropSupportedEncryption, "want_encryption")
			}
		}
	}
	// The collector gives the targets of accounts with protocol transition only.
	if o.Got(wire.PropTrustedToAuth) {
		f.collected(modelentry.TransitionTargets)
	}
	f.entry.addAll("msDS-AllowedToDelegateTo", f.texts(o, wire.PropAllowedToDelegate))
	if rid, ok := lastNumber(o.PrimaryGroup); ok {
		f.entry.addInt("primaryGroupID", rid)
		f.collected("primaryGroupID")
	}
}

func (f *fileReader) adminCount(o *wire.Object) {
	if !o.Got(wire.PropAdminCount) {
		return
	}
	f.collected("adminCount")
	if v := o.Props[wire.PropAdminCount]; v.Kind == 'n' {
		f.number(o, wire.PropAdminCount, "adminCount")
	} else if marked, ok := f.truth(o, wire.PropAdminCount); ok && marked {
		f.entry.addInt("adminCount", 1)
	}
}

func (f *fileReader) sidHistory(o *wire.Object) {
	if o.Got(wire.PropSIDHistory) {
		f.collected("sIDHistory")
	}
	list := f.texts(o, wire.PropSIDHistory)
	if len(list) == 0 {
		list = o.List(o.History)
	}
	from := len(f.entry.values)
	for _, text := range list {
		s, ok := rights.SIDOf(text)
		if !ok {
			f.badValue(o, wire.PropSIDHistory, "want_sids")
			continue
		}
		f.entry.values = append(f.entry.values, s.Bytes())
	}
	if n := len(f.entry.values); n > from {
		f.entry.attributes = append(f.entry.attributes, model.Attribute{Name: "sIDHistory", Values: f.entry.values[from:n:n]})
	}
}

// lastNumber gives the relative identifier at the end of a SID in text form.
func lastNumber(text []byte) (int64, bool) {
	if i := bytes.LastIndexByte(text, '-'); i > 0 {
		return jsonscan.Value{Kind: 'n', Raw: text[i+1:]}.Integer()
	}
	return 0, false
}

// accountName adds sAMAccountName: as given, else what precedes the domain in the name that is shown.
func (f *fileReader) accountName(o *wire.Object, suffix string) {
	name := f.plain(o, wire.PropSAMAccountName)
	if len(name) == 0 {
		shown := f.plain(o, wire.PropName)
		cut := byte('@')
		if suffix != "" {
			cut = '.'
		}
		if i := bytes.IndexByte(shown, cut); i > 0 {
			name = append(bytes.Clone(shown[:i]), suffix...)
		}
	}
	if len(name) > 0 {
		f.collected("sAMAccountName")
		f.entry.add("sAMAccountName", name)
	}
}

func (f *fileReader) user(o *wire.Object) {
	f.account(o, wire.Users)
	f.accountName(o, "")
	f.copyText(o, wire.PropLogonScript, "scriptPath")
}

func (f *fileReader) computer(o *wire.Object) {
	f.account(o, wire.Computers)
	f.accountName(o, "$")
	f.copyText(o, wire.PropOperatingSystem, "operatingSystem")
	// The name that is shown is the DNS name, or the account and the domain when there is none.
	if name := f.plain(o, wire.PropName); bytes.IndexByte(name, '.') > 0 {
		f.collected("dNSHostName")
		f.entry.add("dNSHostName", name)
	}
	if o.Has&wire.HasAllowedToAct == 0 {
		return
	}
	f.collected("msDS-AllowedToActOnBehalfOfOtherIdentity")
	spec := secdesc.Spec{Owner: sid.Administrators}
	for _, id := range o.List(o.AllowedToAct) {
		if s, ok := rights.SIDOf(id); ok {
			spec.Entries = append(spec.Entries, secdesc.ACE{Mask: secdesc.FullControl, Trustee: s})
		}
	}
	if len(spec.Entries) > 0 {
		if sd, err := secdesc.Build(spec); err == nil {
			f.entry.add("msDS-AllowedToActOnBehalfOfOtherIdentity", sd)
		} else {
			f.warn(reading.Warning("source_list_left_out", reading.At(err, "byte", o.At), "list", "list_allowed_to_act"))
			f.source.Partial = true
		}
	}
}

// groupType gives a type (MS-ADTS 2.2.12) from the scope of a group; that it is a security group is what the collector looks
// for.
func groupType(scope []byte) (int64, bool) {
	const security = -0x80000000
	switch strings.ToLower(string(scope)) {
	case "global":
		return security | 0x2, true
	case "domainlocal":
		return security | 0x4, true
	case "universal":
		return security | 0x8, true
	}
	return 0, false
}

func (f *fileReader) group(o *wire.Object) {
	f.accountName(o, "")
	f.adminCount(o)
	f.sidHistory(o)
	if kind, ok := groupType(o.Text(wire.PropGroupScope)); ok {
		f.collected("groupType")
		f.entry.addInt("groupType", kind)
	}
	if o.Has&wire.HasMembers != 0 {
		f.collected("member")
	}
}

func (f *fileReader) domain(o *wire.Object) {
	f.number(o, wire.PropMachineAccountQuota, "ms-DS-MachineAccountQuota")
	f.number(o, wire.PropMinPwdLength, "minPwdLength")
	f.number(o, wire.PropPwdProperties, "pwdProperties")
	f.number(o, wire.PropPwdHistoryLength, "pwdHistoryLength")
	f.number(o, wire.PropLockoutThreshold, "lockoutThreshold")
	for _, each := range []struct {
		prop      wire.Prop
		attribute string
	}{
		{wire.PropMaxPwdAge, "maxPwdAge"}, {wire.PropMinPwdAge, "minPwdAge"}, {wire.PropLockoutDuration, "lockoutDuration"},
		{wire.PropLockoutWindow, "lockOutObservationWindow"},
	} {
		v := o.Props[each.prop]
		if v.Kind == 0 || v.Kind == '0' {
			continue
		}
		f.collected(each.attribute)
		if n, ok := terms.Interval(v); ok {
			f.entry.addInt(each.attribute, n)
		} else {
			f.badValue(o, each.prop, "want_duration")
		}
	}
	if v := o.Props[wire.PropFunctionalLevel]; v.Kind == 's' || v.Kind == 'n' {
		if n, ok := terms.FunctionalLevel(string(v.Raw)); ok {
			f.collected("msDS-Behavior-Version")
			f.entry.addInt("msDS-Behavior-Version", n)
		}
	}
	if renewed, ok := f.truth(o, wire.PropExpireSmartCard); ok {
		f.collected("msDS-ExpirePasswordsOnSmartCardOnlyAccounts")
		f.entry.addBool("msDS-ExpirePasswordsOnSmartCardOnlyAccounts", renewed)
	}
}

func (f *fileReader) template(o *wire.Object) {
	f.copyText(o, wire.PropDisplayName, "displayName")
	f.copyText(o, wire.PropOID, "msPKI-Cert-Template-OID")
	f.number(o, wire.PropSchemaVersion, "msPKI-Template-Schema-Version")
	f.number(o, wire.PropAuthorizedSignatures, "msPKI-RA-Signature")
	f.copyTexts(o, wire.PropApplicationPolicy, "msPKI-Certificate-Application-Policy")
	if o.Got(wire.PropEKUs) {
		f.copyTexts(o, wire.PropEKUs, "pKIExtendedKeyUsage")
	} else {
		f.copyTexts(o, wire.PropEffectiveEKUs, "pKIExtendedKeyUsage")
	}
	f.flags(o, wire.PropCertificateNameFlag, "msPKI-Certificate-Name-Flag", terms.NameFlags(), wire.PropEnrolleeSuppliesSubject, 0x1)
	f.flags(o, wire.PropEnrollmentFlag, "msPKI-Enrollment-Flag", terms.EnrolmentFlags(), wire.PropRequiresApproval, 0x2)
}

// flags adds an attribute of a template that holds flags: from the property that gives them all, else from the one that gives
// the flag that matters.
func (f *fileReader) flags(o *wire.Object, p wire.Prop, attribute string, names map[string]int64, one wire.Prop, bit int64) {
	if v := o.Props[p]; v.Kind == 'n' || v.Kind == 's' {
		if n, ok := terms.Bits(v, names); ok {
			f.collected(attribute)
			f.entry.addInt(attribute, n)
			return
		}
	}
	if set, ok := f.truth(o, one); ok {
		f.collected(attribute)
		if !set {
			bit = 0
		}
		f.entry.addInt(attribute, bit)
	}
}

// authority adds what an object that holds certificates gives of them.
func (f *fileReader) authority(o *wire.Object) {
	f.copyText(o, wire.PropDNSHostName, "dNSHostName")
	list := f.texts(o, wire.PropCertThumbprints)
	if len(list) == 0 {
		list = f.texts(o, wire.PropCertThumbprint)
	}
	if !o.Got(wire.PropCertThumbprint) && !o.Got(wire.PropCertThumbprints) {
		return
	}
	f.collected(modelentry.CertificateThumbprint)
	for i, v := range list {
		list[i] = bytes.ToUpper(v)
	}
	f.entry.addAll(modelentry.CertificateThumbprint, list)
}
