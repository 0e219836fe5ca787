package sharphound_test

import (
	"fmt"
	"slices"
	"testing"

	modelentry "hygie/directory/model/entry"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// authority makes an enterprise authority with what was read of its registry.
func authority(registry string) string {
	return element("11111111-2222-3333-4444-555555555555", "CN=CA1,CN=ENROLLMENT SERVICES,CN=PUBLIC KEY SERVICES,CN=SERVICES,CN=CONFIGURATION",
		`,"name":"CA1@CLINIQUE.TEST"`, `,"HostingComputer":"x","EnabledCertTemplates":[],"Aces":[]`+registry)
}

func TestRegistryOfAnAuthority(t *testing.T) {
	const right = `{"PrincipalSID":"` + domainSID + `-1103","PrincipalType":"User","RightName":%q,"IsInherited":false}`
	list := fmt.Sprintf(right+","+right+","+right+","+`{"PrincipalSID":"CLINIQUE.TEST-S-1-5-11","PrincipalType":"Group","RightName":"Enroll","IsInherited":false}`, "ManageCA", "ManageCertificates", "Unheard")
	for _, row := range []struct {
		name, registry, names string
		entries               map[secdesc.Mask]sid.SID
	}{
		{"not asked", "", "", nil},
		{"refused", `,"CARegistryData":{"CASecurity":{"Data":[],"Collected":false,"FailureReason":"x"},"IsUserSpecifiesSanEnabled":{"Value":true,"Collected":false,"FailureReason":"x"}}`, "", nil},
		{"null", `,"CARegistryData":null`, "", nil},
		{"strange", `,"CARegistryData":{"CASecurity":[1],"IsUserSpecifiesSanEnabled":{"Value":{"a":[1]},"Collected":true},"Other":{"a":1}}`, "", nil},
		{"read", `,"CARegistryData":{"CASecurity":{"Data":[` + list + `],"Collected":true,"FailureReason":null},"EnrollmentAgentRestrictions":{"Restrictions":[],"Collected":true},"IsUserSpecifiesSanEnabled":{"Value":true,"Collected":true}}`, "TRUE",
			map[secdesc.Mask]sid.SID{0x1: sid.MustParse(domainSID + "-1103"), 0x2: sid.MustParse(domainSID + "-1103"), 0x200: sid.AuthenticatedUsers}},
	} {
		d := load(t, map[string]string{"c.json": file("enterprisecas", 6, authority(row.registry))})
		met := 0
		for id := range d.OfClass("pKIEnrollmentService") {
			met++
			if got, _ := d.Text(id, modelentry.AuthorityTakesNames); got != row.names {
				t.Errorf("%s: takes names %q, want %q", row.name, got, row.names)
			}
			raw, ok := d.Value(id, modelentry.AuthoritySecurity)
			if ok != (row.entries != nil) {
				t.Errorf("%s: security %x", row.name, raw)
			}
			if sd, err := secdesc.Parse(raw); ok && err == nil {
				n := 0
				for a := range sd.Entries() {
					if n++; row.entries[a.Mask] != a.Trustee {
						t.Errorf("%s: %s", row.name, a.SDDL())
					}
				}
				if n != len(row.entries) {
					t.Errorf("%s: %d entries", row.name, n)
				}
			}
		}
		if met != 1 {
			t.Errorf("%s: %d authorities", row.name, met)
		}
	}
}

func TestRegistryOfAController(t *testing.T) {
	d := load(t, map[string]string{"c.json": file("computers", 6,
		computer(1000, "DC1", "", `,"IsDC":true,"DCRegistryData":{"CertificateMappingMethods":{"Value":31,"Collected":true},"StrongCertificateBindingEnforcement":{"Value":0,"Collected":true}}`),
		computer(1001, "DC2", "", `,"IsDC":true,"DCRegistryData":{"CertificateMappingMethods":{"Value":0,"Collected":false},"StrongCertificateBindingEnforcement":null}`))})
	for name, want := range map[string]bool{"DC1": true, "DC2": false} {
		id, ok := d.ByDN("CN=" + name + ",CN=COMPUTERS," + domainDN)
		methods, read := d.Int(id, modelentry.MappingMethods)
		strong, known := d.Int(id, modelentry.StrongMapping)
		if !ok || read != want || known != want || want && (methods != 31 || strong != 0) {
			t.Errorf("%s: %d %v, %d %v", name, methods, read, strong, known)
		}
	}
}

// What a collector found where an authority takes requests, whom it lets ask for others, and whether it separates roles.
func TestFurtherSettingsOfAnAuthority(t *testing.T) {
	const (
		nurses = `"Agent":{"ObjectIdentifier":"` + domainSID + `-1108","ObjectType":"Group"}`
		all    = `"Targets":[{"ObjectIdentifier":"CLINIQUE.TEST-S-1-1-0","ObjectType":"Group"}]`
		one    = `"Template":{"ObjectIdentifier":"AAAAAAAA-1111-2222-3333-444444444444","ObjectType":"CertTemplate"}`
	)
	agents := func(list string) string {
		return `,"CARegistryData":{"EnrollmentAgentRestrictions":{"Restrictions":[` + list + `],"Collected":true,"FailureReason":null}}`
	}
	web := func(list string) string { return `,"HttpEnrollmentEndpoints":[` + list + `]` }
	result := func(inside string) string {
		return web(`{"Result":{"Url":"http://ca.clinique.test/certsrv/",` + inside + `},"Collected":true,"FailureReason":null}`)
	}
	for _, row := range []struct {
		name, registry, attribute string
		want                      []string
	}{
		{"all templates", agents(`{"AccessType":"AccessAllowedCallback",` + nurses + `,` + all + `,"Template":null,"AllTemplates":true}`), modelentry.AuthorityAgents, []string{"allow " + domainSID + "-1108 * S-1-1-0"}},
		{"one template, refused", agents(`{"AccessType":"AccessDeniedCallback",` + nurses + `,` + all + `,` + one + `,"AllTemplates":false}`), modelentry.AuthorityAgents, []string{"deny " + domainSID + "-1108 aaaaaaaa-1111-2222-3333-444444444444 S-1-1-0"}},
		{"two, the first without a name", agents(`{"AccessType":"AccessAllowedCallback","Agent":null,` + all + `,"AllTemplates":true},{"AccessType":"AccessAllowedCallback",` + nurses + `,` + all + `,"AllTemplates":true}`), modelentry.AuthorityAgents, []string{"allow " + domainSID + "-1108 * S-1-1-0"}},
		{"no restriction", agents(""), modelentry.AuthorityAgents, nil},
		{"refused", `,"CARegistryData":{"EnrollmentAgentRestrictions":{"Restrictions":[{` + nurses + `,` + all + `,"AllTemplates":true}],"Collected":false}}`, modelentry.AuthorityAgents, nil},
		{"strange", agents(`{"AccessType":[1],"Agent":[2],"Targets":{"a":1},"Template":3,"AllTemplates":{}}`), modelentry.AuthorityAgents, nil},
		{"no list", agents("7"), modelentry.AuthorityAgents, nil},
		{"roles separated", `,"CARegistryData":{"RoleSeparationEnabled":{"Value":true,"Collected":true}}`, modelentry.AuthoritySeparatesRoles, []string{"TRUE"}},
		{"roles together", `,"CARegistryData":{"RoleSeparationEnabled":{"Value":false,"Collected":true}}`, modelentry.AuthoritySeparatesRoles, []string{"FALSE"}},
		{"open, by number", result(`"Type":0,"Status":0`), modelentry.AuthorityWeb, []string{"relayable http://ca.clinique.test/certsrv/"}},
		{"open under TLS", result(`"Type":0,"Status":2`), modelentry.AuthorityWeb, []string{"relayable http://ca.clinique.test/certsrv/"}},
		{"closed, by number", result(`"Type":0,"Status":261`), modelentry.AuthorityWeb, []string{"closed http://ca.clinique.test/certsrv/"}},
		{"failed", result(`"Type":0,"Status":65535`), modelentry.AuthorityWeb, []string{"unknown http://ca.clinique.test/certsrv/"}},
		{"open, by name", result(`"Status":"Vulnerable_NtlmHttpEndpoint"`), modelentry.AuthorityWeb, []string{"relayable http://ca.clinique.test/certsrv/"}},
		{"closed, by name", result(`"Status":"NotVulnerable_PathNotFound"`), modelentry.AuthorityWeb, []string{"closed http://ca.clinique.test/certsrv/"}},
		{"open, as it was told before", result(`"ADCSWebEnrollmentHTTP":true,"ADCSWebEnrollmentHTTPS":false,"ADCSWebEnrollmentEPA":false`), modelentry.AuthorityWeb, []string{"relayable http://ca.clinique.test/certsrv/"}},
		{"guarded, as it was told before", result(`"ADCSWebEnrollmentHTTP":false,"ADCSWebEnrollmentHTTPS":true,"ADCSWebEnrollmentEPA":true`), modelentry.AuthorityWeb, []string{"closed http://ca.clinique.test/certsrv/"}},
		{"nothing said", result(`"Type":0`), modelentry.AuthorityWeb, []string{"unknown http://ca.clinique.test/certsrv/"}},
		{"wrapped", `,"HttpEnrollmentEndpoints":{"Result":[{"Result":{"Url":"http://a b/","Status":0},"Collected":true}],"Collected":true}`, modelentry.AuthorityWeb, []string{"relayable http://a%20b/"}},
		{"nobody looked", web(""), modelentry.AuthorityWeb, nil},
		{"addresses alone", web(`"http://a/"`), modelentry.AuthorityWeb, nil},
		{"null", `,"HttpEnrollmentEndpoints":null`, modelentry.AuthorityWeb, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := load(t, map[string]string{"c.json": file("enterprisecas", 6, authority(row.registry))})
			met := 0
			for id := range d.OfClass("pKIEnrollmentService") {
				met++
				if got := d.Texts(id, row.attribute); !slices.Equal(got, row.want) {
					t.Errorf("%q, want %q", got, row.want)
				}
			}
			if met != 1 {
				t.Errorf("%d authorities", met)
			}
		})
	}
}
