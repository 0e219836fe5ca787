package foreign

import (
	"bufio"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

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

// nmapHost is one host of nmap's XML.
type nmapHost struct {
	Addresses []struct {
		Addr string `xml:"addr,attr"`
		Type string `xml:"addrtype,attr"`
	} `xml:"address"`
	Names []struct {
		Name string `xml:"name,attr"`
	} `xml:"hostnames>hostname"`
	Ports []struct {
		Protocol string `xml:"protocol,attr"`
		Number   string `xml:"portid,attr"`
		State    struct {
			State string `xml:"state,attr"`
		} `xml:"state"`
		Scripts []nmapScript `xml:"script"`
	} `xml:"ports>port"`
}

type nmapScript struct {
	ID     string `xml:"id,attr"`
	Output string `xml:"output,attr"`
}

// readNmap reads the scripts of nmap's XML host by host. A file that was cut keeps the hosts before the cut.
func readNmap(in io.Reader) (*Report, error) {
	report := &Report{Tool: Nmap}
	dec := xml.NewDecoder(bufio.NewReader(in))
	nmap := false
	for n := 0; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if !nmap {
				return nil, ErrUnknown
			}
			return report.cut(fmt.Sprintf("byte %d", dec.InputOffset()), err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "nmaprun":
			nmap = true
		case "host":
			n++
			var h nmapHost
			if err := dec.DecodeElement(&h, &start); err != nil {
				return report.cut(fmt.Sprintf("host %d", n), err)
			}
			report.nmapHost(h)
		}
	}
	if !nmap {
		return nil, ErrUnknown
	}
	return report, nil
}

func (r *Report) nmapHost(h nmapHost) {
	host, address := "", ""
	for _, a := range h.Addresses {
		if a.Type != "mac" {
			address = cmp.Or(address, a.Addr)
		}
	}
	if len(h.Names) > 0 {
		host = h.Names[0].Name
	}
	for _, p := range h.Ports {
		if p.State.State != "open" {
			continue
		}
		for _, s := range p.Scripts {
			r.Total++
			f := Finding{Tool: Nmap, Rule: s.ID, Title: s.ID, Description: strings.TrimSpace(s.Output), Place: fmt.Sprintf("%s %s/%s", cmp.Or(host, address), p.Number, p.Protocol)}
			f.Asset, f.Endpoint = place(cmp.Or(host, address), address, p.Number)
			f.Endpoint = strings.TrimSuffix(f.Endpoint, "/tcp")
			if f.Endpoint != "" {
				f.Endpoint += "/" + p.Protocol
			}
			f.CVEs = distinct(cves.FindAllString(s.Output, -1))
			r.keep(f, s.Output)
		}
	}
}

// nuclei is one line of nuclei's JSON.
type nuclei struct {
	Template string `json:"template-id"`
	Info     struct {
		Name           string `json:"name"`
		Severity       string `json:"severity"`
		Description    string `json:"description"`
		Remediation    string `json:"remediation"`
		Classification struct {
			CVE []string `json:"cve-id"`
		} `json:"classification"`
	} `json:"info"`
	Host    string    `json:"host"`
	Matched string    `json:"matched-at"`
	IP      string    `json:"ip"`
	Port    string    `json:"port"`
	Matcher string    `json:"matcher-name"`
	Time    time.Time `json:"timestamp"`
}

// readNuclei reads nuclei's JSON lines. A line that is not one is left out and told.
func readNuclei(in io.Reader) (*Report, error) {
	report := &Report{Tool: Nuclei}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 16<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		at := strconv.Itoa(n)
		report.Total++
		var line nuclei
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			report.Problems = append(report.Problems, Problem{at, BadEntry, err.Error()})
			continue
		}
		if line.Template == "" {
			report.Problems = append(report.Problems, Problem{at, NoTitle, ""})
			continue
		}
		rule := line.Template
		if line.Matcher != "" {
			rule += ":" + line.Matcher
		}
		f := Finding{Tool: Nuclei, Rule: rule, Title: cmp.Or(line.Info.Name, rule), Word: line.Info.Severity, Description: line.Info.Description, Recommendation: line.Info.Remediation,
			CVEs: distinct(cves.FindAllString(strings.ToUpper(strings.Join(line.Info.Classification.CVE, " ")), -1)), Seen: line.Time.UTC(), Place: at}
		var ok bool
		if f.Severity, ok = severityOf(line.Info.Severity, nil); !ok {
			report.Problems = append(report.Problems, Problem{at, NoSeverity, line.Info.Severity})
			continue
		}
		f.Asset, f.Endpoint = place(cmp.Or(line.Host, line.Matched), line.IP, line.Port)
		report.keep(f, line.Info.Description)
	}
	if err := lines.Err(); err != nil {
		return report.cut("", err)
	}
	if len(report.Findings) == 0 && len(report.Problems) == report.Total && report.Total > 0 {
		return nil, ErrUnknown
	}
	return report, nil
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
