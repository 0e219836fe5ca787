package mail

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	wire "github.com/miekg/dns"
	"pgregory.net/rapid"

	"blitiri.com.ar/go/spf"

	"hygie/exposure/dns"
)

// suite is one document of the public test suite of RFC 7208.
type suite struct {
	Description string              `yaml:"description"`
	Tests       map[string]question `yaml:"tests"`
	Zone        map[string][]any    `yaml:"zonedata"`
}

type question struct {
	Helo   string `yaml:"helo"`
	Host   string `yaml:"host"`
	From   string `yaml:"mailfrom"`
	Result any    `yaml:"result"`
}

// allowed lists the results that the suite accepts.
func (q question) allowed() []string {
	switch r := q.Result.(type) {
	case string:
		return []string{r}
	case []any:
		var list []string
		for _, each := range r {
			list = append(list, fmt.Sprint(each))
		}
		return list
	}
	return nil
}

func (q question) domain() string {
	if _, domain, ok := strings.Cut(q.From, "@"); ok {
		return domain
	}
	return q.Helo
}

// exchange answers from the suite's zone data. A text record stands for both SPF and TXT unless one is given apart.
func (s suite) exchange() dns.Exchanger {
	records := map[string][]any{}
	for name, list := range s.Zone {
		records[strings.ToLower(strings.TrimSuffix(name, "."))] = list
	}
	return func(_ context.Context, _ netip.AddrPort, q *wire.Msg) (*wire.Msg, error) {
		m := new(wire.Msg).SetReply(q)
		name, qtype := q.Question[0].Name, q.Question[0].Qtype
		list, exists := records[strings.TrimSuffix(name, ".")]
		if !exists {
			m.Rcode = wire.RcodeNameError
		}
		texts := slices.ContainsFunc(list, func(each any) bool { r, ok := each.(map[string]any); return ok && r["TXT"] != nil })
		for _, each := range list {
			r, _ := each.(map[string]any)
			for kind, value := range r {
				add(m, name, qtype, kind, value, texts)
			}
		}
		// TIMEOUT, alone or as a field: no answer for whatever is not given.
		silent := slices.ContainsFunc(list, func(each any) bool {
			r, _ := each.(map[string]any)
			return r["TIMEOUT"] != nil || each == "TIMEOUT"
		})
		if silent && len(m.Answer) == 0 {
			return nil, os.ErrDeadlineExceeded
		}
		return m, nil
	}
}

func add(m *wire.Msg, name string, qtype uint16, kind string, value any, texts bool) {
	h := wire.RR_Header{Name: name, Rrtype: qtype, Class: wire.ClassINET, Ttl: 60}
	switch {
	case (kind == "TXT" || kind == "SPF" && !texts) && qtype == wire.TypeTXT && fmt.Sprint(value) != "NONE":
		var parts []string
		if list, ok := value.([]any); ok {
			for _, p := range list {
				parts = append(parts, fmt.Sprint(p))
			}
		} else {
			parts = []string{fmt.Sprint(value)}
		}
		m.Answer = append(m.Answer, &wire.TXT{Hdr: h, Txt: escaped(parts)})
	case kind == "A" && qtype == wire.TypeA:
		m.Answer = append(m.Answer, &wire.A{Hdr: h, A: netip.MustParseAddr(fmt.Sprint(value)).AsSlice()})
	case kind == "AAAA" && qtype == wire.TypeAAAA:
		m.Answer = append(m.Answer, &wire.AAAA{Hdr: h, AAAA: netip.MustParseAddr(fmt.Sprint(value)).AsSlice()})
	case kind == "MX" && qtype == wire.TypeMX:
		var preference uint16
		fmt.Sscan(fmt.Sprint(value.([]any)[0]), &preference)
		m.Answer = append(m.Answer, &wire.MX{Hdr: h, Preference: preference, Mx: wire.Fqdn(fmt.Sprint(value.([]any)[1]))})
	case kind == "CNAME":
		h.Rrtype = wire.TypeCNAME
		m.Answer = append(m.Answer, &wire.CNAME{Hdr: h, Target: wire.Fqdn(fmt.Sprint(value))})
	}
}

func escaped(parts []string) []string {
	var out []string
	for _, p := range parts {
		var b strings.Builder
		for i := range len(p) {
			if p[i] < ' ' || p[i] > '~' || p[i] == '\\' {
				fmt.Fprintf(&b, `\%03d`, p[i])
			} else {
				b.WriteByte(p[i])
			}
		}
		for s := b.String(); ; s = s[200:] {
			if len(s) <= 200 || strings.Contains(s, `\`) {
				out = append(out, s)
				break
			}
			out = append(out, s[:200])
		}
	}
	return out
}

// apart gives the reason for the cases in which a result for one sender and a judgement of the whole record must differ.
func apart(name string) string {
	return map[string]string{
		"include-at-limit": "the sender matches before the eleventh look-up, which every other sender meets",
	}[name]
}

func readSuite(t testing.TB) []suite {
	t.Helper()
	// The library keeps the suite beside its code; where modules are vendored it is not there.
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "blitiri.com.ar/go/spf").Output()
	if err != nil {
		t.Fatalf("find the library with the public test suite: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "testdata", "rfc7208-tests.yml"))
	if len(files) == 0 {
		t.Skip("SKIPPED, the public test suite of RFC 7208 is not in the module cache")
	}
	file, err := os.Open(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var suites []suite
	for decoder := yaml.NewDecoder(file); ; {
		var s suite
		if err := decoder.Decode(&s); err != nil {
			break
		}
		if len(s.Tests) > 0 {
			suites = append(suites, s)
		}
	}
	if len(suites) < 10 {
		t.Fatalf("%d documents", len(suites))
	}
	return suites
}

func quickClient(exchange dns.Exchanger) *dns.Client {
	return dns.New(dns.Config{Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}, Exchange: exchange, Tries: 1})
}

// Wherever the suite says that receivers must give up, the record is found faulty; wherever they must not, it is not.
func TestPublicSuite(t *testing.T) {
	cases := 0
	for _, s := range readSuite(t) {
		client := quickClient(s.exchange())
		for name, q := range s.Tests {
			cases++
			t.Run(s.Description+"/"+name, func(t *testing.T) {
				if why := apart(name); why != "" {
					t.Skip(why)
				}
				got, err := readSPF(t.Context(), client, q.domain())
				if err != nil {
					t.Fatal(err)
				}
				said := "sound"
				switch {
				case got.Absent():
					said = "none"
				case len(got.Faults) > 0:
					said = "permerror"
				case got.Unknown != "":
					said = "temperror"
				}
				want := q.allowed()
				if slices.Contains(want, said) || said == "sound" && slices.ContainsFunc(want, func(w string) bool { return w != "none" && w != "permerror" && w != "temperror" }) {
					return
				}
				t.Errorf("%s %v: %s, want %v", q.domain(), got.Faults, said, want)
			})
		}
	}
	t.Logf("%d cases", cases)
}

// A sender that no record names meets the whole of a record: then a second implementation and this reader must agree, on any tree of records.
func TestAgainstAnotherReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := suite{Zone: map[string][]any{}}
		names := []string{"a.example", "b.example", "c.example", "d.example", "e.example"}
		domain := rapid.SampledFrom(append([]string{"none.example"}, names...))
		term := rapid.Custom(func(t *rapid.T) string {
			kind := rapid.SampledFrom([]string{"a", "mx", "include", "exists", "ip4", "ip6", "redirect", "ptr"}).Draw(t, "kind")
			qualifier := rapid.SampledFrom([]string{"", "-", "~", "?"}).Draw(t, "qualifier")
			switch kind {
			case "ip4":
				return qualifier + "ip4:192.0.2.0/24"
			case "ip6":
				return qualifier + "ip6:2001:db8::/32"
			case "redirect":
				return "redirect=" + domain.Draw(t, "redirect")
			default:
				return qualifier + kind + ":" + domain.Draw(t, "domain")
			}
		})
		for _, name := range names {
			terms := rapid.SliceOfN(term, 0, 4).Draw(t, name)
			redirects := 0
			terms = slices.DeleteFunc(terms, func(s string) bool { // two of them would be a fault of syntax, which the other reader sees late
				redirects += strings.Count(s, "redirect=")
				return strings.HasPrefix(s, "redirect=") && redirects > 1
			})
			end := rapid.SampledFrom([]string{"", " -all", " ~all", " ?all"}).Draw(t, "end")
			s.Zone[name] = []any{map[string]any{"TXT": strings.TrimSpace("v=spf1 "+strings.Join(terms, " ")) + end}, map[string]any{"A": "192.0.2.9"}, map[string]any{"MX": []any{10, name}}}
		}
		got, err := readSPF(context.Background(), quickClient(s.exchange()), names[0])
		if err != nil {
			t.Fatal(err)
		}
		theirs, why := spf.CheckHostWithSender(net.ParseIP("203.0.113.7"), "sender.example", "x@"+names[0], spf.WithResolver(asResolver{s.exchange()}))
		// Each of us may stop at another fault first: what is compared is whether anything is wrong, and the result if nothing is.
		if (theirs == spf.PermError) != (len(got.Faults) > 0) {
			t.Fatalf("%v\nours: %+v\ntheirs: %s, %v", s.Zone, got.Faults, theirs, why)
		}
		if len(got.Faults) == 0 && got.Stranger != strings.ToLower(string(theirs)) {
			t.Fatalf("%v\nours: %s\ntheirs: %s, %v", s.Zone, got.Stranger, theirs, why)
		}
	})
}

// asResolver lets the other reader ask the same data.
type asResolver struct{ exchange dns.Exchanger }

func (r asResolver) ask(ctx context.Context, name string, qtype uint16) ([]wire.RR, error) {
	m, err := r.exchange(ctx, netip.AddrPort{}, new(wire.Msg).SetQuestion(wire.CanonicalName(name), qtype))
	if err != nil || len(m.Answer) == 0 {
		return nil, &net.DNSError{Err: "none", Name: name, IsNotFound: err == nil, IsTemporary: err != nil}
	}
	return m.Answer, nil
}

func (r asResolver) LookupTXT(ctx context.Context, name string) (list []string, err error) {
	answer, err := r.ask(ctx, name, wire.TypeTXT)
	for _, rr := range answer {
		list = append(list, strings.Join(rr.(*wire.TXT).Txt, ""))
	}
	return list, err
}

func (r asResolver) LookupMX(ctx context.Context, name string) (list []*net.MX, err error) {
	answer, err := r.ask(ctx, name, wire.TypeMX)
	for _, rr := range answer {
		list = append(list, &net.MX{Host: rr.(*wire.MX).Mx, Pref: rr.(*wire.MX).Preference})
	}
	return list, err
}

func (r asResolver) LookupIPAddr(ctx context.Context, name string) (list []net.IPAddr, err error) {
	answer, err := r.ask(ctx, name, wire.TypeA)
	for _, rr := range answer {
		list = append(list, net.IPAddr{IP: rr.(*wire.A).A})
	}
	return list, err
}

// LookupAddr gives the sender a name, so that its own lack of one counts for nothing.
func (r asResolver) LookupAddr(context.Context, string) ([]string, error) {
	return []string{"a.example."}, nil
}
