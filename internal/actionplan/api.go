package actionplan

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hygie/internal/api"
	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
)

// Action is an action as programs see it.
type Action struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Detail    string    `json:"detail,omitempty"`
	State     string    `json:"state" enum:"open,doing,done,dropped"`
	Owner     string    `json:"owner,omitempty"`
	DueOn     string    `json:"due_on,omitempty" doc:"A day (2026-03-31)."`
	Effort    string    `json:"effort,omitempty" enum:"low,medium,high"`
	Gain      string    `json:"gain,omitempty" enum:"low,medium,high"`
	Cost      int64     `json:"cost,omitempty" doc:"Euros."`
	Origin    string    `json:"origin" doc:"What kind of thing asked for it; hand: somebody."`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	ClosedAt  time.Time `json:"closed_at,omitzero"`
	Version   int64     `json:"version" doc:"Grows with each change; send it back to change the action."`
}

func actionOf(a plan.Action, zone *time.Location) Action {
	return Action{ID: a.ID, Title: a.Title, Detail: a.Detail, State: string(a.State), Owner: a.OwnerName, DueOn: draftOf(a, zone).dueText(), Effort: string(a.Effort), Gain: string(a.Gain),
		Cost: a.Cost, Origin: string(a.Origin), CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, ClosedAt: a.ClosedAt, Version: a.Version}
}

// ActionDraft is an action to make.
type ActionDraft struct {
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Owner  string `json:"owner,omitempty"`
	DueOn  string `json:"due_on,omitempty" doc:"A day (2026-03-31)."`
	Effort string `json:"effort,omitempty" enum:"low,medium,high"`
	Gain   string `json:"gain,omitempty" enum:"low,medium,high"`
	Cost   int64  `json:"cost,omitempty" doc:"Euros."`
}

// ActionMove moves an action to another state.
type ActionMove struct {
	State   string `json:"state" enum:"open,doing,done,dropped"`
	Version int64  `json:"version" doc:"As it was read: when somebody changed the action in between, nothing is done and the answer is 409."`
}

// mostRead bounds the actions of one structure that a list goes through.
const mostRead = 20_000

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	const home = "/structures/{structure}/actions"
	see, edit := web.Needs(right.SeeActions), web.Needs(right.EditActions)
	return []api.Operation{
		{ID: "listActions", Method: "GET", Path: home, Tag: "actions", Rule: see, Answer: api.List[Action]{}, List: true, Summary: "Actions of a structure, the latest made first",
			Query: []api.Param{{Name: "state", Doc: "open, doing, done or dropped; several with commas."}, {Name: "since", Doc: "Changed at this day or moment, or later."}}, Handle: m.apiList},
		{ID: "getAction", Method: "GET", Path: home + "/{action}", Tag: "actions", Rule: see, Answer: Action{}, Summary: "One action",
			Handle: func(r *api.Request) (api.Reply, error) {
				a, err := m.found(r.Context)
				return api.Reply{Value: actionOf(a, r.Printer.Zone())}, err
			}},
		{ID: "addAction", Method: "POST", Path: home, Tag: "actions", Rule: edit, Body: ActionDraft{}, Answer: Action{}, Status: http.StatusCreated, Summary: "Make an action", Handle: m.apiAdd},
		{ID: "moveAction", Method: "POST", Path: home + "/{action}/state", Tag: "actions", Rule: edit, Body: ActionMove{}, Answer: Action{}, Summary: "Begin, close, drop or open again an action", Handle: m.apiMove},
	}
}

func (m *Module) apiList(r *api.Request) (api.Reply, error) {
	after, err := r.After()
	if err != nil {
		return api.Reply{}, err
	}
	since, err := r.Moment("since")
	if err != nil {
		return api.Reply{}, err
	}
	f := plan.Filter{Structure: r.Path("structure")}
	for text := range strings.SplitSeq(r.Query("state"), ",") {
		if s := plan.State(strings.TrimSpace(text)); s.Valid() {
			f.States = append(f.States, s)
		} else if text != "" {
			return api.Reply{}, fault.Invalid(fault.Field{Name: "state", Key: "plan.state.unknown"})
		}
	}
	var all []plan.Action
	err = m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
		all, _, err = plan.List(r.Ctx, tx, r.Scope, f, mostRead, 0)
		return err
	})
	if err != nil {
		return api.Reply{}, err
	}
	slices.SortFunc(all, func(a, b plan.Action) int { return strings.Compare(b.ID, a.ID) }) // ids follow creation
	items := []Action{}
	for _, a := range all {
		if (after == "" || a.ID < after) && !a.UpdatedAt.Before(since) {
			items = append(items, actionOf(a, r.Printer.Zone()))
		}
	}
	return api.Reply{Value: api.Page(items, r.Limit(), func(a Action) string { return a.ID })}, nil
}

func (m *Module) apiAdd(r *api.Request) (api.Reply, error) {
	var d ActionDraft
	if err := r.Read(&d); err != nil {
		return api.Reply{}, err
	}
	a := plan.Action{Structure: r.Path("structure"), Title: d.Title, Detail: d.Detail, OwnerName: d.Owner, Effort: plan.Weight(d.Effort), Gain: plan.Weight(d.Gain), Cost: d.Cost,
		Origin: plan.ByHand, State: plan.Open, CreatedBy: r.Actor.Person}
	if d.DueOn != "" {
		due, err := time.ParseInLocation(time.DateOnly, d.DueOn, r.Printer.Zone())
		if err != nil {
			return api.Reply{}, fault.Invalid(fault.Field{Name: "due_on", Key: "api.moment"})
		}
		a.DueOn = due
	}
	err := m.db.Update(r.Ctx, func(tx *store.Tx) error {
		id, _, err := plan.Add(r.Ctx, tx, r.Scope, a, m.now())
		if err != nil {
			return err
		}
		made, err := plan.ByID(r.Ctx, tx, r.Scope, id)
		if err != nil {
			return err
		}
		a = made
		return m.trail.Append(r.Ctx, tx, m.line(r.Context, "action.create", id, a))
	})
	return api.Reply{Value: actionOf(a, r.Printer.Zone()), Location: api.Prefix + address(a.Structure) + "/" + a.ID}, err
}

func (m *Module) apiMove(r *api.Request) (api.Reply, error) {
	var move ActionMove
	if err := r.Read(&move); err != nil {
		return api.Reply{}, err
	}
	a, err := m.found(r.Context)
	if err != nil {
		return api.Reply{}, err
	}
	err = m.db.Update(r.Ctx, func(tx *store.Tx) error {
		if err := plan.SetState(r.Ctx, tx, r.Scope, a.ID, move.Version, plan.State(move.State), r.Actor.Person, m.now()); err != nil {
			return err
		}
		if a, err = plan.ByID(r.Ctx, tx, r.Scope, a.ID); err != nil {
			return err
		}
		return m.trail.Append(r.Ctx, tx, m.line(r.Context, "action.change", a.ID, a))
	})
	return api.Reply{Value: actionOf(a, r.Printer.Zone())}, err
}
