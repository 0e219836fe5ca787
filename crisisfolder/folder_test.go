package crisisfolder

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"hygie/document"
	"hygie/document/html"
	"hygie/document/pdf"
	"hygie/document/text"
)

// folder is one of a large hospital: many services, each with a procedure, and the cards.
func folder(t testing.TB, lang string, services int) Folder {
	t.Helper()
	models, err := Models(lang)
	if err != nil {
		t.Fatal(err)
	}
	f := Folder{Establishment: "Centre hospitalier du Val-Doré", Language: lang, Number: 12, Made: time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC), Sheets: 10,
		Calls:    []Contact{{Name: "CERT Santé", Phones: []string{"09 72 43 91 25"}, Hours: "24 h/24", Source: "Support, 2023"}, {Name: "Autre", Phones: []string{"01"}, Unsure: true}},
		Contacts: []Contact{{Name: "Direction", Role: "décide", Phones: []string{"01 00 00 00 00", "06 00 00 00 00"}, Mail: "d@val-dore.example"}}}
	for n := range services {
		m := models[n%len(models)]
		f.Services = append(f.Services, Service{Name: fmt.Sprintf("%s %d", m.Title, n+1), Tolerance: m.Hours, Manager: "cadre", Phone: "4242", Box: "placard", Procedure: m.Text})
	}
	for n := range 14 {
		f.Cards = append(f.Cards, Card{Title: fmt.Sprintf("Fiche %d", n+1), Own: n == 3, Blocks: append([]document.Block{document.Heading{Level: 2, Text: "Étapes"}}, Blocks(models[n%len(models)].Text)...)})
	}
	return f
}

func TestFolderHoldsEverything(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		f := folder(t, lang, 12)
		d := f.Document()
		var plain, page bytes.Buffer
		if err := text.Write(&plain, d); err != nil {
			t.Fatal(err)
		}
		if err := html.Write(&page, d); err != nil {
			t.Fatal(err)
		}
		wants := []string{"Val-Doré", "09 72 43 91 25", "06 00 00 00 00", "Fiche 14"}
		for _, s := range f.Services {
			wants = append(wants, s.Name)
		}
		for n := range f.Sheets {
			wants = append(wants, fmt.Sprintf("%d.12", n+1))
		}
		for _, want := range wants {
			if !strings.Contains(plain.String(), want) || !strings.Contains(page.String(), want) {
				t.Errorf("%s: %q is missing", lang, want)
			}
		}
		if strings.Contains(page.String(), "<script") || regexp.MustCompile(`(?:src|href)="(?:https?:)?//`).MatchString(page.String()) {
			t.Errorf("%s: the page needs something else", lang)
		}
	}
}

// The hour is that of the wall, also in the night when clocks change.
func TestAgeIsThatOfTheWall(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	f := folder(t, "fr", 1)
	f.Zone = paris
	if got, want := f.Document().Footer, "Dossier de crise n° 12, édité le 29/03/2026 à 03:30. À remplacer après le 29/09/2026."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The age stands on every page that is printed.
func TestAgeStandsOnEveryPage(t *testing.T) {
	d := folder(t, "fr", 3).Document()
	var file, page bytes.Buffer
	if err := pdf.Write(&file, d); err != nil {
		t.Fatal(err)
	}
	if err := html.Write(&page, d); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "29/03/2026"); n < 2 { // at the top and at the end; the margin, below, writes it in the signs of a style
		t.Errorf("the page says its age %d times", n)
	}
	if !regexp.MustCompile(`@page\s*\{[^}]*@bottom-left\s*\{\s*content:\s*"[^"]*29[^"]*2026`).MatchString(page.String()) {
		t.Error("the margin of printed pages does not say the age")
	}
}

func TestAnEmptyFolderSaysWhatIsMissing(t *testing.T) {
	var b bytes.Buffer
	if err := text.Write(&b, Folder{Establishment: "Clinique", Language: "fr", Number: 1}.Document()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Personne n’a encore écrit la liste", "Aucun service n’est encore inscrit"} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("%q is missing:\n%s", want, b.String())
		}
	}
}

func TestProceduresAsPeopleTypeThem(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		want string
	}{
		"nothing":     {"", ""},
		"a paragraph": {"un\ndeux\n\ntrois", "P(un|deux) P(trois)"},
		"boxes":       {"- un\n-deux\n- \ntexte", "L(un,deux) P(texte)"},
		"headings":    {"## Titre\n- un\n#\n- deux", "H(Titre) L(un) L(deux)"},
		"windows":     {"# T\r\n- un\r\n", "H(T) L(un)"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range Blocks(row.text) {
				switch b := b.(type) {
				case document.Heading:
					got = append(got, "H("+b.Text+")")
				case document.Paragraph:
					got = append(got, "P("+strings.ReplaceAll(b.Spans[0].Text, "\n", "|")+")")
				case document.List:
					var items []string
					for _, i := range b.Items {
						items = append(items, i[0].Text)
					}
					got = append(got, "L("+strings.Join(items, ",")+")")
				}
			}
			if s := strings.Join(got, " "); s != row.want {
				t.Errorf("%s, want %s", s, row.want)
			}
		})
	}
}

// Both languages have the same procedures, each with its three parts.
func TestModels(t *testing.T) {
	french, err := Models("fr")
	if err != nil {
		t.Fatal(err)
	}
	english, err := Models("en")
	if err != nil {
		t.Fatal(err)
	}
	if len(french) != len(english) || len(french) < 12 {
		t.Fatalf("%d procedures in French, %d in English", len(french), len(english))
	}
	for n, m := range french {
		if e := english[n]; e.ID != m.ID || e.Hours != m.Hours || strings.Count(e.Text, "\n- ") != strings.Count(m.Text, "\n- ") || strings.Count(e.Text, "\n# ") != strings.Count(m.Text, "\n# ") {
			t.Errorf("%s and %s are not alike", m.ID, e.ID)
		}
		if strings.Count("\n"+m.Text, "\n# ") != 3 || len([]rune(m.Text)) > MaxProcedure {
			t.Errorf("%s has not three parts, or is too long", m.ID)
		}
	}
}

func FuzzBlocks(f *testing.F) {
	f.Add("# T\n- un\ntexte\n\n- deux")
	f.Fuzz(func(t *testing.T, s string) {
		kept := 0
		for _, b := range Blocks(s) {
			switch b := b.(type) {
			case document.Heading:
				kept += len(b.Text)
			case document.Paragraph:
				kept += len(b.Spans[0].Text)
			case document.List:
				for _, i := range b.Items {
					kept += len(i[0].Text)
				}
			default:
				t.Fatalf("a %T", b)
			}
		}
		if kept > len(s) {
			t.Errorf("%d bytes of %d", kept, len(s))
		}
	})
}

// A folder of 40 services, with 14 cards, as PDF and as HTML.
func BenchmarkFolder(b *testing.B) {
	f := folder(b, "fr", 40)
	for b.Loop() {
		d := f.Document()
		var file, page bytes.Buffer
		if err := pdf.Write(&file, d); err != nil {
			b.Fatal(err)
		}
		if err := html.Write(&page, d); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(file.Len()+page.Len())/1000, "kB")
	}
}
