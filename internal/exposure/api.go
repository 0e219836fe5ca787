package exposure

import (
	"slices"
	"strings"
	"time"

	"hygie/exposure/report"
	"hygie/internal/api"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
)

// ExposureRun is a run as programs see it.
type ExposureRun struct {
	ID         string    `json:"id"`
	State      string    `json:"state" enum:"waiting,running,done,failed,cancelled"`
	AsOf       time.Time `json:"as_of,omitzero"`
	Grade      string    `json:"grade,omitempty" doc:"A to F; absent when nothing was seen."`
	Holds      bool      `json:"holds" doc:"Nothing is open above the threshold."`
	Partial    bool      `json:"partial"`
	Critical   int       `json:"critical"`
	Major      int       `json:"major"`
	Important  int       `json:"important"`
	Minor      int       `json:"minor"`
	Report     string    `json:"report,omitempty" doc:"Id of the evidence that is the whole report, as docs/schema/exposure-audit.schema.json."`
	CreatedAt  time.Time `json:"created_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
}

// ExposureFinding is one finding.
type ExposureFinding struct {
	ID       string `json:"id" doc:"The same in every run."`
	Check    string `json:"check"`
	Severity string `json:"severity"`
	Asset    string `json:"asset"`
	Endpoint string `json:"endpoint,omitempty"`
	Title    string `json:"title"`
	Status   string `json:"status" doc:"new, persisting, back, fixed or unverified."`
}

func exposureRunOf(r Run) ExposureRun {
	return ExposureRun{ID: r.ID, State: string(r.State), AsOf: r.AsOf, Grade: r.Grade, Holds: r.Holds, Partial: r.Partial, Critical: r.Counts.Critical, Major: r.Counts.Major,
		Important: r.Counts.Important, Minor: r.Counts.Minor, Report: r.ReportID, CreatedAt: r.CreatedAt, FinishedAt: r.FinishedAt}
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	const runs = "/structures/{structure}/exposure/runs"
	see := web.Needs(right.SeeAudit)
	return []api.Operation{
		{ID: "listExposureRuns", Method: "GET", Path: runs, Tag: "exposure", Rule: see, Answer: api.List[ExposureRun]{}, List: true, Summary: "Exposure audits of a structure, the latest first", Handle: m.apiRuns},
		{ID: "getExposureRun", Method: "GET", Path: runs + "/{run}", Tag: "exposure", Rule: see, Answer: ExposureRun{}, Summary: "One exposure audit",
			Handle: func(r *api.Request) (api.Reply, error) {
				run, _, err := m.apiRun(r, false)
				return api.Reply{Value: exposureRunOf(run)}, err
			}},
		{ID: "listExposureFindings", Method: "GET", Path: runs + "/{run}/findings", Tag: "exposure", Rule: see, Answer: api.List[ExposureFinding]{}, List: true, Summary: "Findings of an exposure audit", Handle: m.apiFindings},
	}
}

// apiRun reads the run in the path, and its report when that is wanted.
func (m *Module) apiRun(r *api.Request, whole bool) (run Run, read *report.Report, err error) {
	var evidence proof.Evidence
	err = m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
		if run, err = m.found(r.Context, tx); err != nil || !whole {
			return err
		}
		if run.State != Done {
			return fault.Conflict("api.not_done")
		}
		evidence, err = proof.ByID(r.Ctx, tx, r.Scope, run.ReportID)
		return err
	})
	if err != nil || !whole {
		return run, nil, err
	}
	read, err = m.report(r.Context, evidence)
	return run, read, err
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
	items := []ExposureRun{}
	for _, run := range all {
		if after == "" || run.ID < after {
			items = append(items, exposureRunOf(run))
		}
	}
	return api.Reply{Value: api.Page(items, r.Limit(), func(e ExposureRun) string { return e.ID })}, err
}

func (m *Module) apiFindings(r *api.Request) (api.Reply, error) {
	after, err := r.After()
	if err != nil {
		return api.Reply{}, err
	}
	_, read, err := m.apiRun(r, true)
	if err != nil {
		return api.Reply{}, err
	}
	items := []ExposureFinding{}
	for _, f := range read.Findings {
		if after == "" || f.ID > after {
			items = append(items, ExposureFinding{ID: f.ID, Check: f.Check, Severity: string(f.Severity), Asset: f.Asset, Endpoint: f.Endpoint, Title: f.Title, Status: string(f.Status)})
		}
	}
	slices.SortFunc(items, func(a, b ExposureFinding) int { return strings.Compare(a.ID, b.ID) })
	return api.Reply{Value: api.Page(items, r.Limit(), func(f ExposureFinding) string { return f.ID })}, nil
}
