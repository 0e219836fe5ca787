package pingcastle

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Scores is what a report says in figures. PingCastle counts from 0, the best, to 100; the whole is the worst of its parts. They are its own
// measure: no level of the ANSSI follows from them.
type Scores struct {
	Domain     string // DNS name, in lower case
	At         time.Time
	Global     int
	Stale      int // stale objects
	Privileged int // privileged accounts
	Trusts     int
	Anomalies  int
	Maturity   int // from 1 to 5, the best; 0 when the report gives none
}

// ReadScores reads the scores of a report, and nothing else of it (docs/formats/directory-inputs.md, PingCastle). A report without a domain, a date
// or a global score is refused.
func ReadScores(in io.Reader, o Options) (Scores, error) {
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	r, err := parse(xml.NewDecoder(decode(&limited{in, o.Bytes})))
	if err != nil {
		return Scores{}, fmt.Errorf("read scores of %s: %w", o.Name, err)
	}
	s := Scores{Domain: strings.ToLower(r.values["DomainFQDN"])}
	if s.Domain == "" {
		return s, fmt.Errorf("read scores of %s: %w", o.Name, errDomain)
	}
	if s.At, err = time.Parse(time.RFC3339Nano, r.values["GenerationDate"]); err != nil {
		if s.At, err = time.Parse("2006-01-02T15:04:05.999999999", r.values["GenerationDate"]); err != nil {
			return s, fmt.Errorf("read scores of %s: its date: %w", o.Name, err)
		}
	}
	for name, into := range map[string]*int{"GlobalScore": &s.Global, "StaleObjectsScore": &s.Stale, "PrivilegiedGroupScore": &s.Privileged, "TrustScore": &s.Trusts, "AnomalyScore": &s.Anomalies, "MaturityLevel": &s.Maturity} {
		text := r.values[name]
		if text == "" && name != "GlobalScore" {
			continue
		}
		most := 100
		if name == "MaturityLevel" {
			most = 5
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > most {
			return s, fmt.Errorf("read scores of %s: %s is %q, not a number up to %d", o.Name, name, text, most)
		}
		*into = n
	}
	return s, nil
}
