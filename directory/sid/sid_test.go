package sid

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestTextAndBinary(t *testing.T) {
	for _, row := range []struct {
		text   string
		binary string
	}{
		{"S-1-0-0", "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"S-1-5-32-544", "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"},
		{"S-1-5-21-1-2-4294967295-500", "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\xff\xff\xff\xff\xf4\x01\x00\x00"},
		{"S-1-5", "\x01\x00\x00\x00\x00\x00\x00\x05"},
		{"S-1-0xFFFFFFFFFFFF-1", "\x01\x01\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00"},
		{"S-1-1-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15", ""},
	} {
		s, err := Parse(row.text)
		if err != nil || s.String() != row.text {
			t.Errorf("Parse(%q) = %s, %v", row.text, s, err)
			continue
		}
		if row.binary != "" && string(s.Bytes()) != row.binary {
			t.Errorf("%s: bytes %x", row.text, s.Bytes())
		}
		again, err := FromBytes(s.Bytes())
		if err != nil || again != s {
			t.Errorf("%s reads back as %s, %v", s, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "S-1", "S-1-", "S-2-5-1", "T-1-5-1", "S-1-x", "S-1-5-", "S-1-5--1", "S-1-5-4294967296",
		"S-1-281474976710656-1", "S-1-5" + strings.Repeat("-1", 16), "S-1-5-1 ", "S-1-0x1ffffffffffff"} {
		if s, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s", text, s)
		}
	}
}

func TestFromBytesRefuses(t *testing.T) {
	good := MustParse("S-1-5-32-544").Bytes()
	for n := range good {
		if s, err := FromBytes(good[:n]); err == nil {
			t.Errorf("cut at %d: %s", n, s)
		}
	}
	for name, b := range map[string][]byte{
		"one byte more": append(slices.Clone(good), 0),
		"revision 2":    append([]byte{2}, good[1:]...),
		"16 parts":      append([]byte{1, 16}, bytes.Repeat([]byte{0}, 70)...),
	} {
		if s, err := FromBytes(b); err == nil {
			t.Errorf("%s: %s", name, s)
		}
	}
}

func TestParts(t *testing.T) {
	account := MustParse("S-1-5-21-1-2-3-1104")
	domain := MustParse("S-1-5-21-1-2-3")
	if rid, ok := account.RID(); !ok || rid != 1104 {
		t.Errorf("RID = %d, %v", rid, ok)
	}
	if account.Domain() != domain || domain.Append(1104) != account || !account.InDomain(domain) || domain.InDomain(domain) {
		t.Error("Domain, Append or InDomain is wrong")
	}
	if !account.IsAccount() || domain.IsAccount() || Administrators.IsAccount() || !Administrators.IsBuiltin() {
		t.Error("IsAccount or IsBuiltin is wrong")
	}
	if !LocalSystem.Domain().IsZero() || account.InDomain(SID{}) {
		t.Error("S-1-5-18 has no domain")
	}
	if prefix, rid, ok := LocalSystem.Split(); !ok || rid != 18 || prefix.Append(18) != LocalSystem {
		t.Error("Split is wrong")
	}
	var zero SID
	if !zero.IsZero() || zero.String() != "" || zero.Bytes() != nil || Null.IsZero() || !zero.Append(1).IsZero() {
		t.Error("the zero value is not none")
	}
	full := New(1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
	if !full.Append(1).IsZero() || full.Sub(14) != 15 || full.Sub(15) != 0 || full.Sub(-1) != 0 || full.Len() != 15 {
		t.Error("a full SID is mishandled")
	}
}

func TestCompare(t *testing.T) {
	sorted := []SID{{}, Null, Everyone, Anonymous, LocalSystem, MustParse("S-1-5-21-1"), MustParse("S-1-5-21-1-2"), Administrators}
	for i, a := range sorted {
		for j, b := range sorted {
			if got, want := a.Compare(b), sign(i-j); got != want {
				t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestNames(t *testing.T) {
	for _, row := range []struct{ sid, fr, en string }{
		{"S-1-5-21-1-2-3-512", "Admins du domaine", "Domain Admins"},
		{"S-1-5-32-544", "Administrateurs", "Administrators"},
		{"S-1-5-11", "Utilisateurs authentifiés", "Authenticated Users"},
		{"S-1-1-0", "Tout le monde", "Everyone"},
		{"S-1-5-21-1-2-3-1104", "", ""},
		{"S-1-5-32-9999", "", ""},
		{"S-1-5", "", ""},
		{"S-1-5-80-1-2-3-4-5", "", ""},
	} {
		s := MustParse(row.sid)
		if s.Name("fr") != row.fr || s.Name("en") != row.en {
			t.Errorf("%s: %q, %q", row.sid, s.Name("fr"), s.Name("en"))
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(MustParse("S-1-5-21-1-2-3-1104").Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, n, err := Decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Bytes(), b[:n]) {
			t.Fatalf("%x reads back as %x", b[:n], s.Bytes())
		}
		if again, err := Parse(s.String()); err != nil || again != s {
			t.Fatalf("%s reads back as %s, %v", s, again, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("S-1-5-21-1-2-3-1104")
	f.Add("S-1-0xFFFFFFFFFFFF-1")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := FromBytes(s.Bytes()); err != nil || again != s {
			t.Fatalf("%q: %s reads back as %s, %v", text, s, again, err)
		}
	})
}
