package points

import (
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// The folder of a policy that applies to privileged accounts decides the point together with its object.
func TestPolicyFiles(t *testing.T) {
	const (
		gpo   = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
		sound = "O:DAD:P(A;OICI;FA;;;DA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)(A;OICIIO;FA;;;CO)"
	)
	domain := sid.MustParse("S-1-5-21-100-200-300")
	raw := func(sddl string) []byte {
		b, err := secdesc.ParseSDDL(sddl, domain)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	share := func(sddl string, change ...func(*sysvol.Share)) *sysvol.Share {
		s := &sysvol.Share{
			Domain: "hop.test", Permissions: true, Descriptors: [][]byte{raw(sound), raw(sddl)},
			Files: []sysvol.File{{Path: "", Folder: true, Descriptor: 1}, {Path: "Policies/" + gpo, Folder: true, Descriptor: 1}, {Path: "Policies/" + gpo + "/gpt.ini", Descriptor: 2},
				{Path: "Policies/{AAAAAAAA-0000-0000-0000-000000000000}/x", Descriptor: 2}},
			Policies: []sysvol.Policy{{GUID: gpo, Path: "Policies/" + gpo}},
		}
		for _, f := range change {
			f(s)
		}
		return s
	}
	for _, row := range []struct {
		name  string
		share *sysvol.Share
		want  string
	}{
		{"sound", share(sound), "passed"},
		{"nurses write", share("O:DAD:(A;;0x1301bf;;;S-1-5-21-100-200-300-1108)"), "failed [1]: " + gpo},
		{"nurses own", share("O:S-1-5-21-100-200-300-1108D:(A;;FA;;;DA)"), "failed [1]: " + gpo},
		{"nurses read", share("O:DAD:(A;;0x1200a9;;;S-1-5-21-100-200-300-1108)"), "passed"},
		{"copy without permissions", share(sound, func(s *sysvol.Share) { s.Permissions = false }), "not_evaluated"},
		{"one file unread", share(sound, func(s *sysvol.Share) { s.Files[2].Descriptor = 0 }), "not_evaluated"},
		{"one file unread, another open", share("O:DAD:(A;;FA;;;AU)", func(s *sysvol.Share) { s.Files[1].Descriptor = 0 }), "failed [1]: " + gpo},
		{"cut short", share(sound, func(s *sysvol.Share) { s.Partial = true }), "not_evaluated"},
		{"folder not seen", share(sound, func(s *sysvol.Share) { s.Policies = nil }), "not_evaluated"},
		{"share of another domain", share(sound, func(s *sysvol.Share) { s.Domain = "autre.test" }), "not_evaluated"},
		{"damaged descriptor", share(sound, func(s *sysvol.Share) { s.Descriptors[1] = []byte{1} }), "not_evaluated"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := drawn.New(t).Builder()
			b.Sysvol(row.share)
			dir, err := b.Freeze()
			if err != nil {
				t.Fatal(err)
			}
			v := verdictOf(t, Evaluate(dir, Options{AsOf: drawn.AsOf}), "vuln_permissions_gpo_priv")
			if got := sum(v); got != row.want {
				t.Errorf("got %s, want %s; %v", got, row.want, v.Missing)
			}
			checkVerdict(t, v)
		})
	}
}
