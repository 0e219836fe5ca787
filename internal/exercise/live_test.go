package exercise

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/document"
	"hygie/document/text"
	drill "hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/internal/bring/bringtest"
	"hygie/internal/locale"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/sheet"
)

// row is one event on the animator's desk.
func row(t *testing.T, page pagetest.Page, id string) string {
	t.Helper()
	_, after, ok := strings.Cut(page.Text, `id="s-`+id+`"`)
	if !ok {
		t.Fatalf("the desk does not show %s", id)
	}
	one, _, _ := strings.Cut(after, `id="s-`)
	return one
}

// What depends on the players waits on the desk until its time, is then to be given if they went that way and without object if they went the other, and follows when a
// tick is taken back. What was given reaches the telephones of those it is for.
func TestConditionsOnTheDesk(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	player := site.Person("", "", "")
	player.Actor = right.Actor{}
	address := plans(t, animator, "scenario", "hopital-prestataire", "level", "1")
	room := address + "/room"
	v := read(t, site, address)
	byID := map[string]drill.Stimulus{}
	for _, s := range v.Scenario.Stimuli {
		byID[s.ID] = s
	}
	cause, ifNot, ifSo := byID["confrere"], byID["compte-ouvert"], byID["cert-rappelle"]
	animator.Want("seat", animator.Post(address+"/seats", "act", "add", "name", "Dominique Fictif", "role", ifSo.To[0]), http.StatusSeeOther)
	seat := read(t, site, address).seats[0].path()
	stands := func(when string, wants map[string]string) {
		t.Helper()
		page := animator.Want(when, animator.Get(room), http.StatusOK)
		for id, want := range wants {
			if one := row(t, page, id); !strings.Contains(one, want) {
				t.Errorf("%s: %s is not %q: %s", when, id, want, one)
			}
		}
	}
	react := func(n int, seen string) {
		t.Helper()
		animator.Want("react", animator.Post(room, "act", "react", "stimulus", cause.ID, "reaction", fmt.Sprint(n), "seen", seen), http.StatusSeeOther)
	}
	animator.Want("start", animator.Post(room, "act", "start"), http.StatusSeeOther)
	begin := site.Clock
	site.Clock = begin.Add(time.Duration(cause.Minute) * time.Minute)
	stands("before the cause", map[string]string{cause.ID: "À donner", ifNot.ID: "Dépend d’une réaction", ifSo.ID: "Dépend d’une réaction"})
	animator.Want("play", animator.Post(room, "act", "play", "stimulus", cause.ID), http.StatusSeeOther)
	for n := range cause.Expect[1:] {
		react(n, "1")
	}
	site.Clock = begin.Add(time.Duration(ifSo.Minute) * time.Minute)
	stands("one reaction is missing", map[string]string{ifNot.ID: "À donner", ifSo.ID: "Sans objet"})
	react(len(cause.Expect)-1, "1")
	stands("all was seen", map[string]string{ifNot.ID: "Sans objet", ifSo.ID: "À donner"})
	react(0, "")
	stands("a tick is taken back", map[string]string{ifNot.ID: "À donner", ifSo.ID: "Sans objet"})
	react(0, "1")
	has(t, "not given yet", player.Get(seat), "!"+words(t.Context(), ifSo.Subject))
	animator.Want("given", animator.Post(room, "act", "play", "stimulus", ifSo.ID), http.StatusSeeOther)
	stands("given", map[string]string{ifSo.ID: "Donné", ifNot.ID: "Sans objet"})
	has(t, "given", player.Get(seat), words(t.Context(), ifSo.Subject), "EXERCICE")
	animator.Want("end", animator.Post(room, "act", "end"), http.StatusSeeOther)
	has(t, "what did not happen is said", animator.Get(address+"/debrief"), "Question")
}

// Each scenario that comes with hygie is played to its end at each level by the acts of an animator, with a player in each seat, half of whom react: everything that is due is given,
// the main courante closes, the draft of the debrief is there, and the exercise counts.
func TestShippedScenariosArePlayedInTheRoom(t *testing.T) {
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	site, log, _ := newSite(t, storetest.SQLite(t))
	scope, officer := territory.Everything(), "p1"
	m := &Module{Options: Options{DB: site.DB, Log: log, Now: site.Now}}
	for n, whole := range all {
		for level := drill.Beginner; level <= drill.Confirmed; level++ {
			s := whole.At(level)
			site.Update(func(ctx context.Context, tx *store.Tx) error {
				e := Exercise{Structure: pagetest.Hospital, Scenario: s, Level: level, PlannedAt: site.Clock, CreatedBy: officer, Book: "b1"}
				var err error
				if e.ID, err = Plan(ctx, tx, scope, e, site.Clock); err != nil {
					return err
				}
				for _, r := range s.Roles {
					if err := AddSeat(ctx, tx, Seat{Exercise: e.ID, Role: r.ID, Name: "Joueur fictif"}, site.Clock); err != nil {
						return err
					}
				}
				at := func(minute int) time.Time { return site.Clock.Add(time.Duration(minute) * time.Minute) }
				state, err := Do(ctx, tx, e, drill.Event{At: site.Clock, Act: drill.Start}, officer)
				for minute := 0; minute <= s.Minutes(level) && err == nil; minute++ {
					v := view{Exercise: e}
					if v.events, err = Events(ctx, tx, e); err != nil {
						return err
					}
					if state, err = drill.Replay(s, v.events, at(minute)); err != nil {
						return err
					}
					for place, i := range state.Items {
						if i.Status != drill.Due {
							continue
						}
						if _, err = Do(ctx, tx, e, drill.Event{At: at(minute), Act: drill.Play, Stimulus: i.Stimulus.ID}, officer); err != nil {
							return err
						}
						for r := range i.Stimulus.Expect {
							if _, err = Do(ctx, tx, e, drill.Event{At: at(minute), Act: drill.React, Stimulus: i.Stimulus.ID, Reaction: r, Seen: (place+n)%2 == 0}, officer); err != nil {
								return err
							}
						}
					}
				}
				if err != nil {
					return err
				}
				if _, err = Do(ctx, tx, e, drill.Event{At: at(s.Minutes(level)), Act: drill.End}, officer); err != nil {
					return err
				}
				v, err := m.read(ctx, tx, e)
				if err != nil {
					return err
				}
				for _, i := range v.state.Items {
					if i.Status != drill.Played && i.Status != drill.Dropped {
						t.Errorf("%s at level %d: %s is %s at the end", s.ID, level, i.Stimulus.ID, i.Status)
					}
				}
				present := make([]string, len(v.seats))
				for i, seat := range v.seats {
					present[i] = seat.ID
				}
				if ok, why := drill.Counted(s, v.state, v.present(present)); !ok {
					t.Errorf("%s at level %d does not count: %v", s.ID, level, why)
				}
				if blocks := len(Retex(ctx, v, "Hôpital", present, nil).Blocks); blocks < 15 {
					t.Errorf("%s at level %d: a debrief of %d blocks", s.ID, level, blocks)
				}
				return nil
			})
		}
	}
}

// Participants come from the list that an establishment has; who gets another address is to be reached anew, and the same list again changes nothing.
func TestParticipantsAreBrought(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	address := plans(t, animator, "level", "1")
	page := address + "/import"
	list := "Nom;Prénom;Rôle;Téléphone;Courriel\nFictif;Dominique;Directeur de garde;01 00;dominique@hopital.invalid\nTémoin;Alix;;02 00;\nPape;Jean;Pape;03 00;\n"
	draft, shown := bringtest.Preview(t, animator, page, "liste.csv", []byte(list))
	has(t, "preview", shown, "Dominique Fictif", "Observateur", "Informatique") // the roles that there are
	if to := bringtest.AcceptAll(t, animator, draft, shown).To(); to != address+"#seats" {
		t.Errorf("leads to %s", to)
	}
	seats := map[string]Seat{}
	for _, s := range read(t, site, address).seats {
		seats[s.Name] = s
	}
	if len(seats) != 2 || seats["Dominique Fictif"].Role != "direction" || seats["Dominique Fictif"].Contact != "dominique@hopital.invalid" || seats["Alix Témoin"].Role != "" || seats["Alix Témoin"].Contact != "02 00" {
		t.Errorf("%+v", seats)
	}
	animator.Want("reached", animator.Post(address+"/seats", "act", "reached", "seat", seats["Dominique Fictif"].ID), http.StatusSeeOther)
	_, again := bringtest.Preview(t, animator, page, "liste.csv", []byte(list))
	has(t, "again", again, "!rest-new")
	draft, shown = bringtest.Preview(t, animator, page, "carnet.vcf", []byte("BEGIN:VCARD\nVERSION:3.0\nFN:Alix Témoin\nEMAIL:alix@hopital.invalid\nTEL:02 00\nEND:VCARD\n"))
	bringtest.AcceptAll(t, animator, draft, shown)
	has(t, "another address", animator.Get(address), "alix@hopital.invalid", "Contact non essayé", "Joint le")
	animator.Want("start", animator.Post(address+"/room", "act", "start"), http.StatusSeeOther)
	draft, shown = bringtest.Preview(t, animator, page, "roles.csv", []byte("Nom;Rôle\nDominique Fictif;Informatique\n"))
	if p := bringtest.AcceptAll(t, animator, draft, shown); p.Status != http.StatusConflict {
		t.Errorf("a role changed during the exercise: %d", p.Status)
	}
}

// The kit holds what an animator needs and what is handed out; what a player gets says nothing of what will happen, and what is laid on the table nothing of what is expected.
func TestTheKit(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	v := read(t, site, plans(t, animator, "level", "1"))
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	ctx := locale.With(t.Context(), catalogue.Printer(locale.French, time.UTC))
	printed := func(blocks []document.Block) string {
		var b bytes.Buffer
		if err := text.Write(&b, document.Document{Title: "Titre", Language: "fr", Blocks: blocks}); err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(sheet.Fold(b.String()), "titre ")
	}
	holds := func(page, words string) bool { return strings.Contains(page, sheet.Fold(words)) }
	whole := printed(Kit(ctx, v, "Hôpital").Blocks)
	for i := range v.Scenario.Roles {
		page := printed(roleSheet(ctx, v, &v.Scenario.Roles[i]))
		if !strings.Contains(whole, page) || !holds(page, "réel, réel, réel") || holds(page, words(ctx, v.Scenario.Summary)) {
			t.Errorf("the sheet of %s: %s", v.Scenario.Roles[i].ID, page)
		}
	}
	papers := 0
	for i := range v.Scenario.Stimuli {
		s := &v.Scenario.Stimuli[i]
		paper := printed(handout(ctx, v, s))
		if !holds(whole, words(ctx, s.Subject)) {
			t.Errorf("the kit does not tell of %s", s.ID)
		}
		if s.Channel == drill.Phone || s.Channel == drill.Visit {
			continue
		}
		papers++
		if !holds(paper, words(ctx, s.Subject)) || !holds(paper, "EXERCICE") || holds(paper, words(ctx, s.Expect[0])) {
			t.Errorf("the paper of %s: %s", s.ID, paper)
		}
	}
	for _, want := range []string{"À préparer", "Pendant le jeu", "Grille d’observation", "Conduire le débriefing à chaud", "Questions pour le débriefing", "Textes à dire"} {
		if !holds(whole, want) || papers < 3 {
			t.Errorf("%q is not in the kit, which has %d papers", want, papers)
		}
	}
}
