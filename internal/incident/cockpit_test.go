package incident_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/locale"
	"hygie/internal/pagetest"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// What a region writes stands where "to be completed" stood, for its structures alone, until it is taken back.
func TestARegionWritesItsNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := begin(t, db)
		n.category("355")
		at := n.open(n.worker, "Panne du réseau")
		const numbers = "/incidents/numbers"
		says := func(want string, there bool) {
			t.Helper()
			if strings.Contains(n.worker.Get(at).Text, want) != there {
				t.Errorf("the cockpit says %q: %t", want, !there)
			}
		}
		says("Appui régional (GRADeS)", true)
		n.gradesone.Want("page", n.gradesone.Get(numbers), http.StatusOK)
		for _, c := range []struct {
			name   string
			fields []string
		}{
			{"no name", []string{"purpose", "aide", "phone", "01 00 00 00 00"}},
			{"nothing to call", []string{"name", "Appui", "purpose", "aide"}},
			{"words for a number", []string{"name", "Appui", "purpose", "aide", "phone", "demandez le standard"}},
			{"a script for an address", []string{"name", "Appui", "purpose", "aide", "web", "javascript:alert(1)"}},
			{"the place of what has a number of its own", []string{"name", "Appui", "purpose", "aide", "phone", "01 00 00 00 00", "replaces", "cert-sante"}},
			{"another region", []string{"name", "Appui", "purpose", "aide", "phone", "01 00 00 00 00", "region", "elsewhere"}},
		} {
			fields := c.fields
			if !strings.Contains(strings.Join(fields, " "), "region") {
				fields = append(fields, "region", pagetest.Region)
			}
			n.gradesone.Want(c.name, n.gradesone.Post(numbers, fields...), http.StatusUnprocessableEntity)
		}
		n.post(n.gradesone, numbers, "region", pagetest.Region, "name", "Astreinte fictive", "purpose", "Aide à qualifier, jour et nuit", "phone", "01 00 00 00 00", "hours", "24 h/24", "replaces", "grades")
		says("Astreinte fictive", true)
		says("tel:0100000000", true)
		says("Région d’essai, vérifié le", true)
		says("Appui régional (GRADeS)", false)
		n.View(func(ctx context.Context, tx *store.Tx) error {
			calls, err := n.module.Calls(locale.With(ctx, n.printer), tx, territory.Everything(), pagetest.Hospital)
			if err != nil || len(calls) < 3 || calls[1].Name != "Astreinte fictive" || calls[1].For != "Aide à qualifier, jour et nuit" || calls[1].Unsure {
				t.Errorf("the folder is told %+v, %v", calls, err)
			}
			return err
		})
		id := n.gradesone.Get(numbers).Find(t, `numbers\?edit=([0-9a-z]+)#`)
		n.gradesone.Want("edit", n.gradesone.Get(numbers+"?edit="+id), http.StatusOK)
		n.post(n.gradesone, numbers, "id", id, "name", "Astreinte fictive", "purpose", "Aide à qualifier", "phone", "01 00 00 00 99", "replaces", "grades")
		says("01 00 00 00 99", true)
		n.worker.Want("a structure does not write", n.worker.Get(numbers), http.StatusForbidden)
		n.post(n.gradesone, numbers+"/"+id+"/remove")
		n.gradesone.Want("twice", n.gradesone.Post(numbers+"/"+id+"/remove"), http.StatusNotFound)
		says("Astreinte fictive", false)
		says("Appui régional (GRADeS)", true)
		if acts := strings.Join(n.Actions(), " "); strings.Count(acts, "incident.number") != 3 || !strings.Contains(acts, "incident.number_removed") {
			t.Errorf("trail: %s", acts)
		}
	})
}

// A situation that is given out has the next number, and its file stays as it left.
func TestSituationsAreNumberedAndKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := begin(t, db)
		at := staged(n)
		n.worker.Want("to nobody", n.worker.Post(at+"/situation", "recipients", " "), http.StatusUnprocessableEntity)
		n.post(n.worker, at+"/situation", "recipients", "ARS, GRADeS")
		first := n.worker.Get(at).Find(t, `/log/files/([0-9a-f]{64})">Point de situation n° 1<`)
		kept := n.worker.Want("file", n.worker.Get(at+"/log/files/"+first), http.StatusOK).Body
		if pages := bytes.Count(kept, []byte("/Type /Page /")); !bytes.HasPrefix(kept, []byte("%PDF-")) || pages != 1 {
			t.Errorf("the report has %d pages", pages)
		}
		n.post(n.worker, at+"/services", "name", "Laboratoire", "state", "stopped")
		n.post(n.worker, at+"/situation", "recipients", "Préfecture")
		page := n.worker.Get(at)
		for _, want := range []string{"Point de situation n° 1", "Point de situation n° 2", "Pour : Préfecture"} {
			if !strings.Contains(strings.ReplaceAll(page.Text, "\u00a0", " "), want) {
				t.Errorf("the cockpit does not say %q", want)
			}
		}
		if again := n.worker.Get(at + "/log/files/" + first).Body; !bytes.Equal(again, kept) {
			t.Error("a report that was given out has changed")
		}
		if log := n.worker.Get(at + "/log").Text; !strings.Contains(log, "n° 2 diffusé") {
			t.Error("the log does not tell")
		}
	})
}

// However much is noted, situation and hand-over stay on one page.
func TestPapersStayOnOnePage(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := staged(n)
	for i := range 12 {
		n.post(n.worker, at+"/services", "name", fmt.Sprintf("Service n° %d, au nom long comme ils le sont souvent", i), "state", "degraded", "note", strings.Repeat("remarque ", 20))
		n.post(n.worker, at+"/log", "kind", []string{"fact", "action", "decision"}[i%3], "text", strings.Repeat("une phrase qui n’en finit pas ", 10))
	}
	n.post(n.worker, at+"/declarations/cert-sante", "help_wanted", strings.Repeat("Un renfort pour trier les traces. ", 20))
	for i := range 8 {
		n.post(n.worker, at+"/decisions", "decision", strings.Repeat("Faut-il couper ceci ? ", 8))
		n.post(n.worker, at+"/shifts", "person", fmt.Sprint("Personne Inventée ", i), "post", "renfort", "reach", "poste 4242")
		n.post(n.worker, at+"/log", "kind", "instruction", "text", strings.Repeat("une consigne longue ", 12))
	}
	n.post(n.worker, at+"/situation", "recipients", "ARS, GRADeS, préfecture, assureur")
	last := n.worker.Get(at).Find(t, `(/log/files/[0-9a-f]{64})">Point de situation n° 1<`)
	for _, paper := range []string{last, "/handover/pdf"} {
		if pages := bytes.Count(n.worker.Get(at+paper).Body, []byte("/Type /Page /")); pages != 1 {
			t.Errorf("a long %s has %d pages", paper, pages)
		}
	}
}

// Shifts are planned, held and left; the hand-over sheet says who comes and how long each was there.
func TestShiftsAreHandedOver(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.director, "Panne")
	local := func(after time.Duration) string {
		return n.Clock.Add(after).UTC().Format("2006-01-02T15:04")
	}
	n.post(n.worker, at+"/shifts", "person", "Alex Inventé", "post", "informatique", "from", local(-5*time.Hour), "until", local(3*time.Hour))
	n.post(n.worker, at+"/shifts", "person", "Camille Fictif", "post", "informatique", "from", local(3*time.Hour))
	n.worker.Want("ends before it begins", n.worker.Post(at+"/shifts", "person", "X", "from", local(0), "until", local(-time.Hour)), http.StatusUnprocessableEntity)
	n.worker.Want("next year", n.worker.Post(at+"/shifts", "person", "X", "from", local(365*24*time.Hour)), http.StatusUnprocessableEntity)
	says := func(path string, wants ...string) {
		t.Helper()
		page := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(string(n.worker.Want(path, n.worker.Get(at+path), http.StatusOK).Body))
		for _, want := range wants {
			if absent := strings.HasPrefix(want, "!"); strings.Contains(page, strings.TrimPrefix(want, "!")) == absent {
				t.Errorf("%q: %q", path, want)
			}
		}
	}
	says("", "Qui prend la suite", "Camille Fictif", "!à relever", "Alex Inventé : 5 h")
	says("/handover/html", "Qui prend la suite", "Camille Fictif, informatique, à partir du", "Alex Inventé : 5 h")
	n.Clock = n.Clock.Add(4 * time.Hour)
	says("", "à relever", "!Qui prend la suite", "Alex Inventé : 9 h")
	shift := n.worker.Get(at).Find(t, `shifts/([0-9a-z]+)/end`)
	n.post(n.worker, at+"/shifts/"+shift+"/end")
	n.Clock = n.Clock.Add(time.Hour)
	says("", "Alex Inventé : 9 h", "Camille Fictif : 2 h", "!à relever")
}

// The moment of notice may be corrected, which moves every clock and stands in the log; left empty it stays.
func TestNoticeIsCorrected(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.worker, "Panne du réseau")
	n.worker.Want("not yet", n.worker.Post(at+"/qualify", "kind", "failure", "noticed", "2026-03-11T09:00", "version", "1"), http.StatusUnprocessableEntity)
	n.post(n.worker, at+"/qualify", "kind", "failure", "noticed", "2026-03-10T06:00", "version", "1")
	n.post(n.worker, at+"/qualify", "kind", "failure", "care", "none", "noticed", "", "version", "2")
	page := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(n.worker.Get(at).Text)
	for _, want := range []string{"Elles courent depuis le constat, le 10 mars 2026 à 6 h 00", "avant le 13 mars 2026 à 6 h 00"} {
		if !strings.Contains(page, want) {
			t.Errorf("the cockpit does not say %q", want)
		}
	}
	if log := n.worker.Get(at + "/log").Text; strings.Count(log, "Constat corrigé") != 1 {
		t.Error("the correction is not in the log, once")
	}
}
