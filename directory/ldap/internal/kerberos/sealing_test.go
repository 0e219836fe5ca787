package kerberos

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/types"
)

// The server's last token, whatever is in it, never makes a session by itself.
func FuzzFinish(f *testing.F) {
	f.Add([]byte{0x60, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 2, 0})
	f.Add([]byte{0x60, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3, 0})
	f.Fuzz(func(t *testing.T, token []byte) {
		i := &Initiator{ticket: &Ticket{key: types.EncryptionKey{KeyType: 18, KeyValue: bytes.Repeat([]byte{1}, 32)}}}
		if _, err := i.Finish(token); err == nil {
			t.Error("a session was made of bytes that nobody signed")
		}
	})
}

// Files given by people are decoded without a panic.
func FuzzCredentialFiles(f *testing.F) {
	f.Add([]byte{5, 4, 0, 0})
	f.Add([]byte{5, 2, 0, 0, 0, 9, 1})
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _, _ = FromCache(data, "A.TEST", "ldap/dc1", time.Unix(0, 0))
		_, _ = ReadKeytab(data)
	})
}

func TestChooseNeverGoesUnprotected(t *testing.T) {
	for _, row := range []struct {
		name   string
		offer  []byte
		seal   bool
		chosen byte
		fails  bool
	}{
		{"all offered", []byte{7, 0, 0x40, 0}, true, layerSeal, false},
		{"all offered, signing wished", []byte{7, 0, 0x40, 0}, false, layerSign, false},
		{"no sealing", []byte{3, 0, 0x40, 0}, true, layerSign, false},
		{"nothing but no layer", []byte{1, 0, 0x40, 0}, true, 0, true},
		{"sealing only, signing wished", []byte{4, 0, 0x40, 0}, false, 0, true},
		{"tiny buffer", []byte{7, 0, 0, 10}, true, 0, true},
		{"wrong size", []byte{7, 0, 0}, true, 0, true},
	} {
		client, server := pair(t, 18, false)
		offer, err := server.Wrap(row.offer, false)
		if err != nil {
			t.Fatal(err)
		}
		token, most, err := client.Choose(offer, row.seal)
		if (err != nil) != row.fails {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if err != nil {
			continue
		}
		answer, sealed, err := server.Unwrap(token)
		if err != nil || sealed || len(answer) != 4 || answer[0] != row.chosen || most != 0x4000 || client.seal != (row.chosen == layerSeal) {
			t.Errorf("%s: answer % x, most %d, %v", row.name, answer, most, err)
		}
	}
	client, server := pair(t, 18, false)
	offer, _ := server.Wrap([]byte{7, 0, 0x40, 0}, false)
	offer[len(offer)-1] ^= 1
	var broken *IntegrityError
	if _, _, err := client.Choose(offer, true); !errors.As(err, &broken) {
		t.Errorf("an altered offer: %v", err)
	}
}
