package tlsscan

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"hygie/exposure/reach"
)

// reactionWait is how long a server is given to react to the end of a handshake.
const reactionWait = 2 * time.Second

// secrets are premaster secrets padded in five ways (RFC 8017 7.2.1, RFC 5246 7.4.7.1), one right and four wrong. A sound server
// reacts the same to all five.
func secrets(size int) [][]byte {
	filler := make([]byte, 0, size)
	for block := sha256.Sum256([]byte("padding")); len(filler) < size; block = sha256.Sum256(block[:]) {
		for _, b := range block {
			if b != 0 {
				filler = append(filler, b)
			}
		}
	}
	right := slices.Concat([]byte{0, 2}, filler[:size-2-1-48], []byte{0, 3, 3}, filler[:46])
	start := slices.Clone(right)
	start[1] = 0x17 // not a block of this kind
	early := slices.Clone(right)
	early[4] = 0 // the secret would begin inside the padding
	endless := slices.Clone(right)
	endless[size-49] = 1 // no end of the padding
	for i, b := range endless[2:] {
		if b == 0 {
			endless[2+i] = 1
		}
	}
	version := slices.Clone(right)
	version[size-48], version[size-47] = 2, 2 // the secret of another version
	return [][]byte{right, start, early, endless, version}
}

// robot ends a handshake with each of the five and compares how the server reacts, and where it differs does so once more.
func (s *scan) robot(v Version) (Answer, string) {
	var suites []Suite
	for _, suite := range s.sorted.wide {
		if s.sorted.traits[suite].Exchange == "RSA" {
			suites = append(suites, suite)
		}
	}
	if c := s.facts.Class(NoForwardSecrecy).Accepted; c.No() {
		return no("no RSA key exchange"), ""
	}
	first, err := s.reactions(v, suites)
	if err != nil {
		return unknown(whyOf(err)), ""
	}
	if same(first) {
		return no("always " + first[0]), ""
	}
	second, err := s.reactions(v, suites)
	if err != nil {
		return unknown(whyOf(err)), ""
	}
	if !slices.Equal(first, second) {
		return unknown("reactions vary"), ""
	}
	return yes(""), "ClientKeyExchange, five paddings: " + strings.Join(first, " / ")
}

func same(list []string) bool { return len(slices.Compact(slices.Clone(list))) == 1 }

func (s *scan) reactions(v Version, suites []Suite) ([]string, error) {
	reactions := make([]string, 5)
	errs := make([]error, 5)
	var jobs []func()
	for i := range reactions {
		jobs = append(jobs, func() { reactions[i], errs[i] = s.react(v, suites, i) })
	}
	each(jobs...)
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return reactions, nil
}

// react ends one handshake with the secret of that number.
func (s *scan) react(v Version, suites []Suite, number int) (string, error) {
	h := s.wideHello(v, suites)
	h.compress = false
	var seen string
	err := s.afterFlight(h, func(conn *reach.Conn, c *conversation, hello *serverHello, f *flight) error {
		key, err := rsaKey(f.certificates)
		if err != nil {
			return err
		}
		size := key.Size()
		message := new(big.Int).SetBytes(secrets(size)[number])
		message.Exp(message, big.NewInt(int64(key.E)), key.N)
		sealed := message.FillBytes(make([]byte, size))
		body := sealed
		if hello.version > SSL3 {
			body = append([]byte{byte(size >> 8), byte(size)}, sealed...)
		}
		exchange := append([]byte{16, 0, byte(len(body) >> 8), byte(len(body))}, body...)
		out := recordOf(typeHandshake, hello.version, exchange...)
		out = append(out, recordOf(typeChangeCipherSpec, hello.version, 1)...)
		out = append(out, recordOf(typeHandshake, hello.version, sealed[:64]...)...) // stands for a Finished that nobody can read
		if _, err := conn.Write(out); err != nil {
			return err
		}
		seen, err = reaction(conn, c, min(reactionWait, s.wait))
		return err
	})
	return seen, err
}

// rsaKey is the public key of a chain's leaf.
func rsaKey(chain [][]byte) (*rsa.PublicKey, error) {
	if len(chain) == 0 {
		return nil, fmt.Errorf("no certificate")
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return nil, err
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || key.Size() < 128 || key.Size() > 2048 {
		return nil, fmt.Errorf("not an RSA key of use")
	}
	return key, nil
}
