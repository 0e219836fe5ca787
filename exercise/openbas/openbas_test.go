package openbas_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/exercise/openbas"
	"hygie/exercise/scenarios"
	"hygie/referential"
)

var update = flag.Bool("update", false, "write the golden files")

// part is one entry of an archive, with its comment.
type part struct {
	name, comment string
	content       []byte
}

func archive(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Comment: p.comment, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write(p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(content []byte) (*exercise.Scenario, []openbas.Loss, error) {
	return openbas.Read(bytes.NewReader(content), int64(len(content)), "importe", exercise.Hospital)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s:\n%s", name, d)
	}
}

// An archive of theirs gives the scenario of the golden file, and each thing that does not map is said.
func TestTheirs(t *testing.T) {
	text, err := os.ReadFile("testdata/theirs.json")
	if err != nil {
		t.Fatal(err)
	}
	s, lost, err := read(archive(t, part{"Panne au bloc.json", "Scenario", text}, part{"plan.pdf", "Attachment", []byte("%PDF")}))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "theirs.yaml", exercise.Write(s))
	got := map[openbas.LossKind]int{}
	for _, l := range lost {
		got[l.Kind] = l.Count
	}
	want := map[openbas.LossKind]int{openbas.Attachment: 1, openbas.Player: 1, openbas.Organization: 1, openbas.Variable: 1, openbas.Technical: 1, openbas.Disabled: 1, openbas.Untimed: 1, openbas.Challenge: 1, openbas.Branch: 1}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("losses: %s", d)
	}
	if i := slices.IndexFunc(lost, func(l openbas.Loss) bool { return l.Kind == openbas.Technical }); i < 0 || !slices.Equal(lost[i].Names, []string{"Chiffrement simulé"}) {
		t.Errorf("%+v", lost)
	}
}

// An exported exercise has the same things by other names.
func TestExportedExercise(t *testing.T) {
	text, err := os.ReadFile("testdata/theirs.json")
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := read(archive(t, part{"x.json", "Scenario", text}))
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := read(archive(t, part{"x.json", "Exercise", bytes.ReplaceAll(text, []byte("scenario_"), []byte("exercise_"))}))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
}

// Our own archives come back with every event, seat and condition, in the language they were written in.
func TestOurs(t *testing.T) {
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, lang := range []referential.Lang{referential.French, referential.English} {
			var b, again bytes.Buffer
			lost, err := openbas.Write(&b, s, exercise.Confirmed, lang)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := openbas.Write(&again, s, exercise.Confirmed, lang); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
				t.Errorf("%s: two writings differ, %v", s.ID, err)
			}
			if !slices.ContainsFunc(lost, func(l openbas.Loss) bool { return l.Kind == openbas.Language && l.Count == 1 }) {
				t.Errorf("%s: the other language is not said: %+v", s.ID, lost)
			}
			back, lost, err := read(b.Bytes())
			if err != nil || len(lost) > 0 {
				t.Fatalf("%s: %+v, %v", s.ID, lost, err)
			}
			want, got := comparable(s.At(exercise.Confirmed), lang), comparable(back, lang)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s in %s: %s", s.ID, lang, d)
			}
			if back.Title.In(lang) != s.Title.In(lang) || len(back.Roles) != len(s.Roles) || len(back.Objectives) != len(s.Objectives) || len(back.Debriefing) != len(s.Debriefing) {
				t.Errorf("%s: %q, %d roles, %d objectives", s.ID, back.Title, len(back.Roles), len(back.Objectives))
			}
		}
	}
}

// comparable are the events of a scenario without the identifiers, which an archive does not carry, and the level, of which it has one.
func comparable(s *exercise.Scenario, lang referential.Lang) []map[string]string {
	subjects := map[string]string{}
	for _, st := range s.Stimuli {
		subjects[st.ID] = st.Subject.In(lang)
	}
	rows := chronogram.Rows(s, lang)
	for i, r := range rows {
		delete(r, chronogram.Number)
		delete(r, chronogram.Level)
		for _, o := range s.Objectives {
			if r[chronogram.Objective] == o.ID {
				r[chronogram.Objective] = o.Text.In(lang)
			}
		}
		if t := s.Stimuli[i].If; t != nil {
			r[chronogram.Condition] = strings.Replace(r[chronogram.Condition], t.Stimulus, subjects[t.Stimulus], 1)
		}
	}
	return rows
}

// The JSON that leaves is the one of the golden file, which the importer of that project was read against.
func TestGoldenExport(t *testing.T) {
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s *exercise.Scenario) bool { return s.ID == "ehpad-dimanche" })
	var b bytes.Buffer
	if _, err := openbas.Write(&b, all[i], exercise.Beginner, referential.French); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(z.File) != 1 || z.File[0].Comment != "Scenario" {
		t.Fatalf("%v, %+v", err, z)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "ours.json", text)
}

func TestRefused(t *testing.T) {
	whole := archive(t, part{"a.json", "Scenario", []byte(`{"export_version":1,"scenario_information":{"scenario_name":"x"}}`)})
	for _, row := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"no archive", []byte("PK nothing"), "zip"},
		{"cut", whole[:len(whole)-10], "zip"},
		{"no scenario", archive(t, part{"readme.txt", "", []byte("x")}), "holds no scenario"},
		{"another archive", archive(t, part{"a.json", "", []byte(`{"a":1}`)}), "holds no scenario"},
		{"broken JSON", archive(t, part{"a.json", "Scenario", []byte(`{"export_version":1,`)}), "byte 20"},
		{"a list", archive(t, part{"a.json", "Scenario", []byte(`[]`)}), "a.json"},
		{"another version", archive(t, part{"a.json", "Scenario", []byte(`{"export_version":2,"scenario_information":{"scenario_name":"x"}}`)}), "version 2"},
		{"nobody plays", whole, "none of its 0 injects"},
		{"a bomb", archive(t, part{"a.json", "Scenario", append([]byte(`{"a":"`), make([]byte, 17<<20)...)}), "more than 16777216 bytes"},
		{"a wrong kind", archive(t, part{"a.json", "Scenario", []byte(`{"export_version":1,"scenario_information":{"scenario_name":7}}`)}), "scenario_name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, _, err := read(row.content); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v", err)
			}
		})
	}
	many := make([]part, 5001)
	for i := range many {
		many[i].name = "x"
	}
	if _, _, err := read(archive(t, many...)); err == nil || errors.Is(err, openbas.ErrNone) {
		t.Errorf("5001 entries: %v", err)
	}
}

// Whatever an archive holds, what is read of it is a scenario that can be played.
func FuzzJSON(f *testing.F) {
	text, err := os.ReadFile("testdata/theirs.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"export_version":1,"exercise_information":{"exercise_name":"<br>"},"exercise_injects":[{"inject_injector_contract":"d02e9132-b9d0-4daa-b3b1-4b9871f8472c","inject_title":"a","inject_depends_on":3}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, _, err := read(archive(t, part{"a.json", "Scenario", text}))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if _, err := openbas.Write(&b, s, exercise.Beginner, referential.French); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(b.Bytes()); err != nil {
			t.Errorf("what was read is written as something that is refused: %v", err)
		}
	})
}

func FuzzArchive(f *testing.F) {
	f.Add(archive(f, part{"a.json", "Scenario", []byte(`{"export_version":1,"scenario_information":{"scenario_name":"x"}}`)}))
	f.Fuzz(func(_ *testing.T, content []byte) { _, _, _ = read(content) })
}
