package foreign

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// nuclei is one line of nuclei's JSON.
type nuclei struct {
	Template string `json:"template-id"`
	Older    string `json:"templateID"` // before version 2.5
	Info     struct {
		Name           string `json:"name"`
		Severity       string `json:"severity"`
		Description    string `json:"description"`
		Remediation    string `json:"remediation"`
		Classification struct {
			CVE json.RawMessage `json:"cve-id"` // a list, or one word
		} `json:"classification"`
	} `json:"info"`
	Host    string    `json:"host"`
	Matched string    `json:"matched-at"`
	Before  string    `json:"matched"` // before version 2.5
	IP      string    `json:"ip"`
	Port    any       `json:"port"` // a word, or a number
	Matcher string    `json:"matcher-name"`
	Time    time.Time `json:"timestamp"`
}

// readNuclei reads nuclei's JSON: a line for each finding, or one list of them all. A line that is not one is left out and told.
func readNuclei(in io.Reader, list bool) (*Report, error) {
	report := &Report{Tool: Nuclei}
	var err error
	if list {
		err = report.nucleiList(in)
	} else {
		err = report.nucleiLines(in)
	}
	if err != nil {
		return report.cut("", err)
	}
	if len(report.Findings) == 0 && len(report.Problems) == report.Total && report.Total > 0 {
		return nil, ErrUnknown
	}
	return report, nil
}

func (r *Report) nucleiLines(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 16<<20)
	for n := 1; lines.Scan(); n++ {
		if text := bytes.TrimSpace(lines.Bytes()); len(text) > 0 {
			r.nuclei(text, strconv.Itoa(n))
		}
	}
	return lines.Err()
}

func (r *Report) nucleiList(in io.Reader) error {
	dec := json.NewDecoder(bufio.NewReader(in))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for n := 1; dec.More(); n++ {
		var entry json.RawMessage
		if err := dec.Decode(&entry); err != nil {
			return err
		}
		r.nuclei(entry, strconv.Itoa(n))
	}
	_, err := dec.Token() // a list that was cut has no end
	return err
}

// nuclei reads one finding.
func (r *Report) nuclei(text []byte, at string) {
	r.Total++
	var line nuclei
	if err := json.Unmarshal(text, &line); err != nil {
		r.Problems = append(r.Problems, Problem{at, BadEntry, err.Error()})
		return
	}
	rule := cmp.Or(line.Template, line.Older)
	if rule == "" {
		r.Problems = append(r.Problems, Problem{at, NoTitle, ""})
		return
	}
	if line.Matcher != "" {
		rule += ":" + line.Matcher
	}
	f := Finding{Tool: Nuclei, Rule: rule, Title: cmp.Or(line.Info.Name, rule), Word: line.Info.Severity, Description: line.Info.Description, Recommendation: line.Info.Remediation,
		CVEs: distinct(cves.FindAllString(strings.ToUpper(string(line.Info.Classification.CVE)), -1)), Seen: line.Time.UTC(), Place: at}
	var ok bool
	if f.Severity, ok = severityOf(line.Info.Severity, nil); !ok {
		r.Problems = append(r.Problems, Problem{at, NoSeverity, line.Info.Severity})
		return
	}
	port := ""
	if line.Port != nil {
		port = fmt.Sprint(line.Port)
	}
	f.Asset, f.Endpoint = place(cmp.Or(line.Host, line.Matched, line.Before), line.IP, port)
	r.keep(f, line.Info.Description)
}
