package foreign

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

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
	Scripts []nmapScript `xml:"hostscript>script"` // about the machine; those about files on a network do not say by which port they went
}

type nmapScript struct {
	ID     string      `xml:"id,attr"`
	Output string      `xml:"output,attr"`
	Tables []nmapTable `xml:"table"`
}

// nmapTable is what a script says in parts.
type nmapTable struct {
	Key    string      `xml:"key,attr"`
	Tables []nmapTable `xml:"table"`
	Words  []struct {
		Key  string `xml:"key,attr"`
		Text string `xml:",chardata"`
	} `xml:"elem"`
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
	at := func(port, transport string, s nmapScript) {
		r.Total++
		f := Finding{Tool: Nmap, Rule: s.ID, Title: s.ID, Description: strings.TrimSpace(s.Output), CVEs: distinct(cves.FindAllString(s.Output, -1)), Place: strings.TrimSpace(cmp.Or(host, address) + " " + port)}
		f.Asset, f.Endpoint = place(cmp.Or(host, address), address, port)
		if on, ok := strings.CutSuffix(f.Endpoint, "/tcp"); ok {
			f.Endpoint = on + "/" + transport
		}
		if s.ID == "ssl-enum-ciphers" {
			r.suites(f, s)
			return
		}
		r.keep(f, s.Output)
	}
	smb := ""
	for _, p := range h.Ports {
		if p.State.State != "open" {
			continue
		}
		if p.Protocol == "tcp" && (p.Number == "445" || p.Number == "139" && smb == "") {
			smb = p.Number
		}
		for _, s := range p.Scripts {
			at(p.Number, p.Protocol, s)
		}
	}
	for _, s := range h.Scripts {
		if strings.HasPrefix(s.ID, "smb") {
			at(smb, "tcp", s)
		} else {
			at("", "", s)
		}
	}
}

// weakSuites are the words that make a suite weak in its name.
var weakSuites = regexp.MustCompile(`_(NULL|anon|EXPORT|RC4|DES|3DES)_`)

// suites reads the list of versions and suites: each version, and each kind of weak suite, is a rule of its own.
func (r *Report) suites(f Finding, s nmapScript) {
	kinds := map[string][]string{}
	for _, version := range s.Tables {
		kinds[version.Key] = nil
		for _, list := range version.Tables {
			for _, suite := range list.Tables {
				for _, word := range suite.Words {
					if m := weakSuites.FindStringSubmatch(word.Text); word.Key == "name" && m != nil {
						kinds[m[1]] = append(kinds[m[1]], word.Text)
					}
				}
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		part := f
		part.Rule = f.Rule + ":" + kind
		part.Title, part.Description = part.Rule, strings.Join(distinct(kinds[kind]), "\n")
		r.keep(part, part.Description)
	}
}
