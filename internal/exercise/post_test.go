package exercise

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	drill "hygie/exercise"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "a.json", Comment: "Scenario"})
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// outbox is a mail server in memory, which is away until it takes what waits.
type outbox struct {
	mails []letter
}

type letter struct {
	to, subject, body string
	state             PostState
}

func (o *outbox) Send(_ context.Context, _ *store.Tx, _, to, subject, body string) (string, error) {
	o.mails = append(o.mails, letter{to, subject, body, PostWaiting})
	return fmt.Sprint(len(o.mails) - 1), nil
}

func (o *outbox) State(_ context.Context, _ *store.Tx, id string) (PostState, error) {
	var n int
	if _, err := fmt.Sscan(id, &n); err != nil {
		return "", err
	}
	return o.mails[n].state, nil
}

// The test of contacts goes by mail, EXERCICE stands in each subject and body, events by mail reach those alone who confirmed, and the room says where each mail is.
func TestMailsOfAnExercise(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _, _, post := mailSite(t, db)
		animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		player := site.Person("", "", "")
		player.Actor = right.Actor{}
		address := plans(t, animator, "level", "3")
		e := read(t, site, address)
		i := slices.IndexFunc(e.Scenario.Stimuli, func(s drill.Stimulus) bool { return s.Channel == drill.Mail && s.If == nil })
		mail := e.Scenario.Stimuli[i]
		for name, contact := range map[string]string{"Avec Adresse": "joueur@exemple.invalid", "Sans Réponse": "muet@exemple.invalid", "Sans Adresse": "poste 12"} {
			animator.Want(name, animator.Post(address+"/seats", "act", "add", "name", name, "role", mail.To[0], "contact", contact), http.StatusSeeOther)
		}
		animator.Want("test", animator.Post(address+"/seats", "act", "invite_all"), http.StatusSeeOther)
		if len(post.mails) != 2 {
			t.Fatalf("%d mails", len(post.mails))
		}
		animator.Want("nobody is mailed twice at once", animator.Post(address+"/seats", "act", "invite_all"), http.StatusConflict)
		seats := map[string]Seat{}
		for _, s := range read(t, site, address).seats {
			seats[s.Name] = s
		}
		for range mostTests - 1 {
			animator.Want("again", animator.Post(address+"/seats", "act", "invite", "seat", seats["Sans Réponse"].ID), http.StatusSeeOther)
		}
		animator.Want("an address is no target", animator.Post(address+"/seats", "act", "invite", "seat", seats["Sans Réponse"].ID), http.StatusConflict)
		animator.Want("no address", animator.Post(address+"/seats", "act", "invite", "seat", seats["Sans Adresse"].ID), http.StatusConflict)
		has(t, "waiting", animator.Get(address), "Courriel en attente du serveur")
		player.Want("a filter of mail opens it", player.Get(seats["Avec Adresse"].path()), http.StatusOK)
		has(t, "opening confirms nothing", animator.Get(address), "!Joint le")
		player.Want("confirm", player.Post(seats["Avec Adresse"].path()+"/here"), http.StatusSeeOther)
		animator.Want("nothing to confirm again", animator.Post(address+"/seats", "act", "invite", "seat", seats["Avec Adresse"].ID), http.StatusConflict)
		before := len(post.mails)
		animator.Want("start", animator.Post(address+"/room", "act", "start"), http.StatusSeeOther)
		animator.Want("play", animator.Post(address+"/room", "act", "play", "stimulus", mail.ID), http.StatusSeeOther)
		if len(post.mails) != before+1 || post.mails[before].to != "joueur@exemple.invalid" {
			t.Fatalf("%+v", post.mails[before:])
		}
		has(t, "server away", animator.Get(address+"/room"), "1 courriel en attente du serveur", "Sans Réponse", "Sans Adresse")
		post.mails[before].state = PostSent
		has(t, "server back", animator.Get(address+"/room"), "1 courriel parti", "!1 courriel en attente")
		for _, l := range post.mails {
			if !strings.HasPrefix(l.subject, "EXERCICE – ") || strings.ContainsAny(l.subject, "\r\n") || !strings.HasPrefix(l.body, "EXERCICE") || !strings.Contains(l.body, "https://hygie.example/exercise-seats/") || !strings.Contains(l.body, "Centre hospitalier du Val-Doré") {
				t.Errorf("%+v", l)
			}
		}
		if !strings.Contains(post.mails[before].body, words(t.Context(), mail.Text)) {
			t.Errorf("%s", post.mails[before].body)
		}
	})
}

func TestMailOf(t *testing.T) {
	for contact, want := range map[string]string{"a@exemple.invalid": "a@exemple.invalid", " Poste 12 ": "", "": "", "Nom <b@exemple.invalid>": "b@exemple.invalid", "a@b@c": "", "a@x.invalid, b@x.invalid": "", "a@x.invalid\r\nBcc: b@x.invalid": ""} {
		if got, ok := mailOf(contact); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", contact, got, ok)
		}
	}
}

// Delays are read from the lines of the main courante; the animator corrects one, denies another, and lets the lines speak again.
func TestDelaysAreReadFromLines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, log, _ := newSite(t, db)
		site.Clock = time.Date(2026, 3, 10, 23, 50, 0, 0, time.UTC) // the game goes over midnight
		animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		address := plans(t, animator, "level", "1")
		room := address + "/room"
		animator.Want("nothing to correct yet", animator.Get(address+"/figures"), http.StatusConflict)
		animator.Want("too early", animator.Post(room, "act", "unreached", "milestone", "cnil"), http.StatusConflict)
		animator.Want("start", animator.Post(room, "act", "start"), http.StatusSeeOther)
		start := site.Clock
		site.Clock = start.Add(40 * time.Minute)
		log.lines = append(log.lines, Line{Text: "Cellule de crise réunie", At: start.Add(12 * time.Minute)}, Line{Text: "CERT Santé appelé", At: start.Add(25 * time.Minute)}, Line{Text: "Réseau coupé", At: start.Add(30 * time.Minute)})
		has(t, "read", animator.Get(room), "12 min", "lu ligne 2", "25 min", "lu ligne 3")
		animator.Want("no hour", animator.Post(room, "act", "correct", "milestone", "cert_called", "at-cert_called", "tantôt"), http.StatusConflict)
		animator.Want("an hour that is to come", animator.Post(room, "act", "correct", "milestone", "cert_called", "at-cert_called", "05:00"), http.StatusConflict)
		animator.Want("correct", animator.Post(room, "act", "correct", "milestone", "cert_called", "at-cert_called", "00h10"), http.StatusSeeOther)
		animator.Want("deny", animator.Post(room, "act", "unreached", "milestone", "isolated"), http.StatusSeeOther)
		has(t, "where it is corrected", animator.Want("figures", animator.Get(address+"/figures"), http.StatusOK), "Heure du fait", "Reprendre la lecture", "20 min")
		has(t, "corrected", animator.Get(room), "20 min", "corrigé par l’animateur", "!30 min", "!lu ligne 3")
		animator.Want("end", animator.Post(room, "act", "end"), http.StatusSeeOther)
		if to := animator.Want("reread after the end", animator.Post(room, "act", "reread", "milestone", "isolated"), http.StatusSeeOther).To(); !strings.HasSuffix(to, "/debrief#figures") {
			t.Errorf("leads to %s", to)
		}
		has(t, "debrief", animator.Get(address+"/debrief"), "12 min", "20 min", "30 min", "lu ligne 4")
		animator.Want("conclude", animator.Post(address+"/conclusion"), http.StatusSeeOther)
		animator.Want("what is proven stays", animator.Post(room, "act", "unreached", "milestone", "convened"), http.StatusConflict)
	})
}

// An observer who wrote on a printed sheet is typed back by the animator.
func TestASheetIsTypedBack(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	address := plans(t, animator, "level", "1")
	e := read(t, site, address)
	animator.Post(address+"/seats", "act", "add", "name", "Alex Témoin", "role", "observer")
	animator.Post(address+"/seats", "act", "add", "name", "Dominique Fictif", "role", e.Scenario.Roles[0].ID)
	seats := read(t, site, address).seats
	at := func(name string) string {
		i := slices.IndexFunc(seats, func(s Seat) bool { return s.Name == name })
		return address + "/grids/" + seats[i].ID
	}
	field := observedField(e.Scenario.Objectives[0].ID, 0)
	has(t, "sheet", animator.Want("sheet", animator.Get(at("Alex Témoin")), http.StatusOK), "Alex Témoin", "Recopiez", "EXERCICE")
	animator.Want("a player has none", animator.Get(at("Dominique Fictif")), http.StatusNotFound)
	animator.Want("a player has none to type", animator.Post(at("Dominique Fictif"), field, "done"), http.StatusConflict)
	animator.Want("no such value", animator.Post(at("Alex Témoin"), field, "perhaps"), http.StatusUnprocessableEntity)
	animator.Want("typed", animator.Post(at("Alex Témoin"), field, "partly", field+"-note", "Vu à 14 h 10"), http.StatusSeeOther)
	if all := read(t, site, address).observations; len(all) != 1 || all[0].Value != "partly" || all[0].Note != "Vu à 14 h 10" {
		t.Errorf("%+v", all)
	}
}
