package overview

import (
	"net/url"
	"time"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// judged is everything the page of a referential shows.
type judged struct {
	Structure  territory.Structure
	Package    *referential.Package
	Edition    proof.Edition
	Assessment referential.Assessment
	Documents  map[string]int // how many of each kind of document count on that day
	When       replay.Moment
	Acts       map[string]ui.Button
	Reused     map[string][]reused      // by requirement: what other referentials show of it already
	Deposit    func(kind string) string // address at which a kind of document is deposited; empty when the reader may not
	Planned    map[string]plan.Action   // what requirements asked for, by [requirementRef]; empty for an earlier day
	Plan       bool                     // the reader may put requirements into the plan
}

// referential is the page of one package for a structure: every requirement with its verdict and reasons, today or at an earlier day.
func (m *Module) referential(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	when, wrong := replay.Read(c, m.now())
	v := judged{Structure: s, When: when, Acts: map[string]ui.Button{}}
	var near reach
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		set, err := m.shelf.At(c.Ctx, tx, when.At)
		if err != nil {
			return err
		}
		var known bool
		if v.Package, known = set.Find(c.Path("package")); !known || !assessed(s.Kind) || v.Package.Kind == referential.Checklist { // a checklist is about something else
			return fault.NotFound("overview.no_package")
		}
		v.Edition = set.Edition(v.Package.ID)
		if v.Reused, err = m.reused(c, tx, set, v.Package, s, when.At); err != nil {
			return err
		}
		if v.Assessment, err = proof.Assess(c.Ctx, tx, c.Scope, v.Package, s, when.At, c.Printer.Zone()); err != nil {
			return err
		}
		if v.Documents, err = documentsAt(c, tx, s, when.At); err != nil {
			return err
		}
		if v.Plan = !when.Replayed && c.May(right.EditActions, s.Interval); !when.Replayed {
			if v.Planned, err = plannedFor(c, tx, s); err != nil {
				return err
			}
		}
		near, err = m.reach(c, tx, s)
		return err
	})
	if err != nil {
		return err
	}
	for _, verdict := range v.Assessment.Requirements {
		if verdict.NextAction != nil && !v.When.Replayed {
			v.Acts[verdict.Code] = m.button(c, near, *verdict.NextAction)
		}
	}
	v.Deposit = func(kind string) string {
		if v.When.Replayed {
			return ""
		}
		to := m.button(c, near, referential.Action{Act: depositAct, Subject: kind}).Href
		if to == "" || m.actCode(near, referential.Action{Act: depositAct, Subject: kind}) != depositAct {
			return to
		}
		return to + "?kind=" + url.QueryEscape(kind)
	}
	lang := referential.Lang(c.Printer.Lang())
	page := web.Page{Title: v.Package.Title.In(lang), Place: at, Lead: v.Package.Aim.In(lang), Actions: ui.PrintButton(), Errors: wrong}
	return c.Page(page, packageContent(v))
}

// depositAct is the code of the act by which a document is deposited.
const depositAct = "evidence.deposit"

// documentsAt counts the documents of a structure by kind that had been deposited by a day and not been replaced.
func documentsAt(c *web.Context, tx *store.Tx, s territory.Structure, day time.Time) (map[string]int, error) {
	all, err := proof.Of(c.Ctx, tx, c.Scope, string(s.ID))
	if err != nil {
		return nil, err
	}
	replaced := proof.Superseded(all, day)
	counted := map[string]int{}
	for _, e := range all {
		if replaced[e.ID] == "" && !e.DepositedAt.After(day) {
			counted[string(e.Kind)]++
		}
	}
	return counted, nil
}
