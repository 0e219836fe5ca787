package packages

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hygie/referential"
)

// A case of a golden table is written by reading the facts, not by running the rules:
//
//	case two audits 44 days apart
//	subject h private                          structure and category; "group g ght" and "member m1 public-ght 660" for a GHT; "of g" for its member
//	give exposure-grade B                      a parameter
//	fact h 2026-01-10 exposure.run=@ …         one observation: @ is the day itself
//	doc h plan 2026-01-01..2026-12-31          a document with its period, deposited on its first day; ".." for no period; then who signed it
//	on 2026-03-31                              the day of the judgement, at its end
//	want D1.O2.B not_met                       the verdict
//	  exposure-interval not_met "44 jours"     a criterion, its answer, and words that its reasons hold
type goldenCase struct {
	name    string
	line    int
	world   referential.World
	at      time.Time
	verdict []wantedVerdict
}

type wantedVerdict struct {
	code     string
	status   referential.Status
	criteria []wantedCriterion
}

type wantedCriterion struct {
	code   string
	status referential.Status
	words  []string
}

// caseReader reads a table of cases against the facts that a package declares.
type caseReader struct {
	t    *testing.T
	pkg  *referential.Package
	file string
	line int
	all  []*goldenCase
}

func readCases(t *testing.T, p *referential.Package, file string) []*goldenCase {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &caseReader{t: t, pkg: p, file: file}
	for line := range strings.Lines(string(data)) {
		r.line++
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "#") {
			r.read(strings.HasPrefix(line, " "), text)
		}
	}
	return r.all
}

func (r *caseReader) wrong(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("%s:%d: %s", r.file, r.line, fmt.Sprintf(format, args...))
}

func (r *caseReader) read(inside bool, text string) {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	if word == "case" {
		r.all = append(r.all, &goldenCase{name: rest, line: r.line})
		return
	}
	if len(r.all) == 0 {
		r.wrong("no case yet")
	}
	c, fields := r.all[len(r.all)-1], strings.Fields(rest)
	switch {
	case inside:
		v := &c.verdict[len(c.verdict)-1]
		parts := strings.Split(rest, `"`)
		one := wantedCriterion{code: word, status: referential.Status(strings.TrimSpace(parts[0]))}
		for i := 1; i < len(parts); i += 2 {
			one.words = append(one.words, parts[i])
		}
		v.criteria = append(v.criteria, one)
	case word == "want":
		c.verdict = append(c.verdict, wantedVerdict{code: fields[0], status: referential.Status(fields[1])})
	case word == "on":
		c.at = day(rest).Add(23 * time.Hour)
	case word == "subject":
		c.world.Subject.Structure = fields[0]
		c.world.Subject.Category = strings.TrimSuffix(fields[1], "-")
	case word == "group":
		c.world.Subject = referential.Subject{Structure: fields[0], Category: fields[1], Kind: "group", IsGroup: true}
	case word == "of":
		c.world.Subject.Group = rest
	case word == "member":
		weight, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			r.wrong("weight: %v", err)
		}
		c.world.Subject.Members = append(c.world.Subject.Members, referential.Member{Structure: fields[0], Name: "Hôpital " + fields[0], Category: fields[1], Weight: weight})
	case word == "give":
		r.give(c, fields[0], fields[1])
	case word == "fact":
		r.observe(c, fields)
	case word == "doc":
		r.deposit(c, fields)
	default:
		r.wrong("what is %q?", word)
	}
}

func (r *caseReader) give(c *goldenCase, code, text string) {
	for _, p := range r.pkg.Parameters {
		if p.Code == code {
			if c.world.Parameters == nil {
				c.world.Parameters = map[string]referential.Value{}
			}
			c.world.Parameters[code] = r.value(p.Kind, text, time.Time{})
			return
		}
	}
	r.wrong("no parameter %s", code)
}

func (r *caseReader) value(kind referential.ValueKind, text string, on time.Time) referential.Value {
	switch {
	case text == "@":
		return referential.Date(on)
	case kind == referential.NumberKind:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			r.wrong("%v", err)
		}
		return referential.Number(n)
	case kind == referential.BoolKind:
		return referential.YesNo(text == "yes")
	case kind == referential.DateKind:
		return referential.Date(day(text))
	}
	return referential.Words(text)
}

func (r *caseReader) observe(c *goldenCase, fields []string) {
	on := day(fields[1])
	for _, said := range fields[2:] {
		key, text, _ := strings.Cut(said, "=")
		kind := referential.ValueKind("")
		for _, k := range r.pkg.Facts {
			if referential.Matches(k.Key, key) {
				kind = k.Kind
			}
		}
		if kind == "" {
			r.wrong("the package declares no fact %s", key)
		}
		c.world.Facts = append(c.world.Facts, referential.Fact{Structure: fields[0], Key: key, Value: r.value(kind, text, on), ObservedAt: on.Add(10 * time.Hour), Source: "run/" + fields[0] + "/" + fields[1]})
	}
}

func (r *caseReader) deposit(c *goldenCase, fields []string) {
	d := referential.Document{Structure: fields[0], Kind: fields[1], ID: fmt.Sprint("d", r.line), DepositedAt: day("2025-01-01")}
	from, until, _ := strings.Cut(fields[2], "..")
	if from != "" {
		d.From, d.DepositedAt = day(from), day(from)
	}
	if until != "" {
		d.Until = day(until)
	}
	if len(fields) > 3 {
		d.SignerRole = fields[3]
	}
	c.world.Documents = append(c.world.Documents, d)
}

// Each case of each call, with its verdict and what its reasons must say.
func TestGoldenCases(t *testing.T) {
	for _, id := range []string{"care-d1", "care-d2", "hospiconnect"} {
		p := load(t, id)
		cases := readCases(t, p, filepath.Join("testdata", id, "cases.txt"))
		if len(cases) < 30 {
			t.Errorf("%s has %d cases", id, len(cases))
		}
		names := map[string]bool{}
		for _, c := range cases {
			if names[c.name] || len(c.verdict) == 0 {
				t.Errorf("%s: case %q stands twice, or asks for nothing", id, c.name)
			}
			names[c.name] = true
			t.Run(id+"/"+c.name, func(t *testing.T) { checkCase(t, p, c) })
		}
	}
}

func checkCase(t *testing.T, p *referential.Package, c *goldenCase) {
	a := p.Evaluate(c.world, c.at)
	for _, want := range c.verdict {
		got, ok := a.Verdict(want.code)
		if !ok {
			t.Fatalf("line %d: no requirement %s", c.line, want.code)
		}
		var why strings.Builder
		for _, criterion := range got.Criteria {
			fmt.Fprintf(&why, "%s\n", criterion.Code)
			tree(&why, criterion.Reasons, referential.French, 1)
		}
		if got.Status != want.status {
			t.Errorf("line %d: %s is %s, want %s\n%s", c.line, want.code, got.Status, want.status, why.String())
		}
		for _, one := range want.criteria {
			checkCriterion(t, c, got, one)
		}
	}
}

func checkCriterion(t *testing.T, c *goldenCase, v referential.Verdict, want wantedCriterion) {
	for _, got := range v.Criteria {
		if got.Code != want.code {
			continue
		}
		var why strings.Builder
		tree(&why, got.Reasons, referential.French, 0)
		if got.Reasons.Status != want.status {
			t.Errorf("line %d: %s is %s, want %s\n%s", c.line, want.code, got.Reasons.Status, want.status, why.String())
		}
		text := strings.ReplaceAll(why.String(), "\u00a0", " ")
		for _, words := range want.words {
			if !strings.Contains(text, words) {
				t.Errorf("line %d: the reasons of %s do not say %q:\n%s", c.line, want.code, words, why.String())
			}
		}
		return
	}
	t.Errorf("line %d: %s has no criterion %s", c.line, v.Code, want.code)
}
