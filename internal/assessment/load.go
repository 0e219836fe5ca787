package assessment

import (
	"context"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// view is a self-assessment with what its pages show.
type view struct {
	Assessment
	At        *web.Place
	Structure territory.Structure
	Pkg       *referential.Package
	All       []Answer // every line, oldest first
	Last      map[string]Answer
	Names     map[string]string // of people, by id
	Result    referential.Result
	Proposals []proposal
	Earlier   []Assessment       // of the same questionnaire, finished, the latest first
	Before    referential.Result // of the first of them, by today's questions
	Peers     *peers

	Answer bool // the reader may answer
	Plan   bool // the reader may add to the plan
	Notes  bool // the reader may see the notes
}

// load reads the self-assessment in the path.
func (m *Module) load(c *web.Context) (v view, err error) {
	if v.At, v.Structure, err = place.Of(c, m.db); err != nil {
		return v, err
	}
	v.Answer, v.Plan, v.Notes = mayAnswer(c, v.At), c.May(right.EditActions, v.At.Interval), c.May(right.SeeProof, v.At.Interval)
	err = m.db.View(c.Ctx, func(tx *store.Tx) error { return m.fill(c, tx, &v) })
	return v, err
}

func (m *Module) fill(c *web.Context, tx *store.Tx, v *view) (err error) {
	if v.Assessment, v.Pkg, err = m.found(c.Ctx, tx, c.Scope, string(v.Structure.ID), c.Path("assessment")); err != nil {
		return err
	}
	if v.All, err = answers(c.Ctx, tx, c.Scope, v.ID); err != nil {
		return err
	}
	v.Last = latest(v.All)
	v.Result = v.Pkg.Score(choices(v.Last))
	ids := []string{v.BegunBy, v.DoneBy}
	for _, x := range v.All {
		ids = append(ids, x.By)
	}
	if v.Names, err = people.Names(c.Ctx, tx, ids...); err != nil {
		return err
	}
	all, err := of(c.Ctx, tx, c.Scope, v.Assessment.Structure, v.Package)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State == Done && a.ID != v.ID && a.Subject == v.Subject && (v.State == Open || a.DoneAt.Before(v.DoneAt)) {
			v.Earlier = append(v.Earlier, a)
		}
	}
	if v.State == Open {
		v.Proposals, err = m.propose(c, tx, v.Structure, v.Assessment, v.Pkg, v.Last)
		return err
	}
	if len(v.Earlier) > 0 {
		given, err := answers(c.Ctx, tx, c.Scope, v.Earlier[0].ID)
		if err != nil {
			return err
		}
		v.Before = v.Pkg.Score(choices(latest(given)))
	}
	if v.Subject != "" {
		return nil
	}
	v.Peers, err = similar(c.Ctx, tx, v.Structure, v.Package)
	return err
}

// crumbs lead to the list, and from inside a questionnaire to it.
func (v view) crumbs(c *web.Context, inside bool) []ui.Link {
	way := []ui.Link{{Href: address(v.Assessment.Structure), Text: c.T("assessment.title")}}
	if inside {
		way = append(way, ui.Link{Href: href(v.Assessment), Text: v.title(c.Ctx)})
	}
	return way
}

// title names the questionnaire, and what it is about.
func (v view) title(ctx context.Context) string {
	return titled(v.Pkg.Title.In(lang(ctx)), v.Assessment)
}

func titled(title string, a Assessment) string {
	if a.Subject == "" {
		return title
	}
	return title + " – " + a.Subject
}

// asked is a question where it stands in the package.
type asked struct {
	referential.Question
	Theme       referential.Axis
	Requirement referential.Requirement
}

// questions lists the questions, those of one respondent when part is not empty. A question for anybody is for every respondent.
func (v view) questions(part string) []asked {
	var all []asked
	for _, axis := range v.Pkg.Axes {
		for _, o := range axis.Objectives {
			for _, r := range o.Requirements {
				for _, q := range r.Questions {
					if part == "" || len(q.Who) == 0 || slices.Contains(q.Who, part) {
						all = append(all, asked{q, axis, r})
					}
				}
			}
		}
	}
	return all
}

// next is the first question without an answer, of a part and after a question when there is one.
func (v view) next(part, after string) string {
	all := v.questions(part)
	start := slices.IndexFunc(all, func(q asked) bool { return q.Code == after }) + 1
	for _, q := range slices.Concat(all[start:], all[:start]) {
		if _, ok := v.Last[q.Code]; !ok {
			return q.Code
		}
	}
	return ""
}

// part is the respondent in the query, when the package has it.
func (v view) part(c *web.Context) string {
	code := c.Query("part")
	if slices.ContainsFunc(v.Pkg.Respondents, func(r referential.Respondent) bool { return r.Code == code }) {
		return code
	}
	return ""
}

// changed tells whether a question asks for something else than when it was answered.
func (v view) changed(q referential.Question) bool {
	x, ok := v.Last[q.Code]
	return ok && x.Meaning != q.Fingerprint()
}

// others are the earlier answers to a question that differ from the last one, the latest first.
func (v view) others(question string) []Answer {
	var all []Answer
	last, ok := v.Last[question]
	for _, x := range slices.Backward(v.All) {
		if ok && x.Question == question && x.ID != last.ID && (x.Choice != last.Choice || x.Note != last.Note && x.Note != "") {
			all = append(all, x)
		}
	}
	return all
}

// who names the person behind an id.
func (v view) who(id string) string {
	if name, ok := v.Names[id]; ok {
		return name
	}
	return "hygie"
}

// lang is the reader's language, as referentials name it.
func lang(ctx context.Context) referential.Lang { return referential.Lang(locale.From(ctx).Lang()) }

func tone(good bool) ui.Tone {
	if good {
		return ui.Good
	}
	return ui.Info
}

// ask finds a question of the package in the path.
func (v view) ask(c *web.Context) (asked, error) {
	for _, q := range v.questions("") {
		if q.Code == c.Path("question") {
			return q, nil
		}
	}
	return asked{}, fault.NotFound("assessment.no_question")
}

// since tells from when a self-assessment dates.
func since(a Assessment) time.Time {
	if a.State == Done {
		return a.DoneAt
	}
	return a.BegunAt
}
