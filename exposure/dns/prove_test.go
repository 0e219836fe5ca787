package dns_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
)

// now is the moment of these tests; the zones are signed around it.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// plain is what each zone of the tree holds.
const plain = `
@ A 192.0.2.1
@ MX 10 mail
mail A 192.0.2.2
mail AAAA 2001:db8::2
www CNAME mail
a.b.empty TXT "below an empty node"
*.wild TXT "from the wildcard"
kept.wild TXT "itself"
tree DNAME mail
`

func tree() []dnstest.Zone {
	dates := []string{"-s", "20260101000000", "-e", "20351231000000"}
	nsec := dates
	nsec3 := slices.Concat(dates, []string{"-3", "-", "-H", "0"})
	unsignedChild := plain + "child NS ns.child\nns.child A 192.0.2.53\n"
	return []dnstest.Zone{
		{Name: "lab.test", Sign: nsec, Text: "out CNAME www.nsec3.lab.test.\nbad CNAME www.expired.lab.test.\nfree CNAME www.unsigned.lab.test.\nround CNAME round2\nround2 CNAME round"},
		{Name: "nsec.lab.test", Sign: nsec, Text: unsignedChild},
		{Name: "nsec3.lab.test", Sign: nsec3, Text: unsignedChild},
		{Name: "salted.lab.test", Sign: slices.Concat(dates, []string{"-3", "AABBCCDD", "-H", "12"}), Text: plain},
		{Name: "optout.lab.test", Sign: append(slices.Clone(nsec3), "-A"), Text: unsignedChild},
		{Name: "rsa.lab.test", Sign: nsec, Algorithm: "RSASHA256 -b 2048", Text: plain},
		{Name: "old.lab.test", Sign: nsec, Algorithm: "RSASHA1 -b 1024", Text: plain},
		{Name: "p384.lab.test", Sign: nsec, Algorithm: "ECDSAP384SHA384", Text: plain},
		{Name: "ed.lab.test", Sign: nsec, Algorithm: "ED25519", Text: plain},
		{Name: "ed448.lab.test", Sign: nsec, Algorithm: "ED448", Text: plain},
		{Name: "strange.lab.test", Sign: nsec, Text: plain, DS: func(ds string) string { return strings.ReplaceAll(ds, " 13 2 ", " 99 2 ") }},
		{Name: "sha1.lab.test", Sign: nsec, Text: plain, Digests: []string{"SHA-1"}},
		{Name: "sha384.lab.test", Sign: nsec, Text: plain, Digests: []string{"SHA-384"}},
		{Name: "outdone.lab.test", Sign: nsec, Text: plain, Digests: []string{"SHA-1", "SHA-256"}, DS: wrongDigest},
		{Name: "unsigned.lab.test", Text: plain},
		{Name: "expired.lab.test", Sign: []string{"-s", "20250101000000", "-e", "20260101000000"}, Text: plain},
		{Name: "early.lab.test", Sign: []string{"-s", "20300101000000", "-e", "20310101000000"}, Text: plain},
		{Name: "wrongds.lab.test", Sign: nsec, Text: plain, DS: wrongDigest},
		{Name: "stripped.lab.test", Text: plain, DS: func(string) string {
			return "stripped.lab.test. IN DS 12345 13 2 571EE5F8CE169C71BD168D142E99EBFD794DCBE388FBA89ABF7F3D3EB13D5EC8\n"
		}},
		{Name: "altered.lab.test", Sign: nsec, Text: plain, Spoil: func(s string) string { return strings.ReplaceAll(s, "192.0.2.2", "192.0.2.66") }},
		{Name: "costly.lab.test", Sign: slices.Concat(dates, []string{"-3", "-", "-H", "150"}), Text: plain},
	}
}

// wrongDigest changes the last digits of a digest: the key no longer fits.
func wrongDigest(ds string) string {
	ds = strings.TrimSpace(ds)
	last := "0000"
	if strings.HasSuffix(ds, last) {
		last = "1111"
	}
	return ds[:len(ds)-4] + last + "\n"
}

// proofs is what each question must show, whoever serves the tree.
var proofs = []struct {
	name     string
	qtype    uint16
	outcome  dns.Outcome
	security dns.Security
	fault    dns.Fault
}{
	{"lab.test", dns.TypeSOA, dns.Data, dns.Secure, ""},
	{"nsec.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"nsec.lab.test", dns.TypeDS, dns.Data, dns.Secure, ""},
	{"nsec.lab.test", dns.TypeDNSKEY, dns.Data, dns.Secure, ""},
	{"nsec.lab.test", dns.TypeTXT, dns.NoData, dns.Secure, ""},
	{"nothing.nsec.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"deep.er.nothing.nsec.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"www.nsec.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"www.nsec.lab.test", dns.TypeTXT, dns.NoData, dns.Secure, ""},
	{"empty.nsec.lab.test", dns.TypeA, dns.NoData, dns.Secure, ""},
	{"b.empty.nsec.lab.test", dns.TypeTXT, dns.NoData, dns.Secure, ""},
	{"x.wild.nsec.lab.test", dns.TypeTXT, dns.Data, dns.Secure, ""},
	{"x.y.wild.nsec.lab.test", dns.TypeTXT, dns.Data, dns.Secure, ""},
	{"x.wild.nsec.lab.test", dns.TypeA, dns.NoData, dns.Secure, ""},
	{"x.kept.wild.nsec.lab.test", dns.TypeTXT, dns.NoName, dns.Secure, ""},
	{"*.wild.nsec.lab.test", dns.TypeTXT, dns.Data, dns.Secure, ""},
	{"x.tree.nsec.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"child.nsec.lab.test", dns.TypeDS, dns.NoData, dns.Secure, ""},
	{"nsec3.lab.test", dns.TypeMX, dns.Data, dns.Secure, ""},
	{"nsec3.lab.test", dns.TypeTXT, dns.NoData, dns.Secure, ""},
	{"nothing.nsec3.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"deep.er.nothing.nsec3.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"empty.nsec3.lab.test", dns.TypeA, dns.NoData, dns.Secure, ""},
	{"x.wild.nsec3.lab.test", dns.TypeTXT, dns.Data, dns.Secure, ""},
	{"x.y.wild.nsec3.lab.test", dns.TypeTXT, dns.Data, dns.Secure, ""},
	{"x.wild.nsec3.lab.test", dns.TypeA, dns.NoData, dns.Secure, ""},
	{"x.kept.wild.nsec3.lab.test", dns.TypeTXT, dns.NoName, dns.Secure, ""},
	{"www.nsec3.lab.test", dns.TypeAAAA, dns.Data, dns.Secure, ""},
	{"child.nsec3.lab.test", dns.TypeDS, dns.NoData, dns.Secure, ""},
	{"nothing.salted.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"salted.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"nothing.costly.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"optout.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"child.optout.lab.test", dns.TypeDS, dns.NoData, dns.Insecure, ""},
	{"nothing.optout.lab.test", dns.TypeA, dns.NoName, dns.Insecure, ""},
	{"x.wild.optout.lab.test", dns.TypeTXT, dns.Data, dns.Insecure, ""}, // what the wildcard stands for lies in a gap that may hide delegations
	{"x.wild.optout.lab.test", dns.TypeA, dns.NoData, dns.Insecure, ""},
	{"kept.wild.optout.lab.test", dns.TypeTXT, dns.Data, dns.Secure, ""},
	{"rsa.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"old.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"p384.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"ed.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"ed448.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"nothing.ed448.lab.test", dns.TypeA, dns.NoName, dns.Secure, ""},
	{"strange.lab.test", dns.TypeA, dns.Data, dns.Insecure, dns.AlgorithmUnknown},
	{"sha1.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"sha384.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"outdone.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.KeyMissing}, // SHA-1 does not count beside SHA-256 (RFC 4509 section 3)
	{"unsigned.lab.test", dns.TypeA, dns.Data, dns.Insecure, ""},
	{"unsigned.lab.test", dns.TypeDS, dns.NoData, dns.Secure, ""},
	{"unsigned.lab.test", dns.TypeTXT, dns.NoData, dns.Insecure, ""},
	{"nothing.unsigned.lab.test", dns.TypeA, dns.NoName, dns.Insecure, ""},
	{"out.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"free.lab.test", dns.TypeA, dns.Data, dns.Insecure, ""},
	{"bad.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.SignatureExpired},
	{"expired.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.SignatureExpired},
	{"nothing.expired.lab.test", dns.TypeA, dns.NoName, dns.Bogus, dns.SignatureExpired},
	{"early.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.SignatureEarly},
	{"wrongds.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.KeyMissing},
	{"stripped.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.KeyMissing},
	{"altered.lab.test", dns.TypeA, dns.Data, dns.Secure, ""},
	{"mail.altered.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.SignatureWrong},
	{"www.altered.lab.test", dns.TypeA, dns.Data, dns.Bogus, dns.SignatureWrong},
	{"mail.altered.lab.test", dns.TypeAAAA, dns.Data, dns.Secure, ""},
}

func checkProofs(t *testing.T, config dns.Config) {
	config.Now = func() time.Time { return now }
	client := dns.New(config)
	for _, want := range proofs {
		t.Run(want.name+" "+wire.TypeToString[want.qtype], func(t *testing.T) {
			got, err := client.Ask(t.Context(), want.name, want.qtype)
			if err != nil {
				t.Fatal(err)
			}
			if got.Outcome != want.outcome || got.Proof.Security != want.security || want.fault != got.Proof.Fault && (want.security == dns.Bogus || want.fault != "") {
				t.Errorf("%s, %+v; want %s, %s %s", got.Outcome, got.Proof, want.outcome, want.security, want.fault)
			}
			if (got.Outcome == dns.Data) != (len(got.Records) > 0) {
				t.Errorf("%s with %d records", got.Outcome, len(got.Records))
			}
		})
	}
	t.Run("round", func(t *testing.T) {
		var failure *dns.Failure
		if _, err := client.Ask(t.Context(), "round.lab.test", dns.TypeA); !errors.As(err, &failure) || failure.Reason != dns.Loop && failure.Reason != dns.Failed {
			t.Errorf("a loop of aliases gave %v", err)
		}
	})
	t.Run("outside", func(t *testing.T) {
		config := config
		config.Anchors = []dns.Anchor{{Zone: "."}}
		if got, err := dns.New(config).Ask(t.Context(), "lab.test", dns.TypeA); err != nil || got.Proof.Security != dns.Unproven {
			t.Errorf("without a usable anchor: %+v, %v", got, err)
		}
	})
}

func anchors(t testing.TB, file string) []dns.Anchor {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := dns.ReadAnchors(f, file)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A real BIND signs and serves the tree.
func TestProofsOfBind(t *testing.T) {
	bind := dnstest.StartBind(t, netip.MustParseAddrPort("127.0.0.1:0"), tree()...)
	config := dns.Config{Resolvers: []netip.AddrPort{bind.Addr}, Anchors: anchors(t, bind.Anchors)}
	var tape *recorder
	if os.Getenv("HYGIE_RECORD") != "" {
		tape = &recorder{known: map[string]string{}, send: dns.Sockets(config)}
		config.Exchange = tape.exchange
	}
	checkProofs(t, config)
	t.Run("implied", func(t *testing.T) { impliedAnswers(t, config) })
	t.Run("delv", func(t *testing.T) { againstDelv(t, bind) })
	if tape != nil && !t.Failed() {
		client := dns.New(config)
		for _, name := range []string{"nothing.nsec.lab.test", "nothing.nsec3.lab.test", "mail.nsec.lab.test"} { // asked for by spoilt answers
			client.Ask(t.Context(), name, dns.TypeDS)
			client.Ask(t.Context(), name, dns.TypeA)
		}
		tape.write(t, "testdata/tree.tape", bind.Anchors)
	}
}

// What BIND once answered, replayed: needs no server, and can be spoilt at will.
func TestProofsOfTape(t *testing.T) {
	checkProofs(t, play(t, nil))
}

// A captured signature must not serve for another name, and no part of an answer may be left out unseen.
func TestSpoiltAnswers(t *testing.T) {
	drop := func(types ...uint16) func(*wire.Msg) {
		return func(m *wire.Msg) {
			gone := func(rr wire.RR) bool {
				qtype := rr.Header().Rrtype
				if sig, ok := rr.(*wire.RRSIG); ok && slices.Contains(types, wire.TypeRRSIG) {
					qtype = sig.Header().Rrtype
				} else if ok {
					qtype = sig.TypeCovered
				}
				return slices.Contains(types, qtype)
			}
			m.Answer, m.Ns = slices.DeleteFunc(m.Answer, gone), slices.DeleteFunc(m.Ns, gone)
		}
	}
	rows := map[string]struct {
		name  string
		qtype uint16
		spoil func(*wire.Msg)
		fault dns.Fault
	}{
		"signatures removed":        {"nsec.lab.test", dns.TypeA, drop(wire.TypeRRSIG), dns.SignatureMissing},
		"denial removed":            {"nothing.nsec.lab.test", dns.TypeA, drop(wire.TypeNSEC), dns.DenialMissing},
		"denial removed, hashed":    {"nothing.nsec3.lab.test", dns.TypeA, drop(wire.TypeNSEC3), dns.DenialMissing},
		"absence of data unproven":  {"nsec3.lab.test", dns.TypeTXT, drop(wire.TypeNSEC3), dns.DenialMissing},
		"wildcard without denial":   {"x.wild.nsec.lab.test", dns.TypeTXT, drop(wire.TypeNSEC), dns.DenialMissing},
		"wildcard, hashed, without": {"x.wild.nsec3.lab.test", dns.TypeTXT, drop(wire.TypeNSEC3), dns.DenialMissing},
		"records hidden":            {"nsec.lab.test", dns.TypeA, func(m *wire.Msg) { m.Answer = nil }, dns.DenialMissing},
		"name hidden": {"mail.nsec.lab.test", dns.TypeA, func(m *wire.Msg) {
			m.Answer, m.Rcode = nil, wire.RcodeNameError
		}, dns.DenialMissing},
		"record added": {"nsec.lab.test", dns.TypeA, func(m *wire.Msg) {
			m.Answer = append(m.Answer, &wire.A{Hdr: wire.RR_Header{Name: "nsec.lab.test.", Rrtype: wire.TypeA, Class: wire.ClassINET}, A: []byte{192, 0, 2, 99}})
		}, dns.SignatureWrong},
		"digest hidden":   {"nsec.lab.test", dns.TypeDS, func(m *wire.Msg) { m.Answer = nil }, dns.DenialMissing},
		"denial for data": {"nothing.nsec.lab.test", dns.TypeA, func(m *wire.Msg) { m.Rcode = wire.RcodeSuccess }, dns.DenialMissing},
		"many signatures": {"nsec.lab.test", dns.TypeA, func(m *wire.Msg) {
			for _, rr := range m.Answer {
				if sig, ok := rr.(*wire.RRSIG); ok {
					junk := *sig
					junk.Signature = base64.StdEncoding.EncodeToString(make([]byte, 64))
					for range 50 {
						m.Answer = append([]wire.RR{&junk}, m.Answer...)
					}
					return
				}
			}
		}, dns.TooCostly},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			config := play(t, func(q wire.Question, m *wire.Msg) {
				if dns.Plain(q.Name) == row.name && q.Qtype == row.qtype {
					row.spoil(m)
				}
			})
			config.Now = func() time.Time { return now }
			got, err := dns.New(config).Ask(t.Context(), row.name, row.qtype)
			if err != nil {
				t.Fatal(err)
			}
			if got.Proof.Security != dns.Bogus || got.Proof.Fault != row.fault {
				t.Errorf("%s %+v; want bogus, %s", got.Outcome, got.Proof, row.fault)
			}
		})
	}
}

// Resolvers that answer from remembered denials may leave one out (PowerDNS Recursor 4.8, of the wildcard): not the zone's fault when they say
// that they have checked it, and never a proof.
func TestDenialShortenedByResolver(t *testing.T) {
	for claimed, want := range map[bool]dns.Security{true: dns.Unproven, false: dns.Bogus} {
		config := play(t, func(q wire.Question, m *wire.Msg) {
			if q.Name == "x.wild.nsec.lab.test." {
				m.AuthenticatedData = claimed
				m.Ns = slices.DeleteFunc(m.Ns, func(rr wire.RR) bool { return rr.Header().Name == "*.wild.nsec.lab.test." })
			}
		})
		config.Now = func() time.Time { return now }
		got, err := dns.New(config).Ask(t.Context(), "x.wild.nsec.lab.test", dns.TypeA)
		if err != nil || got.Proof.Security != want || got.Proof.Fault != dns.DenialMissing {
			t.Errorf("claimed %t: %+v, %v", claimed, got, err)
		}
	}
}

// The order in which a resolver gives signatures changes nothing of what is told.
func TestOrderOfSignatures(t *testing.T) {
	var told []dns.Proof
	for _, reverse := range []bool{false, true} {
		config := play(t, func(_ wire.Question, m *wire.Msg) {
			if reverse {
				slices.Reverse(m.Answer)
			}
		})
		config.Now = func() time.Time { return now }
		got, err := dns.New(config).Ask(t.Context(), "expired.lab.test", dns.TypeA)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, got.Proof)
	}
	if told[0] != told[1] || told[0].Fault != dns.SignatureExpired {
		t.Errorf("%+v", told)
	}
}

// A resolver that holds a copy of a zone for its own network answers for it where the zone above was asked for its digest: that tells nothing of
// what the world sees.
func TestPrivateCopyOfZone(t *testing.T) {
	config := play(t, func(q wire.Question, m *wire.Msg) {
		if q.Name == "nsec.lab.test." && q.Qtype == dns.TypeDS {
			m.Answer = nil
			m.Ns = []wire.RR{&wire.SOA{Hdr: wire.RR_Header{Name: "nsec.lab.test.", Rrtype: wire.TypeSOA, Class: wire.ClassINET, Ttl: 60}, Ns: "ns.", Mbox: "h."}}
		}
	})
	config.Now = func() time.Time { return now }
	got, err := dns.New(config).Ask(t.Context(), "www.nsec.lab.test", dns.TypeA)
	if err != nil || got.Proof.Security != dns.Unproven || got.Proof.Fault != dns.PrivateZone {
		t.Errorf("%+v, %v", got, err)
	}
}

// Time alone makes a sound zone bogus.
func TestSignaturesEnd(t *testing.T) {
	config := play(t, nil)
	config.Now = func() time.Time { return time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC) }
	got, err := dns.New(config).Ask(t.Context(), "lab.test", dns.TypeSOA)
	if err != nil || got.Proof.Security != dns.Unproven || got.Proof.Fault != dns.AnchorUnusable {
		t.Errorf("an anchor whose zone has expired: %+v, %v", got, err)
	}
	config.Now = func() time.Time { return time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC) }
	if got, err := dns.New(config).Ask(t.Context(), "expired.lab.test", dns.TypeA); err != nil || got.Proof.Security == dns.Secure {
		t.Errorf("before the anchor's signatures: %+v, %v", got, err)
	}
}

func TestChain(t *testing.T) {
	config := play(t, nil)
	config.Now = func() time.Time { return now }
	chain, err := dns.New(config).Chain(t.Context(), "rsa.lab.test")
	if err != nil {
		t.Fatal(err)
	}
	if len(chain.Links) != 2 || chain.Security != dns.Secure || chain.Links[1].Zone != "rsa.lab.test" || len(chain.Links[1].DS) != 1 ||
		len(chain.Links[1].Keys) != 2 || chain.Links[1].Keys[0].Bits != 2048 || chain.Links[1].Keys[0].Algorithm != wire.RSASHA256 {
		t.Errorf("%+v", chain)
	}
}

// recorder keeps every question and its answer.
type recorder struct {
	mu    sync.Mutex
	known map[string]string
	send  dns.Exchanger
}

func (r *recorder) exchange(ctx context.Context, server netip.AddrPort, q *wire.Msg) (*wire.Msg, error) {
	m, err := r.send(ctx, server, q)
	if err != nil {
		return nil, err
	}
	packed, err := m.Pack()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[questionOf(q)] = base64.StdEncoding.EncodeToString(packed)
	return m, nil
}

func questionOf(q *wire.Msg) string {
	return dns.Plain(q.Question[0].Name) + " " + wire.TypeToString[q.Question[0].Qtype]
}

func (r *recorder) write(t *testing.T, file, anchors string) {
	t.Helper()
	ds, err := os.ReadFile(anchors)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for q, answer := range r.known {
		if !strings.Contains(q, ".invalid ") {
			lines = append(lines, q+" "+answer)
		}
	}
	slices.Sort(lines)
	text := "; " + strings.Join(strings.Fields(string(ds)), " ") + "\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// play answers from the tape; what is not on it times out. spoil may change an answer first.
func play(t testing.TB, spoil func(wire.Question, *wire.Msg)) dns.Config {
	t.Helper()
	f, err := os.Open("testdata/tree.tape")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := map[string][]byte{}
	var anchor string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if ds, ok := strings.CutPrefix(lines.Text(), "; "); ok {
			anchor = ds
			continue
		}
		field := strings.Fields(lines.Text())
		packed, err := base64.StdEncoding.DecodeString(field[2])
		if err != nil {
			t.Fatal(err)
		}
		known[field[0]+" "+field[1]] = packed
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	list, err := dns.ReadAnchors(strings.NewReader(anchor), "tape")
	if err != nil {
		t.Fatal(err)
	}
	return dns.Config{Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}, Anchors: list, Tries: 1,
		Exchange: func(_ context.Context, _ netip.AddrPort, q *wire.Msg) (*wire.Msg, error) {
			packed, ok := known[questionOf(q)]
			if !ok {
				return nil, fmt.Errorf("%s is not on the tape: %w", questionOf(q), os.ErrDeadlineExceeded)
			}
			m := new(wire.Msg)
			if err := m.Unpack(packed); err != nil {
				return nil, err
			}
			m.Id = q.Id
			if spoil != nil {
				spoil(q.Question[0], m)
			}
			return m, nil
		}}
}
