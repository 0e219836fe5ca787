package findings

import (
	"slices"
	"strings"

	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// eachPolicy visits the policies of SYSVOL with their object when the directory has one. Policies are told even when nothing
// links them: their files stay readable.
func (o *outcome) eachPolicy(visit func(*sysvol.Policy)) {
	s, ok := o.sysvol()
	if !ok {
		return
	}
	for i := range s.Policies {
		visit(&s.Policies[i])
	}
}

// file gives the path of a file below its policy, as Windows writes it.
func file(p *sysvol.Policy, path string) string {
	return strings.ReplaceAll(strings.Trim(strings.TrimPrefix(path, p.Path), "/"), "/", `\`)
}

// preferencePasswords finds the passwords that preference files hold under a key that the world knows.
func preferencePasswords(o *outcome) {
	o.eachPolicy(func(p *sysvol.Policy) {
		for _, s := range p.Secrets {
			if s.Kind != "Registry" {
				o.foundFile(p.Path, because("gpp_password", "file", file(p, s.File), "account", s.Account, "changed", s.Changed))
			}
		}
	})
}

// autologonPasswords finds the passwords of the automatic logon, in clear in a policy.
func autologonPasswords(o *outcome) {
	o.eachPolicy(func(p *sysvol.Policy) {
		for _, s := range p.Secrets {
			if s.Kind == "Registry" {
				o.foundFile(p.Path, because("autologon", "file", file(p, s.File)))
			}
		}
	})
}

// takeoverRights lists the privileges that give the machine to whoever has them (MS-LSAD 3.1.1.2.1).
func takeoverRights() []string {
	return []string{
		"SeDebugPrivilege", "SeTcbPrivilege", "SeCreateTokenPrivilege", "SeBackupPrivilege", "SeRestorePrivilege",
		"SeTakeOwnershipPrivilege", "SeLoadDriverPrivilege", "SeAssignPrimaryTokenPrivilege", "SeEnableDelegationPrivilege",
		"SeSyncAgentPrivilege", "SeManageVolumePrivilege", "SeRelabelPrivilege",
	}
}

// principal finds the SID of a name as policies write it: a SID, DOMAIN\account, account.
func (o *outcome) principal(who string) (sid.SID, bool) {
	if s, err := sid.Parse(who); err == nil {
		return s, true
	}
	name := who[strings.LastIndexByte(who, '\\')+1:]
	for id := range o.dir.OfClass("group") {
		if text, ok := o.dir.Text(id, "sAMAccountName"); ok && strings.EqualFold(text, name) && o.Contains(id) {
			return o.dir.SID(id), true
		}
	}
	for _, known := range []sid.SID{sid.Everyone, sid.AuthenticatedUsers, sid.Users, sid.Guests, sid.Anonymous, sid.Interactive} {
		if strings.EqualFold(known.Name("fr"), name) || strings.EqualFold(known.Name("en"), name) {
			return known, true
		}
	}
	return sid.SID{}, false
}

// broadOnes lists, of the principals of a policy, those that stand for about everybody.
func (o *outcome) broadOnes(list []string) []sid.SID {
	var out []sid.SID
	for _, who := range list {
		if s, ok := o.principal(who); ok && broad(o, s) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func broadRights(o *outcome) {
	o.eachPolicy(func(p *sysvol.Policy) {
		for _, r := range p.Rights {
			if !slices.ContainsFunc(takeoverRights(), func(name string) bool { return strings.EqualFold(name, r.Name) }) {
				continue
			}
			for _, s := range o.broadOnes(r.Who) {
				text, name := o.Who(s)
				o.foundFile(p.Path, because("broad_right", "trustee", text, "trustee_name", name, "privilege", r.Name))
			}
		}
	})
}

// broadAdmins finds the policies that make about everybody an administrator of machines.
func broadAdmins(o *outcome) {
	isAdmins := func(name string) bool {
		if s, err := sid.Parse(name); err == nil {
			return s == sid.Administrators
		}
		short := name[strings.LastIndexByte(name, '\\')+1:]
		return slices.ContainsFunc([]string{"Administrators", "Administrateurs", "Administrators (built-in)", "Administrateurs (intégré)"},
			func(usual string) bool { return strings.EqualFold(usual, short) })
	}
	o.eachPolicy(func(p *sysvol.Policy) {
		for _, g := range p.Groups {
			var who []sid.SID
			if isAdmins(g.Group) {
				who = o.broadOnes(g.Adds)
			} else if slices.ContainsFunc(g.Joins, isAdmins) {
				who = o.broadOnes([]string{g.Group})
			}
			for _, s := range who {
				text, name := o.Who(s)
				o.foundFile(p.Path, because("broad_admin", "trustee", text, "trustee_name", name, "file", file(p, g.File)))
			}
		}
	})
}

// setting is a value of the registry that weakens machines.
type setting struct {
	key  string // end of the key, in lower case
	name string
	bad  func(uint64) bool
	word string
}

// weakValues lists the settings that bring back what Windows closed.
func weakValues() []setting {
	is := func(n uint64) func(uint64) bool { return func(v uint64) bool { return v == n } }
	return []setting{
		{`\control\lsa`, "LmCompatibilityLevel", func(v uint64) bool { return v < 3 }, "weak_ntlmv1"},
		{`\control\lsa`, "NoLMHash", is(0), "weak_lmhash"},
		{`\control\lsa`, "RestrictAnonymousSAM", is(0), "weak_anonymous"},
		{`\control\lsa`, "EveryoneIncludesAnonymous", is(1), "weak_anonymous"},
		{`\control\securityproviders\wdigest`, "UseLogonCredential", is(1), "weak_wdigest"},
		{`\services\lanmanserver\parameters`, "RequireSecuritySignature", is(0), "weak_smb_signing"},
		{`\services\lanmanserver\parameters`, "SMB1", is(1), "weak_smb1"},
		{`\services\ntds\parameters`, "LDAPServerIntegrity", is(1), "weak_ldap_signing"},
		{`\services\netlogon\parameters`, "RequireSignOrSeal", is(0), "weak_netlogon"},
		{`\services\netlogon\parameters`, "VulnerableChannelAllowList", func(uint64) bool { return true }, "weak_netlogon"},
		{`\installer`, "AlwaysInstallElevated", is(1), "weak_installer"},
		{`\windows nt\dnsclient`, "EnableMulticast", is(1), "weak_llmnr"},
	}
}

func weakSettings(o *outcome) {
	o.eachPolicy(func(p *sysvol.Policy) {
		for _, v := range p.Values {
			for _, w := range weakValues() {
				if strings.EqualFold(v.Name, w.name) && strings.HasSuffix(strings.ToLower(v.Key), w.key) &&
					(v.Numeric || w.name == "VulnerableChannelAllowList") && w.bad(v.Number) {
					o.foundFile(p.Path, because("weak_setting", "setting", w.name, "value", v.Number, "weakness", w.word))
				}
			}
		}
	})
}

// outsideScripts finds the scripts of policies that are on a share other than SYSVOL and NETLOGON: whoever writes there runs programs
// on the machines of the policy.
func outsideScripts(o *outcome) {
	o.eachPolicy(func(p *sysvol.Policy) {
		for _, s := range p.Scripts {
			parts := strings.Split(strings.ReplaceAll(strings.Trim(s.Command, `"`), "/", `\`), `\`)
			if len(parts) > 3 && parts[0] == "" && parts[1] == "" &&
				!slices.Contains([]string{"sysvol", "netlogon"}, strings.ToLower(parts[3])) {
				o.foundFile(p.Path, because("script_outside", "path", s.Command, "event", s.Event))
			}
		}
	})
}

// preWindows2000 finds the group whose members read every attribute of every account: it needs no member any more.
func preWindows2000(o *outcome) {
	group, ok := o.Builtin(sid.PreWindows2000Access)
	if !ok {
		o.missing("object:" + sid.PreWindows2000Access.String())
		return
	}
	for id := range o.dir.Members(group) {
		s := o.dir.SID(id)
		if s.IsZero() {
			s, _ = sid.Parse(o.dir.Name(id))
		}
		if s == sid.AuthenticatedUsers {
			o.found(group, because("compatible_everybody"))
		}
	}
}

// machineQuota finds a domain where any user may add machines.
func machineQuota(o *outcome) {
	if !o.Collects("domain", "ms-DS-MachineAccountQuota") {
		o.missing("domainDNS:ms-DS-MachineAccountQuota")
		return
	}
	if n, ok := o.dir.Int(o.Domain().Root, "ms-DS-MachineAccountQuota"); ok && n > 0 {
		o.foundDomain(because("quota", "count", n))
	}
}

// krbtgtDelegation finds the ways to be delegated to the account that signs every ticket: decided by the account itself, or by a service
// name of it among the targets of another account.
func krbtgtDelegation(o *outcome) {
	s := o.Domain().SID.Append(sid.RIDKrbtgt)
	id, ok := o.dir.BySID(s)
	if !ok {
		o.missing("object:" + s.String())
		return
	}
	const back, forward = "msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-AllowedToDelegateTo"
	for _, attribute := range []string{back, forward} {
		if !o.Collects("user", attribute) || !o.Collects("computer", attribute) {
			o.missing("user:" + attribute)
		}
	}
	if o.dir.Has(id, back) {
		o.found(id, because("krbtgt_accepts"))
	}
	for a := range o.Accounts() {
		for _, target := range o.dir.Texts(a.ID(), forward) {
			if service, _, _ := strings.Cut(strings.ToLower(target), "/"); service == "krbtgt" || service == "kadmin" {
				o.found(a.ID(), because("krbtgt_target", "spn", target))
			}
		}
	}
}
