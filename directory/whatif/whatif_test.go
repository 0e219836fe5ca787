package whatif

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"hygie/directory/dump"
	"hygie/directory/findings"
	"hygie/directory/generate"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/report"
	"hygie/directory/report/html"
	"hygie/directory/report/ods"
	"hygie/directory/report/text"
)

// audited audits a directory as package directory does.
func audited(t testing.TB, d *model.Directory) Audited {
	t.Helper()
	survey := points.NewSurvey(d, points.Options{AsOf: drawn.AsOf})
	results := survey.Points()
	r, err := report.New(d, results, report.Options{AsOf: drawn.AsOf, Language: "fr", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.AddFindings(findings.Evaluate(survey, results, findings.Options{})); err != nil {
		t.Fatal(err)
	}
	n, err := paths.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	ways := n.Ways(report.ShownPaths)
	plan := n.Plan(ways)
	if err := r.AddPlan(n, ways, plan); err != nil {
		t.Fatal(err)
	}
	return Audited{Directory: d, Network: n, Plan: plan, Report: r}
}

func outcomes(list []report.RuleChange) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.ID+" "+r.Before+" "+r.Now)
	}
	return out
}

const nurses = "S-1-5-21-100-200-300-1108"

func TestFixesAreMadeInTheCopy(t *testing.T) {
	const sound = "hop -gPLink\n"
	for _, row := range []struct {
		name    string
		world   string
		before  int
		now     int
		changes string // a change among those of points; empty: none is looked for
		untried bool
	}{
		{"an entry", "AdminSDHolder acl+=(A;;WD;;;" + nurses + ")\nInfirmiers member=@bruno", 1, 5, "vuln_permissions_adminsdholder failed passed", false},
		{"an entry that is inherited", "Soins acl+=(A;CI;GA;;;" + nurses + ")\nInfirmiers member=@bruno\nalice acl+=(A;CIID;GA;;;" + nurses + ")\n\"Domain Admins\" member=@Administrator member=@alice\nalice adminCount=1",
			0, 0, "", false},
		{"an owner", "hop acl=O:" + nurses + "G:DAD:(A;;GA;;;DA)(A;;GA;;;SY)(A;;GR;;;AU)\nInfirmiers member=@bruno", 0, 0, "vuln_permissions_naming_context failed passed", false},
		{"a membership", "DnsAdmins member=@bruno", 0, 0, "", false},
		{"unconstrained delegation", "WS1 uac=0x81000", 1, 5, "vuln_delegation_t4d failed passed", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := audited(t, drawn.New(t, sound+row.world).Freeze())
			if len(a.Report.Fixes) == 0 {
				t.Fatalf("the world %q has no way", row.world)
			}
			w, err := Try(a, report.Choice{Plan: true})
			if err != nil {
				t.Fatal(err)
			}
			if w.ExposedNow != 0 || w.WaysNow != 0 || w.ExposedBefore == 0 || len(w.Fixes) != len(a.Report.Fixes) {
				t.Errorf("%d of %d accounts and %d ways remain", w.ExposedNow, w.ExposedBefore, w.WaysNow)
			}
			if len(w.Untried) > 0 != row.untried {
				t.Errorf("not tried: %v", w.Untried)
			}
			if row.before > 0 && (w.Level.Before != row.before || w.Level.Now != row.now) {
				t.Errorf("level %d to %d, want %d to %d; points %q", w.Level.Before, w.Level.Now, row.before, row.now, outcomes(w.Points))
			}
			if row.changes != "" && !slices.Contains(outcomes(w.Points), row.changes) {
				t.Errorf("points %q, want %s", outcomes(w.Points), row.changes)
			}
			again := audited(t, copied(t, a))
			if again.Report.Statistics.Control.ExposedTo != 0 {
				t.Errorf("the copy still shows %d exposed accounts: %+v", again.Report.Statistics.Control.ExposedTo, again.Report.Paths)
			}
		})
	}
}

// copied makes the whole plan in a copy.
func copied(t testing.TB, a Audited) *model.Directory {
	t.Helper()
	e := newEditor(a)
	for _, f := range a.Plan.Fixes {
		e.undo(a.Network.Rights(f))
	}
	d, err := e.copy()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// hospital is a generated domain with planted weaknesses of every kind.
func hospital(t testing.TB, objects int, seed uint64) *model.Directory {
	t.Helper()
	options := generate.Options{Objects: objects, Seed: seed, AsOf: drawn.AsOf, DNSName: "val.test", Weaknesses: generate.Demo}
	header, err := generate.Header(options)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := dump.NewWriter(&file, header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate.Hospital(options, w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := model.NewBuilder()
	if _, err := dump.Read(&file, b, dump.Options{Name: "val"}); err != nil {
		t.Fatal(err)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What the graph says once rights are gone, and what a graph of the copy says, agree: the changes made in the copy are the rights of the graph.
func TestCopyAndGraphAgree(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		a := audited(t, hospital(t, 1500, seed))
		for rank, fix := range a.Plan.Fixes {
			w, err := Try(a, report.Choice{Fixes: []int{rank + 1}})
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Untried) > 0 {
				t.Logf("seed %d: fix %d (%s) is not tried on the points", seed, rank+1, fix.Kind)
				continue
			}
			e := newEditor(a)
			e.undo(a.Network.Rights(fix))
			d, err := e.copy()
			if err != nil {
				t.Fatal(err)
			}
			n, err := paths.Build(d)
			if err != nil {
				t.Fatal(err)
			}
			if got := n.Exposed(nil); got != w.ExposedNow {
				t.Errorf("seed %d: without fix %d (%s, %s) the copy shows %d exposed accounts, the graph %d", seed, rank+1, fix.Kind, a.Report.Fixes[rank].Title, got, w.ExposedNow)
			}
		}
		all, err := Try(a, report.Choice{Plan: true})
		if err != nil {
			t.Fatal(err)
		}
		if all.ExposedNow != a.Plan.Open || len(all.Paths) > 0 && a.Plan.Open == 0 {
			t.Errorf("seed %d: %d accounts and %d ways remain after the plan, which leaves %d open", seed, all.ExposedNow, len(all.Paths), a.Plan.Open)
		}
		if len(all.Points) == 0 {
			t.Errorf("seed %d: the plan changes no point", seed)
		}
	}
}

func TestMendedPoints(t *testing.T) {
	a := audited(t, drawn.New(t, "hop -gPLink\nGuest uac=0x10220\nalice uac=0x410200\n\"Domain Admins\" member=@Administrator member=@alice").Freeze())
	level := a.Report.Level
	var lowest []report.PointRef
	for _, p := range a.Report.Domains[0].Points {
		if slices.Contains(p.FailedLevels, level) {
			lowest = append(lowest, report.PointRef{Point: p.ID})
		}
	}
	some, err := Try(a, report.Choice{Points: lowest[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if len(lowest) > 1 && (some.Level.Now != level || len(some.Holding) != len(lowest)-1) {
		t.Errorf("one of %d points mended: level %d, %d points hold it", len(lowest), some.Level.Now, len(some.Holding))
	}
	all, err := Try(a, report.Choice{Points: lowest})
	if err != nil {
		t.Fatal(err)
	}
	if all.Level.Before != level || all.Level.Now <= level || len(all.Points) != len(lowest) || all.WaysNow != all.WaysBefore {
		t.Errorf("level %d to %d, %q", all.Level.Before, all.Level.Now, outcomes(all.Points))
	}
}

func TestUnknownChanges(t *testing.T) {
	a := audited(t, drawn.New(t, "Infirmiers member=@bruno\nAdminSDHolder acl+=(A;;WD;;;"+nurses+")").Freeze())
	for name, c := range map[string]report.Choice{
		"rank 0": {Fixes: []int{0}}, "rank too high": {Fixes: []int{99}}, "key": {Keys: []string{"x|y|z"}}, "point": {Points: []report.PointRef{{Point: "vuln_of_another_world"}}},
		"point elsewhere": {Points: []report.PointRef{{Point: "vuln_krbtgt", Domain: "other.test"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Try(a, c)
			if _, ok := errors.AsType[*report.UnknownChange](err); !ok {
				t.Errorf("error %v", err)
			}
		})
	}
	if w, err := Try(a, report.Choice{Keys: []string{a.Report.Fixes[0].Key()}}); err != nil || !slices.Equal(w.Fixes, []int{1}) {
		t.Errorf("by key: %v", err)
	}
}

// The directory itself, its report and its plan are as before.
func TestNothingIsChanged(t *testing.T) {
	a := audited(t, drawn.New(t, "SRV1 uac=0x81000\nAdminSDHolder acl+=(A;;WD;;;"+nurses+")\nInfirmiers member=@bruno").Freeze())
	write := func(r *report.Report) string {
		var b bytes.Buffer
		if err := report.WriteJSON(&b, r); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	before := write(a.Report)
	if _, err := Try(a, report.Choice{Plan: true, Points: []report.PointRef{{Point: "vuln_krbtgt"}}}); err != nil {
		t.Fatal(err)
	}
	if write(a.Report) != before || write(audited(t, a.Directory).Report) != before {
		t.Error("trying changed something")
	}
	if !strings.Contains(before, "AdminSDHolder") {
		t.Error("the world has no weakness")
	}
}

func TestEveryFormTellsIt(t *testing.T) {
	a := audited(t, drawn.New(t, "hop -gPLink\nInfirmiers member=@bruno\nAdminSDHolder acl+=(A;;WD;;;"+nurses+")").Freeze())
	w, err := Try(a, report.Choice{Plan: true, Points: []report.PointRef{{Point: "vuln_krbtgt"}}})
	if err != nil {
		t.Fatal(err)
	}
	a.Report.WhatIf = w
	english, err := a.Report.In("en")
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		write func(*bytes.Buffer) error
		want  []string
	}{
		"text":    {func(b *bytes.Buffer) error { return text.Write(b, a.Report, text.Options{}) }, []string{"Rien n’a été modifié", "Le niveau passerait de 1 à 5", "1 → 0"}},
		"english": {func(b *bytes.Buffer) error { return text.Write(b, english, text.Options{}) }, []string{"Nothing was changed", "would go from 1 to 5"}},
		"html":    {func(b *bytes.Buffer) error { return html.Write(b, a.Report) }, []string{`id="whatif"`, "Le niveau passerait de 1 à 5", "Points de contrôle qui changeraient"}},
		"json":    {func(b *bytes.Buffer) error { return report.WriteJSON(b, a.Report) }, []string{`"what_if": {`, `"level_now": 5`, `"exposed_now": 0`}},
		"ods":     {func(b *bytes.Buffer) error { return ods.Write(b, a.Report) }, []string{"content.xml"}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := row.write(&b); err != nil {
				t.Fatal(err)
			}
			for _, want := range row.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("does not say %q", want)
				}
			}
		})
	}
}
