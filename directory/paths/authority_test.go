package paths_test

import (
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
)

// Pieces of the drawings of authorities and of what stands around them.
const (
	weakWeb  = "CA1 \"hygie-authorityWeb=relayable http://srv1.hop.test/certsrv/\"\n"
	machine  = "Poste msPKI-Certificate-Name-Flag=134217728 acl+=(OA;;CR;<enroll>;;S-1-5-21-100-200-300-515)(OA;;CR;<enroll>;;S-1-5-21-100-200-300-516)\n"
	emptied  = "group Vide rid=1301 groupType=-2147483640\nDC1 acl+=(A;;GA;;;S-1-5-21-100-200-300-1301)\n"
	stands   = emptied + "container OID at=@\"Public Key Services\"\nmsPKI-Enterprise-Oid Policy1 at=@OID msPKI-Cert-Template-OID=1.2.3\nPoste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0 msPKI-Certificate-Policy=1.2.3\n"
	filtered = "<policy> gPCWQLFilter=[hop.test;{AAAAAAAA-0000-0000-0000-000000000001};0]\n"
	agents   = agent + "Agent acl+=(OA;;CR;<enroll>;;<nurses>)(OA;;CR;<enroll>;;<bruno>)\nUser acl+=(OA;;CR;<enroll>;;<nurses>)(OA;;CR;<enroll>;;<bruno>)\n"
)

func authorityRows() []drawing {
	return []drawing{
		{"writing every attribute of the trusted certificates", "NTAuthCertificates acl+=(A;;WP;;;<alice>)", "alice", "DC=hop,DC=test", "GenericWrite ControlsCA"},
		{"writing the trusted certificates", "NTAuthCertificates acl+=(OA;;WP;bf967932-0de6-11d0-a285-00aa003049e2;;<alice>)", "alice", "DC=hop,DC=test", "WriteTrustedCertificates ControlsCA"},
		{"writing another attribute of that object", "NTAuthCertificates acl+=(OA;;WP;28630ebb-41d5-11d1-a9c1-0000f80367c1;;<alice>)", "alice", "", ""},
		{"reading the trusted certificates", "NTAuthCertificates acl+=(OA;;RP;bf967932-0de6-11d0-a285-00aa003049e2;;<alice>)", "alice", "", ""},
		{"certificates that nobody believes", "certificationAuthority Ancienne at=@AIA acl+=(A;;GA;;;<alice>)", "alice", "", ""},
		{"the container of all of it", "\"Public Key Services\" acl+=(A;;WD;;;<alice>)", "alice", "DC=hop,DC=test", "WriteDacl Contains ControlsCA"},
		{"the container of the authorities", "\"Enrollment Services\" acl+=(A;;GA;;;<alice>)", "alice", "DC=hop,DC=test", "GenericAll Contains ControlsCA"},
		{"the container of the authorities, whose objects are closed to it", "\"Enrollment Services\" acl+=(A;;GA;;;<alice>)\nCA1 acl=O:DAG:DAD:P(A;;GA;;;DA)(OA;;CR;<enroll>;;AU)", "alice", "", ""},
		{"creating an authority that nobody believes", "\"Enrollment Services\" acl+=(A;;CC;;;<alice>)", "alice", "", ""},
		{"the account of the server of the authority", "SRV1 acl+=(OA;;WP;5b47d60f-6090-40b2-9f37-2a4de88f3063;;<alice>)", "alice", "DC=hop,DC=test", "WriteKeyCredentialLink HostsCA"},
		{"the account of another server", "WS1 acl+=(OA;;WP;5b47d60f-6090-40b2-9f37-2a4de88f3063;;<alice>)", "alice", "", ""},

		{"choosing the group of an issuance policy", stands + "Policy1 acl+=(OA;;WP;f9c9a57c-3941-438d-bebf-0edaf2aca187;;<alice>)", "alice", "DC1$", "WriteOIDGroupLink Enroll CertificateGroup GenericAll"},
		{"reading the group of an issuance policy", stands + "Policy1 acl+=(OA;;RP;f9c9a57c-3941-438d-bebf-0edaf2aca187;;<bruno>)", "bruno", "", ""},
		{"rewriting an issuance policy", stands + "Policy1 acl+=(A;;WD;;;<alice>)", "alice", "DC1$", "WriteDacl Enroll CertificateGroup GenericAll"},
		{"the group of a policy, of which one gets no certificate", stands + "Policy1 acl+=(A;;WD;;;<bruno>)", "bruno", "", ""},
		{"the group of a policy that no template has", stands + "Policy1 acl+=(A;;WD;;;<alice>)\nPoste -msPKI-Certificate-Policy", "alice", "", ""},
		{"no group is empty", stands + "Policy1 acl+=(A;;WD;;;<alice>)\nVide member=@bruno", "alice", "", ""},
		{"the empty group is not universal", stands + "Policy1 acl+=(A;;WD;;;<alice>)\nVide groupType=-2147483646", "alice", "", ""},

		{"relaying a controller to the web", weakWeb + machine, "alice", "DC1$", "MemberOf RelayToCA"},
		{"relaying a controller over RPC", "CA1 hygie-authorityInterfaceFlags=64\n" + machine, "alice", "DC1$", "MemberOf RelayToCA"},
		{"requests must be encrypted", "CA1 hygie-authorityInterfaceFlags=576\n" + machine, "alice", "", ""},
		{"no requests over RPC", "CA1 hygie-authorityInterfaceFlags=72\n" + machine, "alice", "", ""},
		{"the web is closed", "CA1 \"hygie-authorityWeb=closed http://srv1.hop.test/certsrv/\"\n" + machine, "alice", "", ""},
		{"nobody looked at the web", machine, "alice", "", ""},
		{"relaying a workstation", weakWeb + machine, "alice", "WS1$", "MemberOf RelayToCA"},
		{"no machine may enrol", weakWeb + "Poste msPKI-Certificate-Name-Flag=134217728", "alice", "", ""},
		{"an authority that admits no machine", weakWeb + machine + "CA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<bruno>)", "alice", "", ""},
		{"a template of people", weakWeb + machine + "Poste msPKI-Certificate-Name-Flag=33554432", "alice", "", ""},
		{"somebody approves", weakWeb + machine + "Poste msPKI-Enrollment-Flag=2", "alice", "", ""},
		{"a machine is not relayed to itself", weakWeb + "Poste msPKI-Certificate-Name-Flag=134217728 acl+=(OA;;CR;<enroll>;;S-1-5-21-100-200-300-1107)", "alice", "", ""},
		{"machines that do not use NTLM", weakWeb + machine + "\"Protected Users\" member=@DC1", "alice", "DC1$", ""},

		{"an authority that leaves the SID out", "CA1 hygie-authorityLeavesOut=1.3.6.1.4.1.311.25.2\nPoste msPKI-Certificate-Name-Flag=33554432 acl+=(OA;;CR;<enroll>;;<bruno>)\nbruno acl+=(A;;WP;;;<alice>)", "alice", "DC=hop,DC=test", "GenericWrite ImpersonatesByName"},
		{"an authority that leaves another extension out", "CA1 hygie-authorityLeavesOut=1.2.3\nPoste msPKI-Certificate-Name-Flag=33554432 acl+=(OA;;CR;<enroll>;;<bruno>)\nbruno acl+=(A;;WP;;;<alice>)", "alice", "", ""},
		{"an authority that leaves the SID out, and does not admit", "CA1 hygie-authorityLeavesOut=1.3.6.1.4.1.311.25.2 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<svc>)\nPoste msPKI-Certificate-Name-Flag=33554432 acl+=(OA;;CR;<enroll>;;<bruno>)\nbruno acl+=(A;;WP;;;<alice>)", "alice", "", ""},

		{"an agent that the authority names", agents + "CA1 \"hygie-authorityAgents=allow <nurses> * S-1-1-0\"", "alice", "DC=hop,DC=test", "MemberOf Enroll Enroll EnrollsForOthers"},
		{"an agent that the authority does not name", agents + "CA1 \"hygie-authorityAgents=allow <nurses> * S-1-1-0\"", "bruno", "", ""},
		{"an agent that it refuses", agents + "CA1 \"hygie-authorityAgents=allow <nurses> * S-1-1-0\" \"hygie-authorityAgents=deny <nurses> * S-1-1-0\"", "alice", "", ""},
		{"an agent for another template", agents + "CA1 \"hygie-authorityAgents=allow <nurses> 11111111-0000-0000-0000-000000000000 S-1-1-0\"", "alice", "", ""},
		{"an agent for people without privilege", agents + "CA1 \"hygie-authorityAgents=allow <nurses> * <svc>\"", "alice", "", ""},
		{"who can be asked for", agents + "CA1 \"hygie-authorityAgents=allow <nurses> * <svc>\"", "alice", "svc", "MemberOf Enroll Enroll EnrollsForOthers"},
		{"an agent for administrators", agents + "CA1 \"hygie-authorityAgents=allow <nurses> * S-1-5-21-100-200-300-512\"", "alice", "DC=hop,DC=test", "MemberOf Enroll Enroll EnrollsForOthers"},

		{"administering an authority", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x1;;;<alice>)(A;;0x200;;;AU)", "alice", "DC=hop,DC=test", "ManageCA ControlsCA"},
		{"both roles, where one is enough", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x3;;;<alice>)(A;;0x200;;;AU)", "alice", "DC=hop,DC=test", "ManageCA ControlsCA"},
		{"both roles, where they are separated", "CA1 hygie-authoritySeparatesRoles=TRUE hygie-authoritySecurity=O:BAD:(A;;0x3;;;<alice>)(A;;0x200;;;AU)", "alice", "", ""},
		{"one role, where they are separated", "CA1 hygie-authoritySeparatesRoles=TRUE hygie-authoritySecurity=O:BAD:(A;;0x1;;;<alice>)(A;;0x200;;;AU)", "alice", "DC=hop,DC=test", "ManageCA ControlsCA"},

		{"a policy with a WMI filter", filtered + "<policy> acl+=(A;;WP;;;<alice>)", "alice", "DC1$", "GenericWrite GPLinkFiltered"},
		{"reading a policy with a WMI filter", filtered + "<policy> acl+=(A;;RP;;;<alice>)", "alice", "", ""},
		{"a policy whose filter was taken away", "<policy> acl+=(A;;WP;;;<alice>) \"gPCWQLFilter= \"", "alice", "DC1$", "GenericWrite GPLink"},
	}
}

func TestAuthorities(t *testing.T) { walk(t, authorityRows()) }

// What a policy with a WMI filter sets is told with the filter, is conditional, and does not silence the policy before it.
func TestFilteredSettings(t *testing.T) {
	const everybody = "<policy> acl=O:DAG:DAD:P(A;;GA;;;DA)(OA;;CR;<apply>;;AU)\n"
	const named = "container WMIPolicy at=@System\ncontainer SOM at=@WMIPolicy\nmsWMI-Som {AAAAAAAA-0000-0000-0000-000000000001} at=@SOM msWMI-Name=Portables\n"
	const both = "members S-1-5-32-544 <bruno>\n{22222222-016D-11D2-945F-00C04FB984F9} members S-1-5-32-544 <alice>"
	for _, row := range []struct {
		name, lines, from, want string
		conditional             bool
	}{
		{"with a filter", named + everybody + strings.Replace(secondPolicy, "acl=", "gPCWQLFilter=[hop.test;{AAAAAAAA-0000-0000-0000-000000000001};0] acl=", 1) + "hop gPLink=<second><first>", "bruno", "S-1-5-32-544__Members = *S-1-5-21-100-200-300-1104", false},
		{"filter that wins", named + everybody + secondPolicy + filtered + "hop gPLink=<second><first>", "bruno", "S-1-5-32-544__Members = *S-1-5-21-100-200-300-1104 [WMI: Portables]", true},
		{"what the filter may leave", named + everybody + secondPolicy + filtered + "hop gPLink=<second><first>", "alice", "S-1-5-32-544__Members = *S-1-5-21-100-200-300-1103", false},
		{"filter of an unread object", everybody + secondPolicy + filtered + "hop gPLink=<second><first>", "bruno", "S-1-5-32-544__Members = *S-1-5-21-100-200-300-1104 [WMI: {AAAAAAAA-0000-0000-0000-000000000001}]", true},
		{"stronger policy without a filter", named + everybody + secondPolicy + filtered + "hop gPLink=<first><second>", "bruno", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := drawn.New(t, strings.Split(inACL.Replace(applying.Replace(row.lines)), "\n")...).Builder()
			b.Sysvol(share(t, both))
			d, err := b.Freeze()
			if err != nil {
				t.Fatal(err)
			}
			n := network(t, d)
			p, ok := n.Path(n.Find(row.from)[0], n.Find("WS1$")...)
			if ok != (row.want != "") {
				t.Fatalf("%s", show(n, p))
			}
			if !ok {
				return
			}
			last := p.Steps[len(p.Steps)-1]
			if last.Entry != row.want || last.Filtered != row.conditional || p.Conditional() != row.conditional {
				t.Errorf("%q, filtered %v, conditional %v", last.Entry, last.Filtered, p.Conditional())
			}
		})
	}
}
