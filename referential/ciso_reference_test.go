package referential

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func watchLibrary(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/ciso-groups.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadCISOGroupsMeasuresThreats(t *testing.T) {
	p, notes, err := ReadCISO("watch.yaml", watchLibrary(t))
	if err != nil {
		t.Fatal(err)
	}
	groups := []Group{{Code: "S", Title: Text{"Petites maisons", "Small houses"}, Selected: true},
		{Code: "L-2", Title: Text{"Large houses", "Large houses"}, Help: Text{"With a gate.", "With a gate."}}}
	if !slices.Equal(p.Groups, groups) {
		t.Errorf("groups %+v", p.Groups)
	}
	references := []Reference{
		{Code: "LAMP.01", Kind: ReferenceControl, Title: Text{"Lampes", "Lamps"}, Help: Text{"Garder les lampes allumées.\n\nAvec de l’huile de réserve.", "Keep lamps lit.\n\nWith spare oil."},
			Category: "physical", Function: "protect", URN: "urn:invented:risk:function:veille-1.0:lamp.01"},
		{Code: "ROUND.01", Kind: ReferenceControl, Title: Text{"Rounds", "Rounds"}, Category: "process", URN: "urn:invented:risk:function:veille-1.0:round.01"},
		{Code: "DARK", Kind: ReferenceThreat, Title: Text{"Darkness", "Darkness"}, Help: Text{"Nobody sees.", "Nobody sees."}, URN: "urn:invented:risk:threat:veille-1.0:dark"},
		{Code: "oil", Kind: ReferenceControl, Title: Text{"oil", "oil"}, URN: "urn:invented:risk:function:other-measures:oil", Elsewhere: true}}
	if !slices.Equal(p.References, references) {
		t.Errorf("references %+v", p.References)
	}
	if p.URN != "urn:invented:risk:framework:veille-1.0" || p.Scale.Levels[0].Help != (Text{"Personne ne veille.", "Nobody is awake."}) {
		t.Errorf("%s %+v", p.URN, p.Scale.Levels)
	}
	lamps, rounds := p.Requirements()[0], p.Requirements()[1]
	if lamps.URN != "urn:invented:risk:req_node:veille-1.0:w.1" || !slices.Equal(lamps.Groups, []string{"S", "L-2"}) || !slices.Equal(lamps.References, []string{"LAMP.01", "oil", "DARK"}) {
		t.Errorf("%s %v %v", lamps.URN, lamps.Groups, lamps.References)
	}
	if lamps.Help.EN != "- In the yard\n- At the gate\n\nA list of lamps" || !slices.Equal(rounds.Groups, []string{"L-2"}) {
		t.Errorf("%q %v", lamps.Help.EN, rounds.Groups)
	}
	// Choices are judged by their question: the scores of the questions of a requirement may add up to the scale. A question that decides
	// nothing is not asked, and one whose kind has no place leaves compliance to be asked.
	var answers []string
	for _, q := range p.Questions() {
		line := q.Text.EN + " (" + q.Help.EN + ")"
		for _, c := range q.Choices {
			line += " " + string(c.Outcome)
		}
		answers = append(answers, line)
	}
	want := []string{"Are they lit? (Look at night.) met partial not_met", "Is there spare oil? () met not_met", "Rounds () not_met partial met not_applicable"}
	if !slices.Equal(answers, want) {
		t.Errorf("%q", answers)
	}
	for _, note := range []string{"risk_matrix: not carried over (line 33)", "importance of requirements: not carried over (line 62)", "reference_controls that another library describes are only named (line 66)",
		"description of choices: not carried over (line 75)", "select_implementation_groups of choices: not carried over (line 76)", "decide nothing and are left out (line 77)",
		"questions that depend on another are asked always (line 86)", "an implementation group that the framework does not define is left out (line 96)",
		"questions of type multiple_choice: not carried over; compliance is asked instead when a requirement has no other (line 98)", "questions of type date: not carried over"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.HasSuffix(n, note) || strings.HasPrefix(n, note) }) {
			t.Errorf("no %q in\n%s", note, strings.Join(notes, "\n"))
		}
	}
}

// What came from a library goes back under its names, and comes again the same.
func TestCISOBackAndForth(t *testing.T) {
	p, _, err := ReadCISO("watch.yaml", watchLibrary(t))
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := WriteCISO(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`urn: "urn:invented:risk:library:veille-1.0"`, `urn: "urn:invented:risk:framework:veille-1.0"`, `dependencies: ["urn:invented:risk:library:other-measures"]`,
		"default_selected: true", `urn: "urn:invented:risk:req_node:veille-1.0:w.1"`, `urn: "urn:invented:risk:threat:veille-1.0:dark"`} {
		if !strings.Contains(string(data), part) {
			t.Errorf("no %q in\n%s", part, data)
		}
	}
	q, notes, err := ReadCISO("again.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || !strings.HasPrefix(notes[0], "reference_controls that another library describes are only named (line ") {
		t.Errorf("%q", notes)
	}
	for _, c := range Diff(p, q) {
		if c.Kind != LineChanged || c.What != "question" { // the shared answers are written out
			t.Errorf("%s %s %s: %v", c.Kind, c.What, c.Code, c.Fields)
		}
	}
	if !reflect.DeepEqual(p.Groups, q.Groups) || !reflect.DeepEqual(p.References, q.References) || !reflect.DeepEqual(p.Scale, q.Scale) {
		t.Errorf("%+v", q)
	}
	if r := again(t, p); !reflect.DeepEqual(p, r) {
		t.Errorf("written and read: %s", differences(p, r))
	}
}
