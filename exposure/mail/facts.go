// Package mail reads what a domain publishes about its mail: exchangers, SPF, DMARC, DKIM, MTA-STS, TLS reports, DANE, BIMI; and
// what its servers say before anybody has signed in.
//
//	facts, err := mail.Probe(ctx, client, "example.org", mail.Options{Selectors: []string{"s1"}})
//	session, err := mail.Talk(ctx, dialer, target, mail.SMTP)
//
// What is published is read by its current rules: SPF by RFC 7208, DMARC by RFC 9989, DKIM by RFC 6376, MTA-STS by RFC 8461. A record that
// could not be looked up is unknown, with the reason, and never absent. No message is ever sent.
package mail

import (
	"net/netip"
	"slices"

	"hygie/exposure/dns"
)

// Facts is what one domain publishes about its mail, without opinion.
type Facts struct {
	Domain  string      `json:"domain"`
	Outcome dns.Outcome `json:"outcome,omitempty"` // NoName for a domain that does not exist
	MX      MX          `json:"mx"`
	SPF     SPF         `json:"spf"`
	DMARC   DMARC       `json:"dmarc"`
	DKIM    []DKIM      `json:"dkim,omitempty"` // declared selectors, sorted
	STS     STS         `json:"mta_sts"`
	Reports Record      `json:"tls_rpt"` // RFC 8460
	Brand   Record      `json:"bimi"`    // default._bimi
}

// MX is where mail of the domain goes.
type MX struct {
	Hosts   []Exchanger `json:"hosts,omitempty"`   // by preference, then name
	Null    bool        `json:"null,omitempty"`    // the domain says that it takes no mail (RFC 7505)
	Implied bool        `json:"implied,omitempty"` // no MX: the domain's own address takes mail (RFC 5321 section 5.1)
	Secure  bool        `json:"secure,omitempty"`  // the answer was proven by DNSSEC
	Unknown string      `json:"unknown,omitempty"`
}

// Takes tells whether mail can be delivered to the domain at all. It is meaningless while the exchangers are unknown.
func (m MX) Takes() bool { return len(m.Hosts) > 0 && !m.Null || m.Implied }

// Exchanger is one mail exchanger.
type Exchanger struct {
	Host       string       `json:"host"`
	Preference uint16       `json:"preference"`
	Addresses  []netip.Addr `json:"addresses,omitempty"`
	Alias      string       `json:"alias,omitempty"` // its name is an alias, which RFC 5321 section 5.1 forbids
	TLSA       []TLSA       `json:"tlsa,omitempty"`  // at port 25 (RFC 7672)
	DANE       string       `json:"dane,omitempty"`  // "secure", "insecure" (records that nobody may believe), "none", "unknown"
	Unknown    string       `json:"unknown,omitempty"`
}

// TLSA is one record of DANE (RFC 6698 section 2.1).
type TLSA struct {
	Usage    uint8  `json:"usage"`
	Selector uint8  `json:"selector"`
	Matching uint8  `json:"matching"`
	Data     string `json:"data"` // hexadecimal
}

// Record is one text record that stands for a whole function.
type Record struct {
	Text    string            `json:"text,omitempty"` // as published; empty if there is none
	Tags    map[string]string `json:"tags,omitempty"`
	Fault   string            `json:"fault,omitempty"` // why it does not count
	Unknown string            `json:"unknown,omitempty"`
}

// Absent tells that there is no such record, as opposed to unknown.
func (r Record) Absent() bool { return r.Text == "" && r.Unknown == "" }

// Names are the host names that the domain's mail leads to: exchangers and the domains that SPF includes.
func (f *Facts) Names() (exchangers, included []string) {
	for _, h := range f.MX.Hosts {
		exchangers = append(exchangers, h.Host)
	}
	if f.SPF.Tree != nil {
		for n := range f.SPF.Tree.All() {
			if n != f.SPF.Tree {
				included = append(included, n.Domain)
			}
		}
	}
	slices.Sort(exchangers)
	slices.Sort(included)
	return slices.Compact(exchangers), slices.Compact(included)
}

// shown bounds a published text kept in the facts.
func shown(text string) string { return text[:min(len(text), 2048)] }
