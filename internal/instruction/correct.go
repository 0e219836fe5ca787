package instruction

import (
	"context"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/referential/call"
)

// target is something of a dossier that can be corrected, with what the instructor asks of it.
type target struct {
	Code    string // as funding.Correction names it
	Title   string
	Asked   bool
	Member  string
	Kind    string
	Reason  string
	Note    string
	Reasons []call.Reason // of the library that fit it
}

// targets lists what the candidate can correct in a dossier.
func (v view) targets(ctx context.Context) (list []target) {
	general := v.Call.ReasonsFor(call.Correct, "")
	add := func(code, title string) {
		list = append(list, target{Code: code, Title: title, Kind: string(funding.Incomplete), Reasons: general})
	}
	for _, name := range []string{"project", "calendar", "service"} {
		add(name, locale.T(ctx, "dossier.field_"+name))
	}
	add("asked", locale.T(ctx, "dossier.asked"))
	for _, f := range v.Call.Blank(call.PerDossier) {
		add("answer/"+f.Code, f.Title.In(lang(ctx)))
	}
	add("expenses", locale.T(ctx, "dossier.expenses"))
	for _, n := range v.Check.Needs {
		list = append(list, target{Code: "requirement/" + n.ID, Title: n.title().In(lang(ctx)), Kind: string(funding.Incomplete), Reasons: v.Call.ReasonsFor(call.Correct, n.ID)})
	}
	return list
}

// targetTitle names what a correction is about.
func (v view) targetTitle(ctx context.Context, code string) string {
	for _, t := range v.targets(ctx) {
		if t.Code == code {
			return t.Title
		}
	}
	return code
}

// askCorrections asks what is to be corrected; a point in the address is chosen already.
func (m *Module) askCorrections(c *web.Context, d desk) error {
	v, err := m.load(c, d)
	if err != nil {
		return err
	}
	list := v.targets(c.Ctx)
	for i := range list {
		list[i].Asked = list[i].Code == c.Query("point")
	}
	return m.correctPage(c, v, list, 0, nil)
}

func (m *Module) correctPage(c *web.Context, v view, list []target, status int, wrong ui.Errors) error {
	if !slices.ContainsFunc(v.Moves, func(one move) bool { return one.Name == "corrections" }) {
		return fault.Conflict("funding.not_now", "state", v.State)
	}
	page := m.frame(c, v)
	page.Title, page.Over, page.Lead, page.Errors, page.Status = c.T("instruction.ask_corrections"), v.Number+" – "+v.Structure.Name, c.T("instruction.corrections_lead"), wrong, status
	page.Crumbs = append(page.Crumbs, ui.Link{Href: m.href(c, v.Desk, v.ID), Text: v.Number})
	return c.Page(page, m.correctBody(c, v, list, wrong))
}

// fill reads what was typed for a target.
func (t *target) fill(c *web.Context) {
	get := func(name string) string {
		text := strings.TrimSpace(c.R.Form.Get(name + ":" + t.Code))
		return strings.ReplaceAll(strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), ""), "\x00", "")
	}
	t.Asked = get("on") != ""
	t.Member, t.Kind, t.Reason, t.Note = get("member"), get("kind"), get("reason"), get("note")
	t.Asked = t.Asked || t.Reason != "" || t.Note != ""
}

// correction is what a target asks of the candidate: the words of the library, and the instructor's own.
func (t target) correction(v view) (funding.Correction, error) {
	one := funding.Correction{Target: t.Code, Member: t.Member, Kind: funding.CorrectionKind(t.Kind), Reason: t.Reason, Note: t.Note}
	if t.Member != "" && v.memberName(t.Member) == "" {
		return one, fault.Invalid(fault.Field{Name: "member:" + t.Code, Key: "instruction.no_member"})
	}
	if t.Reason != "" {
		reason, ok := reasonOf(v.Call, t.Reason, call.Correct)
		if !ok {
			return one, fault.Invalid(fault.Field{Name: "reason:" + t.Code, Key: "instruction.no_reason"})
		}
		one.Note = strings.TrimSpace(reason.Text.FR + "\n" + t.Note)
	}
	if one.Note == "" {
		return one, fault.Invalid(fault.Field{Name: "note:" + t.Code, Key: "instruction.say_what"})
	}
	return one, nil
}

// corrections asks the candidate to correct what was named; the clock stands until they are given back.
func (m *Module) corrections(c *web.Context, d desk) error {
	var form struct {
		Version int64 `form:"version"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	v, err := m.load(c, d)
	if err != nil {
		return err
	}
	list := v.targets(c.Ctx)
	typed := []string{}
	for i := range list {
		list[i].fill(c)
		if list[i].Note != "" {
			typed = append(typed, list[i].Title+" : "+list[i].Note)
		}
	}
	if v.Version != form.Version {
		return m.overtaken(c, v, form.Version, strings.Join(typed, "\n"))
	}
	var asked []funding.Correction
	var wrong ui.Errors
	for _, t := range list {
		if !t.Asked {
			continue
		}
		one, err := t.correction(v)
		if err != nil {
			wrong = append(wrong, ui.ErrorsOf(err)...)
		}
		asked = append(asked, one)
	}
	if len(wrong) > 0 {
		return m.correctPage(c, v, list, 0, wrong)
	}
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		_, err := m.done(c, tx, d, v.subject, funding.Doing{Dossier: v.ID, Version: form.Version, Act: funding.AskCorrection, Corrections: asked})
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.correctPage(c, v, list, 0, wrong)
	}
	if fault.KindOf(err) == fault.KindConflict {
		if v, err = m.load(c, d); err != nil {
			return err
		}
		return m.overtaken(c, v, form.Version, strings.Join(typed, "\n"))
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "instruction.did_corrections", "number", v.Number, "count", len(asked))
	return c.Redirect(back(c, d))
}

func lang(ctx context.Context) referential.Lang { return referential.Lang(locale.From(ctx).Lang()) }
