package packages

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/referential"
)

var update = flag.Bool("update", false, "write the golden files")

func load(t testing.TB, id string) *referential.Package {
	t.Helper()
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p *referential.Package) bool { return p.ID == id })
	if i < 0 {
		t.Fatalf("no package %s", id)
	}
	return all[i]
}

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// run makes the facts of one observation.
func run(structure, on string, values map[string]referential.Value) []referential.Fact {
	var all []referential.Fact
	for key, v := range values {
		all = append(all, referential.Fact{Structure: structure, Key: key, Value: v, ObservedAt: day(on).Add(10 * time.Hour), Source: "run/" + structure + "/" + on})
	}
	return all
}

func directoryRun(structure, on string, level float64, atMost bool, failed float64) []referential.Fact {
	notEvaluated := 0.0
	if atMost {
		notEvaluated = 7
	}
	return run(structure, on, map[string]referential.Value{"directory.run": referential.Date(day(on)), "directory.level": referential.Number(level),
		"directory.level_upper_bound": referential.YesNo(atMost), "directory.failed.level1": referential.Number(failed), "directory.not_evaluated": referential.Number(notEvaluated)})
}

func exposureRun(structure, on, grade string) []referential.Fact {
	return run(structure, on, map[string]referential.Value{"exposure.run": referential.Date(day(on)), "exposure.grade": referential.Words(grade)})
}

func exercise(structure, on, kind string, management, business bool) []referential.Fact {
	return run(structure, on, map[string]referential.Value{"exercise.held": referential.Date(day(on)), "exercise.kind": referential.Words(kind),
		"exercise.management": referential.YesNo(management), "exercise.business": referential.YesNo(business)})
}

func hospital(category string, facts ...[]referential.Fact) referential.World {
	return referential.World{Subject: referential.Subject{Structure: "h", Category: category, Kind: "entity"}, Facts: slices.Concat(facts...)}
}

// scenarios are structures as they may come, in the first domain of CaRE.
func scenarios() map[string]referential.World {
	done := hospital("private", directoryRun("h", "2026-03-03", 3, false, 0), exposureRun("h", "2026-01-10", "B"), exposureRun("h", "2026-02-28", "A"),
		exercise("h", "2025-11-20", "care-continuity", true, true), run("h", "2026-01-05", map[string]referential.Value{"assessment.care.score": referential.Number(2.4)}))
	done.Parameters = map[string]referential.Value{"directory-level": referential.Number(2), "exposure-grade": referential.Words("B")}
	done.Documents = []referential.Document{{Structure: "h", ID: "d1", Kind: "exercise-debrief", From: day("2025-11-20"), DepositedAt: day("2025-12-01")}}

	bound := hospital("ebnl", directoryRun("h", "2026-03-03", 3, true, 0), exposureRun("h", "2026-01-01", "C"), exposureRun("h", "2026-02-01", "B"), exposureRun("h", "2026-03-01", "B"))
	bound.Parameters = done.Parameters

	ght := referential.World{Subject: referential.Subject{Structure: "g", Category: "ght", Kind: "group", IsGroup: true, Members: []referential.Member{
		{Structure: "m1", Name: "Hôpital de démonstration A"}, {Structure: "m2", Name: "Hôpital de démonstration B"}}},
		Facts:     slices.Concat(directoryRun("m1", "2026-03-03", 2, false, 0), directoryRun("m2", "2024-10-01", 1, false, 4), exposureRun("g", "2026-02-01", "B")),
		Documents: []referential.Document{{Structure: "g", ID: "d2", Kind: "convergence-plan", From: day("2025-01-01"), Until: day("2025-12-31"), DepositedAt: day("2025-01-05")}}}

	member := referential.World{Subject: referential.Subject{Structure: "m1", Category: "public-ght", Group: "g"},
		Documents: []referential.Document{{Structure: "g", ID: "d3", Kind: "converged-directory", From: day("2026-01-01"), DepositedAt: day("2026-01-05")}}}

	return map[string]referential.World{
		"nothing": hospital("private"),
		"first-run": hospital("public", directoryRun("h", "2026-03-03", 1, false, 12), exposureRun("h", "2026-02-10", "D"),
			exercise("h", "2026-01-15", "it-recovery", false, false)),
		"done": done, "upper-bound": bound, "ght": ght, "member": member,
		"medico-social": hospital("esms"), "no-category": hospital(""),
	}
}

// The reasons are for people to read: a change of words or of verdict shows here, line by line.
func TestGoldenReasons(t *testing.T) {
	p := load(t, "care-d1")
	for name, w := range scenarios() {
		a := p.Evaluate(w, day("2026-03-31").Add(18*time.Hour))
		for _, lang := range []referential.Lang{referential.French, referential.English} {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				golden(t, filepath.Join("testdata", "care-d1", name+"."+string(lang)+".txt"), write(p, a, lang))
			})
		}
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (run with -update when the change is meant):\n%s", path, diff)
	}
}

func write(p *referential.Package, a referential.Assessment, lang referential.Lang) string {
	var out strings.Builder
	if a.NextAction != nil {
		fmt.Fprintf(&out, "→ %s\n\n", a.NextAction.Text(lang, nil))
	}
	for i, r := range p.Requirements() {
		v := a.Requirements[i]
		fmt.Fprintf(&out, "%s %s: %s\n", v.Code, r.Title.In(lang), v.Status)
		for j, c := range v.Criteria {
			title := r.Criteria[j].Title.In(lang)
			if c.Advice {
				title += " (*)"
			}
			fmt.Fprintf(&out, "  %s\n", title)
			tree(&out, c.Reasons, lang, 2)
		}
		if v.NextAction != nil {
			fmt.Fprintf(&out, "  → [%s %s] %s\n", v.NextAction.Kind, v.NextAction.Subject, v.NextAction.Text(lang, nil))
		}
		out.WriteString("\n")
	}
	return out.String()
}

func tree(out *strings.Builder, r referential.Reason, lang referential.Lang, depth int) {
	fmt.Fprintf(out, "%s%s: %s\n", strings.Repeat("  ", depth), r.Status, r.Text(lang, nil))
	for _, child := range r.Children {
		tree(out, child, lang, depth+1)
	}
}

// Everything a structure is asked, judged once; what is known of it is as in the richest scenario.
func BenchmarkEvaluate(b *testing.B) {
	all, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	w := scenarios()["done"]
	for b.Loop() {
		for _, p := range all {
			p.Evaluate(w, day("2026-03-31"))
		}
	}
}
