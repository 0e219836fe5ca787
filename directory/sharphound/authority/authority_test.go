package authority_test

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/secdesc"
	"hygie/directory/sharphound/authority"
)

const (
	agent    = `{"ObjectIdentifier":"S-1-5-21-1-2-3-1103","ObjectType":"User"}`
	target   = `{"ObjectIdentifier":"S-1-5-21-1-2-3-513","ObjectType":"Group"}`
	template = `{"ObjectIdentifier":"11111111-2222-3333-4444-555555555555","ObjectType":"CertTemplate"}`
)

func TestLists(t *testing.T) {
	for _, row := range []struct {
		name, raw string
		read      func([]byte) ([][]byte, error)
		want      string // values, one line each
		fault     bool
	}{
		{"no rule", `[]`, authority.Agents, "", false},
		{"one template", `[{"AccessType":"AccessAllowedCallback","Agent":` + agent + `,"Targets":[` + target + `],"Template":` + template + `,"AllTemplates":false}]`,
			authority.Agents, "allow S-1-5-21-1-2-3-1103 11111111-2222-3333-4444-555555555555 S-1-5-21-1-2-3-513", false},
		{"denied, every template", `[{"AccessType":"AccessDeniedCallback","Agent":` + agent + `,"Targets":[` + target + `,` + agent + `],"AllTemplates":true}]`,
			authority.Agents, "deny S-1-5-21-1-2-3-1103 * S-1-5-21-1-2-3-513,S-1-5-21-1-2-3-1103", false},
		{"no agent", `[{"Agent":null,"Targets":[` + target + `],"AllTemplates":true}]`, authority.Agents, "", false},
		{"nobody to enrol for", `[{"Agent":` + agent + `,"Targets":[],"AllTemplates":true}]`, authority.Agents, "", false},
		{"not a list of objects", `[1]`, authority.Agents, "", true},
		{"cut", `[{"Agent":` + agent, authority.Agents, "", true},

		{"asks for HTTPS with binding", `[{"Result":{"Url":"https://pki/certsrv","Status":256},"Collected":true}]`, authority.Addresses, "closed https://pki/certsrv", false},
		{"takes a relay", `[{"Result":{"Url":"http://pki/certsrv","Status":"Vulnerable_NtlmHttpEndpoint"},"Collected":true}]`, authority.Addresses, "relayable http://pki/certsrv", false},
		{"not asked", `[{"Result":{"Url":"http://pki/certsrv","Status":0},"Collected":false}]`, authority.Addresses, "unknown http://pki/certsrv", false},
		{"earlier form, HTTPS without binding", `[{"Url":"https://pki","Collected":true,"ADCSWebEnrollmentHTTPS":true,"ADCSWebEnrollmentEPA":false}]`, authority.Addresses, "relayable https://pki", false},
		{"no address", `[{"Result":{"Status":0},"Collected":true}]`, authority.Addresses, "", false},
		{"cut", `[{"Result":{"Url":"http`, authority.Addresses, "", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			values, err := row.read([]byte(row.raw))
			var lines []string
			for _, v := range values {
				lines = append(lines, string(v))
			}
			if got := strings.Join(lines, "\n"); (err != nil) != row.fault || !row.fault && got != row.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestSecurity(t *testing.T) {
	for _, row := range []struct {
		name, raw string
		masks     []secdesc.Mask
		fault     bool
	}{
		{"nobody", `[]`, nil, false},
		{"each right", `[{"PrincipalSID":"S-1-5-11","RightName":"Enroll"},{"PrincipalSID":"S-1-5-21-1-2-3-1103","RightName":"ManageCA"},{"PrincipalSID":"S-1-5-21-1-2-3-1104","RightName":"ManageCertificates"}]`,
			[]secdesc.Mask{0x200, 0x1, 0x2}, false},
		{"a right that means nothing here", `[{"PrincipalSID":"S-1-5-11","RightName":"AddMember"}]`, nil, false},
		{"nobody named", `[{"RightName":"ManageCA"}]`, nil, false},
		{"not a right", `["ManageCA"]`, nil, true},
		{"cut", `[{"PrincipalSID":"S-1-5-11"`, nil, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw, err := authority.Security([]byte(row.raw))
			if (err != nil) != row.fault {
				t.Fatal(err)
			}
			if row.fault {
				return
			}
			sd, err := secdesc.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			var got []secdesc.Mask
			for a := range sd.Entries() {
				got = append(got, a.Mask)
			}
			if !slices.Equal(got, row.masks) {
				t.Errorf("%x, want %x", got, row.masks)
			}
		})
	}
}

// What a list holds is not known beforehand: nothing in it stops the program.
func FuzzLists(f *testing.F) {
	f.Add([]byte(`[{"Agent":` + agent + `,"Targets":[` + target + `],"AllTemplates":true}]`))
	f.Add([]byte(`[{"Result":{"Url":"http://pki","Status":"Vulnerable_x"},"Collected":true}]`))
	f.Add([]byte(`[{"PrincipalSID":"S-1-5-11","RightName":"Enroll"}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func([]byte) ([][]byte, error){authority.Agents, authority.Addresses} {
			if values, err := read(raw); err == nil && len(values) > len(raw) {
				t.Errorf("%d values out of %d bytes", len(values), len(raw))
			}
		}
		if sd, err := authority.Security(raw); err == nil {
			if _, err := secdesc.Parse(sd); err != nil {
				t.Error(err)
			}
		}
	})
}
