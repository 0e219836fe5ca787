package envelope

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/ics"
	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/pack"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential/call"
)

// granted is the open data of a call as their page shows them.
type granted struct {
	Call *call.Call
	From Grantor
	List []Grant
}

// good counts the rows that may be published.
func (v granted) good() (n int) {
	for _, g := range v.List {
		if len(g.Wrong) == 0 {
			n++
		}
	}
	return n
}

// file is where the rows are saved.
func (v granted) file() string {
	return address(v.Call.ID) + "/grants?" + url.Values{"name": {v.From.Name}, "siret": {v.From.Siret}, "format": {"scdl"}}.Encode()
}

// grants shows the open data of grants with what is wrong, or saves those with which nothing is.
func (m *Module) grants(c *web.Context) error {
	k, err := m.callIn(c)
	if err != nil {
		return err
	}
	v := granted{Call: k, From: Grantor{Name: c.Query("name"), Siret: strings.ReplaceAll(c.Query("siret"), " ", "")}}
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.From.Name == "" {
			root, err := territory.Root(c.Ctx, tx, territory.Everything())
			if err != nil {
				return err
			}
			v.From.Name = root.Name
		}
		v.List, err = Grants(c.Ctx, tx, c.Scope, k, v.From)
		return err
	})
	if err != nil {
		return err
	}
	if c.Query("format") == "scdl" {
		c.Download("subventions-"+k.ID+".csv", "text/csv; charset=utf-8")
		return WriteGrants(c.W, m.o.Funding.Zone(), v.List)
	}
	t := ui.Table{ID: "grants", Caption: c.T("envelope.grants"), Total: len(v.List), Query: ui.ReadQuery(c.R.URL, nil, ""), Empty: ui.Empty{Title: c.T("envelope.no_grants"), Text: c.T("envelope.no_grants_text")},
		Columns: []ui.Column{{Text: c.T("envelope.dossier")}, {Text: c.T("envelope.candidate")}, {Text: "SIRET"}, {Text: c.T("envelope.granted"), End: true}, {Text: c.T("envelope.decided_at")}, {Text: c.T("envelope.verdict")}}}
	for _, g := range v.List {
		said := c.T("envelope.fit")
		var problems []string
		for _, w := range g.Wrong {
			problems = append(problems, c.T(w.Key, w.Args...))
		}
		if len(problems) > 0 {
			said = strings.Join(problems, " ")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(g.Reference), ui.Text(g.Beneficiary), ui.Text(g.BeneficiaryID), ui.Text(euros(c.Ctx, g.Amount)), ui.Text(c.Printer.ShortDate(g.Decided)), ui.Text(said)}})
	}
	page := web.Page{Title: c.T("envelope.grants"), Over: k.Title.In(lang(c.Ctx)), Lead: c.T("envelope.grants_lead"), Crumbs: crumbs(c, ui.Link{Href: address(k.ID), Text: k.Title.In(lang(c.Ctx))})}
	return c.Page(page, grantsBody(v, t))
}

// accounting saves the ledger.
func (m *Module) accounting(c *web.Context) error {
	k, err := m.callIn(c)
	if err != nil {
		return err
	}
	c.Download("ecritures-"+k.ID+".csv", "text/csv; charset=utf-8")
	return m.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		zone := m.o.Funding.Zone()
		return WriteLedger(c.W, zone, func(yield func(Entry) bool) error {
			return Ledger(c.Ctx, tx, c.Scope, k.ID, dayIn(c, "from", zone, 0), dayIn(c, "until", zone, 1), yield)
		})
	})
}

// offered is what the page of the files of a dossier shows.
type offered struct {
	Home, Name, Key string
	Deposited       bool
}

// filesIn reads the dossier in the path, for who may see evidence and dossiers both.
func (m *Module) filesIn(c *web.Context) (d funding.Dossier, at *web.Place, err error) {
	at, _, err = place.Of(c, m.o.DB)
	if err != nil {
		return d, at, err
	}
	if !c.May(right.SeeDossier, at.Interval) {
		return d, at, fault.Refused("envelope.no_right")
	}
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		d, err = funding.ByID(c.Ctx, tx, c.Scope, c.Path("dossier"))
		if err == nil && d.Structure != at.ID {
			err = fault.NotFound("funding.not_found")
		}
		return err
	})
	return d, at, err
}

// reader is who asks for a file.
func reader(c *web.Context, at *web.Place) pack.Reader {
	return pack.Reader{Scope: c.Scope, Weaknesses: c.May(right.SeeAudit, at.Interval), Agency: inside(c, at.Interval), Printer: c.Printer}
}

// inside tells whether the reader instructs or pays the dossiers of a structure, and so reads what prepares a decision.
func inside(c *web.Context, at territory.Interval) bool {
	return c.May(right.InstructRegion, at) || c.May(right.InstructNation, at) || c.May(right.PayDossier, at)
}

// files offers the files of a dossier.
func (m *Module) files(c *web.Context) error {
	d, at, err := m.filesIn(c)
	if err != nil {
		return err
	}
	back := "/structures/" + at.ID + "/dossiers/"
	v := offered{Home: back + d.ID + "/files", Name: pack.Name(d, "scelle"), Key: journal.Fingerprint(m.o.Packer.Public()), Deposited: !d.DepositedAt.IsZero()}
	page := web.Page{Title: c.T("envelope.files_title"), Over: d.Number, Place: at, Crumbs: []ui.Link{{Href: "/structures/" + at.ID + "/dossiers", Text: c.T("dossier.title")}, {Href: back + d.ID, Text: d.Number}}}
	return c.Page(page, filesBody(v))
}

// sealed saves the sealed dossier. Who took it is a line of the audit trail.
func (m *Module) sealed(c *web.Context) error {
	d, at, err := m.filesIn(c)
	if err != nil {
		return err
	}
	s, err := m.o.Packer.Seal(c.Ctx, reader(c, at), d.ID)
	if err != nil {
		return err
	}
	if err := m.note(c, d, "dossier.seal"); err != nil {
		return err
	}
	c.Download(s.Name(), "application/zip")
	return s.Write(c.Ctx, c.W)
}

// upload saves the pack for another platform.
func (m *Module) upload(c *web.Context) error {
	d, at, err := m.filesIn(c)
	if err != nil {
		return err
	}
	u, err := m.o.Packer.Upload(c.Ctx, reader(c, at), d.ID)
	if err != nil {
		return err
	}
	if err := m.note(c, d, "dossier.pack"); err != nil {
		return err
	}
	c.Download(u.Name(), "application/zip")
	return u.Write(c.Ctx, c.W)
}

// note notes that somebody took the evidence of a dossier away.
func (m *Module) note(c *web.Context, d funding.Dossier, act string) error {
	return m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
		return m.o.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act, Structure: d.Structure, Subject: "dossier/" + d.ID, Data: trail.Data(map[string]any{"number": d.Number})})
	})
}

// calendar is the windows and deadlines of a call, for everybody's calendar program.
func (m *Module) calendar(c *web.Context) error {
	k, ok := m.find(c.Path("call"))
	if !ok {
		return fault.NotFound("envelope.no_call")
	}
	c.Download(k.ID+".ics", "text/calendar; charset=utf-8")
	return ics.Write(c.W, ics.Calendar{Name: k.Title.In(lang(c.Ctx)), Product: "calls", Events: m.events(c.Ctx, k, c.T)}, m.o.Now())
}

// events are the moments of a call that are known.
func (m *Module) events(ctx context.Context, k *call.Call, t func(string, ...any) string) (list []ics.Event) {
	title := k.Title.In(lang(ctx))
	add := func(id, what string, at call.Given[time.Time], former []call.Moved) {
		moment, known := at.Get()
		if !known {
			return
		}
		text := ""
		changed := m.o.Now()
		for _, f := range former {
			if !f.On.IsZero() {
				changed = f.On
			}
			text = t("envelope.moved")
		}
		list = append(list, ics.Event{UID: fmt.Sprintf("%s-%s@hygie", k.ID, id), At: moment, Changed: changed, Version: int64(len(former)), Title: title + " – " + what, Text: text, URL: m.o.Address + "/calls/" + k.ID, Public: true})
	}
	for _, w := range k.Windows {
		name := w.Title.In(lang(ctx))
		var opened, closed []call.Moved
		for _, f := range w.Former {
			if !f.Opens.IsZero() {
				opened = append(opened, f)
			}
			if !f.Closes.IsZero() {
				closed = append(closed, f)
			}
		}
		add(w.Code+"-opens", t("envelope.opens", "what", name), w.Opens, opened)
		add(w.Code+"-closes", t("envelope.closes", "what", name), w.Closes, closed)
	}
	for _, p := range k.Phases {
		for _, d := range p.Deadlines {
			add(p.Code+"-"+d.Code, d.Title.In(lang(ctx)), d.At, d.Former)
		}
	}
	return list
}

// dayIn reads a day of the query in a zone, and some days later; zero when there is none or it is none.
func dayIn(c *web.Context, name string, zone *time.Location, later int) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, c.Query(name), zone)
	if err != nil {
		return time.Time{}
	}
	return at.AddDate(0, 0, later)
}
