package tlsscan

import (
	"slices"
	"testing"
)

func TestTraits(t *testing.T) {
	for _, c := range []struct {
		suite Suite
		want  Traits
	}{
		{0x1301, Traits{"any", "any", "AES", "GCM", 128, false}},
		{0x1303, Traits{"any", "any", "CHACHA20", "AEAD", 256, false}},
		{0xc02f, Traits{"ECDHE", "RSA", "AES", "GCM", 128, false}},
		{0xc0ac, Traits{"ECDHE", "ECDSA", "AES", "CCM", 128, false}},
		{0x0039, Traits{"DHE", "RSA", "AES", "CBC", 256, false}},
		{0x0003, Traits{"RSA", "RSA", "RC4", "stream", 40, true}},
		{0x0014, Traits{"DHE", "RSA", "DES", "CBC", 40, true}},
		{0x0064, Traits{"RSA", "RSA", "RC4", "stream", 56, true}},
		{0x000a, Traits{"RSA", "RSA", "3DES", "CBC", 112, false}},
		{0x0018, Traits{"DHE", "anon", "RC4", "stream", 128, false}},
		{0xc015, Traits{"ECDHE", "anon", "NULL", "", 0, false}},
		{0x003b, Traits{"RSA", "RSA", "NULL", "", 0, false}},
		{0x0065, Traits{"DHE", "DSS", "RC4", "stream", 56, true}},
		{0xc0aa, Traits{"DHE_PSK", "PSK", "AES", "CCM", 128, false}},
		{0xc01d, Traits{"SRP", "other", "AES", "CBC", 128, false}},
		{0xfeff, Traits{"RSA", "RSA", "3DES", "CBC", 112, false}},
		{0x0700c0, Traits{"RSA", "RSA", "3DES", "CBC", 112, false}},
		{0x020080, Traits{"RSA", "RSA", "RC4", "stream", 40, true}},
	} {
		t.Run(c.suite.String(), func(t *testing.T) {
			if got := c.suite.Traits(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestHellosAreNotTooLong(t *testing.T) {
	if n := len(sorted().wide); n > maxAtOnce {
		t.Errorf("%d suites in the usual hello", n)
	}
}

func TestEverySuiteIsUnderstood(t *testing.T) {
	if !slices.IsSortedFunc(suiteNames[:], func(a, b struct {
		number Suite
		name   string
	}) int {
		return int(a.number) - int(b.number)
	}) {
		t.Fatal("the table is not in order: binary search fails")
	}
	for _, row := range suiteNames {
		traits := row.number.Traits()
		if traits.Cipher == "other" {
			t.Errorf("%s: cipher unknown", row.name)
		}
		if traits.Mode == "" && traits.Cipher != "NULL" {
			t.Errorf("%s: mode unknown", row.name)
		}
		if traits.Exchange == "other" {
			t.Logf("%s: key exchange not sorted", row.name)
		}
		if traits.Bits == 0 && traits.Cipher != "NULL" {
			t.Errorf("%s: strength unknown", row.name)
		}
	}
}
