package dns

import (
	"slices"
	"testing"

	wire "github.com/miekg/dns"
)

// The example of RFC 4034 section 6.1.
func TestCanonicalOrder(t *testing.T) {
	want := []string{"example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.", `\001.z.example.`, "*.z.example.", `\200.z.example.`}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, CompareNames)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func nsec(owner, next string, types ...uint16) *wire.NSEC {
	return &wire.NSEC{Hdr: wire.RR_Header{Name: owner, Rrtype: wire.TypeNSEC, Class: wire.ClassINET}, NextDomain: next, TypeBitMap: types}
}

// What a record of a delegation or of an alias for a whole tree must never prove (RFC 6840 section 4.1), and compact denial (RFC 9824).
func TestDenials(t *testing.T) {
	apex := nsec("ex.", "a.ex.", wire.TypeSOA, wire.TypeNS)
	delegation := nsec("a.ex.", "d.ex.", wire.TypeNS)
	tree := nsec("d.ex.", "z.ex.", wire.TypeDNAME)
	last := nsec("z.ex.", "ex.", wire.TypeA)
	rows := map[string]struct {
		records []*wire.NSEC
		name    string
		qtype   uint16
		noName  bool // asked whether the name exists, instead of the type
		want    bool
	}{
		"gap":                           {[]*wire.NSEC{tree, apex}, "m.ex.", 0, true, true},
		"gap without the wildcard":      {[]*wire.NSEC{tree}, "m.ex.", 0, true, false},
		"existing name":                 {[]*wire.NSEC{apex, delegation}, "a.ex.", 0, true, false},
		"below a delegation":            {[]*wire.NSEC{apex, delegation}, "x.a.ex.", 0, true, false},
		"below a tree's alias":          {[]*wire.NSEC{apex, tree}, "x.d.ex.", 0, true, false},
		"after the last":                {[]*wire.NSEC{last, apex}, "zz.ex.", 0, true, true},
		"outside the zone":              {[]*wire.NSEC{last, apex}, "zz.other.", 0, true, false},
		"type at a name":                {[]*wire.NSEC{last}, "z.ex.", wire.TypeMX, false, true},
		"type that is there":            {[]*wire.NSEC{last}, "z.ex.", wire.TypeA, false, false},
		"parent's record for the child": {[]*wire.NSEC{delegation}, "a.ex.", wire.TypeA, false, false},
		"parent's record for DS":        {[]*wire.NSEC{delegation}, "a.ex.", wire.TypeDS, false, true},
		"child's record for DS":         {[]*wire.NSEC{apex}, "ex.", wire.TypeDS, false, false},
		"compact":                       {[]*wire.NSEC{nsec("q.ex.", `\000.q.ex.`, wire.TypeRRSIG, wire.TypeNSEC, wire.TypeNXNAME)}, "q.ex.", wire.TypeA, false, true},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			d := &denial{zone: "ex.", hashes: map[string]string{}, nsec: row.records}
			var got bool
			if row.noName {
				got, _ = d.noName(row.name)
			} else {
				got, _, _ = d.noData(row.name, row.qtype)
			}
			if got != row.want {
				t.Errorf("proven: %v", got)
			}
		})
	}
}

func TestHashesBeyondReason(t *testing.T) {
	d := &denial{zone: "ex."}
	d.add(&wire.NSEC3{Hdr: wire.RR_Header{Name: "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.ex."}, Hash: wire.SHA1, Iterations: maxIterations + 1})
	if !d.costly || len(d.nsec3) > 0 {
		t.Error("a hash with too many iterations is used")
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{`a\"b`: `a"b`, `\195\169`: "é", `a\\b`: `a\b`, `end\`: `end\`, `\25`: "25", "plain": "plain"} {
		if got := unescape(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}
