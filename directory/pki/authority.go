package pki

import (
	"iter"
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Answer is what is known of a setting (docs/formats/directory-inputs.md, Settings of a certification authority).
type Answer uint8

// The answers (docs/formats/directory-inputs.md, Settings of a certification authority).
const (
	Unknown Answer = iota
	No
	Yes
)

func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// Authority is what counts of a certification authority: an object of class pKIEnrollmentService and the settings of its machine (MS-WCCE 2.2.2.11).
type Authority struct {
	ID             model.ID
	TakesNames     Answer              // it takes the name that a request adds (EDITF_ATTRIBUTESUBJECTALTNAME2)
	LeavesSIDOut   Answer              // its certificates never carry the SID of their holder (DisableExtensionList)
	TakesPlain     Answer              // it takes requests over RPC that are not encrypted (no IF_ENFORCEENCRYPTICERTREQUEST)
	SeparatesRoles Answer              // it refuses both roles to whoever holds the two (RoleSeparationEnabled)
	BorrowedKey    Answer              // its key is in a module that a session on the machine is enough to use
	Addresses      []Address           // where it takes requests over HTTP, as far as somebody looked
	AgentRules     []AgentRule         // who may ask in the name of others, and of whom; empty: anybody who holds the certificate, as far as is known
	Security       *secdesc.Descriptor // the rights over the authority itself (MS-CSRA 3.1.1.7); nil: not read
}

// Rights over an authority itself, kept in its registry (MS-CSRA 3.1.1.7).
const (
	Administer         secdesc.Mask = 0x1
	ManageCertificates secdesc.Mask = 0x2
	Enrol              secdesc.Mask = 0x200
)

// Bits of InterfaceFlags (MS-WCCE 3.2.1.1.4).
const (
	noRPC          = 0x8   // IF_NORPCICERTREQUEST
	encryptionOnly = 0x200 // IF_ENFORCEENCRYPTICERTREQUEST
)

// securityExtension is szOID_NTDS_CA_SECURITY_EXT, which carries the SID of the holder (MS-WCCE 2.2.2.7.7.4).
const securityExtension = "1.3.6.1.4.1.311.25.2"

// ReadAuthority reads an object of class pKIEnrollmentService (MS-WCCE 2.2.2.11).
func ReadAuthority(d *model.Directory, id model.ID) Authority {
	a := Authority{ID: id, TakesNames: truth(d, id, entry.AuthorityTakesNames), SeparatesRoles: truth(d, id, entry.AuthoritySeparatesRoles)}
	if list := d.Texts(id, entry.AuthorityLeavesOut); len(list) > 0 {
		a.LeavesSIDOut = answer(slices.Contains(list, securityExtension))
	}
	if flags, ok := d.Int(id, entry.AuthorityInterfaceFlags); ok {
		a.TakesPlain = answer(flags&(encryptionOnly|noRPC) == 0)
	}
	if provider, ok := d.Text(id, entry.AuthorityKeyProvider); ok {
		// The module of Yubico asks for a password that the registry of the machine holds.
		a.BorrowedKey = answer(strings.Contains(strings.ToLower(provider), "yubihsm"))
	}
	for _, text := range d.Texts(id, entry.AuthorityWeb) {
		state, url, _ := strings.Cut(text, " ")
		a.Addresses = append(a.Addresses, Address{URL: url, Relayable: map[string]Answer{"relayable": Yes, "closed": No}[state]})
	}
	for _, text := range d.Texts(id, entry.AuthorityAgents) {
		if rule, ok := readAgentRule(text); ok {
			a.AgentRules = append(a.AgentRules, rule)
		}
	}
	if raw, ok := d.Value(id, entry.AuthoritySecurity); ok {
		if sd, err := secdesc.Parse(raw); err == nil && sd.DACL() == secdesc.ListDACL {
			a.Security = &sd
		}
	}
	return a
}

func truth(d *model.Directory, id model.ID, attribute string) Answer {
	text, ok := d.Text(id, attribute)
	if !ok {
		return Unknown
	}
	return answer(strings.EqualFold(text, "TRUE"))
}

// Holders gives the entries of the authority's own rights that give one of them to their trustee, denials counted. Whoever would hold the
// two roles of an authority that separates them is refused both.
func (a *Authority) Holders(right secdesc.Mask, holds func(trustee, other sid.SID) bool) iter.Seq[secdesc.ACE] {
	return func(yield func(secdesc.ACE) bool) {
		if a.Security == nil {
			return
		}
		for e := range a.Security.Entries() {
			granted := func(m secdesc.Mask) bool {
				who := control.Subject{Holds: func(s sid.SID) bool { return holds(e.Trustee, s) }}
				return control.Check(a.Security, who, control.Request{Mask: m}).Granted
			}
			if e.Kind() != secdesc.Allow || e.Mask&right == 0 || !granted(right) {
				continue
			}
			if a.SeparatesRoles == Yes && right != Enrol && granted(Administer) && granted(ManageCertificates) {
				continue
			}
			if !yield(e) {
				return
			}
		}
	}
}

// Address is a place where requests are made over HTTP (docs/formats/directory-inputs.md, Settings of a certification authority).
type Address struct {
	URL       string
	Relayable Answer // it takes an authentication that somebody relays (ESC8)
}

// Relayed gives the first address that takes a relayed authentication, or "RPC" when the authority takes requests that are not
// encrypted; false when neither is known to be so.
func (a *Authority) Relayed() (string, bool) {
	for _, at := range a.Addresses {
		if at.Relayable == Yes {
			return at.URL, true
		}
	}
	return "RPC", a.TakesPlain == Yes
}

// AgentRule says in whose name an enrolment agent may ask for certificates (MS-CSRA 3.1.1.7).
type AgentRule struct {
	Allow    bool
	Agent    sid.SID
	Template guid.GUID // zero: every template
	For      []sid.SID
}

// readAgentRule reads a value of entry.AuthorityAgents.
func readAgentRule(text string) (AgentRule, bool) {
	var r AgentRule
	part := strings.Fields(text)
	if len(part) != 4 || part[0] != "allow" && part[0] != "deny" {
		return r, false
	}
	r.Allow = part[0] == "allow"
	var err error
	if r.Agent, err = sid.Parse(part[1]); err != nil {
		return r, false
	}
	if part[2] != "*" {
		if r.Template, err = guid.Parse(part[2]); err != nil {
			return r, false
		}
	}
	for each := range strings.SplitSeq(part[3], ",") {
		target, err := sid.Parse(each)
		if err != nil {
			return r, false
		}
		r.For = append(r.For, target)
	}
	return r, true
}

// Covers tells whether a rule speaks of a template.
func (r AgentRule) Covers(template guid.GUID) bool {
	return r.Template.IsZero() || r.Template == template
}

// Restricted tells whether the authority names its enrolment agents: then nobody else is one there.
func (a *Authority) Restricted() bool { return len(a.AgentRules) > 0 }

// Agents gives the rules that let an agent ask for certificates of a template; those that a denial to the same agent voids are left out.
func (a *Authority) Agents(template guid.GUID, holds func(trustee, other sid.SID) bool) []AgentRule {
	return slices.DeleteFunc(slices.Clone(a.AgentRules), func(r AgentRule) bool {
		return !r.Allow || !r.Covers(template) || slices.ContainsFunc(a.AgentRules, func(no AgentRule) bool {
			return !no.Allow && no.Covers(template) && holds(r.Agent, no.Agent)
		})
	})
}

// Certificates gives the certificates of an object, or the digests that some sources give in their place (RFC 5280 4.1).
func Certificates(d *model.Directory, id model.ID) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, attribute := range []string{"cACertificate", entry.CertificateThumbprint} {
			for v := range d.Values(id, attribute) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Believed tells whether one of an authority's certificates is among those whose subjects may sign in: those of NTAuthCertificates,
// as text (MS-WCCE 2.2.2.11).
func Believed(d *model.Directory, authority model.ID, trusted map[string]bool) bool {
	for v := range Certificates(d, authority) {
		if trusted[string(v)] {
			return true
		}
	}
	return false
}
