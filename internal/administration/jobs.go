package administration

import (
	"errors"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// jobs lists the work in the background, latest first.
func (m *Module) jobs(c *web.Context) error {
	q := ui.ReadQuery(c.R.URL, nil, "")
	filter := job.Filter{Before: q.After, Limit: q.Size + 1}
	if state := job.State(q.Get("state")); state.Valid() {
		filter.States = []job.State{state}
	}
	var list []job.Job
	var names map[string]string
	err := m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if list, err = job.List(c.Ctx, tx, c.Scope, filter); err != nil {
			return err
		}
		ids := make([]string, len(list))
		for i, j := range list {
			ids[i] = j.Structure
		}
		names, err = structureNames(c.Ctx, tx, c.Scope, ids...)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("administration.installation"), Tabs: machine(c, jobsPath)}, m.jobTable(c, q, list, names))
}

func (m *Module) jobTable(c *web.Context, q ui.Query, list []job.Job, names map[string]string) templ.Component {
	options := []ui.Option{{Value: "", Text: c.T("administration.all")}}
	for _, s := range []job.State{job.Waiting, job.Running, job.Failed, job.Cancelled, job.Done} {
		options = append(options, ui.Option{Value: string(s), Text: c.T(jobStatus(s).MessageKey())})
	}
	table := ui.Table{ID: "jobs", Caption: c.T("administration.jobs"), Query: q, Total: -1,
		Columns: []ui.Column{{Text: c.T("administration.job")}, {Text: c.T("administration.structure")}, {Text: c.T("administration.state")}, {Text: c.T("administration.asked")}, {Text: c.T("administration.attempts"), End: true}, {Text: c.T("administration.acts")}},
		Filters: []ui.Field{{Name: "state", Label: c.T("administration.state"), Kind: ui.SelectField, Options: options}},
		Empty:   ui.Empty{Title: c.T("administration.no_job"), Text: c.T("administration.no_job_text")}}
	if len(list) > q.Size {
		list = list[:q.Size]
		table.Pager = ui.Pager{Next: q.With("after", list[len(list)-1].ID), Total: -1}
	}
	if q.After != "" {
		table.Pager.Previous, table.Pager.Total = q.With("after", ""), -1
	}
	for _, j := range list {
		table.Rows = append(table.Rows, ui.Row{ID: "job-" + j.ID, Cells: []templ.Component{
			jobName(jobKind(c, j.Kind), firstLine(j.Error)), ui.Text(names[j.Structure]), jobStatus(j.State), ui.Text(c.Printer.DateTime(j.CreatedAt)), ui.Number(int64(j.Attempt)), jobActs(j),
		}})
	}
	return table
}

// jobStatus is a state in the words of work: what failed is a control point elsewhere.
func jobStatus(s job.State) ui.Status {
	if s == job.Failed {
		return ui.Broken
	}
	return ui.Status(s)
}

// jobKind is how the reader calls a kind of work.
func jobKind(c *web.Context, kind string) string {
	if key := "administration.job_" + strings.ReplaceAll(kind, ".", "_"); c.Printer.Has(key) {
		return c.T(key)
	}
	return kind
}

// firstLine keeps what a page can show of a technical error; the log has the rest.
func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:299]) + "…"
	}
	return text
}

// again puts work that failed or was stopped back.
func (m *Module) again(c *web.Context) error {
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		j, err := job.ByID(c.Ctx, tx, c.Scope, c.Path("job"))
		if errors.Is(err, store.ErrNotFound) {
			return fault.NotFound("administration.no_such_job")
		}
		if err != nil {
			return err
		}
		if !slices.Contains([]job.State{job.Failed, job.Cancelled}, j.State) {
			return fault.Conflict("administration.job_not_over")
		}
		if err := m.Queue.Again(c.Ctx, tx, c.Scope, j.ID); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "job.again", Structure: j.Structure, Subject: "job/" + j.ID, Data: trail.Data(map[string]any{"kind": j.Kind})})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.job_again")
	return c.Redirect(jobsPath)
}
