package overview

import (
	"slices"
	"time"

	"hygie/internal/api"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential"
)

// Structure is a structure as programs see it.
type Structure struct {
	ID         string `json:"id"`
	Kind       string `json:"kind" doc:"nation, region, group, entity or establishment."`
	Name       string `json:"name"`
	Finess     string `json:"finess,omitempty"`
	Siren      string `json:"siren,omitempty"`
	City       string `json:"city,omitempty"`
	Department string `json:"department,omitempty"`
}

func structureOf(s territory.Structure) Structure {
	return Structure{ID: string(s.ID), Kind: string(s.Kind), Name: s.Name, Finess: s.Finess, Siren: s.Siren, City: s.City, Department: s.Department}
}

// Standing is where a structure stands with one referential.
type Standing struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	Version       string `json:"version"`
	Met           int    `json:"met"`
	NotMet        int    `json:"not_met"`
	Unknown       int    `json:"unknown"`
	NotApplicable int    `json:"not_applicable"`
}

// Verdicts are the verdicts of one referential on one structure.
type Verdicts struct {
	Referential  string    `json:"referential"`
	Version      string    `json:"version"`
	At           time.Time `json:"at" doc:"What was known then decides."`
	Requirements []Verdict `json:"requirements"`
}

// Verdict is the verdict of one requirement.
type Verdict struct {
	Code    string     `json:"code"`
	Title   string     `json:"title"`
	Status  string     `json:"status" enum:"met,not_met,unknown,not_applicable"`
	Reason  string     `json:"reason" doc:"In the language asked for."`
	Next    string     `json:"next,omitempty" doc:"What to do first."`
	Reasons []Criteria `json:"criteria"`
}

// Criteria is the verdict of one criterion.
type Criteria struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Status string `json:"status" enum:"met,not_met,unknown,not_applicable"`
	Reason string `json:"reason"`
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	const one = "/structures/{structure}"
	return []api.Operation{
		{ID: "listStructures", Method: "GET", Path: "/structures", Tag: "structures", Rule: web.Needs(right.SeeStructure), Answer: api.List[Structure]{}, List: true,
			Summary: "Structures one may see, by name",
			Query:   []api.Param{{Name: "q", Doc: "Words of the name or city, the beginning of a FINESS number, or a SIREN."}, {Name: "kind", Doc: "nation, region, group, entity or establishment."}}, Handle: m.apiStructures},
		{ID: "getStructure", Method: "GET", Path: one, Tag: "structures", Rule: web.Needs(right.SeeStructure), Answer: Structure{}, Summary: "One structure",
			Handle: func(r *api.Request) (api.Reply, error) {
				_, s, err := place.Of(r.Context, m.db)
				return api.Reply{Value: structureOf(s)}, err
			}},
		{ID: "listReferentials", Method: "GET", Path: one + "/referentials", Tag: "verdicts", Rule: web.Needs(right.SeePosture), Answer: api.List[Standing]{},
			Summary: "Referentials, with where the structure stands with each", Handle: m.apiReferentials},
		{ID: "getVerdicts", Method: "GET", Path: one + "/referentials/{package}/verdicts", Tag: "verdicts", Rule: web.Needs(right.SeePosture), Answer: Verdicts{},
			Summary: "Verdicts of a structure for a referential, with their reasons",
			Query:   []api.Param{{Name: "at", Doc: "A day or a moment: what was known then, by the rules that held then. Now when absent."}}, Handle: m.apiVerdicts},
	}
}

func (m *Module) apiStructures(r *api.Request) (api.Reply, error) {
	after, err := r.After()
	if err != nil {
		return api.Reply{}, err
	}
	kind, group := kindOf(r.Query("kind"))
	var found []territory.Structure
	var next string
	err = m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
		found, next, err = territory.List(r.Ctx, tx, r.Scope, territory.Filter{Text: r.Query("q"), Kind: kind, GroupKind: group, Status: territory.Active, After: after, Limit: r.Limit()})
		return err
	})
	if err != nil {
		return api.Reply{}, err
	}
	page := api.List[Structure]{Items: []Structure{}}
	for _, s := range found {
		page.Items = append(page.Items, structureOf(s))
	}
	if next != "" {
		page.Next = api.Cursor(next)
	}
	return api.Reply{Value: page}, nil
}

func (m *Module) apiReferentials(r *api.Request) (api.Reply, error) {
	_, s, err := place.Of(r.Context, m.db)
	if err != nil {
		return api.Reply{}, err
	}
	page := api.List[Standing]{Items: []Standing{}}
	err = m.db.View(r.Ctx, func(tx *store.Tx) error {
		page.Items = page.Items[:0]
		set, err := m.shelf.Now(r.Ctx, tx, m.now())
		if err != nil {
			return err
		}
		judged, err := proof.AssessAll(r.Ctx, tx, r.Scope, set.Board, s, m.now(), r.Printer.Zone())
		for i, a := range judged {
			p := set.Packages[i]
			one := Standing{ID: p.ID, Title: p.Title.In(referential.Lang(r.Printer.Lang())), Version: p.Version}
			for _, v := range a.Requirements {
				switch v.Status {
				case referential.Met:
					one.Met++
				case referential.NotMet:
					one.NotMet++
				case referential.NotApplicable:
					one.NotApplicable++
				default:
					one.Unknown++
				}
			}
			page.Items = append(page.Items, one)
		}
		return err
	})
	return api.Reply{Value: page}, err
}

func (m *Module) apiVerdicts(r *api.Request) (api.Reply, error) {
	at, err := r.Moment("at")
	if err != nil {
		return api.Reply{}, err
	}
	if at.IsZero() || at.After(m.now()) {
		at = m.now()
	}
	_, s, err := place.Of(r.Context, m.db)
	if err != nil {
		return api.Reply{}, err
	}
	var out Verdicts
	err = m.db.View(r.Ctx, func(tx *store.Tx) error {
		set, err := m.shelf.At(r.Ctx, tx, at)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(set.Packages, func(p *referential.Package) bool { return p.ID == r.Path("package") })
		if i < 0 {
			return fault.NotFound("api.not_found")
		}
		a, err := proof.Assess(r.Ctx, tx, r.Scope, set.Packages[i], s, at, r.Printer.Zone())
		out = verdictsOf(set.Packages[i], a, referential.Lang(r.Printer.Lang()), r.Printer.Zone())
		return err
	})
	return api.Reply{Value: out}, err
}

// verdictsOf writes an assessment for programs, its sentences in a language.
func verdictsOf(p *referential.Package, a referential.Assessment, lang referential.Lang, zone *time.Location) Verdicts {
	out := Verdicts{Referential: p.ID, Version: a.Version, At: a.At.UTC(), Requirements: []Verdict{}}
	for _, r := range p.Requirements() {
		v, ok := a.Verdict(r.Code)
		if !ok {
			continue
		}
		one := Verdict{Code: r.Code, Title: r.Title.In(lang), Status: string(v.Status), Reason: v.Reasons.Text(lang, zone), Reasons: []Criteria{}}
		if v.NextAction != nil {
			one.Next = v.NextAction.Text(lang, zone)
		}
		for _, c := range v.Criteria {
			i := slices.IndexFunc(r.Criteria, func(known referential.Criterion) bool { return known.Code == c.Code })
			if i < 0 {
				continue
			}
			one.Reasons = append(one.Reasons, Criteria{Code: c.Code, Title: r.Criteria[i].Title.In(lang), Status: string(c.Reasons.Status), Reason: c.Reasons.Text(lang, zone)})
		}
		out.Requirements = append(out.Requirements, one)
	}
	return out
}
