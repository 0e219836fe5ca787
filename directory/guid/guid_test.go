package guid

import "testing"

func TestParseAndString(t *testing.T) {
	const member = "bf9679c0-0de6-11d0-a285-00aa003049e2"
	want := GUID{0xc0, 0x79, 0x96, 0xbf, 0xe6, 0x0d, 0xd0, 0x11, 0xa2, 0x85, 0x00, 0xaa, 0x00, 0x30, 0x49, 0xe2}
	for _, text := range []string{member, "BF9679C0-0DE6-11D0-A285-00AA003049E2", "{" + member + "}"} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %x, %v", text, got, err)
		}
	}
	if want.String() != member {
		t.Errorf("String() = %s", want)
	}
	if g, ok := FromBytes(want[:]); !ok || g != want {
		t.Errorf("FromBytes = %v, %v", g, ok)
	}
	if _, ok := FromBytes(want[:15]); ok {
		t.Error("FromBytes accepted 15 bytes")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "bf9679c0", "bf9679c0-0de6-11d0-a285-00aa003049e", "gf9679c0-0de6-11d0-a285-00aa003049e2",
		"bf9679c00-de6-11d0-a285-00aa003049e2", "{bf9679c0-0de6-11d0-a285-00aa003049e2",
	} {
		if g, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", text, g)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("bf9679c0-0de6-11d0-a285-00aa003049e2")
	f.Add("{00000000-0000-0000-0000-000000000000}")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(g.String())
		if err != nil || again != g {
			t.Fatalf("%q: %s reads back as %s, %v", text, g, again, err)
		}
	})
}
