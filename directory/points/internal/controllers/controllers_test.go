package controllers

import (
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/points/internal/estate"
)

func TestEndOfSupport(t *testing.T) {
	for _, row := range []struct{ name, version, want string }{
		{"Windows Server 2022 Datacenter", "10.0 (20348)", "2031-10-14"},
		{"Windows Server 2012 R2 Standard", "6.3 (9600)", "2023-10-10"},
		{"Windows Server® 2008 R2 Standard", "", "2020-01-14"},
		{"Windows\u00a0Server 2003", "", "2015-07-14"},
		{"Windows 2000 Server", "", "2010-07-13"},
		{"Windows Server", "10.0 (14393)", "2027-01-12"}, // by its version
		{"Windows Server 2030", "10.0 (20348)", ""},      // the year says more than the version
		{"Samba", "4.17", ""},
		{"", "", ""},
	} {
		end, ok := supportOf(row.name, row.version)
		if ok != (row.want != "") || ok && end.Format("2006-01-02") != row.want {
			t.Errorf("%s %s: %s %v", row.name, row.version, end, ok)
		}
	}
}

func TestTrustsByTheirBits(t *testing.T) {
	for _, row := range []struct {
		name                      string
		trust                     trust
		unfiltered, history, tgts bool
	}{
		{"external, open", trust{direction: 2}, true, false, false},
		{"external, in quarantine", trust{direction: 2, attributes: 0x4}, false, false, false},
		{"inbound only", trust{direction: 1}, false, false, false},
		{"within the forest", trust{direction: 3, attributes: 0x20}, false, false, false},
		{"a realm that is not Windows", trust{direction: 3, kind: 3}, false, false, false},
		{"between forests", trust{direction: 3, attributes: 0x8}, false, false, false},
		{"between forests, as if external", trust{direction: 3, attributes: 0x48}, false, true, false},
		{"the same, inbound only", trust{direction: 1, attributes: 0x48}, false, false, false},
		{"tickets handed over", trust{direction: 1, attributes: 0x808}, false, false, true},
		{"tickets handed over, outbound only", trust{direction: 2, attributes: 0x808}, false, false, false},
	} {
		if a, b, c := unfilteredTrust(row.trust), sidHistoryTrust(row.trust), tgtDelegationTrust(row.trust); a != row.unfiltered || b != row.history || c != row.tgts {
			t.Errorf("%s: %v %v %v", row.name, a, b, c)
		}
	}
}

func TestNamesWithData(t *testing.T) {
	for v, want := range map[string]string{"B:8:00000001:CN=a,DC=test": "CN=a,DC=test", "S:3:abc:CN=a:b": "CN=a:b", "CN=a": "CN=a", "B:8:00": "B:8:00", "": ""} {
		if got := binaryDN(v); got != want {
			t.Errorf("%q: %q", v, got)
		}
	}
}

func TestPrograms(t *testing.T) {
	f := estate.NewForests(drawn.New(t).Freeze(), drawn.AsOf)[0]
	for menu, strange := range map[string]bool{
		`2,Dossier,\\nas\public\a.vbs`: true, `2,Dossier,\\hop.test\SYSVOL\a.vbs`: false, `2,Dossier,\\HOP\sysvol\hop.test\a.vbs`: false, `2,x,\\dc1.hop.test\SYSVOL\a`: false,
		`2,x,\\hop.test\SYSVOL\..\..\a`: true, `2,x,\\nas\SYSVOL\a`: true, `2,x,\\?\UNC\nas\a`: true, `2,x,//nas/public/a`: true, `1,{08eb4fa6-6ffd-11d1-b0e0-00c04fd8dca6}`: false,
		`2,x,C:\a.exe`: false, ``: false, `2,x,"\\nas\a b.exe"`: true,
	} {
		if got := strangeShare(f, programOf(menu)); got != strange {
			t.Errorf("%s: %v", menu, got)
		}
	}
}

// Each character of dSHeuristics that matters has a value that is bad, and 0 or 1 that is not.
func TestHeuristicRules(t *testing.T) {
	for _, r := range heuristicRules() {
		bad := 0
		for _, c := range []byte("012") {
			if r.bad(c) {
				bad++
			}
		}
		if bad == 0 || bad == 3 || r.position < 1 || r.level < 1 || r.level > 5 {
			t.Errorf("%s: %d of three values are bad", r.name, bad)
		}
	}
}
