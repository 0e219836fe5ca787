package exercise

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	drill "hygie/exercise"
	"hygie/internal/blob"
	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

const at = "/structures/" + pagetest.Hospital + "/exercises"

// notebook is a main courante in memory.
type notebook struct {
	lines  []Line
	closed bool
}

func (n *notebook) Open(context.Context, *store.Tx, territory.Scope, string, string, string) (string, error) {
	return "b1", nil
}

func (n *notebook) Note(_ context.Context, _ *store.Tx, _ territory.Scope, _ string, l Line) error {
	n.lines = append(n.lines, l)
	return nil
}

func (n *notebook) Lines(context.Context, *store.Tx, territory.Scope, string) ([]drill.Note, error) {
	notes := make([]drill.Note, len(n.lines))
	for i, l := range n.lines {
		notes[i] = drill.Note{Number: int64(i + 1), At: l.At, Text: l.Text}
		if l.Stimulus {
			notes[i].Kind = drill.StimulusNote
		}
	}
	return notes, nil
}

func (n *notebook) Close(context.Context, *store.Tx, territory.Scope, string) error {
	n.closed = true
	return nil
}

func newSite(t *testing.T, db *store.DB) (*pagetest.Site, *notebook, *[]string) {
	t.Helper()
	site, log, bumps, _ := mailSite(t, db)
	return site, log, bumps
}

// mailSite is a site whose mail server the test holds.
func mailSite(t *testing.T, db *store.DB) (*pagetest.Site, *notebook, *[]string, *outbox) {
	t.Helper()
	site, log, bumps, post := pagetest.New(t, db), &notebook{}, &[]string{}, &outbox{}
	m, err := New(Options{DB: db, Trail: site.Trail, Vault: &vault{}, Log: log, Post: post, Bring: bringtest.Wizard(t, site), Changed: func(topic string) { *bumps = append(*bumps, topic) }, Address: "https://hygie.example", Now: site.Now})
	if err != nil {
		t.Fatal(err)
	}
	site.Serve(m.Routes)
	return site, log, bumps, post
}

func has(t *testing.T, name string, p pagetest.Page, wants ...string) {
	t.Helper()
	text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Text)
	for _, want := range wants {
		absent := strings.HasPrefix(want, "!")
		if strings.Contains(text, strings.TrimPrefix(want, "!")) == absent {
			t.Errorf("%s: %q\n%s", name, want, p.Main())
		}
	}
}

// plans prepares an exercise and gives its address.
func plans(t *testing.T, v *pagetest.Visitor, fields ...string) string {
	t.Helper()
	fields = append([]string{"exercises", "0", "scenario", "hopital-nuit-rancon", "level", "0", "day", "2026-03-24T14:00"}, fields...)
	return v.Want("plan", v.Post(at, fields...), http.StatusSeeOther).To()
}

func read(t *testing.T, site *pagetest.Site, address string) (v view) {
	t.Helper()
	m := &Module{Options: Options{Now: site.Now}}
	site.View(func(ctx context.Context, tx *store.Tx) error {
		e, err := ByID(ctx, tx, territory.Everything(), "", address[strings.LastIndex(address, "/")+1:])
		if err != nil {
			return err
		}
		v, err = m.read(ctx, tx, e)
		return err
	})
	return v
}

func TestAnExerciseFromPlanToProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, log, bumps := newSite(t, db)
		animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		player := site.Person("", "", "") // a telephone: an address and nothing else
		player.Actor = right.Actor{}
		has(t, "empty", animator.Want("empty", animator.Get(at), http.StatusOK), "Aucun exercice")
		has(t, "grid", animator.Want("grid", animator.Get(at+"/new"), http.StatusOK), "Combien d’exercices", "2026-03-24T14:00")
		has(t, "no scenario", animator.Want("no scenario", animator.Post(at, "exercises", "0", "day", "demain"), http.StatusUnprocessableEntity), "Choisissez un scénario")
		address := plans(t, animator)
		before := read(t, site, address)
		if before.Level != drill.Beginner {
			t.Errorf("level %d for a first exercise", before.Level)
		}
		chief := before.Scenario.Roles[0]
		if i := slices.IndexFunc(before.Scenario.Roles, func(r drill.Role) bool { return r.Management }); i >= 0 {
			chief = before.Scenario.Roles[i]
		}
		animator.Want("seat", animator.Post(address+"/seats", "act", "add", "name", "Dominique Fictif", "role", chief.ID, "contact", "poste 1234"), http.StatusSeeOther)
		animator.Want("observer", animator.Post(address+"/seats", "act", "add", "name", "Alex Témoin", "role", "observer"), http.StatusSeeOther)
		animator.Want("no role", animator.Post(address+"/seats", "act", "add", "name", "X", "role", "pape"), http.StatusUnprocessableEntity)
		page := animator.Want("prepare", animator.Get(address), http.StatusOK)
		has(t, "prepare", page, "EXERCICE – EXERCICE", "Contact non essayé", "https://hygie.example/exercise-seats/")
		seats := map[string]string{}
		for _, s := range read(t, site, address).seats {
			seats[s.Name] = s.path()
		}
		has(t, "telephone", player.Want("telephone", player.Get(seats["Dominique Fictif"]), http.StatusOK), "Je suis là", "EXERCICE", "!Réagir")
		player.Want("here", player.Post(seats["Dominique Fictif"]+"/here"), http.StatusSeeOther)
		has(t, "tested", animator.Get(address), "Joint le")
		kit := animator.Want("kit", animator.Get(address+"/kit"), http.StatusOK)
		if !strings.HasPrefix(string(kit.Body), "%PDF-") {
			t.Error("the kit is no PDF")
		}

		// The day: an act before its time is refused, the clock stands while paused.
		room := address + "/room"
		first := before.Scenario.Stimuli[0]
		animator.Want("too early", animator.Post(room, "act", "play", "stimulus", first.ID), http.StatusConflict)
		animator.Want("start", animator.Post(room, "act", "start"), http.StatusSeeOther)
		animator.Want("twice", animator.Post(room, "act", "start"), http.StatusConflict)
		has(t, "room", animator.Want("room", animator.Get(room), http.StatusOK), "À donner", "Donner maintenant", address+"/log")
		site.Clock = site.Clock.Add(3 * time.Minute)
		animator.Want("play", animator.Post(room, "act", "play", "stimulus", first.ID), http.StatusSeeOther)
		if len(first.Expect) > 0 {
			animator.Want("react", animator.Post(room, "act", "react", "stimulus", first.ID, "reaction", "0", "seen", "1"), http.StatusSeeOther)
		}
		animator.Want("convened", animator.Post(room, "milestone", "convened"), http.StatusSeeOther)
		animator.Want("no such milestone", animator.Post(room, "milestone", "coffee"), http.StatusConflict)
		animator.Want("pause", animator.Post(room, "act", "pause"), http.StatusSeeOther)
		site.Clock = site.Clock.Add(20 * time.Minute)
		has(t, "paused", animator.Get(room), "En pause", "3 min")
		animator.Want("resume", animator.Post(room, "act", "resume"), http.StatusSeeOther)
		second := before.Scenario.Stimuli[1]
		animator.Want("shift", animator.Post(room, "act", "shift", "stimulus", second.ID, "minutes", "5"), http.StatusSeeOther)
		animator.Want("too far", animator.Post(room, "act", "shift", "stimulus", second.ID, "minutes", "5000"), http.StatusUnprocessableEntity)
		animator.Want("skip", animator.Post(room, "act", "skip", "stimulus", second.ID), http.StatusSeeOther)
		reached := strings.Contains(player.Get(seats["Dominique Fictif"]).Text, words(t.Context(), first.Subject))
		if want := slices.Contains(first.To, chief.ID); reached != want {
			t.Errorf("the first stimulus reached the seat: %v, want %v", reached, want)
		}
		has(t, "wall", animator.Want("wall", animator.Get(address+"/wall"), http.StatusOK), "EXERCICE", "Cellule de crise réunie")
		player.Want("present", player.Post(seats["Dominique Fictif"]+"/here"), http.StatusSeeOther)
		aim := before.Scenario.Objectives[0]
		field := observedField(aim.ID, 0)
		player.Want("grid", player.Post(seats["Alex Témoin"]+"/observations", field, "partly", field+"-note", "Au bout de dix minutes"), http.StatusSeeOther)
		player.Want("grid again", player.Post(seats["Alex Témoin"]+"/observations", field, "done"), http.StatusSeeOther)
		player.Want("a player does not observe", player.Post(seats["Dominique Fictif"]+"/observations", field, "done"), http.StatusConflict)
		player.Want("not a value", player.Post(seats["Alex Témoin"]+"/observations", field, "maybe"), http.StatusUnprocessableEntity)
		player.Want("too early to answer", player.Post(seats["Alex Témoin"]+"/answers", "satisfaction", "4"), http.StatusConflict)
		has(t, "not ended", animator.Get(address+"/debrief"), "n’est pas terminé")
		animator.Want("end", animator.Post(room, "act", "end"), http.StatusSeeOther)
		if !log.closed || len(log.lines) < 5 || !strings.HasPrefix(log.lines[0].Text, "EXERCICE – DEBEX") {
			t.Errorf("main courante: closed %v, %+v", log.closed, log.lines)
		}
		if i := slices.IndexFunc(log.lines, func(l Line) bool { return slices.Contains(l.Links, "milestone/convened") }); i < 0 {
			t.Error("no line tells of the milestone")
		}
		if len(*bumps) == 0 || (*bumps)[0] != Topic(before.ID) {
			t.Errorf("topics: %v", *bumps)
		}

		// Afterwards: anonymous answers, shown from three on.
		player.Want("hot", player.Post(seats["Alex Témoin"]+"/answers", "satisfaction", "4", "kept", "Le tableau blanc"), http.StatusSeeOther)
		player.Want("hot twice", player.Post(seats["Alex Témoin"]+"/answers", "satisfaction", "1"), http.StatusConflict)
		player.Want("no number", player.Post(seats["Dominique Fictif"]+"/answers", "satisfaction", "9"), http.StatusUnprocessableEntity)
		has(t, "too few", animator.Get(address+"/debrief"), "1 réponse", "!Le tableau blanc", "Fait (1)", "!Au bout de dix minutes", "3 min")
		site.Clock = site.Clock.AddDate(0, 0, coldAfter)
		player.Want("cold", player.Post(seats["Alex Témoin"]+"/answers", "satisfaction", "2"), http.StatusSeeOther)
		for _, path := range []string{"/report", "/report?format=odt"} {
			animator.Want(path, animator.Get(address+path), http.StatusOK)
		}
		v := read(t, site, address)
		var present []string
		for _, s := range v.seats {
			present = append(present, s.ID)
		}
		animator.Want("long action", animator.Post(address+"/conclusion", "actions", strings.Repeat("x", 300)), http.StatusUnprocessableEntity)
		animator.Want("conclude", animator.Post(address+"/conclusion", "present", present[0], "present", present[1], "business", "1", "field", "1", "actions", "- Imprimer l’annuaire\n\n• Former les cadres"), http.StatusSeeOther)
		animator.Want("conclude twice", animator.Post(address+"/conclusion", "business", "1"), http.StatusConflict)
		counts(t, site, "exercise/"+v.ID, 5)
		has(t, "counts", animator.Get(address+"/debrief"), "Compte comme exercice de crise")
		site.View(func(ctx context.Context, tx *store.Tx) error {
			actions, n, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Origin: plan.ExerciseLesson}, 10, 0)
			if err != nil || n != 2 || !slices.ContainsFunc(actions, func(a plan.Action) bool { return a.Title == "Imprimer l’annuaire" }) {
				t.Errorf("%d actions: %+v, %v", n, actions, err)
			}
			kept, err := proof.Of(ctx, tx, territory.Everything(), pagetest.Hospital)
			if err != nil || len(kept) != 1 || kept[0].Kind != DebriefKind {
				t.Errorf("evidence: %+v, %v", kept, err)
			}
			return nil
		})
		stranger := site.Person("Autre Personne", right.SecurityOfficer, pagetest.Clinic)
		stranger.Want("elsewhere", stranger.Get("/structures/"+pagetest.Clinic+"/exercises/"+v.ID), http.StatusNotFound)
		player.Want("no seat", player.Get("/exercise-seats/NOTHING"), http.StatusNotFound)
	})
}

// counts checks how many facts an exercise gave.
func counts(t *testing.T, site *pagetest.Site, source string, want int) {
	t.Helper()
	n := 0
	site.View(func(ctx context.Context, tx *store.Tx) error {
		for _, key := range []string{"exercise.held", "exercise.kind", "exercise.management", "exercise.business", "continuity.tested"} {
			all, err := proof.Latest(ctx, tx, territory.Everything(), key, site.Clock.Add(time.Hour), pagetest.Hospital)
			if err != nil {
				return err
			}
			if f, ok := all[pagetest.Hospital]; ok && f.Source == source {
				n++
			}
		}
		return nil
	})
	if n != want {
		t.Errorf("%s gave %d facts, want %d", source, n, want)
	}
}

func TestAnExerciseWithoutManagementDoesNotCount(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	address := plans(t, animator, "level", "1")
	animator.Post(address+"/room", "act", "start")
	animator.Post(address+"/room", "act", "end")
	animator.Want("conclude", animator.Post(address+"/conclusion"), http.StatusSeeOther)
	has(t, "verdict", animator.Get(address+"/debrief"), "Ne compte pas", "Personne de la direction")
	counts(t, site, "exercise/"+read(t, site, address).ID, 0)
}

func TestThreeAnswersAreShown(t *testing.T) {
	v := view{answers: []Answer{{Phase: Hot, Satisfaction: 5}, {Phase: Hot, Satisfaction: 4}, {Phase: Cold, Satisfaction: 1}}}
	if all, held := v.shown(Hot); all != nil || held != 2 {
		t.Errorf("two answers: %v, %d", all, held)
	}
	v.answers = append(v.answers, Answer{Phase: Hot, Satisfaction: 3})
	if all, held := v.shown(Hot); len(all) != 3 || held != 3 || satisfaction(all) != 12 {
		t.Errorf("three answers: %v, %d", all, held)
	}
}

func TestRightsOnExercises(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	site.FollowsTable(t)
}

func TestMinutes(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 min", 59 * time.Second: "0 min", 61 * time.Minute: "1 h 01", 125 * time.Minute: "2 h 05", -5 * time.Minute: "−5 min"} {
		if got := minutes(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// vault keeps what was put, in the clear.
type vault struct{ kept [][]byte }

func (v *vault) Put(_ context.Context, r io.Reader) (blob.Digest, int64, error) {
	content, err := io.ReadAll(r)
	v.kept = append(v.kept, content)
	return sha256.Sum256(content), int64(len(content)), err
}
