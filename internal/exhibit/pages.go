package exhibit

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/custody"
	"hygie/internal/fault"
	"hygie/internal/logbook"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// view is what the pages show.
type view struct {
	Incident
	At       *web.Place
	Register *custody.Register // nil: nothing was ever entered
	Piece    custody.Item      // of the page of one
	Write    bool
	Now      time.Time

	digest, worker string
}

func act(c *web.Context) Act {
	return Act{Actor: c.Actor, Scope: c.Scope, Printer: c.Printer, Structure: c.Path("structure"), Incident: c.Path("incident")}
}

// load reads the register of the path.
func (m *Module) load(c *web.Context) (v view, err error) {
	at, s, err := place.Of(c, m.o.DB)
	if err != nil {
		return v, err
	}
	v = view{At: at, Write: c.May(right.WriteIncident, s.Interval), Now: m.o.Now(), digest: m.o.Digest, worker: m.o.Worker}
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		if v.Incident, err = m.o.Find(c.Ctx, tx, c.Scope, at.ID, c.Path("incident")); err != nil {
			return err
		}
		v.Register, err = Read(c.Ctx, tx, c.Scope, v.ID)
		return err
	})
	return v, err
}

// loadOne reads the piece of the path.
func (m *Module) loadOne(c *web.Context) (v view, err error) {
	if v, err = m.load(c); err != nil {
		return v, err
	}
	n, err := strconv.Atoi(c.Path("piece"))
	if err != nil || v.Register == nil || n < 1 || n > len(v.Register.Items) {
		return v, fault.NotFound("exhibit.no_piece")
	}
	v.Piece = v.Register.Items[n-1]
	return v, nil
}

func (v view) crumbs(c *web.Context, more ...ui.Link) []ui.Link {
	over := []ui.Link{{Href: "/structures/" + v.Structure + "/incidents", Text: c.T("exhibit.incidents")}, {Href: v.address(), Text: v.Title}}
	return append(over, more...)
}

func (m *Module) list(c *web.Context) error { return m.showList(c, nil) }

func (m *Module) showList(c *web.Context, wrong ui.Errors) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("exhibit.title"), Over: v.Title, Lead: c.T("exhibit.lead"), Place: v.At, Crumbs: v.crumbs(c), Errors: wrong}, listBody(v, wrong))
}

// draft is the form of a piece.
type draft struct {
	Name   string `form:"name,max=200"`
	SHA256 string `form:"sha256,max=80"`
	Size   string `form:"size,max=20"`
	By     string `form:"by,max=200"`
	Holder string `form:"holder,max=200"`
	Place  string `form:"place,max=200"`
	Seal   string `form:"seal,max=200"`
	Taken  string `form:"taken,max=40"`
	Note   string `form:"note,max=2000"`
}

// piece is what the form says, for the register.
func (d draft) piece(now time.Time, zone *time.Location) (p custody.Piece, err error) {
	var wrong []fault.Field
	p = custody.Piece{Name: d.Name, By: d.By, Holder: d.Holder, Place: d.Place, Seal: d.Seal, Note: d.Note}
	if p.Taken, err = wall("taken", d.Taken, now, zone); err != nil {
		wrong = append(wrong, fault.Fields(err)...)
	}
	if sum := strings.ToLower(strings.Join(strings.Fields(d.SHA256), "")); sum != "" || d.Size != "" {
		p.Measure = &custody.Measure{SHA256: sum}
		if len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
			wrong = append(wrong, fault.Field{Name: "sha256", Key: "exhibit.not_sha256"})
		}
		p.Measure.Size, err = strconv.ParseInt(strings.Join(strings.Fields(d.Size), ""), 10, 64)
		if err != nil || p.Measure.Size < 0 || p.Measure.Size > 1<<52 {
			wrong = append(wrong, fault.Field{Name: "size", Key: "exhibit.not_size"})
		}
	}
	if len(wrong) > 0 {
		return p, fault.Invalid(wrong...)
	}
	return p, nil
}

// wall reads a moment of a form; an empty one is zero, which stands for now.
func wall(field, text string, now time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, ok := logbook.WallTime(text, now, zone)
	switch {
	case !ok || t.Year() < 1990:
		return t, fault.Invalid(fault.Field{Name: field, Key: "exhibit.not_moment"})
	case t.After(now):
		return t, fault.Invalid(fault.Field{Name: field, Key: "exhibit.in_future"})
	}
	return t, nil
}

func (m *Module) blank(c *web.Context) error {
	return m.showNew(c, draft{By: act(c).name()}, nil)
}

func (m *Module) showNew(c *web.Context, d draft, wrong ui.Errors) error {
	return m.form(c, "exhibit.new", "exhibit.new_lead", wrong, func(v view) templ.Component { return newBody(v, d, wrong) })
}

func (m *Module) blankTool(c *web.Context) error {
	return m.showTool(c, draft{By: act(c).name()}, nil)
}

func (m *Module) showTool(c *web.Context, d draft, wrong ui.Errors) error {
	return m.form(c, "exhibit.tool", "exhibit.tool_lead", wrong, func(v view) templ.Component { return toolBody(v, d, wrong) })
}

// form is a page below the register.
func (m *Module) form(c *web.Context, title, lead string, wrong ui.Errors, body func(view) templ.Component) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T(title), Lead: c.T(lead), Place: v.At, Errors: wrong, Crumbs: v.crumbs(c, ui.Link{Href: v.exhibits(), Text: c.T("exhibit.title")})}, body(v))
}

func (m *Module) add(c *web.Context) error {
	var d draft
	err := c.Decode(&d)
	var p custody.Piece
	if err == nil {
		p, err = d.piece(m.o.Now(), c.Printer.Zone())
	}
	var number int
	if err == nil {
		number, err = m.Add(c.Ctx, act(c), p)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showNew(c, d, wrong)
	}
	if err != nil {
		return err
	}
	return m.entered(c, number)
}

// entered leads to a piece that was entered.
func (m *Module) entered(c *web.Context, number int) error {
	c.Flash(ui.Good, "exhibit.entered", "number", number)
	a := act(c)
	return c.Redirect(Incident{Structure: a.Structure, ID: a.Incident}.exhibits() + "/" + strconv.Itoa(number))
}

func (m *Module) show(c *web.Context) error { return m.showOne(c, nil) }

func (m *Module) showOne(c *web.Context, wrong ui.Errors) error {
	v, err := m.loadOne(c)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: v.Piece.Name, Over: c.T("exhibit.number", "number", v.Piece.Number), Place: v.At, Errors: wrong,
		Crumbs: v.crumbs(c, ui.Link{Href: v.exhibits(), Text: c.T("exhibit.title")})}, pieceBody(v, wrong))
}

// then ends an act on a piece: back to it, or its page with what is wrong.
func (m *Module) then(c *web.Context, key string, err error) error {
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showOne(c, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, key)
	a := act(c)
	return c.Redirect(Incident{Structure: a.Structure, ID: a.Incident}.exhibits() + "/" + c.Path("piece"))
}

func (m *Module) hand(c *web.Context) error {
	var f struct {
		To    string `form:"to,max=200"`
		Place string `form:"place,max=200"`
		Seal  string `form:"seal,max=200"`
		At    string `form:"at,max=40"`
		Note  string `form:"note,max=2000"`
	}
	err := c.Decode(&f)
	h := custody.HandOver{To: f.To, Place: f.Place, Seal: f.Seal, Note: f.Note}
	if err == nil {
		h.At, err = wall("at", f.At, m.o.Now(), c.Printer.Zone())
	}
	if err == nil {
		if h.Item, err = strconv.Atoi(c.Path("piece")); err != nil {
			return fault.NotFound("exhibit.no_piece")
		}
		err = m.Hand(c.Ctx, act(c), h)
	}
	return m.then(c, "exhibit.handed", err)
}

func (m *Module) correct(c *web.Context) error {
	var f struct {
		Line   int64  `form:"line"`
		Void   string `form:"void,max=1"`
		Name   string `form:"name,max=200"`
		Place  string `form:"corrected_place,max=200"`
		Holder string `form:"holder,max=200"`
		To     string `form:"corrected_to,max=200"`
		Seal   string `form:"corrected_seal,max=200"`
		Why    string `form:"why,max=2000"`
	}
	err := c.Decode(&f)
	number, failed := strconv.Atoi(c.Path("piece"))
	if failed != nil {
		return fault.NotFound("exhibit.no_piece")
	}
	if err == nil {
		change := custody.Amendment{Void: f.Void == "1", Name: f.Name, Place: f.Place, Holder: f.Holder, To: f.To, Seal: f.Seal}
		err = m.Correct(c.Ctx, act(c), number, f.Line, change, f.Why)
	}
	return m.then(c, "exhibit.corrected", err)
}
