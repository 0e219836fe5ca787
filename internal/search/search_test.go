package search

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func TestWordsMeet(t *testing.T) {
	for name, row := range map[string]struct {
		text, asked string
		found       bool
	}{
		"accents and capitals": {"Procédure de RESTAURATION", "procedure restauration", true},
		"beginning":            {"Procédure de restauration", "proc restau", true},
		"plural asked":         {"Hôpital local", "hopitaux", true},
		"plural kept":          {"Journaux des accès", "journal acces", true},
		"plural of eau":        {"Réseau d’administration", "réseaux", true},
		"beginning of plural":  {"Les hôpitaux de proximité", "hopitau", true},
		"elision":              {"L’étang d’Or", "etang", true},
		"saint":                {"Hôpital St-Éloi", "saint eloi", true},
		"number with spaces":   {"123456789", "123 456 789", true},
		"number of an entity":  {"010000123", "01 000 0123", true},
		"beginning of number":  {"010000123", "0100001", true},
		"another word":         {"Procédure de restauration", "sauvegarde", false},
		"one of two missing":   {"Procédure de restauration", "procedure sauvegarde", false},
		"middle of a word":     {"Restauration", "taura", false},
		"hollow words":         {"Plan de reprise", "le plan de la reprise", true},
		"other script":         {"Ελληνικά", "ελλην", true},
	} {
		words := kept(row.text)
		all := true
		for _, a := range ask(row.asked) {
			all = all && (slices.Contains(words, a.single) || slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, a.word) }))
		}
		if all != row.found || len(ask(row.asked)) == 0 {
			t.Errorf("%s: %q in %q: %v, want %v (%v, %v)", name, row.asked, row.text, all, row.found, ask(row.asked), words)
		}
	}
	for _, nothing := range []string{"", "  ", "de la", "'!\"*", "a", "_kaction"[:1]} {
		if got := ask(nothing); len(got) != 0 {
			t.Errorf("%q asks for %v", nothing, got)
		}
	}
}

func FuzzAsk(f *testing.F) {
	f.Add("Hôpitaux \"*' OR AND NOT NEAR(a b) : & | ! zz_k", "l’œuvre")
	f.Add("\x00\xff'':*", strings.Repeat("é", 500))
	db := storetest.SQLite(f)
	f.Fuzz(func(t *testing.T, text, title string) {
		for _, word := range slices.Concat(kept(title), kept(text)) {
			if strings.ContainsAny(word, " '\"*\\_&|!:()") || word == "" {
				t.Fatalf("word %q", word)
			}
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			_, err := rows(t.Context(), tx, "thing", &reach{scope: territory.Everything()}, "fr", append(ask(text), ask(title)...))
			return err
		})
		if err != nil && len(ask(text)) > 0 {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// plant makes a nation with two regions of two hospitals each.
func plant(t testing.TB, db *store.DB) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		drafts := []territory.Draft{{ID: "fr", Kind: territory.Nation, Name: "France"}}
		for r := range 2 {
			region := territory.ID(fmt.Sprintf("r%d", r))
			drafts = append(drafts, territory.Draft{ID: region, Parent: "fr", Kind: territory.Region, Code: fmt.Sprint(90 + r), Name: fmt.Sprintf("Région %d", r)})
			for h := range 2 {
				drafts = append(drafts, territory.Draft{ID: territory.ID(fmt.Sprintf("r%dh%d", r, h)), Parent: region, Kind: territory.Entity, Name: fmt.Sprintf("Hôpital %d du Val %d", h, r)})
			}
		}
		for _, d := range drafts {
			if _, err := territory.Insert(t.Context(), tx, territory.Everything(), d, time.Unix(0, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// actor holds a role on a structure.
func actor(t testing.TB, db *store.DB, role right.Role, structure string) right.Actor {
	t.Helper()
	g := right.Grant{ID: "g", Role: role, Structure: structure, Interval: right.Everywhere(), Leaves: right.CountedLeaves}
	if structure != "" {
		err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			g.Interval, g.Leaves, err = territory.Extent(t.Context(), tx, territory.ID(structure))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return right.Actor{Person: "p", Strong: true, Grants: []right.Grant{g}}
}

// shelf publishes texts that a test writes by raw marks.
type shelf map[string][]Document

func (s shelf) documents(_ context.Context, _ *store.Tx, ref string) ([]Document, error) {
	return s[ref], nil
}

func mark(t testing.TB, db *store.DB, kind string, refs ...string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, ref := range refs {
			if _, err := tx.Exec(t.Context(), `insert into search_due (kind, ref) values ($1, $2)`, kind, ref); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func look(t testing.TB, x *Index, db *store.DB, who right.Actor, q Query) (found Found) {
	t.Helper()
	if _, _, err := x.Catch(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if q.Lang == "" {
		q.Lang = "fr"
	}
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		found, err = x.Find(t.Context(), tx, who, q)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func titles(f Found) (all []string) {
	for _, h := range f.Hits {
		all = append(all, h.Title)
	}
	slices.Sort(all)
	return all
}

func TestNobodyFindsWhatTheyMayNotSee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		things, common := shelf{}, shelf{"one": {{Part: "fr", Lang: "fr", Title: "secret exigence"}, {Part: "en", Lang: "en", Title: "secret requirement"}}}
		for _, s := range []string{"r0", "r0h0", "r0h1", "r1h0", "r1h1"} {
			things[s] = []Document{{Structure: s, Title: "secret de " + s, Path: "/" + s, At: time.Unix(5, 0)}}
		}
		x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "finding", Action: right.SeeAudit, Documents: things.documents}, Source{Kind: "requirement", Action: right.SeePosture, Documents: common.documents})
		if err != nil {
			t.Fatal(err)
		}
		mark(t, db, "finding", "r0", "r0h0", "r0h1", "r1h0", "r1h1")
		mark(t, db, "requirement", "one")
		for name, row := range map[string]struct {
			who  right.Actor
			want []string
		}{
			"officer of one hospital":    {actor(t, db, right.SecurityOfficer, "r0h0"), []string{"secret de r0h0", "secret exigence"}},
			"their neighbour":            {actor(t, db, right.SecurityOfficer, "r0h1"), []string{"secret de r0h1", "secret exigence"}},
			"regional instructor":        {actor(t, db, right.RegionalInstructor, "r0"), []string{"secret exigence"}},
			"administrator of all":       {actor(t, db, right.Administrator, ""), nil},
			"somebody without any grant": {right.Actor{Person: "p", Strong: true}, nil},
		} {
			if got := titles(look(t, x, db, row.who, Query{Text: "secret"})); !slices.Equal(got, row.want) {
				t.Errorf("%s finds %v, want %v", name, got, row.want)
			}
		}
		weak := actor(t, db, right.SecurityOfficer, "r0h0")
		weak.Strong = false
		if got := look(t, x, db, weak, Query{Text: "secret"}); len(got.Hits) != 0 {
			t.Errorf("a weak session finds %v", got.Hits)
		}
		wide := actor(t, db, right.SecurityOfficer, "r0h0")
		wide.Grants = append(wide.Grants, actor(t, db, right.SecurityOfficer, "r1h1").Grants...)
		if got := titles(look(t, x, db, wide, Query{Text: "secret", Lang: "en"})); !slices.Equal(got, []string{"secret de r0h0", "secret de r1h1", "secret requirement"}) {
			t.Errorf("two grants find %v", got)
		}
	})
}

func TestChangesAreFoundAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		things := shelf{"a": {{Structure: "r0h0", Title: "première version"}}}
		x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "finding", Action: right.SeeAudit, Documents: things.documents})
		if err != nil {
			t.Fatal(err)
		}
		officer := actor(t, db, right.SecurityOfficer, "r0h0")
		mark(t, db, "finding", "a", "a", "never there")
		mark(t, db, "of nobody", "x")
		if got := look(t, x, db, officer, Query{Text: "version"}); len(got.Hits) != 1 || got.Hits[0].StructureName != "Hôpital 0 du Val 0" {
			t.Fatalf("first: %+v", got)
		}
		things["a"] = []Document{{Structure: "r0h0", Title: "deuxième"}, {Part: "b", Structure: "r0h0", Title: "troisième"}}
		mark(t, db, "finding", "a")
		if got := look(t, x, db, officer, Query{Text: "version"}); len(got.Hits) != 0 {
			t.Errorf("the old words are still found: %+v", got.Hits)
		}
		if got := titles(look(t, x, db, officer, Query{Text: "me"})); len(got) != 0 {
			t.Errorf("the end of a word is found: %v", got)
		}
		if got := titles(look(t, x, db, officer, Query{Text: "trois"})); !slices.Equal(got, []string{"troisième"}) {
			t.Errorf("second: %v", got)
		}
		delete(things, "a")
		mark(t, db, "finding", "a")
		if got := look(t, x, db, officer, Query{Text: "trois"}); len(got.Hits) != 0 {
			t.Errorf("what is gone is found: %+v", got.Hits)
		}
	})
}

func TestTriggersMarkChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		count := func() (n int) {
			if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				n, err = store.One(t.Context(), tx, store.Column[int], `select count(*) from search_due where kind = 'structure' and ref = 'r0h0'`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count(); n != 1 {
			t.Errorf("%d marks of a new structure", n)
		}
		for _, row := range []struct {
			sql  string
			more int
		}{{`update structure set city = 'Val' where id = 'r0h0'`, 1}, {`update structure set lft = lft where id = 'r0h0'`, 0}} {
			before := count()
			if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(t.Context(), row.sql); return err }); err != nil {
				t.Fatal(err)
			}
			if n := count() - before; n != row.more {
				t.Errorf("%s: %d marks, want %d", row.sql, n, row.more)
			}
		}
	})
}

func TestLongWordsAreComparedToTheEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		things := shelf{"a": {{Part: "1", Structure: "r0h0", Title: "Anticonstitutionnellement"}, {Part: "2", Structure: "r0h0", Title: "Anticonstitutionnels"}, {Part: "3", Structure: "r0h0", Title: "Préanticonstitutionnel"}}}
		x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "finding", Action: right.SeeAudit, Documents: things.documents})
		if err != nil {
			t.Fatal(err)
		}
		mark(t, db, "finding", "a")
		who := actor(t, db, right.SecurityOfficer, "r0h0")
		for text, want := range map[string]int{"anticonstitu": 2, "anticonstitutionnellement": 1, "anticonstitutionnel": 2, "anticonstitutionnels": 1, "anticonstitutionx": 0, "anticonsti": 2} {
			if got := look(t, x, db, who, Query{Text: text}); len(got.Hits) != want {
				t.Errorf("%s finds %v, want %d", text, titles(got), want)
			}
		}
	})
}

func TestBestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		things := shelf{"a": {
			{Part: "1", Structure: "r0h0", Title: "Compte rendu", Words: []string{"sauvegarde"}, At: time.Unix(9, 0)},
			{Part: "2", Structure: "r0h0", Title: "Sauvegardes hors ligne", At: time.Unix(1, 0)},
			{Part: "3", Structure: "r0h0", Title: "Plan de sauvegarde", At: time.Unix(2, 0)},
		}}
		x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "finding", Action: right.SeeAudit, Documents: things.documents})
		if err != nil {
			t.Fatal(err)
		}
		mark(t, db, "finding", "a")
		found := look(t, x, db, actor(t, db, right.SecurityOfficer, "r0h0"), Query{Text: "sauvegarde"})
		var got []string
		for _, h := range found.Hits {
			got = append(got, h.Title)
		}
		if want := []string{"Sauvegardes hors ligne", "Plan de sauvegarde", "Compte rendu"}; !slices.Equal(got, want) {
			t.Errorf("order %v, want %v", got, want)
		}
		if !slices.Equal(found.Counts, []Count{{"finding", 3}}) {
			t.Errorf("counts %v", found.Counts)
		}
	})
}

// What moves is found where it is now, by those who may do something there, and no longer where it was.
func TestAMovedStructureTakesItsDocumentsAlong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		things := shelf{"a": {{Structure: "r0h0", Title: "Sauvegarde de nuit"}}, "b": {{Structure: "r0h1", Title: "Sauvegarde de jour"}}, "c": {{Structure: "r0", Title: "Sauvegarde de la région"}}, "d": {{Structure: "fr", Title: "Sauvegarde du pays"}}}
		x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "finding", Action: right.SeeAudit, Documents: things.documents})
		if err != nil {
			t.Fatal(err)
		}
		mark(t, db, "finding", "a", "b", "c", "d")
		find := func(where string) []string {
			return titles(look(t, x, db, actor(t, db, right.SecurityOfficer, where), Query{Text: "sauvegarde"}))
		}
		for where, want := range map[string][]string{
			"r0": {"Sauvegarde de jour", "Sauvegarde de la région", "Sauvegarde de nuit"}, "r1": {}, "r0h0": {"Sauvegarde de nuit"},
			"fr": {"Sauvegarde de jour", "Sauvegarde de la région", "Sauvegarde de nuit", "Sauvegarde du pays"},
		} {
			if got := find(where); !slices.Equal(got, want) {
				t.Errorf("%s finds %v, want %v", where, got, want)
			}
		}
		err = db.Update(t.Context(), func(tx *store.Tx) error {
			return territory.Move(t.Context(), tx, territory.Everything(), "r0h0", "r1", time.Unix(1, 0))
		})
		if err != nil {
			t.Fatal(err)
		}
		for where, want := range map[string][]string{"r0": {"Sauvegarde de jour", "Sauvegarde de la région"}, "r1": {"Sauvegarde de nuit"}, "r0h0": {"Sauvegarde de nuit"}} {
			if got := find(where); !slices.Equal(got, want) {
				t.Errorf("after the move %s finds %v, want %v", where, got, want)
			}
		}
	})
}

// More places than marks are asked for still hold what they hold.
func TestManyPlacesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		things, who := shelf{}, right.Actor{Person: "p", Strong: true}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			for i := range 2 * (mostTops + 1) {
				id := fmt.Sprintf("many%d", i)
				if _, err := territory.Insert(t.Context(), tx, territory.Everything(), territory.Draft{ID: territory.ID(id), Parent: "r1", Kind: territory.Entity, Name: id}, time.Unix(0, 0)); err != nil {
					return err
				}
				things[id] = []Document{{Structure: id, Title: "Sauvegarde"}}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "finding", Action: right.SeeAudit, Documents: things.documents})
		if err != nil {
			t.Fatal(err)
		}
		for i := range mostTops + 1 {
			id := fmt.Sprintf("many%d", 2*i) // one of two, so that none touches the next
			mark(t, db, "finding", id, fmt.Sprintf("many%d", 2*i+1))
			who.Grants = append(who.Grants, actor(t, db, right.SecurityOfficer, id).Grants...)
		}
		if got := look(t, x, db, who, Query{Text: "sauvegarde"}); len(got.Hits) != mostTops+1 {
			t.Errorf("%d found, want %d", len(got.Hits), mostTops+1)
		}
	})
}

// In PostgreSQL the last documents are crossed first: whatever the number of a document, it is found, the newest first.
func TestTheNewestOfMany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		things, size := shelf{}, int(blocks()[0].size)
		x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "finding", Action: right.SeeAudit, Documents: things.documents})
		if err != nil {
			t.Fatal(err)
		}
		begins := "insert into sqlite_sequence (name, seq) values ('search_document', "
		if db.Engine() == store.PostgreSQL {
			begins = "select setval(pg_get_serial_sequence('search_document', 'number'), "
		}
		add := func(from, n int, text string) {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.Exec(t.Context(), begins+fmt.Sprint(from)+")"); err != nil {
					return err
				}
				for i := range n {
					d := Document{Structure: "r0h0", Title: text, At: time.Unix(int64(from+i), 0)}
					if err := insert(t.Context(), tx, "finding", fmt.Sprint(from+i), []string{structureMark("r0h0"), structureMark("r0")}, d); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		add(1, Most+1, "Sauvegarde ancienne")
		add(3*size-10, 20, "Sauvegarde entre deux blocs")
		add(4*size+1, Most-1, "Sauvegarde et restauration")
		officer := actor(t, db, right.SecurityOfficer, "fr")
		for text, want := range map[string]int{"sauvegarde": Most, "sau": Most, "sauvegarde ancienne": Most, "blocs": 20, "restauration": Most - 1, "anciennes": Most, "ancienneté": 0} {
			if got := look(t, x, db, officer, Query{Text: text}); len(got.Hits) != want {
				t.Errorf("%s finds %d, want %d", text, len(got.Hits), want)
			}
		}
		oldest := time.Now()
		for _, h := range look(t, x, db, officer, Query{Text: "sauvegarde"}).Hits {
			if h.At.Before(oldest) {
				oldest = h.At
			}
		}
		if want := int64(3*size - 10); oldest.Unix() < want {
			t.Errorf("the oldest of the newest is number %d, want at least %d", oldest.Unix(), want)
		}
	})
}
