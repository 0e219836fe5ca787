package accounts

import (
	"time"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/sid"
)

// Bits of msDS-SupportedEncryptionTypes (MS-KILE 2.2.7).
const (
	EncDES = 0x1 | 0x2
	EncRC4 = 0x4
	EncAES = 0x8 | 0x10
)

// Kerberos lists the points about Kerberos (ANSSI, vuln_kerberos_*).
func Kerberos() []rule.Record {
	const family = "kerberos"
	account := []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrUserAccountControl}}
	service := []rule.Limit{{Level: 1, Name: "policy_length", Value: 32}, {Level: 1, Name: "policy_max_age_days", Value: 3 * 365}}
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_kerberos_properties_preauth_priv", Family: family, Levels: []int{1}}, Reads: account,
			Decide: func(d *estate.Domain, o *rule.Outcome) {
				privilegedFlag(d, o, estate.UACNoPreauth, "privileged_no_preauth")
			}},
		{Point: rule.Point{ID: "vuln_spn_priv", Family: family, Levels: []int{1}, Limits: service},
			Reads: []rule.Need{{Class: estate.ClassUser, Attribute: "servicePrincipalName"}}, Decide: privilegedSPN},
		{Point: rule.Point{ID: "vuln_krbtgt", Family: family, Levels: []int{2}, Limits: []rule.Limit{{Level: 2, Name: "age_days", Value: 365}}},
			Needs: []rule.Need{{Class: estate.ClassUser, Attribute: "pwdLastSet"}}, Decide: krbtgtAge},
		{Point: rule.Point{ID: "vuln_kerberos_properties_preauth", Family: family, Levels: []int{2}}, Reads: account,
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) { userFlag(d, o, estate.UACNoPreauth, "no_preauth") }},
		{Point: rule.Point{ID: "vuln_kerberos_properties_deskey", Family: family, Levels: []int{2}}, Reads: account,
			Anybody: true, Decide: func(d *estate.Domain, o *rule.Outcome) { userFlag(d, o, estate.UACDESOnly, "des_only") }},
		{Point: rule.Point{ID: "vuln_kerberos_properties_encryption", Family: family, Levels: []int{3}},
			Needs:  []rule.Need{{Class: estate.ClassUser, Attribute: "msDS-SupportedEncryptionTypes"}},
			Reads:  []rule.Need{{Class: estate.ClassUser, Attribute: "servicePrincipalName"}},
			Decide: serviceEncryption},
	}
}

// userFlag fails the user accounts, disabled ones included, that have a bit of userAccountControl.
func userFlag(d *estate.Domain, o *rule.Outcome, bit uint32, code string) {
	for i := range d.Accounts {
		a := &d.Accounts[i]
		switch {
		case a.Kind != estate.PersonKind:
		case a.Has(bit):
			o.Fail(a.ID, reasons.Because(code, "state", state(a)))
		case a.Known&bit == 0:
			o.Missing(estate.ClassUser + ":" + estate.AttrUserAccountControl)
		}
	}
}

// privilegedSPN fails the privileged people whose account has a service name, unless the password behind it resists an offline
// attack: a fine-grained policy long and renewed enough, in force when the password was chosen, and AES keys only.
func privilegedSPN(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	for _, p := range o.PrivilegedAccounts() {
		spn, ok := dir.Text(p.ID, "servicePrincipalName")
		if !ok || p.Account.Kind != estate.PersonKind {
			continue
		}
		if home := d.Forest.DomainOf(p.ID); home != nil && strongService(home, o, p) {
			continue
		}
		o.Fail(p.ID, reasons.Because("privileged_spn", "spn", spn, "group", d.Via(p), "state", state(p.Account)))
	}
}

// strongService tells whether the exception of the point applies. A policy rewritten since the password was chosen does not
// count: nothing says that the password meets it.
func strongService(d *estate.Domain, o *rule.Outcome, p estate.Privilege) bool {
	types, ok := d.Forest.Dir.Int(p.ID, "msDS-SupportedEncryptionTypes")
	if !ok || types&EncAES == 0 || types&(EncDES|EncRC4) != 0 {
		return false
	}
	rule := PolicyOf(d, p.ID)
	return rule.Fine && rule.Undecided == "" && rule.changed > 0 &&
		rule.Length > o.Limit(1, "policy_length") &&
		!rule.NoExpiry && rule.MaxAge <= time.Duration(o.Limit(1, "policy_max_age_days"))*day &&
		p.Account.PasswordSet > rule.changed
}

func krbtgtAge(d *estate.Domain, o *rule.Outcome) {
	id, ok := d.Forest.Dir.BySID(d.Info.SID.Append(sid.RIDKrbtgt))
	a := (*estate.Account)(nil)
	if ok {
		a = d.Forest.AccountOf(id)
	}
	if a == nil {
		o.Missing("object:" + d.Info.SID.Append(sid.RIDKrbtgt).String())
		return
	}
	if days := o.Limit(2, "age_days"); passwordOlder(o, a, days) {
		o.Fail(id, oldPassword(d.Forest, a, days))
	}
}

// serviceEncryption fails the service accounts of people's kind that do not announce AES, or announce DES. krbtgt has service
// names as well, but the types of its keys follow the functional level, not this attribute (MS-KILE 3.3.5.6).
func serviceEncryption(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	for i := range d.Accounts {
		a := &d.Accounts[i]
		if a.Kind != estate.PersonKind || a.TrustAccount() || isKrbtgt(d, a.ID) {
			continue
		}
		spn, ok := dir.Text(a.ID, "servicePrincipalName")
		if !ok {
			continue
		}
		types, set := dir.Int(a.ID, "msDS-SupportedEncryptionTypes")
		switch {
		case !set || types == 0:
			o.Fail(a.ID, reasons.Because("encryption_unset", "spn", spn, "state", state(a)))
		case types&EncDES != 0:
			o.Fail(a.ID, reasons.Because("encryption_des", "spn", spn, "types", types, "state", state(a)))
		case types&EncAES == 0:
			o.Fail(a.ID, reasons.Because("encryption_no_aes", "spn", spn, "types", types, "state", state(a)))
		}
	}
}

// isKrbtgt tells whether an account is krbtgt or the krbtgt of a read-only domain controller.
func isKrbtgt(d *estate.Domain, id model.ID) bool {
	if rid, ok := d.Forest.Dir.SID(id).RID(); ok && rid == sid.RIDKrbtgt {
		return true
	}
	return d.Forest.Dir.Has(id, "msDS-SecondaryKrbTgtNumber")
}
