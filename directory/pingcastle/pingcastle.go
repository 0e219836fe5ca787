// Package pingcastle reads the XML report of PingCastle as partial evidence on a domain.
//
//	err := pingcastle.Read(file, builder, pingcastle.Options{Name: "ad_hc_hopital.test.xml"})
//
// A report holds conclusions, not the directory: which rules of PingCastle matched, at its own thresholds. A rule that matched and
// that PingCastle itself files under a control point of the ANSSI fails that point, with the rule as its reason. A rule that did
// not match proves nothing here, since PingCastle has no rule for a third of the points and other thresholds for some of the
// others: such a point stays undecided, and never passes. Beside a source that holds the directory, a conclusion only counts where
// that source leaves the point undecided.
//
// rules.csv is our table of rules, points and levels, from the marks in the source of PingCastle 3 (RuleADSANSSI attributes).
// Rules filed under points that the ANSSI has withdrawn or merged are left out: a reversible password on any account, for
// instance, does not say that the account is privileged. Where PingCastle gives a level that the point does not have, the levels of
// the point count.
//
// Of the rest of the report only the name and the SID of the domain, the date, the version and, by [ReadScores], the scores are read. An encrypted report is
// refused.
package pingcastle

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"hygie/directory/model"
	"hygie/directory/reading"
	"hygie/directory/sid"
)

// Options bound what a reader takes (docs/formats/directory-inputs.md, Bounds). Zero fields take the default.
type Options struct {
	Name  string // of the file, for messages
	Bytes int64  // of the file; 2 GiB by default
}

const (
	defaultBytes = 2 << 30
	maxDepth     = 100
	maxText      = 4096 // bytes kept of one value
	maxRules     = 2000
)

// Errors for files that are not readable reports (docs/formats/directory-inputs.md, PingCastle).
var (
	ErrEncrypted = reading.Cause("pingcastle_encrypted")
	errRoot      = reading.Cause("pingcastle_root")
	errDepth     = reading.Cause("pingcastle_deep", "limit", maxDepth)
	errSize      = reading.Cause("pingcastle_long")
	errDomain    = reading.Cause("pingcastle_domain")
)

//go:embed rules.csv
var rulesFile string

// rule is what a rule of PingCastle says about a control point.
type rule struct {
	point  string
	levels []int
}

// rules reads the table.
func rules() (map[string][]rule, error) {
	rows, err := csv.NewReader(strings.NewReader(rulesFile)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read table of rules: %w", err)
	}
	out := make(map[string][]rule)
	for _, row := range rows[1:] {
		r := rule{point: row[1]}
		for text := range strings.SplitSeq(row[2], "|") {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil, fmt.Errorf("read table of rules: level of %s: %w", row[0], err)
			}
			r.levels = append(r.levels, n)
		}
		out[row[0]] = append(out[row[0]], r)
	}
	return out, nil
}

// Is tells whether a file that begins like this may be a report: XML whose first element is that of a report, or encrypted
// (docs/formats/directory-inputs.md, PingCastle).
func Is(start []byte) bool {
	head, _ := io.ReadAll(io.LimitReader(decode(bytes.NewReader(start)), int64(len(start))))
	head = bytes.TrimLeft(head, " \t\r\n")
	if !bytes.HasPrefix(head, []byte("<")) {
		return false
	}
	return bytes.Contains(head, []byte("<HealthcheckData")) || bytes.Contains(head, []byte("<EncryptedData"))
}

// decode gives a file as UTF-8, whatever mark it begins with.
func decode(in io.Reader) io.Reader {
	b := bufio.NewReader(in)
	mark, _ := b.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte{0xFF, 0xFE}), bytes.HasPrefix(mark, []byte{0xFE, 0xFF}):
		return transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	case bytes.HasPrefix(mark, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = b.Discard(3)
	}
	return b
}

// limited fails where a file passes its limit.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errSize
	}
	return n, err
}

// report is what is kept of a report.
type report struct {
	values  map[string]string // text of the elements right below the root
	matched []match
}

type match struct{ id, rationale string }

// Read adds the conclusions of a report to b, with the root of the domain and a source (docs/formats/directory-inputs.md, PingCastle).
func Read(in io.Reader, b *model.Builder, o Options) error {
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	table, err := rules()
	if err != nil {
		return err
	}
	source := model.Source{Tool: "pingcastle", Name: o.Name, Level: "partial"}
	d := xml.NewDecoder(decode(&limited{in, o.Bytes}))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // converted by decode
	r, err := parse(d)
	fail := func(err error) error {
		return fmt.Errorf("read PingCastle report %s: byte %d: %w", o.Name, d.InputOffset(), err)
	}
	name := strings.ToLower(r.values["DomainFQDN"])
	switch {
	case err != nil && name == "":
		return fail(err)
	case name == "":
		return fail(errDomain)
	case err != nil:
		source.Partial = true
		source.Warnings = append(source.Warnings, reading.Warning("source_rest_missing", err, "byte", d.InputOffset()))
	}
	if v := r.values["EngineVersion"]; v != "" {
		source.Tool += " " + v
	}
	if t, err := time.Parse(time.RFC3339Nano, r.values["GenerationDate"]); err == nil && t.Year() > 1 {
		source.Collected = t.UTC()
	}
	dn := "DC=" + strings.ReplaceAll(name, ".", ",DC=")
	entry := model.Entry{DN: dn, Attributes: []model.Attribute{
		{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte("domain"), []byte("domainDNS")}},
	}}
	if s, err := sid.Parse(r.values["DomainSid"]); err == nil {
		entry.Attributes = append(entry.Attributes, model.Attribute{Name: "objectSid", Values: [][]byte{s.Bytes()}})
	}
	if _, known := b.Object(dn); !known {
		if err := b.Add(entry); err != nil {
			return fail(err)
		}
		b.Partition(model.Partition{DN: dn, Kind: model.Domain, Classes: map[string][]string{"domainDNS": {"objectSid"}}})
	}
	known := conclude(b, name, r.matched, table)
	source.Warnings = append(source.Warnings, reading.Warning("source_pingcastle", nil, "matched", len(r.matched), "known", known))
	b.Source(source)
	return nil
}

// conclude adds the conclusions, and gives how many rules lead to one.
func conclude(b *model.Builder, domain string, matched []match, table map[string][]rule) int {
	known := 0
	for _, m := range matched {
		for _, r := range table[m.id] {
			b.Conclude(model.Conclusion{
				Domain: domain, Point: r.point, Levels: r.levels, Tool: "PingCastle", Rule: m.id, Text: m.rationale,
			})
		}
		if len(table[m.id]) > 0 {
			known++
		}
	}
	return known
}

// parse reads a report. What was read before an error is given with it.
func parse(d *xml.Decoder) (report, error) {
	r := report{values: make(map[string]string)}
	var path []string
	var text strings.Builder
	var m match
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(path) > 0 || len(r.values) == 0 {
				err = io.ErrUnexpectedEOF
				return r, err
			}
			return r, nil
		}
		if err != nil {
			return r, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(path) == 0 && t.Name.Local == "EncryptedData" {
				return r, ErrEncrypted
			}
			if len(path) == 0 && t.Name.Local != "HealthcheckData" {
				return r, errRoot
			}
			if len(path) >= maxDepth {
				return r, errDepth
			}
			path = append(path, t.Name.Local)
			text.Reset()
			if is(path, "RiskRules", "HealthcheckRiskRule") {
				m = match{}
			}
		case xml.CharData:
			if text.Len() < maxText {
				text.Write(t[:min(len(t), maxText-text.Len())])
			}
		case xml.EndElement:
			r.element(path, strings.TrimSpace(text.String()), &m)
			path = path[:len(path)-1]
			text.Reset()
		}
	}
}

func is(path []string, below ...string) bool {
	if len(path) != len(below)+1 {
		return false
	}
	for i, name := range below {
		if path[i+1] != name {
			return false
		}
	}
	return true
}

// element takes the text of an element that ends.
func (r *report) element(path []string, text string, m *match) {
	switch {
	case is(path, "RiskRules", "HealthcheckRiskRule", "RiskId"):
		m.id = text
	case is(path, "RiskRules", "HealthcheckRiskRule", "Rationale"):
		m.rationale = text
	case is(path, "RiskRules", "HealthcheckRiskRule"):
		if m.id != "" && len(r.matched) < maxRules {
			r.matched = append(r.matched, *m)
		}
	case len(path) == 2:
		switch path[1] {
		case "DomainFQDN", "DomainSid", "GenerationDate", "EngineVersion",
			"GlobalScore", "StaleObjectsScore", "PrivilegiedGroupScore", "TrustScore", "AnomalyScore", "MaturityLevel":
			r.values[path[1]] = text
		}
	}
}
