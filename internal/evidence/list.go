package evidence

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// shelf is the evidence of a structure with what a list says beside it.
type shelf struct {
	all      []proof.Evidence  // its own, then what came with structures that merged into it
	from     map[string]string // by id of what came with one: its name
	replaced map[string]string // by id: what replaced it
	names    map[string]string // of people, by id
	when     replay.Moment
}

// shelf reads all the evidence of the structure in the path that was there at a moment, its own first, each latest first. A structure has some
// hundreds at most.
func (m *Module) shelf(c *web.Context, when replay.Moment) (s shelf, err error) {
	s.when = when
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		if s.all, err = proof.Of(c.Ctx, tx, c.Scope, c.Path("structure")); err != nil {
			return err
		}
		taken, err := proof.TakenOver(c.Ctx, tx, c.Scope, c.Path("structure"))
		if err != nil {
			return err
		}
		s.from = map[string]string{}
		for _, e := range taken {
			s.all, s.from[e.ID] = append(s.all, e.Evidence), e.From
		}
		s.all = slices.DeleteFunc(s.all, func(e proof.Evidence) bool { return e.DepositedAt.After(when.At) })
		ids := make([]string, len(s.all))
		for i, e := range s.all {
			ids[i] = e.DepositedBy
		}
		s.names, err = people.Names(c.Ctx, tx, ids...)
		return err
	})
	s.replaced = proof.Superseded(s.all, when.At)
	return s, err
}

// depositor is who deposited evidence, by name; the platform itself is called by its name.
func (s shelf) depositor(e proof.Evidence) string {
	if name, ok := s.names[e.DepositedBy]; ok {
		return name
	}
	return "hygie"
}

// state is where evidence stands at a moment.
type state string

const (
	inForce  state = "in_force"
	expiring state = "expiring" // in force, and its period ends soon
	coming   state = "coming"   // its period has not begun
	expired  state = "expired"  // its period is over
	replaced state = "replaced" // a newer document took its place
	absent   state = "absent"   // on the day that the page looks at, it was not deposited yet
)

// stateOf tells where evidence stands at a moment: whole days count, so that a document is in force on its last day.
func (s shelf) stateOf(p *locale.Printer, e proof.Evidence, now time.Time) state {
	today := p.ISODay(now)
	switch {
	case e.DepositedAt.After(now):
		return absent
	case s.replaced[e.ID] != "":
		return replaced
	case !e.EffectiveFrom.IsZero() && p.ISODay(e.EffectiveFrom) > today:
		return coming
	case !e.EffectiveUntil.IsZero() && p.ISODay(e.EffectiveUntil) < today && !e.Kind.Weaknesses(): // a collection speaks of one day
		return expired
	case s.expiresSoon(p, e, now):
		return expiring
	}
	return inForce
}

// warnedDays is how many days before the end of its period evidence is shown to expire: the time to have a plan approved again.
const warnedDays = 60

// expiresSoon tells whether evidence in force will be out of it before long. A collection speaks of one day, and ends by being made again.
func (s shelf) expiresSoon(p *locale.Printer, e proof.Evidence, now time.Time) bool {
	return !e.EffectiveUntil.IsZero() && !e.Kind.Weaknesses() && p.ISODay(e.EffectiveUntil) <= p.ISODay(now.AddDate(0, 0, warnedDays))
}

// revisions are the evidence itself with all that it replaced and all that replaced it, latest first; nothing when it stands alone.
func (s shelf) revisions(e proof.Evidence) (chain []proof.Evidence) {
	byID := map[string]proof.Evidence{}
	for _, one := range s.all {
		byID[one.ID] = one
	}
	newest := e
	for range s.all { // never longer than the shelf, whatever a database holds
		next, ok := byID[s.replaced[newest.ID]]
		if !ok {
			break
		}
		newest = next
	}
	for one, ok := newest, true; ok && len(chain) < len(s.all); one, ok = byID[one.Supersedes] {
		chain = append(chain, one)
	}
	if len(chain) < 2 {
		return nil
	}
	return chain
}

// states lists them in the order of the filter.
func states() []state { return []state{inForce, expiring, coming, expired, replaced} }

// is tells whether a filter by a state means this one: what expires soon is in force until then.
func (s state) is(wanted state) bool { return s == wanted || s == expiring && wanted == inForce }

func (s state) key() string { return "evidence.state_" + string(s) }

// Render shows the state with a shape beside the word.
func (s state) tag(ctx context.Context) ui.Tag {
	t := ui.Tag{Text: locale.T(ctx, s.key())}
	switch s {
	case inForce:
		t.Tone = ui.Good
	case expired:
		t.Tone = ui.Warn
	case expiring:
		t.Tone, t.Icon = ui.Warn, "clock"
	case coming:
		t.Icon, t.Open = "clock", true
	default:
		t.Icon, t.Open = "dash-circle", true
	}
	return t
}

// chosen keeps what passes the filters of the list: words of the name or note, kind, state.
func (s shelf) chosen(p *locale.Printer, q ui.Query) []proof.Evidence {
	words := strings.Fields(territory.Fold(q.Get("q")))
	kind, wanted := proof.Kind(q.Get("kind")), state(q.Get("state"))
	return slices.DeleteFunc(slices.Clone(s.all), func(e proof.Evidence) bool {
		folded := territory.Fold(e.Name + " " + e.Note)
		for _, word := range words {
			if !strings.Contains(folded, word) {
				return true
			}
		}
		return kind != "" && e.Kind != kind || wanted != "" && !s.stateOf(p, e, s.when.At).is(wanted)
	})
}

// list shows the evidence of a structure.
func (m *Module) list(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	when, wrong := replay.Read(c, c.Now())
	s, err := m.shelf(c, when)
	if err != nil {
		return err
	}
	q := ui.ReadQuery(c.R.URL, nil, "")
	found := s.chosen(c.Printer, q)
	if ok, err := c.Export(m.sheet(c, s, found)); ok {
		return err
	}
	page := web.Page{Title: c.T("evidence.title"), Lead: c.T("evidence.lead"), Place: at, Errors: wrong}
	if when.Au == "" && c.May(right.AddProof, at.Interval) && len(s.all) > 0 {
		page.Actions = ui.Button{Text: c.T("evidence.new"), Kind: ui.Primary, Icon: "plus", Href: address(at.ID) + "/new"}
	}
	return c.Page(page, listBody(when, address(at.ID), m.table(c, at, s, q, found)))
}

func (m *Module) table(c *web.Context, at *web.Place, s shelf, q ui.Query, found []proof.Evidence) templ.Component {
	statesOf := []ui.Option{{Value: "", Text: c.T("evidence.filter_all")}}
	for _, st := range states() {
		statesOf = append(statesOf, ui.Option{Value: string(st), Text: c.T(st.key())})
	}
	table := ui.Table{
		ID: "evidence", Caption: c.T("evidence.title"), Query: q, Total: len(found), Pager: q.Pages(len(found)), Exports: c.Exports(),
		Columns: []ui.Column{{Text: c.T("evidence.name")}, {Text: c.T("evidence.kind")}, {Text: c.T("evidence.period")}, {Text: c.T("evidence.state")}, {Text: c.T("evidence.deposited_on")}},
		Filters: []ui.Field{
			{Name: "q", Label: c.T("evidence.words"), Kind: ui.SearchField},
			{Name: "kind", Label: c.T("evidence.kind"), Kind: ui.SelectField, Options: append([]ui.Option{{Value: "", Text: c.T("evidence.filter_all")}}, m.kindOptions(c, made[:]...)...)},
			{Name: "state", Label: c.T("evidence.state"), Kind: ui.SelectField, Options: statesOf},
			{Name: "au", Label: c.T("evidence.on_day"), Kind: ui.DayField},
		},
		Empty: ui.Empty{Title: c.T("evidence.empty"), Text: c.T("evidence.empty_text")},
	}
	if c.May(right.AddProof, at.Interval) {
		table.Empty.Act = ui.Button{Text: c.T("evidence.new"), Kind: ui.Primary, Href: address(at.ID) + "/new"}
	}
	for _, e := range found[min(q.Offset(), len(found)):min(q.Offset()+q.Size, len(found))] {
		table.Rows = append(table.Rows, ui.Row{ID: "evidence-" + e.ID, Cells: []templ.Component{
			named(ui.Link{Href: s.when.On(address(at.ID) + "/" + e.ID), Text: e.Name}, s.from[e.ID]), ui.Text(m.kindName(c, e.Kind)), ui.Text(period(c.Printer, e)), s.stateOf(c.Printer, e, s.when.At).tag(c.Ctx),
			deposited(c.Printer.ShortDate(e.DepositedAt), s.depositor(e)),
		}})
	}
	return table
}

// period says which days a document speaks of.
func period(p *locale.Printer, e proof.Evidence) string {
	switch {
	case e.EffectiveFrom.IsZero():
		return "–"
	case e.EffectiveUntil.IsZero():
		return p.T("evidence.since", "from", p.ShortDate(e.EffectiveFrom))
	case p.ISODay(e.EffectiveFrom) == p.ISODay(e.EffectiveUntil):
		return p.ShortDate(e.EffectiveFrom)
	}
	return p.T("evidence.from_until", "from", p.ShortDate(e.EffectiveFrom), "until", p.ShortDate(e.EffectiveUntil))
}

// sheet is the list as a file.
func (m *Module) sheet(c *web.Context, s shelf, found []proof.Evidence) web.Sheet {
	var header []string
	for _, key := range []string{"name", "kind", "from", "until", "state", "deposited_on", "depositor", "size", "sha256", "note", "came_with"} {
		header = append(header, c.T("evidence."+key))
	}
	return web.Sheet{Name: c.T("evidence.file_name"), Header: header, Rows: func(yield func([]any, error) bool) {
		for _, e := range found {
			row := []any{e.Name, m.kindName(c, e.Kind), c.Printer.ISODay(e.EffectiveFrom), c.Printer.ISODay(e.EffectiveUntil), c.T(s.stateOf(c.Printer, e, s.when.At).key()),
				e.DepositedAt, s.depositor(e), e.Size, e.SHA256, e.Note, s.from[e.ID]}
			if !yield(row, nil) {
				return
			}
		}
	}}
}
