package perimeter

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/exposure/signature"
	"hygie/exposure/signature/signaturetest"
)

// world is a witness that counts what it is asked.
type world struct {
	mu        sync.Mutex
	txt       map[string][]string
	addresses map[string][]netip.Addr
	files     map[netip.Addr]string
	touched   []string
}

func (w *world) TXT(_ context.Context, name string) ([]string, error) {
	if t, ok := w.txt[name]; ok {
		return t, nil
	}
	return nil, nil
}

func (w *world) Addresses(_ context.Context, name string) ([]netip.Addr, error) {
	return w.addresses[name], nil
}

func (w *world) File(_ context.Context, t Target, path string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touched = append(w.touched, t.String()+path)
	if body, ok := w.files[t.Address().Addr()]; ok {
		return []byte(body), nil
	}
	return nil, errors.New("refused")
}

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

const mandateText = "mandat inventé"

func mandatePerimeter(t testing.TB, extra string) *Perimeter {
	t.Helper()
	sum := sha256.Sum256([]byte(mandateText))
	return read(t, fmt.Sprintf(`
domains: [ch-brume.example, fichier.example, autre.example]
ranges: [192.0.2.0/28, 198.51.100.0/28, 10.1.0.0/24]
hosts: [vpn.seul.example, 203.0.113.9]
exclude: [fragile.ch-brume.example, 192.0.2.3, 192.0.2.4:8080]
proof_key: une clé d’au moins seize signes
mandates:
  - {file: m.pdf, sha256: %s, signer: x, from: 2026-03-01, until: 2026-03-31, covers: [192.0.2.0/24, sous.ch-brume.example], classes: [known-flaws]}
%s`, hex.EncodeToString(sum[:]), extra))
}

func open(name string) ([]byte, error) {
	if name == "m.pdf" {
		return []byte(mandateText), nil
	}
	return nil, errors.New("no file")
}

var day = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func proven(t testing.TB, p *Perimeter, w *world, o Options) *Proven {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = day
	}
	v, err := p.Prove(t.Context(), w, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func state(v *Proven) string {
	var out []string
	for _, p := range v.Proofs() {
		out = append(out, p.Item+"="+string(p.By)+p.Why)
	}
	return strings.Join(out, " ")
}

func TestProve(t *testing.T) {
	p := mandatePerimeter(t, "")
	w := &world{
		txt: map[string][]string{
			"_hygie.ch-brume.example": {"v=other", tokenMark + p.Token("ch-brume.example")},
			"_hygie.autre.example":    {tokenMark + p.Token("ch-brume.example")}, // the token of another item
		},
		addresses: map[string][]netip.Addr{"fichier.example": {addr("203.0.113.1"), addr("203.0.113.2")}, "vpn.seul.example": {addr("203.0.113.3")}, "autre.example": {addr("127.0.0.1")}},
		files:     map[netip.Addr]string{addr("203.0.113.1"): tokenMark + p.Token("fichier.example") + "\n", addr("203.0.113.3"): "<html>", addr("203.0.113.9"): tokenMark + p.Token("203.0.113.9"), addr("127.0.0.1"): tokenMark + p.Token("autre.example")},
	}
	v := proven(t, p, w, Options{Open: open})
	want := "autre.example=other_token ch-brume.example=dns fichier.example=file 10.1.0.0/24=private 192.0.2.0/28=mandate 198.51.100.0/28=no_mandate 203.0.113.9=file vpn.seul.example=no_token"
	if got := state(v); got != want {
		t.Errorf("proofs\n%s, want\n%s", got, want)
	}
	slices.Sort(w.touched)
	for _, touched := range w.touched {
		if !strings.HasSuffix(touched, ":80)"+TokenPath) && !strings.HasSuffix(touched, ":80"+TokenPath) {
			t.Errorf("the proof touches %s", touched)
		}
		if strings.Contains(touched, "127.0.0.1") {
			t.Errorf("a domain that leads to this machine makes the audit ask it: %s", touched)
		}
	}
	for name, o := range map[string]Options{
		"before the mandate": {Open: open, Now: time.Date(2026, 2, 28, 22, 59, 0, 0, time.UTC)},
		"after the mandate":  {Open: open, Now: time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)},
		"no mandate at hand": {},
		"another paper":      {Open: func(string) ([]byte, error) { return []byte("autre"), nil }},
	} {
		if got := state(proven(t, p, w, o)); !strings.Contains(got, "192.0.2.0/28=no_mandate") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := state(proven(t, p, w, Options{Open: open, Now: time.Date(2026, 3, 31, 21, 59, 0, 0, time.UTC)})); !strings.Contains(got, "192.0.2.0/28=mandate") {
		t.Errorf("on its last evening the mandate does not hold: %s", got)
	}
	p.ProofKey = ""
	if got := state(proven(t, p, w, Options{Open: open})); !strings.Contains(got, "ch-brume.example=no_key") {
		t.Errorf("without a key: %s", got)
	}
}

func TestHost(t *testing.T) {
	p := mandatePerimeter(t, "")
	w := &world{
		txt:       map[string][]string{"_hygie.ch-brume.example": {tokenMark + p.Token("ch-brume.example")}, "_hygie.vpn.seul.example": {tokenMark + p.Token("vpn.seul.example")}},
		addresses: map[string][]netip.Addr{"fichier.example": {addr("203.0.113.1")}},
		files:     map[netip.Addr]string{addr("203.0.113.1"): tokenMark + p.Token("fichier.example")},
	}
	v := proven(t, p, w, Options{Open: open})
	local := proven(t, p, w, Options{Open: open, Local: true})
	for name, test := range map[string]struct {
		v       *Proven
		host    string
		aliases []string
		at      string
		want    error
		ports   string // that may be touched, of 22, 443, 8080
		asked   string
	}{
		"an address of a range":                  {v, "", nil, "192.0.2.1", nil, "22 443 8080", ""},
		"a name on it":                           {v, "www.ch-brume.example", nil, "192.0.2.1", nil, "22 443 8080", "www.ch-brume.example"},
		"a stranger's name on it":                {v, "www.inconnu.example", nil, "192.0.2.1", nil, "22 443 8080", ""},
		"a name of the domain elsewhere":         {v, "www.ch-brume.example", nil, "203.0.113.50", nil, "443 8080", "www.ch-brume.example"},
		"the same, by an alias inside":           {v, "www.ch-brume.example", []string{"web.ch-brume.example"}, "203.0.113.50", nil, "443 8080", "www.ch-brume.example"},
		"the same, by an alias outside":          {v, "www.ch-brume.example", []string{"www.cdn.example"}, "203.0.113.50", ErrOutside, "", ""},
		"an alias outside, to our range":         {v, "www.ch-brume.example", []string{"www.cdn.example"}, "192.0.2.1", nil, "22 443 8080", "www.ch-brume.example"},
		"a declared host":                        {v, "vpn.seul.example", nil, "203.0.113.60", nil, "22 443 8080", "vpn.seul.example"},
		"a name below a declared host":           {v, "x.vpn.seul.example", nil, "203.0.113.60", ErrUnproven, "", ""},
		"a domain proven by file":                {v, "fichier.example", nil, "203.0.113.1", nil, "22 443 8080", "fichier.example"},
		"the same, elsewhere":                    {v, "fichier.example", nil, "203.0.113.2", ErrUnproven, "", ""},
		"a name below it":                        {v, "www.fichier.example", nil, "203.0.113.1", ErrUnproven, "", ""},
		"an unproven domain":                     {v, "www.autre.example", nil, "203.0.113.1", ErrUnproven, "", ""},
		"an unproven range":                      {v, "", nil, "198.51.100.1", ErrUnproven, "", ""},
		"a bare address elsewhere":               {v, "", nil, "203.0.113.50", ErrUnproven, "", ""},
		"an excluded name":                       {v, "a.fragile.ch-brume.example", nil, "192.0.2.1", ErrExcluded, "", ""},
		"an alias to an excluded name":           {v, "www.ch-brume.example", []string{"fragile.ch-brume.example"}, "192.0.2.1", ErrExcluded, "", ""},
		"an excluded address":                    {v, "www.ch-brume.example", nil, "192.0.2.3", ErrExcluded, "", ""},
		"an excluded port":                       {v, "", nil, "192.0.2.4", nil, "22 443", ""},
		"our name on this machine":               {v, "www.ch-brume.example", nil, "127.0.0.1", ErrPrivate, "", ""},
		"our name on this machine, written in 6": {v, "www.ch-brume.example", nil, "::ffff:127.0.0.1", ErrPrivate, "", ""},
		"our name on a private network":          {v, "www.ch-brume.example", nil, "10.2.0.1", ErrPrivate, "", ""},
		"a declared private range":               {v, "", nil, "10.1.0.1", ErrPrivate, "", ""},
		"the same, where that is allowed":        {local, "", nil, "10.1.0.1", nil, "22 443 8080", ""},
		"another private range, even there":      {local, "www.ch-brume.example", nil, "10.2.0.1", ErrPrivate, "", ""},
		"cloud metadata":                         {local, "www.ch-brume.example", nil, "169.254.169.254", ErrPrivate, "", ""},
		"nobody's address":                       {local, "www.ch-brume.example", nil, "0.0.0.0", ErrUnproven, "", ""},
	} {
		h, err := test.v.Host(test.host, test.aliases, addr(test.at))
		if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
			continue
		}
		if err != nil {
			continue
		}
		var ports []string
		for _, port := range []uint16{22, 443, 8080} {
			target, err := h.Target(port)
			if h.May(port) != (err == nil) {
				t.Errorf("%s: May and Target differ on port %d", name, port)
			}
			if err == nil {
				ports = append(ports, fmt.Sprint(port))
				if target.Name() != test.asked {
					t.Errorf("%s: asked for %q, want %q", name, target.Name(), test.asked)
				}
			}
		}
		if got := strings.Join(ports, " "); got != test.ports {
			t.Errorf("%s: ports %s, want %s", name, got, test.ports)
		}
	}
	h, err := v.Host("", nil, addr("192.0.2.4"))
	if err != nil {
		t.Fatal(err)
	}
	target, err := h.Target(443)
	if err != nil {
		t.Fatal(err)
	}
	if lost := target.At(8080); lost.Address().IsValid() {
		t.Errorf("another port of the same target passes the exclusion: %s", lost)
	}
	if !target.Allows(KnownFlaws) || target.Allows(MailRelay) {
		t.Error("classes are those of the mandate")
	}
	elsewhere, err := v.Host("www.ch-brume.example", nil, addr("203.0.113.50"))
	if err != nil {
		t.Fatal(err)
	}
	if target, err := elsewhere.Target(443); err != nil || target.Allows(KnownFlaws) {
		t.Errorf("a mandate for a range allows its classes elsewhere: %v", err)
	}
}

func TestNameServer(t *testing.T) {
	p := mandatePerimeter(t, "")
	v := proven(t, p, &world{}, Options{Open: open})
	for text, want := range map[string]bool{
		"203.0.113.53:53": true, "192.0.2.1:5353": true, "203.0.113.53:443": false, "127.0.0.1:53": false, "10.0.0.1:53": false, "192.0.2.3:53": false, "224.0.0.1:53": false, "[fe80::1]:53": false,
	} {
		target, err := v.NameServer("ns.ch-brume.example", netip.MustParseAddrPort(text))
		if (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
		if err == nil && (target.May(80) || target.At(80).Address().IsValid()) {
			t.Errorf("%s: the questions of resolvers open other ports", text)
		}
	}
}

// A browser may go under a proven name wherever it leads, to web pages alone.
func TestVisitor(t *testing.T) {
	p := mandatePerimeter(t, "")
	v := proven(t, p, &world{txt: map[string][]string{"_hygie.ch-brume.example": {tokenMark + p.Token("ch-brume.example")}}}, Options{Open: open})
	for _, row := range []struct {
		name, at string
		want     error
	}{
		{"www.ch-brume.example", "203.0.113.80", nil},
		{"www.ailleurs.example", "203.0.113.80", ErrUnproven},
		{"", "203.0.113.80", ErrUnproven},
		{"www.ch-brume.example", "127.0.0.1", ErrPrivate},
		{"www.ch-brume.example", "10.0.0.1", ErrPrivate},
		{"www.ch-brume.example", "192.0.2.3", ErrExcluded},
	} {
		h, err := v.Visitor(row.name, []string{"brume.github.io"}, addr(row.at))
		if !errors.Is(err, row.want) || row.want == nil && err != nil {
			t.Errorf("%s at %s: %v", row.name, row.at, err)
		}
		if err == nil && (!h.May(80) || !h.May(443) || h.May(22) || h.Whole()) {
			t.Errorf("%s: ports beyond those of the web", row.name)
		}
	}
}

func TestTokens(t *testing.T) {
	p := &Perimeter{ProofKey: "une clé d’au moins seize signes", Domains: []string{"a.example"}, Hosts: []string{"192.0.2.1", "2001:db8::1"}}
	other := &Perimeter{ProofKey: "une autre clé de seize signes"}
	if len(p.Token("a.example")) != 32 || p.Token("a.example") == p.Token("b.example") || p.Token("a.example") == other.Token("a.example") {
		t.Error("tokens do not depend on key and item")
	}
	list := p.Publications()
	if len(list) != 3 || list[0].TXTName != "_hygie.a.example" || list[1].TXTName != "" || list[2].FileURL != "http://[2001:db8::1]"+TokenPath {
		t.Errorf("publications %+v", list)
	}
	if p.matches("a.example", tokenMark) || p.matches("a.example", "") || !p.matches("a.example", " "+strings.ToUpper(tokenMark[:0])+tokenMark+strings.ToUpper(p.Token("a.example"))+"\r\n") {
		t.Error("matching a published token")
	}
	both := tokenMark + other.Token("b.example") + "\r\n\r\n" + tokenMark + p.Token("a.example") + "\n"
	if !p.shown("a.example", both) || p.shown("b.example", both) || p.shown("a.example", both+"<html>") || p.shown("a.example", "") {
		t.Error("a file with the tokens of several items")
	}
	if (&Perimeter{}).matches("a.example", tokenMark+(&Perimeter{}).Token("a.example")) {
		t.Error("without a key, anyone can prove anything")
	}
	key, err := NewProofKey(strings.NewReader(strings.Repeat("x", 20)))
	if err != nil || len(key) != 32 {
		t.Errorf("key %q, %v", key, err)
	}
	if _, err := NewProofKey(strings.NewReader("short")); err == nil {
		t.Error("a key without randomness")
	}
}

// Each mandate is told of with what it is worth, whether it holds or not.
func TestPapers(t *testing.T) {
	signer := signaturetest.New(t, "A. Exemple", day)
	paper := signer.CMS(t, []byte("Mandat"), day, true)
	sum := sha256.Sum256(paper)
	p := read(t, fmt.Sprintf(`
ranges: [192.0.2.0/28]
mandates:
  - {file: m.p7m, sha256: %[1]x, signer: x, from: 2026-03-01, until: 2026-03-31, covers: [192.0.2.0/28], hours: ["08:00-20:00"]}
`, sum))
	authorities := x509.NewCertPool()
	authorities.AddCert(signer.Authority)
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	whole := func(string) ([]byte, error) { return paper, nil }
	for _, row := range []struct {
		name    string
		now     time.Time
		open    func(string) ([]byte, error)
		signers *x509.CertPool
		why     string
		trust   signature.Trust
	}{
		{"in force", day, whole, nil, "", signature.NotVerified},
		{"in force, by an authority that is believed", day, whole, authorities, "", signature.Trusted},
		{"before its days", at(2, 20, 12), whole, authorities, "early", signature.Trusted},
		{"after its days", at(4, 2, 12), whole, authorities, "late", signature.Trusted},
		{"outside its hours", at(3, 10, 22), whole, authorities, "hours", signature.Trusted},
		{"another file", day, func(string) ([]byte, error) { return []byte("autre"), nil }, authorities, "other_file", ""},
		{"no file", day, open, authorities, "no_file", ""},
		{"nowhere to look", day, nil, authorities, "no_file", ""},
	} {
		v := proven(t, p, &world{}, Options{Now: row.now, Open: row.open, Signers: row.signers})
		got := v.Papers()[0]
		if got.Why != row.why || (v.Proofs()[0].By == ByMandate) != (row.why == "") {
			t.Errorf("%s: why %q, proof %+v", row.name, got.Why, v.Proofs()[0])
		}
		if (got.Signed == nil) != (row.trust == "") || got.Signed != nil && (len(got.Signed.Signatures) != 1 || got.Signed.Signatures[0].Trust != row.trust || got.Signed.Signatures[0].Signer != "A. Exemple") {
			t.Errorf("%s: signed %+v", row.name, got.Signed)
		}
	}
}

func TestUntil(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ extra, want string }{
		"the mandate's last day":      {"", "2026-04-01 00:00"},
		"the perimeter's hours":       {"hours: [\"08:00-20:00\"]\n", "2026-03-10 20:00"},
		"outside, nothing":            {"hours: [\"20:00-06:00\"]\n", ""},
		"the mandate's own hours":     {"  - {file: m.pdf, sha256: SUM, signer: x, from: 2026-03-01, until: 2026-03-31, covers: [198.51.100.0/28], hours: [\"12:00-14:00\"]}\n", "2026-03-10 14:00"},
		"a mandate outside its hours": {"  - {file: m.pdf, sha256: SUM, signer: x, from: 2026-03-01, until: 2026-03-31, covers: [198.51.100.0/28], hours: [\"20:00-21:00\"]}\n", "2026-04-01 00:00"},
	} {
		sum := sha256.Sum256([]byte(mandateText))
		v := proven(t, mandatePerimeter(t, strings.ReplaceAll(test.extra, "SUM", hex.EncodeToString(sum[:]))), &world{}, Options{Open: open})
		end, ok := v.Until(day)
		if got := end.In(paris).Format("2006-01-02 15:04"); ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%s: until %s (%v), want %s", name, got, ok, test.want)
		}
	}
}

func TestProveStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := mandatePerimeter(t, "").Prove(ctx, &world{}, Options{Now: day}); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped proof: %v", err)
	}
}
