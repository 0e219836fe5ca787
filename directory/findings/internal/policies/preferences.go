package policies

import (
	"slices"
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// eachPolicy visits the policies of SYSVOL with their object when the directory has one. Policies are told even when nothing
// links them: their files stay readable.
func eachPolicy(o *rule.Outcome, visit func(*sysvol.Policy)) {
	s, ok := readShare(o)
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

// PreferencePasswords finds the passwords that preference files hold under a key that the world knows (MS-GPPREF 2.2.1.1.4).
func PreferencePasswords(o *rule.Outcome) {
	eachPolicy(o, func(p *sysvol.Policy) {
		for _, s := range p.Secrets {
			if s.Kind != "Registry" {
				foundFile(o, p.Path, rule.Because("gpp_password", "file", file(p, s.File), "account", s.Account, "changed", s.Changed))
			}
		}
	})
}

// AutologonPasswords finds the passwords of the automatic logon, in clear in a policy (MS-GPREG 2.2.1).
func AutologonPasswords(o *rule.Outcome) {
	eachPolicy(o, func(p *sysvol.Policy) {
		for _, s := range p.Secrets {
			if s.Kind == "Registry" {
				foundFile(o, p.Path, rule.Because("autologon", "file", file(p, s.File)))
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
func principal(o *rule.Outcome, who string) (sid.SID, bool) {
	if s, err := sid.Parse(who); err == nil {
		return s, true
	}
	name := who[strings.LastIndexByte(who, '\\')+1:]
	for id := range o.Dir.OfClass("group") {
		if text, ok := o.Dir.Text(id, "sAMAccountName"); ok && strings.EqualFold(text, name) && o.Contains(id) {
			return o.Dir.SID(id), true
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
func broadOnes(o *rule.Outcome, list []string) []sid.SID {
	var out []sid.SID
	for _, who := range list {
		if s, ok := principal(o, who); ok && rule.Broad(o, s) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// BroadRights finds the policies that give about everybody a privilege that takes over the machine (MS-GPSB 2.2.6).
func BroadRights(o *rule.Outcome) {
	eachPolicy(o, func(p *sysvol.Policy) {
		for _, r := range p.Rights {
			if !slices.ContainsFunc(takeoverRights(), func(name string) bool { return strings.EqualFold(name, r.Name) }) {
				continue
			}
			for _, s := range broadOnes(o, r.Who) {
				text, name := o.Who(s)
				foundFile(o, p.Path, rule.Because("broad_right", "trustee", text, "trustee_name", name, "privilege", r.Name))
			}
		}
	})
}

// BroadAdmins finds the policies that make about everybody an administrator of machines (MS-GPPREF 2.2.1.11).
func BroadAdmins(o *rule.Outcome) {
	isAdmins := func(name string) bool {
		if s, err := sid.Parse(name); err == nil {
			return s == sid.Administrators
		}
		short := name[strings.LastIndexByte(name, '\\')+1:]
		return slices.ContainsFunc([]string{"Administrators", "Administrateurs", "Administrators (built-in)", "Administrateurs (intégré)"},
			func(usual string) bool { return strings.EqualFold(usual, short) })
	}
	eachPolicy(o, func(p *sysvol.Policy) {
		for _, g := range p.Groups {
			var who []sid.SID
			if isAdmins(g.Group) {
				who = broadOnes(o, g.Adds)
			} else if slices.ContainsFunc(g.Joins, isAdmins) {
				who = broadOnes(o, []string{g.Group})
			}
			for _, s := range who {
				text, name := o.Who(s)
				foundFile(o, p.Path, rule.Because("broad_admin", "trustee", text, "trustee_name", name, "file", file(p, g.File)))
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

// WeakSettings finds the policies with a setting that brings back what Windows closed (ANSSI, Recommandations pour l’administration sécurisée des SI
// reposant sur AD (2023)).
func WeakSettings(o *rule.Outcome) {
	eachPolicy(o, func(p *sysvol.Policy) {
		for _, v := range p.Values {
			for _, w := range weakValues() {
				if strings.EqualFold(v.Name, w.name) && strings.HasSuffix(strings.ToLower(v.Key), w.key) &&
					(v.Numeric || w.name == "VulnerableChannelAllowList") && w.bad(v.Number) {
					foundFile(o, p.Path, rule.Because("weak_setting", "setting", w.name, "value", v.Number, "weakness", w.word))
				}
			}
		}
	})
}

// OutsideScripts finds the scripts of policies that are on a share other than SYSVOL and NETLOGON: whoever writes there runs programs
// on the machines of the policy (MS-GPSCR 2.2.2).
func OutsideScripts(o *rule.Outcome) {
	eachPolicy(o, func(p *sysvol.Policy) {
		for _, s := range p.Scripts {
			parts := strings.Split(strings.ReplaceAll(strings.Trim(s.Command, `"`), "/", `\`), `\`)
			if len(parts) > 3 && parts[0] == "" && parts[1] == "" &&
				!slices.Contains([]string{"sysvol", "netlogon"}, strings.ToLower(parts[3])) {
				foundFile(o, p.Path, rule.Because("script_outside", "path", s.Command, "event", s.Event))
			}
		}
	})
}
