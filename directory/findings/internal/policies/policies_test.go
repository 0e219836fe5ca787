package policies

import (
	"strings"
	"testing"

	"hygie/directory/findings/rule/ruletest"
	"hygie/directory/sysvol"
)

func TestBroadOnes(t *testing.T) {
	o := ruletest.New(t)
	for _, row := range []struct{ who, want string }{
		{"S-1-1-0", "S-1-1-0"}, {"S-1-5-11", "S-1-5-11"}, {"Tout le monde", "S-1-1-0"}, {"Everyone", "S-1-1-0"}, {`HOP\Domain Users`, "S-1-5-21-100-200-300-513"},
		{"S-1-5-21-100-200-300-515", "S-1-5-21-100-200-300-515"}, {`HOP\Infirmiers`, ""}, {"S-1-5-32-544", ""}, {"S-1-5-21-9-9-9-513", ""}, {"Personne", ""}, {"", ""},
	} {
		got := ""
		for _, s := range broadOnes(o, []string{row.who, row.who}) {
			got += s.String()
		}
		if got != row.want {
			t.Errorf("%q: %q, want %q", row.who, got, row.want)
		}
	}
}

func TestPlacesOfFiles(t *testing.T) {
	o := ruletest.New(t)
	for path, want := range map[string]string{"": `\\hop.test\SYSVOL\hop.test`, "Policies/{A}/GPT.INI": `\\hop.test\SYSVOL\hop.test\Policies\{A}\GPT.INI`} {
		if got := sharePath(o, path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
	p := &sysvol.Policy{Path: "Policies/{A}"}
	if got := file(p, "Policies/{A}/Machine/Registry.pol"); got != `Machine\Registry.pol` {
		t.Error(got)
	}
	names, parts := sysvolParts(&sysvol.Share{Files: []sysvol.File{
		{Path: ""}, {Path: "Policies"}, {Path: "Policies/{A}"}, {Path: "Policies/{A}/x/y"}, {Path: "Policies/{B}/z"}, {Path: "scripts"}, {Path: "scripts/a.cmd"},
	}})
	if got := strings.Join(names, " "); got != "Policies/{A} Policies/{B} scripts" || len(parts["Policies/{A}"]) != 2 || len(parts["scripts"]) != 2 {
		t.Errorf("%s: %v", got, parts)
	}
}

// Each weak value is weak, and the sound value of the same name is not.
func TestWeakValues(t *testing.T) {
	sound := map[string]uint64{
		"LmCompatibilityLevel": 5, "NoLMHash": 1, "RestrictAnonymousSAM": 1, "EveryoneIncludesAnonymous": 0, "UseLogonCredential": 0, "RequireSecuritySignature": 1,
		"SMB1": 0, "LDAPServerIntegrity": 2, "RequireSignOrSeal": 1, "AlwaysInstallElevated": 0, "EnableMulticast": 0,
	}
	weak := map[string]uint64{"LmCompatibilityLevel": 2, "EveryoneIncludesAnonymous": 1, "UseLogonCredential": 1, "SMB1": 1, "LDAPServerIntegrity": 1, "AlwaysInstallElevated": 1, "EnableMulticast": 1}
	for _, w := range weakValues() {
		if !w.bad(weak[w.name]) {
			t.Errorf("%s = %d is taken for sound", w.name, weak[w.name])
		}
		good, known := sound[w.name]
		if w.name != "VulnerableChannelAllowList" && (!known || w.bad(good)) {
			t.Errorf("%s = %d is taken for weak", w.name, good)
		}
	}
}
