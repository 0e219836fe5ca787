package collect_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/collect"
	"hygie/directory/dump"
	"hygie/directory/ldap"
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/points/rule"
	"hygie/lab/labtest"
)

// as gives options to collect from dc as its ordinary account.
func as(t testing.TB, dc *labtest.Controller, method ldap.Method) collect.Options {
	t.Helper()
	o := ldap.Options{
		Server: dc.Host, Dial: dc.Dial, Method: method, Roots: dc.Roots(t),
		Account: ldap.Account{User: "a.auditeur", Password: dc.Admin},
	}
	return collect.Options{
		Connect: func(ctx context.Context) (*ldap.Client, error) { return ldap.Connect(ctx, o) },
		Tool:    "hygie test", Account: "a.auditeur",
	}
}

func load(t testing.TB, data []byte) *model.Directory {
	t.Helper()
	b := model.NewBuilder()
	summary, err := dump.Read(bytes.NewReader(data), b, dump.Options{Name: "lab"})
	if err != nil || summary.Damage != nil || summary.Ignored != 0 {
		t.Fatalf("read the dump again: %v, %+v", err, summary)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// verdicts collects from a controller and decides every point of its domain.
func verdicts(t *testing.T, dc *labtest.Controller, method ldap.Method) map[string]points.Verdict {
	t.Helper()
	summary, d, _ := gather(t, as(t, dc, method))
	if summary.Source.Partial || summary.Method != method || summary.Objects != d.Count() || len(summary.Partitions) != 5 {
		t.Fatalf("%+v, %d objects loaded", summary, d.Count())
	}
	t.Logf("%s: %d objects in %s, %.0f/s", summary.Security, summary.Objects, summary.Elapsed.Round(time.Millisecond),
		float64(summary.Objects)/summary.Elapsed.Seconds())
	results := points.Evaluate(d, points.Options{AsOf: summary.Source.Collected})
	if len(results) != 1 {
		t.Fatalf("%d domains", len(results))
	}
	all := map[string]points.Verdict{}
	for _, v := range results[0].Verdicts {
		all[v.Point.ID] = v
	}
	return all
}

// A fresh domain fails what Samba's own defaults fail, as the truth file says, and nothing else.
func TestSambaCleanDomain(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{})
	truth := labtest.ReadTruth(t)
	for id, v := range verdicts(t, dc, ldap.Kerberos) {
		known := truth.Inherent[id]
		inherent := known.Levels
		for _, level := range v.Failed {
			if !slices.Contains(inherent, level) {
				t.Errorf("%s fails at level %d on a fresh domain: %s", id, level, shown(v))
			}
		}
		if len(inherent) > 0 && !known.Optional && !slices.Equal(v.Failed, inherent) {
			t.Errorf("%s fails at levels %v, the truth file says %v", id, v.Failed, inherent)
		}
	}
}

// Every planted weakness is found, on its objects and at its levels, by both ways in.
func TestSambaPlantedWeaknesses(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{Fixture: true})
	truth := labtest.ReadTruth(t)
	for _, method := range []ldap.Method{ldap.Kerberos, ldap.LDAPS} {
		got := verdicts(t, dc, method)
		for _, id := range slices.Sorted(maps.Keys(truth.Planted)) {
			want := truth.Planted[id]
			v, ok := got[id]
			if !ok {
				t.Errorf("%s: no such point", id)
				continue
			}
			for _, level := range want.Levels {
				if !slices.Contains(v.Failed, level) {
					t.Errorf("%s does not fail at level %d by %s: %s", id, level, method, shown(v))
				}
			}
			for _, name := range want.Objects {
				dn := strings.ReplaceAll(name, "BASE", dc.Base)
				if !slices.ContainsFunc(slices.Collect(v.Objects.All()), func(o rule.Object) bool { return strings.EqualFold(o.DN, dn) }) {
					t.Errorf("%s does not show %s by %s: %s", id, dn, method, shown(v))
				}
			}
		}
	}
}

// ways gives the ways into tier 0 that a collection shows: beginning, end and kinds.
func ways(t *testing.T, dc *labtest.Controller) (*paths.Network, []string) {
	t.Helper()
	_, d, _ := gather(t, as(t, dc, ldap.Kerberos))
	n, err := paths.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, w := range n.Ways(1000).List {
		out = append(out, line(n, w.Path))
	}
	return n, out
}

func line(n *paths.Network, p paths.Path) string {
	name := func(node paths.Node) string {
		dn, _ := n.Name(node, "en")
		return distname.RDNValue(dn)
	}
	out := name(p.Source)
	for _, s := range p.Steps {
		out += " " + s.Kind.String() + " " + name(s.To)
	}
	return out
}

// Nothing leads into tier 0 in a fresh domain; each way that the fixture opens is found there.
func TestSambaWays(t *testing.T) {
	clean := labtest.Start(t, labtest.Options{})
	if _, got := ways(t, clean); len(got) != 0 {
		t.Errorf("ways into a fresh domain:\n%s", strings.Join(got, "\n"))
	}
	dc := labtest.Start(t, labtest.Options{Fixture: true})
	n, got := ways(t, dc)
	for _, row := range []struct{ from, to, want string }{
		{"svc-portail", "DC1$", "svc-portail AllowedToDelegate DC1"},
		{"svc-imagerie", "DC1$", "svc-imagerie AllowedToDelegate DC1"},
		{"SRV-IMPRESSION", "BASE", "SRV-IMPRESSION UnconstrainedDelegation lab"},
		{"svc-pacs", "DC1$", "svc-pacs AllowedToAct DC1"},
		{"b.martin", "DC1$", "b.martin MemberOf GG-Support GenericAll DC1"},
		{"b.martin", "adm.dupont", "b.martin MemberOf GG-Support WriteOwner adm.dupont"},
		{"dpo", "CN=AdminSDHolder,CN=System,BASE", "dpo WriteDacl AdminSDHolder"},
		{"c.durand", "Domain Admins", "c.durand SIDHistory Domain Admins"},
		{"d.leroy", "BASE", "d.leroy MemberOf Domain Users Enroll AccesDistant IssuesCertificates lab"},
	} {
		from, to := n.Find(row.from), n.Find(strings.ReplaceAll(row.to, "BASE", dc.Base))
		if len(from) != 1 || len(to) != 1 {
			t.Errorf("%s to %s: %d and %d objects", row.from, row.to, len(from), len(to))
			continue
		}
		if p, _ := n.Path(from[0], to...); line(n, p) != row.want {
			t.Errorf("%s, want %s", line(n, p), row.want)
		}
	}
	if t.Failed() || len(got) < 10 {
		t.Errorf("ways:\n%s", strings.Join(got, "\n"))
	}
}

// shown writes a verdict for a message.
func shown(v points.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, failed %v, undecided %v, missing %v", v.Status, v.Failed, v.Undecided, v.Missing)
	for i := range v.Objects.Len() {
		if i == 20 {
			fmt.Fprintf(&b, "\n\t… %d objects in all", v.Objects.Len())
			break
		}
		o := v.Objects.At(i)
		fmt.Fprintf(&b, "\n\t%v %s %+v", o.Levels, o.DN, o.Reason)
	}
	return b.String()
}

func BenchmarkSambaCollect(b *testing.B) {
	dc := labtest.Start(b, labtest.Options{Bulk: 10_000})
	for _, method := range []ldap.Method{ldap.Kerberos, ldap.LDAPS} {
		b.Run(string(method), func(b *testing.B) {
			o := as(b, dc, method)
			total := 0
			for b.Loop() {
				summary, err := collect.Write(b.Context(), o, &bytes.Buffer{})
				if err != nil {
					b.Fatal(err)
				}
				total += summary.Objects
			}
			b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "objects/s")
		})
	}
}
