package referential

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const unsureText = `format: 1
id: call
version: "1"
title: {fr: Appel, en: Call}
source: {mark: sourced, text: {fr: a, en: a}}
milestones:
  - {code: known, title: {fr: k, en: k}, date: 2026-01-01, source: {mark: sourced, text: {fr: a, en: a}}}
  - {code: closing, title: {fr: clôture, en: closing}, source: {mark: unsure, text: {fr: non lue, en: not read}}}
parameters:
  - {code: level, kind: number, min: 1, max: 5, title: {fr: niveau, en: level}, source: {mark: unsure, text: {fr: non lu, en: not read}}}
  - {code: since, kind: date, value: 2022-07-16, title: {fr: depuis, en: since}, source: {mark: derived, text: {fr: a, en: a}}}
facts:
  - {key: level, kind: number, label: {fr: le niveau, en: the level}}
documents:
  - {code: report, label: {fr: un rapport, en: a report}, source: {mark: unsure, text: {fr: non lu, en: not read}}}
axes:
  - code: axis
    title: {fr: Axe, en: Axis}
    source: {mark: sourced, text: {fr: a, en: a}}
    objectives:
      - code: aim
        title: {fr: But, en: Aim}
        source: {mark: unsure, text: {fr: non lu, en: not read}}
        requirements:
          - code: reached
            title: {fr: Atteint, en: Reached}
            source: {mark: derived, text: {fr: a, en: a}}
            evidence: [report]
            criteria:
              - code: level-reached
                title: {fr: Niveau, en: Level}
                source: {mark: unsure, text: {fr: non publié, en: not published}}
                rule: {value: {fact: level, at_least: {parameter: level}}}
`

func unsurePackage(t testing.TB) *Package {
	t.Helper()
	p, err := Read("call.yaml", []byte(unsureText))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func amendment(kind LineKind, code string, v Value) Amendment {
	return Amendment{LineRef: LineRef{kind, code}, Value: v, Source: Source{Text: Text{FR: "Annexe 1, ligne 3"}, URL: "https://example.org/annexe", ReadOn: date("2026-02-01")}}
}

func TestAmend(t *testing.T) {
	p := unsurePackage(t)
	before, err := Write(p)
	if err != nil {
		t.Fatal(err)
	}
	words := amendment(ObjectiveLine, "aim", Value{})
	words.Title, words.Help, words.Validity = Text{FR: "Le titre officiel"}, Text{FR: "aide", EN: "help"}, Validity{From: date("2026-01-01"), Until: date("2026-12-31")}
	amended, unfit := p.Amend(amendment(ParameterLine, "level", Number(2)), amendment(MilestoneLine, "closing", Date(date("2026-11-30"))), words,
		amendment(ParameterLine, "level", Number(3)), amendment(DocumentLine, "report", Value{}), amendment(CriterionLine, "level-reached", Value{}))
	if len(unfit) > 0 {
		t.Fatal(unfit)
	}
	if after, _ := Write(p); string(after) != string(before) {
		t.Error("the package itself changed")
	}
	for _, row := range []struct {
		kind LineKind
		code string
		want Open
	}{
		{ParameterLine, "level", Open{Title: Text{"niveau", "level"}, Value: Number(3)}},
		{MilestoneLine, "closing", Open{Title: Text{"clôture", "closing"}, Value: Date(date("2026-11-30"))}},
		{ObjectiveLine, "aim", Open{Title: Text{"Le titre officiel", "Le titre officiel"}, Help: Text{"aide", "help"}, Validity: words.Validity}},
		{DocumentLine, "report", Open{Title: Text{"un rapport", "a report"}}},
	} {
		got, ok := amended.Line(LineRef{row.kind, row.code})
		row.want.LineRef, row.want.Accepts, row.want.Source = LineRef{row.kind, row.code}, got.Accepts, words.Source
		row.want.Source.Mark, row.want.Source.Text.EN = Completed, "Annexe 1, ligne 3"
		if !ok || !reflect.DeepEqual(got, row.want) {
			t.Error(cmp.Diff(row.want, got))
		}
	}
	// The rule uses the value, and what is completed can be written down and read back.
	w := World{Subject: Subject{Structure: "h1"}, Facts: facts(t, "2026-01-02 level=3")}
	if v, _ := p.Evaluate(w, date("2026-02-01")).Verdict("reached"); v.Status != Unknown {
		t.Errorf("before: %s", v.Status)
	}
	if v, _ := amended.Evaluate(w, date("2026-02-01")).Verdict("reached"); v.Status != Met {
		t.Errorf("after: %s", v.Status)
	}
	data, err := Write(amended)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read("again.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if len(Diff(amended, again)) > 0 {
		t.Error(Diff(amended, again))
	}
}

func TestAmendRefuses(t *testing.T) {
	p := unsurePackage(t)
	bare := amendment(ParameterLine, "level", Number(2))
	bare.Source.Text = Text{EN: "only English"}
	linked := amendment(ParameterLine, "level", Number(2))
	linked.Source.URL = "http://example.org"
	back := amendment(ObjectiveLine, "aim", Value{})
	back.Validity = Validity{From: date("2026-02-02"), Until: date("2026-02-01")}
	long := amendment(ObjectiveLine, "aim", Value{})
	long.Help.FR = strings.Repeat("x", longest+1)
	for name, row := range map[string]struct {
		a    Amendment
		want error
	}{
		"no such line":              {amendment(ParameterLine, "nothing", Number(2)), ErrNoLine},
		"a line of another kind":    {amendment(ObjectiveLine, "level", Value{}), ErrNoLine},
		"what the package says":     {amendment(RequirementLine, "reached", Value{}), ErrSettled},
		"a date that is known":      {amendment(MilestoneLine, "known", Date(date("2026-01-02"))), ErrSettled},
		"no source":                 {bare, ErrNoSource},
		"a link without protection": {linked, ErrLink},
		"days that go back":         {back, ErrUntil},
		"too long":                  {long, ErrLong},
		"no value":                  {amendment(ParameterLine, "level", Value{}), ErrValue},
		"outside the bounds":        {amendment(ParameterLine, "level", Number(6)), ErrValue},
		"another form":              {amendment(ParameterLine, "level", Words("2")), ErrValue},
		"a milestone without day":   {amendment(MilestoneLine, "closing", Value{}), ErrValue},
		"a milestone with a number": {amendment(MilestoneLine, "closing", Number(3)), ErrValue},
		"a value for words":         {amendment(CriterionLine, "level-reached", Number(2)), ErrValue},
	} {
		t.Run(name, func(t *testing.T) {
			if err := p.Fits(row.a); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			amended, unfit := p.Amend(row.a)
			if amended != p || len(unfit) != 1 || !errors.Is(unfit[0].Why, row.want) || !strings.Contains(unfit[0].Error(), row.a.Code) {
				t.Errorf("amended with %v", unfit)
			}
		})
	}
}

// Every line with a source is listed once.
func TestLines(t *testing.T) {
	var got []string
	for _, l := range unsurePackage(t).Lines() {
		mark := ""
		if l.Amendable() {
			mark = " *"
		}
		got = append(got, string(l.Kind)+" "+l.Code+mark)
	}
	want := []string{"package call", "milestone known", "milestone closing *", "parameter level *", "parameter since *", "document report *", "axis axis", "objective aim *", "requirement reached", "criterion level-reached *"}
	if !slices.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

func TestOnlyAnUnsureMilestoneHasNoDate(t *testing.T) {
	_, err := Read("x.yaml", []byte(strings.Replace(unsureText, "date: 2026-01-01, ", "", 1)))
	if err == nil || !strings.Contains(err.Error(), "x.yaml:7:") {
		t.Error(err)
	}
}

// A criterion that was unsure for want of a value is told with the source of the value, once that is completed; its own words go first.
func TestCompletedValueSettlesItsCriterion(t *testing.T) {
	p := unsurePackage(t)
	criterion := func(list ...Amendment) Source {
		q, unfit := p.Amend(list...)
		if len(unfit) > 0 {
			t.Fatal(unfit)
		}
		return q.Axes[0].Objectives[0].Requirements[0].Criteria[0].Source
	}
	level := amendment(ParameterLine, "level", Number(3))
	if s := criterion(level); s.Mark != Completed || s.Text.FR != "Annexe 1, ligne 3" || s.URL != level.Source.URL {
		t.Errorf("with the value: %+v", s)
	}
	if s := criterion(amendment(ParameterLine, "since", Date(date("2023-01-01")))); s.Mark != Unsure {
		t.Errorf("with another value: %+v", s)
	}
	own := amendment(CriterionLine, "level-reached", Value{})
	own.Source.Text.FR = "Courriel de l’ARS"
	if s := criterion(level, own); s.Text.FR != "Courriel de l’ARS" {
		t.Errorf("with its own words: %+v", s)
	}
	if s := p.Axes[0].Objectives[0].Requirements[0].Criteria[0].Source; s.Mark != Unsure {
		t.Errorf("the package itself changed: %+v", s)
	}
}
