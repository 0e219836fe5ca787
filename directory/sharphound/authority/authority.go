// Package authority reads what SharpHound notes of certification authorities beside the directory: who may do what there, who may enrol for
// whom, and where they are reached by the web. Each function takes one list of the file, as JSON, and gives values of the attributes that
// [hygie/directory/model/entry] has for them. A list that is malformed is an error that says where in it.
package authority

import (
	"bytes"
	"fmt"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/internal/jsonscan"
	"hygie/directory/reading"
	"hygie/directory/secdesc"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sid"
)

// right gives a right over a certification authority (MS-CSRA 3.1.1.7) by its name, 0 for others. Whoever may rewrite the list may
// do all of it.
func right(name string) secdesc.Mask {
	const manage, certificates, enrol = 0x1, 0x2, 0x200
	switch name {
	case "ManageCA", "Owns", "WriteDacl", "WriteOwner", "GenericAll":
		return manage
	case "ManageCertificates":
		return certificates
	case "Enroll":
		return enrol
	}
	return 0
}

// Security makes a descriptor of a list of {"PrincipalSID": …, "RightName": …} (MS-CSRA 3.1.1.7).
func Security(raw []byte) ([]byte, error) {
	s := jsonscan.New(raw)
	spec := secdesc.Spec{Owner: sid.Administrators, DACL: secdesc.ListDACL}
	s.Take('[')
	for first := true; s.Next(&first, ']'); {
		if v := s.Scalar(); v.Kind != '{' {
			return nil, reading.Cause("element_shape", "at", s.Pos())
		}
		s.Pass(1)
		var who, name []byte
		for first := true; s.Next(&first, '}'); {
			switch string(s.Key()) {
			case "PrincipalSID":
				who = s.Plain()
			case "RightName":
				name = s.Plain()
			default:
				s.Skip()
			}
		}
		trustee, ok := rights.SIDOf(who)
		if mask := right(string(name)); ok && mask != 0 {
			spec.Entries = append(spec.Entries, secdesc.ACE{Type: secdesc.AccessAllowed, Mask: mask, Trustee: trustee})
		}
	}
	if s.Err != nil {
		return nil, s.Err
	}
	return secdesc.Build(spec)
}

// eachObject visits the members of the objects of a list; any other element is a fault. What follows the members of an object is done by end.
func eachObject(raw []byte, member func(s *jsonscan.Scanner, name string), end func() error) error {
	s := jsonscan.New(raw)
	s.Take('[')
	for first := true; s.Next(&first, ']'); {
		if v := s.Scalar(); v.Kind != '{' {
			return reading.Cause("element_shape", "at", s.Pos())
		}
		s.Pass(1)
		for first := true; s.Next(&first, '}'); {
			member(s, string(s.Key()))
		}
		if s.Err != nil {
			return s.Err
		}
		if err := end(); err != nil {
			return err
		}
	}
	return s.Err
}

// identifierIn reads {"ObjectIdentifier": …}, nil for anything else.
func identifierIn(s *jsonscan.Scanner) (id []byte) {
	v := s.Scalar()
	switch v.Kind {
	case '[':
		s.Skip()
	case '{':
		s.Pass(1)
		for first := true; s.Next(&first, '}'); {
			if string(s.Key()) == "ObjectIdentifier" {
				id = bytes.Clone(s.Plain())
			} else {
				s.Skip()
			}
		}
	}
	return id
}

// maxTargets bounds the targets of one restriction that are kept.
const maxTargets = 1000

// Agents makes values of modelentry.AuthorityAgents of a list of {"AccessType": …, "Agent": {…}, "Targets": […], "Template": {…}, "AllTemplates": …}
// (docs/formats/directory-inputs.md, SharpHound). Agents and templates that the collector could not name are left out with their restriction.
func Agents(raw []byte) ([][]byte, error) {
	var out [][]byte
	var kind, agent, template string
	var targets []string
	all := false
	reset := func() { kind, agent, template, targets, all = "", "", "", nil, false }
	principal := func(s *jsonscan.Scanner) string {
		if who, ok := rights.SIDOf(identifierIn(s)); ok {
			return who.String()
		}
		return ""
	}
	member := func(s *jsonscan.Scanner, name string) {
		switch name {
		case "AccessType":
			kind = string(s.Plain())
		case "Agent":
			agent = principal(s)
		case "Template":
			if id, err := guid.Parse(string(identifierIn(s))); err == nil {
				template = id.String()
			}
		case "AllTemplates":
			all, _ = s.Flag()
		case "Targets":
			if v := s.Scalar(); v.Kind != '[' {
				if v.Kind == '{' {
					s.Skip()
				}
				return
			}
			s.Pass(1)
			for first := true; s.Next(&first, ']'); {
				if who := principal(s); who != "" && len(targets) < maxTargets {
					targets = append(targets, who)
				}
			}
		default:
			s.Skip()
		}
	}
	err := eachObject(raw, member, func() error {
		defer reset()
		if all {
			template = "*"
		}
		word := "allow"
		if strings.Contains(kind, "Denied") {
			word = "deny"
		}
		if agent != "" && template != "" && len(targets) > 0 {
			out = append(out, fmt.Appendf(nil, "%s %s %s %s", word, agent, template, strings.Join(targets, ",")))
		}
		return nil
	})
	return out, err
}

// Addresses makes values of modelentry.AuthorityWeb of a list of {"Result": {"Url": …, "Status": …}, "Collected": …}
// (docs/formats/directory-inputs.md, SharpHound). The status is that of the collector's own scan, by number or by name; earlier collectors gave three
// truth values in its place.
func Addresses(raw []byte) ([][]byte, error) {
	var out [][]byte
	var e endpoint
	read := func(s *jsonscan.Scanner, name string) {
		switch name {
		case "Collected":
			e.asked, _ = s.Flag()
		case "Result":
			if v := s.Scalar(); v.Kind != '{' {
				if v.Kind == '[' {
					s.Skip()
				}
				return
			}
			s.Pass(1)
			for first := true; s.Next(&first, '}'); {
				e.member(s, string(s.Key()))
			}
		default:
			e.member(s, name)
		}
	}
	err := eachObject(raw, read, func() error {
		if e.url != "" {
			out = append(out, []byte(e.state()+" "+e.url))
		}
		e = endpoint{}
		return nil
	})
	return out, err
}

// endpoint is one address as a collector found it.
type endpoint struct {
	url                 string
	asked               bool
	status              jsonscan.Value
	http, https, guards bool // the earlier form: takes HTTP, takes HTTPS, asks for channel binding
	earlier             bool
}

func (e *endpoint) member(s *jsonscan.Scanner, name string) {
	switch name {
	case "Url":
		e.url = strings.Join(strings.Fields(string(s.Plain())), "%20")
	case "Status":
		e.status = s.Scalar()
		e.status.Raw = bytes.Clone(e.status.Raw)
		if e.status.Kind == '[' || e.status.Kind == '{' {
			s.Skip()
		}
	case "ADCSWebEnrollmentHTTP":
		e.http, e.earlier = s.Flag()
	case "ADCSWebEnrollmentHTTPS":
		e.https, e.earlier = s.Flag()
	case "ADCSWebEnrollmentEPA", "ADCSWebEnrollmentHTTPSEPA":
		e.guards, e.earlier = s.Flag()
	default:
		s.Skip()
	}
}

// state tells whether a relayed authentication is taken at the address.
func (e *endpoint) state() string {
	const firstClosed, failed = 0x100, 0xffff // CAEnrollmentEndpointScanResult of the collector
	relayable := func(yes bool) string {
		if yes {
			return "relayable"
		}
		return "closed"
	}
	n, isNumber := e.status.Integer()
	name := string(e.status.Raw)
	switch {
	case !e.asked:
	case isNumber && n != failed:
		return relayable(n >= 0 && n < firstClosed)
	case e.status.Kind == 's' && strings.HasPrefix(name, "Vulnerable_"):
		return relayable(true)
	case e.status.Kind == 's' && strings.HasPrefix(name, "NotVulnerable_"):
		return relayable(false)
	case e.earlier:
		return relayable(e.http || e.https && !e.guards)
	}
	return "unknown"
}
