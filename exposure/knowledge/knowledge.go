// Package knowledge holds what is known of products at a date: vulnerabilities that attackers use, their scores, the advisories of
// CERT-FR, ends of support. It is distilled from files that others publish, and never fetched by an audit: a bundle is made where
// there is a network, signed, and carried to where there is none.
//
//	bundle, err := knowledge.Distil(made, []knowledge.File{{Name: "known_exploited_vulnerabilities.json", Open: …}, …})
//	err = knowledge.Write(out, bundle, key)        // a ZIP with a signed manifest
//	bundle, err = knowledge.Read(in, size, trusted) // what was altered or is signed by a stranger is refused
//
// Only products that an audit can recognise are kept (see [Products]), which makes of gigabytes some hundred kilobytes.
//
// The version a server announces is a claim: distributions mend flaws without changing it. What is said here of a version is therefore
// to be verified, unless it comes from the exact build of an appliance.
package knowledge

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Kind of a source.
type Kind string

// What a bundle is distilled from.
const (
	KEV      Kind = "kev"     // CISA's catalogue of exploited vulnerabilities, JSON
	EPSS     Kind = "epss"    // FIRST's scores of likely exploitation, CSV, may be gzipped
	NVD      Kind = "nvd"     // NIST's vulnerabilities, JSON 2.0, may be gzipped
	Advisory Kind = "cert-fr" // one advisory of CERT-FR, JSON
	Support  Kind = "support" // ends of support, CSV of our own: product,cycle,end,source
)

// Source is one file a bundle was made from.
type Source struct {
	Kind    Kind      `json:"kind"`
	Name    string    `json:"name"`
	SHA256  string    `json:"sha256"`
	Date    time.Time `json:"date"` // the day the file says it is of; zero when it does not say
	Entries int       `json:"entries"`
}

// Bundle is the knowledge an audit was decided with. The zero value knows nothing and says so: [Bundle.Empty].
type Bundle struct {
	Made            time.Time       `json:"made"`
	Sources         []Source        `json:"sources"`
	Vulnerabilities []Vulnerability `json:"vulnerabilities"` // by identifier
	Advisories      []Notice        `json:"advisories"`      // by reference
	Cycles          []Cycle         `json:"cycles"`          // by product, then cycle
}

// Vulnerability is one CVE about recognised products.
type Vulnerability struct {
	ID         string    `json:"id"`
	Score      float64   `json:"cvss,omitempty"` // base score, the newest version of the standard that is given
	Vector     string    `json:"vector,omitempty"`
	Likelihood float64   `json:"epss,omitempty"`     // probability of exploitation in the next 30 days, 0 when unknown
	Exploited  time.Time `json:"exploited,omitzero"` // the day it entered the catalogue of exploited vulnerabilities
	Ransomware bool      `json:"ransomware,omitempty"`
	Affects    []Range   `json:"affects,omitempty"`
}

// Range is a set of versions of one product: one version, or from a version to another. An empty bound is open.
type Range struct {
	Product string `json:"product"` // "vendor:product" as in CPE 2.3
	Version string `json:"version,omitempty"`
	From    string `json:"from,omitempty"` // included
	After   string `json:"after,omitempty"`
	To      string `json:"to,omitempty"` // included
	Before  string `json:"before,omitempty"`
}

// Notice is one advisory of CERT-FR.
type Notice struct {
	Reference string    `json:"reference"` // "CERTFR-2026-AVI-0001"
	Title     string    `json:"title"`
	Date      time.Time `json:"date"`
	Products  []string  `json:"products,omitempty"` // "vendor:product"
	CVEs      []string  `json:"cves,omitempty"`
	URL       string    `json:"url"`
}

// Cycle is the end of support of one line of versions.
type Cycle struct {
	Product string    `json:"product"` // "vendor:product"
	Cycle   string    `json:"cycle"`   // versions that are this or begin with it and a dot
	End     time.Time `json:"end"`     // the last supported day
	Source  string    `json:"source"`
}

// StaleAfter is the age from which a bundle is said to be old.
const StaleAfter = 30 * 24 * time.Hour

// Empty tells whether nothing is known.
func (b *Bundle) Empty() bool { return b == nil || len(b.Sources) == 0 }

// Date is the day of the oldest of its dated sources, which is how old what it knows may be. Without dates it is the day it was made.
func (b *Bundle) Date() time.Time {
	oldest := b.Made
	for _, s := range b.Sources {
		if !s.Date.IsZero() && s.Date.Before(oldest) && (s.Kind == KEV || s.Kind == EPSS) {
			oldest = s.Date
		}
	}
	return oldest
}

// Stale tells whether the bundle is older than [StaleAfter] at a moment.
func (b *Bundle) Stale(now time.Time) bool { return b.Empty() || now.Sub(b.Date()) > StaleAfter }

// Has tells whether the bundle was made with a kind of source: what it does not hold is unknown, not absent.
func (b *Bundle) Has(kind Kind) bool {
	return b != nil && slices.ContainsFunc(b.Sources, func(s Source) bool { return s.Kind == kind })
}

// Of lists the vulnerabilities whose ranges hold a version of a product, the exploited first, then by likelihood and score.
func (b *Bundle) Of(product, version string) []Vulnerability {
	if b == nil || version == "" {
		return nil
	}
	var list []Vulnerability
	for _, v := range b.Vulnerabilities {
		if slices.ContainsFunc(v.Affects, func(r Range) bool { return r.Product == product && r.Holds(version) }) {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(x, y Vulnerability) int {
		return cmp.Or(flag(y.Exploited)-flag(x.Exploited), cmp.Compare(y.Likelihood, x.Likelihood), cmp.Compare(y.Score, x.Score), strings.Compare(x.ID, y.ID))
	})
	return list
}

func flag(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return 1
}

// Ended returns the line of versions a version belongs to, when its support ended before a day. The longest line that fits counts.
func (b *Bundle) Ended(product, version string, day time.Time) (Cycle, bool) {
	var best Cycle
	if b == nil || version == "" {
		return best, false
	}
	for _, c := range b.Cycles {
		if c.Product == product && (version == c.Cycle || strings.HasPrefix(version, c.Cycle+".")) && len(c.Cycle) > len(best.Cycle) {
			best = c
		}
	}
	return best, best.Cycle != "" && day.After(best.End)
}

// Notices lists the advisories about a product since a day, the newest first.
func (b *Bundle) Notices(product string, since time.Time) []Notice {
	if b == nil {
		return nil
	}
	var list []Notice
	for _, n := range b.Advisories {
		if slices.Contains(n.Products, product) && !n.Date.Before(since) {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(x, y Notice) int {
		return cmp.Or(y.Date.Compare(x.Date), strings.Compare(x.Reference, y.Reference))
	})
	return list
}
