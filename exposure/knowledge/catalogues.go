package knowledge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// json tells the JSON publications apart by their keys and reads the lists entry by entry: a yearly file is gigabytes once unfolded.
func (d *distiller) json(text *bufio.Reader, s *Source) error {
	dec := json.NewDecoder(text)
	if _, err := dec.Token(); err != nil { // the opening brace
		return err
	}
	var notice advisory
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return placed(dec, err)
		}
		key, _ := token.(string)
		seen[key] = true
		switch key {
		case "dateReleased":
			var day string
			if err := dec.Decode(&day); err != nil {
				return placed(dec, err)
			}
			s.Kind, s.Date = KEV, parseDay(day)
		case "timestamp":
			var day string
			if err := dec.Decode(&day); err != nil {
				return placed(dec, err)
			}
			s.Date = parseDay(day)
		case "vulnerabilities":
			if err := d.vulnerabilities(dec, s); err != nil {
				return placed(dec, err)
			}
		default:
			if target := notice.field(key); target != nil {
				err = dec.Decode(target)
			} else {
				err = skip(dec)
			}
			if err != nil {
				return placed(dec, err)
			}
		}
	}
	if _, err := dec.Token(); err != nil {
		return placed(dec, err)
	}
	switch {
	case s.Kind != "":
		return nil
	case notice.Reference != "" && seen["title"]:
		s.Kind, s.Entries = Advisory, 1
		n := notice.notice(d.recognised)
		s.Date = n.Date
		d.notices = append(d.notices, n)
		return nil
	default:
		return ErrUnknown
	}
}

// placed adds the place to an error of the decoder.
func placed(dec *json.Decoder, err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("at byte %d: %w", dec.InputOffset(), err)
}

// skip reads over one value without keeping it.
func skip(dec *json.Decoder) error {
	depth := 0
	for {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		if delim, ok := token.(json.Delim); ok {
			if delim == '{' || delim == '[' {
				depth++
			} else {
				depth--
			}
		}
		if depth == 0 {
			return nil
		}
	}
}

// entry is one vulnerability of either catalogue: KEV's fields, or NVD's record.
type entry struct {
	CVEID      string `json:"cveID"`
	DateAdded  string `json:"dateAdded"`
	Ransomware string `json:"knownRansomwareCampaignUse"`
	CVE        *struct {
		ID      string `json:"id"`
		Status  string `json:"vulnStatus"`
		Metrics struct {
			V40 []metric `json:"cvssMetricV40"`
			V31 []metric `json:"cvssMetricV31"`
			V30 []metric `json:"cvssMetricV30"`
			V2  []metric `json:"cvssMetricV2"`
		} `json:"metrics"`
		Configurations []struct {
			Operator string `json:"operator"`
			Nodes    []node `json:"nodes"`
		} `json:"configurations"`
	} `json:"cve"`
}

type metric struct {
	Type string `json:"type"` // "Primary" or "Secondary"
	Data struct {
		Score  float64 `json:"baseScore"`
		Vector string  `json:"vectorString"`
	} `json:"cvssData"`
}

type node struct {
	Negate  bool `json:"negate"`
	Matches []struct {
		Vulnerable bool   `json:"vulnerable"`
		Criteria   string `json:"criteria"`
		From       string `json:"versionStartIncluding"`
		After      string `json:"versionStartExcluding"`
		To         string `json:"versionEndIncluding"`
		Before     string `json:"versionEndExcluding"`
	} `json:"cpeMatch"`
}

func (d *distiller) vulnerabilities(dec *json.Decoder, s *Source) error {
	if token, err := dec.Token(); err != nil || token != json.Delim('[') {
		return fmt.Errorf("vulnerabilities is not a list: %w", orUnknown(err))
	}
	for dec.More() {
		var e entry
		if err := dec.Decode(&e); err != nil {
			return err
		}
		switch {
		case cvePattern.MatchString(e.CVEID):
			s.Kind = KEV
			s.Entries++
			d.exploited[e.CVEID] = exploitation{parseDay(e.DateAdded), strings.EqualFold(e.Ransomware, "known")}
		case e.CVE != nil && cvePattern.MatchString(e.CVE.ID):
			s.Kind = NVD
			s.Entries++
			d.vulnerability(e)
		}
	}
	_, err := dec.Token()
	return err
}

func orUnknown(err error) error {
	if err == nil {
		return ErrUnknown
	}
	return err
}

// vulnerability keeps one record of NVD if it is about a recognised product and was not withdrawn.
func (d *distiller) vulnerability(e entry) {
	if strings.EqualFold(e.CVE.Status, "Rejected") {
		return
	}
	v := Vulnerability{ID: e.CVE.ID}
	for _, c := range e.CVE.Configurations {
		for _, n := range c.Nodes {
			if n.Negate {
				continue
			}
			for _, m := range n.Matches {
				product, version, ok := splitCPE(m.Criteria)
				if !ok || !m.Vulnerable || !d.recognised[product] {
					continue
				}
				r := Range{Product: product, Version: version, From: m.From, After: m.After, To: m.To, Before: m.Before}
				v.Affects = append(v.Affects, r)
			}
		}
	}
	if len(v.Affects) == 0 {
		return
	}
	best := metric{}
	for _, list := range [][]metric{e.CVE.Metrics.V40, e.CVE.Metrics.V31, e.CVE.Metrics.V30, e.CVE.Metrics.V2} {
		for _, m := range list {
			if best.Data.Vector == "" || m.Type == "Primary" && best.Type != "Primary" {
				best = m
			}
		}
		if best.Data.Vector != "" {
			break // the newest standard that is given
		}
	}
	v.Score, v.Vector = best.Data.Score, best.Data.Vector
	d.byID[v.ID] = &v
}

// splitCPE reads a name of CPE 2.3 (NISTIR 7695, section 6.2): "cpe:2.3:a:vendor:product:version:update:…". The version is empty for any version;
// an update that is not "*" is joined to it. A name without version ("-") is refused: nothing can be compared with it.
func splitCPE(name string) (product, version string, ok bool) {
	fields := splitEscaped(name)
	if len(fields) < 7 || fields[0] != "cpe" || fields[1] != "2.3" || fields[5] == "-" {
		return "", "", false
	}
	version = strings.ReplaceAll(fields[5], `\`, "")
	if version == "*" {
		version = ""
	} else if u := fields[6]; u != "*" && u != "-" {
		version += u
	}
	return fields[3] + ":" + fields[4], version, true
}

// splitEscaped splits at colons that no backslash precedes.
func splitEscaped(s string) (list []string) {
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ':':
			list = append(list, s[start:i])
			start = i + 1
		}
	}
	return append(list, s[start:])
}

func parseDay(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// advisory is what CERT-FR publishes of one advisory.
type advisory struct {
	Reference string
	Title     string
	Revisions []struct {
		Date string `json:"revision_date"`
	}
	Affected []struct {
		Description string `json:"description"`
		Product     struct {
			Name   string `json:"name"`
			Vendor struct {
				Name string `json:"name"`
			} `json:"vendor"`
		} `json:"product"`
	}
	CVEs []struct {
		Name string `json:"name"`
	}
}

// field is where a key of the file goes, nil for keys of no use here.
func (a *advisory) field(key string) any {
	switch key {
	case "reference":
		return &a.Reference
	case "title":
		return &a.Title
	case "revisions":
		return &a.Revisions
	case "affected_systems":
		return &a.Affected
	case "cves":
		return &a.CVEs
	default:
		return nil
	}
}

// notice keeps what serves: the recognised products, the first date, the vulnerabilities.
func (a *advisory) notice(recognised map[string]bool) Notice {
	n := Notice{Reference: a.Reference, Title: a.Title, URL: "https://www.cert.ssi.gouv.fr/" + section(a.Reference) + "/" + a.Reference + "/"}
	for _, r := range a.Revisions {
		if day := parseDay(r.Date); !day.IsZero() && (n.Date.IsZero() || day.Before(n.Date)) {
			n.Date = day
		}
	}
	seen := map[string]bool{}
	for _, s := range a.Affected {
		p, ok := Lookup(s.Product.Name)
		if !ok {
			p, ok = Lookup(s.Product.Vendor.Name + " " + s.Product.Name)
		}
		if ok && recognised[p.CPE] && !seen[p.CPE] {
			seen[p.CPE] = true
			n.Products = append(n.Products, p.CPE)
		}
	}
	for _, c := range a.CVEs {
		if cvePattern.MatchString(c.Name) {
			n.CVEs = append(n.CVEs, c.Name)
		}
	}
	return n
}

// section is the part of CERT-FR's site where a reference is published, told by its middle letters.
func section(reference string) string {
	switch {
	case strings.Contains(reference, "-ALE-"):
		return "alerte"
	case strings.Contains(reference, "-ACT-"):
		return "actualite"
	case strings.Contains(reference, "-IOC-"):
		return "ioc"
	default:
		return "avis"
	}
}
