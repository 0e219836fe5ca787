package exposure

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"hygie/exposure/foreign"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// importsView is what the page of other reports shows.
type importsView struct {
	Structure string
	Imports   []Import
	Name      string
	Preview   *foreign.Report
	Missing   []string // required columns that were not recognised
	Chosen    map[string]int
	Words     string // severities as the person wrote them
	mayRun    bool
}

func (m *Module) imports(c *web.Context) error { return m.importsPage(c, importsView{}, nil) }

func (m *Module) importsPage(c *web.Context, v importsView, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	v.Structure, v.mayRun = at.ID, c.May(right.RunAudit, at.Interval)
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		v.Imports, err = importsOf(c.Ctx, tx, c.Scope, at.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("exposure.tab_imports"), Lead: c.T("exposure.imports_lead"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("exposure.title")}},
		Tabs: homeTabs(c, at.ID, address(at.ID)+"/imports"), Errors: wrong}
	return c.Page(page, importsBody(v, wrong))
}

// columns is what a person says of the columns of a table: the number of each, counted from 1; 0 is as recognised, -1 for none.
type columns struct {
	Title          int    `form:"column_title"`
	Severity       int    `form:"column_severity"`
	Asset          int    `form:"column_asset"`
	Address        int    `form:"column_address"`
	Port           int    `form:"column_port"`
	Rule           int    `form:"column_rule"`
	Description    int    `form:"column_description"`
	Recommendation int    `form:"column_recommendation"`
	CVE            int    `form:"column_cve"`
	Date           int    `form:"column_date"`
	Keep           bool   `form:"keep"`
	Words          string `form:"words,max=5000"` // "P1 = critique", one a line
}

// severities are the words of a report that a person put on our scale.
func (c columns) severities() map[string]string {
	out := map[string]string{}
	for _, line := range lines(c.Words) {
		if word, ours, ok := strings.Cut(line, "="); ok && strings.TrimSpace(ours) != "" {
			out[strings.TrimSpace(word)] = strings.TrimSpace(ours)
		}
	}
	return out
}

func (c columns) chosen() map[string]int {
	out := map[string]int{}
	for key, n := range map[string]int{"title": c.Title, "severity": c.Severity, "asset": c.Asset, "address": c.Address, "port": c.Port, "rule": c.Rule, "description": c.Description,
		"recommendation": c.Recommendation, "cve": c.CVE, "date": c.Date} {
		switch {
		case n > 0:
			out[key] = n - 1
		case n < 0:
			out[key] = -1
		}
	}
	return out
}

// bringForeign shows what a report holds; with the box ticked it keeps it.
func (m *Module) bringForeign(c *web.Context) error {
	var form columns
	var v importsView
	var content []byte
	err := c.Upload(&form, "file", maxForeign, func(name string, in io.Reader) (err error) {
		v.Name = name
		if content, err = readAll(in, maxForeign); err != nil {
			return err
		}
		v.Chosen = form.chosen()
		v.Words = form.Words
		v.Preview, err = ReadForeign(content, foreign.Options{Columns: v.Chosen, Severity: form.severities()})
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.importsPage(c, v, wrong)
	}
	if err != nil {
		return err
	}
	if v.Preview.Tool == foreign.Table {
		v.Missing = v.Preview.Header.Missing(foreign.Fields())
	}
	if !form.Keep || len(v.Preview.Findings) == 0 {
		return m.importsPage(c, v, nil)
	}
	kept, err := m.service.KeepForeign(c.Ctx, c.Actor, c.Scope, c.Path("structure"), v.Name, content, v.Preview)
	if err != nil {
		return err
	}
	if kept {
		c.Flash(ui.Good, "exposure.imported", "count", len(v.Preview.Findings))
	} else {
		c.Flash(ui.Info, "exposure.imported_already")
	}
	return c.Redirect(address(c.Path("structure")) + "/imports")
}

func (m *Module) removeImport(c *web.Context) error {
	if err := m.service.RemoveImport(c.Ctx, c.Actor, c.Scope, c.Path("structure"), c.Path("import")); err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.import_removed")
	return c.Redirect(address(c.Path("structure")) + "/imports")
}

// columnChoices are the fields by which a person says what the columns of a table are.
func columnChoices(ctx context.Context, v importsView) (list []ui.Field) {
	options := []ui.Option{{Value: "-1", Text: locale.T(ctx, "exposure.column_none")}}
	for i, name := range v.Preview.Header.Names {
		options = append(options, ui.Option{Value: strconv.Itoa(i + 1), Text: strconv.Itoa(i+1) + ". " + name})
	}
	for _, f := range foreign.Fields() {
		value := "-1"
		if n, ok := v.Preview.Header.Columns[f.Key]; ok {
			value = strconv.Itoa(n + 1)
		}
		field := ui.Field{Name: "column_" + f.Key, Label: locale.T(ctx, "exposure.column_"+f.Key), Kind: ui.SelectField, Options: options, Value: value, Optional: !f.Required}
		if slices.Contains(v.Missing, f.Key) {
			field.Errors = ui.Errors{fault.Field{Name: field.Name, Key: "exposure.column_missing"}}
		}
		list = append(list, field)
	}
	return list
}

// unknownWords are the severities of a report that stand on no scale, one a line, for a person to say what they mean; with what was said already.
func unknownWords(v importsView) string {
	list := lines(v.Words)
	for _, p := range v.Preview.Problems {
		if line := p.Detail + " ="; p.Kind == foreign.NoSeverity && p.Detail != "" && !slices.Contains(list, line) && len(list) < 30 {
			list = append(list, line)
		}
	}
	return strings.Join(list, "\n")
}

func importHelp(ctx context.Context, v importsView) string {
	if v.Preview != nil {
		return locale.T(ctx, "exposure.import_again_help", "name", v.Name)
	}
	return ""
}

func importSubmit(ctx context.Context, v importsView) string {
	if v.Preview != nil {
		return locale.T(ctx, "exposure.import_submit")
	}
	return locale.T(ctx, "exposure.import_look")
}

// knowledgePage shows what the installation knows of products.
func (m *Module) knowledgePage(c *web.Context) error { return m.knowledgeForm(c, nil) }

func (m *Module) knowledgeForm(c *web.Context, wrong ui.Errors) error {
	var list []Brought
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		list, err = bundles(c.Ctx, tx, 20)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("exposure.knowledge_title"), Errors: wrong}, knowledgeBody(list, wrong, c.Now()))
}

func (m *Module) bringKnowledge(c *web.Context) error {
	var none struct{}
	err := c.Upload(&none, "file", maxBundle, func(_ string, content io.Reader) error {
		_, err := m.service.BringKnowledge(c.Ctx, c.Actor, content)
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.knowledgeForm(c, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.knowledge_brought")
	return c.Redirect("/administration/exposure-knowledge")
}
