package evidence

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// blank shows the form of a deposit: empty, for a kind that a referential asks for, or to replace a document.
func (m *Module) blank(c *web.Context) error {
	d := Draft{Structure: c.Path("structure"), Kind: proof.Kind(c.Query("kind")), From: c.Now(), Supersedes: c.Query("supersedes")}
	if d.Supersedes != "" {
		old, err := m.find(c, d.Supersedes)
		if err != nil {
			return err
		}
		d.Kind = old.Kind
	}
	return m.form(c, d, nil)
}

// find reads evidence of the structure in the path.
func (m *Module) find(c *web.Context, id string) (e proof.Evidence, err error) {
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		e, err = proof.ByID(c.Ctx, tx, c.Scope, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && e.Structure != c.Path("structure") {
		return proof.Evidence{}, fault.NotFound("evidence.not_found")
	}
	return e, err
}

func (m *Module) form(c *web.Context, d Draft, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("evidence.new"), Lead: c.T("evidence.new_lead"), Place: at, Crumbs: crumbs(c, at), Errors: wrong}
	if d.Supersedes != "" {
		old, err := m.find(c, d.Supersedes)
		if err != nil {
			return err
		}
		page.Title, page.Lead = c.T("evidence.replace_title"), c.T("evidence.replace_lead", "name", old.Name)
	}
	return c.Page(page, depositForm(address(at.ID), d, m.kindOptions(c), m.max, wrong))
}

func crumbs(c *web.Context, at *web.Place) []ui.Link {
	return []ui.Link{{Href: address(at.ID), Text: c.T("evidence.title")}}
}

// deposit reads the form as it arrives: the fields, then the file, of which nothing lies unencrypted on the disk.
func (m *Module) deposit(c *web.Context) error {
	parts, err := c.R.MultipartReader()
	if err != nil {
		return fault.Invalid(fault.Field{Key: "web.form_unreadable"}).Because(err)
	}
	d := Draft{Structure: c.Path("structure")}
	e, err := m.parts(c, parts, &d)
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.form(c, d, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "evidence.deposited", "name", e.Name)
	if !right.Visible(c.Actor, right.SeeProof).Empty() {
		return c.Redirect(address(e.Structure) + "/" + e.ID)
	}
	return c.Redirect("/structures/" + e.Structure)
}

// fields is what stands around the file.
type fields struct {
	Kind       proof.Kind `form:"kind,max=80"`
	From       time.Time  `form:"from"`
	Until      time.Time  `form:"until"`
	Note       string     `form:"note,max=2000"`
	Supersedes string     `form:"supersedes,max=40"`
}

// parts reads a form part by part until the file, which must come last, as in the page's own form.
func (m *Module) parts(c *web.Context, parts *multipart.Reader, d *Draft) (proof.Evidence, error) {
	values := url.Values{}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			wrong := append(fault.Fields(d.read(c, values)), fault.Field{Name: "file", Key: "evidence.file_missing"})
			return proof.Evidence{}, fault.Invalid(wrong...)
		case err != nil:
			return proof.Evidence{}, cut(err)
		case part.FormName() == "file" && part.FileName() != "":
			return m.filed(c, d, values, part)
		case part.FormName() == "file":
			continue
		}
		const most = 4*maxNote + 1 // bytes: enough to see that a note is too long
		value, err := io.ReadAll(io.LimitReader(part, most))
		if err != nil {
			return proof.Evidence{}, cut(err)
		}
		if len(values) < maxFields {
			values.Add(part.FormName(), string(value))
		}
	}
}

// maxFields is more than the form has.
const maxFields = 20

// read decodes the fields as those of any other form.
func (d *Draft) read(c *web.Context, values url.Values) error {
	plain := *c
	plain.R = &http.Request{Method: http.MethodPost, Header: http.Header{}, URL: c.R.URL, Form: values, PostForm: values, Body: http.NoBody}
	var f fields
	err := plain.Decode(&f)
	d.Kind, d.From, d.Until, d.Note, d.Supersedes = f.Kind, f.From, f.Until, f.Note, f.Supersedes
	return err
}

// filed deposits the file, or reads it to its end when something is wrong: a browser shows the answer only once it has sent everything.
func (m *Module) filed(c *web.Context, d *Draft, values url.Values, part *multipart.Part) (proof.Evidence, error) {
	err := d.read(c, values)
	var e proof.Evidence
	if err == nil {
		e, err = m.Deposit(c.Ctx, c.Actor, c.Scope, *d, part.FileName(), part)
	}
	if fault.KindOf(err) == fault.KindInvalid {
		_, _ = io.Copy(io.Discard, part) // bounded by the route; what went wrong is said already
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, new(*http.MaxBytesError)) {
		return e, cut(err)
	}
	return e, err
}

// cut says why the form did not arrive whole.
func cut(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) {
		return errTooLarge
	}
	return fault.Invalid(fault.Field{Name: "file", Key: "evidence.upload_cut"}).Because(err)
}
