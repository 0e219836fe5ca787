package audit

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hygie/directory/points"
	"hygie/internal/api"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
)

// DirectoryRun is a run as programs see it.
type DirectoryRun struct {
	ID          string    `json:"id"`
	State       string    `json:"state" enum:"waiting,running,done,failed,cancelled"`
	AsOf        time.Time `json:"as_of,omitzero" doc:"The moment the verdicts are about: when the directory was collected."`
	Level       int       `json:"level,omitempty" doc:"1 to 5, the lowest of the domains; absent when nothing could be decided."`
	LevelAtMost bool      `json:"level_at_most" doc:"Something could not be decided that may lower the level."`
	Partial     bool      `json:"partial" doc:"Something could not be read."`
	Report      string    `json:"report,omitempty" doc:"Id of the evidence that is the whole report, as docs/schema/directory-audit.schema.json."`
	CreatedAt   time.Time `json:"created_at"`
	FinishedAt  time.Time `json:"finished_at,omitzero"`
	Failure     string    `json:"failure,omitempty" doc:"Why it failed, in the language asked for."`
}

// DirectoryPoint is the outcome of one control point in one domain.
type DirectoryPoint struct {
	Domain       string   `json:"domain"`
	Point        string   `json:"point"`
	Title        string   `json:"title"`
	Status       string   `json:"status" enum:"passed,failed,not_evaluated"`
	FailedLevels []int    `json:"failed_levels"`
	Missing      []string `json:"missing"`
	Objects      int      `json:"objects" doc:"How many objects fail it."`
	New          int      `json:"new"`
	Fixed        int      `json:"fixed"`
}

func (m *Module) runOf(r *api.Request, run Run) DirectoryRun {
	out := DirectoryRun{ID: run.ID, State: string(run.State), AsOf: run.AsOf, Level: run.Level, LevelAtMost: run.LevelAtMost, Partial: run.Partial, Report: run.ReportID, CreatedAt: run.CreatedAt, FinishedAt: run.FinishedAt}
	if run.FailureKey != "" && run.State == Failed {
		out.Failure = r.T(run.FailureKey)
	}
	return out
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	const runs = "/structures/{structure}/directory/runs"
	see := web.Needs(right.SeeAudit)
	return []api.Operation{
		{ID: "listDirectoryRuns", Method: "GET", Path: runs, Tag: "directory", Rule: see, Answer: api.List[DirectoryRun]{}, List: true, Summary: "Directory audits of a structure, the latest first", Handle: m.apiRuns},
		{ID: "getDirectoryRun", Method: "GET", Path: runs + "/{run}", Tag: "directory", Rule: see, Answer: DirectoryRun{}, Summary: "One directory audit: ask again until its state is done or failed",
			Handle: func(r *api.Request) (api.Reply, error) {
				run, err := m.apiRun(r)
				return api.Reply{Value: m.runOf(r, run)}, err
			}},
		{ID: "listDirectoryFindings", Method: "GET", Path: runs + "/{run}/findings", Tag: "directory", Rule: see, Answer: api.List[DirectoryPoint]{}, List: true,
			Summary: "Control points that fail, or could not be decided", Query: []api.Param{{Name: "status", Doc: "passed, failed or not_evaluated; failed and not_evaluated when absent."}}, Handle: m.apiFindings},
		{ID: "addDirectoryRun", Method: "POST", Path: runs, Tag: "directory", Rule: web.Needs(right.RunAudit), Raw: "application/octet-stream", MaxBody: m.max, Answer: DirectoryRun{}, Status: http.StatusAccepted,
			Summary: "Deposit a collected directory to be audited", Doc: "The body is what hygie directory collect wrote, or an LDIF file. The audit is done in the background.",
			Query: []api.Param{{Name: "name", Doc: "Of the file.", Need: true}, {Name: "collected", Doc: "The day of the collection, for files that do not say it."}}, Handle: m.apiDeposit},
	}
}

func (m *Module) apiRun(r *api.Request) (run Run, err error) {
	err = m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
		run, err = m.found(r.Context, tx)
		return err
	})
	return run, err
}

func (m *Module) apiRuns(r *api.Request) (api.Reply, error) {
	after, err := r.After()
	if err != nil {
		return api.Reply{}, err
	}
	const most = 10_000
	var all []Run
	err = m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
		all, err = runsOf(r.Ctx, tx, r.Scope, r.Path("structure"), most)
		return err
	})
	slices.SortFunc(all, func(a, b Run) int { return strings.Compare(b.ID, a.ID) }) // ids follow creation
	items := []DirectoryRun{}
	for _, run := range all {
		if after == "" || run.ID < after {
			items = append(items, m.runOf(r, run))
		}
	}
	return api.Reply{Value: api.Page(items, r.Limit(), func(d DirectoryRun) string { return d.ID })}, err
}

func (m *Module) apiFindings(r *api.Request) (api.Reply, error) {
	after, err := r.After()
	if err != nil {
		return api.Reply{}, err
	}
	run, err := m.apiRun(r)
	if err != nil {
		return api.Reply{}, err
	}
	var rows []Point
	err = m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
		rows, err = pointsOf(r.Ctx, tx, run.ID)
		return err
	})
	key := func(p DirectoryPoint) string { return p.Domain + " " + p.Point }
	items := []DirectoryPoint{}
	for _, p := range rows {
		text, _ := m.catalog(r.Context).Point(p.ID)
		one := DirectoryPoint{Domain: p.Domain, Point: p.ID, Title: text.Title, Status: string(p.Status), FailedLevels: orNone(p.FailedLevels), Missing: orNone(p.Missing), Objects: p.Total, New: p.Fresh, Fixed: p.Fixed}
		if status := r.Query("status"); (status == "" && p.Status != points.Passed || status == one.Status) && (after == "" || key(one) > after) {
			items = append(items, one)
		}
	}
	slices.SortFunc(items, func(a, b DirectoryPoint) int { return strings.Compare(key(a), key(b)) })
	return api.Reply{Value: api.Page(items, r.Limit(), key)}, err
}

// orNone makes an absent list an empty one.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (m *Module) apiDeposit(r *api.Request) (api.Reply, error) {
	collected, err := r.Moment("collected")
	if err != nil {
		return api.Reply{}, err
	}
	run, err := m.service.Deposit(r.Ctx, r.Actor, r.Scope, r.Path("structure"), r.Query("name"), collected, r.R.Body)
	if err != nil {
		return api.Reply{}, err
	}
	return api.Reply{Value: m.runOf(r, run), Location: api.Prefix + address(run.Structure) + "/runs/" + run.ID}, nil
}
