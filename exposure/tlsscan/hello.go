package tlsscan

import (
	"crypto/sha256"
	"errors"
)

// hello is a ClientHello to be (RFC 8446 4.1.2, RFC 5246 7.4.1.2, RFC 6101 5.6.1.2). Nothing secret goes into it: the answer is read and
// the connection closed before any key would matter, so its random bytes are a digest of the rest and the same hello is the same bytes.
type hello struct {
	version Version // the highest offered; TLS 1.3 is offered alone
	suites  []Suite
	groups  []Group
	name    string   // server name indication (RFC 6066 3), empty for none
	alpn    []string // application protocols (RFC 7301)

	plain     bool     // second shape: only the extensions without which a modern server cannot choose
	compress  bool     // offer DEFLATE (RFC 3749)
	fallback  bool     // say that this is a retry with a lower version (RFC 7507)
	whole     bool     // TLS 1.3: with what a handshake to its end asks for: stapling, timestamps, tickets
	bare      bool     // … without stapling and timestamps, over which some servers stumble
	signs     []uint16 // schemes a server may sign with; all of them where nil
	share     *share   // TLS 1.3: key share, nil for none
	cookie    []byte   // TLS 1.3: what a server asked to be given back (RFC 8446 4.2.2)
	random    []byte   // of the first hello, in the one that answers a retry request; nil for a digest
	heartbeat bool     // offer heartbeats (RFC 6520)
	session   []byte   // session to resume, up to TLS 1.2
	ticket    []byte   // its ticket (RFC 5077)
}

// Signalling values among the suites.
const (
	signalSecureRenegotiation = 0x00ff // RFC 5746 3.3
	signalFallback            = 0x5600 // RFC 7507
)

// Extensions by number (IANA TLS ExtensionType Values).
const (
	extServerName        = 0
	extStatusRequest     = 5
	extGroups            = 10
	extPointFormats      = 11
	extSignatures        = 13
	extHeartbeat         = 15
	extALPN              = 16
	extCertificateTimes  = 18 // signed certificate timestamps, RFC 6962
	extPadding           = 21
	extEncryptThenMAC    = 22
	extMasterSecret      = 23
	extTicket            = 35
	extEarlyData         = 42
	extSupportedVersions = 43
	extCookie            = 44
	extResumption        = 45 // psk_key_exchange_modes: without it a server gives no ticket
	extSignaturesOfChain = 50
	extKeyShare          = 51
	extRenegotiation     = 0xff01
)

// signatures are the schemes a server may sign with, oldest last: all of them, so that none is refused for want of one.
var signatures = [...]uint16{
	0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601, 0x081a, 0x081b, 0x081c,
	0x0402, 0x0502, 0x0602, 0x0303, 0x0301, 0x0302, 0x0203, 0x0201, 0x0202, 0x0101,
}

// record is the hello in its record, ready to send.
func (h hello) record() ([]byte, error) {
	size := 512 + 2*len(h.suites) + len(h.ticket) + len(h.cookie)
	if h.share != nil {
		size += len(h.share.public)
	}
	b := &octets{all: make([]byte, 0, size)}
	b.add(typeHandshake)
	if h.random == nil {
		b.add16(uint16(min(h.version, TLS10))) // old servers look at this one too
	} else {
		b.add16(uint16(TLS12)) // RFC 8446 5.1
	}
	before := len(b.all)
	b.vector(2, func() { h.message(b, 0) })
	// Some load balancers of F5 hang on a hello of 256 to 511 bytes; padding was made for them (RFC 7685 4).
	if n := len(b.all) - before - 2; n > 255 && n < 512 && h.version >= TLS10 && !h.plain {
		b.all = b.all[:before]
		b.vector(2, func() { h.message(b, max(512-n-4, 1)) })
	}
	if b.long {
		return nil, errLongHello
	}
	return b.all, nil
}

// errLongHello is a hello that holds more than its lengths can say, such as a ticket of 64 kB.
var errLongHello = errors.New("the hello would be too long")

func (h hello) message(b *octets, padding int) {
	b.add(typeClientHello)
	b.vector(3, func() {
		b.add16(uint16(min(h.version, TLS12)))
		random := len(b.all)
		b.add(make([]byte, 32)...)
		h.body(b, padding)
		if h.random != nil {
			copy(b.all[random:], h.random)
		} else {
			digest := sha256.Sum256(b.all[random+32:])
			copy(b.all[random:], digest[:])
		}
	})
}

// body is what comes after the random bytes.
func (h hello) body(b *octets, padding int) {
	session := h.session
	if h.version == TLS13 && session == nil { // as if resuming TLS 1.2, for what stands between (RFC 8446 D.4)
		digest := sha256.Sum256([]byte("session " + h.name))
		session = digest[:]
	}
	b.vector(1, func() { b.add(session...) })
	b.vector(2, func() {
		for _, s := range h.suites {
			b.add16(uint16(s))
		}
		if h.version < TLS13 && (h.version == SSL3 || h.plain) {
			b.add16(signalSecureRenegotiation)
		}
		if h.fallback {
			b.add16(signalFallback)
		}
	})
	if h.compress {
		b.add(2, 1, 0)
	} else {
		b.add(1, 0)
	}
	if h.version > SSL3 {
		b.vector(2, func() { h.extensions(b, padding) })
	}
}

func (h hello) extensions(b *octets, padding int) {
	if h.name != "" {
		b.extension(extServerName, func() {
			b.vector(2, func() {
				b.add(0)
				b.vector(2, func() { b.add([]byte(h.name)...) })
			})
		})
	}
	if len(h.groups) > 0 {
		b.extension(extGroups, func() {
			b.vector(2, func() {
				for _, g := range h.groups {
					b.add16(uint16(g))
				}
			})
		})
		if h.version < TLS13 {
			b.extension(extPointFormats, func() { b.add(1, 0) })
		}
	}
	if h.version >= TLS12 && h.signs == nil {
		b.schemes(extSignatures, signatures[:])
	} else if h.version >= TLS12 {
		b.schemes(extSignatures, h.signs)
		b.schemes(extSignaturesOfChain, signatures[:]) // whoever signed the certificate is free (RFC 8446 4.2.3)
	}
	if h.version == TLS13 {
		h.modern(b)
	} else if !h.plain {
		h.legacy(b)
	}
	if len(h.alpn) > 0 {
		b.extension(extALPN, func() {
			b.vector(2, func() {
				for _, p := range h.alpn {
					b.vector(1, func() { b.add([]byte(p)...) })
				}
			})
		})
	}
	if h.heartbeat {
		b.extension(extHeartbeat, func() { b.add(1) })
	}
	if padding > 0 {
		b.extension(extPadding, func() { b.add(make([]byte, padding)...) })
	}
}

// legacy adds what tells the habits of a server up to TLS 1.2.
func (h hello) legacy(b *octets) {
	b.extension(extStatusRequest, func() { b.add(1, 0, 0, 0, 0) })
	b.extension(extCertificateTimes, nothing)
	b.extension(extEncryptThenMAC, nothing)
	b.extension(extMasterSecret, nothing)
	b.extension(extTicket, func() { b.add(h.ticket...) })
	b.extension(extRenegotiation, func() { b.add(0) })
}

// modern adds what TLS 1.3 needs. Without a key share the server answers with the suite and the group it would use (HelloRetryRequest,
// RFC 8446 4.1.4), which costs neither side a computation.
func (h hello) modern(b *octets) {
	b.extension(extSupportedVersions, func() { b.add(2, 3, 4) })
	b.extension(extKeyShare, func() {
		b.vector(2, func() {
			if h.share != nil {
				b.add16(uint16(h.share.group))
				b.vector(2, func() { b.add(h.share.public...) })
			}
		})
	})
	if h.whole && !h.bare {
		b.extension(extStatusRequest, func() { b.add(1, 0, 0, 0, 0) })
		b.extension(extCertificateTimes, nothing)
	}
	if h.whole {
		b.extension(extResumption, func() { b.add(1, 1) })
	}
	if h.cookie != nil {
		b.extension(extCookie, func() { b.add(h.cookie...) })
	}
}
