package dns

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestParseResolver(t *testing.T) {
	for text, want := range map[string]string{"192.0.2.53": "192.0.2.53:53", " 192.0.2.53:5353 ": "192.0.2.53:5353", "2001:db8::53": "[2001:db8::53]:53",
		"[2001:db8::53]": "[2001:db8::53]:53", "[2001:db8::53]:54": "[2001:db8::53]:54"} {
		if got, err := ParseResolver(text); err != nil || got.String() != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "dns.example", "192.0.2.53:", "192.0.2.53:99999", "192.0.2"} {
		if got, err := ParseResolver(text); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestSystem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	for text, want := range map[string][]netip.AddrPort{
		"# a comment\nsearch brume.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions edns0\n": {netip.MustParseAddrPort("192.0.2.53:53"), netip.MustParseAddrPort("[2001:db8::53]:53")},
		"search brume.example\n":          nil,
		"nameserver not-an-address\n":     nil,
		"nameserver\nnameserver 10.0.0.1": {netip.MustParseAddrPort("10.0.0.1:53")},
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := System(file)
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := System(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing file names resolvers")
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"www.brume.example.": "brume.example", "example": ".", ".": ".", "A.B": "b"} {
		if got := Parent(name); got != want {
			t.Errorf("above %q: %q", name, got)
		}
	}
	if !Within("brume.example", "WWW.brume.example.") || Within("brume.example", "xbrume.example") || !Within(".", "a") {
		t.Error("what lies within a zone")
	}
	for _, name := range []string{"", "a..b", ".a"} {
		if Valid(name) {
			t.Errorf("%q can be asked for", name)
		}
	}
}
