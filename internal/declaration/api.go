package declaration

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hygie/internal/api"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/referential"
)

// Fact is a fact as programs see it.
type Fact struct {
	ID         string    `json:"id"`
	Key        string    `json:"key" doc:"What it is about, such as directory.level."`
	Value      any       `json:"value" doc:"A number, true or false, a day (2026-03-31) or words, as the fact is."`
	ObservedAt time.Time `json:"observed_at" doc:"When it was so."`
	RecordedAt time.Time `json:"recorded_at"`
	Source     string    `json:"source" doc:"What established it: a module with its run, or declaration/PERSON."`
	Evidence   string    `json:"evidence,omitempty"`
	Note       string    `json:"note,omitempty"`
	Corrects   string    `json:"corrects,omitempty" doc:"The fact that this one says better; that one counts no more."`
}

func factOf(f proof.Fact, zone *time.Location) Fact {
	out := Fact{ID: f.ID, Key: f.Key, ObservedAt: f.ObservedAt, RecordedAt: f.RecordedAt, Source: f.Source, Evidence: f.Evidence, Note: f.Note, Corrects: f.Corrects}
	switch f.Value.Kind {
	case referential.NumberKind:
		out.Value = f.Value.Number
	case referential.BoolKind:
		out.Value = f.Value.Bool
	case referential.DateKind:
		out.Value = f.Value.Date.In(zone).Format(time.DateOnly)
	default:
		out.Value = f.Value.Text
	}
	return out
}

// FactDraft is what is declared.
type FactDraft struct {
	Key        string            `json:"key"`
	Value      string            `json:"value" doc:"As text: 12.5, true, 2026-03-31, or words."`
	ObservedOn string            `json:"observed_on,omitempty" doc:"The day on which it was so (2026-03-31); of a fact that is a day, that day itself."`
	Evidence   string            `json:"evidence,omitempty" doc:"Id of the evidence behind it."`
	Note       string            `json:"note,omitempty"`
	Corrects   string            `json:"corrects,omitempty" doc:"Id of the declaration that this one says better."`
	With       map[string]string `json:"with,omitempty" doc:"Facts of the same observation, by key."`
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	return []api.Operation{
		{ID: "listFacts", Method: "GET", Path: "/structures/{structure}/facts", Tag: "facts", Rule: web.Needs(right.SeeProof), Answer: api.List[Fact]{}, List: true,
			Summary: "Facts of a structure that count, the latest recorded first",
			Query:   []api.Param{{Name: "key", Doc: "One key, or the beginning of keys when it ends in a dot."}, {Name: "since", Doc: "Recorded at this day or moment, or later."}}, Handle: m.apiList},
		{ID: "addFact", Method: "POST", Path: "/structures/{structure}/facts", Tag: "facts", Rule: web.Needs(right.AddProof), Body: FactDraft{}, Answer: Fact{}, Status: http.StatusCreated,
			Summary: "Declare a fact", Doc: "Only what a referential in force asks for, and no module measures by itself. Facts are never edited: a correction is a new fact.", Handle: m.apiAdd},
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
	var all []proof.Fact
	err = m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
		all, err = proof.FactsKnownAt(r.Ctx, tx, r.Scope, r.Path("structure"), m.now())
		return err
	})
	if err != nil {
		return api.Reply{}, err
	}
	key := r.Query("key")
	items := []Fact{}
	slices.SortFunc(all, func(a, b proof.Fact) int { return strings.Compare(b.ID, a.ID) }) // ids follow recordings
	for _, f := range all {
		if (after == "" || f.ID < after) && !f.RecordedAt.Before(since) && (key == "" || f.Key == key || strings.HasSuffix(key, ".") && strings.HasPrefix(f.Key, key)) {
			items = append(items, factOf(f, r.Printer.Zone()))
		}
	}
	return api.Reply{Value: api.Page(items, r.Limit(), func(f Fact) string { return f.ID })}, nil
}

func (m *Module) apiAdd(r *api.Request) (api.Reply, error) {
	var d FactDraft
	if err := r.Read(&d); err != nil {
		return api.Reply{}, err
	}
	structure := r.Path("structure")
	form := draft{Value: d.Value, On: d.ObservedOn, Evidence: d.Evidence, Note: strings.TrimSpace(d.Note), Corrects: d.Corrects, With: d.With}
	if err := m.Declare(r.Ctx, r.Actor, r.Scope, structure, d.Key, form, r.Printer.Zone()); err != nil {
		return api.Reply{}, err
	}
	var made proof.Fact
	err := m.db.View(r.Ctx, func(tx *store.Tx) error {
		all, err := proof.History(r.Ctx, tx, r.Scope, structure, d.Key)
		if err == nil && len(all) == 0 {
			return fault.NotFound("api.not_found")
		}
		if err == nil {
			made = all[len(all)-1]
		}
		return err
	})
	return api.Reply{Value: factOf(made, r.Printer.Zone())}, err
}
