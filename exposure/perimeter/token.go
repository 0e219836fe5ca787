package perimeter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// Where tokens are published.
const (
	tokenLabel = "_hygie" // TXT record at _hygie.DOMAIN
	tokenMark  = "hygie-ownership="
	// TokenPath is the file of a web server that holds the token.
	TokenPath = "/.well-known/hygie-ownership.txt"
)

// NewProofKey makes a proof key from 20 random bytes.
func NewProofKey(random io.Reader) (string, error) {
	raw := make([]byte, 20)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("make proof key: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw)), nil
}

// Token is what the owner of an item (a domain or a host of the perimeter) publishes. It is the first 160 bits of
// HMAC-SHA-256(proof key, "hygie-ownership/1" LF item), in base32: another establishment that declares the same item has another
// token, and the token of one item proves nothing about another.
func (p *Perimeter) Token(item string) string {
	mac := hmac.New(sha256.New, []byte(p.ProofKey))
	fmt.Fprint(mac, "hygie-ownership/1\n", item)
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)[:20]))
}

// Publication is what to publish to prove an item, one of the ways being enough.
type Publication struct {
	Item     string
	TXTName  string // where the TXT record goes, empty for an address
	TXTValue string
	FileURL  string // where the file goes; it holds TXTValue, alone or with those of other items, one a line
}

// Publications lists what is to be published for each domain and host. Ranges are proven by a mandate.
func (p *Perimeter) Publications() []Publication {
	var out []Publication
	for _, item := range append(append([]string(nil), p.Domains...), p.Hosts...) {
		value := tokenMark + p.Token(item)
		if a, err := netip.ParseAddr(item); err == nil {
			out = append(out, Publication{Item: item, TXTValue: value, FileURL: "http://" + bracket(a) + TokenPath})
			continue
		}
		out = append(out, Publication{Item: item, TXTName: tokenLabel + "." + item, TXTValue: value, FileURL: "http://" + item + TokenPath})
	}
	return out
}

func bracket(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// matches tells whether a published text is the token of an item.
func (p *Perimeter) matches(item, published string) bool {
	value, ok := strings.CutPrefix(strings.TrimSpace(published), tokenMark)
	return ok && p.ProofKey != "" && hmac.Equal([]byte(strings.ToLower(value)), []byte(p.Token(item)))
}

// shown tells whether a file holds the token of an item: tokens and nothing else, one a line, since one web server may answer for several items.
func (p *Perimeter) shown(item, file string) bool {
	found := false
	for line := range strings.Lines(strings.TrimSpace(file)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, tokenMark) {
			return false
		}
		found = found || p.matches(item, line)
	}
	return found
}
