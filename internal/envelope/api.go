package envelope

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"hygie/internal/api"
	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential/call"
)

// DossierItem is a dossier as programs see it. Amounts are whole cents.
type DossierItem struct {
	ID          string    `json:"id"`
	Number      string    `json:"number" doc:"How people call it."`
	Call        string    `json:"call"`
	Structure   string    `json:"structure"`
	State       string    `json:"state"`
	Version     int64     `json:"version" doc:"Position of its latest event."`
	Since       time.Time `json:"since" doc:"In this state since."`
	Asked       int64     `json:"asked_cents"`
	Granted     int64     `json:"granted_cents"`
	Committed   int64     `json:"committed_cents" doc:"What it holds of the envelope."`
	Paid        int64     `json:"paid_cents" doc:"All that was paid, what came back included."`
	DueBack     int64     `json:"due_back_cents"`
	PaidBack    int64     `json:"paid_back_cents"`
	DepositedAt time.Time `json:"deposited_at,omitzero"`
	DecidedAt   time.Time `json:"decided_at,omitzero"`
}

func itemOf(d funding.Dossier) DossierItem {
	return DossierItem{ID: d.ID, Number: d.Number, Call: d.Call, Structure: d.Structure, State: string(d.State), Version: d.Version, Since: d.Since, Asked: int64(d.Asked), Granted: int64(d.Granted),
		Committed: int64(d.Held), Paid: int64(d.Paid), DueBack: int64(d.DueBack), PaidBack: int64(d.PaidBack), DepositedAt: d.DepositedAt, DecidedAt: d.DecidedAt}
}

// EventItem is a line of the history of a dossier.
type EventItem struct {
	Position  int64     `json:"position"`
	At        time.Time `json:"at"`
	By        string    `json:"by" doc:"Person, or hygie."`
	Act       string    `json:"act"`
	State     string    `json:"state" doc:"Afterwards."`
	Amount    int64     `json:"amount_cents,omitempty"`
	Outcome   string    `json:"outcome,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Note      string    `json:"note,omitempty"`
}

// CallItem is a call as programs see it, with its public figures.
type CallItem struct {
	ID        string       `json:"id"`
	Version   string       `json:"version"`
	Title     string       `json:"title"`
	Windows   []WindowItem `json:"windows"`
	Envelope  int64        `json:"envelope_cents,omitempty" doc:"Absent: not set."`
	FiguresAt time.Time    `json:"figures_at,omitzero" doc:"When the figures below were made: once a week, and moved only by five dossiers at least."`
	Committed int64        `json:"committed_cents,omitempty" doc:"Absent, as any figure below: fewer than five dossiers stand behind it."`
	Paid      int64        `json:"paid_cents,omitempty" doc:"Less what came back."`
	Deposited int64        `json:"deposited,omitempty"`
	Decided   int64        `json:"decided,omitempty"`
	Granted   int64        `json:"granted,omitempty"`
}

// WindowItem is a time in which something can be deposited.
type WindowItem struct {
	Code   string    `json:"code"`
	Phase  string    `json:"phase"`
	Opens  time.Time `json:"opens,omitzero" doc:"Absent: not published."`
	Closes time.Time `json:"closes,omitzero" doc:"The last second that counts. Absent: not published."`
	State  string    `json:"state"`
}

// SumItem is a line of the consumption of an envelope.
type SumItem struct {
	Region    string `json:"region,omitempty"`
	Name      string `json:"region_name,omitempty"`
	Category  string `json:"category,omitempty" doc:"Absent: not known."`
	Dossiers  int    `json:"dossiers"`
	Pending   int64  `json:"pending_cents" doc:"Asked and not decided."`
	Committed int64  `json:"committed_cents"`
	Paid      int64  `json:"paid_cents"`
	Owed      int64  `json:"owed_cents" doc:"Asked back, and not there yet."`
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	const of = "/structures/{structure}/dossiers"
	see := web.Needs(right.SeeDossier)
	return []api.Operation{
		{ID: "listCalls", Method: "GET", Path: "/calls", Tag: "dossiers", Rule: web.Public, Answer: api.List[CallItem]{}, List: true, Summary: "Calls for funding with their public figures", Handle: m.apiCalls},
		{ID: "listConsumption", Method: "GET", Path: "/calls/{call}/consumption", Tag: "dossiers", Rule: web.Needs(right.SeeEnvelope), Answer: api.List[SumItem]{}, List: true,
			Summary: "What the dossiers in scope hold of an envelope, by region and category", Handle: m.apiConsumption},
		{ID: "listDossiers", Method: "GET", Path: of, Tag: "dossiers", Rule: see, Answer: api.List[DossierItem]{}, List: true, Summary: "Dossiers of a structure and of those below it, longest in their state first",
			Query: []api.Param{{Name: "call", Doc: "Of one call."}, {Name: "state", Doc: "In one state."}}, Handle: m.apiDossiers},
		{ID: "getDossier", Method: "GET", Path: of + "/{dossier}", Tag: "dossiers", Rule: see, Answer: DossierItem{}, Summary: "One dossier", Handle: m.apiDossier},
		{ID: "listDossierEvents", Method: "GET", Path: of + "/{dossier}/events", Tag: "dossiers", Rule: see, Answer: api.List[EventItem]{}, List: true, Summary: "The history of a dossier, in order", Handle: m.apiEvents},
		{ID: "getSealedDossier", Method: "GET", Path: of + "/{dossier}/sealed", Tag: "dossiers", Rule: web.Needs(right.SeeProof), Content: "application/zip", Summary: "The sealed dossier",
			Doc: "Noted in the audit trail. What it holds follows the rights of the person.", Handle: func(r *api.Request) (api.Reply, error) { return api.Reply{Sent: true}, m.sealed(r.Context) }},
	}
}

// paged cuts a list that is read whole into pages; the cursor is the number of items before.
func paged[T any](r *api.Request, all []T) (api.Reply, error) {
	after, err := r.After()
	if err != nil {
		return api.Reply{}, err
	}
	from, err := strconv.Atoi(cmp.Or(after, "0"))
	if err != nil || from < 0 || from > len(all) {
		return api.Reply{}, fault.Invalid(fault.Field{Name: "after", Key: "api.cursor"})
	}
	page := api.List[T]{Items: all[from:min(from+r.Limit(), len(all))]}
	if page.Items == nil {
		page.Items = []T{}
	}
	if end := from + len(page.Items); end < len(all) {
		page.Next = api.Cursor(strconv.Itoa(end))
	}
	return api.Reply{Value: page}, nil
}

func (m *Module) apiCalls(r *api.Request) (api.Reply, error) {
	var all []CallItem
	err := m.o.DB.View(r.Ctx, func(tx *store.Tx) error {
		all = nil
		for _, k := range m.o.Calls.All() {
			f, err := funding.PublicOf(r.Ctx, tx, k.ID)
			if err != nil {
				return err
			}
			_, sums := funding.Publish(f.Lines, func(l funding.Line) string { return l.Region })
			one := CallItem{ID: k.ID, Version: k.Version, Title: k.Title.In(lang(r.Ctx)), Windows: []WindowItem{}, Envelope: int64(f.Envelope),
				FiguresAt: f.At, Committed: sums.Committed.Amount, Paid: sums.Paid.Amount, Deposited: sums.Deposited.Amount, Decided: sums.Instructed.Amount, Granted: sums.Granted.Amount}
			for _, w := range k.Windows {
				one.Windows = append(one.Windows, windowItem(w, m.o.Now()))
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		return api.Reply{}, err
	}
	return paged(r, all)
}

func windowItem(w call.Window, now time.Time) WindowItem {
	opens, _ := w.Opens.Get()
	closes, _ := w.Closes.Get()
	return WindowItem{Code: w.Code, Phase: w.Phase, Opens: opens, Closes: closes, State: string(w.State(now))}
}

func (m *Module) apiConsumption(r *api.Request) (api.Reply, error) {
	k, err := m.callIn(r.Context)
	if err != nil {
		return api.Reply{}, err
	}
	var lines []funding.Line
	err = m.o.DB.View(r.Ctx, func(tx *store.Tx) (err error) {
		lines, err = funding.Consumption(r.Ctx, tx, r.Scope, k.ID, m.o.Now())
		return err
	})
	if err != nil {
		return api.Reply{}, err
	}
	all := make([]SumItem, len(lines))
	for i, l := range lines {
		all[i] = SumItem{l.Region, l.RegionName, l.Category, l.Dossiers, int64(l.Pending), int64(l.Committed), int64(l.Paid), int64(l.Owed)}
	}
	return paged(r, all)
}

func (m *Module) apiDossiers(r *api.Request) (api.Reply, error) {
	after, err := r.After()
	if err != nil {
		return api.Reply{}, err
	}
	filter := funding.Filter{Call: r.Query("call"), After: after, Limit: r.Limit()}
	if state := funding.State(r.Query("state")); state != "" {
		if !state.Valid() {
			return api.Reply{}, fault.Invalid(fault.Field{Name: "state", Key: "envelope.no_state"})
		}
		filter.States = []funding.State{state}
	}
	if after != "" && !strings.Contains(after, ".") {
		return api.Reply{}, fault.Invalid(fault.Field{Name: "after", Key: "api.cursor"})
	}
	page := api.List[DossierItem]{Items: []DossierItem{}}
	err = m.o.DB.View(r.Ctx, func(tx *store.Tx) error {
		at, _, err := territory.Extent(r.Ctx, tx, territory.ID(r.Path("structure")))
		if err != nil {
			return err
		}
		filter.Below = at
		list, next, err := funding.List(r.Ctx, tx, r.Scope, filter)
		if err != nil {
			return err
		}
		page.Items = page.Items[:0]
		for _, d := range list {
			page.Items = append(page.Items, itemOf(d))
		}
		if next != "" {
			page.Next = api.Cursor(next)
		}
		return nil
	})
	return api.Reply{Value: page}, err
}

// dossierIn reads the dossier in the path, which must be one of the structure in the path.
func (m *Module) dossierIn(r *api.Request, tx *store.Tx) (funding.Dossier, error) {
	d, err := funding.ByID(r.Ctx, tx, r.Scope, r.Path("dossier"))
	if err == nil && d.Structure != r.Path("structure") {
		err = fault.NotFound("funding.not_found")
	}
	return d, err
}

func (m *Module) apiDossier(r *api.Request) (api.Reply, error) {
	var d funding.Dossier
	err := m.o.DB.View(r.Ctx, func(tx *store.Tx) (err error) {
		d, err = m.dossierIn(r, tx)
		return err
	})
	return api.Reply{Value: itemOf(d)}, err
}

func (m *Module) apiEvents(r *api.Request) (api.Reply, error) {
	var all []EventItem
	err := m.o.DB.View(r.Ctx, func(tx *store.Tx) error {
		d, err := m.dossierIn(r, tx)
		if err != nil {
			return err
		}
		events, err := funding.Events(r.Ctx, tx, r.Scope, d.ID)
		if err != nil {
			return err
		}
		at, _, err := territory.Extent(r.Ctx, tx, territory.ID(d.Structure))
		if err != nil {
			return err
		}
		if !inside(r.Context, at) {
			events = funding.Told(events)
		}
		all = nil
		for _, e := range events {
			all = append(all, EventItem{e.Position, e.At, e.By, string(e.Act), string(e.To), int64(e.Amount), e.Outcome, e.Reference, e.Note})
		}
		return nil
	})
	if err != nil {
		return api.Reply{}, err
	}
	return paged(r, all)
}
