package convergence_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/blob"
	"hygie/internal/convergence"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

const home = "/structures/" + pagetest.Group + "/convergence"

// vault keeps what was put, in the clear.
type vault struct {
	kept [][]byte
	full bool
}

func (v *vault) Put(_ context.Context, r io.Reader) (blob.Digest, int64, error) {
	if v.full {
		return blob.Digest{}, 0, blob.ErrFull
	}
	content, err := io.ReadAll(r)
	v.kept = append(v.kept, content)
	return sha256.Sum256(content), int64(len(content)), err
}

func site(t *testing.T, db *store.DB) (*pagetest.Site, *vault) {
	t.Helper()
	s, v := pagetest.New(t, db), &vault{}
	s.Serve(convergence.New(db, v, s.Trail, s.Now).Routes)
	return s, v
}

// whole are the fields of a trajectory that can be deposited.
func whole(version string) []string {
	return []string{"version", version, "target", "Un annuaire commun <à deux> sites.", "title-0", "Relier les forêts", "due-0", "2026-09-30", "state-0", "doing", "owner-0", "DSI commune",
		"title-2", "Retirer l’ancien annuaire", "due-2", "2027-06-30", "state-2", "planned"}
}

func says(p pagetest.Page, text string) bool {
	return strings.Contains(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Main()), text)
}

func TestRolesOnATrajectory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := site(t, db)
		coordinator := s.Person("coordinator", right.GroupCoordinator, pagetest.Group)
		coordinator.Want("save", coordinator.Post(home, whole("0")...), http.StatusSeeOther)
		for _, row := range []struct {
			role               right.Role
			structure          string
			see, edit, deposit int
		}{
			{right.GroupCoordinator, pagetest.Group, 200, 200, 303},
			{right.RegionalInstructor, pagetest.Region, 200, 403, 403},
			{right.RegionalSupport, pagetest.Region, 200, 403, 403},
			{right.NationalSteering, pagetest.Nation, 200, 403, 403},
			{right.Administrator, "", 403, 403, 403},
			{right.Director, pagetest.Hospital, 404, 404, 404}, // of a member: the group is above
			{right.Director, pagetest.Clinic, 404, 404, 404},
		} {
			v := s.Person(string(row.role), row.role, row.structure)
			v.Want(string(row.role)+" sees", v.Get(home), row.see)
			v.Want(string(row.role)+" gets the document", v.Get(home+"/document"), row.see)
			v.Want(string(row.role)+" edits", v.Get(home+"/edit"), row.edit)
			v.Want(string(row.role)+" deposits", v.Post(home+"/deposit"), row.deposit)
		}
		director := s.Person("director", right.Director, pagetest.Hospital)
		director.Want("not of a hospital", director.Get("/structures/"+pagetest.Hospital+"/convergence"), http.StatusNotFound)
	})
}

func TestWriteThePathAndShowIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, kept := site(t, db)
		coordinator := s.Person("Alix Maquette", right.GroupCoordinator, pagetest.Group)
		empty := coordinator.Want("empty", coordinator.Get(home), http.StatusOK)
		if !says(empty, "Aucune trajectoire") {
			t.Errorf("an empty path does not say so:\n%s", empty.Main())
		}
		if refused := coordinator.Want("deposit nothing", coordinator.Post(home+"/deposit"), http.StatusConflict); !says(refused, "n’est pas décrite") || len(kept.kept) > 0 {
			t.Errorf("depositing nothing: %s", refused.Main())
		}
		for name, row := range map[string]struct {
			fields []string
			wrong  string
		}{
			"a day that is none":   {[]string{"title-0", "x", "due-0", "31/31", "state-0", "planned"}, "f-due-0-error"},
			"a step without title": {[]string{"owner-0", "DSI", "state-0", "planned"}, "f-title-0-error"},
			"a state that is none": {[]string{"title-0", "x", "state-0", "lost"}, "f-state-0-error"},
			"a long title":         {[]string{"title-0", strings.Repeat("é", 301), "state-0", "planned"}, "f-title-0-error"},
		} {
			p := coordinator.Want(name, coordinator.Post(home, append(row.fields, "version", "0", "target", "gardé")...), http.StatusUnprocessableEntity)
			if !strings.Contains(p.Main(), row.wrong) || !strings.Contains(p.Main(), "gardé") {
				t.Errorf("%s: the form does not say it, or forgets what was typed", name)
			}
		}
		coordinator.Want("save", coordinator.Post(home, whole("0")...), http.StatusSeeOther)
		page := coordinator.Want("page", coordinator.Get(home), http.StatusOK)
		if i, j := strings.Index(page.Main(), "Relier les forêts"), strings.Index(page.Main(), "Retirer l’ancien"); i < 0 || j < i {
			t.Errorf("the steps are missing or out of order:\n%s", page.Main())
		}
		document := coordinator.Want("document", coordinator.Get(home+"/document"), http.StatusOK)
		if !strings.HasPrefix(document.Header.Get("Content-Disposition"), "attachment;") || !strings.Contains(string(document.Body), "&lt;à deux&gt;") || !strings.Contains(document.Text, "Centre hospitalier du Val-Doré") {
			t.Errorf("the document: %s", document.Text)
		}
		table := coordinator.Want("spreadsheet", coordinator.Get(home+"/document?format=ods"), http.StatusOK)
		if content := odsContent(t, table.Body); !strings.Contains(table.Header.Get("Content-Disposition"), ".ods") || !strings.Contains(content, "&lt;à deux&gt;") || !strings.Contains(content, "Centre hospitalier du Val-Doré") {
			t.Errorf("the spreadsheet %v: %.500s", table.Header, content)
		}
		if again := coordinator.Get(home + "/document"); !bytes.Equal(again.Body, document.Body) {
			t.Error("the same path gives another document")
		}
	})
}

func TestTwoPeopleWriteAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := site(t, db)
		one, other := s.Person("Un", right.GroupCoordinator, pagetest.Group), s.Person("Autre", right.GroupCoordinator, pagetest.Group)
		other.Want("the other", other.Post(home, whole("0")...), http.StatusSeeOther)
		p := one.Want("an older page", one.Post(home, "version", "0", "target", "le mien"), http.StatusUnprocessableEntity)
		if !says(p, "Autre a modifié") || !strings.Contains(p.Main(), "le mien") {
			t.Errorf("the page: %s", p.Main())
		}
		one.Want("meaning it", one.Post(home, "version", p.Find(t, `name="version" value="(\d+)"`), "target", "le mien"), http.StatusSeeOther)
		if !says(one.Get(home), "le mien") {
			t.Error("the second save is lost")
		}
	})
}

func TestTheDepositedDocumentMeetsTheRequirement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, kept := site(t, db)
		status := func() (found referential.Status) {
			all, err := packages.Load()
			if err != nil {
				t.Fatal(err)
			}
			s.View(func(ctx context.Context, tx *store.Tx) error {
				group, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Group)
				if err != nil {
					return err
				}
				for _, p := range all {
					a, err := proof.Assess(ctx, tx, territory.Everything(), p, group, s.Clock, time.UTC)
					if err != nil {
						return err
					}
					if v, ok := a.Verdict("D1.O6.B"); ok {
						found = v.Status
					}
				}
				return nil
			})
			return found
		}
		coordinator := s.Person("Alix Maquette", right.GroupCoordinator, pagetest.Group)
		coordinator.Want("save", coordinator.Post(home, whole("0")...), http.StatusSeeOther)
		if got := status(); got != referential.NotMet {
			t.Fatalf("before the deposit: %s", got)
		}
		kept.full = true
		coordinator.Want("a full disk", coordinator.Post(home+"/deposit"), http.StatusConflict)
		if got := status(); got != referential.NotMet {
			t.Fatalf("after a deposit that failed: %s", got)
		}
		kept.full = false
		coordinator.Want("deposit", coordinator.Post(home+"/deposit"), http.StatusSeeOther)
		if got := status(); got != referential.Met {
			t.Fatalf("after the deposit: %s", got)
		}
		page := coordinator.Get(home)
		if !says(page, "Document déposé le 10 mars 2026") || says(page, "Déposer comme pièce") {
			t.Errorf("the page after the deposit:\n%s", page.Main())
		}
		s.Clock = s.Clock.AddDate(0, 0, 5)
		coordinator.Want("change", coordinator.Post(home, whole("1")...), http.StatusSeeOther)
		if !says(coordinator.Get(home), "La trajectoire a changé depuis") {
			t.Error("an outdated document is not said to be")
		}
		coordinator.Want("deposit again", coordinator.Post(home+"/deposit"), http.StatusSeeOther)
		s.View(func(ctx context.Context, tx *store.Tx) error {
			all, err := proof.Of(ctx, tx, territory.Everything(), pagetest.Group)
			if len(all) != 2 || all[0].Supersedes != all[1].ID || all[0].EffectiveUntil.IsZero() {
				t.Errorf("evidence: %+v", all)
			}
			return err
		})
		if got := status(); got != referential.Met || len(kept.kept) != 2 {
			t.Errorf("after the second deposit: %s, %d documents", got, len(kept.kept))
		}
	})
}

// odsContent is the text of a spreadsheet, as XML.
func odsContent(t *testing.T, file []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("content.xml")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
