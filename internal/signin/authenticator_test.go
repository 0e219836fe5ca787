package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"

	"hygie/internal/signin"
)

// authenticator is a device with one passkey, in software: it answers the two dialogs as a browser would (WebAuthn 3, sections 6.1 and
// 6.5), and can be told to misbehave.
type authenticator struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	origin  string
	rp      string
	counter uint32
	flags   byte // user present, user verified
}

const (
	userPresent  = 0x01
	userVerified = 0x04
	attested     = 0x40
)

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &authenticator{t: t, key: key, id: id, origin: origin, rp: "hygie.example", counter: 1, flags: userPresent | userVerified}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authenticator) clientData(kind string, challenge protocol.URLEncodedBase64) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": b64(challenge), "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func (a *authenticator) authData(flags byte) []byte {
	rp := sha256.Sum256([]byte(a.rp))
	data := append(rp[:], flags)
	return binary.BigEndian.AppendUint32(data, a.counter)
}

// register answers navigator.credentials.create.
func (a *authenticator) register(d signin.Dialog) []byte {
	a.t.Helper()
	options := d.Options.(protocol.PublicKeyCredentialCreationOptions)
	handle, ok := options.User.ID.(protocol.URLEncodedBase64)
	if !ok {
		a.t.Fatalf("user id is a %T", options.User.ID)
	}
	a.handle = handle
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
	data := append(a.authData(a.flags|attested), make([]byte, 16)...) // no model number
	a.counter++
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	object := []byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58")
	object = append(append(object, byte(len(data))), data...)
	return a.answer(map[string]any{"clientDataJSON": b64(a.clientData("webauthn.create", options.Challenge)), "attestationObject": b64(object)})
}

// sign answers navigator.credentials.get.
func (a *authenticator) sign(d signin.Dialog) []byte {
	a.t.Helper()
	options := d.Options.(protocol.PublicKeyCredentialRequestOptions)
	client := a.clientData("webauthn.get", options.Challenge)
	data := a.authData(a.flags)
	a.counter++
	clientHash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data, clientHash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(a.handle)})
}

func (a *authenticator) answer(response map[string]any) []byte {
	text, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}
