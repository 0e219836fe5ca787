package smb

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 4493, section 4.
func TestCMAC(t *testing.T) {
	key := unhex(t, "2b7e151628aed2a6abf7158809cf4f3c")
	message := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for _, row := range []struct {
		size int
		want string
	}{
		{0, "bb1d6929e95937287fa37d129b756746"}, {16, "070a16b46b4d4144f79bdd9dd04a287c"},
		{40, "dfa66747de9ae63030ca32611497c827"}, {64, "51f0bebf7e3b9d92fc49741779363cfe"},
	} {
		if got := hex.EncodeToString(cmac(key, message[:row.size])); got != row.want {
			t.Errorf("%d bytes: %s, want %s", row.size, got, row.want)
		}
	}
}

// CCM has no published vector with these lengths; these come from another implementation (OpenSSL).
func TestCCM(t *testing.T) {
	a, err := newCCM(unhex(t, "404142434445464748494a4b4c4d4e4f"))
	if err != nil {
		t.Fatal(err)
	}
	nonce, data := unhex(t, "101112131415161718191a"), unhex(t, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	for _, row := range []struct{ plain, sealed string }{
		{"", "5bcc91794bd08fd8466cdaaab0a5b5da"},
		{"03", "f5bbb2cbc05fe5a5e059782fac832a45e2"},
		{"030a11181f262d343b424950575e656c", "f5f9b8201fbb505ce88bfaf372a9fd6da34b173e2b0dc3cb7961d71e1b8ce4e9"},
		{"030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dce3eaf1f8ff", "f5f9b8201fbb505ce88bfaf372a9fd6d7609398771e2165b135383ff4bc9f300dd6694e31019ca0311bd272bb0f798e84c27c66b91"},
	} {
		sealed := a.Seal(nil, nonce, unhex(t, row.plain), data)
		if hex.EncodeToString(sealed) != row.sealed {
			t.Errorf("%q gives %x, want %s", row.plain, sealed, row.sealed)
		}
		plain, err := a.Open(nil, nonce, sealed, data)
		if err != nil || !bytes.Equal(plain, unhex(t, row.plain)) {
			t.Errorf("%x, %v", plain, err)
		}
		for i := range sealed {
			altered := bytes.Clone(sealed)
			altered[i] ^= 1
			if _, err := a.Open(nil, nonce, altered, data); err == nil {
				t.Errorf("byte %d altered, not noticed", i)
			}
		}
	}
	if _, err := a.Open(nil, nonce, make([]byte, 15), data); err == nil {
		t.Error("less than a tag is accepted")
	}
}

// The example of MS-NLMP 4.2.4: user "User", domain "Domain", password "Password".
func TestNTLMv2Keys(t *testing.T) {
	n := &ntlm{domain: "Domain", user: "User", password: "Password", first: []byte("x")}
	challenge := append([]byte(ntlmSignature), make([]byte, 40)...)
	copy(challenge[24:], unhex(t, "0123456789abcdef"))
	target := unhex(t, "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000")[:36]
	out, err := n.authenticate(challenge, target, make([]byte, 8), bytes.Repeat([]byte{0xaa}, 8), bytes.Repeat([]byte{0x55}, 16))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out, unhex(t, "68cd0ab851e51c96aabc927bebef6a1c")) {
		t.Error("the proof is not that of the example")
	}
	if !bytes.Contains(out, unhex(t, "c5dad2544fc9799094ce1ce90bc9d03e")) {
		t.Error("the carried key is not that of the example")
	}
}
