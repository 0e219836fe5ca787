package guidance

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// catalogs loads both languages.
func catalogs(t *testing.T) (fr, en Catalog) {
	t.Helper()
	var got [2]Catalog
	for i, lang := range Languages() {
		c, err := Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		got[i] = c
	}
	return got[0], got[1]
}

// each runs check on every point in every language.
func each(t *testing.T, check func(t *testing.T, lang string, text Text)) {
	t.Helper()
	for _, lang := range Languages() {
		c, err := Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Families() {
			for _, id := range f.Points {
				text, ok := c.Point(id)
				if !ok {
					t.Errorf("%s: no text in %s", id, lang)
					continue
				}
				t.Run(lang+"/"+id, func(t *testing.T) { check(t, lang, text) })
			}
		}
	}
}

// prose returns the running text of a point: all but the commands.
func prose(text Text) []string {
	return slices.Concat(
		[]string{text.Title, text.Explain, text.Director, text.Why, text.RiskNote},
		text.How, text.Check, text.Rollback,
	)
}

func TestEveryPointBelongsToOneFamily(t *testing.T) {
	seen := make(map[string]string)
	for _, f := range Families() {
		for _, id := range f.Points {
			if first, twice := seen[id]; twice {
				t.Errorf("%s is in %s and in %s", id, first, f.Name)
			}
			seen[id] = f.Name
			if got, ok := FamilyOf(id); !ok || got != f.Name {
				t.Errorf("FamilyOf(%s) = %s, %t, want %s", id, got, ok, f.Name)
			}
			if !strings.HasPrefix(id, "vuln_") {
				t.Errorf("%s does not look like a control point", id)
			}
		}
	}
	if len(seen) != 76 {
		t.Errorf("%d points, want 76", len(seen))
	}
	if _, ok := FamilyOf("vuln_unheard_of"); ok {
		t.Error("an unknown point has a family")
	}
}

func TestEveryFieldIsFilled(t *testing.T) {
	each(t, func(t *testing.T, lang string, text Text) {
		for _, s := range prose(text) {
			if strings.TrimSpace(s) == "" || s != strings.TrimSpace(s) {
				t.Errorf("empty or padded text %q", s)
			}
		}
		for name, list := range map[string][]string{
			"how": text.How, "commands": text.Commands, "check": text.Check, "rollback": text.Rollback,
		} {
			if len(list) == 0 {
				t.Errorf("%s is empty", name)
			}
		}
		if !text.Effort.valid() || !text.Risk.valid() {
			t.Errorf("effort %q, risk %q", text.Effort, text.Risk)
		}
		if text.Family == "" || text.Link() != page+"#"+text.ID {
			t.Errorf("family %q, link %q", text.Family, text.Link())
		}
	})
}

func TestLengthsStayReadable(t *testing.T) {
	each(t, func(t *testing.T, lang string, text Text) {
		limit := func(name, s string, most int) {
			if n := utf8.RuneCountInString(s); n > most {
				t.Errorf("%s has %d characters, at most %d: %s", name, n, most, s)
			}
		}
		limit("title", text.Title, 90)
		limit("explain", text.Explain, 400)
		limit("director", text.Director, 200)
		limit("why", text.Why, 400)
		limit("risk_note", text.RiskNote, 320)
		for _, s := range slices.Concat(text.How, text.Check, text.Rollback) {
			limit("step", s, 320)
		}
		for _, s := range text.Commands {
			limit("command", s, 460)
		}
		if strings.HasSuffix(text.Title, ".") || !strings.HasSuffix(text.Director, ".") {
			t.Errorf("a title has no full stop and a sentence has one: %q, %q", text.Title, text.Director)
		}
	})
}

func TestLanguagesMirrorEachOther(t *testing.T) {
	fr, en := catalogs(t)
	if !slices.Equal(slices.Sorted(maps.Keys(fr.points)), slices.Sorted(maps.Keys(en.points))) {
		t.Fatal("the two languages do not hold the same points")
	}
	for id, f := range fr.points {
		e := en.points[id]
		if f.Effort != e.Effort || f.Risk != e.Risk {
			t.Errorf("%s: effort or risk differ between languages", id)
		}
		if len(f.How) != len(e.How) || len(f.Check) != len(e.Check) || len(f.Rollback) != len(e.Rollback) {
			t.Errorf("%s: steps are not the same number in both languages", id)
		}
		if len(f.Commands) != len(e.Commands) {
			t.Fatalf("%s: %d commands in French, %d in English", id, len(f.Commands), len(e.Commands))
		}
		for i := range f.Commands {
			if skeleton(f.Commands[i]) != skeleton(e.Commands[i]) {
				t.Errorf("%s: command differs beyond its placeholders:\n%s\n%s", id, f.Commands[i], e.Commands[i])
			}
		}
		untranslated(t, id, slices.Concat([]string{f.Title, f.Explain, f.Director, f.Why, f.RiskNote}, f.How),
			slices.Concat([]string{e.Title, e.Explain, e.Director, e.Why, e.RiskNote}, e.How))
	}
	for id, f := range fr.notes {
		e := en.notes[id]
		untranslated(t, id, append([]string{f.Title, f.Explain}, f.How...), append([]string{e.Title, e.Explain}, e.How...))
	}
}

// untranslated reports a text that is the same in both languages.
func untranslated(t *testing.T, id string, fr, en []string) {
	t.Helper()
	for _, s := range fr {
		if slices.Contains(en, s) {
			t.Errorf("%s: not translated: %s", id, s)
		}
	}
}

// skeleton is a command without what depends on the language: remarks, the
// words between < and >, and the names of the backup files.
func skeleton(line string) string {
	if IsRemark(line) {
		return "#"
	}
	var b strings.Builder
	for {
		open := strings.Index(line, "<")
		end := strings.Index(line, ">")
		if open < 0 || end < open {
			break
		}
		b.WriteString(line[:open] + "<>")
		line = line[end+1:]
	}
	words := strings.Fields(b.String() + line)
	for i, w := range words {
		if at := strings.LastIndex(w, `\`); at >= 0 && (strings.Contains(w, "-avant") || strings.Contains(w, "-before")) {
			words[i] = w[:at] + `\*`
		}
	}
	return strings.Join(words, " ")
}

func TestTypography(t *testing.T) {
	each(t, func(t *testing.T, lang string, text Text) {
		for _, s := range prose(text) {
			typography(t, lang, s)
		}
	})
	for _, lang := range Languages() {
		c, err := Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range notes() {
			n, _ := c.Note(id)
			for _, s := range append([]string{n.Title, n.Explain}, n.How...) {
				typography(t, lang, s)
			}
		}
	}
}

// typography checks apostrophes, spaces before double punctuation, and that
// the accents survived.
func typography(t *testing.T, lang, s string) {
	t.Helper()
	runes := []rune(s)
	for i, r := range runes {
		if r == '\'' && i > 0 && i+1 < len(runes) && isLetter(runes[i-1]) && isLetter(runes[i+1]) {
			t.Errorf("%s: typewriter apostrophe in %q", lang, s)
		}
		if lang == "fr" && i > 0 && runes[i-1] == ' ' && strings.ContainsRune(":;!?»%", r) {
			t.Errorf("breaking space before %c in %q", r, s)
		}
	}
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\u00c3\u00c2\ufffd\n\t") || strings.Contains(s, "  ") {
		t.Errorf("%s: damaged characters or spaces in %q", lang, s)
	}
	if lang == "en" && strings.ContainsAny(s, "éèêàçùîôœ«»") {
		t.Errorf("French left in the English text %q", s)
	}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 'à' }

func TestNotesAreComplete(t *testing.T) {
	fr, _ := catalogs(t)
	warnings, infos := 0, 0
	for _, id := range notes() {
		n, ok := fr.Note(id)
		if !ok || n.ID != id || n.Title == "" || n.Explain == "" || len(n.How) == 0 || n.Link() != page+"#"+id {
			t.Errorf("%s is incomplete: %+v", id, n)
		}
		if utf8.RuneCountInString(n.Title) > 90 {
			t.Errorf("%s: title too long: %s", id, n.Title)
		}
		switch {
		case strings.HasPrefix(id, "warning_"):
			warnings++
		case strings.HasPrefix(id, "info_"):
			infos++
		}
	}
	if warnings != 37 || infos != 13 {
		t.Errorf("%d warnings and %d informations, want 37 and 13", warnings, infos)
	}
	if _, ok := fr.Note("warning_unheard_of"); ok {
		t.Error("an unknown note has a text")
	}
}

func TestFamilyTitles(t *testing.T) {
	fr, en := catalogs(t)
	for _, f := range Families() {
		if fr.FamilyTitle(f.Name) == f.Name || en.FamilyTitle(f.Name) == f.Name {
			t.Errorf("%s has no title", f.Name)
		}
	}
	if got := fr.FamilyTitle("unheard_of"); got != "unheard_of" {
		t.Errorf("title of an unknown family = %q, want its name", got)
	}
	if fr.Language() != "fr" || en.Language() != "en" {
		t.Errorf("languages %q and %q", fr.Language(), en.Language())
	}
}

// damaged returns the compiled files with one of them replaced.
func damaged(t *testing.T, name, content string) fstest.MapFS {
	t.Helper()
	tree := make(fstest.MapFS)
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(path)
		tree[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tree[name] = &fstest.MapFile{Data: []byte(content)}
	return tree
}

func TestLoadRefusesDamagedFiles(t *testing.T) {
	sysvol, err := files.ReadFile("fr/sysvol.toml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(sysvol)
	for _, row := range []struct {
		name, file, content, want string
	}{
		{"unknown key", "fr/sysvol.toml", good + "\ncolour = \"red\"\n", "unknown key vuln_sysvol_ntfrs.colour"},
		{"point of another family", "fr/sysvol.toml", good + "\n[vuln_guest]\ntitle = \"x\"\n", "vuln_guest does not belong"},
		{"missing point", "fr/sysvol.toml", "", "vuln_sysvol_ntfrs is missing"},
		{"effort out of range", "fr/sysvol.toml", strings.Replace(good, `effort = "medium"`, `effort = "huge"`, 1), "must be low, medium or high"},
		{"not TOML", "fr/sysvol.toml", "[vuln_sysvol_ntfrs", "read fr/sysvol.toml"},
		{"missing note", "fr/warnings.toml", "", "warning_admincount is missing"},
		{"missing family title", "fr/families.toml", "", "is missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := load(damaged(t, row.file, row.content), "fr")
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one about %q", err, row.want)
			}
		})
	}
	if _, err := load(damaged(t, "fr/sysvol.toml", good), "fr"); err != nil {
		t.Errorf("the undamaged files are refused: %v", err)
	}
}

func TestLoadRefusesOtherLanguages(t *testing.T) {
	if _, err := Load("de"); err == nil || !strings.Contains(err.Error(), "fr, en") {
		t.Errorf("error %v, want one that names the languages", err)
	}
}
