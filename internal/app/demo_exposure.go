package app

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"time"

	engine "hygie/exposure"
	"hygie/exposure/mail"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
	"hygie/exposure/service"
	"hygie/exposure/signature"
	"hygie/exposure/tlsscan"
	"hygie/exposure/web"
	"hygie/internal/exposure"
	"hygie/internal/right"
	"hygie/internal/territory"
)

// Ages of the demonstration's exposure audits, in days: the first shows grave findings, the second that they are mended, long enough ago for the window of the
// next to be open.
const (
	firstExposure  = 110
	secondExposure = 50
)

// demoMandate is a paper that an invented person signed, with a certificate of an invented authority.
//
//go:embed demo_mandate.pdf
var demoMandate []byte

// demoExposures declares what the hospital owns, with a mandate, and deposits two files of invented facts, as the command makes them, over addresses and
// names that are reserved for documentation (RFC 5737, RFC 2606).
func (p *Platform) demoExposures(ctx context.Context, hospital string, officer right.Actor, now time.Time) error {
	declared := demoPerimeter()
	if err := declared.Check(); err != nil {
		return fmt.Errorf("declare the demonstration's perimeter: %w", err)
	}
	if _, _, err := p.Exposures.Declare(ctx, officer, territory.Everything(), hospital, 0, declared); err != nil {
		return fmt.Errorf("declare the demonstration's perimeter: %w", err)
	}
	mandate := exposure.Mandate{Signer: "Camille Exemple, directrice", From: now.AddDate(0, -1, 0), Until: now.AddDate(0, 10, 0), Covers: "192.0.2.0/28"}
	if err := p.Exposures.Mandate(ctx, officer, territory.Everything(), hospital, mandate, "mandat.pdf", "application/pdf", bytes.NewReader(demoMandate)); err != nil {
		return fmt.Errorf("register the demonstration's mandate: %w", err)
	}
	for _, age := range []int{firstExposure, secondExposure} {
		day := now.AddDate(0, 0, -age).UTC().Truncate(time.Second)
		var file bytes.Buffer
		if err := engine.WriteFacts(&file, demoFacts(declared, day, age == secondExposure)); err != nil {
			return err
		}
		if _, err := p.Exposures.Deposit(ctx, officer, territory.Everything(), hospital, "exposition-"+day.Format(time.DateOnly)+".json", &file); err != nil {
			return fmt.Errorf("deposit the demonstration's exposure: %w", err)
		}
	}
	return nil
}

const demoDomain = "hopital.example"

func demoPerimeter() *perimeter.Perimeter {
	return &perimeter.Perimeter{Name: "Hôpital de démonstration", Contact: "Camille Exemple, 01 99 00 00 00", Domains: []string{demoDomain},
		Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")}, Mail: perimeter.Mail{Selectors: map[string][]string{demoDomain: {"s2026"}}}}
}

func demoAddress(last byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, last}) }

// demoPaper is the mandate as an audit found it.
func demoPaper(day time.Time) perimeter.Paper {
	signed := signature.Read(demoMandate, signature.Options{Now: day})
	return perimeter.Paper{File: "mandat.pdf", Signer: "Camille Exemple, directrice", From: perimeter.Day{Time: day.AddDate(0, -1, 0)}, Until: perimeter.Day{Time: day.AddDate(0, 10, 0)},
		Covers: []string{"192.0.2.0/28"}, Signed: &signed}
}

// demoFacts is what an audit of the hospital saw on a day. Mended tells that the grave findings of the first audit are gone.
func demoFacts(declared *perimeter.Perimeter, day time.Time, mended bool) *observe.Run {
	run := &observe.Run{Format: observe.Format, AsOf: day, Tool: "hygie (démonstration)", Perimeter: declared.Hash(), Declared: declared,
		Proofs:   []perimeter.Proof{{Kind: "domain", Item: demoDomain, By: perimeter.ByDNS}, {Kind: "range", Item: "192.0.2.0/28", By: perimeter.ByMandate, Mandate: "mandat.pdf"}},
		Mandates: []perimeter.Paper{demoPaper(day)},
		Domains:  []observe.Domain{{Name: demoDomain, Proven: true, Mail: demoMail(mended)}}, Gaps: []observe.Gap{}}
	for i, name := range []string{"imagerie", "mail", "portail", "vpn", "www"} {
		run.Names = append(run.Names, observe.Name{Name: name + "." + demoDomain, Proven: true, Addresses: []netip.Addr{demoAddress(byte(2 + i))}, From: []observe.Source{{Kind: "declared", In: demoDomain}}})
	}
	at := func(last byte, port uint16) netip.AddrPort { return netip.AddrPortFrom(demoAddress(last), port) }
	site := func(last byte, name string, w web.Facts, versions ...tlsscan.Version) {
		w.URL, w.Status, w.Security, w.Tried = "https://"+name+"/", 200, web.SecurityTxt{State: "absent"}, []string{"/", "/.git/HEAD", "/.env"}
		run.Endpoints = append(run.Endpoints, observe.Endpoint{Address: at(last, 443), Transport: "tcp", Service: &service.Facts{Protocol: "http", How: service.ByAnswer, TLS: true},
			Views: []observe.View{{Name: name, TLS: demoTLS(name, versions...), Web: &w}}})
	}
	if !mended {
		run.Endpoints = append(run.Endpoints, observe.Endpoint{Address: at(2, 11112), Transport: "tcp", Service: &service.Facts{Protocol: "dicom", How: service.ByAnswer,
			Associations: []service.Association{{Calling: "HYGIE", Called: "ANY-SCP", Result: service.Answer{Is: service.Yes, Why: "A-ASSOCIATE-AC"}}}}})
	}
	run.Endpoints = append(run.Endpoints, observe.Endpoint{Address: at(3, 22), Transport: "tcp", Service: &service.Facts{Protocol: "ssh", How: service.ByAnswer, Product: "OpenSSH", Version: "9.2p1", System: "Debian",
		SSH: &service.SSH{Banner: "SSH-2.0-OpenSSH_9.2p1 Debian-2", V1: service.Answer{Is: service.No}, Kex: []string{"curve25519-sha256"}, HostKeys: []string{"ssh-ed25519"}, Ciphers: []string{"aes256-gcm@openssh.com"},
			MACs: []string{"hmac-sha2-256-etm@openssh.com"}, Methods: []string{"publickey"}, Password: service.Answer{Is: service.No}}}})
	portal := web.Facts{Title: "Portail patient", Headers: []web.Header{{Name: "content-type", Value: "text/html"}, {Name: "server", Value: "nginx"}, {Name: "strict-transport-security", Value: "max-age=31536000"}}}
	versions := []tlsscan.Version{tlsscan.TLS12, tlsscan.TLS13}
	if !mended {
		portal.Files = []web.File{{Path: "/.env", Kind: web.FileEnvironment, Evidence: "APP_KEY, DB_PASSWORD"}}
		versions = append([]tlsscan.Version{tlsscan.TLS10, tlsscan.TLS11}, versions...)
	}
	site(4, "portail."+demoDomain, portal, versions...)
	site(5, "vpn."+demoDomain, web.Facts{Title: "Citrix Gateway", Products: []web.Product{{ID: "citrix-gateway", Name: "Citrix NetScaler Gateway", Kind: "vpn", Marks: []string{"page 1", "title"}}}}, tlsscan.TLS12, tlsscan.TLS13)
	if !mended {
		run.Endpoints = append(run.Endpoints, observe.Endpoint{Address: at(5, 3389), Transport: "tcp", Service: &service.Facts{Protocol: "rdp", How: service.ByAnswer,
			RDP: &service.RDP{Plain: service.Answer{Is: service.No}, TLS: service.Answer{Is: service.Yes}, NLA: service.Answer{Is: service.Yes}, Screen: service.Answer{Is: service.Yes, Why: "selectedProtocol 1"}}}})
	}
	site(6, "www."+demoDomain, web.Facts{Title: "Hôpital de démonstration", Headers: []web.Header{{Name: "content-type", Value: "text/html"}}}, tlsscan.TLS12, tlsscan.TLS13)
	open := map[netip.Addr][]uint16{}
	for _, e := range run.Endpoints {
		open[e.Address.Addr()] = append(open[e.Address.Addr()], e.Address.Port())
	}
	for last := byte(2); last <= 6; last++ {
		run.Hosts = append(run.Hosts, ports.Host{Address: demoAddress(last), Open: open[demoAddress(last)], Closed: 118})
	}
	return run
}

func demoMail(mended bool) *mail.Facts {
	f := &mail.Facts{Domain: demoDomain, MX: mail.MX{Hosts: []mail.Exchanger{{Host: "mail." + demoDomain, Preference: 10, Addresses: []netip.Addr{demoAddress(3)}, DANE: "none"}}},
		SPF:   mail.SPF{Records: []string{"v=spf1 mx -all"}, Tree: &mail.Node{Domain: demoDomain, Record: "v=spf1 mx -all", Lookups: 1}, Lookups: 1, Stranger: "fail", Written: "fail"},
		DMARC: mail.DMARC{Organisation: demoDomain, At: demoDomain, Record: mail.Record{Text: "v=DMARC1; p=reject; rua=mailto:dmarc@hopital.example"}, Policy: "reject", Subdomains: "reject", Missing: "reject", Reports: []mail.Report{{URI: "mailto:dmarc@hopital.example"}}}}
	if !mended {
		f.DMARC = mail.DMARC{Organisation: demoDomain}
	}
	return f
}

// demoTLS says which versions a site accepts; what was not asked stays unknown.
func demoTLS(name string, accepted ...tlsscan.Version) *tlsscan.Facts {
	f := &tlsscan.Facts{Name: name, Offered: tlsscan.Answer{Is: tlsscan.Yes}}
	for _, v := range tlsscan.Versions() {
		known := tlsscan.VersionFacts{Version: v, Accepted: tlsscan.Answer{Is: tlsscan.No, Why: "alert 70"}}
		for _, a := range accepted {
			if a == v {
				known.Accepted = tlsscan.Answer{Is: tlsscan.Yes}
			}
		}
		f.Versions = append(f.Versions, known)
	}
	return f
}
