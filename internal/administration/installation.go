package administration

import (
	"context"

	"github.com/a-h/templ"

	"hygie/internal/doctor"
	"hygie/internal/job"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// machineState is what the page of the installation shows. Nothing in it is secret: no path of a key, no address of a database.
type machineState struct {
	version, address, engine string
	applied                  int64
	free                     int64 // bytes; below zero when it could not be measured
	jobs                     map[job.State]int
	structures, people       int
	fingerprint              string
}

// installation shows how the installation is.
func (m *Module) installation(c *web.Context) error {
	s := machineState{version: m.Version, address: m.Address, engine: string(m.DB.Engine()), free: -1, fingerprint: journal.Fingerprint(m.Trail.Public())}
	var err error
	if s.applied, _, err = m.DB.Version(c.Ctx); err != nil {
		return err
	}
	if free, err := m.FreeBytes(); err == nil {
		s.free = int64(min(free, 1<<62)) //nolint:gosec // bounded on the line itself
	}
	if s.jobs, s.structures, s.people, err = m.counts(c.Ctx); err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("administration.installation"), Tabs: machine(c, home)}, installationBody(s))
}

// counts reads the sizes of the installation.
func (m *Module) counts(ctx context.Context) (jobs map[job.State]int, structures, people int, err error) {
	err = m.DB.View(ctx, func(tx *store.Tx) error {
		jobs = map[job.State]int{}
		type tally struct {
			state job.State
			n     int
		}
		// Finished work is not counted: there may be much of it, and it says nothing.
		tallies, err := store.All(ctx, tx, func(row store.Row) (t tally, err error) { return t, row.Scan(&t.state, &t.n) },
			`select state, count(*) from job where state in ('waiting', 'running', 'failed') group by state`)
		if err != nil {
			return err
		}
		for _, t := range tallies {
			jobs[t.state] = t.n
		}
		if structures, err = store.One(ctx, tx, store.Column[int], `select count(*) from structure where status = 'active'`); err != nil {
			return err
		}
		people, err = store.One(ctx, tx, store.Column[int], `select count(*) from person where disabled_at = 0`)
		return err
	})
	return jobs, structures, people, err
}

func stateTerms(ctx context.Context, s machineState) []ui.Term {
	p := locale.From(ctx)
	free := p.T("administration.unknown")
	if s.free >= 0 {
		free = p.Bytes(s.free)
	}
	return []ui.Term{
		{Name: p.T("administration.version"), Value: ui.Text("hygie " + s.version)},
		{Name: p.T("administration.address"), Value: ui.Text(s.address)},
		{Name: p.T("administration.database"), Value: ui.Text(p.T("administration.engine_"+s.engine, "version", s.applied))},
		{Name: p.T("administration.disk"), Value: ui.Text(p.T("administration.disk_free", "size", free))},
		{Name: p.T("administration.structures"), Value: ui.Number(int64(s.structures))},
		{Name: p.T("administration.people"), Value: ui.Number(int64(s.people))},
		{Name: p.T("administration.jobs"), Value: ui.Text(p.T("administration.jobs_line", "running", s.jobs[job.Running], "waiting", s.jobs[job.Waiting], "failed", s.jobs[job.Failed])),
			Change: ui.Link{Href: jobsPath, Text: p.T("administration.see")}},
	}
}

// doctor shows what the examination of the installation finds.
func (m *Module) doctor(c *web.Context) error {
	findings := m.Examine(c.Ctx)
	page := web.Page{Title: c.T("administration.installation"), Tabs: machine(c, doctorPath)}
	return c.Page(page, doctorBody(doctor.Worst(findings), findings))
}

// findingTag is the outcome of a check as a word with a shape.
func findingTag(ctx context.Context, s doctor.State) templ.Component {
	t := ui.Tag{Text: locale.T(ctx, "doctor."+string(s))}
	switch s {
	case doctor.Fine:
		t.Tone = ui.Good
	case doctor.Warning:
		t.Tone = ui.Warn
	case doctor.Broken:
		t.Tone = ui.Bad
	default:
		t.Icon, t.Open = "question-circle", true
	}
	return t
}

// verdictTone is the tone of the whole examination.
func verdictTone(worst doctor.State) (tone ui.Tone, key string) {
	switch worst {
	case doctor.Fine:
		return ui.Good, "doctor.verdict_fine"
	case doctor.Broken:
		return ui.Bad, "doctor.verdict_broken"
	}
	return ui.Warn, "doctor.verdict_warning"
}

// mends tells whether something is to be done about a finding.
func mends(f doctor.Finding) bool { return f.State == doctor.Warning || f.State == doctor.Broken }
