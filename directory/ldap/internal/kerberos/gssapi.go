// Package kerberos gets tickets from the authority of a domain (RFC 4120), establishes a context with a service (RFC 4121, RFC 4752) and carries
// a connection in the tokens of that context, signed or sealed. Only AES is spoken; neither krb5.conf nor DNS is consulted.
package kerberos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"hygie/directory/ldap/message"
)

// GSSAPI context flags, RFC 4121 section 4.1.1.1.
const (
	gssMutual          = 2
	gssReplay          = 4
	gssSequence        = 8
	gssConfidentiality = 16
	gssIntegrity       = 32
)

// Token identifiers of the Kerberos mechanism, RFC 4121 section 4.1.
var (
	kerberosOID = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}
	tokenAPReq  = []byte{0x01, 0x00}
	tokenAPRep  = []byte{0x02, 0x00}
	tokenError  = []byte{0x03, 0x00}
)

// An Initiator establishes a Kerberos context with a service (RFC 4752, RFC 4121).
type Initiator struct {
	ticket *Ticket
	auth   types.Authenticator
}

// NewInitiator is one for the service of a ticket (RFC 4121 4.1).
func NewInitiator(t *Ticket) *Initiator { return &Initiator{ticket: t} }

// Begin makes the first token: the AP-REQ, asking for mutual authentication and protection of what follows.
func (i *Initiator) Begin() ([]byte, error) {
	var err error
	if i.auth, err = types.NewAuthenticator(i.ticket.realm, i.ticket.client); err != nil {
		return nil, err
	}
	// The checksum of RFC 4121 4.1.1: length of the channel bindings (none), then the context flags.
	sum := make([]byte, 24)
	binary.LittleEndian.PutUint32(sum[0:], 16)
	binary.LittleEndian.PutUint32(sum[20:], gssMutual|gssReplay|gssSequence|gssConfidentiality|gssIntegrity)
	i.auth.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: sum}

	var request messages.APReq
	err = guarded("ticket", func() (err error) {
		request, err = messages.NewAPReq(i.ticket.ticket, i.ticket.key, i.auth)
		return err
	})
	if err != nil {
		return nil, err
	}
	types.SetFlag(&request.APOptions, flags.APOptionMutualRequired)
	body, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.Tag(0x60), func(b *cryptobyte.Builder) {
		b.AddBytes(kerberosOID)
		b.AddBytes(tokenAPReq)
		b.AddBytes(body)
	})
	return b.Bytes()
}

// Finish checks the server's answer, which proves that it is the service the ticket was for, and opens the session.
func (i *Initiator) Finish(token []byte) (*Session, error) {
	c := message.Cursor{Data: token}
	inner := c.Expect(0x60, "GSSAPI token")
	oid := inner.Expect(0x06, "mechanism")
	if inner.Err != nil {
		return nil, inner.Err
	}
	if !bytes.Equal(oid.Data, kerberosOID[2:]) {
		return nil, errors.New("the server answered with another mechanism than Kerberos")
	}
	body := inner.Data
	switch {
	case bytes.HasPrefix(body, tokenError):
		var refusal messages.KRBError
		if err := guarded("Kerberos error", func() error { return refusal.Unmarshal(body[2:]) }); err != nil {
			return nil, err
		}
		return nil, refusal
	case !bytes.HasPrefix(body, tokenAPRep):
		return nil, errors.New("the server's token is not an AP-REP")
	}
	var part messages.EncAPRepPart
	err := guarded("AP-REP", func() error {
		var answer messages.APRep
		if err := answer.Unmarshal(body[2:]); err != nil {
			return err
		}
		plain, err := crypto.DecryptEncPart(answer.EncPart, i.ticket.key, keyusage.AP_REP_ENCPART)
		if err != nil {
			return fmt.Errorf("the server could not prove who it is: %w", err)
		}
		return part.Unmarshal(plain)
	})
	if err != nil {
		return nil, err
	}
	if !part.CTime.Equal(i.auth.CTime.Truncate(1e9)) || part.Cusec != i.auth.Cusec {
		return nil, errors.New("the server answered another request than ours: replayed")
	}
	key, subkey := i.ticket.key, false
	if len(part.Subkey.KeyValue) > 0 {
		key, subkey = part.Subkey, true
	}
	s, err := newSession(key)
	if err != nil {
		return nil, errors.Join(ErrNoAES, err)
	}
	s.subkey = subkey
	s.sendNext = uint64(i.auth.SeqNumber)
	if part.SequenceNumber != 0 {
		s.recvNext, s.recvKnown = uint64(uint32(part.SequenceNumber)), true
	}
	return s, nil
}

// Security layers of RFC 4752 section 3.1.
const (
	layerNone = 1
	layerSign = 2
	layerSeal = 4
)

// Choose answers the server's offer of security layers: seal if both can and the caller wishes it, sign otherwise, and
// never nothing. It returns the token to send and the most the server accepts in one buffer.
func (s *Session) Choose(offer []byte, seal bool) (token []byte, serverMax int, err error) {
	plain, _, err := s.Unwrap(offer)
	if err != nil {
		return nil, 0, &IntegrityError{err}
	}
	if len(plain) != 4 {
		return nil, 0, message.Malform(fmt.Sprintf("offer of security layers of %d bytes", len(plain)))
	}
	offered := plain[0]
	serverMax = int(binary.BigEndian.Uint32(plain) & 0xffffff)
	chosen := byte(layerSign)
	if seal && offered&layerSeal != 0 {
		chosen = layerSeal
	}
	if offered&chosen == 0 {
		return nil, 0, errors.New("the server offers neither signing nor sealing")
	}
	if serverMax < 256 {
		return nil, 0, fmt.Errorf("the server accepts only %d bytes in one protected buffer", serverMax)
	}
	answer := binary.BigEndian.AppendUint32(nil, uint32(chosen)<<24|maxToken)
	// RFC 4752 3.1: this token is not sealed, whatever the layer chosen.
	token, err = s.Wrap(answer, false)
	s.seal = chosen == layerSeal
	return token, serverMax, err
}
