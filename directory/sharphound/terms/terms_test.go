package terms

import (
	"testing"

	"hygie/directory/internal/jsonscan"
)

func text(s string) jsonscan.Value { return jsonscan.Value{Kind: 's', Raw: []byte(s)} }

func TestInterval(t *testing.T) {
	for word, want := range map[string]int64{
		"42 days": -42 * 864e9, "1 day, 6 hours, 30 minutes": -1098e9, "Forever": -1 << 63, "": 0, "-36288000000000": -36288e9, "1 second": -1e7,
	} {
		if n, ok := Interval(text(word)); !ok || n != want {
			t.Errorf("%q: %d %v, want %d", word, n, ok, want)
		}
	}
	for _, word := range []string{"soon", "2 moons", "-1 days", "99999999999 days", "12"} {
		if n, ok := Interval(text(word)); ok {
			t.Errorf("%q is %d", word, n)
		}
	}
}

func TestNumbersOfWords(t *testing.T) {
	for word, want := range map[string]int64{"2016": 7, "2012 R2": 6, "10": 10, "2025": 10, "2000 Mixed/Native": 0} {
		if n, ok := FunctionalLevel(word); !ok || n != want {
			t.Errorf("level %q: %d %v", word, n, ok)
		}
	}
	if _, ok := FunctionalLevel("Unknown"); ok {
		t.Error("an unknown level is known")
	}
	if n, ok := Bits(text("NonTransitive, FilterSids"), TrustFlags()); !ok || n != 5 {
		t.Errorf("trust flags %d %v", n, ok)
	}
	if _, ok := Bits(text("NonTransitive, Friendly"), TrustFlags()); ok {
		t.Error("an unknown flag is known")
	}
	if n, ok := EncryptionTypes([][]byte{[]byte("RC4-HMAC-MD5"), []byte("AES256-CTS-HMAC-SHA1-96")}); !ok || n != 0x14 {
		t.Errorf("encryption types %#x %v", n, ok)
	}
	if n, ok := TrustDirection(text("Bidirectional")); !ok || n != 3 {
		t.Errorf("direction %d %v", n, ok)
	}
}
