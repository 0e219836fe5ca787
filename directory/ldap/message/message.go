package message

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// An Operation is the application tag of a request (RFC 4511 4.1.1). These four are all that this package can put on the wire: it has
// no constant, no encoder and no code path for add (0x68), modify (0x66), delete (0x4a), rename (0x6c) or compare (0x6e).
type Operation byte

// The requests of a client that only reads (RFC 4511 4.2 to 4.14).
const (
	OpBind     Operation = 0x60 // RFC 4511 4.2
	OpUnbind   Operation = 0x42 // RFC 4511 4.3
	OpSearch   Operation = 0x63 // RFC 4511 4.5.1
	OpExtended Operation = 0x77 // RFC 4511 4.12; only StartTLS, see encodeStartTLS
)

// The application tags of the answers (RFC 4511 4.2 to 4.13).
const (
	AnswerBind      = 0x61
	AnswerEntry     = 0x64
	AnswerDone      = 0x65
	AnswerReference = 0x73
	AnswerExtended  = 0x78
	AnswerPartial   = 0x79 // intermediate response, RFC 4511 4.13
)

// Controls and extensions, by object identifier (MS-ADTS 3.1.1.3.4.1; RFC 2696).
const (
	oidStartTLS    = "1.3.6.1.4.1.1466.20037"  // RFC 4511 4.14
	oidDisconnect  = "1.3.6.1.4.1.1466.20036"  // RFC 4511 4.4.1
	OIDPaging      = "1.2.840.113556.1.4.319"  // RFC 2696
	OIDSDFlags     = "1.2.840.113556.1.4.801"  // MS-ADTS 3.1.1.3.4.1.11
	OIDDomainScope = "1.2.840.113556.1.4.1339" // MS-ADTS 3.1.1.3.4.1.4: no referrals to other partitions
)

// OwnerGroupDACL is what an ordinary account may read of a security descriptor: owner, group and DACL, not the SACL
// (MS-ADTS 3.1.1.3.4.1.11: 1 | 2 | 4).
const OwnerGroupDACL = 7

// A Control goes with a request (RFC 4511 4.1.11).
type Control struct {
	OID      string
	Critical bool
	Value    []byte
}

// Encode wraps the body of a request with its number and its controls (RFC 4511 4.1.1).
func Encode(id int32, op Operation, body func(*cryptobyte.Builder), controls []Control) ([]byte, error) {
	switch op {
	case OpBind, OpUnbind, OpSearch, OpExtended:
	default: // unreachable; kept so that read-only does not rest on callers alone
		return nil, fmt.Errorf("operation 0x%02x is not one of a reading client", byte(op))
	}
	var b cryptobyte.Builder
	b.AddASN1(tagSequence, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(int64(id))
		b.AddASN1(asn1.Tag(op), body)
		if len(controls) == 0 {
			return
		}
		b.AddASN1(0xa0, func(b *cryptobyte.Builder) {
			for _, c := range controls {
				b.AddASN1(tagSequence, func(b *cryptobyte.Builder) {
					addOctets(b, tagOctets, []byte(c.OID))
					if c.Critical {
						b.AddASN1Boolean(true)
					}
					if c.Value != nil {
						addOctets(b, tagOctets, c.Value)
					}
				})
			}
		})
	})
	return b.Bytes()
}

func addOctets(b *cryptobyte.Builder, tag asn1.Tag, value []byte) {
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(value) })
}

// SimpleBind is the body of a bind with a password (RFC 4511 4.2, authentication choice 0).
func SimpleBind(name, password string) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		addOctets(b, tagOctets, []byte(name))
		addOctets(b, 0x80, []byte(password))
	}
}

// SASLBind is the body of one step of a SASL bind (authentication choice 3) (RFC 4511 4.2).
func SASLBind(mechanism string, credentials []byte) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		addOctets(b, tagOctets, nil)
		b.AddASN1(0xa3, func(b *cryptobyte.Builder) {
			addOctets(b, tagOctets, []byte(mechanism))
			addOctets(b, tagOctets, credentials)
		})
	}
}

// StartTLS is the body of the one extended operation sent (RFC 4511 4.14).
func StartTLS(b *cryptobyte.Builder) { addOctets(b, 0x80, []byte(oidStartTLS)) }

// Search is the body of a search with the filter (objectClass=*), the only one needed: partitions are read whole (RFC 4511 4.5.1).
func Search(base string, scope Scope, attributes []string) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		addOctets(b, tagOctets, []byte(base))
		b.AddASN1Enum(int64(scope))
		b.AddASN1Enum(0) // never follow aliases
		b.AddASN1Int64(0)
		b.AddASN1Int64(0)
		b.AddASN1Boolean(false)
		addOctets(b, 0x87, []byte("objectClass"))
		b.AddASN1(tagSequence, func(b *cryptobyte.Builder) {
			for _, a := range attributes {
				addOctets(b, tagOctets, []byte(a))
			}
		})
	}
}

// PagingValue is the value of the paging control (RFC 2696).
func PagingValue(size int, cookie []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tagSequence, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(int64(size))
		addOctets(b, tagOctets, cookie)
	})
	return b.BytesOrPanic() // two fields of bounded size: cannot fail
}

// SDFlagsValue is the value of the SD_FLAGS control (MS-ADTS 3.1.1.3.4.1.11).
func SDFlagsValue(flags int64) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tagSequence, func(b *cryptobyte.Builder) { b.AddASN1Int64(flags) })
	return b.BytesOrPanic()
}

// A Message is one answer, decoded down to its operation (RFC 4511 4.1.1).
type Message struct {
	ID       int64
	Op       byte
	Body     Cursor
	Controls Cursor
}

// Decode splits the content of a message (RFC 4511 4.1.1).
func Decode(content []byte) (Message, error) {
	c := Cursor{Data: content}
	m := Message{ID: c.integer(tagInteger, "message number")}
	m.Op, m.Body = c.any()
	if c.peek() == 0xa0 {
		_, m.Controls = c.any()
	}
	// What may follow is not ours to judge: RFC 4511 4 asks clients to tolerate extensions.
	if c.Err != nil {
		return Message{}, c.Err
	}
	return m, nil
}

// A Result is the LDAPResult of RFC 4511 4.1.9.
type Result struct {
	Code       int64
	matched    string
	Diagnostic string
	Referrals  []string
	Credential []byte // serverSaslCreds of a bind answer
	name       string // responseName of an extended answer
}

// DecodeResult reads the body of an answer that ends a request (RFC 4511 4.1.9).
func DecodeResult(c Cursor) (Result, error) {
	r := Result{
		Code:       c.integer(tagEnumerated, "result code"),
		matched:    string(c.Bytes("matched name")),
		Diagnostic: string(c.Bytes("diagnostic")),
	}
	for c.More() {
		tag, inner := c.any()
		switch tag {
		case 0xa3:
			for inner.More() && len(r.Referrals) < 16 {
				r.Referrals = append(r.Referrals, string(inner.Bytes("referral")))
			}
			c.child(inner)
		case 0x87:
			r.Credential = append([]byte(nil), inner.Data...)
		case 0x8a:
			r.name = string(inner.Data)
		}
	}
	if c.Err != nil {
		return Result{}, c.Err
	}
	return r, nil
}

// DecodeEntry reads a SearchResultEntry into e, reusing its memory (RFC 4511 4.5.2). Names and values point into the message.
func DecodeEntry(c Cursor, e *Entry) error {
	e.DN = string(c.Bytes("entry name"))
	e.Attributes = e.Attributes[:0]
	e.values = e.values[:0]
	list := c.Expect(tagSequence, "attributes")
	for list.More() {
		one := list.Expect(tagSequence, "attribute")
		name := one.Bytes("attribute name")
		set := one.Expect(tagSet, "attribute values")
		start := len(e.values)
		for set.More() {
			e.values = append(e.values, set.Bytes("attribute value"))
		}
		one.child(set)
		list.child(one)
		if list.Err != nil {
			break
		}
		e.Attributes = append(e.Attributes, Attribute{Name: e.intern(name), first: start, last: len(e.values)})
	}
	c.child(list)
	if c.Err != nil {
		return c.Err
	}
	// Only now does e.values stay where it is.
	for i := range e.Attributes {
		a := &e.Attributes[i]
		a.Values = e.values[a.first:a.last:a.last]
	}
	return nil
}

// DecodePaging finds the cookie of the next page, nil at the last one (RFC 2696).
func DecodePaging(controls Cursor) ([]byte, error) {
	for controls.More() {
		one := controls.Expect(tagSequence, "control")
		oid := one.Bytes("control type")
		if one.peek() == tagBoolean {
			one.any()
		}
		if string(oid) != OIDPaging {
			continue
		}
		value := one.Bytes("control value")
		inner := Cursor{Data: value, base: one.base}
		fields := inner.Expect(tagSequence, "paging value")
		fields.integer(tagInteger, "estimated size")
		cookie := fields.Bytes("cookie")
		one.child(fields)
		one.child(inner)
		if one.Err != nil {
			return nil, one.Err
		}
		if len(cookie) == 0 {
			return nil, nil
		}
		return append([]byte(nil), cookie...), nil
	}
	if controls.Err != nil {
		return nil, controls.Err
	}
	return nil, nil
}

// Printable keeps a server's words from disturbing a terminal (RFC 4511 4.1.9, diagnosticMessage).
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == '\u2028' || r == '\u2029' || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if runes := []rune(s); len(runes) > 300 {
		s = string(runes[:300]) + "…"
	}
	return strings.TrimSpace(s)
}
