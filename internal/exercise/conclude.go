package exercise

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/document/odt"
	"hygie/document/pdf"
	drill "hygie/exercise"
	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// DebriefKind is the kind of evidence that a concluded exercise deposits, as the referentials name it.
const DebriefKind proof.Kind = "exercise-debrief"

// ending is what concludes an exercise: who was there, and what is to be done.
type ending struct {
	Present  []string `form:"present"` // seats
	Business bool     `form:"business"`
	Field    bool     `form:"field"`            // a service worked by its continuity plan, for real
	Actions  string   `form:"actions,max=8000"` // one a line
}

// fewest is how many answers there must be before any is shown: fewer would name somebody.
const fewest = 3

// mostActions is how many actions one exercise may ask for.
const mostActions = 50

// debrief shows what came out: figures, observations, what people think; and concludes.
func (m *Module) debrief(c *web.Context) error { return m.debriefPage(c, ending{}, nil) }

func (m *Module) debriefPage(c *web.Context, f ending, wrong ui.Errors) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	if len(f.Present) == 0 {
		for _, s := range v.seats {
			if s.Present {
				f.Present = append(f.Present, s.ID)
			}
		}
	}
	page := web.Page{Title: words(c.Ctx, v.Scenario.Title), Over: c.T("exercise.banner"), Place: at, Crumbs: m.crumbs(c, at.ID), Tabs: tabs(c, v, "debrief"), Errors: wrong}
	return c.Page(page, debriefBody(v, f, wrong, c.May(right.AddProof, at.Interval)))
}

// shown are the answers of a phase, when there are enough of them to name nobody.
func (v view) shown(phase Phase) (all []Answer, held int) {
	for _, a := range v.answers {
		if a.Phase == phase {
			all = append(all, a)
		}
	}
	if len(all) < fewest {
		return nil, len(all)
	}
	return all, len(all)
}

// satisfaction sums what people think of the exercise.
func satisfaction(all []Answer) (sum int64) {
	for _, a := range all {
		sum += int64(a.Satisfaction)
	}
	return sum
}

// present are the roles of the seats that were there.
func (v view) present(seats []string) (roles []string) {
	for _, s := range v.seats {
		if s.Role != "" && slices.Contains(seats, s.ID) {
			roles = append(roles, s.Role)
		}
	}
	return roles
}

// lines are the actions of a form, one a line.
func (f ending) lines() (all []string) {
	for l := range strings.SplitSeq(f.Actions, "\n") {
		if l = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(l), "-•*")); l != "" {
			all = append(all, l)
		}
	}
	return all
}

// report is the draft of the debrief, as a file to read or to go on writing in.
func (m *Module) report(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	var present []string
	for _, s := range v.seats {
		if s.Present {
			present = append(present, s.ID)
		}
	}
	d := Retex(c.Ctx, v, at.Name, present, nil)
	var b bytes.Buffer
	name, kind := c.T("exercise.retex_file"), "application/pdf"
	if c.Query("format") == "odt" {
		name, kind = name+".odt", "application/vnd.oasis.opendocument.text"
		err = odt.Write(&b, d)
	} else {
		name += ".pdf"
		err = pdf.Write(&b, d)
	}
	if err != nil {
		return fmt.Errorf("write the debrief of exercise %s: %w", v.ID, err)
	}
	c.Download(name, kind)
	_, err = c.W.Write(b.Bytes())
	return err
}

// conclude deposits the debrief, puts what was learnt into the plan, and records the facts of an exercise that counts.
func (m *Module) conclude(c *web.Context) error {
	var f ending
	if err := c.Decode(&f); err != nil {
		if wrong := ui.ErrorsOf(err); wrong != nil {
			return m.debriefPage(c, f, wrong)
		}
		return err
	}
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	if !v.state.Ended || !v.Concluded.IsZero() {
		return fault.Conflict("exercise.not_now")
	}
	actions := f.lines()
	if wrong := checkActions(actions); wrong != nil {
		return m.debriefPage(c, f, wrong)
	}
	evidence, err := m.deposit(c, v, at, f.Present, actions)
	if err != nil {
		return err
	}
	counted, _ := drill.Counted(v.Scenario, v.state, v.present(f.Present))
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		now, err := ByID(c.Ctx, tx, c.Scope, v.Structure, v.ID)
		if err != nil {
			return err
		}
		if !now.Concluded.IsZero() {
			return fault.Conflict("exercise.not_now")
		}
		for _, s := range v.seats {
			if err := setSeat(c.Ctx, tx, s.ID, "present", slices.Contains(f.Present, s.ID)); err != nil {
				return err
			}
		}
		if err := m.learn(c, tx, v, actions); err != nil {
			return err
		}
		if evidence.ID, err = proof.Add(c.Ctx, tx, c.Scope, evidence); err != nil {
			return err
		}
		if counted {
			if err := proof.Record(c.Ctx, tx, c.Scope, m.facts(c, v, f, evidence.ID)...); err != nil {
				return err
			}
		}
		if err := settle(c.Ctx, tx, v.Exercise, counted, m.Now()); err != nil {
			return err
		}
		return m.trailed(c, tx, v.Exercise, "conclude", map[string]any{"counted": counted, "actions": len(actions), "evidence": evidence.ID})
	})
	if err != nil {
		return err
	}
	m.bump(v.Exercise)
	c.Flash(ui.Good, "exercise.concluded")
	return c.Redirect(v.address() + "/debrief")
}

// longestAction is how long the title of an action may be, in characters.
const longestAction = 200

func checkActions(all []string) ui.Errors {
	if len(all) > mostActions {
		return ui.Errors{{Name: "actions", Key: "exercise.too_many_actions", Args: []any{"limit", mostActions}}}
	}
	for _, a := range all {
		if len([]rune(a)) > longestAction {
			return ui.Errors{{Name: "actions", Key: "web.too_long", Args: []any{"limit", longestAction}}}
		}
	}
	return nil
}

// deposit stores the debrief; what it says of who was there and what is to be done is what was just said.
func (m *Module) deposit(c *web.Context, v view, at *web.Place, present, actions []string) (proof.Evidence, error) {
	var b bytes.Buffer
	if err := pdf.Write(&b, Retex(c.Ctx, v, at.Name, present, actions)); err != nil {
		return proof.Evidence{}, fmt.Errorf("write the debrief of exercise %s: %w", v.ID, err)
	}
	digest, size, err := m.Vault.Put(c.Ctx, bytes.NewReader(b.Bytes()))
	switch {
	case errors.Is(err, blob.ErrFull):
		return proof.Evidence{}, fault.Conflict("evidence.disk_full").Because(err)
	case err != nil:
		return proof.Evidence{}, fmt.Errorf("store the debrief of exercise %s: %w", v.ID, err)
	}
	return proof.Evidence{Structure: v.Structure, Kind: DebriefKind, Name: c.T("exercise.retex_file") + "-" + c.Printer.ISODay(v.state.Finished) + ".pdf", MediaType: "application/pdf",
		SHA256: hex.EncodeToString(digest[:]), Size: size, EffectiveFrom: v.state.Started, DepositedAt: m.Now(), DepositedBy: c.Actor.Person, Note: "exercise/" + v.ID}, nil
}

// learn puts actions into the plan, three months ahead.
func (m *Module) learn(c *web.Context, tx *store.Tx, v view, actions []string) error {
	for i, title := range actions {
		a := plan.Action{Structure: v.Structure, Title: title, Detail: c.T("exercise.asked_by", "scenario", words(c.Ctx, v.Scenario.Title), "day", c.Printer.Date(v.state.Finished)),
			Origin: plan.ExerciseLesson, OriginRef: fmt.Sprintf("exercise/%s/%d", v.ID, i+1), OriginURL: v.address() + "/debrief", State: plan.Open, DueOn: m.Now().AddDate(0, 3, 0), CreatedBy: c.Actor.Person}
		if _, _, err := plan.Add(c.Ctx, tx, c.Scope, a, m.Now()); err != nil {
			return err
		}
	}
	return nil
}

// subject is the first word of the facts of exercises, and of what they come from.
const subject = "exercise"

// continuitySubject is the first word of the facts of continuity plans.
const continuitySubject = "continuity"

// facts are what an exercise that counts proves. A continuity plan is tested when a service worked by it for real, which a crisis exercise may hold but is not by itself.
func (m *Module) facts(c *web.Context, v view, end ending, evidence string) []proof.Fact {
	year, month, number := v.state.Started.In(c.Printer.Zone()).Date()
	day := time.Date(year, month, number, 0, 0, 0, 0, time.UTC)
	all := []proof.Fact{
		{Key: subject + ".held", Value: referential.Date(day)}, {Key: subject + ".kind", Value: referential.Words("care-continuity")},
		{Key: subject + ".management", Value: referential.YesNo(true)}, {Key: subject + ".business", Value: referential.YesNo(end.Business)},
	}
	if end.Field {
		all = append(all, proof.Fact{Key: continuitySubject + ".tested", Value: referential.Date(day)})
	}
	for i := range all {
		f := &all[i]
		f.Structure, f.ObservedAt, f.Source, f.Evidence, f.RecordedAt, f.RecordedBy = v.Structure, v.state.Finished, subject+"/"+v.ID, evidence, m.Now(), c.Actor.Person
	}
	return all
}
