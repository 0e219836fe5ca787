package stamp_test

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"hygie/journal/stamp"
	"hygie/journal/stamp/stamptest"
)

func TestAgainstOpenSSL(t *testing.T) {
	authority := stamptest.Start(t)
	roots := authority.Roots
	a := stamp.Authority{Address: authority.Address, Roots: roots, Client: &http.Client{Timeout: 30 * time.Second}, Random: rand.Reader}
	text := []byte("tête d’un journal\n")
	digest := sha256.Sum256(text)
	answer, at, err := a.Stamp(t.Context(), digest)
	if err != nil || time.Since(at).Abs() > time.Hour {
		t.Fatalf("stamped at %s, %v", at, err)
	}
	authority.Verify(t, answer, text)
	if _, err := stamp.Check(answer, digest, nil, roots); err != nil {
		t.Error(err)
	}
	if _, err := stamp.Check(answer, sha256.Sum256([]byte("autre")), nil, roots); err == nil {
		t.Error("another text passes")
	}
	if _, err := stamp.Check(answer, digest, big.NewInt(1), roots); err == nil {
		t.Error("another nonce passes")
	}
	if _, err := stamp.Check(answer, digest, nil, x509.NewCertPool()); err == nil {
		t.Error("an unknown authority passes")
	}
	for cut := range answer {
		if _, err := stamp.Check(answer[:cut], digest, nil, roots); err == nil {
			t.Fatalf("the first %d bytes pass", cut)
		}
	}
	// A changed byte must never give another time.
	for i := range answer {
		broken := slices.Clone(answer)
		broken[i] ^= 0x01
		if got, err := stamp.Check(broken, digest, nil, roots); err == nil && !got.At.Equal(at) {
			t.Fatalf("byte %d changes the time unseen", i)
		}
	}
}

// What is no timestamp is told apart from no answer at all: the first concerns the authority, the second the network.
func TestAuthorityThatDoesNotStamp(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		broken bool // it answered, but what it says does not hold
	}{
		{"an error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) }, false},
		{"a line that is cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, true}, //nolint:errcheck // the client reads it
		{"nothing", func(http.ResponseWriter, *http.Request) {}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			t.Cleanup(server.Close)
			a := stamp.Authority{Address: server.URL, Roots: x509.NewCertPool(), Client: &http.Client{Timeout: 30 * time.Second}, Random: rand.Reader}
			_, _, err := a.Stamp(t.Context(), [32]byte{})
			if err == nil || errors.Is(err, stamp.ErrUnsound) != c.broken {
				t.Errorf("said to be unsound: %t, %v", errors.Is(err, stamp.ErrUnsound), err)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x30, 0x01, 0x00})
	f.Add([]byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02})
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, err := stamp.Check(answer, [32]byte{}, nil, x509.NewCertPool()); err == nil {
			t.Fatal("noise was accepted")
		}
	})
}
