package points

import (
	"time"

	"hygie/directory/model"
	"hygie/directory/sid"
)

// Bits of msDS-SupportedEncryptionTypes (MS-KILE 2.2.7).
const (
	encDES = 0x1 | 0x2
	encRC4 = 0x4
	encAES = 0x8 | 0x10
)

func kerberosRecords() []record {
	const family = "kerberos"
	account := []need{{classUser, attrUserAccountControl}}
	service := []Limit{{1, "policy_length", 32}, {1, "policy_max_age_days", 3 * 365}}
	return []record{
		{Point: Point{ID: "vuln_kerberos_properties_preauth_priv", Family: family, Levels: []int{1}}, reads: account,
			decide: func(d *domain, o *outcome) { d.privilegedFlag(o, uacNoPreauth, "privileged_no_preauth") }},
		{Point: Point{ID: "vuln_spn_priv", Family: family, Levels: []int{1}, Limits: service},
			reads: []need{{classUser, "servicePrincipalName"}}, decide: (*domain).privilegedSPN},
		{Point: Point{ID: "vuln_krbtgt", Family: family, Levels: []int{2}, Limits: []Limit{{2, "age_days", 365}}},
			needs: []need{{classUser, "pwdLastSet"}}, decide: (*domain).krbtgtAge},
		{Point: Point{ID: "vuln_kerberos_properties_preauth", Family: family, Levels: []int{2}}, reads: account,
			anybody: true, decide: func(d *domain, o *outcome) { d.userFlag(o, uacNoPreauth, "no_preauth") }},
		{Point: Point{ID: "vuln_kerberos_properties_deskey", Family: family, Levels: []int{2}}, reads: account,
			anybody: true, decide: func(d *domain, o *outcome) { d.userFlag(o, uacDESOnly, "des_only") }},
		{Point: Point{ID: "vuln_kerberos_properties_encryption", Family: family, Levels: []int{3}},
			needs:  []need{{classUser, "msDS-SupportedEncryptionTypes"}},
			reads:  []need{{classUser, "servicePrincipalName"}},
			decide: (*domain).serviceEncryption},
	}
}

// userFlag fails the user accounts, disabled ones included, that have a bit of userAccountControl.
func (d *domain) userFlag(o *outcome, bit uint32, code string) {
	for i := range d.accounts {
		a := &d.accounts[i]
		switch {
		case a.kind != personKind:
		case a.has(bit):
			o.fail(a.id, because(code, "state", a.state()))
		case a.known&bit == 0:
			o.missing(classUser + ":" + attrUserAccountControl)
		}
	}
}

// privilegedSPN fails the privileged people whose account has a service name, unless the password behind it resists an offline
// attack: a fine-grained policy long and renewed enough, in force when the password was chosen, and AES keys only.
func (d *domain) privilegedSPN(o *outcome) {
	dir := d.forest.dir
	for _, p := range o.privilegedAccounts() {
		spn, ok := dir.Text(p.id, "servicePrincipalName")
		if !ok || p.account.kind != personKind {
			continue
		}
		if home := d.forest.domainOf(p.id); home != nil && home.strongService(o, p) {
			continue
		}
		o.fail(p.id, because("privileged_spn", "spn", spn, "group", d.via(p), "state", p.account.state()))
	}
}

// strongService tells whether the exception of the point applies. A policy rewritten since the password was chosen does not
// count: nothing says that the password meets it.
func (d *domain) strongService(o *outcome, p privilege) bool {
	types, ok := d.forest.dir.Int(p.id, "msDS-SupportedEncryptionTypes")
	if !ok || types&encAES == 0 || types&(encDES|encRC4) != 0 {
		return false
	}
	rule := d.policyOf(p.id)
	return rule.fine && rule.undecided == "" && rule.changed > 0 &&
		rule.length > o.limit(1, "policy_length") &&
		!rule.noExpiry && rule.maxAge <= time.Duration(o.limit(1, "policy_max_age_days"))*day &&
		p.account.passwordSet > rule.changed
}

func (d *domain) krbtgtAge(o *outcome) {
	id, ok := d.forest.dir.BySID(d.info.SID.Append(sid.RIDKrbtgt))
	a := (*account)(nil)
	if ok {
		a = d.forest.accountOf(id)
	}
	if a == nil {
		o.missing("object:" + d.info.SID.Append(sid.RIDKrbtgt).String())
		return
	}
	if days := o.limit(2, "age_days"); o.passwordOlder(a, days) {
		o.fail(id, d.forest.oldPassword(a, days))
	}
}

// serviceEncryption fails the service accounts of people's kind that do not announce AES, or announce DES. krbtgt has service
// names as well, but the types of its keys follow the functional level, not this attribute (MS-KILE 3.3.5.6).
func (d *domain) serviceEncryption(o *outcome) {
	dir := d.forest.dir
	for i := range d.accounts {
		a := &d.accounts[i]
		if a.kind != personKind || a.trustAccount() || d.isKrbtgt(a.id) {
			continue
		}
		spn, ok := dir.Text(a.id, "servicePrincipalName")
		if !ok {
			continue
		}
		types, set := dir.Int(a.id, "msDS-SupportedEncryptionTypes")
		switch {
		case !set || types == 0:
			o.fail(a.id, because("encryption_unset", "spn", spn, "state", a.state()))
		case types&encDES != 0:
			o.fail(a.id, because("encryption_des", "spn", spn, "types", types, "state", a.state()))
		case types&encAES == 0:
			o.fail(a.id, because("encryption_no_aes", "spn", spn, "types", types, "state", a.state()))
		}
	}
}

// isKrbtgt tells whether an account is krbtgt or the krbtgt of a read-only domain controller.
func (d *domain) isKrbtgt(id model.ID) bool {
	if rid, ok := d.forest.dir.SID(id).RID(); ok && rid == sid.RIDKrbtgt {
		return true
	}
	return d.forest.dir.Has(id, "msDS-SecondaryKrbTgtNumber")
}
