package cli

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"testing"
)

// A key is given as commands tell it, or as the file beside a signature holds it.
func TestSignerKeys(t *testing.T) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	say := sayer("en")
	keys, err := signerKeys([]string{base64.StdEncoding.EncodeToString(public), base64.StdEncoding.EncodeToString(der)}, say)
	if err != nil || len(keys) != 2 || !keys[0].Equal(public) || !keys[1].Equal(public) {
		t.Errorf("%v, %v", keys, err)
	}
	for _, text := range []string{"", "AAAA", "no base64", base64.StdEncoding.EncodeToString(der[:40])} {
		if _, err := signerKeys([]string{text}, say); err == nil {
			t.Errorf("%q is a key", text)
		}
	}
}
