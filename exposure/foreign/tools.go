package foreign

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"hygie/exposure/check"
)

// testssl is one line of testssl.sh's JSON.
type testssl struct {
	ID       string `json:"id"`
	IP       string `json:"ip"` // "name/address"
	Port     string `json:"port"`
	Severity string `json:"severity"`
	CVE      string `json:"cve"`
	Finding  string `json:"finding"`
}

// readTestSSL reads both forms of testssl.sh's JSON: the flat list, and the one by target with its sections.
func readTestSSL(in io.Reader) (*Report, error) {
	report := &Report{Tool: TestSSL}
	dec := json.NewDecoder(bufio.NewReader(in))
	token, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	if token == json.Delim('[') {
		for i := 1; dec.More(); i++ {
			var line testssl
			if err := dec.Decode(&line); err != nil {
				return report.cut(fmt.Sprintf("%d", i), err)
			}
			report.testssl(line, strconv.Itoa(i))
		}
		return report, nil
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return report.cut("", err)
		}
		if key != "scanResult" {
			var ignored json.RawMessage
			if err := dec.Decode(&ignored); err != nil {
				return report.cut(fmt.Sprint(key), err)
			}
			continue
		}
		var targets []map[string]json.RawMessage
		if err := dec.Decode(&targets); err != nil {
			return report.cut("scanResult", err)
		}
		for _, t := range targets {
			report.testsslTarget(t)
		}
	}
	return report, nil
}

// testsslTarget reads the sections of one target: each is a list of lines that do not repeat the host.
func (r *Report) testsslTarget(t map[string]json.RawMessage) {
	text := func(key string) (s string) {
		json.Unmarshal(t[key], &s) // a missing or odd field is empty
		return s
	}
	for section, raw := range t {
		var lines []testssl
		if json.Unmarshal(raw, &lines) != nil {
			continue
		}
		for i, line := range lines {
			line.IP, line.Port = text("targetHost")+"/"+text("ip"), text("port")
			r.testssl(line, fmt.Sprintf("%s %d", section, i+1))
		}
	}
}

// testssl keeps a line that says something is wrong. WARN and DEBUG are about the scan itself.
func (r *Report) testssl(line testssl, at string) {
	r.Total++
	var severity check.Severity
	switch strings.ToUpper(line.Severity) {
	case "CRITICAL", "HIGH", "MEDIUM", "LOW":
		severity, _ = severityOf(line.Severity, nil)
	default:
		return
	}
	host, address, _ := strings.Cut(line.IP, "/")
	f := Finding{Tool: TestSSL, Rule: line.ID, Title: line.ID + ": " + line.Finding, Severity: severity, Word: line.Severity, CVEs: distinct(cves.FindAllString(line.CVE, -1)), Place: at}
	f.Asset, f.Endpoint = place(host, address, line.Port)
	r.keep(f, line.Finding)
}

// keep files a finding under our check when the table of rules knows it, and leaves out what names no host or says nothing is wrong.
func (r *Report) keep(f Finding, output string) {
	known, says := lookup(f.Tool, f.Rule, output)
	if says {
		f.Check, f.Severity = known.check, cmp.Or(known.severity, f.Severity)
	}
	if f.Severity == "" {
		return // a script that only describes
	}
	if f.Asset == "" {
		r.Problems = append(r.Problems, Problem{f.Place, NoAsset, f.Title})
		return
	}
	f.Word = cmp.Or(f.Word, string(f.Severity))
	r.Findings = append(r.Findings, f)
}

// cut keeps what was read before a fault and says where the file ends.
func (r *Report) cut(at string, err error) (*Report, error) {
	if r.Total == 0 {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	r.Problems = append(r.Problems, Problem{at, Cut, err.Error()})
	return r, nil
}
