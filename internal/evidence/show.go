package evidence

import (
	"slices"
	"strings"
	"time"

	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// view is everything the page of one piece of evidence shows.
type view struct {
	Evidence  proof.Evidence
	Kind      string
	State     state
	Period    string
	Depositor string
	From      string // the structure that it came with when that one merged; empty: deposited here
	Signer    string // by role
	By        other  // what replaced it
	Replaces  other
	Revisions []revision // latest first; none when nothing was replaced
	Facts     []factLine
	Uses      []ui.Task // requirements that it serves, or could serve
	Used      bool      // a referential counts it, now
	Open      bool      // the reader may open the content
	Replace   bool      // the reader may replace it
	When      replay.Moment
}

// other is another piece of evidence; its zero value is none.
type other struct{ ID, Name string }

// revision is one document of a chain of which each replaced the one before.
type revision struct {
	proof.Evidence
	State     state
	Period    string
	Depositor string
	Here      bool // the one that the page shows
}

// factLine is a fact as a reader reads it.
type factLine struct {
	Label, Value string
	Observed     time.Time
}

// show is the page of one piece of evidence: what it is, what rests on it, where it serves.
func (m *Module) show(c *web.Context) error {
	at, structure, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	e, err := m.find(c, c.Path("evidence"))
	if err != nil {
		return err
	}
	when, wrong := replay.Read(c, c.Now())
	v, err := m.look(c, at, structure, e, when)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: e.Name, Over: v.Kind, Place: at, Crumbs: crumbs(c, at), Errors: wrong}, content(address(at.ID), v))
}

func (m *Module) look(c *web.Context, at *web.Place, structure territory.Structure, e proof.Evidence, when replay.Moment) (view, error) {
	s, err := m.shelf(c, when)
	if err != nil {
		return view{}, err
	}
	signer, _ := m.role(e.SignerRole)
	v := view{When: when, Evidence: e, Signer: sentence(signer.Title.In(referential.Lang(c.Printer.Lang()))), Kind: m.kindName(c, e.Kind), State: s.stateOf(c.Printer, e, when.At), Period: period(c.Printer, e), Depositor: s.depositor(e), From: s.from[e.ID], Open: mayOpen(c, at, e.Kind)}
	for _, near := range s.all {
		switch near.ID {
		case s.replaced[e.ID]:
			v.By = other{near.ID, near.Name}
		case e.Supersedes:
			v.Replaces = other{near.ID, near.Name}
		}
	}
	for _, one := range s.revisions(e) {
		v.Revisions = append(v.Revisions, revision{Evidence: one, State: s.stateOf(c.Printer, one, when.At), Period: period(c.Printer, one), Depositor: s.depositor(one), Here: one.ID == e.ID})
	}
	v.Replace = when.Au == "" && v.State != replaced && v.From == "" && m.depositable(e.Kind) && s.names[e.DepositedBy] != "" && c.May(right.AddProof, at.Interval)
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		facts, err := proof.RestingOn(c.Ctx, tx, c.Scope, e.ID)
		if err != nil {
			return err
		}
		for _, f := range facts {
			if f.ObservedAt.After(when.At) {
				continue
			}
			v.Facts = append(v.Facts, factLine{Label: m.factName(c, f.Key), Value: valueText(c, f.Value), Observed: f.ObservedAt})
		}
		if !c.May(right.SeePosture, at.Interval) {
			return nil
		}
		v.Uses, v.Used, err = m.uses(c, tx, structure, e, when)
		return err
	})
	return v, err
}

// uses lists the requirements that the evidence serves: those whose verdict rests on it or on a fact behind which it stands. When there are
// none, those that ask for such a document. A page that looks back judges by what was known then.
func (m *Module) uses(c *web.Context, tx *store.Tx, structure territory.Structure, e proof.Evidence, when replay.Moment) (tasks []ui.Task, used bool, err error) {
	lang := referential.Lang(c.Printer.Lang())
	scope := right.Visible(c.Actor, right.SeePosture)
	var could []ui.Task
	set, err := m.packages.At(c.Ctx, tx, when.At)
	if err != nil {
		return nil, false, err
	}
	judged, err := proof.AssessAll(c.Ctx, tx, scope, set.Board, structure, when.At, c.Printer.Zone())
	if err != nil {
		return nil, false, err
	}
	for i, p := range set.Packages {
		a := judged[i]
		for _, r := range p.Requirements() {
			verdict, ok := a.Verdict(r.Code)
			if !ok || verdict.Status == referential.NotApplicable {
				continue
			}
			task := ui.Task{Text: r.Title.In(lang), Hint: p.Title.In(lang), Href: when.On("/structures/"+string(structure.ID)+"/referentials/"+p.ID) + "#r-" + r.Code, Status: ui.Status(verdict.Status)}
			switch {
			case rests(verdict, e):
				tasks = append(tasks, task)
			case slices.Contains(r.Evidence, string(e.Kind)):
				could = append(could, task)
			}
		}
	}
	if len(tasks) > 0 {
		return tasks, true, nil
	}
	return could, false, nil
}

// rests tells whether a verdict looked at the evidence.
func rests(v referential.Verdict, e proof.Evidence) bool {
	return slices.ContainsFunc(v.UsedDocuments, func(d referential.Document) bool { return d.ID == e.ID }) ||
		slices.ContainsFunc(v.UsedFacts, func(f referential.Fact) bool { return f.Evidence == e.ID })
}

// factName is how a package calls a fact, how the platform does when none speaks of it, or its key.
func (m *Module) factName(c *web.Context, key string) string {
	for _, p := range m.packages.Seen().Packages {
		for _, f := range p.Facts {
			if matches(f.Key, key) && !f.Label.IsZero() {
				return sentence(f.Label.In(referential.Lang(c.Printer.Lang())))
			}
		}
	}
	if own := "evidence.fact_" + strings.ReplaceAll(key, ".", "_"); c.Printer.Has(own) {
		return c.T(own)
	}
	return key
}

// matches tells whether a key has the form of a pattern, of which a part may be "*".
func matches(pattern, key string) bool {
	wanted, parts := strings.Split(pattern, "."), strings.Split(key, ".")
	if len(wanted) != len(parts) {
		return false
	}
	for i, part := range wanted {
		if part != "*" && part != parts[i] {
			return false
		}
	}
	return true
}

// valueText writes the value of a fact in the reader's way.
func valueText(c *web.Context, v referential.Value) string {
	switch v.Kind {
	case referential.NumberKind:
		return c.Printer.Float(v.Number, -1)
	case referential.DateKind:
		return c.Printer.Date(v.Date)
	case referential.BoolKind:
		if v.Bool {
			return c.T("web.yes")
		}
		return c.T("web.no")
	}
	return v.Text
}
