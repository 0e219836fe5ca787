package dossier

import (
	"net/url"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/referential/call"
)

// overtaken is what somebody else wrote in a field before the reader did, shown beside the field.
type overtaken struct {
	Member, Name string
	By           string
	Value        string
	Position     int64
}

// project is the page of what the funding is for.
func (m *Module) project(c *web.Context) error { return m.projectPage(c, nil) }

func (m *Module) projectPage(c *web.Context, wrong ui.Errors) error {
	var other *overtaken
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		other, err = m.overtook(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	page := v.page(c, project)
	page.Errors = wrong
	return c.Page(page, projectBody(v, other, wrong))
}

// overtook reads what the address says that the reader's text overtook (?both=name&member=id).
func (m *Module) overtook(c *web.Context, tx *store.Tx, v *view) (*overtaken, error) {
	name, member := c.Query("both"), c.Query("member")
	if name == "" || !v.known(member, name) {
		return nil, nil
	}
	history, err := funding.FieldHistory(c.Ctx, tx, c.Scope, v.ID, member, name)
	if err != nil {
		return nil, err
	}
	for i, f := range history {
		if i > 0 && f.By != history[0].By {
			if err := v.learn(c.Ctx, tx, f.By); err != nil {
				return nil, err
			}
			return &overtaken{Member: member, Name: name, By: v.who(f.By), Value: f.Value, Position: f.Position}, nil
		}
	}
	return nil, nil
}

// save writes one field and leads back to where it stands.
func (m *Module) save(c *web.Context) error {
	var form struct {
		Name   string `form:"name,max=120"`
		Member string `form:"member,max=40"`
		Value  string `form:"value,max=10000"`
		Seen   int64  `form:"seen"`
		Back   string `form:"back,max=20"`
	}
	err := c.Decode(&form)
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.projectPage(c, wrong)
	}
	if err != nil {
		return err
	}
	v, err := m.load(c, nil)
	if err != nil {
		return err
	}
	if !v.known(form.Member, form.Name) {
		return fault.NotFound("funding.no_field")
	}
	if form.Name == askedField || strings.HasPrefix(form.Name, "answer/") {
		if form.Value, err = m.normal(v, form.Name, form.Value); err != nil {
			return m.moneyPage(c, expenseForm{}, nil, ui.ErrorsOf(err))
		}
	}
	var saved funding.Saved
	err = m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		saved, err = m.funding.Save(c.Ctx, tx, c.Scope, v.ID, funding.Field{Member: form.Member, Name: form.Name, Value: form.Value, By: c.Actor.Person}, form.Seen)
		return err
	})
	if err != nil {
		return err
	}
	to := href(v.Dossier) + "/" + string(backTo(form.Back))
	if saved.Overtaken != nil {
		to += "?" + url.Values{"both": {form.Name}, "member": {form.Member}}.Encode()
	}
	return c.Redirect(to + "#" + anchorOf(form.Member, form.Name))
}

// normal writes an amount as files have it; what fills another kind of field is checked by the call when it is used.
func (m *Module) normal(v view, name, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	field, _ := v.Call.Field(strings.TrimPrefix(name, "answer/"))
	if name != askedField && field.Kind != call.AmountField {
		return value, nil
	}
	amount, ok := readEuros(value)
	if !ok {
		return "", fault.Invalid(fault.Field{Name: inputName(name), Key: "dossier.not_an_amount"})
	}
	return amount.String(), nil
}

// backTo is a page of the dossier that a form names.
func backTo(name string) part {
	for _, p := range []part{project, requirements, byMember, money} {
		if string(p) == name {
			return p
		}
	}
	return project
}

// anchorOf is the id of a field on its page.
func anchorOf(member, name string) string {
	return "f-" + strings.NewReplacer("/", "-", ".", "-").Replace(name) + member
}

// inputName is the name under which remarks about a field are shown.
func inputName(name string) string { return strings.NewReplacer("/", "-").Replace(name) }

// seeClosing notes that the reader has seen that the window moved.
func (m *Module) seeClosing(c *web.Context) error {
	v, err := m.write(c, &struct{}{}, func(tx *store.Tx, v view) error {
		return funding.SeeClosing(c.Ctx, tx, c.Scope, v.ID, v.Terms.Closes)
	})
	if err != nil {
		return err
	}
	return c.Redirect(href(v.Dossier))
}

// need is a requirement of the call as the dossier meets it.
type need struct {
	call.Requirement
	answer
	Picked []funding.Picked
	Offers []proof.Reached // there already, of a kind that is asked for, and not picked
	Wanted []call.Evidence
	Note   funding.Field
}

// requirements is the page of the requirements with their verdicts and evidence.
func (m *Module) requirements(c *web.Context) error { return m.requirementsPage(c, nil, nil) }

func (m *Module) requirementsPage(c *web.Context, form *uploadForm, wrong ui.Errors) error {
	var needs []need
	var other *overtaken
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		if needs, err = m.needs(c, tx, v); err != nil {
			return err
		}
		other, err = m.overtook(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	open := m.addingIn(c, v, c.Query("add"))
	if form != nil {
		if open = m.adding(c, v, *form); open != nil {
			open.Wrong = wrong
		}
	}
	page := v.page(c, requirements)
	page.Errors = wrong
	return c.Page(page, requirementsBody(v, needs, other, open))
}

// needs reads the requirements that concern the candidate.
func (m *Module) needs(c *web.Context, tx *store.Tx, v *view) ([]need, error) {
	answers, err := m.judge(c, tx, v.Structure, v.Call)
	if err != nil {
		return nil, err
	}
	picked, err := funding.Evidence(c.Ctx, tx, c.Scope, v.ID)
	if err != nil {
		return nil, err
	}
	there, err := m.evidenceThere(c, tx, v)
	if err != nil {
		return nil, err
	}
	var needs []need
	for _, r := range candidate.Concerned(v.Call, v.Facts.Category) {
		n := need{Requirement: r, answer: answers.Of(r), Note: v.field("note/" + r.ID)}
		for _, p := range picked {
			if p.Requirement == r.ID {
				n.Picked = append(n.Picked, p)
			}
		}
		for _, e := range v.Call.Evidence {
			if slices.Contains(e.Requirement, r.ID) {
				n.Wanted = append(n.Wanted, e)
			}
		}
		for _, e := range there {
			asked := slices.ContainsFunc(n.Wanted, func(w call.Evidence) bool { return w.Document == string(e.Kind) })
			if asked && !slices.ContainsFunc(n.Picked, func(p funding.Picked) bool { return p.Evidence == e.ID }) {
				n.Offers = append(n.Offers, e)
			}
		}
		needs = append(needs, n)
	}
	return needs, m.locate(c, tx, v, picked)
}

// locate finds where the reader reads what is picked, for whoever may.
func (m *Module) locate(c *web.Context, tx *store.Tx, v *view, picked []funding.Picked) error {
	v.Homes = map[string]proof.Reached{}
	if !v.Proofs {
		return nil
	}
	for _, p := range picked {
		e, err := proof.Reach(c.Ctx, tx, c.Scope, p.Evidence)
		if isNotFound(err) { // of a member that left the group since
			continue
		}
		if err != nil {
			return err
		}
		v.Homes[p.Evidence] = e
	}
	return nil
}

// evidenceThere lists the evidence of the candidate, and of the members of a group that the reader's scope holds, that nothing replaced; then what came with
// structures that merged into one of them.
func (m *Module) evidenceThere(c *web.Context, tx *store.Tx, v *view) ([]proof.Reached, error) {
	if !v.Proofs || !v.Edit {
		return nil, nil
	}
	ids := []string{string(v.Structure.ID)}
	if v.Structure.Kind == territory.Group {
		members, err := territory.Members(c.Ctx, tx, c.Scope, v.Structure.ID)
		if err != nil {
			return nil, err
		}
		for _, member := range members {
			if member.Within && member.Role.Full() {
				ids = append(ids, string(member.Subject.ID))
			}
		}
	}
	var own []proof.Evidence
	var there, merged []proof.Reached
	for _, id := range ids {
		list, err := proof.Of(c.Ctx, tx, c.Scope, id)
		if err != nil {
			return nil, err
		}
		more, err := proof.TakenOver(c.Ctx, tx, c.Scope, id)
		if err != nil {
			return nil, err
		}
		own, merged = append(own, list...), append(merged, more...)
	}
	for _, e := range own {
		there = append(there, proof.Reached{Evidence: e, Home: e.Structure})
	}
	there = append(there, merged...)
	for _, e := range merged {
		own = append(own, e.Evidence)
	}
	replaced := proof.Superseded(own, m.now())
	return slices.DeleteFunc(there, func(e proof.Reached) bool { return replaced[e.ID] != "" }), nil
}

// write decodes a form and changes the dossier in the path in one transaction.
func (m *Module) write(c *web.Context, form any, change func(tx *store.Tx, v view) error) (view, error) {
	if err := c.Decode(form); err != nil {
		return view{}, err
	}
	v, err := m.load(c, nil)
	if err != nil {
		return v, err
	}
	return v, m.db.Update(c.Ctx, func(tx *store.Tx) error { return change(tx, v) })
}

// pick lets a piece of evidence serve a requirement.
func (m *Module) pick(c *web.Context) error {
	var form struct {
		Requirement string `form:"requirement,max=120"`
		Evidence    string `form:"evidence,max=40"`
	}
	v, err := m.write(c, &form, func(tx *store.Tx, v view) error {
		if _, ok := v.Call.Requirement(form.Requirement); !ok {
			return fault.NotFound("funding.no_requirement")
		}
		if form.Evidence == "" { // nothing was chosen
			return nil
		}
		return m.funding.Pick(c.Ctx, tx, c.Actor, c.Scope, v.ID, "", form.Requirement, form.Evidence)
	})
	if err != nil {
		return err
	}
	return c.Redirect(href(v.Dossier) + "/requirements#r-" + form.Requirement)
}

// unpick takes a piece of evidence out.
func (m *Module) unpick(c *web.Context) error {
	var form struct {
		Requirement string `form:"requirement,max=120"`
		Picked      string `form:"picked,max=40"`
	}
	v, err := m.write(c, &form, func(tx *store.Tx, v view) error {
		return m.funding.Unpick(c.Ctx, tx, c.Actor, c.Scope, v.ID, form.Picked)
	})
	if err != nil {
		return err
	}
	return c.Redirect(href(v.Dossier) + "/requirements#r-" + form.Requirement)
}

// share is how one member of a group meets what is asked.
type share struct {
	ID, Name string
	Within   bool // the reader's scope holds the member: else its verdicts are its own
	Met, Of  int
	Missing  []need
	Note     funding.Field
}

// members is the page of a group's dossier, member by member.
func (m *Module) members(c *web.Context) error {
	var shares []share
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		if v.Structure.Kind != territory.Group {
			return fault.NotFound("dossier.no_members")
		}
		shares, err = m.shares(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	if ok, err := c.Export(sharesSheet(c, v, shares)); ok {
		return err
	}
	return c.Page(v.page(c, byMember), membersBody(v, shares, c.Exports()))
}

// shares judges each full member by itself.
func (m *Module) shares(c *web.Context, tx *store.Tx, v *view) ([]share, error) {
	all, err := territory.Members(c.Ctx, tx, c.Scope, v.Structure.ID)
	if err != nil {
		return nil, err
	}
	var shares []share
	for _, member := range all {
		if !member.Role.Full() {
			continue
		}
		one := share{ID: string(member.Subject.ID), Name: member.Subject.Name, Within: member.Within && v.Posture}
		if one.Within {
			answers, err := m.judge(c, tx, member.Subject, v.Call)
			if err != nil {
				return nil, err
			}
			for _, r := range candidate.Concerned(v.Call, v.Facts.Category) {
				n := need{Requirement: r, answer: answers.Of(r)}
				if n.Status == referential.NotApplicable {
					continue
				}
				if one.Of++; n.Status == referential.Met {
					one.Met++
				} else {
					one.Missing = append(one.Missing, n)
				}
			}
		}
		shares = append(shares, one)
	}
	return shares, nil
}

func sharesSheet(c *web.Context, v view, shares []share) web.Sheet {
	header := []string{c.T("dossier.member"), c.T("dossier.met"), c.T("dossier.of"), c.T("dossier.missing")}
	return web.Sheet{Name: v.Number, Header: header, Rows: func(yield func([]any, error) bool) {
		for _, s := range shares {
			var missing []string
			for _, n := range s.Missing {
				missing = append(missing, n.titleOf(c.Ctx))
			}
			if !yield([]any{s.Name, s.Met, s.Of, strings.Join(missing, " ; ")}, nil) {
				return
			}
		}
	}}
}
