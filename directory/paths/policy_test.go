package paths_test

import (
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// share makes a SYSVOL of lines, each about the policy {31B2…} of the drawn world unless its identifier stands before:
//
//	right SeBackupPrivilege alice,*S-1-5-32-551     in GptTmpl.inf
//	members S-1-5-32-544 alice                      a restricted group, which states all its members
//	memberof alice S-1-5-32-544                     a member added to a group
//	preference S-1-5-32-544 alice                   Groups.xml
//	file Machine/Registry.pol <SDDL>                permissions of a file
//	script logon.cmd <SDDL>                         permissions of a logon script
func share(t *testing.T, lines string) *sysvol.Share {
	t.Helper()
	s := &sysvol.Share{Domain: "hop.test", Source: "test", Permissions: true}
	policy := func(id string) *sysvol.Policy {
		for i := range s.Policies {
			if s.Policies[i].GUID == id {
				return &s.Policies[i]
			}
		}
		s.Policies = append(s.Policies, sysvol.Policy{GUID: id, Path: "Policies/" + id})
		return &s.Policies[len(s.Policies)-1]
	}
	const template, groups = "Machine/Microsoft/Windows NT/SecEdit/GptTmpl.inf", "Machine/Preferences/Groups/Groups.xml"
	for line := range strings.Lines(inACL.Replace(lines)) {
		field := strings.Fields(line)
		id := "{31B2F340-016D-11D2-945F-00C04FB984F9}"
		if strings.HasPrefix(field[0], "{") {
			id, field = field[0], field[1:]
		}
		p := policy(id)
		switch field[0] {
		case "right":
			p.Rights = append(p.Rights, sysvol.Right{File: template, Name: field[1], Who: strings.Split(field[2], ",")})
		case "members":
			p.Groups = append(p.Groups, sysvol.Group{File: template, Group: field[1], Adds: strings.Split(field[2], ",")})
		case "memberof":
			p.Groups = append(p.Groups, sysvol.Group{File: template, Group: field[1], Joins: strings.Split(field[2], ",")})
		case "preference":
			p.Groups = append(p.Groups, sysvol.Group{File: groups, Group: field[1], Adds: strings.Split(field[2], ",")})
		case "file", "script":
			raw, err := secdesc.ParseSDDL(field[2], sid.MustParse("S-1-5-21-100-200-300"))
			if err != nil {
				t.Fatal(err)
			}
			path := "scripts/" + field[1]
			if field[0] == "file" {
				path = "Policies/" + id + "/" + field[1]
			}
			s.Descriptors = append(s.Descriptors, raw)
			s.Files = append(s.Files, sysvol.File{Path: path, Descriptor: len(s.Descriptors)})
		default:
			t.Fatalf("no meaning for %q", line)
		}
	}
	return s
}

// A second policy, linked where a row says.
const secondPolicy = "groupPolicyContainer {22222222-016D-11D2-945F-00C04FB984F9} at=@Policies acl=O:DAG:DAD:P(A;;GA;;;DA)(OA;;CR;<apply>;;AU)(A;;GR;;;AU)\n"

// Links of the two policies.
const (
	firstLink  = "[LDAP://CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,DC=hop,DC=test;0]"
	secondLink = "[LDAP://CN={22222222-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,DC=hop,DC=test;0]"
)

var applying = strings.NewReplacer("<apply>", "edacfd8f-ffb3-11d1-b41d-00a0c968f939", "<first>", firstLink, "<second>", secondLink)

// policyDrawing is a drawing with the files of policies.
type policyDrawing struct{ name, lines, share, from, to, want string }

func policyRows() []policyDrawing {
	enforced := func(link string) string { return strings.Replace(link, ";0]", ";2]", 1) }
	const other = "{22222222-016D-11D2-945F-00C04FB984F9} "
	const everybody = "<policy> acl=O:DAG:DAD:P(A;;GA;;;DA)(OA;;CR;<apply>;;AU)\n"
	return []policyDrawing{
		{"nothing", everybody, "right SeShutdownPrivilege <alice>", "alice", "", ""},
		{"backup", everybody, "right SeBackupPrivilege *<alice>", "alice", "DC1$", "PolicyPrivilege"},
		{"backup, by the name of a group", everybody, `right SeBackupPrivilege HOP\Infirmiers`, "alice", "DC1$", "MemberOf PolicyPrivilege"},
		{"backup, by a name that nobody has", everybody, `right SeBackupPrivilege HOP\Personne`, "alice", "", ""},
		{"backup, by a name of another domain", everybody, `right SeBackupPrivilege AUTRE\alice`, "alice", "", ""},
		{"debugging, on a workstation", everybody, "right SeDebugPrivilege <alice>", "alice", "WS1$", "PolicyPrivilege"},
		{"operators hold it by design", everybody, "right SeBackupPrivilege S-1-5-32-551", "alice", "", ""},
		{"the built-in users of a machine are everybody", everybody, "right SeLoadDriverPrivilege S-1-5-32-545", "alice", "WS1$", "MemberOf PolicyPrivilege"},
		{"delegation", everybody, "right SeEnableDelegationPrivilege <alice>", "alice", "DC1$", "PolicyDelegation"},
		{"delegation is decided on controllers", everybody + "DCs gPOptions=1\n", "right SeEnableDelegationPrivilege <alice>", "alice", "", ""},
		{"opening a session", everybody, "right SeRemoteInteractiveLogonRight <alice>", "alice", "DC1$", "PolicyLogon"},
		{"opening a session on a workstation is what it is for", everybody, "right SeInteractiveLogonRight <alice>", "alice", "WS1$", "PolicyLogon HostsCA HoldsAccount"},
		{"where no authority is believed, its server leads no further", everybody + "DCs gPOptions=1\nNTAuthCertificates cACertificate=@@e3\n", "right SeInteractiveLogonRight <alice>", "alice", "WS1$", ""},
		{"opening a session on the host of an authority", everybody + "DCs gPOptions=1\n", "right SeInteractiveLogonRight <alice>", "alice", "SRV1$", "PolicyLogon"},
		{"a service is nobody", everybody, "right SeBackupPrivilege S-1-5-19,S-1-5-80-0", "alice", "", ""},

		{"administrators", everybody, "preference S-1-5-32-544 <alice>", "alice", "WS1$", "PolicyAdmin"},
		{"administrators of controllers are those of the domain", everybody, "preference S-1-5-32-544 <alice>", "alice", "Administrators", "PolicyMember"},
		{"in a policy that is linked nowhere", everybody + "hop -gPLink", "preference S-1-5-32-544 <alice>", "alice", "Administrators", ""},
		{"restricted group", everybody, "members Administrators <alice>", "alice", "WS1$", "PolicyAdmin"},
		{"restricted group, in French", everybody, "members Administrateurs <alice>", "alice", "WS1$", "PolicyAdmin"},
		{"group made a member", everybody, "memberof <nurses> S-1-5-32-544", "alice", "WS1$", "MemberOf PolicyAdmin"},
		{"group made a member of another", everybody, "memberof <nurses> S-1-5-32-559", "alice", "WS1$", ""},
		{"remote desktop of the host of an authority", everybody, "members S-1-5-32-555 <alice>", "alice", "SRV1$", "PolicyLogon"},
		{"preferences of people", everybody, "preference S-1-5-32-555 <bruno>", "alice", "", ""},

		{"the last link wins", everybody + secondPolicy + "hop gPLink=<first><second>", "members S-1-5-32-544 <alice>\n" + other + "members S-1-5-32-544 <bruno>", "alice", "WS1$", ""},
		{"the first link loses", everybody + secondPolicy + "hop gPLink=<second><first>", "members S-1-5-32-544 <alice>\n" + other + "members S-1-5-32-544 <bruno>", "alice", "WS1$", "PolicyAdmin"},
		{"another setting is not overridden", everybody + secondPolicy + "hop gPLink=<first><second>", "members S-1-5-32-544 <alice>\n" + other + "members S-1-5-32-551 <bruno>", "alice", "WS1$", "PolicyAdmin"},
		{"preferences add up", everybody + secondPolicy + "hop gPLink=<first><second>", "preference S-1-5-32-544 <alice>\n" + other + "preference S-1-5-32-544 <bruno>", "alice", "WS1$", "PolicyAdmin"},
		{"the nearest unit wins", everybody + secondPolicy + "DCs gPLink=<second>", "right SeBackupPrivilege <alice>\n" + other + "right SeBackupPrivilege <bruno>", "alice", "DC1$", "PolicyPrivilege HostsCA HoldsAccount"},
		{"an enforced link wins over the nearest", everybody + secondPolicy + "DCs gPLink=<second>\nhop gPLink=" + enforced(firstLink), "right SeBackupPrivilege <alice>\n" + other + "right SeBackupPrivilege <bruno>", "alice", "DC1$", "PolicyPrivilege"},
		{"blocked", everybody + "DCs gPOptions=1", "right SeBackupPrivilege <alice>", "alice", "DC1$", "PolicyPrivilege HostsCA HoldsAccount"},
		{"enforced is not blocked", everybody + "DCs gPOptions=1\nhop gPLink=" + enforced(firstLink), "right SeBackupPrivilege <alice>", "alice", "DC1$", "PolicyPrivilege"},
		{"not linked", everybody + "hop -gPLink", "right SeBackupPrivilege <alice>", "alice", "", ""},
		{"machine part off", everybody + "<policy> flags=2", "right SeBackupPrivilege <alice>", "alice", "", ""},
		{"for other machines", "<policy> acl=O:DAG:DAD:P(A;;GA;;;SY)(OA;;CR;<apply>;;<WS1>)\n", "right SeBackupPrivilege <alice>", "alice", "DC1$", ""},
		{"for that machine", "<policy> acl=O:DAG:DAD:P(A;;GA;;;SY)(OA;;CR;<apply>;;<WS1>)\n", "right SeBackupPrivilege <alice>", "alice", "WS1$", "PolicyPrivilege"},
		{"not for that machine", "<policy> acl=O:DAG:DAD:P(OD;;CR;<apply>;;<WS1>)(OA;;CR;<apply>;;AU)\n", "right SeBackupPrivilege <alice>", "alice", "WS1$", "PolicyPrivilege HostsCA HoldsAccount"},

		{"writing its files", everybody, "file Machine/Registry.pol O:BAD:(A;;0x1301bf;;;<alice>)(A;;FA;;;BA)", "alice", "DC1$", "WritePolicyFile GPLink"},
		{"reading its files", everybody, "file Machine/Registry.pol O:BAD:(A;;FR;;;AU)(A;;FA;;;BA)", "alice", "", ""},
		{"files of a policy that is not linked", everybody + "hop -gPLink", "file Machine/Registry.pol O:BAD:(A;;0x1301bf;;;<alice>)", "alice", "", ""},
		{"owning its files", everybody, "file Machine/Registry.pol O:<alice>D:(A;;FA;;;BA)", "alice", "DC1$", "WritePolicyFile GPLink"},
		{"writing a logon script", everybody + "Administrator scriptPath=sub\\logon.cmd", "script sub/Logon.cmd O:BAD:(A;;0x1301bf;;;<nurses>)", "alice", "Administrator", "MemberOf WriteScriptFile"},
		{"writing a script that nobody runs", everybody, "script logon.cmd O:BAD:(A;;0x1301bf;;;<nurses>)", "alice", "", ""},
	}
}

// What files of policies give on machines, and near misses.
func TestPolicies(t *testing.T) {
	for _, row := range policyRows() {
		t.Run(row.name, func(t *testing.T) {
			w := drawn.New(t, strings.Split(inACL.Replace(applying.Replace(row.lines)), "\n")...)
			b := w.Builder()
			b.Sysvol(share(t, row.share))
			d, err := b.Freeze()
			if err != nil {
				t.Fatal(err)
			}
			n := network(t, d)
			from, to := n.Find(row.from), n.TierZero()
			if row.to != "" {
				to = n.Find(row.to)
			}
			if len(from) != 1 || len(to) == 0 {
				t.Fatalf("ends: %v, %v", from, to)
			}
			p, ok := n.Path(from[0], to...)
			if got := kinds(p); ok != (row.want != "") || got != row.want {
				t.Errorf("%s, want %s", show(n, p), row.want)
			}
			for _, s := range p.Steps {
				if s.Kind.Effort() > 0 && (int(s.Object) >= d.Count() || s.Entry == "" && strings.HasPrefix(s.Kind.String(), "Policy")) {
					t.Errorf("a step that does not say where: %+v", s)
				}
			}
		})
	}
}

// Permissions of a copy mean nothing.
func TestPermissionsOfACopyAreNotRead(t *testing.T) {
	b := drawn.New(t).Builder()
	s := share(t, "file Machine/Registry.pol O:BAD:(A;;0x1301bf;;;<alice>)")
	s.Permissions = false
	b.Sysvol(s)
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	n := network(t, d)
	if p, ok := n.Path(n.Find("alice")[0], n.TierZero()...); ok {
		t.Error(show(n, p))
	}
}
