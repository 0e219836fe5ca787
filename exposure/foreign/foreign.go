// Package foreign reads what others found on the same perimeter, so that one list and one plan hold everything: reports as tables (CSV,
// XLSX, ODS), testssl.sh JSON, nmap XML, nuclei JSON lines.
//
//	report, err := foreign.Read(file, size, "rapport.ods", foreign.Options{})
//
// A foreign finding is declared, not seen: it never counts as proven here. Its severity is the tool's own word, put on our scale; where
// its rule is known to say the same as one of our checks, it takes the place beside ours, with our remediation.
package foreign

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/exposure/check"
	"hygie/sheet"
)

// Tool is what a report comes from.
type Tool string

// The reports that are read.
const (
	TestSSL Tool = "testssl"
	Nmap    Tool = "nmap"
	Nuclei  Tool = "nuclei"
	Table   Tool = "table" // of anybody: CERT Santé, a service provider, a tool with an export
)

// Finding is one weakness that someone else found.
type Finding struct {
	Tool           Tool           `json:"tool"`
	Rule           string         `json:"rule,omitempty"`  // as the tool names it
	Check          string         `json:"check,omitempty"` // our check that says the same, empty if none
	Title          string         `json:"title"`
	Severity       check.Severity `json:"severity"`
	Word           string         `json:"severity_word"` // the tool's own
	Asset          string         `json:"asset"`
	Endpoint       string         `json:"endpoint,omitempty"` // "192.0.2.1:443/tcp", or with the name while the address is not known
	Description    string         `json:"description,omitempty"`
	Recommendation string         `json:"recommendation,omitempty"`
	CVEs           []string       `json:"cves,omitempty"`
	Seen           time.Time      `json:"seen,omitzero"`
	Place          string         `json:"place"` // where in the file: a row, a line
}

// Report is a file as it was understood.
type Report struct {
	Tool     Tool
	Findings []Finding // in the order of [Sort]
	Problems []Problem // lines left out, with the reason
	Header   sheet.Header
	Sheets   []string // names of the sheets of a table
	Total    int      // entries read, findings or not
}

// Problem is an entry that was left out.
type Problem struct {
	Place  string
	Kind   ProblemKind
	Detail string
}

// ProblemKind is a closed list, for which pages have words.
type ProblemKind string

// Why an entry is left out.
const (
	NoTitle    ProblemKind = "no_title"
	NoAsset    ProblemKind = "no_asset"
	NoSeverity ProblemKind = "no_severity" // a word that is on no scale we know
	BadEntry   ProblemKind = "bad_entry"
	Cut        ProblemKind = "cut" // the file ends in the middle: what came before is kept
)

// Options guide the reading of a table; the other formats need none.
type Options struct {
	Sheet    int               // which sheet of a workbook
	Columns  map[string]int    // columns chosen by a person, by field key, over those that were recognised; -1 for none
	Severity map[string]string // words chosen by a person: "P1" is "critical", or "critique"
	Limits   sheet.Limits
}

// Errors of reading.
var (
	ErrUnknown = errors.New("not a table, nor a report of testssl, nmap or nuclei")
	ErrColumns = errors.New("the columns of title, severity or asset are not recognised")
)

// maxReport bounds a text report, which is read as a stream.
const maxReport = 1 << 30

// Read reads a report, told apart by its content.
func Read(r io.ReaderAt, size int64, o Options) (*Report, error) {
	if size > maxReport {
		return nil, fmt.Errorf("a report of %d bytes: %w", size, sheet.ErrTooLarge)
	}
	head := make([]byte, 4096)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf")), " \t\r\n")
	in := io.NewSectionReader(r, 0, size)
	var report *Report
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		report, err = readNmap(in)
	case bytes.HasPrefix(text, []byte("[")) && bytes.Contains(text, []byte(`"template`)):
		report, err = readNuclei(in, true)
	case bytes.HasPrefix(text, []byte("[")), bytes.HasPrefix(text, []byte("{")) && bytes.Contains(text, []byte(`"scanResult"`)):
		report, err = readTestSSL(in)
	case bytes.HasPrefix(text, []byte("{")):
		report, err = readNuclei(in, false)
	default:
		report, err = readTable(r, size, o)
	}
	if report != nil {
		Sort(report.Findings)
		report.Findings = slices.CompactFunc(report.Findings, func(a, b Finding) bool { return a.key() == b.key() })
	}
	return report, err
}

// key is what makes a foreign finding the same in two reports of one tool.
func (f Finding) key() string {
	return strings.Join([]string{string(f.Tool), cmp.Or(f.Rule, f.Title), strings.ToLower(f.Asset), f.Endpoint}, "\x00")
}

// Key identifies the finding across reports of the same tool.
func (f Finding) Key() string { return string(f.Tool) + ":" + cmp.Or(f.Rule, sheet.Fold(f.Title)) }

// Sort orders findings by severity, asset, endpoint, rule and place.
func Sort(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(a.Severity.Rank()-b.Severity.Rank(), strings.Compare(a.Asset, b.Asset), strings.Compare(a.Endpoint, b.Endpoint),
			strings.Compare(a.Rule, b.Rule), strings.Compare(a.Title, b.Title), strings.Compare(a.Place, b.Place))
	})
}

// words puts the severities of tools and of reports on our scale. "Medium" of an international tool is our important.
var words = map[string]check.Severity{
	"critical": check.Critical, "critique": check.Critical, "fatal": check.Critical, "tres elevee": check.Critical, "urgent": check.Critical, "bloquante": check.Critical,
	"high": check.Major, "majeure": check.Major, "majeur": check.Major, "elevee": check.Major, "eleve": check.Major, "haute": check.Major, "haut": check.Major, "forte": check.Major, "fort": check.Major, "major": check.Major,
	"medium": check.Important, "moderate": check.Important, "moyenne": check.Important, "moyen": check.Important, "importante": check.Important, "important": check.Important, "moderee": check.Important, "modere": check.Important,
	"low": check.Minor, "faible": check.Minor, "basse": check.Minor, "bas": check.Minor, "mineure": check.Minor, "mineur": check.Minor, "minor": check.Minor,
	"info": check.Info, "information": check.Info, "informational": check.Info, "informative": check.Info, "none": check.Info, "aucune": check.Info, "log": check.Info,
	"a verifier": check.ToVerify, "to verify": check.ToVerify, "to_verify": check.ToVerify, "unknown": check.ToVerify, "inconnue": check.ToVerify,
}

// severityOf puts a word or a CVSS score on our scale. Scores are cut as CVSS 3.1 does, section 5.
func severityOf(word string, chosen map[string]string) (check.Severity, bool) {
	folded := sheet.Fold(word)
	for from, to := range chosen {
		if sheet.Fold(from) == folded {
			s, ok := words[sheet.Fold(to)]
			return s, ok
		}
	}
	if s, ok := words[folded]; ok {
		return s, true
	}
	if before, inside, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(word), ")"), "("); ok { // "9.8 (critique)"
		if s, known := severityOf(before, nil); known {
			return s, true
		}
		return severityOf(inside, nil)
	}
	score, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(word), ",", "."), 64)
	switch {
	case err != nil || score < 0 || score > 10:
		return "", false
	case score >= 9:
		return check.Critical, true
	case score >= 7:
		return check.Major, true
	case score >= 4:
		return check.Important, true
	case score > 0:
		return check.Minor, true
	default:
		return check.Info, true
	}
}

// place names an asset and its endpoint from what a report calls a host: a name, an address, a URL, with or without a port.
func place(host, address, port string) (asset, endpoint string) {
	host = strings.TrimSpace(host)
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Hostname()
		if port == "" {
			port = u.Port()
		}
		if port == "" {
			port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
		}
	} else if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, cmp.Or(port, p)
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		host, address = a.String(), cmp.Or(address, a.String())
	}
	a, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(address), "[]"))
	switch n := portOf(port); {
	case n > 0 && err == nil:
		endpoint = netip.AddrPortFrom(a.Unmap(), n).String() + "/" + transportOf(port)
	case n > 0 && host != "":
		endpoint = net.JoinHostPort(host, strconv.Itoa(int(n))) + "/" + transportOf(port)
	}
	if host == "" && err == nil {
		host = a.Unmap().String()
	}
	return host, endpoint
}

// portOf is the port that people write as 443, 443/tcp, tcp/443 or "443 (https)"; 0 for none.
func portOf(text string) uint16 {
	start := strings.IndexAny(text, "0123456789")
	if start < 0 {
		return 0
	}
	digits := text[start:]
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

func transportOf(port string) string {
	if strings.Contains(strings.ToLower(port), "udp") {
		return "udp"
	}
	return "tcp"
}
