package evidence

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"hygie/internal/api"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
)

// Item is a piece of evidence as programs see it.
type Item struct {
	ID             string    `json:"id"`
	Kind           string    `json:"kind" doc:"The kind of document, as referentials name it."`
	Name           string    `json:"name"`
	MediaType      string    `json:"media_type" doc:"As its first bytes say."`
	SHA256         string    `json:"sha256" doc:"Of the content, hexadecimal."`
	Size           int64     `json:"size" doc:"Bytes."`
	EffectiveFrom  time.Time `json:"effective_from,omitzero" doc:"First moment of the period that the document speaks of."`
	EffectiveUntil time.Time `json:"effective_until,omitzero" doc:"Absent: no known end."`
	DepositedAt    time.Time `json:"deposited_at"`
	Note           string    `json:"note,omitempty"`
	Signer         string    `json:"signer,omitempty" doc:"Role of who signed it."`
	CameWith       string    `json:"came_with,omitempty" doc:"Name of the structure for which it was deposited, when that one merged into this one."`
	Supersedes     string    `json:"supersedes,omitempty" doc:"The evidence this one replaces."`
	SupersededBy   string    `json:"superseded_by,omitempty" doc:"What replaced it: it counts no more."`
}

// item is evidence of the shelf as programs see it.
func (s shelf) item(e proof.Evidence) Item {
	i := itemOf(e, s.replaced[e.ID])
	i.CameWith = s.from[e.ID]
	return i
}

func itemOf(e proof.Evidence, by string) Item {
	return Item{ID: e.ID, Kind: string(e.Kind), Name: e.Name, MediaType: e.MediaType, SHA256: e.SHA256, Size: e.Size, EffectiveFrom: e.EffectiveFrom, EffectiveUntil: e.EffectiveUntil,
		DepositedAt: e.DepositedAt, Note: e.Note, Signer: e.SignerRole, Supersedes: e.Supersedes, SupersededBy: by}
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	see, add := web.Needs(right.SeeProof), web.Needs(right.AddProof)
	return []api.Operation{
		{ID: "listEvidence", Method: "GET", Path: home, Tag: "evidence", Rule: see, Answer: api.List[Item]{}, List: true, Summary: "Evidence of a structure, the latest deposit first",
			Query: []api.Param{{Name: "kind", Doc: "One kind of document."}, {Name: "since", Doc: "Deposited at this day or moment, or later."}}, Handle: m.apiList},
		{ID: "getEvidence", Method: "GET", Path: one, Tag: "evidence", Rule: see, Answer: Item{}, Summary: "One piece of evidence", Handle: m.apiOne},
		{ID: "getEvidenceContent", Method: "GET", Path: one + "/content", Tag: "evidence", Rule: see, Content: "application/octet-stream",
			Summary: "The content of evidence", Doc: "Noted in the audit trail. The map of a structure's weaknesses asks for the right to see audits.", Handle: m.apiContent},
		{ID: "addEvidence", Method: "POST", Path: home, Tag: "evidence", Rule: add, Raw: "application/octet-stream", MaxBody: MaxDeposit, Answer: Item{}, Status: http.StatusCreated,
			Summary: "Deposit evidence", Doc: "The body is the file. The same content for the same use again makes nothing and answers 200 with what is there.",
			Query: []api.Param{{Name: "name", Doc: "Of the file, with its ending.", Need: true}, {Name: "kind", Doc: "The kind of document.", Need: true},
				{Name: "from", Doc: "First day the document speaks of.", Form: "date", Need: true}, {Name: "until", Doc: "Its last day.", Form: "date"},
				{Name: "note", Doc: "What a colleague has to know."}, {Name: "signer", Doc: "Role of who signed it."}, {Name: "supersedes", Doc: "The evidence this one replaces."}}, Handle: m.apiAdd},
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
	s, err := m.shelf(r.Context, replay.Moment{At: r.Context.Now()})
	if err != nil {
		return api.Reply{}, err
	}
	kind := proof.Kind(r.Query("kind"))
	items := []Item{}
	slices.SortFunc(s.all, func(a, b proof.Evidence) int { return compareText(b.ID, a.ID) }) // ids follow deposits
	for _, e := range s.all {
		if (after == "" || e.ID < after) && (kind == "" || e.Kind == kind) && !e.DepositedAt.Before(since) {
			items = append(items, s.item(e))
		}
	}
	return api.Reply{Value: api.Page(items, r.Limit(), func(i Item) string { return i.ID })}, nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (m *Module) apiOne(r *api.Request) (api.Reply, error) {
	e, err := m.find(r.Context, r.Path("evidence"))
	if err != nil {
		return api.Reply{}, err
	}
	s, err := m.shelf(r.Context, replay.Moment{At: r.Context.Now()})
	return api.Reply{Value: s.item(e)}, err
}

func (m *Module) apiContent(r *api.Request) (api.Reply, error) {
	return api.Reply{Sent: true}, m.download(r.Context)
}

func (m *Module) apiAdd(r *api.Request) (api.Reply, error) {
	from, err := r.Moment("from")
	if err != nil {
		return api.Reply{}, err
	}
	until, err := r.Moment("until")
	if err != nil {
		return api.Reply{}, err
	}
	structure := r.Path("structure")
	d := Draft{Structure: structure, Kind: proof.Kind(r.Query("kind")), From: from, Until: until, Note: r.Query("note"), Supersedes: r.Query("supersedes"), Signer: r.Query("signer")}
	e, err := m.Deposit(r.Ctx, r.Actor, r.Scope, d, r.Query("name"), r.R.Body)
	if slices.ContainsFunc(fault.Fields(err), func(f fault.Field) bool { return f.Key == "evidence.same_file" }) {
		return m.same(r, e)
	}
	if err != nil {
		return api.Reply{}, err
	}
	return api.Reply{Value: itemOf(e, ""), Location: api.Prefix + address(structure) + "/" + e.ID}, nil
}

// same answers with the evidence that was there already.
func (m *Module) same(r *api.Request, e proof.Evidence) (api.Reply, error) {
	var found proof.Evidence
	err := m.db.View(r.Ctx, func(tx *store.Tx) error {
		all, err := proof.Of(r.Ctx, tx, r.Scope, e.Structure)
		replaced := proof.Superseded(all, m.now())
		for _, other := range all {
			if replaced[other.ID] == "" && other.SHA256 == e.SHA256 && other.Kind == e.Kind && other.EffectiveFrom.Equal(e.EffectiveFrom) && other.EffectiveUntil.Equal(e.EffectiveUntil) {
				found = other
			}
		}
		return err
	})
	if err == nil && found.ID == "" {
		err = errors.New("the evidence that was there a moment ago is gone")
	}
	return api.Reply{Status: http.StatusOK, Value: itemOf(found, ""), Location: api.Prefix + address(e.Structure) + "/" + found.ID}, err
}
