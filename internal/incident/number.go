package incident

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// Number is what a region tells its structures to call: what nobody publishes for all regions, or what it knows better.
type Number struct {
	ID, Region, RegionName           string // Region is the id of the structure that wrote it
	Name, Purpose, Phone, Hours, Web string
	Replaces                         string // id of the contact of the program whose place it takes; empty: none
	At                               time.Time
	By                               string // name
}

// replaceable are the contacts whose number is the business of each region.
func (d data) replaceable() (all []string) {
	for _, k := range d.Contacts {
		if k.Fill {
			all = append(all, k.ID)
		}
	}
	return all
}

// check says what is wrong with a number as a form gives it.
func (d data) check(n Number) error {
	var wrong []fault.Field
	for _, f := range []struct{ name, text string }{{"name", n.Name}, {"purpose", n.Purpose}, {"phone", n.Phone}, {"hours", n.Hours}, {"web", n.Web}} {
		switch {
		case f.text == "" && (f.name == "name" || f.name == "purpose"):
			wrong = append(wrong, fault.Field{Name: f.name, Key: "incident.missing"})
		case utf8.RuneCountInString(f.text) > maxName:
			wrong = append(wrong, fault.Field{Name: f.name, Key: "web.too_long", Args: []any{"limit", maxName}})
		}
	}
	if n.Phone == "" && n.Web == "" {
		wrong = append(wrong, fault.Field{Name: "phone", Key: "incident.phone_or_web"})
	}
	if strings.Trim(n.Phone, "+0123456789 .()") != "" || n.Phone != "" && !strings.ContainsAny(n.Phone, "0123456789") {
		wrong = append(wrong, fault.Field{Name: "phone", Key: "incident.wrong_phone"})
	}
	if u, err := url.Parse(n.Web); n.Web != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		wrong = append(wrong, fault.Field{Name: "web", Key: "incident.wrong_web"})
	}
	if n.Replaces != "" && !slices.Contains(d.replaceable(), n.Replaces) {
		wrong = append(wrong, fault.Field{Name: "replaces", Key: "incident.choose"})
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

const numberColumns = `select n.id, n.structure_id, s.name, n.name, n.purpose, n.phone, n.hours, n.web, n.replaces, n.at, coalesce(p.name, '')
	from incident_contact n join structure s on s.id = n.structure_id left join person p on p.id = n.by`

func scanNumber(row store.Row) (n Number, err error) {
	var at int64
	err = row.Scan(&n.ID, &n.Region, &n.RegionName, &n.Name, &n.Purpose, &n.Phone, &n.Hours, &n.Web, &n.Replaces, &at, &n.By)
	n.At = store.Time(at)
	return n, err
}

// numbersAbove are those that the regions above a structure wrote. Whoever may read the structure may call them.
func numbersAbove(ctx context.Context, tx *store.Tx, s territory.Structure) ([]Number, error) {
	return store.All(ctx, tx, scanNumber, numberColumns+` where n.removed_at = 0 and s.lft <= $1 and s.rgt >= $2 order by n.name, n.id`, s.Interval.Left, s.Interval.Right)
}

// numbersIn are those that regions in scope wrote.
func numbersIn(ctx context.Context, tx *store.Tx, scope territory.Scope) ([]Number, error) {
	var w store.Where
	w.And("n.removed_at = 0")
	scope.Within(&w, "n.structure_id")
	return store.All(ctx, tx, scanNumber, numberColumns+w.SQL()+` order by s.lft, n.name, n.id`, w.Args()...)
}

// regionsIn are the regions in scope.
func regionsIn(ctx context.Context, tx *store.Tx, scope territory.Scope) ([]ui.Option, error) {
	var w store.Where
	w.And("s.kind = 'region'")
	scope.Within(&w, "s.id")
	return store.All(ctx, tx, func(row store.Row) (o ui.Option, err error) { return o, row.Scan(&o.Value, &o.Text) }, `select s.id, s.name from structure s`+w.SQL()+` order by s.lft`, w.Args()...)
}

// SetNumber keeps a number for the structures of a region in scope; one with an ID is changed. It counts as checked now.
func (m *Module) SetNumber(ctx context.Context, a Act, n Number) error {
	if err := m.data.check(n); err != nil {
		return err
	}
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		now := m.o.Now()
		if n.ID != "" {
			held, err := m.held(ctx, tx, a, n.ID)
			if err != nil {
				return err
			}
			n.Region = held.Region
			if _, err := tx.Exec(ctx, `update incident_contact set name = $1, purpose = $2, phone = $3, hours = $4, web = $5, replaces = $6, at = $7, by = $8 where id = $9`,
				n.Name, n.Purpose, n.Phone, n.Hours, n.Web, n.Replaces, store.Millis(now), a.Actor.Person, n.ID); err != nil {
				return fmt.Errorf("change the number %s: %w", n.ID, err)
			}
			return m.toldNumber(ctx, tx, a, n, "incident.number")
		}
		regions, err := regionsIn(ctx, tx, a.Scope)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(regions, func(o ui.Option) bool { return o.Value == n.Region }) {
			return fault.Invalid(fault.Field{Name: "region", Key: "incident.choose"})
		}
		n.ID = store.NewID(now)
		if _, err := tx.Exec(ctx, `insert into incident_contact (id, structure_id, name, purpose, phone, hours, web, replaces, at, by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			n.ID, n.Region, n.Name, n.Purpose, n.Phone, n.Hours, n.Web, n.Replaces, store.Millis(now), a.Actor.Person); err != nil {
			return fmt.Errorf("keep a number of %s: %w", n.Region, err)
		}
		return m.toldNumber(ctx, tx, a, n, "incident.number")
	})
}

// DropNumber takes a number of a region in scope back.
func (m *Module) DropNumber(ctx context.Context, a Act, id string) error {
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		n, err := m.held(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update incident_contact set removed_at = $1 where id = $2`, store.Millis(m.o.Now()), id); err != nil {
			return err
		}
		return m.toldNumber(ctx, tx, a, n, "incident.number_removed")
	})
}

// held finds a number in scope.
func (m *Module) held(ctx context.Context, tx *store.Tx, a Act, id string) (Number, error) {
	all, err := numbersIn(ctx, tx, a.Scope)
	if err != nil {
		return Number{}, err
	}
	i := slices.IndexFunc(all, func(n Number) bool { return n.ID == id })
	if i < 0 {
		return Number{}, fault.NotFound("incident.no_number")
	}
	return all[i], nil
}

func (m *Module) toldNumber(ctx context.Context, tx *store.Tx, a Act, n Number, action string) error {
	return m.o.Trail.Append(ctx, tx, journal.Entry{Actor: a.Actor.Person, Action: action, Structure: n.Region, Subject: "incident-number/" + n.ID, Data: trail.Data(map[string]any{"name": n.Name, "phone": n.Phone})})
}

// withOwn puts the contacts of a region where those stood whose place they take.
func (d data) withOwn(region string, own []Number) (all []contact, served map[string]bool) {
	served = map[string]bool{}
	for _, k := range d.Contacts {
		if contains(k.Regions, region) {
			served[k.InsteadOf] = true
		}
	}
	taken := map[string]bool{}
	for _, n := range own {
		taken[n.Replaces], served[n.Replaces] = true, true
	}
	for _, k := range d.Contacts {
		for _, n := range own {
			if n.Replaces == k.ID {
				all = append(all, n.contact(k))
			}
		}
		if k.InsteadOf == "" || !taken[k.InsteadOf] {
			all = append(all, k)
		}
	}
	for _, n := range own {
		if n.Replaces == "" {
			all = append(all, n.contact(contact{}))
		}
	}
	return all, served
}

// contact is a number of a region with the place of the contact that it replaces.
func (n Number) contact(general contact) contact {
	return contact{ID: n.ID, Source: n.RegionName, At: n.At, Name: n.Name, Families: general.Families, First: general.First, Only: general.Only, Phone: n.Phone, Hours: n.Hours, Web: n.Web, Mark: "own", Purpose: n.Purpose}
}

// numbersView is the page on which a region writes its numbers.
type numbersView struct {
	Numbers []Number
	Regions []ui.Option
	Choices []string // contacts that a number may take the place of
	Form    Number
}

// numbers lists what the regions of the reader wrote, with the form of a new one, or of the one to change.
func (m *Module) numbers(c *web.Context) error {
	return m.showNumbers(c, Number{ID: c.R.URL.Query().Get("edit")}, nil)
}

func (m *Module) showNumbers(c *web.Context, form Number, wrong ui.Errors) error {
	v := numbersView{Form: form, Choices: m.data.replaceable()}
	err := m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Numbers, err = numbersIn(c.Ctx, tx, c.Scope); err != nil {
			return err
		}
		v.Regions, err = regionsIn(c.Ctx, tx, c.Scope)
		return err
	})
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(v.Numbers, func(n Number) bool { return n.ID == form.ID }); i >= 0 && wrong == nil {
		v.Form = v.Numbers[i]
	} else if wrong == nil {
		v.Form.ID = ""
	}
	return c.Page(web.Page{Title: c.T("incident.numbers"), Lead: c.T("incident.numbers_lead"), Errors: wrong}, numbersBody(v, wrong))
}

func (m *Module) setNumber(c *web.Context) error {
	var f struct {
		ID       string `form:"id,max=80"`
		Region   string `form:"region,max=80"`
		Name     string `form:"name,max=200"`
		Purpose  string `form:"purpose,max=200"`
		Phone    string `form:"phone,max=200"`
		Hours    string `form:"hours,max=200"`
		Web      string `form:"web,max=200"`
		Replaces string `form:"replaces,max=20"`
	}
	err := c.Decode(&f)
	n := Number{ID: f.ID, Region: f.Region, Name: strings.TrimSpace(f.Name), Purpose: strings.TrimSpace(f.Purpose), Phone: strings.TrimSpace(f.Phone), Hours: strings.TrimSpace(f.Hours), Web: strings.TrimSpace(f.Web), Replaces: f.Replaces}
	if err == nil {
		err = m.SetNumber(c.Ctx, act(c), n)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showNumbers(c, n, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "incident.number_kept", "name", n.Name)
	return c.Redirect(numbersAt)
}

func (m *Module) dropNumber(c *web.Context) error {
	if err := m.DropNumber(c.Ctx, act(c), c.Path("number")); err != nil {
		return err
	}
	return c.Redirect(numbersAt)
}

// numbersAt is the address of the page; right.HelpIncident is held by the agency and the support body of a region.
const numbersAt = "/incidents/numbers"

func numberRoutes(rt *web.Router, m *Module) {
	help := web.Needs(right.HelpIncident)
	rt.Page("GET "+numbersAt, help, m.numbers)
	rt.Page("POST "+numbersAt, help, m.setNumber)
	rt.Page("POST "+numbersAt+"/{number}/remove", help, m.dropNumber)
	rt.Nav(web.Entry{Key: "incident.numbers_nav", Path: numbersAt, Icon: "triangle", Rule: help, Order: 56})
}
