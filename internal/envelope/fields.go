package envelope

import (
	"strings"

	"hygie/internal/fault"
	"hygie/internal/funding/callshelf"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// What a call does not say because nobody published it (its dates, its envelope, the shares of its payments) is filled here once, by who manages its money. From
// then on the call is as if its file said so.

// fieldsIn gives the fields of the call in the path that are filled for everybody.
func (m *Module) fieldsIn(c *web.Context) (*call.Call, []call.Field, error) {
	k, err := m.callIn(c)
	if err != nil {
		return nil, nil, err
	}
	fields := m.o.Calls.Fields(k.ID)
	if len(fields) == 0 {
		return nil, nil, fault.NotFound("envelope.no_fields")
	}
	return k, fields, nil
}

// fields is the page on which a call is filled.
func (m *Module) fields(c *web.Context) error {
	k, _, err := m.fieldsIn(c)
	if err != nil {
		return err
	}
	var values map[string]string
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		values, err = callshelf.Values(c.Ctx, tx, k.ID)
		return err
	})
	if err != nil {
		return err
	}
	return m.fieldsPage(c, values, nil)
}

func (m *Module) fieldsPage(c *web.Context, values map[string]string, wrong ui.Errors) error {
	k, fields, err := m.fieldsIn(c)
	if err != nil {
		return err
	}
	var list []ui.Field
	for _, f := range fields {
		one := ui.Field{Name: f.Code, Label: f.Title.In(lang(c.Ctx)), Help: strings.TrimSpace(f.Note.In(lang(c.Ctx)) + " " + f.Source.Text.In(lang(c.Ctx))), Short: true, Optional: true, MaxLength: 40,
			Value: values[f.Code], Errors: wrong}
		switch f.Kind {
		case call.AmountField:
			one.Suffix = "€"
		case call.RatioField:
			one.Help += " " + c.T("envelope.field_share")
		case call.MomentField:
			one.Kind = ui.DayField
		}
		list = append(list, one)
	}
	title := k.Title.In(lang(c.Ctx))
	page := web.Page{Title: c.T("envelope.fields"), Over: title, Lead: c.T("envelope.fields_lead"), Errors: wrong, Crumbs: crumbs(c, ui.Link{Href: address(k.ID), Text: title})}
	return c.Page(page, fieldsBody(address(k.ID), list))
}

// fill writes the fields.
func (m *Module) fill(c *web.Context) error {
	k, fields, err := m.fieldsIn(c)
	if err != nil {
		return err
	}
	if err := c.R.ParseForm(); err != nil {
		return fault.Invalid(fault.Field{Key: "envelope.fields_together"}).Because(err)
	}
	values := map[string]string{}
	for _, f := range fields {
		value := strings.TrimSpace(c.R.PostForm.Get(f.Code))
		if amount, ok := readEuros(value); ok && value != "" && f.Kind == call.AmountField { // as files write it
			value = amount.String()
		}
		if f.Kind == call.RatioField {
			value = strings.ReplaceAll(value, ",", ".")
		}
		values[f.Code] = value
	}
	err = m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
		return m.o.Calls.Fill(c.Ctx, tx, m.o.Trail, c.Actor, k.ID, values, m.o.Now())
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.fieldsPage(c, values, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "envelope.fields_saved")
	return c.Redirect(address(k.ID))
}
