package accounts

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/sid"
)

// PreWindows2000 finds the group whose members read every attribute of every account: it needs no member any more (MS-DTYP 2.4.2.4, S-1-5-32-554).
func PreWindows2000(o *rule.Outcome) {
	group, ok := o.Builtin(sid.PreWindows2000Access)
	if !ok {
		o.Missing("object:" + sid.PreWindows2000Access.String())
		return
	}
	for id := range o.Dir.Members(group) {
		s := o.Dir.SID(id)
		if s.IsZero() {
			s, _ = sid.Parse(o.Dir.Name(id))
		}
		if s == sid.AuthenticatedUsers {
			o.Found(group, rule.Because("compatible_everybody"))
		}
	}
}

// MachineQuota finds a domain where any user may add machines (MS-ADTS 3.1.1.5.2.1.2, ms-DS-MachineAccountQuota).
func MachineQuota(o *rule.Outcome) {
	if !o.Collects("domain", "ms-DS-MachineAccountQuota") {
		o.Missing("domainDNS:ms-DS-MachineAccountQuota")
		return
	}
	if n, ok := o.Dir.Int(o.Domain().Root, "ms-DS-MachineAccountQuota"); ok && n > 0 {
		o.FoundDomain(rule.Because("quota", "count", n))
	}
}

// KrbtgtDelegation finds the ways to be delegated to the account that signs every ticket: decided by the account itself, or by a service
// name of it among the targets of another account (MS-ADA2 2.210).
func KrbtgtDelegation(o *rule.Outcome) {
	s := o.Domain().SID.Append(sid.RIDKrbtgt)
	id, ok := o.Dir.BySID(s)
	if !ok {
		o.Missing("object:" + s.String())
		return
	}
	const back, forward = "msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-AllowedToDelegateTo"
	for _, attribute := range []string{back, forward} {
		if !o.Collects("user", attribute) || !o.Collects("computer", attribute) {
			o.Missing("user:" + attribute)
		}
	}
	if o.Dir.Has(id, back) {
		o.Found(id, rule.Because("krbtgt_accepts"))
	}
	for a := range o.Accounts() {
		for _, target := range o.Dir.Texts(a.ID(), forward) {
			if service, _, _ := strings.Cut(strings.ToLower(target), "/"); service == "krbtgt" || service == "kadmin" {
				o.Found(a.ID(), rule.Because("krbtgt_target", "spn", target))
			}
		}
	}
}
