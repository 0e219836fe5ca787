package findings

import (
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/sysvol"
)

// authorityRows are the rows of the settings of authorities, and of whom they let enrol.
func authorityRows(template func(string) string) []row {
	const (
		subject  = "msPKI-Certificate-Name-Flag=1"
		agent    = "pKIExtendedKeyUsage=1.3.6.1.4.1.311.20.2.1"
		enroll   = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
		excludes = "\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(A;;GR;;;AU)"
		lists    = "\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;" + enroll + ";;" + nurses + ")"
		oid      = "container OID at=@\"Public Key Services\"\nmsPKI-Enterprise-Oid Oid1 at=@OID msPKI-Cert-Template-OID=1.2.3 msDS-OIDToGroupLink=@Infirmiers\n"
		others   = "\npKICertificateTemplate U at=@\"Certificate Templates\" msPKI-Certificate-Name-Flag=0 msPKI-Enrollment-Flag=0 msPKI-RA-Signature=0 msPKI-Template-Schema-Version=1 pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.2\nCA1 certificateTemplates=T certificateTemplates=U"
		bruno    = "S-1-5-21-100-200-300-1104"
	)
	return []row{
		{"adcs_esc1", "an authority that lets only administrators enrol", template(subject) + excludes, "clear"},
		{"adcs_esc1", "an authority that lists a group", template(subject) + lists, "found: T"},
		{"adcs_esc1", "an authority that lists others", template(subject+" acl=O:DAD:(A;;GA;;;DA)(OA;;CR;"+enroll+";;"+bruno+")") + lists, "clear"},
		{"adcs_esc1", "in a group that the authority lists", template(subject+" acl=O:DAD:(A;;GA;;;DA)(OA;;CR;"+enroll+";;"+bruno+")") + lists + "\nInfirmiers member=@bruno", "found: T"},
		{"adcs_esc1", "two groups that share somebody", "group G1 rid=1201 member=@alice\n" + template(subject+" acl=O:DAD:(A;;GA;;;DA)(OA;;CR;"+enroll+";;S-1-5-21-100-200-300-1201)") + lists, "found: T"},
		{"adcs_esc1", "two groups that share nobody", "group G1 rid=1201 member=@bruno\n" + template(subject+" acl=O:DAD:(A;;GA;;;DA)(OA;;CR;"+enroll+";;S-1-5-21-100-200-300-1201)") + lists, "clear"},
		{"adcs_esc1", "the list in the registry counts", template(subject) + excludes + " hygie-authoritySecurity=O:BAD:(A;;0x200;;;AU)", "found: T"},
		{"adcs_esc1", "the list in the registry excludes", template(subject) + "\nCA1 hygie-authoritySecurity=O:BAD:(A;;0x203;;;BA)", "clear"},
		{"adcs_esc1", "the registry refuses first", template(subject) + "\nCA1 hygie-authoritySecurity=O:BAD:(D;;0x200;;;AU)(A;;0x200;;;AU)", "clear"},
		{"adcs_esc1", "signature, in a version that does not look at it", template(subject + " msPKI-RA-Signature=1 msPKI-Template-Schema-Version=1"), "found: T"},
		{"adcs_esc1", "application policies in place of usages", template(subject + " msPKI-Certificate-Application-Policy=1.3.6.1.5.5.7.3.1"), "clear"},
		{"adcs_esc1_unbelieved", "an authority that lets only administrators enrol", template(subject) + excludes + "\nNTAuthCertificates cACertificate=@@rsa1536", "clear"},
		{"adcs_esc2", "an authority that lets only administrators enrol", template("-pKIExtendedKeyUsage") + excludes, "clear"},
		{"adcs_esc3", "an authority that lets only administrators enrol", template(agent) + excludes, "clear"},
		{"adcs_esc3", "an agent that the authority names", template(agent) + others + " \"hygie-authorityAgents=allow " + nurses + " * S-1-1-0\"", "found: T"},
		{"adcs_esc3", "the agents are administrators", template(agent) + others + " \"hygie-authorityAgents=allow S-1-5-21-100-200-300-500 * S-1-1-0\"\nT acl=O:DAD:(A;;GA;;;DA)(OA;;CR;" + enroll + ";;" + nurses + ")", "clear"},
		{"adcs_esc4", "an authority that lets only administrators enrol", template("acl+=(A;;WP;;;AU)") + excludes, "clear"},
		{"adcs_esc4", "an authority that opens no session", template("acl+=(A;;WP;;;AU)") + "\nNTAuthCertificates cACertificate=@@rsa1536", "clear"},
		{"adcs_esc5", "the container of all of it", "\"Public Key Services\" acl+=(A;;WD;;;" + nurses + ")", "found: Public Key Services"},
		{"adcs_esc5", "an issuance policy", oid + "Oid1 acl+=(OA;;WP;f9c9a57c-3941-438d-bebf-0edaf2aca187;;" + nurses + ")", "found: Oid1"},
		{"adcs_esc5", "an issuance policy that one reads", oid + "Oid1 acl+=(OA;;RP;f9c9a57c-3941-438d-bebf-0edaf2aca187;;" + nurses + ")", "clear"},
		{"adcs_esc5", "an authority", "CA1 acl+=(A;;WO;;;" + nurses + ")", "found: CA1"},
		{"adcs_esc6", "takes any name, of administrators", "CA1 hygie-authorityTakesNames=TRUE" + excludes, "clear"},
		{"adcs_esc7", "both roles, separated", "CA1 hygie-authoritySeparatesRoles=TRUE hygie-authoritySecurity=O:BAD:(A;;0x3;;;" + bruno + ")(A;;0x200;;;AU)", "clear"},
		{"adcs_esc7", "one role, separated", "CA1 hygie-authoritySeparatesRoles=TRUE hygie-authoritySecurity=O:BAD:(A;;0x2;;;" + bruno + ")(A;;0x200;;;AU)", "found: CA1"},
		{"adcs_esc8", "relayed", `CA1 "hygie-authorityWeb=relayable http://srv1.hop.test/certsrv/"`, "found: CA1"},
		{"adcs_esc8", "closed", `CA1 "hygie-authorityWeb=closed http://srv1.hop.test/certsrv/"`, "clear"},
		{"adcs_esc8", "one address unknown", `CA1 "hygie-authorityWeb=closed http://a/" "hygie-authorityWeb=unknown http://b/"`, "not_evaluated"},
		{"adcs_esc8", "relayed to an authority that lets only administrators enrol", `CA1 "hygie-authorityWeb=relayable http://srv1.hop.test/certsrv/"` + excludes, "clear"},
		{"adcs_esc9", "an authority that lets only administrators enrol", template("msPKI-Enrollment-Flag=524288") + excludes, "clear"},
		{"adcs_esc11", "requests in clear", "CA1 hygie-authorityInterfaceFlags=64", "found: CA1"},
		{"adcs_esc11", "requests encrypted", "CA1 hygie-authorityInterfaceFlags=576", "clear"},
		{"adcs_esc11", "no requests over RPC", "CA1 hygie-authorityInterfaceFlags=72", "clear"},
		{"adcs_esc12", "a module that the machine opens", `CA1 "hygie-authorityKeyProvider=YubiHSM Key Storage Provider"`, "found: CA1"},
		{"adcs_esc12", "the provider of Windows", `CA1 "hygie-authorityKeyProvider=Microsoft Software Key Storage Provider"`, "clear"},
		{"adcs_esc13", "an authority that lets only administrators enrol", oid + template("msPKI-Certificate-Policy=1.2.3") + excludes, "clear"},
		{"adcs_esc1", "policies unread", template(subject) + "\nunread msPKI-Certificate-Policy", "found: T"},
		{"adcs_esc13", "policies unread", oid + template("") + "\nunread msPKI-Certificate-Policy", "not_evaluated"},
		{"adcs_esc15", "an authority that lets only administrators enrol", template(subject+" pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1 msPKI-Template-Schema-Version=1") + excludes, "clear"},
		{"adcs_esc16", "the SID left out", "CA1 hygie-authorityLeavesOut=1.2.3 hygie-authorityLeavesOut=1.3.6.1.4.1.311.25.2", "found: CA1"},
		{"adcs_esc16", "nothing left out", "CA1 hygie-authorityLeavesOut=none", "clear"},
		{"adcs_esc16", "the SID left out, of administrators", "CA1 hygie-authorityLeavesOut=1.3.6.1.4.1.311.25.2" + excludes, "clear"},
	}
}

// A policy with a WMI filter is told to do what it does under that condition.
func TestFilteredPolicy(t *testing.T) {
	const som = "container WMIPolicy at=@System\ncontainer SOM at=@WMIPolicy\nmsWMI-Som {AAAAAAAA-0000-0000-0000-000000000001} at=@SOM msWMI-Name=Portables\n"
	for _, row := range []struct{ name, lines, want string }{
		{"no filter", gpo + " versionNumber=0", ""},
		{"a filter", som + gpo + " versionNumber=0 gPCWQLFilter=[hop.test;{AAAAAAAA-0000-0000-0000-000000000001};0]", "Portables"},
		{"a filter that was not read", gpo + " versionNumber=0 gPCWQLFilter=[hop.test;{AAAAAAAA-0000-0000-0000-000000000001};0]", "{AAAAAAAA-0000-0000-0000-000000000001}"},
		{"a filter that was taken away", gpo + " versionNumber=0 \"gPCWQLFilter= \"", ""},
		{"a malformed filter", gpo + " versionNumber=0 gPCWQLFilter=[hop.test]", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			everybody := func(s *sysvol.Share) {
				s.Policies[0].Rights = []sysvol.Right{{File: "Policies/" + gpo + "/Machine/GptTmpl.inf", Name: "SeDebugPrivilege", Who: []string{"S-1-1-0"}}}
			}
			found := evaluate(t, drawn.New(t, strings.Split(row.lines, "\n")...), share(t, everybody))
			for _, rule := range []string{"info_gpo", "gpo_broad_rights"} {
				v := found[rule]
				if len(v.Objects) != 1 || v.Objects[0].Reason.Get("filter") != row.want {
					t.Fatalf("%s: %+v", rule, v.Objects)
				}
				for _, lang := range []string{"fr", "en"} {
					if text := v.Objects[0].Reason.Text(lang); strings.Contains(text, "WMI") != (row.want != "") || !strings.Contains(text, row.want) {
						t.Errorf("%s: %s", rule, text)
					}
				}
			}
		})
	}
}
