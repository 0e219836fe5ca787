package whatif

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/control"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/paths"
	"hygie/directory/report"
	"hygie/directory/report/compare"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

const (
	alice   = "S-1-5-21-100-200-300-1103"
	defpol  = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
	applied = defpol + " acl=O:DAG:DAD:P(A;;GA;;;DA)(OA;;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;AU)(A;;GR;;;AU)\n"
	weakDC  = "Poste msPKI-Certificate-Name-Flag=134217728 acl+=(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;S-1-5-21-100-200-300-516)\n"
	signIn  = "Poste msPKI-Certificate-Name-Flag=0 acl+=(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;" + alice + ")\n"
)

// descriptor encodes a security descriptor of the drawn domain.
func descriptor(t *testing.T, sddl string) []byte {
	t.Helper()
	raw, err := secdesc.ParseSDDL(sddl, sid.MustParse("S-1-5-21-100-200-300"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// shared makes a SYSVOL whose files the owner of its descriptor may change, with one policy.
func shared(t *testing.T, sddl string, policy sysvol.Policy) *sysvol.Share {
	t.Helper()
	const sound = "O:DAD:P(A;OICI;FA;;;DA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)"
	policy.GUID, policy.Path = defpol, "Policies/"+defpol
	return &sysvol.Share{
		Domain: "hop.test", Source: "test", Permissions: true, Descriptors: [][]byte{descriptor(t, sound), descriptor(t, sddl)}, Policies: []sysvol.Policy{policy},
		Files: []sysvol.File{{Path: "", Folder: true, Descriptor: 1}, {Path: policy.Path, Folder: true, Descriptor: 1}, {Path: policy.Path + "/GPT.INI", Descriptor: 2}, {Path: "scripts/logon.cmd", Descriptor: 1}},
	}
}

// outside adds a domain whose forest the drawn one believes, and an ordinary account there that controls it.
func outside(t *testing.T, b *model.Builder, attributes string) {
	t.Helper()
	own := sid.MustParse("S-1-5-21-7-7-7")
	raw, err := secdesc.ParseSDDL("O:BAD:(A;;GA;;;BA)(A;;WD;;;S-1-5-21-7-7-7-1103)", own)
	if err != nil {
		t.Fatal(err)
	}
	add := func(dn, class string, pairs ...string) {
		e := model.Entry{DN: dn, Attributes: []model.Attribute{{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte(class)}}}}
		for i := 0; i < len(pairs); i += 2 {
			e.Attributes = append(e.Attributes, model.Attribute{Name: pairs[i], Values: [][]byte{[]byte(pairs[i+1])}})
		}
		if class == "domainDNS" {
			e.Attributes = append(e.Attributes, model.Attribute{Name: "nTSecurityDescriptor", Values: [][]byte{raw}})
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	b.Partition(model.Partition{DN: "DC=autre,DC=test", Kind: model.Domain, DNSName: "autre.test", Attributes: drawn.Attributes()})
	add("DC=autre,DC=test", "domainDNS", "objectSid", own.String())
	add("CN=Users,DC=autre,DC=test", "container")
	add("CN=carla,CN=Users,DC=autre,DC=test", "user", "objectSid", own.Append(1103).String(), "userAccountControl", "512", "sAMAccountName", "carla")
	add("CN=autre.test,CN=System,DC=hop,DC=test", "trustedDomain", "trustPartner", "autre.test", "trustDirection", "3", "trustAttributes", attributes, "trustType", "2")
}

// Settings in files, in registries and of trusts are mended in the copy: the ways close, points and findings follow, and what no point looks at
// is said to be so.
func TestSettingsAreMadeInTheCopy(t *testing.T) {
	sound := "O:DAD:P(A;;FA;;;DA)(A;;FA;;;SY)"
	for _, row := range []struct {
		name, world string
		change      func(*model.Builder)
		point       string // a point that changes
		finding     string // a finding that changes
		unseen      bool
	}{
		{"files of a policy", applied, func(b *model.Builder) {
			b.Sysvol(shared(t, "O:DAD:P(A;;FA;;;DA)(A;;0x1301bf;;;"+alice+")", sysvol.Policy{}))
		}, "vuln_permissions_gpo_priv failed passed", "", false},
		{"files that somebody owns", applied, func(b *model.Builder) {
			b.Sysvol(shared(t, "O:"+alice+"D:P(A;;FA;;;DA)", sysvol.Policy{}))
		}, "vuln_permissions_gpo_priv failed passed", "", false},
		{"a privilege", applied, func(b *model.Builder) {
			b.Sysvol(shared(t, sound, sysvol.Policy{Rights: []sysvol.Right{{File: "GptTmpl.inf", Name: "SeDebugPrivilege", Who: []string{"*S-1-5-32-544", "S-1-5-11"}}}}))
		}, "", "gpo_broad_rights found clear", true},
		{"a privilege, by name", applied, func(b *model.Builder) {
			b.Sysvol(shared(t, sound, sysvol.Policy{Rights: []sysvol.Right{{File: "GptTmpl.inf", Name: "SeBackupPrivilege", Who: []string{`HOP\alice`}}}}))
		}, "", "", true},
		{"a privilege under a WMI filter", applied + defpol + " gPCWQLFilter=[hop.test;{A};0]", func(b *model.Builder) {
			b.Sysvol(shared(t, sound, sysvol.Policy{Rights: []sysvol.Right{{File: "GptTmpl.inf", Name: "SeBackupPrivilege", Who: []string{"*" + alice}}}}))
		}, "", "", true},
		{"a group filled by a policy", applied, func(b *model.Builder) {
			b.Sysvol(shared(t, sound, sysvol.Policy{Groups: []sysvol.Group{{File: "Machine/GptTmpl.inf", Group: "S-1-5-32-544", Adds: []string{"S-1-5-11", "S-1-5-32-544"}}}}))
		}, "", "gpo_broad_admins found clear", true},
		{"a group put into another by a policy", applied + "Infirmiers member=@alice member=@bruno", func(b *model.Builder) {
			b.Sysvol(shared(t, sound, sysvol.Policy{Groups: []sysvol.Group{{File: "Machine/GptTmpl.inf", Group: `HOP\Infirmiers`, Joins: []string{"Administrateurs"}}}}))
		}, "", "", true},
		{"any name", "hop -gPLink\nCA1 hygie-authorityTakesNames=TRUE\n" + signIn, nil, "", "adcs_esc6 found clear", true},
		{"the web and RPC", "hop -gPLink\nCA1 \"hygie-authorityWeb=relayable http://a/\" \"hygie-authorityWeb=relayable http://b/\" hygie-authorityInterfaceFlags=64\n" + weakDC, nil, "", "adcs_esc8 found clear", true},
		{"a role at an authority", "hop -gPLink\nCA1 hygie-authoritySecurity=O:BAD:(A;;0x203;;;" + alice + ")(A;;0x200;;;AU)(A;;0x3;;;BA)", nil, "", "adcs_esc7 found clear", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := drawn.New(t, strings.Split(row.world, "\n")...).Builder()
			if row.change != nil {
				row.change(b)
			}
			d, err := b.Freeze()
			if err != nil {
				t.Fatal(err)
			}
			a := audited(t, d)
			if len(a.Report.Fixes) == 0 {
				t.Fatal("the world has no way")
			}
			w, err := Try(a, report.Choice{Plan: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Untried) > 0 || len(w.Unseen) > 0 != row.unseen || w.ExposedNow != 0 {
				t.Errorf("untried %v, unseen %v, %d of %d accounts remain", w.Untried, w.Unseen, w.ExposedNow, w.ExposedBefore)
			}
			if row.unseen && (len(w.Points) > 0 || w.Level.Now != w.Level.Before) {
				t.Errorf("points changed: %q", outcomes(w.Points))
			}
			if row.point != "" && !slices.Contains(outcomes(w.Points), row.point) {
				t.Errorf("points %q, want %s", outcomes(w.Points), row.point)
			}
			if row.finding != "" && !slices.Contains(outcomes(w.Findings), row.finding) {
				t.Errorf("findings %q, want %s", outcomes(w.Findings), row.finding)
			}
			if again := audited(t, copied(t, a)); again.Report.Statistics.Control.ExposedTo != 0 {
				t.Errorf("the copy still shows %d exposed accounts: %+v", again.Report.Statistics.Control.ExposedTo, again.Report.Paths)
			}
			if again := audited(t, d); again.Report.Statistics.Control.ExposedTo != w.ExposedBefore {
				t.Error("the directory itself was changed")
			}
		})
	}
}

// A trust is a fix of no plan while the other domain is weak itself; it is mended in the copy all the same, and the points on trusts follow.
func TestTrustsAreMendedInTheCopy(t *testing.T) {
	for _, row := range []struct {
		name, attributes string
		kind             control.Kind
		want             int64
		point            string
	}{
		{"external", "0", control.PrimaryTrust, 0x4, "vuln_trusts_domain_notfiltered failed passed"},
		{"between forests, as if external", "72", control.PrimaryTrust, 0x8, "vuln_trusts_forest_sidhistory failed passed"},
		{"handing tickets over", "2056", control.TrustDelegation, 0x8, "vuln_trusts_tgt_deleg failed passed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := drawn.New(t, "hop -gPLink").Builder()
			outside(t, b, row.attributes)
			d, err := b.Freeze()
			if err != nil {
				t.Fatal(err)
			}
			a := audited(t, d)
			trust, ok := d.ByDN("CN=autre.test,CN=System,DC=hop,DC=test")
			e := newEditor(a)
			done := e.undo([]paths.Right{{Kind: row.kind, Setting: true, Object: trust}})
			after, err := again(a, e)
			if !ok || err != nil || !done.made || !done.seen {
				t.Fatalf("%v %v %+v", ok, err, done)
			}
			copied, err := e.copy()
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := copied.Int(trust, "trustAttributes"); got != row.want {
				t.Errorf("attributes %#x, want %#x", got, row.want)
			}
			var w report.WhatIf
			compare.Weigh(&w, a.Report, after)
			if !slices.Contains(outcomes(w.Points), row.point) {
				t.Errorf("points %q, want %s", outcomes(w.Points), row.point)
			}
		})
	}
}

// What the sources do not hold is said to be untried, never taken for done.
func TestUnknownSettings(t *testing.T) {
	a := audited(t, drawn.New(t, "hop -gPLink").Freeze())
	find := func(name string) model.ID {
		for id := range a.Directory.All() {
			if a.Directory.Name(id) == name {
				return id
			}
		}
		t.Fatalf("no %s", name)
		return model.None
	}
	for _, r := range []paths.Right{
		{Kind: control.PolicyAdmin, Setting: true, Object: find(defpol), Line: "S-1-5-32-544__Members = *S-1-5-11"}, // no share was read
		{Kind: control.PolicyPrivilege, Setting: true, Object: find(defpol), Line: "SeDebugPrivilege"},
		{Kind: control.WritePolicyFile, Setting: true, Object: find(defpol), Line: "(A;;FA;;;AU) GPT.INI"},
		{Kind: control.PolicyAdmin, Setting: true, Object: model.None},
		{Kind: control.PrimaryTrust, Setting: true, Object: find("alice")},
		{Kind: control.RelaysToAuthority, Setting: true, Object: find("CA1")},
		{Kind: control.ManageAuthority, Setting: true, Object: find("CA1")},
		{Kind: control.Contains, Setting: true, Object: find("CA1")},
	} {
		if done := newEditor(a).undo([]paths.Right{r}); done.made {
			t.Errorf("%s of %d is taken for done", r.Kind, r.Object)
		}
	}
}
