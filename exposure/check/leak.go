package check

import (
	"fmt"
	"time"

	"hygie/exposure/observe"
)

// Leak is a list of accounts found in a data leak, as someone gave it to the establishment. Addresses are never kept: only how many of
// each declared domain, and keyed digests by which two lists can be compared.
type Leak struct {
	Domain   string    `json:"domain"`
	Source   string    `json:"source"`
	Date     time.Time `json:"date"`     // of the leak, zero when unknown
	Accounts []string  `json:"accounts"` // HMAC-SHA-256 of each address, hexadecimal, sorted
}

// leakChecks decide on imported lists of leaked accounts. Nothing is looked for outside.
func leakChecks() []Record {
	return []Record{{ID: "FUI-01", Family: "leak", Severity: Major, Source: ours, Effort: "S", Owner: "system", Decide: accountsLeaked}}
}

// accountsLeaked gives one finding for each list that names accounts of a declared domain.
func accountsLeaked(r *observe.Run, s Settings) Outcome {
	var o Outcome
	for _, d := range r.Domains {
		found := false
		for _, leak := range s.Leaks {
			if leak.Domain != d.Name || len(leak.Accounts) == 0 {
				continue
			}
			found = true
			f := Found{Asset: d.Name, Key: leak.Source, Severity: Major, Confidence: Declared, Params: map[string]string{"count": fmt.Sprint(len(leak.Accounts)), "source": leak.Source}}
			f.Evidence = []string{fmt.Sprintf("%s: %d", leak.Source, len(leak.Accounts))}
			if !leak.Date.IsZero() {
				f.Variant, f.Params["date"] = "dated", leak.Date.Format(time.DateOnly)
			}
			o.Found = append(o.Found, f)
		}
		switch {
		case found:
		case s.Leaks == nil:
			o.Unknown = append(o.Unknown, Undecided{d.Name, "no_data"})
		default:
			o.Passed = append(o.Passed, d.Name)
		}
	}
	return o
}
