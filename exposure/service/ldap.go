package service

import (
	"slices"
	"strings"
)

// Directory is what a directory says of itself before anyone signs in.
type Directory struct {
	Contexts []string `json:"contexts,omitempty"` // naming contexts, sorted
	Domain   string   `json:"domain,omitempty"`   // default naming context of an Active Directory
	Host     string   `json:"host,omitempty"`     // dnsHostName
	Global   bool     `json:"global,omitempty"`   // serves the global catalogue
	Realm    string   `json:"realm,omitempty"`    // Kerberos
	Read     Answer   `json:"read,omitzero"`      // a stranger may read an entry below the root
}

func protocolLDAP() protocol {
	return protocol{name: "ldap", ports: []uint16{389, 3268}, tls: []uint16{636, 3269}, play: playLDAP}
}

// Scopes and results of LDAP (RFC 4511 4.5.1, appendix A).
const (
	scopeBase  = 0
	scopeOne   = 1
	successful = 0
	sizeLimit  = 4
)

// ldapSearch asks for entries that have an object class (RFC 4511 4.5.1), at most limit of them.
func ldapSearch(id int64, base string, scope, limit int64, attributes ...string) []byte {
	var list []byte
	for _, a := range attributes {
		list = append(list, put(4, []byte(a))...)
	}
	enumerated := func(n int64) []byte { b := putInt(n); b[0] = 10; return b }
	search := put(0x63, put(4, []byte(base)), enumerated(scope), enumerated(0), putInt(limit), putInt(5), put(1, []byte{0}),
		put(0x87, []byte("objectClass")), put(0x30, list))
	return put(0x30, putInt(id), search)
}

// ldapReply is what one search brought back.
type ldapReply struct {
	done       bool
	result     int64
	names      []string
	attributes map[string][]string // of the first entry, names in lower case
}

// parseLDAP reads the messages of one search (RFC 4511 4.1.1), as far as they go.
func parseLDAP(b []byte) (ldapReply, error) {
	r := ldapReply{attributes: map[string][]string{}}
	for count := 0; len(b) > 0 && count < 100; count++ {
		message, rest, err := readBER(b)
		if err != nil {
			return r, err
		}
		b = rest
		parts, err := message.children()
		if err != nil || message.tag != 0x30 || len(parts) < 2 || parts[0].tag != 2 {
			return r, errOther
		}
		fields, err := parts[1].children()
		if err != nil || len(fields) == 0 {
			return r, errOther
		}
		switch parts[1].tag {
		case 0x64: // an entry
			r.names = append(r.names, clean(string(fields[0].value)))
			if len(r.names) == 1 && len(fields) > 1 {
				r.entry(fields[1])
			}
		case 0x65, 0x61: // the end of the search, or of a bind
			r.done, r.result = true, fields[0].number()
			return r, nil
		case 0x73: // a reference elsewhere
		default:
			return r, errOther
		}
	}
	return r, nil
}

func (r *ldapReply) entry(list ber) {
	attributes, err := list.children()
	if err != nil {
		return
	}
	for _, a := range attributes {
		pair, err := a.children()
		if err != nil || len(pair) != 2 {
			continue
		}
		values, err := pair[1].children()
		if err != nil {
			continue
		}
		name := strings.ToLower(clean(string(pair[0].value)))
		for _, v := range values[:min(len(values), 50)] {
			r.attributes[name] = append(r.attributes[name], clean(string(v.value)))
		}
	}
}

// first is the first value of an attribute.
func (r ldapReply) first(name string) string {
	if v := r.attributes[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

var rootAttributes = []string{
	"namingContexts", "defaultNamingContext", "dnsHostName", "isGlobalCatalogReady", "vendorName", "vendorVersion", "supportedExtension",
}

func wholeSearch(b []byte) bool {
	r, err := parseLDAP(b)
	return r.done || err == errOther
}

// playLDAP reads the root entry, which every directory gives to anyone (RFC 4512 5.1), then asks for the name of one entry below it, without any of
// its attributes: an answer means that strangers may read.
func playLDAP(s *session) (bool, error) {
	got, err := s.ask(ldapSearch(1, "", scopeBase, 1, rootAttributes...), wholeSearch)
	if err != nil {
		return false, err
	}
	root, err := parseLDAP(got)
	if err != nil || !root.done {
		return false, errOther
	}
	s.facts.recognised("ldap", ByAnswer)
	d := directoryOf(root)
	s.facts.Directory = d
	s.facts.Product, s.facts.Version = root.first("vendorname"), root.first("vendorversion")
	if d.Domain != "" && s.facts.Product == "" {
		s.facts.Product = "Active Directory"
	}
	s.facts.seen("rootDSE: result %d, namingContexts %s", root.result, strings.Join(d.Contexts, " ; "))
	if !s.inTLS {
		s.facts.Encrypts = no("StartTLS is not among supportedExtension")
		if slices.Contains(root.attributes["supportedextension"], "1.3.6.1.4.1.1466.20037") {
			s.facts.Encrypts = yes("StartTLS is among supportedExtension")
		}
	}
	d.Read = s.ldapRead(d)
	s.facts.Stranger = d.Read
	s.facts.seen("search without an account: %s, %s", d.Read.Is, d.Read.Why)
	return true, nil
}

func directoryOf(root ldapReply) *Directory {
	d := &Directory{Contexts: slices.Sorted(slices.Values(root.attributes["namingcontexts"])), Domain: root.first("defaultnamingcontext"), Host: root.first("dnshostname")}
	d.Global = strings.EqualFold(root.first("isglobalcatalogready"), "true")
	return d
}

func (s *session) ldapRead(d *Directory) Answer {
	base := d.Domain
	if base == "" && len(d.Contexts) > 0 {
		base = d.Contexts[0]
	}
	if base == "" {
		return unknown("the root entry names no context")
	}
	got, err := s.ask(ldapSearch(2, base, scopeOne, 1, "1.1"), wholeSearch)
	if err != nil {
		return unknown("%v", err)
	}
	reply, err := parseLDAP(got)
	switch {
	case err != nil:
		return unknown("%v", err)
	case len(reply.names) > 0:
		return yes("one entry below %s was named", base)
	case reply.done && reply.result == successful, reply.done && reply.result == sizeLimit:
		return unknown("the search succeeded and named nothing: rights or an empty branch")
	case reply.done:
		return no("search below %s: result %d", base, reply.result)
	}
	return unknown("the answer is cut short")
}

// playCLDAP asks a Windows domain controller for its root entry by UDP (MS-ADTS 6.3.3, without a filter): what it answers is many times longer.
func playCLDAP(s *session) (bool, error) {
	question := ldapSearch(1, "", scopeBase, 0)
	answers, err := s.datagram(question, 4)
	if err != nil {
		return false, err
	}
	root, err := parseLDAP(slices.Concat(answers...))
	if err != nil {
		return false, err
	}
	if !root.done && len(root.names) == 0 {
		return false, errShort
	}
	s.facts.Directory = directoryOf(root)
	s.facts.reflect("CLDAP rootDSE", question, answers)
	s.facts.seen("CLDAP rootDSE: %s %s", s.facts.Directory.Domain, s.facts.Directory.Host)
	return true, nil
}

func protocolKerberos() protocol {
	return protocol{name: "kerberos", ports: []uint16{88}, play: playKerberos}
}

// kerberosAsk is an AS-REQ for an account that does not exist in a realm that does not either (RFC 4120 5.4.1): whoever answers is a KDC.
func kerberosAsk() []byte {
	name := func(kind int64, parts ...string) []byte {
		var list []byte
		for _, p := range parts {
			list = append(list, put(0x1b, []byte(p))...)
		}
		return put(0x30, put(0xa0, putInt(kind)), put(0xa1, put(0x30, list)))
	}
	const realm = "HYGIE.INVALID"
	body := put(0x30,
		put(0xa0, put(3, []byte{0, 0x50, 0x80, 0, 0x10})),
		put(0xa1, name(1, "hygie-audit")),
		put(0xa2, put(0x1b, []byte(realm))),
		put(0xa3, name(2, "krbtgt", realm)),
		put(0xa5, put(0x18, []byte("20370913024805Z"))),
		put(0xa7, putInt(1)),
		put(0xa8, put(0x30, putInt(18), putInt(17), putInt(23))))
	return put(0x6a, put(0x30, put(0xa1, putInt(5)), put(0xa2, putInt(10)), put(0xa4, body)))
}

// parseKerberos reads a KRB-ERROR (RFC 4120 5.9.1): its code and the realm that answers.
func parseKerberos(b []byte) (code int64, realm string, err error) {
	e, _, err := readBER(b)
	if err != nil {
		return 0, "", err
	}
	if e.tag != 0x7e {
		return 0, "", errOther
	}
	sequence, _, err := readBER(e.value)
	if err != nil {
		return 0, "", err
	}
	fields, err := sequence.children()
	if err != nil {
		return 0, "", err
	}
	code = -1
	for _, f := range fields {
		inner, _, err := readBER(f.value)
		if err != nil {
			return 0, "", err
		}
		switch f.tag {
		case 0xa6:
			code = inner.number()
		case 0xa9:
			realm = clean(string(inner.value))
		}
	}
	return code, realm, nil
}

func playKerberos(s *session) (bool, error) {
	question := kerberosAsk()
	framed := append([]byte{0, 0, byte(len(question) >> 8), byte(len(question))}, question...)
	got, err := s.ask(framed, lengthAt(0, 4, 4))
	if err != nil {
		return false, err
	}
	if len(got) < 4 {
		return false, errShort
	}
	return s.kerberosAnswer(got[4:])
}

func playKerberosUDP(s *session) (bool, error) {
	answers, err := s.datagram(kerberosAsk(), 1)
	if err != nil {
		return false, err
	}
	return s.kerberosAnswer(answers[0])
}

func (s *session) kerberosAnswer(b []byte) (bool, error) {
	code, realm, err := parseKerberos(b)
	if err != nil {
		return false, err
	}
	s.facts.recognised("kerberos", ByAnswer)
	s.facts.Directory = &Directory{Realm: realm}
	s.facts.seen("KRB-ERROR %d, realm %s", code, realm)
	return true, nil
}
