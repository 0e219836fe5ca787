package ldaptest

import (
	"encoding/binary"
	"fmt"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// A Kerberos is a service key and the ticket caches made with it: no authority is needed, the client is given its ticket (RFC 4120 5.3).
type Kerberos struct {
	Realm string
	host  string
	table *keytab.Keytab

	// NewLayer makes the protected connection once the bind is over. It is given what Establish returned and is supplied by
	// the tests of the client, which own the code of the layer.
	NewLayer func(l Context) (Layer, error)
}

// A Context is what both sides agreed on (RFC 4121 4.1).
type Context struct {
	Key            types.EncryptionKey // acceptor subkey
	ClientSequence uint64
	ServerSequence uint64
}

// A Layer wraps and unwraps on the server's side (RFC 4422 3.7).
type Layer interface {
	Wrap(plain []byte, seal bool) ([]byte, error)
	Unwrap(token []byte) (plain []byte, sealed bool, err error)
}

// NewKerberos makes the service ldap/host of a realm (RFC 4120 6.2).
func NewKerberos(realm, host string) (*Kerberos, error) {
	k := &Kerberos{Realm: realm, host: host, table: keytab.New()}
	err := k.table.AddEntry("ldap/"+host, realm, "clé du service", time.Unix(1_700_000_000, 0), 1, 18)
	return k, err
}

// Cache returns a ticket cache (version 4, as MIT writes it) that holds a ticket of user for the service.
func (k *Kerberos) Cache(user string, now time.Time) ([]byte, error) {
	client := types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, user)
	service := types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "ldap/"+k.host)
	until := now.Add(8 * time.Hour)
	ticket, key, err := messages.NewTicket(client, k.Realm, service, k.Realm, types.NewKrbFlags(), k.table, 18, 1, now, now, until, until)
	if err != nil {
		return nil, err
	}
	raw, err := ticket.Marshal()
	if err != nil {
		return nil, err
	}
	var b []byte
	u16 := func(v int) { b = binary.BigEndian.AppendUint16(b, uint16(v)) }
	u32 := func(v int64) { b = binary.BigEndian.AppendUint32(b, uint32(v)) }
	data := func(d []byte) { u32(int64(len(d))); b = append(b, d...) }
	principal := func(p types.PrincipalName) {
		u32(int64(p.NameType))
		u32(int64(len(p.NameString)))
		data([]byte(k.Realm))
		for _, s := range p.NameString {
			data([]byte(s))
		}
	}
	b = append(b, 5, 4)
	u16(12) // one header field: the offset of the authority's clock
	u16(1)
	u16(8)
	u32(0)
	u32(0)
	principal(client)
	principal(client)
	principal(service)
	u16(int(key.KeyType))
	data(key.KeyValue)
	for _, t := range []time.Time{now, now, until, until} {
		u32(t.Unix())
	}
	b = append(b, 0)
	u32(0) // flags
	u32(0) // addresses
	u32(0) // authorisation data
	data(raw)
	data(nil)
	return b, nil
}

// An acceptor is the state of one SASL bind.
type acceptor struct {
	step    int
	context Context
	layer   Layer
}

// saslBind runs the three steps of RFC 4752 on the server's side.
func (l *link) saslBind(id int64, credentials *ber.Packet) bool {
	var token []byte
	if len(credentials.Children) > 1 {
		token = credentials.Children[1].Data.Bytes()
	}
	l.sasl.step++
	answer, code, err := l.saslStep(token)
	if err != nil {
		return l.done(id, 1, 49, "SASL:[GSSAPI]: "+err.Error(), "", nil)
	}
	ok := l.done(id, 1, code, "", "", func(r *ber.Packet) {
		if answer != nil {
			r.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 7, string(answer), ""))
		}
	})
	if ok && code == 0 {
		l.bound = true
		l.protect()
	}
	return ok
}

func (l *link) saslStep(token []byte) (answer []byte, code int64, err error) {
	switch l.sasl.step {
	case 1:
		answer, l.sasl.context, err = l.s.Kerberos.accept(token)
		if err != nil {
			return nil, 0, err
		}
		l.sasl.layer, err = l.s.Kerberos.NewLayer(l.sasl.context)
		return answer, 14, err
	case 2:
		answer, err = l.sasl.layer.Wrap([]byte{1 | 2 | 4, 0, 0x10, 0}, false) // at most 4,096 bytes a buffer
		return answer, 14, err
	}
	choice, _, err := l.sasl.layer.Unwrap(token)
	if err == nil && (len(choice) != 4 || choice[0]&(2|4) == 0) {
		err = fmt.Errorf("layer % x chosen", choice)
	}
	return nil, 0, err
}

// accept checks an AP-REQ and answers it.
func (k *Kerberos) accept(token []byte) ([]byte, Context, error) {
	var c Context
	oid := []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}
	// After its identifier the token is not BER any more: it is cut by hand.
	if len(token) < 2 || len(token) < headerLength(token)+len(oid)+2 {
		return nil, c, fmt.Errorf("token of %d bytes", len(token))
	}
	body := token[headerLength(token)+len(oid)+2:]
	var request messages.APReq
	if err := request.Unmarshal(body); err != nil {
		return nil, c, err
	}
	if _, err := request.Verify(k.table, 5*time.Minute, types.HostAddress{}, nil); err != nil {
		return nil, c, err
	}
	key, err := types.GenerateEncryptionKey(crypto.Aes256CtsHmacSha96{})
	if err != nil {
		return nil, c, err
	}
	c = Context{Key: key, ClientSequence: uint64(request.Authenticator.SeqNumber), ServerSequence: 0x7ffffff0}
	part := messages.EncAPRepPart{
		CTime: request.Authenticator.CTime, Cusec: request.Authenticator.Cusec, Subkey: key, SequenceNumber: int64(c.ServerSequence),
	}
	plain, err := asn1.Marshal(part)
	if err != nil {
		return nil, c, err
	}
	sealed, err := crypto.GetEncryptedData(asn1tools.AddASNAppTag(plain, asnAppTag.EncAPRepPart), request.Ticket.DecryptedEncPart.Key, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, c, err
	}
	reply, err := asn1.Marshal(messages.APRep{PVNO: 5, MsgType: 15, EncPart: sealed})
	if err != nil {
		return nil, c, err
	}
	inner := append(append(oid, 2, 0), asn1tools.AddASNAppTag(reply, asnAppTag.APREP)...)
	return asn1tools.AddASNAppTag(inner, 0), c, nil
}

// headerLength is the length of tag and length of a BER element.
func headerLength(b []byte) int {
	if b[1] < 0x80 {
		return 2
	}
	return 2 + int(b[1]&0x7f)
}

// protect puts the layer under the connection.
func (l *link) protect() {
	p := &protected{under: l.conn, layer: l.sasl.layer}
	l.conn = p
	l.in.Reset(p)
}
