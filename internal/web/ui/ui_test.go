package ui_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/web/ui"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

var errorsHere = ui.Errors{{Name: "due", Key: "web.not_day"}, {Name: "rows[2].kind", Key: "web.too_long", Args: []any{"limit", 3}}, {Key: "ui.invalid"}}

func options() []ui.Option {
	return []ui.Option{{Value: "a", Text: "A", Help: "le premier"}, {Value: "b", Text: "B & C"}, {Value: "c", Text: "C", Disabled: true}}
}

func query(t *testing.T, address string) ui.Query {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return ui.ReadQuery(parsed, columns(), "name")
}

func columns() []ui.Column {
	return []ui.Column{{Name: "name", Text: "Nom", Sort: true}, {Name: "failed", Text: "Points", Sort: true, End: true}, {Name: "note", Text: "Note"}}
}

func filters() []ui.Field {
	return []ui.Field{{Name: "q", Label: "Nom", Kind: ui.SearchField}, {Name: "kind", Label: "Type", Kind: ui.SelectField, Options: options()}}
}

func table(t *testing.T, address string, rows int) ui.Table {
	t.Helper()
	q := query(t, address)
	list := ui.Table{ID: "list", Caption: "Structures", Columns: columns(), Query: q, Filters: filters(), Total: 120,
		Pager: q.Pages(120), Exports: []ui.Format{"csv", "ods"}, Empty: ui.Empty{Title: "Rien encore", Text: "Importez."}}
	for i := range rows {
		list.Rows = append(list.Rows, ui.Row{ID: fmt.Sprintf("r%d", i), Cells: []templ.Component{ui.Text("<b>gras</b>"), ui.Number(12345), ui.NotMet}})
	}
	return list
}

// golden are components whose whole HTML is kept in testdata.
func golden(t *testing.T) map[string]templ.Component {
	day := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	return map[string]templ.Component{
		"button": templ.Join(ui.Button{Text: "Lien <fort>", Href: "/a?b=c&d", Icon: "plus"}, ui.Button{Text: "Envoyer", Kind: ui.Primary, Name: "do", Value: "send", Form: "f"},
			ui.Button{Text: "Fermé", Href: "/x", Disabled: true}, ui.Button{Text: "Fermé", Disabled: true}, ui.Button{Text: "Discret", Kind: ui.Quiet, Href: "javascript:alert(1)"}),
		"field": templ.Join(ui.Field{Name: "title", Label: "Intitulé", Help: "Court.", Value: `"><script>`},
			ui.Field{Name: "due", Label: "Échéance", Kind: ui.DayField, Value: "31/02", Min: "2026-01-01", Errors: errorsHere, Optional: true, Help: "Le jour."},
			ui.Field{Name: "rows[2].kind", Label: "Type", Kind: ui.SelectField, Value: "b", Options: options(), Errors: errorsHere},
			ui.Field{Name: "note", Label: "Remarque", Kind: ui.AreaField, Value: "</textarea>", Rows: 2},
			ui.Field{Name: "days", Label: "Durée", Kind: ui.NumberField, Suffix: "jours", Value: "3"},
			ui.Field{Name: "code", Label: "Code", Kind: ui.CodeField}, ui.Field{Name: "secret", Label: "Mot de passe", Kind: ui.PasswordField, Autocomplete: "current-password"},
			ui.Field{Name: "file", Label: "Fichier", Kind: ui.FileField, Accept: ".csv"}),
		"choices": templ.Join(ui.Field{Name: "effort", Label: "Effort", Kind: ui.RadioField, Value: "a", Options: options(), Help: "Un choix."},
			ui.Field{Name: "tags", Label: "Sujets", Kind: ui.ChecksField, Values: []string{"b"}, Options: options()},
			ui.Field{Name: "agree", Label: "D’accord", Kind: ui.CheckField, Value: "1"}),
		"drop":     ui.Drop{Name: "evidence", Label: "Preuve", Help: "Une lettre.", Accept: ".pdf,.odt", Multiple: true, Limit: 8_000_000, Errors: ui.Errors{{Name: "evidence", Key: "web.not_text"}}},
		"errors":   ui.ErrorSummary(errorsHere),
		"callout":  templ.Join(ui.Flash(ui.Good, "Fait <ok>"), ui.Flash(ui.Bad, "Raté")),
		"gauge":    templ.Join(ui.Gauge{Level: 2, AtMost: true}, ui.Gauge{Level: 5, Small: true}, ui.Gauge{}, ui.Gauge{Level: 9}),
		"stat":     templ.Join(ui.Stat{Label: "Audités", Value: "3", Of: "12", Note: "ce jour", Href: "/a"}, ui.Stat{Label: "Clôture", Value: "demain"}),
		"table":    table(t, "/list?page=2&q=a", 2),
		"no-match": table(t, "/list?q=zzz", 0),
		"no-rows":  table(t, "/list", 0),
		"summary":  ui.Summary([]ui.Term{{Name: "FINESS", Value: ui.Text("99")}, {Name: "Nom", Value: ui.Text("A"), Change: ui.Link{Href: "/c", Text: "Modifier"}}}),
		"next":     ui.NextAction{Line: "Il manque une preuve", Why: "Clôture demain.", Act: ui.Button{Text: "Ajouter", Href: "/a"}, Tasks: []ui.Task{{Text: "Lettre", Href: "/l", Status: ui.Late}, {Text: "Audit", Hint: "bientôt"}}},
		"timeline": ui.Timeline([]ui.Event{{At: day, Title: "Collecte", Who: "Sacha", Tone: ui.Good}, {Title: "Dépôt", Now: true, Body: ui.Text("en cours")}}),
		"progress": templ.Join(ui.Progress{ID: "p1", Label: "Analyse", Status: ui.Running, Done: 3, Total: 9, Href: "/jobs/1", Cancel: "/jobs/1/cancel", Message: "lecture"},
			ui.Progress{ID: "p2", Label: "Analyse", Status: ui.Waiting, Href: "/jobs/2", Topic: "job/2"},
			ui.Progress{ID: "p3", Label: "Analyse", Status: ui.Failed, Done: 99, Total: 9, Href: "/jobs/3", Result: ui.Link{Href: "/r", Text: "Pourquoi"}},
			ui.Progress{ID: "p4", Label: "Analyse", Status: ui.Done, Href: "/jobs/4"}),
		"confirm": ui.Confirm{Consequences: []string{"Tout part."}, Action: "/delete", Submit: "Supprimer", Danger: true, Cancel: "/", Hidden: map[string]string{"b": "2", "a": "1"}},
		"crumbs":  ui.Crumbs([]ui.Link{{Href: "/", Text: "Accueil"}, {Text: "Ici"}}),
		"tabs":    ui.Tabs("Pages", []ui.Tab{{Link: ui.Link{Href: "/a", Text: "A"}, Current: true}, {Link: ui.Link{Href: "/b", Text: "B"}, Count: 1234}}),
		"bars": ui.Bars{Caption: "Par niveau", Name: "Niveau", Count: "Entités", Rows: []ui.Bar{{Label: "Niveau <1>", Href: "/l?level=1", Count: 3, Tone: ui.Bad}, {Label: "Niveau 2", Href: "/l?level=2"},
			{Label: "Jamais", Count: 400, Note: "à faire"}}},
		"trend":    ui.Trend{Title: "Niveau", Moments: []ui.Moment{{At: day.AddDate(0, -3, 0), Level: 1, Href: "/r1"}, {At: day.AddDate(0, -1, 0), Level: 3, AtMost: true, Href: "/r2"}, {At: day, Level: 9, Href: "/r3"}}},
		"no-trend": ui.Trend{Title: "Niveau", Moments: []ui.Moment{{At: day, Level: 1, Href: "/r1"}}},
		"snippet":  ui.Snippet("cmd", "Commande", "a < b && c"),
	}
}

func printer(t *testing.T, lang locale.Lang) context.Context {
	t.Helper()
	c, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	return locale.With(t.Context(), c.Printer(lang, nil))
}

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lines puts each element on its own line, so that a difference can be read.
func lines(html string) string { return strings.ReplaceAll(html, "><", ">\n<") + "\n" }

func TestComponentsKeepTheirHTML(t *testing.T) {
	for name, component := range golden(t) {
		t.Run(name, func(t *testing.T) {
			got := lines(render(t, printer(t, locale.French), component))
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("HTML differs (-want +got); run with -update and read the difference:\n%s", diff)
			}
		})
	}
}

func TestComponentsSpeakBothLanguages(t *testing.T) {
	for name, component := range golden(t) {
		for _, lang := range locale.Langs() {
			html := render(t, printer(t, lang), component)
			if strings.Contains(html, "⟦") {
				t.Errorf("%s in %s has a message without text", name, lang)
			}
			if strings.Contains(html, "<script") || strings.Contains(html, " style=") || strings.Contains(html, `href="javascript`) {
				t.Errorf("%s lets something run", name)
			}
		}
	}
}

func TestIdsAreUnique(t *testing.T) {
	id := regexp.MustCompile(` id="([^"]*)"`)
	for name, component := range golden(t) {
		seen := map[string]bool{}
		for _, found := range id.FindAllStringSubmatch(render(t, printer(t, locale.French), component), -1) {
			if seen[found[1]] {
				t.Errorf("%s has two elements %q", name, found[1])
			}
			seen[found[1]] = true
		}
	}
}

// Every reference from one element to another must lead somewhere in the component.
func TestReferencesLeadSomewhere(t *testing.T) {
	reference := regexp.MustCompile(` (?:for|aria-describedby|aria-labelledby|data-copy)="([^"]+)"`)
	for name, component := range golden(t) {
		html := render(t, printer(t, locale.French), component)
		for _, found := range reference.FindAllStringSubmatch(html, -1) {
			for id := range strings.FieldsSeq(found[1]) {
				if !strings.Contains(html, ` id="`+id+`"`) {
					t.Errorf("%s refers to %q, which is not there", name, id)
				}
			}
		}
	}
}

func TestEveryStatusHasAWordAndAShape(t *testing.T) {
	ctx := printer(t, locale.French)
	for _, status := range ui.Statuses() {
		html := render(t, ctx, status)
		if !strings.Contains(html, "<svg") || strings.Contains(html, ">"+string(status)+"<") {
			t.Errorf("%s: %s", status, html)
		}
		if strings.Contains(html, `focusable="false"></svg>`) {
			t.Errorf("%s has an empty drawing", status)
		}
	}
	if html := render(t, ctx, ui.Status("odd<")); !strings.Contains(html, "odd&lt;") {
		t.Errorf("an unknown status is not shown by its code: %s", html)
	}
}

func TestUnknownIconIsEmpty(t *testing.T) {
	if html := render(t, t.Context(), ui.Icon("nothing")); strings.Contains(html, "path") {
		t.Errorf("drawn: %s", html)
	}
}

func TestErrorsOf(t *testing.T) {
	one := fault.Field{Name: "a", Key: "ui.invalid"}
	for _, row := range []struct {
		name string
		err  error
		want ui.Errors
	}{
		{"none", nil, nil},
		{"another kind", fault.Conflict("k"), nil},
		{"internal", errors.New("x"), nil},
		{"fields", fmt.Errorf("save: %w", fault.Invalid(one)), ui.Errors{one}},
		{"invalid without field", fault.Invalid(), ui.Errors{{Key: "ui.invalid"}}},
	} {
		if diff := cmp.Diff(row.want, ui.ErrorsOf(row.err)); diff != "" {
			t.Errorf("%s:\n%s", row.name, diff)
		}
	}
}

// A link goes to a page and nowhere else, whatever the address that data gives it.
func TestLinkRunsNothing(t *testing.T) {
	for href, want := range map[string]string{
		"/structures/a?b=c&d":        `<a href="/structures/a?b=c&amp;d">&lt;b&gt;</a>`,
		"https://www.example.org/x":  `<a href="https://www.example.org/x">&lt;b&gt;</a>`,
		"javascript:alert(1)":        `<a href="about:invalid#TemplFailedSanitizationURL">&lt;b&gt;</a>`,
		" JavaScript:alert(1)//http": `<a href="about:invalid#TemplFailedSanitizationURL">&lt;b&gt;</a>`,
	} {
		var b strings.Builder
		if err := (ui.Link{Href: href, Text: "<b>"}).Render(t.Context(), &b); err != nil || b.String() != want {
			t.Errorf("%s: %s, %v; want %s", href, b.String(), err, want)
		}
	}
}
