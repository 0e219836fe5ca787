package cli

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hygie/custody"
	"hygie/journal"
)

// A signed register is proven by the key of who signed it, and by no other.
func TestASignedRegisterIsVerified(t *testing.T) {
	folder, now := t.TempDir(), time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	r, err := custody.New("attaque", "Attaque", "A. Martin", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Add(custody.Piece{Name: "disque", By: "A. Martin"}, now); err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	var signed bytes.Buffer
	if err := r.WriteSigned(&signed, key); err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pem := func(name string, key ed25519.PrivateKey) string {
		text, err := journal.PublicPEM(key.Public().(ed25519.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		return write(name, text)
	}
	whole := write("attaque.registre", signed.Bytes())
	altered := write("autre.registre", bytes.Replace(signed.Bytes(), []byte("disque"), []byte("disquE"), 1))
	own, strange := pem("own.pem", key), pem("other.pem", other)
	for name, row := range map[string]struct {
		register string
		keys     []string
		want     string
		fails    bool
	}{
		"without a key":        {whole, nil, "compare this fingerprint", false},
		"with its key":         {whole, []string{own}, "a key that you trust", false},
		"with one of two keys": {whole, []string{strange, own}, "a key that you trust", false},
		"with another key":     {whole, []string{strange}, "OTHER KEY", true},
		"altered":              {altered, []string{own}, "NOT PROVEN", true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := CustodyVerify{Register: row.register, Key: row.keys, Format: "text"}.Run(t.Context(), &Streams{Out: &out, Err: &out, Env: func(name string) string { return map[string]string{"HYGIE_LANG": "en"}[name] }, Now: func() time.Time { return now }})
			var exit Exit
			if failed := errors.As(err, &exit); failed != row.fails || err != nil && !failed || !strings.Contains(out.String(), row.want) {
				t.Errorf("error %v\n%s", err, out.String())
			}
		})
	}
}
