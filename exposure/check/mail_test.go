package check

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"testing"

	"hygie/exposure/dns"
	"hygie/exposure/mail"
	"hygie/exposure/observe"
	"hygie/exposure/tlsscan"
)

// soundMail is a domain whose mail no check finds fault with.
func soundMail() *mail.Facts {
	return &mail.Facts{Domain: "brume.example", Outcome: dns.Data,
		MX: mail.MX{Hosts: []mail.Exchanger{{Host: "mx.brume.example", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.25")}, DANE: "none"}}},
		SPF: mail.SPF{Records: []string{"v=spf1 mx -all"}, Tree: &mail.Node{Domain: "brume.example", Record: "v=spf1 mx -all", Lookups: 1}, Lookups: 1,
			Stranger: "fail", Written: "fail"},
		DMARC: mail.DMARC{Record: mail.Record{Text: "v=DMARC1; p=reject; rua=mailto:d@brume.example", Tags: map[string]string{"p": "reject"}}, At: "brume.example",
			Organisation: "brume.example", Policy: "reject", Subdomains: "reject", Missing: "reject", Reports: []mail.Report{{URI: "mailto:d@brume.example"}},
			Walk: []mail.Step{{Name: "brume.example"}}},
		DKIM:    []mail.DKIM{{Selector: "s1", Algorithm: "rsa", Bits: 2048, Record: mail.Record{Text: "v=DKIM1; p=…"}}},
		STS:     mail.STS{Record: mail.Record{Text: "v=STSv1; id=1", Tags: map[string]string{"id": "1"}}, Policy: &mail.Policies{Mode: "enforce", MX: []string{"mx.brume.example"}, MaxAge: 86400}},
		Reports: mail.Record{Text: "v=TLSRPTv1; rua=mailto:t@brume.example"}}
}

// silentMail is a domain without mail, locked.
func silentMail() *mail.Facts {
	f := soundMail()
	f.MX = mail.MX{Null: true}
	f.SPF = mail.SPF{Records: []string{"v=spf1 -all"}, Tree: &mail.Node{Domain: "brume.example", Record: "v=spf1 -all"}, Stranger: "fail", Written: "fail"}
	f.DKIM = nil
	return f
}

func mailRun(f *mail.Facts) *observe.Run {
	return &observe.Run{AsOf: dnsDay, Domains: []observe.Domain{{Name: f.Domain, Mail: f}}}
}

func TestMailChecks(t *testing.T) {
	rows := []struct {
		id, name string
		facts    func() *mail.Facts
		spoil    func(*mail.Facts)
		want     string
	}{
		{"MEL-01", "none", soundMail, func(f *mail.Facts) { f.SPF = mail.SPF{} }, "major"},
		{"MEL-01", "everybody", soundMail, func(f *mail.Facts) { f.SPF.Written, f.SPF.Stranger = "pass", "pass" }, "critical anyone"},
		{"MEL-01", "everybody, behind a fault", soundMail, func(f *mail.Facts) {
			f.SPF.Written, f.SPF.Stranger, f.SPF.Faults = "pass", "permerror", []mail.Fault{{Kind: "lookups"}}
		}, "critical anyone"},
		{"MEL-01", "neutral", soundMail, func(f *mail.Facts) { f.SPF.Written, f.SPF.Stranger = "neutral", "neutral" }, "important neutral"},
		{"MEL-01", "soft", soundMail, func(f *mail.Facts) { f.SPF.Written, f.SPF.Stranger = "softfail", "softfail" }, "passed"},
		{"MEL-01", "not known", soundMail, func(f *mail.Facts) { f.SPF = mail.SPF{Unknown: "timeout"} }, "unknown timeout"},
		{"MEL-01", "no mail", silentMail, func(f *mail.Facts) { f.SPF = mail.SPF{} }, "nothing"},

		{"MEL-02", "look-ups", soundMail, func(f *mail.Facts) {
			f.SPF.Lookups, f.SPF.Faults = 12, []mail.Fault{{Kind: "lookups", Domain: "brume.example", Detail: "12"}}
		}, "major lookups"},
		{"MEL-02", "syntax", soundMail, func(f *mail.Facts) {
			f.SPF.Faults = []mail.Fault{{Kind: "syntax", Domain: "brume.example", Detail: "at byte 7"}}
		}, "major"},
		{"MEL-02", "two", soundMail, func(f *mail.Facts) {
			f.SPF.Faults = []mail.Fault{{Kind: "several", Domain: "brume.example", Detail: "2 SPF records"}}
		}, "major several"},
		{"MEL-02", "none", soundMail, func(f *mail.Facts) { f.SPF = mail.SPF{} }, "nothing"},
		{"MEL-02", "not known", soundMail, func(f *mail.Facts) { f.SPF.Unknown = "servfail" }, "unknown servfail"},

		{"MEL-03", "none", soundMail, func(f *mail.Facts) { f.DMARC = mail.DMARC{Walk: f.DMARC.Walk} }, "major"},
		{"MEL-03", "two", soundMail, func(f *mail.Facts) { f.DMARC = mail.DMARC{Walk: f.DMARC.Walk, Record: mail.Record{Fault: "several"}} }, "major invalid"},
		{"MEL-03", "not known", soundMail, func(f *mail.Facts) { f.DMARC = mail.DMARC{Record: mail.Record{Unknown: "timeout"}} }, "unknown timeout"},
		{"MEL-03", "no mail", silentMail, func(f *mail.Facts) { f.DMARC = mail.DMARC{} }, "nothing"},

		{"MEL-04", "watch", soundMail, func(f *mail.Facts) { f.DMARC.Policy = "none" }, "important none"},
		{"MEL-04", "test", soundMail, func(f *mail.Facts) { f.DMARC.Testing = true }, "important testing"},
		{"MEL-04", "below", soundMail, func(f *mail.Facts) { f.DMARC.Subdomains = "none" }, "important subdomains"},
		{"MEL-04", "no reports", soundMail, func(f *mail.Facts) { f.DMARC.Reports = nil }, "minor no_reports"},
		{"MEL-04", "refused reports", soundMail, func(f *mail.Facts) { f.DMARC.Reports[0].Allowed = "no" }, "minor refused_reports"},
		{"MEL-04", "reports not known", soundMail, func(f *mail.Facts) { f.DMARC.Reports[0].Allowed = "unknown" }, "passed"},
		{"MEL-04", "percentage", soundMail, func(f *mail.Facts) { f.DMARC.Tags["pct"] = "50" }, "minor percentage"},
		{"MEL-04", "whole percentage", soundMail, func(f *mail.Facts) { f.DMARC.Tags["pct"] = "100" }, "passed"},
		{"MEL-04", "value", soundMail, func(f *mail.Facts) { f.DMARC.Fault, f.DMARC.Policy = "policy", "none" }, "important invalid"},
		{"MEL-04", "none", soundMail, func(f *mail.Facts) { f.DMARC = mail.DMARC{} }, "nothing"},

		{"MEL-05", "locked", silentMail, func(*mail.Facts) {}, "passed"},
		{"MEL-05", "no SPF", silentMail, func(f *mail.Facts) { f.SPF = mail.SPF{} }, "important"},
		{"MEL-05", "no DMARC", silentMail, func(f *mail.Facts) { f.DMARC = mail.DMARC{} }, "important"},
		{"MEL-05", "quarantine", silentMail, func(f *mail.Facts) { f.DMARC.Policy = "quarantine" }, "important"},
		{"MEL-05", "sends only", silentMail, func(f *mail.Facts) { f.SPF.Tree.Record = "v=spf1 ip4:192.0.2.1 -all" }, "nothing"},
		{"MEL-05", "not known", silentMail, func(f *mail.Facts) { f.MX = mail.MX{Unknown: "timeout"} }, "unknown timeout"},

		{"MEL-06", "tiny", soundMail, func(f *mail.Facts) { f.DKIM[0].Bits = 512 }, "critical"},
		{"MEL-06", "short", soundMail, func(f *mail.Facts) { f.DKIM[0].Bits = 1024 }, "important short"},
		{"MEL-06", "test", soundMail, func(f *mail.Facts) { f.DKIM[0].Testing = true }, "important testing"},
		{"MEL-06", "digest", soundMail, func(f *mail.Facts) { f.DKIM[0].SHA1 = true }, "important sha1"},
		{"MEL-06", "unreadable", soundMail, func(f *mail.Facts) { f.DKIM[0].Fault = "key" }, "important invalid"},
		{"MEL-06", "elliptic", soundMail, func(f *mail.Facts) { f.DKIM[0].Algorithm, f.DKIM[0].Bits = "ed25519", 256 }, "passed"},
		{"MEL-06", "absent selector", soundMail, func(f *mail.Facts) { f.DKIM[0] = mail.DKIM{Selector: "s1"} }, "unknown no_selector"},
		{"MEL-06", "revoked", soundMail, func(f *mail.Facts) { f.DKIM[0].Revoked = true }, "nothing"},

		{"MEL-11", "nothing", soundMail, func(f *mail.Facts) { f.STS, f.Reports = mail.STS{}, mail.Record{} }, "minor"},
		{"MEL-11", "DANE instead", soundMail, func(f *mail.Facts) { f.STS, f.MX.Hosts[0].DANE = mail.STS{}, "secure" }, "passed"},
		{"MEL-11", "policy forgets a server", soundMail, func(f *mail.Facts) { f.STS.Policy.MX = []string{"other.example"} }, "major sts_mx"},
		{"MEL-11", "policy on trial forgets", soundMail, func(f *mail.Facts) {
			f.STS.Policy.MX, f.STS.Policy.Mode = []string{"other.example"}, "testing"
		}, "important sts_mx"},
		{"MEL-11", "policy gone", soundMail, func(f *mail.Facts) { f.STS.Policy, f.STS.PolicyFault = nil, "status 404" }, "major sts_policy"},
		{"MEL-11", "policy not known", soundMail, func(f *mail.Facts) { f.STS.Policy, f.STS.PolicyUnknown = nil, mail.NotProven }, "passed"},
		{"MEL-11", "record", soundMail, func(f *mail.Facts) { f.STS.Fault = "id" }, "minor sts_record"},
		{"MEL-11", "unsigned DANE", soundMail, func(f *mail.Facts) { f.MX.Hosts[0].DANE = "insecure" }, "minor dane_unsigned"},
		{"MEL-11", "not known", soundMail, func(f *mail.Facts) { f.STS.Unknown = "timeout" }, "unknown timeout"},
		{"MEL-11", "no mail", silentMail, func(f *mail.Facts) { f.STS = mail.STS{} }, "nothing"},
	}
	sound := map[string]string{"MEL-05": "nothing", "MEL-08": "nothing", "MEL-12": "nothing", "MEL-13": "nothing"}
	records := map[string]Record{}
	for _, r := range mailChecks() {
		records[r.ID] = r
		want := sound[r.ID]
		if want == "" {
			want = "passed"
		}
		if got := said(r.Decide(mailRun(soundMail()), Settings{})); got != want {
			t.Errorf("%s on a sound domain: %s", r.ID, got)
		}
		if got := said(r.Decide(mailRun(&mail.Facts{Domain: "brume.example", Outcome: dns.NoName}), Settings{})); got != "nothing" {
			t.Errorf("%s on a domain that does not exist: %s", r.ID, got)
		}
	}
	for _, row := range rows {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			f := row.facts()
			row.spoil(f)
			o := records[row.id].Decide(mailRun(f), Settings{})
			if got := said(o); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
			checkTexts(t, row.id, o)
		})
	}
}

func TestMailServerChecks(t *testing.T) {
	sound := func() mail.Session {
		return mail.Session{Protocol: mail.SMTP, Greeting: "mx ESMTP", Capabilities: []string{"STARTTLS"}, StartTLS: true, Users: &mail.Users{Usual: 502, Random: 502, Expand: 502},
			Relay: &mail.Relay{From: "a@example.com", To: "b@example.org", Code: 554}}
	}
	rows := []struct {
		id, name string
		spoil    func(*mail.Session)
		want     string
	}{
		{"MEL-08", "sound", func(*mail.Session) {}, "passed"},
		{"MEL-08", "clear only", func(s *mail.Session) { s.Auth, s.StartTLS = []string{"LOGIN"}, false }, "major"},
		{"MEL-08", "clear too", func(s *mail.Session) { s.Auth = []string{"PLAIN"} }, "major optional"},
		{"MEL-08", "told nothing", func(s *mail.Session) { s.Capabilities = nil }, "nothing"},
		{"MEL-12", "sound", func(*mail.Session) {}, "passed"},
		{"MEL-12", "open", func(s *mail.Session) { s.Relay.Accepted, s.Relay.Code = true, 250 }, "critical"},
		{"MEL-12", "not asked", func(s *mail.Session) { s.Relay, s.RelayUnknown = nil, mail.NotProven }, "unknown not_proven"},
		{"MEL-12", "other protocol", func(s *mail.Session) { s.Protocol, s.Relay = mail.IMAP, nil }, "nothing"},
		{"MEL-13", "sound", func(*mail.Session) {}, "passed"},
		{"MEL-13", "tells names", func(s *mail.Session) { s.Users.Usual, s.Users.Random = 252, 550 }, "minor"},
		{"MEL-13", "confirms", func(s *mail.Session) { s.Users.Usual = 250 }, "minor"},
		{"MEL-13", "expands", func(s *mail.Session) { s.Users.Expand = 250 }, "minor"},
		{"MEL-13", "vague", func(s *mail.Session) { s.Users.Usual, s.Users.Random = 252, 252 }, "info vague"},
		{"MEL-13", "vague, and a syntax error", func(s *mail.Session) { s.Users.Usual, s.Users.Random = 252, 501 }, "info vague"},
		{"MEL-13", "yes to anything", func(s *mail.Session) { s.Users.Usual, s.Users.Random = 250, 250 }, "info vague"},
		{"MEL-13", "not asked", func(s *mail.Session) { s.Users = nil }, "unknown no_data"},
	}
	records := map[string]Record{}
	for _, r := range mailChecks() {
		records[r.ID] = r
	}
	for _, row := range rows {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			s := sound()
			row.spoil(&s)
			run := mailRun(soundMail())
			run.Endpoints = []observe.Endpoint{{Address: netip.MustParseAddrPort("192.0.2.25:25"), Transport: "tcp", Mail: &s}}
			o := records[row.id].Decide(run, Settings{})
			if got := said(o); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
			if len(o.Found) > 0 && (o.Found[0].Asset != "mx.brume.example" || o.Found[0].Endpoint != "192.0.2.25:25/tcp") {
				t.Errorf("%+v", o.Found[0])
			}
			checkTexts(t, row.id, o)
		})
	}
}

func TestTLSA(t *testing.T) {
	der := []byte("a certificate that nobody parses")
	sum := sha256.Sum256(der)
	run := func(data string, usage uint8) *observe.Run {
		f := soundMail()
		f.MX.Hosts[0].DANE, f.MX.Hosts[0].TLSA = "secure", []mail.TLSA{{Usage: usage, Matching: 1, Data: data}}
		r := mailRun(f)
		r.Endpoints = []observe.Endpoint{{Address: netip.MustParseAddrPort("192.0.2.25:25"), Transport: "tcp",
			Views: []observe.View{{Name: "mx.brume.example", TLS: &tlsscan.Facts{Chains: []tlsscan.Chain{{Certificates: []tlsscan.Certificate{{DER: der}}}}}}}}}
		return r
	}
	fits := hex.EncodeToString(sum[:])
	for name, row := range map[string]struct {
		run  *observe.Run
		want string
	}{
		"fits":         {run(fits, 3), "passed"},
		"authority":    {run(fits, 2), "passed"},
		"other":        {run("00", 3), "major dane_certificate"},
		"not for mail": {run(fits, 1), "major dane_certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			o := transport(row.run, Settings{})
			if got := said(o); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
			checkTexts(t, "MEL-11", o)
		})
	}
	unseen := run("00", 3)
	unseen.Endpoints = nil
	if got := said(transport(unseen, Settings{})); got != "passed" {
		t.Errorf("a certificate that was not seen: %s", got)
	}
}
