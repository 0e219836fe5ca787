package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"hygie/exposure/dns"
)

// DMARC is the policy that applies to a domain (RFC 9989).
type DMARC struct {
	Record
	At           string   `json:"at,omitempty"`           // the domain whose record applies: the domain itself, its organisation, or a public suffix above
	Organisation string   `json:"organisation,omitempty"` // the organisational domain that the walk up the tree finds
	Policy       string   `json:"policy,omitempty"`       // for the domain: "none", "quarantine", "reject"
	Subdomains   string   `json:"subdomains,omitempty"`   // for names below it that exist
	Missing      string   `json:"missing,omitempty"`      // for names below it that do not exist
	Testing      bool     `json:"testing,omitempty"`      // t=y: receivers apply one step less
	Reports      []Report `json:"reports,omitempty"`      // aggregate report addresses
	Removed      []string `json:"removed,omitempty"`      // tags that RFC 9989 took away and that stand in the record: pct, rf, ri
	Walk         []Step   `json:"walk,omitempty"`         // names asked, from the domain up
}

// Step is one name of the walk.
type Step struct {
	Name   string `json:"name"`
	Record string `json:"record,omitempty"`
	Fault  string `json:"fault,omitempty"`
}

// Report is an address for aggregate reports.
type Report struct {
	URI     string `json:"uri"`
	Allowed string `json:"allowed,omitempty"` // of another organisation: "yes", "no", "unknown"; empty for one's own
	Fault   string `json:"fault,omitempty"`
}

// maxWalk is how many names a walk asks at most (RFC 9989, DNS tree walk).
const maxWalk = 8

// walkNames lists the names of the walk from domain up: all of them for up to eight labels, else the domain, then the last seven labels and up.
func walkNames(domain string) []string {
	labels := strings.Split(dns.Plain(domain), ".")
	names := []string{strings.Join(labels, ".")}
	rest := labels[1:]
	if len(labels) > maxWalk {
		rest = labels[len(labels)-maxWalk+1:]
	}
	for ; len(rest) > 0; rest = rest[1:] {
		names = append(names, strings.Join(rest, "."))
	}
	return names
}

// found is one record met on the walk.
type found struct {
	domain string
	text   string
	tags   map[string]string
}

// psd is whether the record is of a public suffix; letters of either case are the same (RFC 9989 section 4.8, RFC 5234).
func (f found) psd() string { return strings.ToLower(f.tags["psd"]) }

// readDMARC walks up the tree and reads the policy that applies.
func readDMARC(ctx context.Context, client *dns.Client, domain string) (DMARC, error) {
	d := DMARC{}
	var met []found
	names := walkNames(domain)
	for i, name := range names {
		record, step, err := dmarcAt(ctx, client, name)
		var f *dns.Failure
		if errors.As(err, &f) {
			d.Unknown = string(f.Reason)
			return d, nil
		} else if err != nil {
			return d, err
		}
		if i == 0 || step.Record != "" || step.Fault != "" {
			d.Walk = append(d.Walk, step)
		}
		if record == nil {
			continue
		}
		met = append(met, *record)
		if record.psd() == "n" || record.psd() == "y" {
			break
		}
	}
	d.Organisation = organisation(names[0], met)
	applies := policyRecord(names[0], d.Organisation, met)
	if applies == nil {
		if len(d.Walk) > 0 {
			d.Fault = d.Walk[0].Fault
		}
		return d, nil
	}
	d.read(*applies)
	return d, d.reports(ctx, client)
}

// dmarcAt gets the record at one name; several, or none that begins as it must, count as none.
func dmarcAt(ctx context.Context, client *dns.Client, name string) (*found, Step, error) {
	step := Step{Name: name}
	owner := "_dmarc." + name
	if !dns.Valid(owner) {
		return nil, step, nil
	}
	answer, err := client.Ask(ctx, owner, dns.TypeTXT)
	if err != nil {
		return nil, step, err
	}
	var records []string
	for _, t := range answer.Texts() {
		if isVersion(t, "DMARC1") {
			records = append(records, t)
		} else if strings.Contains(strings.ToLower(t), "dmarc") {
			step.Fault = "version"
		}
	}
	if len(records) != 1 {
		if len(records) > 1 {
			step.Fault = "several"
		}
		return nil, step, nil
	}
	step.Record, step.Fault = shown(records[0]), ""
	return &found{name, shown(records[0]), Tags(records[0])}, step, nil
}

// organisation applies the rules of RFC 9989 section 4.10.2 to the records met, which stand from the domain up.
func organisation(domain string, met []found) string {
	for _, f := range met {
		if f.psd() == "n" {
			return f.domain
		}
	}
	for _, f := range met {
		if f.psd() == "y" && f.domain != domain {
			below := strings.TrimSuffix(domain, "."+f.domain)
			return below[strings.LastIndexByte(below, '.')+1:] + "." + f.domain
		}
	}
	if len(met) == 0 {
		return domain
	}
	return met[len(met)-1].domain
}

// policyRecord chooses the domain's own record, else its organisation's, else that of the public suffix.
func policyRecord(domain, organisation string, met []found) *found {
	for _, at := range []string{domain, organisation} {
		if i := slices.IndexFunc(met, func(f found) bool { return f.domain == at }); i >= 0 {
			return &met[i]
		}
	}
	if i := slices.IndexFunc(met, func(f found) bool { return f.psd() == "y" }); i >= 0 {
		return &met[i]
	}
	return nil
}

// read fills the policy from the record that applies.
func (d *DMARC) read(f found) {
	own := d.Walk[0].Name == f.domain
	d.Text, d.Tags, d.At, d.Testing = f.text, f.tags, f.domain, strings.EqualFold(f.tags["t"], "y")
	for _, tag := range []string{"pct", "rf", "ri"} {
		if _, ok := f.tags[tag]; ok {
			d.Removed = append(d.Removed, tag)
		}
	}
	for _, uri := range strings.Split(f.tags["rua"], ",") {
		if uri = strings.TrimSpace(uri); uri != "" && len(d.Reports) < 16 {
			r := Report{URI: shown(uri)}
			if reportDomain(uri) == "" {
				r.Fault = "not a mail address"
			}
			d.Reports = append(d.Reports, r)
		}
	}
	p, pOK := policy(f.tags, "p", "none")
	sp, spOK := policy(f.tags, "sp", p)
	np, npOK := policy(f.tags, "np", sp)
	if !pOK || !spOK || !npOK {
		d.Fault = "policy"
		if !slices.ContainsFunc(d.Reports, func(r Report) bool { return r.Fault == "" }) {
			return // no policy at all
		}
		p, sp, np = "none", "none", "none"
	}
	d.Policy, d.Subdomains, d.Missing = p, sp, np
	if !own { // a record from above treats the domain as one of its names
		d.Policy = sp
	}
}

// policy reads a policy tag; other is what its absence means.
func policy(tags map[string]string, tag, other string) (value string, ok bool) {
	value, given := tags[tag]
	value = strings.ToLower(value)
	if !given {
		return other, true
	}
	return value, value == "none" || value == "quarantine" || value == "reject"
}

// Applied is the policy that receivers really apply: with t=y, one step less.
func (d DMARC) Applied(policy string) string {
	if !d.Testing {
		return policy
	}
	switch policy {
	case "reject":
		return "quarantine"
	default:
		return "none"
	}
}

// reportDomain is the domain of a mailto address, empty for anything else.
func reportDomain(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || !strings.EqualFold(strings.TrimSpace(scheme), "mailto") {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "!") // size limits of older records are skipped
	local, domain, ok := strings.Cut(strings.TrimSpace(rest), "@")
	if !ok || local == "" || !dns.Valid(domain) || !strings.Contains(domain, ".") {
		return ""
	}
	return dns.Plain(domain)
}

// reports asks each other organisation that is to receive reports whether it agrees (RFC 9990 section 4).
func (d *DMARC) reports(ctx context.Context, client *dns.Client) error {
	errs := make([]error, len(d.Reports))
	var all sync.WaitGroup
	for i := range d.Reports {
		all.Go(func() { errs[i] = d.agreed(ctx, client, &d.Reports[i]) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (d *DMARC) agreed(ctx context.Context, client *dns.Client, r *Report) error {
	to := reportDomain(r.URI)
	if to == "" || dns.Within(d.Organisation, to) {
		return nil
	}
	owner := fmt.Sprintf("%s._report._dmarc.%s", d.At, to)
	if !dns.Valid(owner) {
		r.Allowed = "no"
		return nil
	}
	answer, err := client.Ask(ctx, owner, dns.TypeTXT)
	var f *dns.Failure
	switch {
	case errors.As(err, &f):
		r.Allowed = "unknown"
	case err != nil:
		return err
	case slices.ContainsFunc(answer.Texts(), func(t string) bool { return isVersion(t, "DMARC1") }):
		r.Allowed = "yes"
	default:
		r.Allowed = "no"
	}
	return nil
}
