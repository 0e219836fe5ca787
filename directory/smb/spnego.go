package smb

import (
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// spnego is the object identifier of SPNEGO (RFC 4178).
var spnego = []byte{0x2b, 0x06, 0x01, 0x05, 0x05, 0x02}

const oidTag = asn1.Tag(0x06)

func tagged(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

// mechanisms makes the list of one mechanism.
func mechanisms(mechanism []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(oidTag, func(b *cryptobyte.Builder) { b.AddBytes(mechanism) })
	})
	return b.BytesOrPanic()
}

// wrapInit makes the first token, which offers one mechanism (RFC 4178 4.2.1).
func wrapInit(mechanism, token []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.Tag(0x60), func(b *cryptobyte.Builder) {
		b.AddASN1(oidTag, func(b *cryptobyte.Builder) { b.AddBytes(spnego) })
		b.AddASN1(tagged(0), func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(tagged(0), func(b *cryptobyte.Builder) { b.AddBytes(mechanisms(mechanism)) })
				b.AddASN1(tagged(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(token) })
			})
		})
	})
	return b.BytesOrPanic()
}

// wrapResponse makes a later token, with the signature of the list of mechanisms when there is one (RFC 4178 4.2.2).
func wrapResponse(token, mic []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tagged(1), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(tagged(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(token) })
			if len(mic) > 0 {
				b.AddASN1(tagged(3), func(b *cryptobyte.Builder) { b.AddASN1OctetString(mic) })
			}
		})
	})
	return b.BytesOrPanic()
}

// readResponse gives the token in an answer of the server, nil when there is none.
func readResponse(der []byte) ([]byte, error) {
	if len(der) == 0 {
		return nil, nil
	}
	in := cryptobyte.String(der)
	var response, sequence, part, token cryptobyte.String
	var present bool
	if !in.ReadASN1(&response, tagged(1)) || !response.ReadASN1(&sequence, asn1.SEQUENCE) {
		return nil, bad("a token that is not SPNEGO")
	}
	var state, mechanism cryptobyte.String
	if !sequence.ReadOptionalASN1(&state, &present, tagged(0)) || !sequence.ReadOptionalASN1(&mechanism, &present, tagged(1)) ||
		!sequence.ReadOptionalASN1(&part, &present, tagged(2)) {
		return nil, bad("a token of SPNEGO cut short")
	}
	if present && !part.ReadASN1(&token, asn1.OCTET_STRING) {
		return nil, bad("a token of SPNEGO cut short")
	}
	return token, nil
}
