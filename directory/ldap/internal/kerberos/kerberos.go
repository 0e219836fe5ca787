package kerberos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"hygie/directory/ldap/message"
)

// Bounds on what a Kerberos authority may send.
const (
	maxKDCReply      = 1 << 20
	maxKeyIterations = 1 << 20 // PBKDF2 rounds it may ask for; Active Directory asks for 4,096
)

// aesOnly are the encryption types offered, strongest first: RC4 would let anyone who listens guess the password offline.
var aesOnly = []int32{18, 17}

// A Ticket opens one service (RFC 4120 5.3).
type Ticket struct {
	realm  string
	client types.PrincipalName
	ticket messages.Ticket
	key    types.EncryptionKey
}

// An Authority speaks with one Kerberos key distribution centre, over TCP only, through the dialer it was given: no
// krb5.conf, no DNS (RFC 4120 7.2.2).
type Authority struct {
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Addr    string
	Realm   string
	Timeout time.Duration
}

// parameters are the settings of the requests.
func (a *Authority) parameters(canonicalize bool) *config.Config {
	c := config.New()
	c.LibDefaults.DefaultRealm = a.Realm
	c.LibDefaults.DefaultTktEnctypeIDs = aesOnly
	c.LibDefaults.DefaultTGSEnctypeIDs = aesOnly
	c.LibDefaults.PermittedEnctypeIDs = aesOnly
	c.LibDefaults.TicketLifetime = 10 * time.Hour
	c.LibDefaults.Canonicalize = canonicalize
	c.LibDefaults.NoAddresses = true
	return c
}

// exchange sends one request and returns the answer. Errors of the authority come back as messages.KRBError.
func (a *Authority) exchange(ctx context.Context, request []byte) ([]byte, error) {
	conn, err := a.Dial(ctx, "tcp", a.Addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(a.Timeout)); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	framed := binary.BigEndian.AppendUint32(nil, uint32(len(request)))
	if _, err := conn.Write(append(framed, request...)); err != nil {
		return nil, err
	}
	return readReply(conn)
}

// readReply reads one answer behind its length (RFC 4120 7.2.2) and tells an error message from the rest.
func readReply(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, message.NoEOF(err)
	}
	length := binary.BigEndian.Uint32(size[:])
	if length > maxKDCReply {
		return nil, message.Malform(fmt.Sprintf("Kerberos answer of %d bytes", length))
	}
	reply, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return nil, err
	}
	if len(reply) < int(length) {
		return nil, io.ErrUnexpectedEOF
	}
	// KRB-ERROR is [APPLICATION 30].
	if len(reply) > 0 && reply[0] == 0x7e {
		var answer messages.KRBError
		if err := guarded("Kerberos error", func() error { return answer.Unmarshal(reply) }); err != nil {
			return nil, err
		}
		return nil, answer
	}
	return reply, nil
}

// guarded runs a decoder of bytes from outside. The Kerberos library indexes some of them unchecked: a panic there means
// malformed input, not a fault of ours.
func guarded(what string, decode func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = message.Malform(fmt.Sprintf("%s cannot be decoded (%v)", what, r))
		}
	}()
	return decode()
}

// Logon gets the ticket-granting ticket of an account from a password or a key table (RFC 4120 3.1).
func (a *Authority) Logon(ctx context.Context, name types.PrincipalName, secret *credentials.Credentials) (*Ticket, error) {
	enterprise := name.NameType == nametype.KRB_NT_ENTERPRISE
	settings := a.parameters(enterprise)
	request, err := messages.NewASReqForTGT(a.Realm, settings, name)
	if err != nil {
		return nil, err
	}
	reply, err := a.askLogon(ctx, request)
	refusal, refused := errors.AsType[messages.KRBError](err)
	if refused && refusal.ErrorCode == errorcode.KDC_ERR_PREAUTH_REQUIRED {
		// The first refusal tells how the key is made from the password; the second request proves that we have it.
		var proof types.PAData
		if err := guarded("pre-authentication data", func() (err error) {
			proof, err = a.proof(name, secret, refusal.EData)
			return err
		}); err != nil {
			return nil, err
		}
		request.PAData = types.PADataSequence{proof}
		reply, err = a.askLogon(ctx, request)
	}
	if err != nil {
		return nil, err
	}
	var answer messages.ASRep
	err = guarded("logon answer", func() error {
		if err := answer.Unmarshal(reply); err != nil {
			return err
		}
		if err := checkHints(answer.PAData); err != nil {
			return err
		}
		if enterprise {
			// The authority answers with the account's real name (RFC 6806 section 5).
			request.ReqBody.CName = answer.CName
		}
		_, err := answer.Verify(settings, secret, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Ticket{realm: a.Realm, client: answer.CName, ticket: answer.Ticket, key: answer.DecryptedEncPart.Key}, nil
}

func (a *Authority) askLogon(ctx context.Context, request messages.ASReq) ([]byte, error) {
	b, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	return a.exchange(ctx, b)
}

// A KeyTableError says that a key table has no key for what is asked (MIT Kerberos, keytab file format).
type KeyTableError struct{ err error }

func (e *KeyTableError) Error() string { return e.err.Error() }
func (e *KeyTableError) Unwrap() error { return e.err }

// proof makes the encrypted timestamp (RFC 4120 5.2.7.2).
func (a *Authority) proof(name types.PrincipalName, secret *credentials.Credentials, edata []byte) (types.PAData, error) {
	var hints types.PADataSequence
	if err := hints.Unmarshal(edata); err != nil {
		return types.PAData{}, err
	}
	if err := checkHints(hints); err != nil {
		return types.PAData{}, err
	}
	kind, err := hintedType(hints)
	if err != nil {
		return types.PAData{}, err
	}
	var key types.EncryptionKey
	var version int
	if secret.HasKeytab() {
		key, version, err = secret.Keytab().GetEncryptionKey(name, a.Realm, 0, kind)
		if err != nil {
			return types.PAData{}, &KeyTableError{err}
		}
	} else {
		key, _, err = crypto.GetKeyFromPassword(secret.Password(), name, a.Realm, kind, hints)
		if err != nil {
			return types.PAData{}, err
		}
	}
	stamp, err := types.GetPAEncTSEncAsnMarshalled()
	if err != nil {
		return types.PAData{}, err
	}
	sealed, err := crypto.GetEncryptedData(stamp, key, keyusage.AS_REQ_PA_ENC_TIMESTAMP, version)
	if err != nil {
		return types.PAData{}, err
	}
	value, err := sealed.Marshal()
	if err != nil {
		return types.PAData{}, err
	}
	return types.PAData{PADataType: patype.PA_ENC_TIMESTAMP, PADataValue: value}, nil
}

// ErrNoAES says that no key of a type that is spoken here exists (RFC 3962).
var ErrNoAES = errors.New("the account has no AES key: change its password once, or allow AES for it")

// hintedType is the first encryption type the authority proposes for the account that we accept.
func hintedType(hints types.PADataSequence) (int32, error) {
	for _, h := range hints {
		if h.PADataType != patype.PA_ETYPE_INFO2 {
			continue
		}
		list, err := h.GetETypeInfo2()
		if err != nil {
			return 0, err
		}
		// Only the first is used by the key derivation, so only it counts.
		if len(list) > 0 && slices.Contains(aesOnly, list[0].EType) {
			return list[0].EType, nil
		}
	}
	return 0, ErrNoAES
}

// checkHints refuses key derivation parameters that are empty or would take for ever.
func checkHints(hints types.PADataSequence) error {
	for _, h := range hints {
		switch h.PADataType {
		case patype.PA_ETYPE_INFO2:
			list, err := h.GetETypeInfo2()
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return errors.New("empty list of encryption types")
			}
			for _, one := range list {
				if p := one.S2KParams; len(p) > 0 && (len(p) != 4 || binary.BigEndian.Uint32(p) > maxKeyIterations || binary.BigEndian.Uint32(p) == 0) {
					return fmt.Errorf("key derivation parameters % x are out of bounds", p)
				}
			}
		case patype.PA_ETYPE_INFO:
			if list, err := h.GetETypeInfo(); err != nil || len(list) == 0 {
				return errors.New("unreadable list of encryption types")
			}
		}
	}
	return nil
}

// Service exchanges a ticket-granting ticket for one of the service (RFC 4120 3.3).
func (a *Authority) Service(ctx context.Context, tgt *Ticket, service string) (*Ticket, error) {
	settings := a.parameters(false)
	name := types.NewPrincipalName(nametype.KRB_NT_SRV_INST, service)
	request, err := messages.NewTGSReq(tgt.client, a.Realm, settings, tgt.ticket, tgt.key, name, false)
	if err != nil {
		return nil, err
	}
	b, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	reply, err := a.exchange(ctx, b)
	if err != nil {
		return nil, err
	}
	var answer messages.TGSRep
	err = guarded("service ticket", func() error {
		if err := answer.Unmarshal(reply); err != nil {
			return err
		}
		if err := answer.DecryptEncPart(tgt.key); err != nil {
			return err
		}
		if len(answer.Ticket.SName.NameString) == 0 {
			return errors.New("ticket without a service name")
		}
		if answer.Ticket.SName.NameString[0] == "krbtgt" {
			return messages.NewKRBError(name, a.Realm, errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN, "referred to realm "+answer.Ticket.SName.PrincipalNameString())
		}
		_, err := answer.Verify(settings, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Ticket{realm: a.Realm, client: tgt.client, ticket: answer.Ticket, key: answer.DecryptedEncPart.Key}, nil
}

// ReadKeytab decodes a key table (MIT Kerberos, keytab file format).
func ReadKeytab(data []byte) (*keytab.Keytab, error) {
	table := keytab.New()
	if err := guarded("key table", func() error { return table.Unmarshal(data) }); err != nil {
		return nil, err
	}
	if len(table.Entries) == 0 {
		return nil, errors.New("the key table holds no key")
	}
	return table, nil
}
