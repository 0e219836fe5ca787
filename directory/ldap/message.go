package ldap

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// An operation is the application tag of a request. These four are all that this package can put on the wire: it has
// no constant, no encoder and no code path for add (0x68), modify (0x66), delete (0x4a), rename (0x6c) or compare (0x6e).
type operation byte

const (
	opBind     operation = 0x60 // RFC 4511 4.2
	opUnbind   operation = 0x42 // RFC 4511 4.3
	opSearch   operation = 0x63 // RFC 4511 4.5.1
	opExtended operation = 0x77 // RFC 4511 4.12; only StartTLS, see encodeStartTLS
)

// The application tags of the answers.
const (
	answerBind      = 0x61
	answerEntry     = 0x64
	answerDone      = 0x65
	answerReference = 0x73
	answerExtended  = 0x78
	answerPartial   = 0x79 // intermediate response, RFC 4511 4.13
)

// Controls and extensions, by object identifier.
const (
	oidStartTLS    = "1.3.6.1.4.1.1466.20037"  // RFC 4511 4.14
	oidDisconnect  = "1.3.6.1.4.1.1466.20036"  // RFC 4511 4.4.1
	oidPaging      = "1.2.840.113556.1.4.319"  // RFC 2696
	oidSDFlags     = "1.2.840.113556.1.4.801"  // MS-ADTS 3.1.1.3.4.1.11
	oidDomainScope = "1.2.840.113556.1.4.1339" // MS-ADTS 3.1.1.3.4.1.4: no referrals to other partitions
)

// sdOwnerGroupDACL is what an ordinary account may read of a security descriptor: owner, group and DACL, not the SACL
// (MS-ADTS 3.1.1.3.4.1.11: 1 | 2 | 4).
const sdOwnerGroupDACL = 7

// A control goes with a request (RFC 4511 4.1.11).
type control struct {
	oid      string
	critical bool
	value    []byte
}

// encodeMessage wraps the body of a request with its number and its controls.
func encodeMessage(id int32, op operation, body func(*cryptobyte.Builder), controls []control) ([]byte, error) {
	switch op {
	case opBind, opUnbind, opSearch, opExtended:
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
					addOctets(b, tagOctets, []byte(c.oid))
					if c.critical {
						b.AddASN1Boolean(true)
					}
					if c.value != nil {
						addOctets(b, tagOctets, c.value)
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

// encodeSimpleBind is the body of a bind with a password (RFC 4511 4.2, authentication choice 0).
func encodeSimpleBind(name, password string) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		addOctets(b, tagOctets, []byte(name))
		addOctets(b, 0x80, []byte(password))
	}
}

// encodeSASLBind is the body of one step of a SASL bind (authentication choice 3).
func encodeSASLBind(mechanism string, credentials []byte) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		addOctets(b, tagOctets, nil)
		b.AddASN1(0xa3, func(b *cryptobyte.Builder) {
			addOctets(b, tagOctets, []byte(mechanism))
			addOctets(b, tagOctets, credentials)
		})
	}
}

// encodeStartTLS is the body of the one extended operation sent.
func encodeStartTLS(b *cryptobyte.Builder) { addOctets(b, 0x80, []byte(oidStartTLS)) }

// encodeSearch is the body of a search with the filter (objectClass=*), the only one needed: partitions are read whole.
func encodeSearch(base string, scope Scope, attributes []string) func(*cryptobyte.Builder) {
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

// pagingValue is the value of the paging control (RFC 2696).
func pagingValue(size int, cookie []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tagSequence, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(int64(size))
		addOctets(b, tagOctets, cookie)
	})
	return b.BytesOrPanic() // two fields of bounded size: cannot fail
}

// sdFlagsValue is the value of the SD_FLAGS control.
func sdFlagsValue(flags int64) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tagSequence, func(b *cryptobyte.Builder) { b.AddASN1Int64(flags) })
	return b.BytesOrPanic()
}

// A message is one answer, decoded down to its operation.
type message struct {
	id       int64
	op       byte
	body     cursor
	controls cursor
}

// decodeMessage splits the content of a message.
func decodeMessage(content []byte) (message, error) {
	c := cursor{data: content}
	m := message{id: c.integer(tagInteger, "message number")}
	m.op, m.body = c.any()
	if c.peek() == 0xa0 {
		_, m.controls = c.any()
	}
	// What may follow is not ours to judge: RFC 4511 4 asks clients to tolerate extensions.
	if c.err != nil {
		return message{}, c.err
	}
	return m, nil
}

// A result is the LDAPResult of RFC 4511 4.1.9.
type result struct {
	code       int64
	matched    string
	diagnostic string
	referrals  []string
	credential []byte // serverSaslCreds of a bind answer
	name       string // responseName of an extended answer
}

func decodeResult(c cursor) (result, error) {
	r := result{
		code:       c.integer(tagEnumerated, "result code"),
		matched:    string(c.bytes("matched name")),
		diagnostic: string(c.bytes("diagnostic")),
	}
	for c.more() {
		tag, inner := c.any()
		switch tag {
		case 0xa3:
			for inner.more() && len(r.referrals) < 16 {
				r.referrals = append(r.referrals, string(inner.bytes("referral")))
			}
			c.child(inner)
		case 0x87:
			r.credential = append([]byte(nil), inner.data...)
		case 0x8a:
			r.name = string(inner.data)
		}
	}
	if c.err != nil {
		return result{}, c.err
	}
	return r, nil
}

// decodeEntry reads a SearchResultEntry into e, reusing its memory. Names and values point into the message.
func decodeEntry(c cursor, e *Entry) error {
	e.DN = string(c.bytes("entry name"))
	e.Attributes = e.Attributes[:0]
	e.values = e.values[:0]
	list := c.expect(tagSequence, "attributes")
	for list.more() {
		one := list.expect(tagSequence, "attribute")
		name := one.bytes("attribute name")
		set := one.expect(tagSet, "attribute values")
		start := len(e.values)
		for set.more() {
			e.values = append(e.values, set.bytes("attribute value"))
		}
		one.child(set)
		list.child(one)
		if list.err != nil {
			break
		}
		e.Attributes = append(e.Attributes, Attribute{Name: e.intern(name), first: start, last: len(e.values)})
	}
	c.child(list)
	if c.err != nil {
		return c.err
	}
	// Only now does e.values stay where it is.
	for i := range e.Attributes {
		a := &e.Attributes[i]
		a.Values = e.values[a.first:a.last:a.last]
	}
	return nil
}

// decodePaging finds the cookie of the next page, nil at the last one.
func decodePaging(controls cursor) ([]byte, error) {
	for controls.more() {
		one := controls.expect(tagSequence, "control")
		oid := one.bytes("control type")
		if one.peek() == tagBoolean {
			one.any()
		}
		if string(oid) != oidPaging {
			continue
		}
		value := one.bytes("control value")
		inner := cursor{data: value, base: one.base}
		fields := inner.expect(tagSequence, "paging value")
		fields.integer(tagInteger, "estimated size")
		cookie := fields.bytes("cookie")
		one.child(fields)
		one.child(inner)
		if one.err != nil {
			return nil, one.err
		}
		if len(cookie) == 0 {
			return nil, nil
		}
		return append([]byte(nil), cookie...), nil
	}
	if controls.err != nil {
		return nil, controls.err
	}
	return nil, nil
}
