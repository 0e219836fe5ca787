package guide

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// Every page of the guide is read whole: each word of the files stands in what was read.
func TestPagesAreReadWhole(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 11 || pages[0].Slug != "" || pages[1].Slug != "premier-audit" || pages[10].Slug != "crise" {
		t.Fatalf("%d pages, the first %q and %q", len(pages), pages[0].Slug, pages[1].Slug)
	}
	known := map[string]bool{}
	for _, p := range pages {
		known[p.Slug] = true
	}
	names, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, p := range pages {
		said += " " + p.Title + " " + words(p.Lead)
		ids := map[string]bool{}
		for _, s := range p.Sections {
			if s.ID == "" || ids[s.ID] {
				t.Errorf("%s: section %q has the identifier %q, empty or twice", p.Slug, s.Title, s.ID)
			}
			ids[s.ID] = true
			said += " " + s.Title + " " + s.Words()
			for _, to := range leads(s.Blocks) {
				if !known[to] {
					t.Errorf("%s: a link to the page %q, which is not there", p.Slug, to)
				}
			}
		}
	}
	has := map[string]bool{}
	for _, w := range letters(said) {
		has[w] = true
	}
	for _, f := range names {
		text, err := files.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range letters(unlinked(string(text))) {
			if !has[w] {
				t.Errorf("%s: %q was not read", f.Name(), w)
			}
		}
	}
}

var target = regexp.MustCompile(`\]\([^)]*\)`)

// unlinked takes the targets of links and the names of languages of code away.
func unlinked(text string) string {
	return target.ReplaceAllString(strings.ReplaceAll(text, "```sh", ""), "")
}

func letters(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return strings.ContainsRune("0123456789… \u00a0\u202f\n\t*`|-.,;:()[]#«»’'\"", r)
	})
}

func leads(blocks []Block) (to []string) {
	for _, b := range blocks {
		for _, s := range b.Spans {
			if s.Link {
				to = append(to, s.Page)
			}
		}
		for _, item := range b.Items {
			to = append(to, leads(item)...)
		}
		for _, row := range b.Rows {
			for _, cell := range row {
				for _, s := range cell {
					if s.Link {
						to = append(to, s.Page)
					}
				}
			}
		}
	}
	return to
}

func TestParse(t *testing.T) {
	page, err := parse("# Titre **gras**\nUn [lien](2-lire.md#x), un [autre](4-prouver.md), un [dehors](../droits.md).\n\n## Été à l’hôpital\n\n1. Un :\n\n       code  ici\n\n   suite\n2. Deux\n\n| A | B |\n|---|---|\n| `c` | d |\n\n### Plus\n- x\n- y\n```sh\n## pas un titre\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	if page.Title != "Titre gras" {
		t.Errorf("title %q", page.Title)
	}
	if len(page.Lead) != 1 || len(leads(page.Lead)) != 1 || leads(page.Lead)[0] != "prouver" {
		t.Errorf("lead %+v", page.Lead)
	}
	if len(page.Sections) != 1 || page.Sections[0].ID != "ete-a-l-hopital" {
		t.Fatalf("sections %+v", page.Sections)
	}
	var kinds []string
	for _, b := range page.Sections[0].Blocks {
		kinds = append(kinds, string(b.Kind))
	}
	if got := strings.Join(kinds, " "); got != "numbers table heading bullets code" {
		t.Errorf("blocks %s", got)
	}
	said, err := parse("# T\nun *mot* : 2 * 3 * 4")
	if err != nil {
		t.Fatal(err)
	}
	if soft := said.Lead[0].Spans; len(soft) != 3 || !soft[1].Soft || soft[1].Text != "mot" || soft[2].Text != "\u00a0: 2 * 3 * 4" {
		t.Errorf("stressed words %+v", soft)
	}
	first := page.Sections[0].Blocks[0].Items[0]
	if len(first) != 3 || first[1].Kind != Code || first[1].Text != "code  ici" || first[2].Kind != Paragraph {
		t.Errorf("first item %+v", first)
	}
}

func TestSpoiltPagesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "line 1",
		"Titre":                         "line 1",
		"# T\n\n```\nsans fin":          "line 3",
		"# T\n\n|a|b|\n|-|-|\n|c|\n":    "line 5",
		"# T\n\n|a|\n|-|\n|c|d|\n":      "line 5",
		"# T\n\n|a|\n|-|\n":             "line 3",
		"# T\n\n| a |\n":                "line 3",
		"# T\n\n## S\n\n> une citation": "line 5",
		"# T\n\n![image](x.png)":        "line 3",
		"# T\n\n<script>":               "line 3",
		"# T\n\n1. un\n   > cite":       "line 4",
	} {
		if _, err := read(fstest.MapFS{"1-x.md": {Data: []byte(text)}}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "1-x.md") {
			t.Errorf("%q: %v, want a refusal at %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# T\n\n1. a\n\n       b\n\n   c\n| a |\n|---|\n| b |\n```\nx\n```\n")
	f.Fuzz(func(t *testing.T, text string) {
		page, err := parse(text)
		if err != nil {
			return
		}
		for _, s := range page.Sections {
			_ = s.Words()
		}
	})
}
