package tlsscan

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
)

// ssl2Hello is a CLIENT-HELLO of SSL 2.0 (draft-hickman-netscape-ssl-00, 2.5) that offers every kind.
func ssl2Hello() []byte {
	kinds := suitesOf(SSL2)
	challenge := sha256.Sum256([]byte("challenge"))
	var b cryptobyte.Builder
	b.AddUint8(1)
	b.AddUint16(uint16(SSL2))
	b.AddUint16(uint16(3 * len(kinds)))
	b.AddUint16(0)
	b.AddUint16(16)
	for _, kind := range kinds {
		b.AddUint24(uint32(kind))
	}
	b.AddBytes(challenge[:16])
	body := b.BytesOrPanic()
	return append([]byte{0x80 | byte(len(body)>>8), byte(len(body))}, body...)
}

// ssl2Answer is a SERVER-HELLO of SSL 2.0: it names everything the server accepts at once.
type ssl2Answer struct {
	certificate []byte
	kinds       []Suite
}

// errNoCommonKind is the refusal of SSL 2.0 (draft 2.9.1).
var errNoCommonKind = errors.New("SSL 2.0 error 1: no cipher in common")

// errNotSSL2 says that the answer to a hello of SSL 2.0 is something else, which says nothing of TLS.
var errNotSSL2 = errors.New("the answer is not SSL 2.0")

// readSSL2 reads the answer to a CLIENT-HELLO. A server that does not know SSL 2.0 closes, or answers with an alert of TLS, which is
// given back as an [Alert].
func readSSL2(r io.Reader) (*ssl2Answer, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	if head[0] == typeAlert && head[1] == 3 {
		c := conversation{r: io.MultiReader(bytes.NewReader(head), r)}
		if _, _, err := c.next(); err != nil && !errors.Is(err, ErrNotTLS) {
			return nil, err
		}
		return nil, errNotSSL2
	}
	n, padding := int(head[0]&0x7f)<<8|int(head[1]), 0
	if head[0]&0x80 == 0 { // header of three bytes
		n = int(head[0]&0x3f)<<8 | int(head[1])
		more := make([]byte, 1)
		if _, err := io.ReadFull(r, more); err != nil {
			return nil, err
		}
		padding = int(more[0])
	}
	kind := make([]byte, 1)
	if _, err := io.ReadFull(r, kind); err != nil {
		return nil, err
	}
	if n < 3 || padding > n || kind[0] != 0 && kind[0] != 4 { // another protocol in clear, such as a web server's complaint
		return nil, fmt.Errorf("record of %d bytes, message %d: %w", n, kind[0], errNotSSL2)
	}
	body := make([]byte, n)
	body[0] = kind[0]
	if _, err := io.ReadFull(r, body[1:]); err != nil {
		return nil, err
	}
	return readSSL2Hello(body[:n-padding])
}

func readSSL2Hello(body []byte) (*ssl2Answer, error) {
	in := cryptobyte.String(body)
	var kind uint8
	if !in.ReadUint8(&kind) {
		return nil, errNotSSL2
	}
	if kind == 0 && len(body) == 3 {
		if body[1] == 0 && body[2] == 1 {
			return nil, errNoCommonKind
		}
		return nil, fmt.Errorf("SSL 2.0 error %#02x%02x", body[1], body[2])
	}
	var hit, certificateKind uint8
	var version, certificateLength, kindsLength, connectionLength uint16
	if kind != 4 || !in.ReadUint8(&hit) || !in.ReadUint8(&certificateKind) || !in.ReadUint16(&version) || !in.ReadUint16(&certificateLength) ||
		!in.ReadUint16(&kindsLength) || !in.ReadUint16(&connectionLength) || version != uint16(SSL2) {
		return nil, fmt.Errorf("SSL 2.0 message %d of %d bytes: %w", kind, len(body), errNotSSL2)
	}
	var a ssl2Answer
	var kinds, connection []byte
	if !in.ReadBytes(&a.certificate, int(certificateLength)) || !in.ReadBytes(&kinds, int(kindsLength)) || !in.ReadBytes(&connection, int(connectionLength)) || len(kinds)%3 != 0 {
		return nil, fmt.Errorf("SSL 2.0 SERVER-HELLO: wrong lengths in %d bytes", len(body))
	}
	for ; len(kinds) > 0; kinds = kinds[3:] {
		a.kinds = append(a.kinds, Suite(kinds[0])<<16|Suite(kinds[1])<<8|Suite(kinds[2]))
	}
	return &a, nil
}
