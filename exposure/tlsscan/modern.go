package tlsscan

import (
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// modernHandshake is what only a whole handshake of TLS 1.3 shows, for all of it is encrypted: certificates, stapling, tickets.
type modernHandshake struct {
	certificates [][]byte
	timestamps   int
	stapled      bool
	asksClient   bool
	alpn         string
	early        Answer
	bare         bool // stapling and timestamps were not asked for
}

// message keeps what one message of the server tells; those that make no sense are passed over.
func (m *modernHandshake) message(kind byte, body []byte) {
	in := cryptobyte.String(body)
	switch kind {
	case typeEncrypted:
		var extensions cryptobyte.String
		if in.ReadUint16LengthPrefixed(&extensions) {
			m.alpn = chosenProtocol(readExtensions(extensions)[extALPN])
		}
	case typeCertificateAsked:
		m.asksClient = true
	case typeCertificate:
		m.readCertificates(in)
	case typeNewTicket:
		if m.early.Unknown() {
			m.early = no("")
		}
		if early, has := ticketExtensions(in)[extEarlyData]; has && len(early) == 4 && binary.BigEndian.Uint32(early) > 0 {
			m.early = yes("")
		}
	}
}

// readCertificates reads a Certificate message of TLS 1.3 (RFC 8446 4.4.2).
func (m *modernHandshake) readCertificates(in cryptobyte.String) {
	var context, list cryptobyte.String
	if !in.ReadUint8LengthPrefixed(&context) || !in.ReadUint24LengthPrefixed(&list) {
		return
	}
	for len(m.certificates) < maxChain && !list.Empty() {
		var one, extensions cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&one) || !list.ReadUint16LengthPrefixed(&extensions) {
			return
		}
		if len(m.certificates) == 0 {
			about := readExtensions(extensions)
			m.stapled = len(about[extStatusRequest]) > 4
			m.timestamps = listLength(about[extCertificateTimes])
		}
		m.certificates = append(m.certificates, slices.Clone(one))
	}
}

// ticketExtensions reads the extensions of a NewSessionTicket (RFC 8446 4.6.1).
func ticketExtensions(in cryptobyte.String) map[uint16][]byte {
	var nonce, ticket, extensions cryptobyte.String
	if !in.Skip(8) || !in.ReadUint8LengthPrefixed(&nonce) || !in.ReadUint16LengthPrefixed(&ticket) || !in.ReadUint16LengthPrefixed(&extensions) {
		return nil
	}
	return readExtensions(extensions)
}

// readExtensions reads a list of extensions up to where it makes sense.
func readExtensions(in cryptobyte.String) map[uint16][]byte {
	found := map[uint16][]byte{}
	var number uint16
	var content cryptobyte.String
	for in.ReadUint16(&number) && in.ReadUint16LengthPrefixed(&content) {
		found[number] = content
	}
	return found
}
