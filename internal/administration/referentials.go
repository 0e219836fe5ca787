package administration

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// Paths of the referentials.
const (
	shelfPath   = home + "/referentials"
	packagePath = shelfPath + "/{package}"
	versionPath = packagePath + "/versions/{version}"
	linePath    = packagePath + "/lines/{kind}/{code}"
)

// referentialRoutes declares the pages of the shelf.
func (m *Module) referentialRoutes(rt *web.Router) {
	administer := web.NeedsEverywhere(right.Administer)
	rt.Page("GET "+shelfPath, administer, m.referentials)
	rt.Page("POST "+shelfPath, administer, m.bring, web.MaxBody(maxPackage+1<<16), web.Stream())
	rt.Page("GET "+packagePath, administer, m.referentialPage)
	rt.Page("GET "+packagePath+"/file", administer, m.packageFile)
	rt.Page("POST "+packagePath+"/withdraw", administer, m.withdraw)
	rt.Page("GET "+versionPath, administer, m.versionPage)
	rt.Page("POST "+versionPath, administer, m.putInForce)
	rt.Page("GET "+linePath, administer, m.linePage)
	rt.Page("POST "+linePath, administer, m.completeLine)
	rt.Page("POST "+linePath+"/undo", administer, m.undoLine)
	rt.Nav(web.Entry{Key: "administration.nav_referentials", Group: "account.administration", Path: shelfPath, Icon: "list", Rule: administer, Order: 930})
}

// lang is the language of the reader, as referentials have it.
func lang(c *web.Context) referential.Lang { return referential.Lang(c.Printer.Lang()) }

func packageHref(id string) string { return shelfPath + "/" + id }

func lineHref(id string, line referential.LineRef) string {
	return packageHref(id) + "/lines/" + string(line.Kind) + "/" + line.Code
}

// shelf reads what holds now.
func (m *Module) shelf(c *web.Context) (set *proof.Set, err error) {
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		set, err = m.Shelf.Now(c.Ctx, tx, m.Now())
		return err
	})
	return set, err
}

// todo is a line that is open: unsure, or completed here.
type todo struct {
	pkg  *referential.Package
	line referential.Open
}

// open tells whether a line waits for somebody.
func (t todo) open() bool { return t.line.Source.Mark == referential.Unsure }

// todos lists the lines of a package that were or can be completed, those that wait first.
func todos(p *referential.Package) []todo {
	var all []todo
	for _, line := range p.Lines() {
		if line.Amendable() {
			all = append(all, todo{p, line})
		}
	}
	slices.SortStableFunc(all, func(a, b todo) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

func rank(t todo) int {
	switch {
	case t.open() && t.line.Kind == referential.ParameterLine: // verdicts wait for it
		return 0
	case t.open():
		return 1
	}
	return 2
}

func waiting(all []todo) int {
	return len(slices.DeleteFunc(slices.Clone(all), func(t todo) bool { return !t.open() }))
}

// referentials lists the shelf, and what waits to be completed.
func (m *Module) referentials(c *web.Context) error { return m.shelfPage(c, nil, nil) }

func (m *Module) shelfPage(c *web.Context, faults []referential.Problem, wrong ui.Errors) error {
	set, err := m.shelf(c)
	if err != nil {
		return err
	}
	table := ui.Table{ID: "referentials", Caption: c.T("administration.referentials"), Total: len(set.Packages), Columns: []ui.Column{
		{Text: c.T("administration.referential")}, {Text: c.T("administration.version")}, {Text: c.T("administration.from_where")}, {Text: c.T("administration.to_complete"), End: true}}}
	var open []todo
	for _, p := range set.Packages {
		lines, asked := todos(p), set.Board.Needs(refs(p)...).Parameters
		for _, t := range lines {
			if t.open() && t.line.Kind == referential.ParameterLine && asked[t.line.Code] {
				open = append(open, t)
			}
		}
		table.Rows = append(table.Rows, ui.Row{ID: "referential-" + p.ID, Cells: []templ.Component{
			ui.Link{Href: packageHref(p.ID), Text: p.Title.In(lang(c))}, ui.Text(p.Version), ui.Text(m.brought(c, set.Edition(p.ID))), ui.Text(c.Printer.Int(int64(waiting(lines)))),
		}})
	}
	page := web.Page{Title: c.T("administration.referentials"), Lead: c.T("administration.referentials_lead"), Errors: wrong}
	return c.Page(page, shelfBody(openTable(c, "waiting", c.T("administration.waiting"), open), table, faults, wrong))
}

// refs are the requirements of a package.
func refs(p *referential.Package) []referential.Ref {
	var all []referential.Ref
	for _, r := range p.Requirements() {
		all = append(all, referential.Ref{Package: p.ID, Code: r.Code})
	}
	return all
}

// brought says where a version comes from.
func (m *Module) brought(c *web.Context, e proof.Edition) string {
	if e.By == proof.Platform || e.By == "" {
		return c.T("administration.with_program")
	}
	return c.T("administration.brought_on", "date", e.Since)
}

// openTable lists lines with their mark.
func openTable(c *web.Context, id, caption string, all []todo) ui.Table {
	whose := slices.ContainsFunc(all, func(t todo) bool { return t.pkg != all[0].pkg }) // of several referentials: say of which
	second := c.T("administration.line_kind")
	if whose {
		second = c.T("administration.referential")
	}
	table := ui.Table{ID: id, Caption: caption, Total: ui.NoTotal, Columns: []ui.Column{
		{Text: c.T("administration.line")}, {Text: second}, {Text: c.T("administration.value")}, {Text: c.T("administration.mark")}},
		Empty: ui.Empty{Title: c.T("administration.nothing_open")}}
	for _, t := range all {
		value, beside := "", c.T("administration.line_"+string(t.line.Kind))
		if whose {
			beside = t.pkg.Title.In(lang(c))
		}
		if t.line.Value.Kind != "" {
			value = valueText(c.Printer, t.line.Value)
		}
		table.Rows = append(table.Rows, ui.Row{ID: "line-" + string(t.line.Kind) + "-" + t.line.Code, Cells: []templ.Component{
			ui.Link{Href: lineHref(t.pkg.ID, t.line.LineRef), Text: capital(t.line.Title.In(lang(c)))}, ui.Text(beside), ui.Text(value), markTag(c, t.line.Source.Mark),
		}})
	}
	return table
}

// markTag shows how sure a line is.
func markTag(c *web.Context, mark referential.Mark) templ.Component {
	tag := ui.Tag{Text: c.T("administration.mark_" + string(mark)), Icon: "none", Open: true}
	if mark == referential.Unsure {
		tag = ui.Tag{Text: c.T("administration.mark_" + string(mark)), Tone: ui.Warn}
	}
	return tag
}

// shelved is a package of the path with what holds of it.
type shelved struct {
	pkg      *referential.Package
	edition  proof.Edition
	versions []proof.Version
	holdings []proof.Holding
	names    map[string]string
}

// shelved finds the package of the path. One that was withdrawn has no package, but its versions.
func (m *Module) shelved(c *web.Context) (k shelved, err error) {
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		set, err := m.Shelf.Now(c.Ctx, tx, m.Now())
		if err != nil {
			return err
		}
		id := c.Path("package")
		k.pkg, _ = set.Find(id)
		k.edition = set.Edition(id)
		if k.versions, err = proof.Versions(c.Ctx, tx, id); err != nil {
			return err
		}
		if k.holdings, err = proof.Holdings(c.Ctx, tx, id); err != nil {
			return err
		}
		k.names, err = m.namesOf(c.Ctx, tx, k)
		return err
	})
	if err == nil && k.pkg == nil && len(k.versions) == 0 {
		err = fault.NotFound("administration.no_referential")
	}
	return k, err
}

func (m *Module) namesOf(ctx context.Context, tx *store.Tx, k shelved) (map[string]string, error) {
	var ids []string
	for _, v := range k.versions {
		ids = append(ids, v.AddedBy)
	}
	for _, h := range k.holdings {
		ids = append(ids, h.By)
	}
	return people.Names(ctx, tx, ids...)
}

// who names a person, or the program.
func who(c *web.Context, names map[string]string, id string) string {
	if id == proof.Platform {
		return c.T("administration.with_program")
	}
	return cmp.Or(names[id], "–")
}

// referentialPage shows one package: what is open in it, and its versions.
func (m *Module) referentialPage(c *web.Context) error {
	k, err := m.shelved(c)
	if err != nil {
		return err
	}
	return m.showReferential(c, k, nil)
}

func (m *Module) showReferential(c *web.Context, k shelved, wrong ui.Errors) error {
	page := web.Page{Title: c.Path("package"), Over: c.T("administration.referential"), Crumbs: []ui.Link{{Href: shelfPath, Text: c.T("administration.referentials")}}, Errors: wrong}
	var open ui.Table
	if k.pkg != nil {
		page.Title, page.Lead = k.pkg.Title.In(lang(c)), k.pkg.Aim.In(lang(c))
		open = openTable(c, "lines", c.T("administration.lines"), todos(k.pkg))
	}
	return c.Page(page, packageBody(k, open, versionTable(c, k), holdingTable(c, k), unfitLines(c, k.edition), wrong))
}

func versionTable(c *web.Context, k shelved) ui.Table {
	table := ui.Table{ID: "versions", Caption: c.T("administration.versions"), Total: ui.NoTotal, Columns: []ui.Column{
		{Text: c.T("administration.version")}, {Text: c.T("administration.added")}, {Text: c.T("administration.who")}, {Text: c.T("administration.state")}}}
	for _, v := range k.versions {
		var state templ.Component = ui.Text("")
		if k.pkg != nil && v.ID == k.edition.VersionID {
			state = ui.Tag{Text: c.T("administration.holds"), Tone: ui.Good}
		}
		table.Rows = append(table.Rows, ui.Row{ID: "version-" + v.ID, Cells: []templ.Component{
			ui.Link{Href: packageHref(v.Package) + "/versions/" + v.ID, Text: v.Number}, ui.Text(c.Printer.ShortDate(v.AddedAt)), ui.Text(who(c, k.names, v.AddedBy)), state,
		}})
	}
	return table
}

func holdingTable(c *web.Context, k shelved) ui.Table {
	table := ui.Table{ID: "holdings", Caption: c.T("administration.holdings"), Total: ui.NoTotal, Columns: []ui.Column{
		{Text: c.T("administration.since")}, {Text: c.T("administration.version")}, {Text: c.T("administration.who")}, {Text: c.T("administration.why")}}}
	for _, h := range k.holdings {
		since := c.T("administration.from_the_beginning")
		if h.Since.Year() > 1970 {
			since = c.Printer.ShortDate(h.Since) + " " + c.Printer.Clock(h.Since)
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(since), ui.Text(cmp.Or(h.Number, c.T("administration.withdrawn"))), ui.Text(who(c, k.names, h.By)), ui.Text(h.Note)}})
	}
	return table
}

// unfitLines says which completions the version has no place for.
func unfitLines(c *web.Context, e proof.Edition) []string {
	var lines []string
	for _, u := range e.Unfit {
		lines = append(lines, c.T("administration.unfit", "kind", c.T("administration.line_"+string(u.Kind)), "code", u.Code, "why", c.T(unfitKey(u.Why))))
	}
	return lines
}

func unfitKey(err error) string {
	switch {
	case errors.Is(err, referential.ErrNoLine):
		return "administration.unfit_gone"
	case errors.Is(err, referential.ErrSettled):
		return "administration.unfit_settled"
	}
	return "administration.unfit_value"
}

// packageFile gives the file of a package: as it holds with what was completed, or a version as it was brought.
func (m *Module) packageFile(c *web.Context) error {
	k, err := m.shelved(c)
	if err != nil {
		return err
	}
	if k.pkg == nil {
		return fault.NotFound("administration.no_referential")
	}
	file, err := referential.Write(k.pkg)
	if err != nil {
		return err
	}
	c.Download(k.pkg.ID+"-"+k.pkg.Version+".yaml", "application/yaml")
	_, err = c.W.Write(file)
	return err
}

// changedLine is one line of a difference as it is shown.
type changedLine struct {
	Kind, What, Title string
	Review            bool
	Fields            []changedField
}

type changedField struct{ Name, Old, New string }

// difference writes changes in the words of the reader.
func difference(c *web.Context, changes []referential.Change) []changedLine {
	var all []changedLine
	for _, ch := range changes {
		one := changedLine{Kind: c.T("administration.diff_" + string(ch.Kind)), What: c.T("administration.what_" + strings.ReplaceAll(ch.What, " ", "_")), Title: cmp.Or(ch.Title.In(lang(c)), ch.Code), Review: ch.Review}
		if ch.Kind == referential.LineChanged {
			for _, f := range ch.Fields {
				one.Fields = append(one.Fields, changedField{Name: fieldName(c, f.Name), Old: inWords(f.Old, c), New: inWords(f.New, c)})
			}
		}
		all = append(all, one)
	}
	return all
}

// fieldName is how the reader calls a key of the file; keys that have no name of their own stay as they are.
func fieldName(c *web.Context, name string) string {
	if key := "administration.field_" + name; c.Printer.Has(key) {
		return c.T(key)
	}
	return name
}

// simple are words that YAML writes without quotation marks.
var simple = regexp.MustCompile(`"([A-Za-z0-9_.*-]+)"`)

// inWords is a value of a difference: words in the language of the reader, a source by its words, anything else as the file has it.
func inWords(value string, c *web.Context) string {
	var source struct {
		Mark referential.Mark  `json:"mark"`
		Text map[string]string `json:"text"`
		URL  string            `json:"url"`
	}
	if json.Unmarshal([]byte(value), &source) == nil && source.Mark != "" && source.Text["fr"] != "" {
		return strings.TrimSpace(c.T("administration.mark_"+string(source.Mark)) + " – " + cmp.Or(source.Text[string(lang(c))], source.Text["fr"]) + " " + source.URL)
	}
	var words map[string]string
	if json.Unmarshal([]byte(value), &words) == nil && words["fr"] != "" {
		return cmp.Or(words[string(lang(c))], words["fr"])
	}
	var text string
	if json.Unmarshal([]byte(value), &text) == nil {
		return text
	}
	return strings.NewReplacer(":", ": ", ",", ", ").Replace(simple.ReplaceAllString(value, "$1"))
}
