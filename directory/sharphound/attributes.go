package sharphound

import (
	"bytes"
	"fmt"
	"strings"

	"hygie/directory/model"
	"hygie/directory/secdesc"
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
	prop prop
	bit  int64
} {
	return []struct {
		prop prop
		bit  int64
	}{
		{propLockedOut, flagLockout}, {propPasswordNotReqd, flagNotRequired}, {propEncryptedTextPwd, flagReversible},
		{propPwdNeverExpires, flagDontExpire}, {propSmartcardRequired, flagSmartcard}, {propUnconstrained, flagUnconstrained},
		{propSensitive, flagNotDelegated}, {propUseDESKeyOnly, flagDES}, {propDontReqPreauth, flagNoPreauth},
		{propTrustedToAuth, flagTransition}, {propIsDC, flagServer}, {propIsReadOnlyDC, flagPartialSecrets},
	}
}

// accountControl adds userAccountControl, or what is known of it.
func (f *fileReader) accountControl(o *object, c class) {
	if o.got(propUserAccountControl) && o.props[propUserAccountControl].kind != '0' {
		if n, ok := f.integer(o, propUserAccountControl); ok {
			f.entry.addInt("userAccountControl", n)
			f.collected("userAccountControl")
			return
		}
	}
	var bits, known int64
	if enabled, ok := f.truth(o, propEnabled); ok {
		known |= flagDisabled
		if !enabled {
			bits |= flagDisabled
		}
	}
	for _, b := range f.bits {
		v, ok := f.truth(o, b.prop)
		if b.prop == propIsDC && !ok && o.has&hasIsDC != 0 {
			v, ok = o.isDC, true
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
	case c == users: // the collector leaves out the accounts of computers and of trusts
		bits |= flagNormal
		known |= flagsOfKind
	case known&flagServer != 0:
		if bits&flagServer == 0 {
			bits |= flagWorkstation
		}
		known |= flagsOfKind
	}
	f.entry.addInt(model.AccountFlags, known<<32|bits)
	f.collected(model.AccountFlags)
}

// integer reads a property as a number; a value that is none is reported.
func (f *fileReader) integer(o *object, p prop) (int64, bool) {
	v := o.props[p]
	if v.kind == 0 || v.kind == '0' {
		return 0, false
	}
	n, ok := v.integer()
	if !ok {
		f.badValue(o, p, "a number")
	}
	return n, ok
}

func (f *fileReader) truth(o *object, p prop) (value, ok bool) {
	v := o.props[p]
	if v.kind == 0 || v.kind == '0' {
		return false, false
	}
	if value, ok = v.truth(); !ok {
		f.badValue(o, p, "true or false")
	}
	return value, ok
}

// texts gives a property that is a list; a single text counts as a list of one.
func (f *fileReader) texts(o *object, p prop) [][]byte {
	switch v := o.props[p]; v.kind {
	case '[':
		return o.list(o.lists[p])
	case 's':
		o.items = append(o.items, v.raw)
		return o.items[len(o.items)-1:]
	case 0, '0':
	default:
		f.badValue(o, p, "a list")
	}
	return nil
}

// plain gives a property that is a text; null and absent give nothing.
func (f *fileReader) plain(o *object, p prop) []byte {
	switch v := o.props[p]; v.kind {
	case 's', 'n':
		return v.raw
	case 0, '0':
	default:
		f.badValue(o, p, "a text")
	}
	return nil
}

// number adds an attribute that is a number.
func (f *fileReader) number(o *object, p prop, attribute string) {
	if !o.got(p) {
		return
	}
	f.collected(attribute)
	if n, ok := f.integer(o, p); ok {
		f.entry.addInt(attribute, n)
	}
}

// instant adds an attribute that counts 100 ns since 1601 from a number of seconds since 1970; zero and less stand for never.
func (f *fileReader) instant(o *object, p prop, attribute string, zero bool) {
	if !o.got(p) {
		return
	}
	f.collected(attribute)
	n, ok := f.integer(o, p)
	switch {
	case !ok:
	case n > maxUnix:
		f.badValue(o, p, "a number of seconds since 1970")
	case n > 0:
		f.entry.addFileTime(attribute, n)
	case zero:
		f.entry.addInt(attribute, 0)
	}
}

// maxUnix is the year 9999, later than any date of a directory.
const maxUnix = 253402300799

// copyText adds an attribute that is a text.
func (f *fileReader) copyText(o *object, p prop, attribute string) {
	if !o.got(p) {
		return
	}
	f.collected(attribute)
	f.entry.add(attribute, f.plain(o, p))
}

func (f *fileReader) copyTexts(o *object, p prop, attribute string) {
	if !o.got(p) {
		return
	}
	f.collected(attribute)
	f.entry.addAll(attribute, f.texts(o, p))
}

// account adds what users and computers share.
func (f *fileReader) account(o *object, c class) {
	f.accountControl(o, c)
	f.instant(o, propPwdLastSet, "pwdLastSet", true)
	f.instant(o, propLastLogonTimestamp, "lastLogonTimestamp", false)
	f.copyTexts(o, propSPNs, "servicePrincipalName")
	f.adminCount(o)
	f.sidHistory(o)
	if o.got(propSupportedEncryption) {
		f.collected("msDS-SupportedEncryptionTypes")
		if names := f.texts(o, propSupportedEncryption); len(names) > 0 {
			if bits, ok := encryptionTypes(names); ok {
				f.entry.addInt("msDS-SupportedEncryptionTypes", bits)
			} else {
				f.badValue(o, propSupportedEncryption, "a list of encryption types")
			}
		}
	}
	// The collector gives the targets of accounts with protocol transition only.
	if o.got(propTrustedToAuth) {
		f.collected(model.TransitionTargets)
	}
	f.entry.addAll("msDS-AllowedToDelegateTo", f.texts(o, propAllowedToDelegate))
	if rid, ok := lastNumber(o.primaryGroup); ok {
		f.entry.addInt("primaryGroupID", rid)
		f.collected("primaryGroupID")
	}
}

func (f *fileReader) adminCount(o *object) {
	if !o.got(propAdminCount) {
		return
	}
	f.collected("adminCount")
	if v := o.props[propAdminCount]; v.kind == 'n' {
		f.number(o, propAdminCount, "adminCount")
	} else if marked, ok := f.truth(o, propAdminCount); ok && marked {
		f.entry.addInt("adminCount", 1)
	}
}

func (f *fileReader) sidHistory(o *object) {
	if o.got(propSIDHistory) {
		f.collected("sIDHistory")
	}
	list := f.texts(o, propSIDHistory)
	if len(list) == 0 {
		list = o.list(o.history)
	}
	from := len(f.entry.values)
	for _, text := range list {
		s, ok := sidOf(text)
		if !ok {
			f.badValue(o, propSIDHistory, "a list of SIDs")
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
		return value{'n', text[i+1:]}.integer()
	}
	return 0, false
}

// accountName adds sAMAccountName: as given, else what precedes the domain in the name that is shown.
func (f *fileReader) accountName(o *object, suffix string) {
	name := f.plain(o, propSAMAccountName)
	if len(name) == 0 {
		shown := f.plain(o, propName)
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

func (f *fileReader) user(o *object) {
	f.account(o, users)
	f.accountName(o, "")
	f.copyText(o, propLogonScript, "scriptPath")
}

func (f *fileReader) computer(o *object) {
	f.account(o, computers)
	f.accountName(o, "$")
	f.copyText(o, propOperatingSystem, "operatingSystem")
	// The name that is shown is the DNS name, or the account and the domain when there is none.
	if name := f.plain(o, propName); bytes.IndexByte(name, '.') > 0 {
		f.collected("dNSHostName")
		f.entry.add("dNSHostName", name)
	}
	if o.has&hasAllowedToAct == 0 {
		return
	}
	f.collected("msDS-AllowedToActOnBehalfOfOtherIdentity")
	spec := secdesc.Spec{Owner: sid.Administrators}
	for _, id := range o.list(o.allowedToAct) {
		if s, ok := sidOf(id); ok {
			spec.Entries = append(spec.Entries, secdesc.ACE{Mask: secdesc.FullControl, Trustee: s})
		}
	}
	if len(spec.Entries) > 0 {
		if sd, err := secdesc.Build(spec); err == nil {
			f.entry.add("msDS-AllowedToActOnBehalfOfOtherIdentity", sd)
		} else {
			f.warn(fmt.Sprintf("byte %d: list of AllowedToAct left out: %v", f.place(o), err))
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

func (f *fileReader) group(o *object) {
	f.accountName(o, "")
	f.adminCount(o)
	f.sidHistory(o)
	if kind, ok := groupType(o.text(propGroupScope)); ok {
		f.collected("groupType")
		f.entry.addInt("groupType", kind)
	}
	if o.has&hasMembers != 0 {
		f.collected("member")
	}
}

func (f *fileReader) domain(o *object) {
	f.number(o, propMachineAccountQuota, "ms-DS-MachineAccountQuota")
	f.number(o, propMinPwdLength, "minPwdLength")
	f.number(o, propPwdProperties, "pwdProperties")
	f.number(o, propPwdHistoryLength, "pwdHistoryLength")
	f.number(o, propLockoutThreshold, "lockoutThreshold")
	for _, each := range []struct {
		prop      prop
		attribute string
	}{
		{propMaxPwdAge, "maxPwdAge"}, {propMinPwdAge, "minPwdAge"}, {propLockoutDuration, "lockoutDuration"},
		{propLockoutWindow, "lockOutObservationWindow"},
	} {
		v := o.props[each.prop]
		if v.kind == 0 || v.kind == '0' {
			continue
		}
		f.collected(each.attribute)
		if n, ok := interval(v); ok {
			f.entry.addInt(each.attribute, n)
		} else {
			f.badValue(o, each.prop, "a length of time")
		}
	}
	if v := o.props[propFunctionalLevel]; v.kind == 's' || v.kind == 'n' {
		if n, ok := functionalLevel(string(v.raw)); ok {
			f.collected("msDS-Behavior-Version")
			f.entry.addInt("msDS-Behavior-Version", n)
		}
	}
	if renewed, ok := f.truth(o, propExpireSmartCard); ok {
		f.collected("msDS-ExpirePasswordsOnSmartCardOnlyAccounts")
		f.entry.addBool("msDS-ExpirePasswordsOnSmartCardOnlyAccounts", renewed)
	}
}

func (f *fileReader) template(o *object) {
	f.copyText(o, propDisplayName, "displayName")
	f.copyText(o, propOID, "msPKI-Cert-Template-OID")
	f.number(o, propSchemaVersion, "msPKI-Template-Schema-Version")
	f.number(o, propAuthorizedSignatures, "msPKI-RA-Signature")
	f.copyTexts(o, propApplicationPolicy, "msPKI-Certificate-Application-Policy")
	if o.got(propEKUs) {
		f.copyTexts(o, propEKUs, "pKIExtendedKeyUsage")
	} else {
		f.copyTexts(o, propEffectiveEKUs, "pKIExtendedKeyUsage")
	}
	f.flags(o, propCertificateNameFlag, "msPKI-Certificate-Name-Flag", nameFlags(), propEnrolleeSuppliesSubject, 0x1)
	f.flags(o, propEnrollmentFlag, "msPKI-Enrollment-Flag", enrolmentFlags(), propRequiresApproval, 0x2)
}

// flags adds an attribute of a template that holds flags: from the property that gives them all, else from the one that gives
// the flag that matters.
func (f *fileReader) flags(o *object, p prop, attribute string, names map[string]int64, one prop, bit int64) {
	if v := o.props[p]; v.kind == 'n' || v.kind == 's' {
		if n, ok := bitsOf(v, names); ok {
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
func (f *fileReader) authority(o *object) {
	f.copyText(o, propDNSHostName, "dNSHostName")
	list := f.texts(o, propCertThumbprints)
	if len(list) == 0 {
		list = f.texts(o, propCertThumbprint)
	}
	if !o.got(propCertThumbprint) && !o.got(propCertThumbprints) {
		return
	}
	f.collected(model.CertificateThumbprint)
	for i, v := range list {
		list[i] = bytes.ToUpper(v)
	}
	f.entry.addAll(model.CertificateThumbprint, list)
}
