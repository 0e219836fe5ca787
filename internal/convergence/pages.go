package convergence

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// Module serves the pages.
type Module struct {
	db    *store.DB
	vault Vault
	trail *trail.Trail
	now   func() time.Time
}

// New makes the module.
func New(db *store.DB, vault Vault, t *trail.Trail, now func() time.Time) *Module {
	return &Module{db: db, vault: vault, trail: t, now: now}
}

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	const home = "/structures/{structure}/convergence"
	rt.Page("GET "+home, web.Needs(right.SeePosture), m.show)
	rt.Page("GET "+home+"/edit", web.Needs(right.EditActions), m.edit)
	rt.Page("POST "+home, web.Needs(right.EditActions), m.change)
	rt.Page("GET "+home+"/document", web.Needs(right.SeePosture), m.document)
	rt.Page("POST "+home+"/deposit", web.Needs(right.AddProof), m.deposit)
}

func address(structure string) string { return "/structures/" + structure + "/convergence" }

// member is a full member of the group, with where its directory stands.
type member struct {
	territory.Member
	Level    int // 0: never measured, or out of the reader's reach
	AtMost   bool
	Measured time.Time
}

// view is everything the page shows.
type view struct {
	Group      territory.Structure
	Trajectory Trajectory
	Members    []member
	Deposited  proof.Evidence
	Deposit    bool // a document is deposited
	Stale      bool // the trajectory changed since

	mayEdit, mayDeposit, seeProof bool
}

// load reads the group in the path with its trajectory. Other structures have none.
func (m *Module) load(c *web.Context) (view, *web.Place, error) {
	var v view
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return v, nil, err
	}
	if s.Kind != territory.Group {
		return v, nil, fault.NotFound("convergence.not_a_group")
	}
	v = view{Group: s, mayEdit: c.May(right.EditActions, s.Interval), mayDeposit: c.May(right.AddProof, s.Interval), seeProof: c.May(right.SeeProof, s.Interval)}
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Trajectory, err = Of(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		if v.Members, err = m.members(c, tx, s); err != nil {
			return err
		}
		v.Deposited, v.Deposit, err = latest(c.Ctx, tx, c.Scope, at.ID, m.now())
		v.Stale = v.Deposit && v.Trajectory.Updated.After(v.Deposited.DepositedAt)
		return err
	})
	return v, at, err
}

func (m *Module) members(c *web.Context, tx *store.Tx, s territory.Structure) ([]member, error) {
	posture := right.Visible(c.Actor, right.SeePosture)
	all, err := territory.Members(c.Ctx, tx, posture, s.ID)
	if err != nil {
		return nil, err
	}
	var list []member
	var ids []string
	for _, one := range all {
		if one.Role.Full() {
			list = append(list, member{Member: one})
			ids = append(ids, string(one.Subject.ID))
		}
	}
	levels, err := proof.Latest(c.Ctx, tx, posture, "directory.level", m.now(), ids...)
	if err != nil {
		return nil, err
	}
	bounds, err := proof.Latest(c.Ctx, tx, posture, "directory.level_upper_bound", m.now(), ids...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		id := string(list[i].Subject.ID)
		if f, ok := levels[id]; ok {
			list[i].Level, list[i].AtMost, list[i].Measured = int(f.Value.Number), bounds[id].Value.Bool, f.ObservedAt
		}
	}
	return list, nil
}

// show is the page of a trajectory.
func (m *Module) show(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("convergence.title"), Lead: c.T("convergence.lead"), Place: at, Crumbs: []ui.Link{{Href: "/structures/" + at.ID + "/directory", Text: c.T("convergence.directories")}}}
	page.Actions = actions(v)
	return c.Page(page, showBody(v))
}

// edit is its form.
func (m *Module) edit(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	return m.form(c, at, v.Trajectory, nil)
}

// spare is how many empty lines a form offers after the steps.
const spare = 4

func (m *Module) form(c *web.Context, at *web.Place, t Trajectory, wrong ui.Errors) error {
	page := web.Page{Title: c.T("convergence.edit"), Place: at, Errors: wrong, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("convergence.title")}}}
	lines := t.Steps
	for range min(spare, mostSteps-len(t.Steps)) {
		lines = append(lines, Step{State: Planned})
	}
	return c.Page(page, editor(t, lines, wrong))
}

// change saves the form. A line without any text is left out.
func (m *Module) change(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	var form struct {
		Target  string `form:"target"`
		Version int64  `form:"version"`
	}
	err = c.Decode(&form)
	t := Trajectory{Structure: at.ID, Target: form.Target, Version: form.Version}
	wrong := ui.ErrorsOf(err)
	if err != nil && wrong == nil {
		return err
	}
	t.Steps, wrong = readSteps(c, wrong)
	if len(wrong) == 0 {
		err = m.save(c.Ctx, c.Actor, c.Scope, t)
		if fault.KindOf(err) == fault.KindConflict {
			t.Version = v.Trajectory.Version // saving again then means it
			err = fault.Invalid(fault.Field{Key: "convergence.changed_meanwhile", Args: []any{"name", v.Trajectory.ByName}})
		}
		wrong = ui.ErrorsOf(err)
	}
	if len(wrong) > 0 {
		return m.form(c, at, t, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "convergence.saved")
	return c.Redirect(address(at.ID))
}

// field names one field of a step, from 0.
func field(name string, i int) string { return name + "-" + strconv.Itoa(i) }

// readSteps reads the lines of the form, already parsed.
func readSteps(c *web.Context, wrong ui.Errors) ([]Step, ui.Errors) {
	text := func(name string, i int) string {
		return strings.TrimSpace(strings.ToValidUTF8(c.R.Form.Get(field(name, i)), ""))
	}
	var steps []Step
	for i := range mostSteps {
		s := Step{Title: text("title", i), Owner: text("owner", i), State: State(text("state", i))}
		day := text("due", i)
		if s.Title == "" && s.Owner == "" && day == "" {
			continue
		}
		if day != "" {
			due, err := time.ParseInLocation(time.DateOnly, day, c.Printer.Zone())
			if err != nil || due.Year() < 1990 || due.Year() > 2200 {
				wrong = append(wrong, fault.Field{Name: field("due", len(steps)), Key: "web.not_day"})
			} else {
				s.Due = due
			}
		}
		steps = append(steps, s)
	}
	return steps, wrong
}

// document gives the page to hand on, or the same as a spreadsheet.
func (m *Module) document(c *web.Context) error {
	v, _, err := m.load(c)
	if err != nil {
		return err
	}
	if c.Query("format") == "ods" {
		var b bytes.Buffer
		if err := writeODS(&b, c, v); err != nil {
			return err
		}
		c.Download(strings.TrimSuffix(fileName(c), ".html")+".ods", odsType)
		_, err = c.W.Write(b.Bytes())
		return err
	}
	content, err := m.render(c, v)
	if err != nil {
		return err
	}
	c.Download(fileName(c), "text/html; charset=utf-8")
	_, err = c.W.Write(content)
	return err
}

func fileName(c *web.Context) string {
	return c.T("convergence.file") + "-" + c.Printer.ISODay(c.Now()) + ".html"
}

// render writes the document: one file that opens without a network and prints.
func (m *Module) render(c *web.Context, v view) ([]byte, error) {
	var b bytes.Buffer
	if err := sheet(v, m.now()).Render(c.Ctx, &b); err != nil {
		return nil, fmt.Errorf("write the convergence document: %w", err)
	}
	return b.Bytes(), nil
}

// deposit keeps the document as evidence of the group, in the place of the one before.
func (m *Module) deposit(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	if lacking := v.Trajectory.missing(); len(lacking) > 0 {
		return fault.Conflict(lacking[0])
	}
	content, err := m.render(c, v)
	if err != nil {
		return err
	}
	digest, size, err := m.vault.Put(c.Ctx, bytes.NewReader(content))
	switch {
	case errors.Is(err, blob.ErrFull):
		return fault.Conflict("evidence.disk_full").Because(err)
	case err != nil:
		return fmt.Errorf("store the convergence document: %w", err)
	}
	now := m.now()
	e := proof.Evidence{Structure: at.ID, Kind: Kind, Name: fileName(c), MediaType: "text/html", SHA256: hex.EncodeToString(digest[:]), Size: size,
		EffectiveFrom: now, DepositedAt: now, DepositedBy: c.Actor.Person, Note: source}
	if end := v.Trajectory.end(); end.After(now) {
		e.EffectiveUntil = end
	}
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		before, found, err := latest(c.Ctx, tx, c.Scope, at.ID, now)
		if err != nil {
			return err
		}
		if found {
			e.Supersedes = before.ID
		}
		if e.ID, err = proof.Add(c.Ctx, tx, c.Scope, e); err != nil {
			return err
		}
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "evidence.add", Structure: at.ID, Subject: "evidence/" + e.ID,
			Data: trail.Data(map[string]any{"name": e.Name, "kind": string(e.Kind), "sha256": e.SHA256, "supersedes": e.Supersedes})})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "convergence.deposited")
	return c.Redirect(address(at.ID))
}
