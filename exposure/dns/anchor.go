package dns

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	wire "github.com/miekg/dns"
)

// Anchor is a zone whose keys are trusted beforehand: by their digests (DS), by the keys themselves (DNSKEY), or both.
type Anchor struct {
	Zone string
	DS   []*wire.DS
	Keys []*wire.DNSKEY
}

// RootAnchors are the trust anchors of the root zone: the keys of 2017 and of 2024.
//
// Source: IANA, root-anchors.xml, as shipped with BIND in November 2024. A run whose root keys match neither says "unknown", never
// "broken": then this list is too old.
func RootAnchors() []Anchor {
	return []Anchor{{Zone: ".", DS: []*wire.DS{
		rootDS(20326, "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"),
		rootDS(38696, "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"),
	}}}
}

func rootDS(tag uint16, digest string) *wire.DS {
	return &wire.DS{Hdr: wire.RR_Header{Name: ".", Rrtype: TypeDS, Class: wire.ClassINET}, KeyTag: tag, Algorithm: wire.RSASHA256,
		DigestType: wire.SHA256, Digest: digest}
}

// maxAnchorFile bounds what [ReadAnchors] reads.
const maxAnchorFile = 1 << 20

// ReadAnchors reads anchors from DS and DNSKEY records in the form of a master file (RFC 1035 section 5), as dnssec-keygen and
// dnssec-dsfromkey write them. Other records are refused. Errors give the line.
func ReadAnchors(r io.Reader, name string) ([]Anchor, error) {
	limited := &io.LimitedReader{R: r, N: maxAnchorFile + 1}
	parser := wire.NewZoneParser(limited, ".", name)
	parser.SetDefaultTTL(3600)
	var list []Anchor
	at := map[string]int{}
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		zone := Plain(rr.Header().Name)
		if _, known := at[zone]; !known {
			at[zone] = len(list)
			list = append(list, Anchor{Zone: zone})
		}
		a := &list[at[zone]]
		switch rr := rr.(type) {
		case *wire.DS:
			rr.Digest = strings.ToUpper(rr.Digest)
			a.DS = append(a.DS, rr)
		case *wire.DNSKEY:
			a.Keys = append(a.Keys, rr)
		default:
			return nil, fmt.Errorf("read trust anchors: %s: %s of %s is neither DS nor DNSKEY", name, wire.TypeToString[rr.Header().Rrtype], zone)
		}
	}
	if err := cmp.Or(parser.Err(), tooLong(limited)); err != nil {
		return nil, fmt.Errorf("read trust anchors: %w", err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("read trust anchors: %s holds none", name)
	}
	return list, nil
}

func tooLong(r *io.LimitedReader) error {
	if r.N <= 0 {
		return errors.New("the file is too long")
	}
	return nil
}

// anchorOf is the deepest anchor at or above name, nil if there is none.
func (c *Client) anchorOf(full string) *Anchor {
	for {
		if a := c.anchors[full]; a != nil {
			return a
		}
		if full == "." {
			return nil
		}
		full = parent(full)
	}
}
