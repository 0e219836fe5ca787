package kerberos

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"
)

// pair makes the two ends of a session.
func pair(t testing.TB, kind int32, seal bool) (client, server *Session) {
	t.Helper()
	size := map[int32]int{17: 16, 18: 32, 19: 16, 20: 32}[kind]
	key := types.EncryptionKey{KeyType: kind, KeyValue: bytes.Repeat([]byte{7}, size)}
	make1 := func(acceptor bool) *Session {
		s, err := newSession(key)
		if err != nil {
			t.Fatal(err)
		}
		s.subkey, s.acceptor, s.seal = true, acceptor, seal
		s.sendNext, s.recvNext, s.recvKnown = 40, 40, true
		return s
	}
	return make1(false), make1(true)
}

// newTestLayer puts a layer on one end of a pipe.
func newTestLayer(conn net.Conn, s *Session, serverMax int) *layer {
	return NewLayer(conn, bufio.NewReader(conn), s, serverMax)
}

func TestTokensBothWays(t *testing.T) {
	for _, kind := range []int32{17, 18, 19, 20} {
		for _, seal := range []bool{false, true} {
			client, server := pair(t, kind, seal)
			for _, size := range []int{0, 1, 15, 16, 17, 1000, 70_000} {
				plain := bytes.Repeat([]byte("données "), size)[:size]
				for name, ends := range map[string][2]*Session{"to server": {client, server}, "to client": {server, client}} {
					token, err := ends[0].Wrap(plain, seal)
					if err != nil {
						t.Fatal(err)
					}
					got, sealed, err := ends[1].Unwrap(token)
					if err != nil || sealed != seal || !bytes.Equal(got, plain) {
						t.Errorf("type %d, seal %v, %d bytes %s: %d bytes, sealed %v, %v", kind, seal, size, name, len(got), sealed, err)
					}
					if seal && size >= 16 && bytes.Contains(token, plain[:16]) {
						t.Errorf("a sealed token shows its data")
					}
				}
			}
		}
	}
}

// The Kerberos library has signed tokens of its own: an independent reading of RFC 4121.
func TestSignedTokenAgreesWithTheLibrary(t *testing.T) {
	client, server := pair(t, 18, false)
	key := types.EncryptionKey{KeyType: 18, KeyValue: client.key}
	ours, err := client.Wrap([]byte("bonjour"), false)
	if err != nil {
		t.Fatal(err)
	}
	theirs := gssapi.WrapToken{Flags: flagAcceptorSubkey, EC: 12, SndSeqNum: 40, Payload: []byte("bonjour")}
	if err := theirs.SetCheckSum(key, keyusage.GSSAPI_INITIATOR_SEAL); err != nil {
		t.Fatal(err)
	}
	want, err := theirs.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours, want) {
		t.Errorf("ours   %x\ntheirs %x", ours, want)
	}
	if plain, _, err := server.Unwrap(want); err != nil || string(plain) != "bonjour" {
		t.Errorf("theirs read by us: %q, %v", plain, err)
	}
}

func TestRotatedToken(t *testing.T) {
	for _, seal := range []bool{false, true} {
		for _, rotation := range []int{1, 12, 28, 500} {
			client, server := pair(t, 18, seal)
			token, err := server.Wrap([]byte("une réponse de Windows"), seal)
			if err != nil {
				t.Fatal(err)
			}
			binary.BigEndian.PutUint16(token[6:], uint16(rotation))
			body := token[tokenHeader:]
			n := rotation % len(body)
			rotated := slices.Concat(body[len(body)-n:], body[:len(body)-n])
			copy(body, rotated)
			if plain, _, err := client.Unwrap(token); err != nil || string(plain) != "une réponse de Windows" {
				t.Errorf("seal %v, rotation %d: %q, %v", seal, rotation, plain, err)
			}
		}
	}
}

// Whatever single byte changes, the token is refused.
func TestAlteredTokenIsRefused(t *testing.T) {
	for _, seal := range []bool{false, true} {
		_, server := pair(t, 18, seal)
		token, err := server.Wrap([]byte("cn=admin"), seal)
		if err != nil {
			t.Fatal(err)
		}
		for i := range token {
			client, _ := pair(t, 18, seal)
			altered := bytes.Clone(token)
			altered[i] ^= 0x41
			plain, _, err := client.Unwrap(altered)
			// A rotation by a multiple of the length changes nothing, so RRC alone may differ without harm.
			if err == nil && (i != 6 && i != 7 || string(plain) != "cn=admin") {
				t.Errorf("seal %v: byte %d altered and accepted as %q", seal, i, plain)
			}
		}
		for n := range token {
			client, _ := pair(t, 18, seal)
			if _, _, err := client.Unwrap(token[:n]); err == nil {
				t.Errorf("seal %v: cut at %d and accepted", seal, n)
			}
		}
	}
}

func TestTokenOrder(t *testing.T) {
	client, server := pair(t, 18, true)
	var tokens [][]byte
	for range 3 {
		token, err := server.Wrap([]byte("x"), true)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	if _, _, err := client.Unwrap(tokens[0]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Unwrap(tokens[0]); err == nil {
		t.Error("a repeated token was accepted")
	}
	if _, _, err := client.Unwrap(tokens[2]); err == nil {
		t.Error("a token was accepted although one was lost")
	}
	own, err := client.Wrap([]byte("x"), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Unwrap(own); err == nil || !strings.Contains(err.Error(), "reflected") {
		t.Errorf("our own token sent back: %v", err)
	}
}

func TestSessionNeedsAES(t *testing.T) {
	for _, kind := range []int32{1, 3, 16, 23, 99} {
		if _, err := newSession(types.EncryptionKey{KeyType: kind, KeyValue: make([]byte, 16)}); err == nil {
			t.Errorf("encryption type %d accepted", kind)
		}
	}
}

func TestLayerCarriesBytesInAnyCut(t *testing.T) {
	for _, seal := range []bool{false, true} {
		client, server := pair(t, 17, seal)
		left, right := net.Pipe()
		a, b := newTestLayer(left, client, 300), newTestLayer(drip{right}, server, 300)
		sent := bytes.Repeat([]byte("0123456789abcdef"), 500)
		done := make(chan error, 1)
		go func() {
			_, err := a.Write(sent)
			done <- errors.Join(err, left.Close())
		}()
		got, err := io.ReadAll(b)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("seal %v: %d bytes of %d, %v", seal, len(got), len(sent), err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// drip reads one byte at a time.
type drip struct{ net.Conn }

func (d drip) Read(p []byte) (int, error) { return d.Conn.Read(p[:1]) }

func TestLayerRefuses(t *testing.T) {
	signed := func(_, server *Session) []byte {
		token, _ := server.Wrap([]byte("signé seulement"), false)
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(token))), token...)
	}
	for _, row := range []struct {
		name string
		send func(client, server *Session) []byte
		want string
	}{
		{"a length beyond the agreement", func(_, _ *Session) []byte { return []byte{0xff, 0, 0, 0, 1} }, "more than the"},
		{"a token cut short", func(c, s *Session) []byte { return signed(c, s)[:20] }, "unexpected EOF"},
		{"a length cut short", func(_, _ *Session) []byte { return []byte{0, 0} }, "unexpected EOF"},
		{"an empty token", func(_, _ *Session) []byte { return []byte{0, 0, 0, 0} }, "shorter than its header"},
		{"signing where sealing was agreed", signed, "stopped encrypting"},
		{"plain LDAP", func(_, _ *Session) []byte { b, _ := hex.DecodeString("300c02010161070a010004000400"); return b }, "more than the"},
	} {
		t.Run(row.name, func(t *testing.T) {
			client, server := pair(t, 18, true)
			left, right := net.Pipe()
			l := newTestLayer(left, client, 4096)
			go func() {
				_, _ = right.Write(row.send(client, server))
				_ = right.Close()
			}()
			_ = left.SetDeadline(time.Now().Add(10 * time.Second))
			buf := make([]byte, 10)
			_, err := l.Read(buf)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("got %v, want %q", err, row.want)
			}
			if _, again := l.Read(buf); again == nil {
				t.Error("the layer went on after a fault")
			}
		})
	}
}

func FuzzUnwrap(f *testing.F) {
	_, server := pair(f, 18, false)
	for _, seal := range []bool{false, true} {
		token, err := server.Wrap([]byte("graine"), seal)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token []byte) {
		client, _ := pair(t, 18, false)
		client.recvKnown = false
		plain, _, err := client.Unwrap(token)
		if err == nil && len(plain) > len(token) {
			t.Errorf("%d bytes out of %d", len(plain), len(token))
		}
	})
}

func BenchmarkUnwrap(b *testing.B) {
	for _, row := range []struct {
		name string
		seal bool
	}{{"signed", false}, {"sealed", true}} {
		b.Run(row.name, func(b *testing.B) {
			client, server := pair(b, 18, row.seal)
			plain := make([]byte, 64<<10)
			token, err := server.Wrap(plain, row.seal)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			for b.Loop() {
				client.recvKnown = false
				if _, _, err := client.Unwrap(token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
