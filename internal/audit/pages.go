package audit

import (
	"errors"
	"io"
	"mime/multipart"
	"slices"
	"time"

	"hygie/directory/findings"
	"hygie/directory/ldap"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/directory/points/rule"
	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// Module serves the pages.
type Module struct {
	service  *Service
	db       *store.DB
	catalogs map[string]guidance.Catalog // remediation texts by language
	texts    map[string]findings.Texts   // of findings beside the points, by language
	max      int64                       // bytes of a deposited file
}

// Largest file that may be deposited: a domain of a million objects is under half of it.
const maxDeposit = 2 << 30

// NewModule makes the pages of a service.
func NewModule(s *Service) (*Module, error) {
	m := &Module{service: s, db: s.db, catalogs: map[string]guidance.Catalog{}, texts: map[string]findings.Texts{}, max: maxDeposit}
	for _, lang := range guidance.Languages() {
		catalog, err := guidance.Load(lang)
		if err != nil {
			return nil, err
		}
		m.catalogs[lang] = catalog
		if m.texts[lang], err = findings.LoadTexts(lang); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	const home = "/structures/{structure}/directory"
	rt.Page("GET "+home, web.Needs(right.SeeAudit), m.history)
	rt.Page("GET "+home+"/new", web.Needs(right.RunAudit), m.blank)
	rt.Page("GET "+home+"/latest", web.Needs(right.SeeAudit), m.latest)
	rt.Page("POST "+home+"/deposits", web.Needs(right.RunAudit), m.deposit, web.MaxBody(m.max), web.Stream())
	rt.Page("POST "+home+"/collections", web.Needs(right.RunAudit), m.collect)
	rt.Page("GET "+home+"/runs/{run}", web.Needs(right.SeeAudit), m.show)
	rt.Page("POST "+home+"/runs/{run}/cancel", web.Needs(right.RunAudit), m.cancel)
	rt.Page("POST "+home+"/runs/{run}/again", web.Needs(right.RunAudit), m.again)
	rt.Page("GET "+home+"/changes", web.Needs(right.SeeAudit), m.changed)
	rt.Page("GET "+home+"/runs/{run}/points/{point}", web.Needs(right.SeeAudit), m.point)
	rt.Page("GET "+home+"/runs/{run}/paths", web.Needs(right.SeeAudit), m.ways)
	rt.Page("GET "+home+"/runs/{run}/paths/{way}", web.Needs(right.SeeAudit), m.way)
	rt.Page("GET "+home+"/runs/{run}/fixes", web.Needs(right.SeeAudit), m.fixes)
	rt.Page("POST "+home+"/runs/{run}/fixes", web.Needs(right.EditActions), m.planFixes)
	rt.Page("GET "+home+"/runs/{run}/findings", web.Needs(right.SeeAudit), m.others)
	rt.Page("GET "+home+"/runs/{run}/findings/{finding}", web.Needs(right.SeeAudit), m.other)
	rt.Page("POST "+home+"/runs/{run}/findings/{finding}", web.Needs(right.EditActions), m.planFinding)
	rt.Page("GET "+home+"/runs/{run}/report", web.Needs(right.SeeAudit), m.download, web.Stream())
	rt.Page("POST "+home+"/runs/{run}/actions", web.Needs(right.EditActions), m.plan)
	rt.Page("GET "+home+"/findings/{point}/acceptance", web.Needs(right.AcceptRisk), m.askAcceptance)
	rt.Page("POST "+home+"/findings/{point}/acceptance", web.Needs(right.AcceptRisk), m.accept)
	rt.Page("GET "+home+"/points/{point}/acceptance", web.Needs(right.AcceptRisk), m.askAcceptance)
	rt.Page("POST "+home+"/points/{point}/acceptance", web.Needs(right.AcceptRisk), m.accept)
	rt.Nav(web.Entry{Key: "audit.nav", Path: home, Icon: "tree", Rule: web.Needs(right.SeeAudit), Order: 20})
}

// address of the directory audits of a structure.
func address(structure string) string { return "/structures/" + structure + "/directory" }

func (m *Module) catalog(c *web.Context) guidance.Catalog {
	return m.catalogs[string(c.Printer.Lang())]
}

// runsShown is how many runs the history lists.
const runsShown = 200

// history shows the runs of a structure and how the level moved.
func (m *Module) history(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	var runs []Run
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		runs, err = runsOf(c.Ctx, tx, c.Scope, at.ID, runsShown)
		return err
	})
	if err != nil {
		return err
	}
	if s.Kind == territory.Group {
		return m.group(c, at, runs)
	}
	page := web.Page{Title: c.T("audit.title"), Place: at, Lead: c.T("audit.lead")}
	if c.May(right.RunAudit, at.Interval) && len(runs) > 0 {
		page.Actions = ui.Button{Text: c.T("audit.new"), Kind: ui.Primary, Href: address(at.ID) + "/new"}
	}
	return c.Page(page, historyBody(at.ID, historyTrend(c, at.ID, runs), compareForm(c, at.ID, runs), historyTable(c, at.ID, runs, c.May(right.RunAudit, at.Interval))))
}

// latest leads to the newest run that is done, or to the history when there is none.
func (m *Module) latest(c *web.Context) error {
	var done []Run
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		done, err = doneBefore(c.Ctx, tx, c.Scope, c.Path("structure"), "", m.service.now(), 1)
		return err
	})
	if err != nil {
		return err
	}
	if len(done) == 0 {
		return c.Redirect(address(c.Path("structure")))
	}
	return c.Redirect(address(c.Path("structure")) + "/runs/" + done[0].ID)
}

// collection is the form by which the server collects.
type collection struct {
	Server   string      `form:"server,max=255"`
	User     string      `form:"user,max=255"`
	Password string      `form:"password,max=1000"`
	Method   ldap.Method `form:"method"`
	Roots    string      `form:"roots,max=100000"`
}

// blank shows the two ways to begin an audit.
func (m *Module) blank(c *web.Context) error {
	return m.begin(c, time.Time{}, collection{Method: ldap.Auto}, nil)
}

func (m *Module) begin(c *web.Context, collected time.Time, form collection, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	form.Password = "" // never sent back
	page := web.Page{Title: c.T("audit.new"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("audit.title")}}, Errors: wrong}
	return c.Page(page, beginning(address(at.ID), m.max, collected, form, !m.service.depositsOnly, wrong))
}

// deposit reads a form of one day and one file. The file is stored as it arrives: nothing of it lies unencrypted on the disk.
func (m *Module) deposit(c *web.Context) error {
	parts, err := c.R.MultipartReader()
	if err != nil {
		return fault.Invalid(fault.Field{Key: "web.form_unreadable"}).Because(err)
	}
	var collected time.Time
	run, err := m.depositParts(c, parts, &collected)
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.begin(c, collected, collection{Method: ldap.Auto}, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(address(run.Structure) + "/runs/" + run.ID)
}

func (m *Module) depositParts(c *web.Context, parts *multipart.Reader, collected *time.Time) (Run, error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return Run{}, fault.Invalid(fault.Field{Name: "dump", Key: "audit.file_missing"})
		}
		if err != nil {
			return Run{}, fault.Invalid(fault.Field{Name: "dump", Key: "audit.upload_cut"}).Because(err)
		}
		switch {
		case part.FormName() == "collected":
			text, err := io.ReadAll(io.LimitReader(part, 64))
			if err != nil {
				return Run{}, err
			}
			if len(text) == 0 {
				continue
			}
			day, err := time.ParseInLocation(time.DateOnly, string(text), c.Printer.Zone())
			if err != nil {
				return Run{}, fault.Invalid(fault.Field{Name: "collected", Key: "web.not_day"})
			}
			*collected = day
		case part.FormName() == "dump" && part.FileName() != "":
			return m.service.Deposit(c.Ctx, c.Actor, c.Scope, c.Path("structure"), part.FileName(), *collected, part)
		}
	}
}

// collect lets the server read the directory.
func (m *Module) collect(c *web.Context) error {
	var form collection
	err := c.Decode(&form)
	var run Run
	if err == nil {
		run, err = m.service.Collect(c.Ctx, c.Actor, c.Scope, c.Path("structure"), Collection(form))
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.begin(c, time.Time{}, form, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(address(run.Structure) + "/runs/" + run.ID)
}

// found reads the run in the path.
func (m *Module) found(c *web.Context, tx *store.Tx) (Run, error) {
	run, err := runByID(c.Ctx, tx, c.Scope, c.Path("run"))
	if errors.Is(err, store.ErrNotFound) || err == nil && run.Structure != c.Path("structure") {
		return run, fault.NotFound("audit.not_found")
	}
	return run, err
}

// cancel stops a run under way.
func (m *Module) cancel(c *web.Context) error {
	var run Run
	err := m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if run, err = m.found(c, tx); err != nil {
			return err
		}
		if run.State.Over() {
			return fault.Conflict("audit.already_over")
		}
		return m.service.queue.Cancel(c.Ctx, tx, c.Scope, run.JobID)
	})
	if err != nil {
		return err
	}
	m.service.secrets.forget(run.ID)
	c.Flash(ui.Info, "audit.cancel_asked")
	return c.Redirect(address(run.Structure) + "/runs/" + run.ID)
}

// again works once more on a run that failed or was stopped, with the file that was deposited.
func (m *Module) again(c *web.Context) error {
	var run Run
	err := m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if run, err = m.found(c, tx); err != nil {
			return err
		}
		if !run.repeatable() {
			return fault.Conflict("audit.cannot_repeat")
		}
		if _, err := job.ByID(c.Ctx, tx, c.Scope, run.JobID); errors.Is(err, store.ErrNotFound) {
			return fault.Conflict("audit.cannot_repeat")
		}
		if err := m.service.queue.Again(c.Ctx, tx, c.Scope, run.JobID); err != nil {
			return err
		}
		return m.service.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "audit.again", Structure: run.Structure, Subject: "audit/" + run.ID})
	})
	if err != nil {
		return err
	}
	return c.Redirect(runHref(run))
}

// repeatable tells whether a run can be worked on again: what was deposited is still there, credentials of a collection are not.
func (r Run) repeatable() bool {
	return (r.State == Failed || r.State == Cancelled) && r.Source == Deposited
}

// known tells whether a point, or a finding beside the points, is on the list.
func known(id string) bool {
	return slices.ContainsFunc(points.Table(), func(p rule.Point) bool { return p.ID == id }) ||
		slices.ContainsFunc(findings.Rules(), func(r findings.Rule) bool { return r.ID == id })
}
