package mail

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
)

// Options are what the domain itself does not tell.
type Options struct {
	Selectors []string // of DKIM, as declared
	// Policy fetches the policy file of MTA-STS, for instance with [FetchPolicy]; nil leaves it unknown for want of proof.
	Policy func(ctx context.Context, host string) (policy *Policies, fault string, err error)
}

// maxExchangers bounds the exchangers looked up for one domain.
const maxExchangers = 20

// Probe looks up what a domain publishes about its mail. The error is the context's; whatever else goes wrong stands in the facts.
func Probe(ctx context.Context, client *dns.Client, domain string, o Options) (Facts, error) {
	f := Facts{Domain: dns.Plain(domain)}
	selectors := slices.Clone(o.Selectors)
	slices.Sort(selectors)
	f.DKIM = make([]DKIM, len(slices.Compact(selectors)))
	var errs [5]error
	var parts sync.WaitGroup
	parts.Go(func() { f.MX, f.Outcome, errs[0] = readMX(ctx, client, f.Domain) })
	parts.Go(func() { f.SPF, errs[1] = readSPF(ctx, client, f.Domain) })
	parts.Go(func() { f.DMARC, errs[2] = readDMARC(ctx, client, f.Domain) })
	parts.Go(func() { f.STS, errs[3] = readSTS(ctx, client, f.Domain, o) })
	parts.Go(func() {
		var second error
		f.Reports, second = readRecord(ctx, client, "_smtp._tls."+f.Domain, "TLSRPTv1")
		f.Brand, errs[4] = readRecord(ctx, client, "default._bimi."+f.Domain, "BIMI1")
		errs[4] = cmp.Or(errs[4], second)
	})
	keys := make([]error, len(f.DKIM))
	for i := range f.DKIM {
		parts.Go(func() { f.DKIM[i], keys[i] = readDKIM(ctx, client, f.Domain, selectors[i]) })
	}
	parts.Wait()
	return f, errors.Join(errors.Join(errs[:]...), errors.Join(keys...))
}

// readMX looks up the exchangers, their addresses and what DANE says of them.
func readMX(ctx context.Context, client *dns.Client, domain string) (MX, dns.Outcome, error) {
	answer, err := client.Ask(ctx, domain, dns.TypeMX)
	var failure *dns.Failure
	if errors.As(err, &failure) {
		return MX{Unknown: string(failure.Reason)}, "", nil
	} else if err != nil {
		return MX{}, "", err
	}
	outcome := answer.Outcome
	if outcome == dns.NoData {
		outcome = dns.Data // the domain exists
	}
	m := MX{Secure: answer.Proof.Security == dns.Secure}
	for _, rr := range answer.Records {
		if mx, ok := rr.(*wire.MX); ok && len(m.Hosts) < maxExchangers {
			if mx.Mx == "." {
				m.Null = len(answer.Records) == 1
				continue
			}
			m.Hosts = append(m.Hosts, Exchanger{Host: dns.Plain(mx.Mx), Preference: mx.Preference})
		}
	}
	if answer.Outcome == dns.NoData {
		list, _, err := client.Addresses(ctx, domain)
		if errors.As(err, &failure) {
			m.Unknown = string(failure.Reason)
			return m, outcome, nil
		}
		m.Implied = len(list) > 0
		return m, outcome, err
	}
	slices.SortFunc(m.Hosts, func(a, b Exchanger) int {
		return cmp.Or(cmp.Compare(a.Preference, b.Preference), strings.Compare(a.Host, b.Host))
	})
	errs := make([]error, len(m.Hosts))
	var all sync.WaitGroup
	for i := range m.Hosts {
		all.Go(func() { errs[i] = m.Hosts[i].look(ctx, client, m.Secure) })
	}
	all.Wait()
	return m, outcome, errors.Join(errs...)
}

// look fills an exchanger. DANE counts only where the exchanger's name, its address and its TLSA records are all proven (RFC 7672 section 2.2).
func (e *Exchanger) look(ctx context.Context, client *dns.Client, secure bool) error {
	var failure *dns.Failure
	list, answer, err := client.Addresses(ctx, e.Host)
	if errors.As(err, &failure) {
		e.Unknown, e.DANE = string(failure.Reason), "unknown"
		return nil
	} else if err != nil {
		return err
	}
	e.Addresses = list[:min(len(list), maxExchangers)]
	if len(answer.Aliases) > 0 {
		e.Alias = answer.Aliases[len(answer.Aliases)-1]
	}
	if _, err := netip.ParseAddr(e.Host); err == nil {
		e.Alias = e.Host // an address in the place of a name works nowhere
	}
	tlsa, err := client.Ask(ctx, "_25._tcp."+e.Host, dns.TypeTLSA)
	if errors.As(err, &failure) {
		e.DANE = "unknown"
		return nil
	} else if err != nil {
		return err
	}
	for _, rr := range tlsa.Records {
		if r, ok := rr.(*wire.TLSA); ok && len(e.TLSA) < 16 {
			if _, err := hex.DecodeString(r.Certificate); err == nil {
				e.TLSA = append(e.TLSA, TLSA{r.Usage, r.Selector, r.MatchingType, shown(strings.ToLower(r.Certificate))})
			}
		}
	}
	switch {
	case len(e.TLSA) == 0:
		e.DANE = "none"
	case secure && answer.Proof.Security == dns.Secure && tlsa.Proof.Security == dns.Secure:
		e.DANE = "secure"
	case tlsa.Proof.Security == dns.Unproven || answer.Proof.Security == dns.Unproven:
		e.DANE = "unknown"
	default:
		e.DANE = "insecure"
	}
	return nil
}

// readRecord looks up a text record that begins with a version; several count as none.
func readRecord(ctx context.Context, client *dns.Client, owner, version string) (Record, error) {
	if !dns.Valid(owner) {
		return Record{}, nil
	}
	answer, err := client.Ask(ctx, owner, dns.TypeTXT)
	var f *dns.Failure
	if errors.As(err, &f) {
		return Record{Unknown: string(f.Reason)}, nil
	} else if err != nil {
		return Record{}, err
	}
	texts := slices.DeleteFunc(answer.Texts(), func(t string) bool { return !isVersion(t, version) })
	if len(texts) == 0 {
		return Record{}, nil
	}
	r := Record{Text: shown(texts[0]), Tags: Tags(texts[0])}
	if len(texts) > 1 {
		r.Fault = "several"
	}
	return r, nil
}

// readSTS looks up the record of MTA-STS and, where there is one, its policy file.
func readSTS(ctx context.Context, client *dns.Client, domain string, o Options) (STS, error) {
	record, err := readRecord(ctx, client, "_mta-sts."+domain, "STSv1")
	s := STS{Record: record}
	if err != nil || s.Text == "" {
		return s, err
	}
	if id := s.Tags["id"]; id == "" || len(id) > 32 || strings.Trim(id, alphanumeric) != "" {
		s.Fault = cmp.Or(s.Fault, "id")
	}
	if o.Policy == nil {
		s.PolicyUnknown = NotProven
		return s, nil
	}
	s.Policy, s.PolicyFault, err = o.Policy(ctx, PolicyHost(domain))
	if err != nil {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		s.PolicyUnknown = why(err)
	}
	return s, nil
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
