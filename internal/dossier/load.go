package dossier

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/referential/call"
)

// view is a dossier with what its pages show.
type view struct {
	funding.Dossier
	At        *web.Place
	Structure territory.Structure
	Call      *call.Call
	Facts     call.Facts
	Terms     funding.Terms // of a deposit
	Fields    map[fieldKey]funding.Field
	Names     map[string]string           // of people, by id
	Homes     map[string]proof.Reached    // evidence that the reader finds, by id
	Titles    map[string]referential.Text // of requirements, by their id in the call

	Edit     bool // the reader may write in the dossier, and its state lets them
	Sign     bool // the reader may engage the structure
	Posture  bool // the reader may see verdicts
	Proofs   bool // the reader may open evidence
	Deposits bool // the reader may deposit evidence
	Declare  bool // the reader may say which category the structure is of
}

type fieldKey struct{ Member, Name string }

// field is the value of a field of the whole dossier.
func (v view) field(name string) funding.Field { return v.memberField("", name) }

func (v view) memberField(member, name string) funding.Field {
	f, ok := v.Fields[fieldKey{member, name}]
	if !ok {
		return funding.Field{Member: member, Name: name}
	}
	return f
}

// load reads the dossier in the path for a page; more is called in the same transaction.
func (m *Module) load(c *web.Context, more func(tx *store.Tx, v *view) error) (v view, err error) {
	if v.At, v.Structure, err = place.Of(c, m.db); err != nil {
		return v, err
	}
	v.Sign, v.Posture, v.Proofs = c.May(right.SubmitDossier, v.At.Interval), c.May(right.SeePosture, v.At.Interval), c.May(right.SeeProof, v.At.Interval)
	v.Declare, v.Deposits = c.May(right.EditStructure, v.At.Interval), c.May(right.AddProof, v.At.Interval)
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		if err := m.fill(c, tx, &v); err != nil {
			return err
		}
		if more != nil {
			return more(tx, &v)
		}
		return nil
	})
	return v, err
}

func (m *Module) fill(c *web.Context, tx *store.Tx, v *view) (err error) {
	if v.Dossier, err = m.found(c, tx); err != nil {
		return err
	}
	var ok bool
	if v.Call, ok = m.find(v.Dossier.Call); !ok {
		return fault.NotFound("dossier.no_call")
	}
	set, err := m.shelf.Now(c.Ctx, tx, m.now())
	if err != nil {
		return err
	}
	v.Titles = candidate.Titles(set, v.Call)
	v.Edit = c.May(right.EditDossier, v.At.Interval) && v.State.Editable()
	fields, err := funding.Fields(c.Ctx, tx, c.Scope, v.ID)
	if err != nil {
		return err
	}
	v.Fields = make(map[fieldKey]funding.Field, len(fields))
	who := []string{v.BegunBy}
	for _, f := range fields {
		v.Fields[fieldKey{f.Member, f.Name}] = f
		who = append(who, f.By)
	}
	if v.Names, err = people.Names(c.Ctx, tx, who...); err != nil {
		return err
	}
	if v.Facts, err = m.candidate(c, tx, v.Structure); err != nil {
		return err
	}
	for _, field := range v.Call.Blank(call.PerDossier) {
		if answer := v.field(answerName(field.Code)).Value; answer != "" {
			v.Facts.Answers[field.Code] = answer
		}
	}
	v.Terms, err = funding.TermsOf(v.Call, v.Facts.Category, funding.Deposit, v.Granted, m.now())
	return err
}

// found reads the dossier in the path, which must be one of the structure in the path.
func (m *Module) found(c *web.Context, tx *store.Tx) (funding.Dossier, error) {
	d, err := funding.ByID(c.Ctx, tx, c.Scope, c.Path("dossier"))
	if err == nil && d.Structure != c.Path("structure") {
		err = fault.NotFound("funding.not_found")
	}
	return d, err
}

// answerName is the field of a dossier that fills a field of its call.
func answerName(code string) string { return "answer/" + code }

// who names somebody; the platform has its own name.
func (v view) who(id string) string { return cmp.Or(v.Names[id], "hygie") }

// learn adds the names of people.
func (v *view) learn(ctx context.Context, tx *store.Tx, ids ...string) error {
	names, err := people.Names(ctx, tx, ids...)
	for id, name := range names {
		v.Names[id] = name
	}
	return err
}

// part is one of the pages of a dossier.
type part string

// The pages.
const (
	following    part = ""
	project      part = "project"
	requirements part = "requirements"
	byMember     part = "members"
	money        part = "money"
	crew         part = "team"
)

// page is the frame of a page of the dossier.
func (v view) page(c *web.Context, current part) web.Page {
	p := web.Page{Title: v.Call.Title.In(lang(c.Ctx)), Over: c.T("dossier.one", "number", v.Number), Place: v.At, Crumbs: []ui.Link{{Href: address(v.Dossier.Structure), Text: c.T("dossier.title")}}}
	parts := []part{following, project, requirements, money, crew}
	if v.Structure.Kind == territory.Group {
		parts = []part{following, project, requirements, byMember, money, crew}
	}
	for _, one := range parts {
		to := href(v.Dossier)
		if one != following {
			to += "/" + string(one)
		}
		p.Tabs = append(p.Tabs, ui.Tab{Link: ui.Link{Href: to, Text: c.T("dossier.part_" + cmp.Or(string(one), "following"))}, Current: one == current})
	}
	return p
}

func lang(ctx context.Context) referential.Lang { return referential.Lang(locale.From(ctx).Lang()) }

func euros(ctx context.Context, amount funding.Cents) string {
	return locale.From(ctx).Euros(int64(amount))
}

// readEuros reads an amount as people type it: "12 345,67", "12345.67 €". ok is false for anything else.
func readEuros(text string) (amount funding.Cents, ok bool) {
	plain := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", ",", ".").Replace(text)
	amount, err := call.ParseCents(plain)
	return amount, err == nil
}

// textFields are what every candidate writes of the project, whatever the call.
func textFields() []string { return []string{"project", "calendar", "service"} }

// known tells whether a page of the dossier offers a field: saving takes no other.
func (v view) known(member, name string) bool {
	if member != "" && !slices.ContainsFunc(v.Facts.Members, func(f call.Facts) bool { return f.Structure == member }) {
		return false
	}
	if id, ok := strings.CutPrefix(name, "note/"); ok {
		_, found := v.Call.Requirement(id)
		return found
	}
	if code, ok := strings.CutPrefix(name, "answer/"); ok {
		return member == "" && slices.ContainsFunc(v.Call.Blank(call.PerDossier), func(f call.Field) bool { return f.Code == code })
	}
	return member == "" && (name == askedField || slices.Contains(textFields(), name))
}

// askedField holds the amount that is asked, in euros as call.Cents.String writes it.
const askedField = "asked"

// asked is the amount that is asked, 0 when nobody has said.
func (v view) asked() funding.Cents {
	amount, _ := readEuros(v.field(askedField).Value)
	return amount
}
