package exposure

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"hygie/exposure/check"
	"hygie/exposure/report"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Module serves the pages.
type Module struct {
	service *Service
	db      *store.DB
}

// NewModule makes the pages of a service.
func NewModule(s *Service) *Module { return &Module{service: s, db: s.db} }

// Largest files that may be brought.
const maxFacts = 512 << 20

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	const home = "/structures/{structure}/exposure"
	see, run, plan, accept := web.Needs(right.SeeAudit), web.Needs(right.RunAudit), web.Needs(right.EditActions), web.Needs(right.AcceptRisk)
	rt.Page("GET "+home, see, m.home)
	rt.Page("GET "+home+"/perimeter", see, m.perimeter)
	rt.Page("POST "+home+"/perimeter", run, m.declare)
	rt.Page("POST "+home+"/perimeter/file", run, m.bringPerimeter, web.MaxBody(maxDeclaration+1<<20))
	rt.Page("POST "+home+"/sources", run, m.bringSource, web.MaxBody(maxSource+1<<20))
	rt.Page("POST "+home+"/sources/{source}/remove", run, m.removeSource)
	rt.Page("GET "+home+"/proofs", see, m.proofs)
	rt.Page("POST "+home+"/proofs", run, m.prove, web.Stream())
	rt.Page("POST "+home+"/mandates", run, m.addMandate, web.MaxBody(64<<20))
	rt.Page("POST "+home+"/mandates/{evidence}/revoke", run, m.revokeMandate)
	rt.Page("POST "+home+"/runs", run, m.start)
	rt.Page("POST "+home+"/facts", run, m.deposit, web.MaxBody(maxFacts), web.Stream())
	rt.Page("POST "+home+"/schedule", run, m.schedule)
	rt.Page("GET "+home+"/imports", see, m.imports)
	rt.Page("POST "+home+"/imports", run, m.bringForeign, web.MaxBody(maxForeign+1<<20))
	rt.Page("POST "+home+"/imports/{import}/remove", run, m.removeImport)
	rt.Page("GET "+home+"/runs/{run}", see, m.show)
	rt.Page("POST "+home+"/runs/{run}/cancel", run, m.cancel)
	rt.Page("GET "+home+"/runs/{run}/findings", see, m.findings)
	rt.Page("GET "+home+"/runs/{run}/findings/{finding}", see, m.finding)
	rt.Page("GET "+home+"/runs/{run}/findings/{finding}/acceptance", accept, m.askAcceptance)
	rt.Page("POST "+home+"/runs/{run}/findings/{finding}/acceptance", accept, m.accept)
	rt.Page("POST "+home+"/runs/{run}/actions", plan, m.planActions)
	rt.Page("GET "+home+"/runs/{run}/map", see, m.assets)
	rt.Page("GET "+home+"/runs/{run}/changes", see, m.changes)
	rt.Page("GET "+home+"/runs/{run}/coverage", see, m.coverage)
	rt.Page("GET "+home+"/runs/{run}/report", see, m.download, web.Stream())
	rt.Page("GET /administration/exposure-knowledge", web.NeedsEverywhere(right.Administer), m.knowledgePage)
	rt.Page("POST /administration/exposure-knowledge", web.NeedsEverywhere(right.Administer), m.bringKnowledge, web.MaxBody(maxBundle+1<<20))
	rt.Nav(web.Entry{Key: "exposure.nav", Path: home, Icon: "shield", Rule: see, Order: 21},
		web.Entry{Key: "exposure.knowledge_nav", Group: "account.administration", Path: "/administration/exposure-knowledge", Icon: "book", Rule: web.NeedsEverywhere(right.Administer), Order: 935})
}

// address of the exposure audits of a structure.
func address(structure string) string { return "/structures/" + structure + "/exposure" }

func runHref(r Run) string { return address(r.Structure) + "/runs/" + r.ID }

// runsShown is how many runs the home page lists.
const runsShown = 200

// homeView is what the home page shows.
type homeView struct {
	Structure    string
	Declarations []Declaration
	Owner        Owner
	Runs         []Run
	Calendar     Calendar
	Mending      mending
	Latest       *report.Report // of the latest run that is done
	LatestRun    Run
	Known        []Brought
	mayRun       bool
}

// proven counts the items of the declaration that are proven.
func (v homeView) proven() (proven, all int) {
	if len(v.Declarations) == 0 || v.Owner.ProofHash != v.Declarations[0].Hash {
		return 0, 0
	}
	for _, p := range v.Owner.Proofs {
		if p.By != "" {
			proven++
		}
	}
	return proven, len(v.Owner.Proofs)
}

func (m *Module) home(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	v := homeView{Structure: at.ID, mayRun: c.May(right.RunAudit, at.Interval)}
	var evidence proof.Evidence
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Declarations, err = declarations(c.Ctx, tx, c.Scope, at.ID, 1); err != nil {
			return err
		}
		if v.Owner, err = ownerOf(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		if v.Runs, err = runsOf(c.Ctx, tx, c.Scope, at.ID, runsShown); err != nil {
			return err
		}
		if v.Mending, err = mendingOf(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		if v.Known, err = bundles(c.Ctx, tx, 1); err != nil {
			return err
		}
		for _, r := range v.Runs {
			if r.State == Done {
				v.LatestRun = r
				evidence, err = proof.ByID(c.Ctx, tx, c.Scope, r.ReportID)
				break
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	v.Calendar = calendar(v.Runs, c.Now())
	if evidence.ID != "" {
		if v.Latest, err = m.report(c, evidence); err != nil {
			return err
		}
	}
	page := web.Page{Title: c.T("exposure.title"), Place: at, Lead: c.T("exposure.lead"), Tabs: homeTabs(c, at.ID, address(at.ID))}
	return c.Page(page, homeBody(v, runsTable(c, v)))
}

// report reads a stored report in the reader's language.
func (m *Module) report(c *web.Context, e proof.Evidence) (*report.Report, error) {
	r, err := m.service.readReport(c.Ctx, e)
	if err != nil {
		return nil, err
	}
	return r.In(string(c.Printer.Lang()))
}

func homeTabs(c *web.Context, structure, here string) []ui.Tab {
	var tabs []ui.Tab
	for _, t := range []struct{ href, key string }{{"", "exposure.tab_home"}, {"/perimeter", "exposure.tab_perimeter"}, {"/proofs", "exposure.tab_proofs"}, {"/imports", "exposure.tab_imports"}} {
		href := address(structure) + t.href
		tabs = append(tabs, ui.Tab{Link: ui.Link{Href: href, Text: c.T(t.key)}, Current: href == here})
	}
	return tabs
}

// found reads the run in the path.
func (m *Module) found(c *web.Context, tx *store.Tx) (Run, error) {
	run, err := runByID(c.Ctx, tx, c.Scope, c.Path("run"))
	if errors.Is(err, store.ErrNotFound) || err == nil && run.Structure != c.Path("structure") {
		return run, fault.NotFound("exposure.not_found")
	}
	return run, err
}

// start asks for an audit.
func (m *Module) start(c *web.Context) error {
	run, err := m.service.Start(c.Ctx, c.Actor, c.Scope, c.Path("structure"))
	if err != nil {
		return err
	}
	return c.Redirect(runHref(run))
}

// deposit takes a file of facts in.
func (m *Module) deposit(c *web.Context) error {
	var run Run
	var form struct{}
	err := c.Upload(&form, "facts", maxFacts, func(name string, content io.Reader) (err error) {
		run, err = m.service.Deposit(c.Ctx, c.Actor, c.Scope, c.Path("structure"), name, content)
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		c.Flash(ui.Bad, wrong[0].Key, wrong[0].Args...)
		return c.Redirect(address(c.Path("structure")))
	}
	if err != nil {
		return err
	}
	return c.Redirect(runHref(run))
}

// schedule sets how often the platform looks by itself.
func (m *Module) schedule(c *web.Context) error {
	var form struct {
		Every int `form:"every"`
	}
	err := c.Decode(&form)
	if err == nil {
		err = m.service.Schedule(c.Ctx, c.Actor, c.Scope, c.Path("structure"), form.Every)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		c.Flash(ui.Bad, "exposure.bad_schedule")
		return c.Redirect(address(c.Path("structure")))
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.schedule_saved")
	return c.Redirect(address(c.Path("structure")))
}

// cancel stops a run under way.
func (m *Module) cancel(c *web.Context) error {
	var run Run
	err := m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if run, err = m.found(c, tx); err != nil {
			return err
		}
		if run.State.Over() {
			return fault.Conflict("exposure.already_over")
		}
		return m.service.queue.Cancel(c.Ctx, tx, c.Scope, run.JobID)
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Info, "exposure.cancel_asked")
	return c.Redirect(runHref(run))
}

// severityKey is the message that names a severity.
func severityKey(s check.Severity) string { return "exposure.severity_" + string(s) }

// countsText writes open findings by severity, the gravest first.
func countsText(c *web.Context, n Counts) string {
	var parts []string
	for _, each := range []struct {
		count int
		key   string
	}{{n.Critical, "exposure.n_critical"}, {n.Major, "exposure.n_major"}, {n.Important, "exposure.n_important"}, {n.Minor, "exposure.n_minor"}} {
		if each.count > 0 {
			parts = append(parts, c.T(each.key, "count", each.count))
		}
	}
	if len(parts) == 0 {
		return c.T("exposure.n_none")
	}
	return strings.Join(parts, ", ")
}

func itoa(n int) string { return strconv.Itoa(n) }
