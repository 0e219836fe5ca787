package administration

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"syscall"
	"time"

	"hygie/internal/fault"
	"hygie/internal/finess"
	"hygie/internal/job"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// filters are what an import is narrowed to, as the form sends it.
type filters struct {
	Regions     []string        `form:"regions,max=3"`
	Sectors     []finess.Sector `form:"sectors,max=10"`
	CloseAbsent bool            `form:"close_absent"`
}

func sectors() []finess.Sector { return []finess.Sector{finess.Health, finess.Social, finess.Other} }

// check refuses what no region or sector is called.
func (f filters) check() error {
	for _, code := range f.Regions {
		if !slices.ContainsFunc(official.Regions(), func(r official.Region) bool { return r.Code == code }) {
			return fault.Invalid(fault.Field{Name: "regions", Key: "administration.region_unknown"})
		}
	}
	for _, s := range f.Sectors {
		if !slices.Contains(sectors(), s) {
			return fault.Invalid(fault.Field{Name: "sectors", Key: "administration.sector_unknown"})
		}
	}
	return nil
}

// finess shows the form of an import, the ways to begin, and what was imported.
func (m *Module) finess(c *web.Context) error { return m.finessForm(c, filters{}, nil) }

func (m *Module) finessForm(c *web.Context, f filters, wrong ui.Errors) error {
	history, empty, err := m.history(c)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("administration.finess"), Lead: c.T("administration.finess_lead"), Errors: wrong}
	return c.Page(page, finessBody(f, m.largest, empty, historyTable(c, history), wrong))
}

// done is an import that was applied.
type done struct {
	id, form, date           string
	created, changed, closed int64
	applied                  time.Time
	who                      string // empty when the command line did it
}

// historyShown is how many imports the page lists.
const historyShown = 20

// history reads the latest imports with who applied them, and whether the territory is empty.
func (m *Module) history(c *web.Context) (list []done, empty bool, err error) {
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		if list, err = store.All(c.Ctx, tx, func(row store.Row) (d done, err error) {
			var applied int64
			err = row.Scan(&d.id, &d.form, &d.date, &d.created, &d.changed, &d.closed, &applied)
			d.applied = store.Time(applied)
			return d, err
		}, `select id, form, file_date, created, changed, closed, applied_at from finess_import order by applied_at desc, id desc limit $1`, historyShown); err != nil {
			return err
		}
		for i := range list {
			lines, err := m.Trail.List(c.Ctx, tx, c.Scope, trail.Filter{Subject: "finess/" + list[i].id, Limit: 1})
			if err != nil {
				return err
			}
			for _, line := range lines {
				names, err := people.Names(c.Ctx, tx, line.Actor)
				if err != nil {
					return err
				}
				list[i].who = names[line.Actor]
			}
		}
		used, err := store.One(c.Ctx, tx, store.Column[bool], `select exists (select 1 from structure)`)
		empty = !used
		return err
	})
	return list, empty, err
}

// upload takes a published file in and begins its preview.
func (m *Module) upload(c *web.Context) error {
	var f filters
	var o order
	err := c.Upload(&f, "file", m.largest, func(name string, content io.Reader) error {
		if err := f.check(); err != nil {
			return err
		}
		sum := sha256.New()
		file, size, err := m.keep(content, sum)
		if errors.Is(err, syscall.ENOSPC) {
			return fault.Conflict("administration.disk_full").Because(err)
		}
		o = order{File: file, Name: proof.SafeName(name), Digest: hex.EncodeToString(sum.Sum(nil)), Size: size, Regions: f.Regions, Sectors: f.Sectors, CloseAbsent: f.CloseAbsent}
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.finessForm(c, f, wrong)
	}
	if err != nil {
		return err
	}
	return m.enqueue(c, job.New{Kind: PreviewKind, Args: o})
}

// enqueue begins a job and leads to its page.
func (m *Module) enqueue(c *web.Context, n job.New) error {
	n.CreatedBy, n.MaxAttempts = c.Actor.Person, 3
	var id string
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		id, err = m.Queue.Enqueue(c.Ctx, tx, n)
		return err
	})
	if err != nil {
		return err
	}
	return c.Redirect(finessPath + "/" + id)
}

// work is a job of an import with what it was asked and what came of it.
type work struct {
	job.Job
	order
	outcome
}

// found reads the job in the path.
func (m *Module) found(c *web.Context) (w work, err error) {
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		w.Job, err = job.ByID(c.Ctx, tx, c.Scope, c.Path("job"))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && w.Kind != PreviewKind && w.Kind != ImportKind {
		return w, fault.NotFound("administration.no_such_job")
	}
	if err != nil {
		return w, err
	}
	err = errors.Join(json.Unmarshal(w.Args, &w.order), json.Unmarshal(w.Result, &w.outcome))
	return w, err
}

// importPage shows a preview or an import: its progress, why it failed, or what it says.
func (m *Module) importPage(c *web.Context) error {
	w, err := m.found(c)
	if err != nil {
		return err
	}
	return m.showImport(c, w, nil)
}

func (m *Module) showImport(c *web.Context, w work, wrong ui.Errors) error {
	title := c.T("administration.preview")
	if w.Kind == ImportKind {
		title = c.T("administration.import")
	}
	page := web.Page{Title: title, Over: w.Name, Crumbs: []ui.Link{{Href: finessPath, Text: c.T("administration.finess")}}, Errors: wrong}
	if !w.State.Ended() {
		page.Refresh = 2
		message := ""
		if w.Message != "" {
			message = c.T(w.Message)
		}
		here := finessPath + "/" + w.ID
		return c.Page(page, ui.Progress{ID: "import", Label: title, Status: ui.Status(w.State), Done: w.Job.Done, Total: w.Job.Total, Message: message, Href: here, Cancel: here + "/cancel"})
	}
	return c.Page(page, m.importBody(c, w, wrong))
}

// previewAgain looks at the same file with other filters.
func (m *Module) previewAgain(c *web.Context) error {
	w, err := m.found(c)
	if err != nil {
		return err
	}
	var f filters
	if err = c.Decode(&f); err == nil {
		err = f.check()
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showImport(c, w, wrong)
	}
	if err != nil {
		return err
	}
	o := w.order
	o.Regions, o.Sectors, o.CloseAbsent = f.Regions, f.Sectors, f.CloseAbsent
	return m.enqueue(c, job.New{Kind: PreviewKind, Args: o})
}

// apply does what a preview showed. One import runs at a time: a second one leads to the page of the first.
func (m *Module) apply(c *web.Context) error {
	w, err := m.found(c)
	if err != nil {
		return err
	}
	if w.Kind != PreviewKind || w.State != job.Done || w.Failure != "" {
		return fault.Conflict("administration.no_preview")
	}
	var form struct {
		AllowOlder bool `form:"allow_older"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	if w.OlderThan != "" && !form.AllowOlder {
		return m.showImport(c, w, ui.Errors{{Name: "allow_older", Key: "administration.older_unconfirmed"}})
	}
	o := w.order
	o.AllowOlder = form.AllowOlder
	return m.enqueue(c, job.New{Kind: ImportKind, Args: o, Unique: "import"})
}

// cancel stops a job of an import. What an import did so far is undone, since it is one transaction.
func (m *Module) cancel(c *web.Context) error {
	w, err := m.found(c)
	if err != nil {
		return err
	}
	if err := m.DB.Update(c.Ctx, func(tx *store.Tx) error { return m.Queue.Cancel(c.Ctx, tx, c.Scope, w.ID) }); err != nil {
		return err
	}
	return c.Redirect(finessPath + "/" + w.ID)
}

// begin makes the nation and its regions in an empty territory, for an installation that does without FINESS.
func (m *Module) begin(c *web.Context) error {
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) error { return m.plant(c, tx) })
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.begun")
	return c.Redirect("/structures")
}

func (m *Module) plant(c *web.Context, tx *store.Tx) error {
	ctx := c.Ctx
	used, err := store.One(ctx, tx, store.Column[bool], `select exists (select 1 from structure)`)
	if err != nil {
		return err
	}
	if used {
		return fault.Conflict("territory.root_exists")
	}
	batch := territory.NewBatch(tx, c.Scope, m.Now())
	nation, err := batch.Insert(ctx, territory.Draft{Kind: territory.Nation, Name: "France"})
	if err != nil {
		return err
	}
	for _, r := range official.Regions() {
		if _, err := batch.Insert(ctx, territory.Draft{Parent: nation.ID, Kind: territory.Region, Code: r.Code, Name: r.Name, NameSource: territory.NameFiness}); err != nil {
			return err
		}
	}
	if err := batch.Flush(ctx); err != nil {
		return err
	}
	return m.Trail.Append(ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.begin", Structure: string(nation.ID)})
}
