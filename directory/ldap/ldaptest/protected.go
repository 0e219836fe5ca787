package ldaptest

import (
	"encoding/binary"
	"io"
)

// protected is the server's end of a security layer: a length on four bytes, then a token.
type protected struct {
	under io.ReadWriter
	layer Layer
	plain []byte
	seal  bool // as the client does
}

func (p *protected) Read(b []byte) (int, error) {
	for len(p.plain) == 0 {
		var size [4]byte
		if _, err := io.ReadFull(p.under, size[:]); err != nil {
			return 0, err
		}
		token := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(p.under, token); err != nil {
			return 0, err
		}
		var err error
		if p.plain, p.seal, err = p.layer.Unwrap(token); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.plain)
	p.plain = p.plain[n:]
	return n, nil
}

// Write sends small tokens, so that messages always span several.
func (p *protected) Write(b []byte) (int, error) {
	for done := 0; done < len(b); done += 100 {
		token, err := p.layer.Wrap(b[done:min(done+100, len(b))], p.seal)
		if err != nil {
			return done, err
		}
		if _, err := p.under.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(token))), token...)); err != nil {
			return done, err
		}
	}
	return len(b), nil
}
