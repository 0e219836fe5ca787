package continuity

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/crisisfolder"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/seal"
)

// view is what the page of a folder shows.
type view struct {
	At       *web.Place
	Folder   Folder
	Since    []Change // since it was printed; since it was made when it never was
	Contacts []Contact
	Services []Service
	Write    bool
	Now      time.Time
}

func (v view) address() string { return address(v.At.ID) }

func (m *Module) show(c *web.Context) error {
	at, s, err := place.Of(c, m.o.DB)
	if err != nil {
		return err
	}
	v := view{At: at, Write: c.May(right.WriteIncident, s.Interval), Now: m.o.Now()}
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Folder, err = Standing(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		since := v.Folder.PrintedChanges
		if v.Folder.Printed == 0 {
			since = v.Folder.Built
		}
		if v.Since, err = Since(c.Ctx, tx, c.Scope, at.ID, since); err != nil {
			return err
		}
		if v.Contacts, err = Contacts(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		v.Services, err = Services(c.Ctx, tx, c.Scope, at.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("continuity.title"), Lead: c.T("continuity.lead"), Place: at}
	if v.Folder.Stale() {
		page.Refresh = 10
	}
	return c.Page(page, showBody(v))
}

// act runs an act in the structure of the path, marks its folder and writes the line of the trail. do gives what it was about.
func (m *Module) act(c *web.Context, what, action string, do func(tx *store.Tx, structure string) (subject string, err error)) error {
	structure := c.Path("structure")
	return m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
		subject, err := do(tx, structure)
		if err != nil {
			return err
		}
		if err := m.Changed(c.Ctx, tx, c.Scope, structure, what, subject, c.Actor.Person); err != nil {
			return err
		}
		return m.o.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: action, Structure: structure, Subject: "continuity/" + structure, Data: trail.Data(map[string]any{"name": subject})})
	})
}

// done ends an act: back to the folder.
func (m *Module) done(c *web.Context, key string) error {
	c.Flash(ui.Good, key)
	return c.Redirect(address(c.Path("structure")))
}

// ask makes the folder again although nothing changed, or for the first time.
func (m *Module) ask(c *web.Context) error {
	err := m.act(c, "asked", "continuity.build", func(*store.Tx, string) (string, error) { return "", nil })
	if err != nil {
		return err
	}
	return m.done(c, "continuity.asked")
}

// printed remembers which making is on paper now.
func (m *Module) printed(c *web.Context) error {
	structure := c.Path("structure")
	err := m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
		f, err := Standing(c.Ctx, tx, c.Scope, structure)
		if err != nil {
			return err
		}
		if f.Number == 0 {
			return fault.Conflict("continuity.not_made")
		}
		if _, err := tx.Exec(c.Ctx, `update continuity_folder set printed_number = number, printed_changes = built_changes, printed_at = built_at where structure_id = $1`, structure); err != nil {
			return err
		}
		return m.o.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "continuity.print", Structure: structure, Subject: "continuity/" + structure, Data: trail.Data(map[string]any{"number": f.Number})})
	})
	if err != nil {
		return err
	}
	return m.done(c, "continuity.print_noted")
}

// download gives a file of the folder.
func (m *Module) download(c *web.Context) error {
	at, _, err := place.Of(c, m.o.DB)
	if err != nil {
		return err
	}
	var f Folder
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		f, err = Standing(c.Ctx, tx, c.Scope, at.ID)
		return err
	})
	if err != nil {
		return err
	}
	text, media := f.PDF, "application/pdf"
	switch c.Path("format") {
	case "pdf":
	case "html":
		text, media = f.HTML, "text/html; charset=utf-8"
	default:
		return fault.NotFound("continuity.no_format")
	}
	if text == "" {
		return fault.NotFound("continuity.not_made")
	}
	digest, err := digestOf(text)
	if err != nil {
		return err
	}
	content, err := m.o.Vault.Open(c.Ctx, digest)
	if err != nil {
		return err
	}
	defer content.Close()
	c.Download(c.T("continuity.file")+"-"+seal.SafeName(at.Name, 60)+"."+c.Path("format"), media)
	if _, err := io.Copy(c.W, content); err != nil {
		panic(http.ErrAbortHandler) // what is damaged must not look whole
	}
	return nil
}

// contactDraft is the form of a contact.
type contactDraft struct {
	Name    string `form:"name,max=200"`
	Role    string `form:"role,max=200"`
	Phones  string `form:"phones,max=200"`
	Mail    string `form:"mail,max=200"`
	Hours   string `form:"hours,max=200"`
	Note    string `form:"note,max=1000"`
	Place   int64  `form:"place"`
	Version int64  `form:"version"`
}

func (d contactDraft) put(c *Contact) {
	c.Name, c.Role, c.Phones, c.Mail, c.Hours, c.Note, c.Place, c.Version = d.Name, d.Role, d.Phones, d.Mail, d.Hours, d.Note, min(max(d.Place, 0), 10_000), d.Version
}

// form is a page below the folder.
func (m *Module) form(c *web.Context, title string, wrong ui.Errors, body func(v view) templ.Component) error {
	at, s, err := place.Of(c, m.o.DB)
	if err != nil {
		return err
	}
	v := view{At: at, Write: c.May(right.WriteIncident, s.Interval), Now: m.o.Now()}
	return c.Page(web.Page{Title: title, Place: at, Crumbs: []ui.Link{{Href: v.address(), Text: c.T("continuity.title")}}, Errors: wrong}, body(v))
}

func (m *Module) showContact(c *web.Context, id string, d contactDraft, wrong ui.Errors) error {
	title := c.T("continuity.contact_new")
	if id != "" {
		title = c.T("continuity.contact_one")
	}
	return m.form(c, title, wrong, func(v view) templ.Component { return contactBody(v, id, d, wrong) })
}

func (m *Module) blankContact(c *web.Context) error {
	return m.showContact(c, "", contactDraft{}, nil)
}

func (m *Module) addContact(c *web.Context) error {
	var d contactDraft
	return m.saved(c, c.Decode(&d), "contact.add", func(tx *store.Tx, structure string) (string, error) {
		one := Contact{Structure: structure}
		d.put(&one)
		one.Version = 0
		if err := one.check(); err != nil {
			return "", err
		}
		n, err := count(c.Ctx, tx, "continuity_contact", structure)
		if err == nil && n >= maxContacts {
			err = fault.Invalid(fault.Field{Key: "continuity.too_many", Args: []any{"limit", maxContacts}})
		}
		if err != nil {
			return "", err
		}
		return one.Name, one.put(c.Ctx, tx, m.o.Now())
	}, func(wrong ui.Errors) error { return m.showContact(c, "", d, wrong) })
}

// saved runs an act of a form: back to the folder, or the form with what is wrong. err is of the decoding.
func (m *Module) saved(c *web.Context, err error, what string, do func(tx *store.Tx, structure string) (string, error), again func(ui.Errors) error) error {
	if err == nil {
		err = m.act(c, what, "continuity."+strings.ReplaceAll(what, ".", "_"), do)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil && again != nil {
		return again(wrong)
	}
	if err != nil {
		return err
	}
	return m.done(c, "continuity.saved")
}

// read finds one thing of the path.
func read[T any](c *web.Context, m *Module, id string, find func(ctx context.Context, tx *store.Tx, structure, id string) (T, error)) (one T, err error) {
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		one, err = find(c.Ctx, tx, c.Path("structure"), id)
		return err
	})
	return one, err
}

func (m *Module) contact(c *web.Context) error {
	one, err := read(c, m, c.Path("contact"), func(ctx context.Context, tx *store.Tx, structure, id string) (Contact, error) {
		return contactByID(ctx, tx, c.Scope, structure, id)
	})
	if err != nil {
		return err
	}
	return m.showContact(c, one.ID, contactDraft{one.Name, one.Role, one.Phones, one.Mail, one.Hours, one.Note, one.Place, one.Version}, nil)
}

func (m *Module) changeContact(c *web.Context) error {
	var d contactDraft
	return m.saved(c, c.Decode(&d), "contact.change", func(tx *store.Tx, structure string) (string, error) {
		one, err := contactByID(c.Ctx, tx, c.Scope, structure, c.Path("contact"))
		if err != nil {
			return "", err
		}
		d.put(&one)
		if one.Version < 1 {
			return "", fault.Invalid(fault.Field{Key: "continuity.changed_meanwhile"})
		}
		if err := one.check(); err != nil {
			return "", err
		}
		return one.Name, one.put(c.Ctx, tx, m.o.Now())
	}, func(wrong ui.Errors) error { return m.showContact(c, c.Path("contact"), d, wrong) })
}

func (m *Module) removeContact(c *web.Context) error {
	return m.saved(c, nil, "contact.remove", func(tx *store.Tx, structure string) (string, error) {
		one, err := contactByID(c.Ctx, tx, c.Scope, structure, c.Path("contact"))
		if err == nil {
			err = remove(c.Ctx, tx, one)
		}
		return one.Name, err
	}, nil)
}

// speak chooses the language of the folder.
func (m *Module) speak(c *web.Context) error {
	var f struct {
		Language locale.Lang `form:"language,max=2"`
	}
	return m.saved(c, c.Decode(&f), "language", func(tx *store.Tx, structure string) (string, error) {
		if f.Language != locale.French && f.Language != locale.English {
			return "", fault.NotFound("continuity.no_format")
		}
		_, err := tx.Exec(c.Ctx, `insert into continuity_folder (structure_id, language) values ($1, $2) on conflict (structure_id) do update set language = excluded.language`, structure, string(f.Language))
		return string(f.Language), err
	}, nil)
}

// serviceDraft is the form of a service.
type serviceDraft struct {
	Name      string `form:"name,max=200"`
	Tolerance int64  `form:"tolerance"`
	Manager   string `form:"manager,max=200"`
	Phone     string `form:"phone,max=200"`
	Box       string `form:"box,max=200"`
	Procedure string `form:"procedure,max=12000"`
	Version   int64  `form:"version"`
}

func (d serviceDraft) put(s *Service) {
	s.Name, s.Tolerance, s.Manager, s.Phone, s.Box, s.Procedure, s.Version = d.Name, d.Tolerance, d.Manager, d.Phone, d.Box, d.Procedure, d.Version
}

func (m *Module) showService(c *web.Context, id string, d serviceDraft, wrong ui.Errors) error {
	title := d.Name
	if id == "" || title == "" {
		title = c.T("continuity.service_new")
	}
	return m.form(c, title, wrong, func(v view) templ.Component { return serviceBody(v, id, d, wrong) })
}

// blankService asks for a service: which model to begin with, then the form with its text.
func (m *Module) blankService(c *web.Context) error {
	models, err := crisisfolder.Models(string(c.Printer.Lang()))
	if err != nil {
		return err
	}
	asked, chosen := c.Query("model"), serviceDraft{}
	for _, model := range models {
		if model.ID == asked {
			chosen = serviceDraft{Name: model.Title, Tolerance: int64(model.Hours), Procedure: model.Text}
		}
	}
	if asked == "" {
		return m.form(c, c.T("continuity.service_new"), nil, func(v view) templ.Component { return modelsBody(v, models) })
	}
	return m.showService(c, "", chosen, nil)
}

func (m *Module) addService(c *web.Context) error {
	var d serviceDraft
	return m.saved(c, c.Decode(&d), "service.add", func(tx *store.Tx, structure string) (string, error) {
		one := Service{Structure: structure}
		d.put(&one)
		one.Version = 0
		if err := one.check(); err != nil {
			return "", err
		}
		n, err := count(c.Ctx, tx, "continuity_service", structure)
		if err == nil && n >= maxServices {
			err = fault.Invalid(fault.Field{Key: "continuity.too_many", Args: []any{"limit", maxServices}})
		}
		if err != nil {
			return "", err
		}
		return one.Name, one.put(c.Ctx, tx, m.o.Now())
	}, func(wrong ui.Errors) error { return m.showService(c, "", d, wrong) })
}

func (m *Module) service(c *web.Context) error {
	one, err := read(c, m, c.Path("service"), func(ctx context.Context, tx *store.Tx, structure, id string) (Service, error) {
		return serviceByID(ctx, tx, c.Scope, structure, id)
	})
	if err != nil {
		return err
	}
	return m.showService(c, one.ID, serviceDraft{one.Name, one.Tolerance, one.Manager, one.Phone, one.Box, one.Procedure, one.Version}, nil)
}

func (m *Module) changeService(c *web.Context) error {
	var d serviceDraft
	return m.saved(c, c.Decode(&d), "service.change", func(tx *store.Tx, structure string) (string, error) {
		one, err := serviceByID(c.Ctx, tx, c.Scope, structure, c.Path("service"))
		if err != nil {
			return "", err
		}
		d.put(&one)
		if one.Version < 1 {
			return "", fault.Invalid(fault.Field{Key: "continuity.changed_meanwhile"})
		}
		if err := one.check(); err != nil {
			return "", err
		}
		return one.Name, one.put(c.Ctx, tx, m.o.Now())
	}, func(wrong ui.Errors) error { return m.showService(c, c.Path("service"), d, wrong) })
}

func (m *Module) removeService(c *web.Context) error {
	return m.saved(c, nil, "service.remove", func(tx *store.Tx, structure string) (string, error) {
		one, err := serviceByID(c.Ctx, tx, c.Scope, structure, c.Path("service"))
		if err == nil {
			_, err = tx.Exec(c.Ctx, `delete from continuity_service where id = $1`, one.ID)
		}
		return one.Name, err
	}, nil)
}
