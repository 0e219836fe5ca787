package preface

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Protocols of the RDP security layer (MS-RDPBCGR 2.2.1.1.1), to be combined in a request.
const (
	RDPPlain    uint32 = 0 // RDP's own encryption
	RDPTLS      uint32 = 1 // TLS without network-level authentication
	RDPCredSSP  uint32 = 2 // network-level authentication over TLS
	RDPStandard uint32 = 4 // RDSTLS
	RDPEntra    uint32 = 8 // RDS AAD Auth
)

// RDPAnswer is what a remote desktop server chose (MS-RDPBCGR 2.2.1.2).
type RDPAnswer struct {
	Negotiated bool   // the server answered with a negotiation structure; servers before 2003 SP1 do not and speak RDPPlain
	Failure    uint32 // failure code of MS-RDPBCGR 2.2.1.2.2, 0 for none
	Selected   uint32 // the protocol it selected: this field decides, not the fact that it answered
}

// RDPNegotiate asks a remote desktop server which of the requested protocols it takes. The connection can go on with TLS when
// Selected is [RDPTLS], [RDPCredSSP] or [RDPStandard].
func RDPNegotiate(rw io.ReadWriter, requested uint32) (RDPAnswer, error) {
	// TPKT (RFC 1006) and X.224 connection request (ISO 8073), then the negotiation request.
	request := []byte{3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0, 0}
	binary.LittleEndian.PutUint32(request[15:], requested)
	if _, err := rw.Write(request); err != nil {
		return RDPAnswer{}, err
	}
	head, err := readExactly(rw, 4)
	if err != nil {
		return RDPAnswer{}, fmt.Errorf("connection confirm: %w", err)
	}
	length := int(binary.BigEndian.Uint16(head[2:]))
	if head[0] != 3 || length < 11 || length > 512 {
		return RDPAnswer{}, fmt.Errorf("connection confirm: version %d, %d bytes", head[0], length)
	}
	body, err := readExactly(rw, length-4)
	if err != nil {
		return RDPAnswer{}, fmt.Errorf("connection confirm: %w", err)
	}
	return readConfirm(body)
}

// readConfirm reads an X.224 connection confirm: its length, 0xd0, two references, a class, then the negotiation structure.
func readConfirm(body []byte) (RDPAnswer, error) {
	if len(body) < 7 {
		return RDPAnswer{}, fmt.Errorf("connection confirm of %d bytes", len(body))
	}
	if body[1]&0xf0 != 0xd0 {
		return RDPAnswer{}, fmt.Errorf("X.224 type %#02x where a connection confirm was due", body[1])
	}
	structure := body[7:]
	if len(structure) < 8 {
		return RDPAnswer{}, nil
	}
	value := binary.LittleEndian.Uint32(structure[4:])
	switch structure[0] {
	case 2:
		return RDPAnswer{Negotiated: true, Selected: value}, nil
	case 3:
		if value == 0 {
			return RDPAnswer{}, errors.New("a failure without a code")
		}
		return RDPAnswer{Negotiated: true, Failure: value}, nil
	}
	return RDPAnswer{}, fmt.Errorf("negotiation structure %#02x", structure[0])
}

// RDP asks a remote desktop server to begin TLS, with or without network-level authentication.
func RDP(rw io.ReadWriter) error {
	answer, err := RDPNegotiate(rw, RDPTLS|RDPCredSSP)
	if err != nil {
		return err
	}
	switch {
	case answer.Failure == 2: // SSL_NOT_ALLOWED_BY_SERVER
		return ErrNoTLS
	case answer.Failure != 0:
		return fmt.Errorf("the server refuses, code %d", answer.Failure)
	case answer.Selected&(RDPTLS|RDPCredSSP) == 0:
		return ErrNoTLS
	}
	return nil
}
