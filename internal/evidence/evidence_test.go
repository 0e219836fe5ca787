package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hygie/internal/blob"
	"hygie/internal/keys"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
	"hygie/sheet"
)

const home1 = "/structures/" + pagetest.Hospital + "/evidence"

// newSite serves the module on a database.
func newSite(t *testing.T, db *store.DB) (*pagetest.Site, *Module) {
	t.Helper()
	site := pagetest.New(t, db)
	folder, err := keys.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := blob.LoadSecrets(folder)
	if err != nil {
		t.Fatal(err)
	}
	vault, err := blob.NewVault(&blob.Memory{}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := New(Options{DB: db, Vault: vault, Trail: site.Trail, Shelf: shelf, Now: site.Now})
	site.Serve(m.Routes)
	return site, m
}

// deposit sends a document with its fields.
func deposit(v *pagetest.Visitor, home, name, content string, fields ...string) pagetest.Page {
	all := append([]string{"kind", "procedure", "from", "2026-01-01"}, fields...)
	return v.Upload(home, "file", name, []byte(content), all...)
}

func TestDepositSeeOpenReplace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		if p := officer.Want("empty", officer.Get(home1), http.StatusOK); !strings.Contains(p.Text, "Aucune preuve") {
			t.Errorf("empty list:\n%s", p.Main())
		}
		officer.Want("form", officer.Get(home1+"/new"), http.StatusOK)
		const content = "%PDF-1.7 contenu de la procédure"
		made := officer.Want("deposit", deposit(officer, home1, `C:\Documents\Procédure.pdf`, content, "until", "2026-12-31", "note", "Version signée"), http.StatusSeeOther)
		shown := officer.Want("page", officer.Get(made.To()), http.StatusOK)
		for _, want := range []string{"Procédure.pdf", "Procédure ou politique", "du 01/01/2026 au 31/12/2026", "En vigueur", "Version signée", "Camille Exemple", "est déposé"} {
			if !strings.Contains(shown.Text, want) {
				t.Errorf("the page lacks %q:\n%s", want, shown.Main())
			}
		}
		file := officer.Want("download", officer.Get(made.To()+"/file"), http.StatusOK)
		if string(file.Body) != content || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || file.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("download: %q %v", file.Body, file.Header)
		}
		seen := officer.Want("preview", officer.Get(made.To()+"/preview"), http.StatusOK)
		if seen.Header.Get("Content-Type") != pdf || !strings.Contains(seen.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("preview: %v", seen.Header)
		}

		officer.Want("same file", deposit(officer, home1, "copie.pdf", content, "until", "2026-12-31"), http.StatusUnprocessableEntity)
		id := made.To()[strings.LastIndex(made.To(), "/")+1:]
		if p := officer.Get(home1 + "/new?supersedes=" + id); !strings.Contains(p.Text, "prend la place de") {
			t.Errorf("form of replacement:\n%s", p.Main())
		}
		site.Clock = site.Clock.Add(time.Hour)
		next := officer.Want("replace", deposit(officer, home1, "Procédure 2.pdf", content+"2", "supersedes", id), http.StatusSeeOther)
		officer.Want("replace twice", deposit(officer, home1, "Procédure 3.pdf", content+"3", "supersedes", id), http.StatusConflict)
		if p := officer.Get(made.To()); !strings.Contains(p.Text, "Ce document ne compte plus") || !strings.Contains(p.Text, "Procédure 2.pdf") {
			t.Errorf("the old document:\n%s", p.Main())
		}
		if p := officer.Get(next.To()); !strings.Contains(p.Text, "Remplace") {
			t.Errorf("the new document:\n%s", p.Main())
		}
		list := officer.Get(home1 + "?state=in_force")
		if strings.Contains(list.Main(), ">Procédure.pdf<") || !strings.Contains(list.Main(), ">Procédure 2.pdf<") {
			t.Errorf("list in force:\n%s", list.Main())
		}
		export := officer.Want("export", officer.Get(home1+"?format=csv&q=procedure"), http.StatusOK)
		if lines := strings.Count(string(export.Body), "\r\n"); lines != 3 {
			t.Errorf("export has %d lines:\n%s", lines, export.Body)
		}
		want := []string{"evidence.add", "evidence.preview", "evidence.download", "evidence.add"}
		if got := site.Actions(); !slices.Equal(got, want) {
			t.Errorf("trail %v, want %v", got, want)
		}
	})
}

func TestWrongDepositsAreExplainedAndLeaveNothing(t *testing.T) {
	site, m := newSite(t, storetest.SQLite(t))
	m.max = 100
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	for name, p := range map[string]struct {
		page pagetest.Page
		says string
	}{
		"no kind":         {deposit(officer, home1, "a.pdf", "x", "kind", string(proof.DirectoryDump)), "Choisissez la nature"},
		"unknown kind":    {deposit(officer, home1, "a.pdf", "x", "kind", "../../x"), "Choisissez la nature"},
		"no day":          {deposit(officer, home1, "a.pdf", "x", "from", ""), "premier jour"},
		"not a day":       {deposit(officer, home1, "a.pdf", "x", "from", "hier"), "Écrivez une date"},
		"ends before":     {deposit(officer, home1, "a.pdf", "x", "until", "2025-12-31"), "avant le début"},
		"long note":       {deposit(officer, home1, "a.pdf", "x", "note", strings.Repeat("é", 2001)), "2000 caractères"},
		"hostile note":    {deposit(officer, home1, "a.pdf", "x", "note", "a\x00b"), "caractères illisibles"},
		"empty file":      {deposit(officer, home1, "a.pdf", ""), "Ce fichier est vide"},
		"no file":         {officer.Upload(home1, "", "", nil, "kind", "procedure", "from", "2026-01-01"), "Choisissez un fichier"},
		"too large":       {deposit(officer, home1, "a.pdf", strings.Repeat("x", 101)), "dépasse 100"},
		"not a file form": {officer.Post(home1, "kind", "procedure"), "abîmé"},
	} {
		if p.page.Status != http.StatusUnprocessableEntity || !strings.Contains(p.page.Text, p.says) {
			t.Errorf("%s: status %d\n%s", name, p.page.Status, p.page.Main())
		}
	}
	if p := deposit(officer, home1, "exact.pdf", strings.Repeat("x", 100)); p.Status != http.StatusSeeOther {
		t.Errorf("a file of exactly the limit: %d\n%s", p.Status, p.Main())
	}
	if p := deposit(officer, home1, "a.pdf", "x", "supersedes", "nothing"); p.Status != http.StatusNotFound {
		t.Errorf("replaces nothing: %d", p.Status)
	}
	site.View(func(ctx context.Context, tx *store.Tx) error {
		all, err := proof.Of(ctx, tx, territory.Everything(), pagetest.Hospital)
		if len(all) != 1 {
			t.Errorf("%d pieces of evidence, want the one that was right", len(all))
		}
		return err
	})
}

// What a file is follows from its bytes: a page or a picture with a script in it is never shown, whatever its name says.
func TestOnlyHarmlessFilesAreShown(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	for _, row := range []struct {
		name, content, media string
		shown                bool
	}{
		{"rapport.pdf", "%PDF-1.4 x", pdf, true},
		{"photo.png", "\x89PNG\r\n\x1a\nxx", "image/png", true},
		{"photo.webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", true},
		{"notes.txt", "Été <script>alert(1)</script>", text, true},
		{"page.html", "<script>alert(1)</script>", binary, false},
		{"page.pdf", "<html><script>alert(1)</script>", binary, false},
		{"dessin.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, binary, false},
		{"dessin.png", `<svg xmlns="http://www.w3.org/2000/svg"/>`, binary, false},
		{"notes.txt", "binaire\x00\x01", binary, false},
		{"notes.txt", "latin \xe9t\xe9", westernText, true},
		{"classeur.doc", "PK\x03\x04", binary, false},
	} {
		made := officer.Want(row.name, deposit(officer, home1, row.name, row.content), http.StatusSeeOther)
		seen := officer.Get(made.To() + "/preview")
		file := officer.Want(row.name, officer.Get(made.To()+"/file"), http.StatusOK)
		if got := file.Header.Get("Content-Type"); got != row.media || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s (%q): downloaded as %s", row.name, row.content, got)
		}
		switch {
		case !row.shown:
			if seen.Status != http.StatusNotFound || strings.Contains(officer.Get(made.To()).Text, "/preview") {
				t.Errorf("%s (%q) is shown: %d", row.name, row.content, seen.Status)
			}
		case seen.Header.Get("Content-Type") != row.media || !strings.HasSuffix(seen.Header.Get("Content-Security-Policy"), "sandbox"):
			t.Errorf("%s: shown as %v", row.name, seen.Header)
		}
	}
}

func TestTextIsToldByItsBeginning(t *testing.T) {
	for _, row := range []struct {
		name string
		head string
		want bool
	}{
		{"plain", "un\tdeux\r\ntrois\f", true},
		{"cut character", strings.Repeat("a", sniffed-1) + "é"[:1], true},
		{"character that the file itself cuts", "été"[:4], false},
		{"cut in the middle", "\xc3(", false},
		{"alone", "\xe9", false},
		{"replacement character itself", "\uFFFD", true},
		{"escape", "\x1b[2J", false},
		{"empty", "", true},
	} {
		if got := isText([]byte(row.head)); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

// The dump of a directory is evidence that an instructor knows of and may not read.
func TestTheMapOfWeaknessesStaysShut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		digest, size, err := m.vault.Put(t.Context(), strings.NewReader("comptes"))
		if err != nil {
			t.Fatal(err)
		}
		var id string
		site.Update(func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: pagetest.Hospital, Kind: proof.DirectoryReport, Name: "audit.json", MediaType: "application/json",
				SHA256: hex.EncodeToString(digest[:]), Size: size, EffectiveFrom: site.Clock, EffectiveUntil: site.Clock, DepositedAt: site.Clock, DepositedBy: "directory-audit"})
			if err != nil {
				return err
			}
			return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Hospital, Key: "directory.level", Value: referential.Number(2), ObservedAt: site.Clock,
				Source: "directory-audit/1", Evidence: id, RecordedAt: site.Clock, RecordedBy: "directory-audit"})
		})
		instructor := site.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region)
		page := instructor.Want("page", instructor.Get(home1+"/"+id), http.StatusOK)
		if strings.Contains(page.Text, "/file") || !strings.Contains(page.Text, "s’ouvre seulement") {
			t.Errorf("the instructor's page:\n%s", page.Main())
		}
		instructor.Want("download", instructor.Get(home1+"/"+id+"/file"), http.StatusForbidden)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		page = officer.Want("page", officer.Get(home1+"/"+id), http.StatusOK)
		if !strings.Contains(page.Text, "niveau") || !strings.Contains(page.Main(), "#r-") {
			t.Errorf("facts and uses are missing:\n%s", page.Main())
		}
		if p := officer.Want("download", officer.Get(home1+"/"+id+"/file"), http.StatusOK); string(p.Body) != "comptes" {
			t.Errorf("downloaded %q", p.Body)
		}
		officer.Want("replace a result", deposit(officer, home1, "a.pdf", "%PDF-x", "supersedes", id), http.StatusConflict)
		if got := site.Actions(); !slices.Equal(got, []string{"evidence.download"}) {
			t.Errorf("trail %v", got)
		}
	})
}

// What the vault has lost is said, and nothing looks like a file.
func TestLostContentIsAnError(t *testing.T) {
	site, m := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	made := deposit(officer, home1, "a.pdf", "%PDF-whole")
	if err := m.vault.Delete(t.Context(), sha256.Sum256([]byte("%PDF-whole"))); err != nil {
		t.Fatal(err)
	}
	p := officer.Want("lost", officer.Get(made.To()+"/file"), http.StatusInternalServerError)
	if p.Header.Get("Content-Disposition") != "" {
		t.Errorf("an error is sent as a file: %v", p.Header)
	}
	if got := site.Actions(); !slices.Equal(got, []string{"evidence.add"}) {
		t.Errorf("trail %v", got)
	}
}

func TestNobodyReachesTheEvidenceOfOthers(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	made := deposit(officer, home1, "a.pdf", "%PDF-x").To()
	other := site.Person("Noa Prototype", right.SecurityOfficer, pagetest.Clinic)
	id := made[strings.LastIndex(made, "/")+1:]
	for _, path := range []string{home1, home1 + "/new", made, made + "/file", made + "/preview"} {
		other.Want(path, other.Get(path), http.StatusNotFound)
	}
	clinic := "/structures/" + pagetest.Clinic + "/evidence"
	for _, path := range []string{clinic + "/" + id, clinic + "/" + id + "/file", clinic + "/new?supersedes=" + id} {
		other.Want(path, other.Get(path), http.StatusNotFound)
	}
	other.Want("deposit elsewhere", deposit(other, home1, "b.pdf", "%PDF-y"), http.StatusNotFound)
	other.Want("replace elsewhere", deposit(other, clinic, "b.pdf", "%PDF-y", "supersedes", id), http.StatusNotFound)
	steering := site.Person("Claude Esquisse", right.NationalSteering, pagetest.Nation)
	steering.Want("steering", steering.Get(home1), http.StatusForbidden)
	instructor := site.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region)
	instructor.Want("reads", instructor.Get(made+"/file"), http.StatusOK)
	instructor.Want("does not add", deposit(instructor, home1, "c.pdf", "%PDF-z"), http.StatusForbidden)
	if p := instructor.Get(home1); strings.Contains(p.Main(), "/new") {
		t.Error("the instructor is offered to deposit")
	}
}

// A document that a referential asks for changes its verdict, and so does its replacement by another kind.
func TestADepositChangesTheVerdict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		coordinator := site.Person("Alix Maquette", right.GroupCoordinator, pagetest.Group)
		home := "/structures/" + pagetest.Group + "/evidence"
		before := verdictsOf(site, m)
		made := coordinator.Want("deposit", deposit(coordinator, home, "trajectoire.pdf", "%PDF-t", "kind", "convergence-plan"), http.StatusSeeOther)
		after := verdictsOf(site, m)
		changed := 0
		for code, status := range after {
			if before[code] != status && status == referential.Met {
				changed++
			}
		}
		if changed != 1 {
			t.Fatalf("verdicts before %v, after %v", before, after)
		}
		page := coordinator.Want("page", coordinator.Get(made.To()), http.StatusOK)
		if !strings.Contains(page.Text, "Ces exigences s’appuient sur ce document") || !strings.Contains(page.Main(), "Satisfait") {
			t.Errorf("where it serves:\n%s", page.Main())
		}
		id := made.To()[strings.LastIndex(made.To(), "/")+1:]
		site.Clock = site.Clock.Add(time.Minute)
		coordinator.Want("it was another document", deposit(coordinator, home, "autre.pdf", "%PDF-u", "kind", "other", "supersedes", id), http.StatusSeeOther)
		for code, status := range verdictsOf(site, m) {
			if before[code] != status {
				t.Errorf("%s is still %s after the document was replaced", code, status)
			}
		}
	})
}

// verdictsOf are the criteria of every package for the group, by code.
func verdictsOf(site *pagetest.Site, m *Module) map[string]referential.Status {
	site.T.Helper()
	all := map[string]referential.Status{}
	site.View(func(ctx context.Context, tx *store.Tx) error {
		group, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Group)
		if err != nil {
			return err
		}
		for _, p := range m.packages.Seen().Packages {
			a, err := proof.Assess(ctx, tx, territory.Everything(), p, group, site.Now(), time.UTC)
			if err != nil {
				return err
			}
			for _, v := range a.Requirements {
				for _, c := range v.Criteria {
					all[p.ID+" "+v.Code+" "+c.Code] = c.Reasons.Status
				}
			}
		}
		return nil
	})
	return all
}

func TestEnglishIsWhole(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	officer.Lang = "en"
	made := deposit(officer, home1, "a.pdf", "%PDF-x")
	for _, path := range []string{home1, home1 + "/new", made.To()} {
		if p := officer.Want(path, officer.Get(path), http.StatusOK); strings.Contains(p.Main(), "Déposer") {
			t.Errorf("%s speaks French", path)
		}
	}
}

func TestRoutesFollowTheTable(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	site.FollowsTable(t)
}

// What no signature names is never shown, whatever the name and the bytes.
func FuzzMedia(f *testing.F) {
	f.Add("a.pdf", []byte("%PDF-1.7"))
	f.Add("a.txt", []byte("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"))
	f.Add("a.svg", []byte("<svg/>"))
	f.Add("a.csv", []byte("\x00"))
	f.Fuzz(func(t *testing.T, name string, head []byte) {
		media := mediaOf(name, head)
		if strings.Contains(media, "html") || strings.Contains(media, "xml") {
			t.Errorf("%q is %s", name, media)
		}
		if media == text && (!utf8.Valid(head[:max(0, len(head)-utf8.UTFMax)]) || strings.ContainsRune(string(head), 0)) {
			t.Errorf("%q, %q is text", name, head)
		}
	})
}

// Texts are shown in the characters in which they were saved; what is none is only downloaded.
func TestTextsOfWindows(t *testing.T) {
	for _, row := range []struct{ name, head, want string }{
		{"a.txt", "été", text}, {"a.txt", "\xef\xbb\xbfété", text}, {"a.csv", "\xe9t\xe9;1\r\n", westernText}, {"a.csv", "\x80 5", westernText},
		{"a.txt", "\xff\xfe\xe9\x00t\x00\r\x00", littleText}, {"a.txt", "\xfe\xff\x00\xe9\x00t", bigText}, {"a.txt", "\xff\xfe\x00\x00", binary},
		{"a.txt", "\xe9t\x00", binary}, {"a.txt", "\xe9\x81", binary}, {"a.txt", "la fin\xe9", westernText}, {"a.txt", "\xe9\x7f", binary}, {"a.bin", "\xe9t\xe9", binary}, {"a.html", "\xe9<script>", binary},
	} {
		media := mediaOf(row.name, []byte(row.head))
		if media != row.want {
			t.Errorf("%s %q: %s, want %s", row.name, row.head, media, row.want)
		}
		if shown := (proof.Evidence{MediaType: media}).Showable(); shown != (row.want != binary) {
			t.Errorf("%s %q: shown %v", row.name, row.head, shown)
		}
	}
}

// Who signed is asked when a referential asks for a signature, and its rule sees it.
func TestWhoSigned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		const home = "/structures/" + pagetest.Hospital + "/evidence"
		if strings.Contains(officer.Want("form", officer.Get(home+"/new"), http.StatusOK).Main(), `value="officer"`) {
			t.Error("a signer is asked for whom no referential names")
		}
		const call = `format: 1
id: signed
version: "1"
kind: call
title: {fr: Appel, en: Call}
source: {mark: own, text: {fr: a, en: a}}
roles: [{code: director, title: {fr: la direction, en: general management}}, {code: officer, title: {fr: le RSSI, en: the officer}}]
documents: [{code: policy, label: {fr: la politique, en: the policy}, source: {mark: own, text: {fr: a, en: a}}}]
axes:
  - code: axis
    title: {fr: Axe, en: Axis}
    source: {mark: own, text: {fr: a, en: a}}
    objectives:
      - code: aim
        title: {fr: But, en: Aim}
        source: {mark: own, text: {fr: a, en: a}}
        requirements:
          - code: policy-signed
            title: {fr: Signée, en: Signed}
            source: {mark: own, text: {fr: a, en: a}}
            criteria: [{code: c, title: {fr: c, en: c}, source: {mark: own, text: {fr: a, en: a}}, rule: {signer: {kind: policy, roles: [director]}}}]
`
		p, err := referential.Read("signed.yaml", []byte(call))
		if err != nil {
			t.Fatal(err)
		}
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			v, err := proof.Bring(ctx, tx, p, []byte(call), "p", site.Clock)
			if err != nil {
				return err
			}
			if err := proof.PutInForce(ctx, tx, v, "p", "", site.Clock); err != nil {
				return err
			}
			_, err = m.packages.Now(ctx, tx, site.Clock)
			return err
		})
		status := func() (s referential.Status) {
			site.View(func(ctx context.Context, tx *store.Tx) error {
				hospital, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Hospital)
				if err != nil {
					return err
				}
				a, err := proof.Assess(ctx, tx, territory.Everything(), p, hospital, site.Now(), time.UTC)
				s = a.Requirements[0].Status
				return err
			})
			return s
		}
		officer.Want("no such role", deposit(officer, home, "p.pdf", "%PDF-1.4 a", "kind", "policy", "signer", "emperor"), http.StatusUnprocessableEntity)
		for _, row := range []struct {
			signer string
			want   referential.Status
		}{{"", referential.Unknown}, {"officer", referential.Unknown}, {"director", referential.Met}} {
			at := officer.Want(row.signer, officer.Upload(home, "file", "p.pdf", []byte("%PDF-1.4 "+row.signer), "kind", "policy", "from", "2026-01-01", "signer", row.signer), http.StatusSeeOther).To()
			if got := status(); got != row.want {
				t.Errorf("signed by %q: %s, want %s", row.signer, got, row.want)
			}
			if row.signer == "director" && !strings.Contains(officer.Get(at).Text, "La direction") {
				t.Error("the page does not say who signed")
			}
		}
	})
}

// A spreadsheet is shown as tables of our own, its formulas as the result that was stored; a broken one is only ever downloaded.
func TestSpreadsheetIsShownAsTables(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	var file bytes.Buffer
	rows := [][]any{{"Fermer RDP", 3}, {"<script>alert(1)</script>", nil}}
	if err := sheet.WriteODS(&file, sheet.Document{}, sheet.Table{Name: "Actions", Header: []string{"Titre", "Jours"}, Rows: sheet.Slice(rows, func(r []any) []any { return r })}); err != nil {
		t.Fatal(err)
	}
	made := officer.Want("deposit", deposit(officer, home1, "plan.ods", file.String()), http.StatusSeeOther)
	for _, lang := range []string{"fr", "en"} {
		officer.Lang = lang
		shown := officer.Want("preview", officer.Get(made.To()+"/preview"), http.StatusOK)
		if raw := string(shown.Body); !strings.Contains(raw, "Fermer RDP") || !strings.Contains(raw, "&lt;script&gt;") || strings.Contains(raw, "<script>alert") {
			t.Errorf("preview:\n%s", shown.Main())
		}
	}
	broken := officer.Want("deposit a broken one", deposit(officer, home1, "casse.xlsx", "PK\x03\x04rien"), http.StatusSeeOther)
	officer.Want("no preview", officer.Get(broken.To()+"/preview"), http.StatusNotFound)
}

// A preview stands in a frame of our own pages when it is asked to, and in none otherwise; what it shows still loads and runs nothing.
func TestPreviewInAFrame(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	var table bytes.Buffer
	if err := sheet.WriteODS(&table, sheet.Document{}, sheet.Table{Name: "Actions", Header: []string{"Titre"}, Rows: sheet.Slice([][]any{{"Fermer RDP"}}, func(r []any) []any { return r })}); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"rapport.pdf": "%PDF-1.7", "note.txt": "Bonjour", "plan.ods": table.String()} {
		made := officer.Want(name, deposit(officer, home1, name, content), http.StatusSeeOther).To()
		for query, want := range map[string]string{"": "frame-ancestors 'none'", "?framed=1": "frame-ancestors 'self'"} {
			page := officer.Want(name, officer.Get(made+"/preview"+query), http.StatusOK)
			policy := page.Header.Get("Content-Security-Policy")
			if !strings.Contains(policy, want) || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src 'unsafe") {
				t.Errorf("%s%s: policy %s", name, query, policy)
			}
			if frames := page.Header.Get("X-Frame-Options"); (frames == "SAMEORIGIN") != (query != "") {
				t.Errorf("%s%s: X-Frame-Options %s", name, query, frames)
			}
		}
	}
}

// A program, or what has the shape of a virus, is not kept; a text that only begins like one is.
func TestDangerousFilesAreNotKept(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	for name, content := range map[string]string{"facture.pdf": "MZ\x90\x00\x03\x00", "outil": "\x7fELF\x02\x01", "essai.txt": "X5O!P%@AP-" + trial, "rapport.docx": "\xca\xfe\xba\xbe\x00"} {
		p := officer.Want(name, deposit(officer, home1, name, content), http.StatusUnprocessableEntity)
		if !strings.Contains(p.Text, "Ce fichier est un programme") {
			t.Errorf("%s: not explained:\n%s", name, p.Main())
		}
	}
	officer.Want("a text", deposit(officer, home1, "note.txt", "MZ est la marque d’un programme."), http.StatusSeeOther)
	if got := strings.Count(strings.Join(site.Actions(), " "), "evidence.add"); got != 1 {
		t.Errorf("%d documents kept", got)
	}
}

// What exposure audits saw and found is as shut as the dump of a directory.
func TestKindsThatStayShut(t *testing.T) {
	for _, k := range []proof.Kind{proof.DirectoryDump, proof.DirectoryReport, proof.ExposureFacts, proof.ExposureReport, proof.ExposureForeign} {
		if !k.Weaknesses() {
			t.Errorf("%s is open to whoever sees evidence", k)
		}
	}
	if proof.ExposureMandate.Weaknesses() || proof.Kind("procedure").Weaknesses() {
		t.Error("a paper that instruction must read is shut")
	}
}

// The page of each version of a document leads to the others, and says in time that the last one ends.
func TestRevisionsAndTheirEnd(t *testing.T) {
	db := storetest.SQLite(t)
	s, _ := newSite(t, db)
	officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
	add := func(name, supersedes string, until time.Time) (id string) {
		s.Update(func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: pagetest.Hospital, Kind: "other", Name: name, MediaType: "application/pdf", SHA256: fmt.Sprintf("%064x", len(name)),
				EffectiveFrom: s.Clock.AddDate(-1, 0, 0), EffectiveUntil: until, DepositedAt: s.Clock.AddDate(0, 0, -30+len(name)), DepositedBy: officer.Actor.Person, Supersedes: supersedes})
			return err
		})
		return id
	}
	first := add("un.pdf", "", time.Time{})
	second := add("deux.pdf", first, time.Time{})
	third := add("trois.pdf", second, s.Clock.AddDate(0, 0, 60))
	alone := add("long à part.pdf", "", s.Clock.AddDate(0, 0, 61))
	gone := add("passé à part.pdf.", "", s.Clock.AddDate(0, 0, -1))
	for _, id := range []string{first, second, third} {
		p := officer.Want("version", officer.Get(home1+"/"+id), http.StatusOK)
		text := p.Main()
		from := strings.Index(text, "Versions successives")
		if from < 0 {
			t.Fatalf("no versions on the page: %s", text)
		}
		text = text[from:]
		a, b, c := strings.Index(text, "trois.pdf"), strings.Index(text, "deux.pdf"), strings.Index(text, "un.pdf")
		if a < 0 || b < a || c < b || strings.Contains(text, "à part") {
			t.Errorf("versions are not latest first: %d %d %d", a, b, c)
		}
		if soon := strings.Contains(p.Main(), "préparez son remplacement"); soon != (id == third) {
			t.Errorf("%s expires soon: %v", id, soon)
		}
	}
	for _, id := range []string{alone, gone} {
		if p := officer.Get(home1 + "/" + id); strings.Contains(p.Main(), "Versions successives") || strings.Contains(p.Main(), "préparez son remplacement") {
			t.Error("a document by itself has versions, or one that is over expires soon")
		}
	}
	for filter, names := range map[string][]string{"expiring": {"trois"}, "in_force": {"trois", "long"}, "expired": {"passé"}} {
		text := officer.Want(filter, officer.Get(home1+"?state="+filter), http.StatusOK).Main()
		for _, name := range []string{"un.pdf", "deux", "trois", "long", "passé"} {
			if strings.Contains(text, name) != slices.Contains(names, name) {
				t.Errorf("%s lists %s: %v", filter, name, strings.Contains(text, name))
			}
		}
	}
}

// A page that looks back shows what had been deposited by then, as it stood then.
func TestTheEvidenceOfAnEarlierDay(t *testing.T) {
	s, _ := newSite(t, storetest.SQLite(t))
	officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
	add := func(name, supersedes string, deposited, until time.Time) (id string) {
		s.Update(func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: pagetest.Hospital, Kind: "other", Name: name, MediaType: "application/pdf", SHA256: fmt.Sprintf("%064x", len(name)),
				EffectiveFrom: s.Clock.AddDate(-1, 0, 0), EffectiveUntil: until, DepositedAt: deposited, DepositedBy: officer.Actor.Person, Supersedes: supersedes})
			return err
		})
		return id
	}
	first := add("ancien.pdf", "", s.Clock.AddDate(0, 0, -40), time.Time{})
	second := add("nouveau.pdf", first, s.Clock.AddDate(0, 0, -10), time.Time{})
	over := add("convention.pdf", "", s.Clock.AddDate(0, 0, -40), s.Clock.AddDate(0, 0, -5))
	au := func(days int) string { return "?au=" + s.Clock.AddDate(0, 0, -days).Format(time.DateOnly) }
	list := officer.Want("list", officer.Get(home1+au(20)), http.StatusOK).Main()
	for _, part := range []string{"telles qu’elles étaient", "ancien.pdf", home1 + "/" + first + au(20), "convention.pdf"} {
		if !strings.Contains(list, part) {
			t.Errorf("the list of an earlier day lacks %q", part)
		}
	}
	if strings.Contains(list, "nouveau.pdf") || strings.Contains(list, "/new") {
		t.Error("an earlier day lists what came later, or takes deposits")
	}
	for _, row := range []struct {
		id, au, want, not string
	}{
		{first, au(20), "En vigueur", "nouveau.pdf"},
		{first, "", "nouveau.pdf", "telles qu’elles étaient"},
		{over, au(5), "Expire bientôt", "Période échue"},
		{over, au(4), "Période échue", "Expire bientôt"},
		{second, au(11), "Pas encore déposée", "supersedes="},
		{second, au(10), "En vigueur", "Pas encore déposée"},
		{second, au(-3), "En vigueur", "telles qu’elles étaient"}, // a day that is not over is now
	} {
		text := officer.Want("page", officer.Get(home1+"/"+row.id+row.au), http.StatusOK).Main()
		if !strings.Contains(text, row.want) || strings.Contains(text, row.not) {
			t.Errorf("%s%s: want %q and not %q in\n%s", row.id, row.au, row.want, row.not, text)
		}
	}
	officer.Want("no day", officer.Get(home1+"?au=demain"), http.StatusUnprocessableEntity)
}
