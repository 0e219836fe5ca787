package check

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/mail"
	"hygie/exposure/observe"
	"hygie/exposure/tlsscan"
)

func ok() tlsscan.Answer         { return tlsscan.Answer{Is: tlsscan.Yes} }
func refusedTLS() tlsscan.Answer { return tlsscan.Answer{Is: tlsscan.No, Why: "alert 40"} }
func silentTLS() tlsscan.Answer  { return tlsscan.Answer{Is: tlsscan.Unknown, Why: "silent"} }

// soundTLS is what a server without fault shows, changed by the test.
func soundTLS(change ...func(*tlsscan.Facts)) *tlsscan.Facts {
	f := &tlsscan.Facts{Offered: ok(), Hybrid: ok(), SecureRenegotiation: ok(), ExtendedMasterSecret: ok(), EncryptThenMAC: silentTLS(), Compression: refusedTLS(),
		EarlyData: refusedTLS(), Stapling: refusedTLS()}
	for _, v := range tlsscan.Versions() {
		a := refusedTLS()
		if v >= tlsscan.TLS12 {
			a = ok()
		}
		f.Versions = append(f.Versions, tlsscan.VersionFacts{Version: v, Accepted: a})
	}
	for _, c := range tlsscan.Classes() {
		f.Classes = append(f.Classes, tlsscan.ClassFacts{Class: c, Accepted: refusedTLS()})
	}
	class(tlsscan.Modern, ok(), 0xc02f)(f)
	f.Chains = []tlsscan.Chain{{Trust: tlsscan.Trust{By: "public"}, Certificates: []tlsscan.Certificate{{
		Subject: "CN=www.exemple.test", Issuer: "CN=Autorité", Names: []string{"www.exemple.test"}, Signature: "RSA-SHA256",
		Key:       tlsscan.Key{Algorithm: "RSA", Bits: 3072},
		NotBefore: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC)}}}}
	for _, c := range change {
		c(f)
	}
	return f
}

func version(v tlsscan.Version, a tlsscan.Answer, suites ...tlsscan.Named) func(*tlsscan.Facts) {
	return func(f *tlsscan.Facts) {
		for i := range f.Versions {
			if f.Versions[i].Version == v {
				f.Versions[i].Accepted, f.Versions[i].Suites = a, suites
			}
		}
	}
}

func class(c tlsscan.Class, a tlsscan.Answer, example tlsscan.Named) func(*tlsscan.Facts) {
	return func(f *tlsscan.Facts) {
		for i := range f.Classes {
			if f.Classes[i].Class == c {
				f.Classes[i] = tlsscan.ClassFacts{Class: c, Accepted: a, Example: example, Version: tlsscan.TLS12}
			}
		}
	}
}

func leaf(change func(*tlsscan.Certificate)) func(*tlsscan.Facts) {
	return func(f *tlsscan.Facts) { change(&f.Chains[0].Certificates[0]) }
}

func ends(date string) func(*tlsscan.Facts) {
	return leaf(func(c *tlsscan.Certificate) { c.NotAfter, _ = time.Parse(time.DateOnly, date) })
}

func trust(by, why string) func(*tlsscan.Facts) {
	return func(f *tlsscan.Facts) { f.Chains[0].Trust = tlsscan.Trust{By: by, Why: why} }
}

// oneTLS is a run that saw one endpoint under one name.
func oneTLS(f *tlsscan.Facts, port uint16, name string) *observe.Run {
	return &observe.Run{Endpoints: []observe.Endpoint{{Address: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), Transport: "tcp",
		Views: []observe.View{{Name: name, TLS: f}}}}}
}

func asMail(f *tlsscan.Facts) { f.Preface = "smtp" }

func TestTLSChecks(t *testing.T) {
	const web, smtp = 443, 25
	no13 := version(tlsscan.TLS13, refusedTLS())
	flaw := func(name string, a tlsscan.Answer) func(*tlsscan.Facts) {
		return func(f *tlsscan.Facts) { f.Flaws = []tlsscan.Flaw{{Name: name, Present: a, Seen: "…"}} }
	}
	dh := func(bits int) func(*tlsscan.Facts) {
		return func(f *tlsscan.Facts) { f.DH = []tlsscan.DH{{Bits: bits}} }
	}
	type change = func(*tlsscan.Facts)
	tests := map[string]struct {
		id      string
		port    uint16
		name    string // asked for, "-" for the bare address
		changes []change
		want    Severity // empty: no finding
		variant string
		unknown bool
	}{
		"sound dates":                   {id: "TLS-01", port: web},
		"expired":                       {id: "TLS-01", port: web, changes: []change{ends("2026-05-31")}, want: Major},
		"six days left":                 {id: "TLS-01", port: web, changes: []change{ends("2026-06-07")}, want: Major, variant: "soon"},
		"less than a third left":        {id: "TLS-01", port: web, changes: []change{ends("2026-06-15")}, want: Important, variant: "soon"},
		"just more than a third left":   {id: "TLS-01", port: web, changes: []change{ends("2026-06-17")}},
		"short-lived, two days left":    {id: "TLS-01", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.NotBefore = time.Date(2026, 5, 29, 0, 0, 0, 0, time.UTC) }), ends("2026-06-04")}},
		"ten years, three left":         {id: "TLS-01", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.NotBefore = time.Date(2019, 6, 1, 0, 0, 0, 0, time.UTC) }), ends("2029-06-01")}},
		"not valid yet":                 {id: "TLS-01", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.NotBefore = time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC) })}, want: Major, variant: "future"},
		"no certificate seen":           {id: "TLS-01", port: web, changes: []change{func(f *tlsscan.Facts) { f.Chains = nil }}, unknown: true},
		"expired, on port 25":           {id: "TLS-01", port: smtp, changes: []change{ends("2026-05-31"), asMail}},
		"vouched for":                   {id: "TLS-02", port: web},
		"vouched for by a declared one": {id: "TLS-02", port: web, changes: []change{trust("declared", "")}},
		"self-signed":                   {id: "TLS-02", port: web, changes: []change{trust("", tlsscan.SelfSigned)}, want: Major, variant: "self_signed"},
		"self-signed device":            {id: "TLS-02", port: web, name: "-", changes: []change{trust("", tlsscan.SelfSigned)}, want: Important, variant: "self_signed"},
		"cut short":                     {id: "TLS-02", port: web, changes: []change{trust("", tlsscan.Incomplete)}, want: Major, variant: "incomplete"},
		"a curve we do not compute":     {id: "TLS-02", port: web, changes: []change{trust("", tlsscan.Uncomputed)}, unknown: true},
		"no authority known to us":      {id: "TLS-02", port: web, changes: []change{trust("", tlsscan.NoAnchors)}, unknown: true},
		"another name":                  {id: "TLS-02", port: web, name: "autre.exemple.test", want: Major, variant: "name"},
		"a star for one label":          {id: "TLS-02", port: web, name: "a.exemple.test", changes: []change{leaf(func(c *tlsscan.Certificate) { c.Names = []string{"*.exemple.test"} })}},
		"a star for two labels":         {id: "TLS-02", port: web, name: "a.b.exemple.test", changes: []change{leaf(func(c *tlsscan.Certificate) { c.Names = []string{"*.exemple.test"} })}, want: Major, variant: "name"},
		"the common name alone":         {id: "TLS-02", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.Names, c.Common = nil, "www.exemple.test" })}, want: Major, variant: "name"},
		"must be stapled, is not":       {id: "TLS-02", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.MustStaple = true })}, want: Important, variant: "staple"},
		"RSA 3072":                      {id: "TLS-03", port: web},
		"RSA 1024":                      {id: "TLS-03", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.Key.Bits = 1024 })}, want: Major},
		"RSA 2048 until 2031":           {id: "TLS-03", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.Key.Bits = 2048 }), ends("2031-01-02")}, want: Minor, variant: "later"},
		"RSA 2048 until 2030":           {id: "TLS-03", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.Key.Bits = 2048 }), ends("2030-12-31")}},
		"P-224":                         {id: "TLS-03", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.Key = tlsscan.Key{Algorithm: "EC", Curve: "secp224r1", Bits: 224} })}, want: Major},
		"Ed25519":                       {id: "TLS-03", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.Key = tlsscan.Key{Algorithm: "Ed25519", Bits: 256} })}},
		"signed with SHA-1":             {id: "TLS-03", port: web, changes: []change{leaf(func(c *tlsscan.Certificate) { c.Signature = "RSA-SHA1" })}, want: Major},
		"a root signed with SHA-1": {id: "TLS-03", port: web, changes: []change{func(f *tlsscan.Facts) {
			f.Chains[0].Certificates = append(f.Chains[0].Certificates, tlsscan.Certificate{Subject: "CN=R", Issuer: "CN=R", Signature: "RSA-SHA1"})
		}}},
		"SSL 3.0":                        {id: "TLS-04", port: web, changes: []change{version(tlsscan.SSL3, ok(), 0x002f)}, want: Major},
		"SSL 3.0 with export":            {id: "TLS-04", port: web, changes: []change{version(tlsscan.SSL3, ok(), 0x0003)}, want: Critical, variant: "export"},
		"SSL 2.0 on port 25":             {id: "TLS-04", port: smtp, changes: []change{asMail, version(tlsscan.SSL2, ok(), 0x010080)}, want: Major},
		"SSL 3.0 on port 25":             {id: "TLS-04", port: smtp, changes: []change{asMail, version(tlsscan.SSL3, ok(), 0x002f)}},
		"neither":                        {id: "TLS-04", port: web},
		"SSL 3.0 not known":              {id: "TLS-04", port: web, changes: []change{version(tlsscan.SSL3, silentTLS())}, unknown: true},
		"TLS 1.0":                        {id: "TLS-05", port: web, changes: []change{version(tlsscan.TLS10, ok(), 0xc014)}, want: Important},
		"nothing but TLS 1.1":            {id: "TLS-05", port: web, changes: []change{version(tlsscan.TLS11, ok(), 0xc014), version(tlsscan.TLS12, refusedTLS()), no13}, want: Important, variant: "only"},
		"TLS 1.2 and 1.3":                {id: "TLS-05", port: web},
		"TLS 1.0 on port 25":             {id: "TLS-05", port: smtp, changes: []change{asMail, version(tlsscan.TLS10, ok(), 0xc014)}},
		"TLS 1.3":                        {id: "TLS-06", port: web},
		"no TLS 1.3":                     {id: "TLS-06", port: web, changes: []change{no13}, want: Minor},
		"TLS 1.3 not known":              {id: "TLS-06", port: web, changes: []change{version(tlsscan.TLS13, silentTLS())}, unknown: true},
		"null":                           {id: "TLS-07", port: web, changes: []change{class(tlsscan.NoEncryption, ok(), 0x003b)}, want: Critical},
		"anonymous":                      {id: "TLS-07", port: web, changes: []change{class(tlsscan.Anonymous, ok(), 0xc018)}, want: Critical},
		"anonymous on port 25":           {id: "TLS-07", port: smtp, changes: []change{asMail, class(tlsscan.Anonymous, ok(), 0xc018)}},
		"none of them":                   {id: "TLS-07", port: web},
		"RC4":                            {id: "TLS-08", port: web, changes: []change{class(tlsscan.RC4, ok(), 0x0005)}, want: Major},
		"triple DES":                     {id: "TLS-08", port: web, changes: []change{class(tlsscan.SmallBlock, ok(), 0x000a)}, want: Major},
		"neither of the two":             {id: "TLS-08", port: web},
		"RC4 not known":                  {id: "TLS-08", port: web, changes: []change{class(tlsscan.RC4, silentTLS(), 0)}, unknown: true},
		"RSA key exchange beside":        {id: "TLS-09", port: web, changes: []change{class(tlsscan.NoForwardSecrecy, ok(), 0x009c)}, want: Important},
		"RSA key exchange alone":         {id: "TLS-09", port: web, changes: []change{class(tlsscan.NoForwardSecrecy, ok(), 0x009c), class(tlsscan.Modern, refusedTLS(), 0), no13}, want: Major, variant: "only"},
		"a group of 1024 bits":           {id: "TLS-09", port: web, changes: []change{class(tlsscan.FiniteField, ok(), 0x009e), dh(1024)}, want: Major, variant: "dh"},
		"a group of 1536 bits":           {id: "TLS-09", port: web, changes: []change{class(tlsscan.FiniteField, ok(), 0x009e), dh(1536)}, want: Important, variant: "dh"},
		"a group of 2048 bits":           {id: "TLS-09", port: web, changes: []change{class(tlsscan.FiniteField, ok(), 0x009e), dh(2048)}},
		"a curve of 192 bits":            {id: "TLS-09", port: web, changes: []change{func(f *tlsscan.Facts) { f.Curves = []tlsscan.Group{29, 19} }}, want: Important, variant: "curve"},
		"curves of 256 bits":             {id: "TLS-09", port: web, changes: []change{func(f *tlsscan.Facts) { f.Curves = []tlsscan.Group{29, 23, 24} }}},
		"CBC alone":                      {id: "TLS-10", port: web, changes: []change{class(tlsscan.BlockMode, ok(), 0xc013), class(tlsscan.Modern, refusedTLS(), 0), no13}, want: Important, variant: "only"},
		"CBC beside, without the order":  {id: "TLS-10", port: web, changes: []change{class(tlsscan.BlockMode, ok(), 0xc013), func(f *tlsscan.Facts) { f.EncryptThenMAC = refusedTLS() }}, want: Minor},
		"CBC beside, in the right order": {id: "TLS-10", port: web, changes: []change{class(tlsscan.BlockMode, ok(), 0xc013), func(f *tlsscan.Facts) { f.EncryptThenMAC = ok() }}},
		"good habits":                    {id: "TLS-11", port: web},
		"compresses":                     {id: "TLS-11", port: web, changes: []change{func(f *tlsscan.Facts) { f.Compression = ok() }}, want: Important, variant: "compression"},
		"renegotiates unprotected":       {id: "TLS-11", port: web, changes: []change{func(f *tlsscan.Facts) { f.SecureRenegotiation = refusedTLS() }}, want: Important, variant: "renegotiation"},
		"takes early data":               {id: "TLS-11", port: web, changes: []change{func(f *tlsscan.Facts) { f.EarlyData = ok() }}, want: Minor, variant: "early_data"},
		"no extended master secret":      {id: "TLS-11", port: web, changes: []change{func(f *tlsscan.Facts) { f.ExtendedMasterSecret = refusedTLS() }}, want: Minor, variant: "master_secret"},
		"bleeds":                         {id: "TLS-12", port: web, changes: []change{flaw("heartbleed", ok())}, want: Critical, variant: "heartbleed"},
		"does not bleed":                 {id: "TLS-12", port: web, changes: []change{flaw("heartbleed", refusedTLS())}},
		"flaws were not asked for":       {id: "TLS-12", port: web},
		"no hybrid":                      {id: "TLS-13", port: web, changes: []change{func(f *tlsscan.Facts) { f.Hybrid = refusedTLS() }}, want: Info},
		"a hybrid":                       {id: "TLS-13", port: web},
		"no STARTTLS":                    {id: "MEL-07", port: smtp, changes: []change{asMail, func(f *tlsscan.Facts) { f.Offered = refusedTLS() }}, want: Major},
		"STARTTLS":                       {id: "MEL-07", port: smtp, changes: []change{asMail}},
		"STARTTLS not known":             {id: "MEL-07", port: smtp, changes: []change{asMail, func(f *tlsscan.Facts) { f.Offered = silentTLS() }}, unknown: true},
		"no STARTTLS on another port":    {id: "MEL-07", port: 587, changes: []change{asMail, func(f *tlsscan.Facts) { f.Offered = refusedTLS() }}},
		"mail over TLS 1.2":              {id: "MEL-09", port: smtp, changes: []change{asMail}},
		"mail over TLS 1.0 too":          {id: "MEL-09", port: smtp, changes: []change{asMail, version(tlsscan.TLS10, ok(), 0xc014)}, want: Info, variant: "beside"},
		"mail over TLS 1.0 only":         {id: "MEL-09", port: smtp, changes: []change{asMail, version(tlsscan.TLS10, ok(), 0xc014), version(tlsscan.TLS12, refusedTLS()), no13}, want: Important},
		"mail with a null suite":         {id: "MEL-09", port: smtp, changes: []change{asMail, class(tlsscan.NoEncryption, ok(), 0x003b)}, want: Important, variant: "null"},
		"submission over TLS 1.0":        {id: "MEL-09", port: 587, changes: []change{asMail, version(tlsscan.TLS10, ok(), 0xc014)}},
		"sound mail certificate":         {id: "MEL-10", port: smtp, changes: []change{asMail}},
		"expired mail certificate":       {id: "MEL-10", port: smtp, changes: []change{asMail, ends("2026-05-31")}, want: Info},
		"self-signed mail certificate":   {id: "MEL-10", port: smtp, changes: []change{asMail, trust("", tlsscan.SelfSigned)}, want: Info},
		"self-signed web certificate":    {id: "MEL-10", port: web, changes: []change{trust("", tlsscan.SelfSigned)}},
	}
	records := map[string]Record{}
	for _, r := range tlsChecks() {
		records[r.ID] = r
	}
	tried := map[string][2]bool{}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			asked := test.name
			switch asked {
			case "":
				asked = "www.exemple.test"
			case "-":
				asked = ""
			}
			got := records[test.id].Decide(oneTLS(soundTLS(test.changes...), test.port, asked), Settings{AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
			pair := tried[test.id]
			pair[map[bool]int{true: 0, false: 1}[test.want != ""]] = true
			tried[test.id] = pair
			switch {
			case test.want == "" && len(got.Found) > 0:
				t.Errorf("%s found %+v", test.id, got.Found)
			case test.want != "" && (len(got.Found) != 1 || got.Found[0].Severity != test.want || got.Found[0].Variant != test.variant):
				t.Errorf("%s: got %+v, want one %s finding %q", test.id, got.Found, test.want, test.variant)
			case test.unknown != (len(got.Unknown) > 0):
				t.Errorf("%s: unknown %+v", test.id, got.Unknown)
			}
			if test.want != "" {
				speaks(t, test.id, got.Found[0])
			}
		})
	}
	for id := range records {
		if tried[id] != [2]bool{true, true} {
			t.Errorf("%s lacks a positive case or a counter-example", id)
		}
	}
}

// speaks checks that a finding has its words in both languages, with nothing left to fill in.
func speaks(t *testing.T, id string, f Found) {
	t.Helper()
	for _, lang := range []string{"fr", "en"} {
		texts, err := LoadTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		raw, has := texts.Text(id)
		if _, variant := raw.Variants[f.Variant]; !has || f.Variant != "" && !variant {
			t.Fatalf("%s: %s has no text for %q", lang, id, f.Variant)
		}
		text := texts.For(id, f)
		if text.Title == "" || text.Risk == "" || text.WhySeverity == "" || len(text.Remedies) < 3 || strings.Contains(text.Found+text.VerifyCommand, "{{") {
			t.Errorf("%s: %s says %+v", lang, id, text)
		}
		if slices.Contains(f.Evidence, "") || len(f.Evidence) == 0 || f.Confidence == "" {
			t.Errorf("%s: evidence %q, confidence %q", id, f.Evidence, f.Confidence)
		}
	}
}

func TestMailCertificateUnderPolicy(t *testing.T) {
	run := oneTLS(soundTLS(asMail, trust("", tlsscan.SelfSigned)), 25, "mx.exemple.test")
	run.Domains = []observe.Domain{{Name: "exemple.test", Mail: &mail.Facts{
		MX:  mail.MX{Hosts: []mail.Exchanger{{Host: "MX.exemple.test."}}},
		STS: mail.STS{Policy: &mail.Policies{Mode: "enforce", MX: []string{"mx.exemple.test"}}}}}}
	record, _ := Find("MEL-10")
	settings := Settings{AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	if got := record.Decide(run, settings); len(got.Found) != 1 || got.Found[0].Severity != Major || got.Found[0].Params["domain"] != "exemple.test" {
		t.Errorf("got %+v", got.Found)
	}
	run.Domains[0].Mail.STS.Policy.Mode = "testing"
	if got := record.Decide(run, settings); len(got.Found) != 1 || got.Found[0].Severity != Info {
		t.Errorf("got %+v", got.Found)
	}
}

// The bare address of an endpoint that has names says nothing more; alone it is judged.
func TestViewsByName(t *testing.T) {
	run := oneTLS(soundTLS(version(tlsscan.TLS10, ok(), 0xc014)), 443, "www.exemple.test")
	bare := observe.View{TLS: soundTLS(trust("", tlsscan.SelfSigned))}
	run.Endpoints[0].Views = append([]observe.View{bare}, run.Endpoints[0].Views...)
	settings := Settings{AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	names, _ := Find("TLS-02")
	if got := names.Decide(run, settings); len(got.Found) > 0 || !slices.Equal(got.Passed, []string{"www.exemple.test"}) {
		t.Errorf("got %+v", got)
	}
	run.Endpoints[0].Views = run.Endpoints[0].Views[:1]
	if got := names.Decide(run, settings); len(got.Found) != 1 || got.Found[0].Asset != "192.0.2.1" {
		t.Errorf("got %+v", got)
	}
}
