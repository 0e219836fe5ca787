package incident

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/sheet"
)

// Longest texts, in characters.
const (
	maxName = 200
	maxText = 4000
)

// Act is who acts, where: the scope was given out for the right that the act needs.
type Act struct {
	Actor   right.Actor
	Scope   territory.Scope
	Printer *locale.Printer // the language in which forms note what they change
}

func (a Act) author() logbook.Author {
	name := a.Actor.Name
	if name == "" {
		name = a.Actor.Email
	}
	return logbook.Author{Person: a.Actor.Person, Name: name}
}

func required(field, text string, limit int) error {
	switch {
	case strings.TrimSpace(text) == "":
		return fault.Invalid(fault.Field{Name: field, Key: "incident.missing"})
	case utf8.RuneCountInString(text) > limit:
		return fault.Invalid(fault.Field{Name: field, Key: "web.too_long", Args: []any{"limit", limit}})
	}
	return nil
}

// Opening is the three fields of an opening.
type Opening struct {
	Title   string
	Noticed time.Time // now when zero
	Care    Care      // empty: not known
}

// Open opens an incident with its main courante, whose first line is the title.
func (m *Module) Open(ctx context.Context, a Act, structure string, o Opening) (i Incident, err error) {
	now := m.o.Now().UTC().Truncate(time.Millisecond)
	if err := required("title", o.Title, maxName); err != nil {
		return i, err
	}
	if o.Noticed.IsZero() {
		o.Noticed = now
	}
	if o.Noticed.After(now.Add(time.Minute)) {
		return i, fault.Invalid(fault.Field{Name: "noticed", Key: "incident.in_future"})
	}
	if o.Care != "" && !contains(cares(), o.Care) {
		return i, fault.Invalid(fault.Field{Name: "care", Key: "incident.choose"})
	}
	err = m.o.DB.Update(ctx, func(tx *store.Tx) error {
		title := strings.TrimSpace(o.Title)
		book, err := m.o.Books.Open(ctx, tx, a.Scope, logbook.Book{Structure: structure, Kind: logbook.Incident, Title: title, OpenedBy: a.Actor.Person})
		if err != nil {
			return err
		}
		i = Incident{ID: store.NewID(now), Structure: structure, Book: book.ID, Title: title, OpenedAt: now, OpenedBy: a.Actor.Person, Noticed: o.Noticed.UTC(), Care: o.Care, Version: 1}
		if err := add(ctx, tx, i); err != nil {
			return err
		}
		if _, err := m.o.Books.Note(ctx, tx, a.Scope, i.Book, a.author(), logbook.Draft{Kind: logbook.Fact, Text: title, At: i.Noticed, Written: now}); err != nil {
			return err
		}
		return m.append(ctx, tx, a, i, "incident.open", nil)
	})
	return i, err
}

func contains[T comparable](all []T, one T) bool {
	for _, v := range all {
		if v == one {
			return true
		}
	}
	return false
}

// append notes an act in the audit trail.
func (m *Module) append(ctx context.Context, tx *store.Tx, a Act, i Incident, action string, details map[string]any) error {
	e := journal.Entry{Actor: a.Actor.Person, Action: action, Structure: i.Structure, Subject: "incident/" + i.ID}
	if details != nil {
		e.Data = trail.Data(details)
	}
	return m.o.Trail.Append(ctx, tx, e)
}

// change runs an act on an open incident in scope; the lines that it returns are noted in the main courante.
func (m *Module) change(ctx context.Context, a Act, structure, id string, do func(tx *store.Tx, i Incident) ([]logbook.Draft, error)) error {
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := byID(ctx, tx, a.Scope, structure, id)
		if err != nil {
			return err
		}
		if !i.Closed.IsZero() {
			return fault.Conflict("incident.is_closed")
		}
		lines, err := do(tx, i)
		if err != nil || len(lines) == 0 {
			return err
		}
		_, err = m.o.Books.Note(ctx, tx, a.Scope, i.Book, a.author(), lines...)
		return err
	})
}

// Qualification is what is known of an incident after a first look.
type Qualification struct {
	Kind      Kind
	Malicious string // yes, no, or empty: not known
	Care      Care
	Occurred  time.Time // zero: not known
	Noticed   time.Time // as corrected; zero: as it was
	Version   int64
}

// Qualify records what sort of incident it is. The moment of the first qualification is kept.
func (m *Module) Qualify(ctx context.Context, a Act, structure, id string, q Qualification) error {
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		now := m.o.Now().UTC().Truncate(time.Millisecond)
		if q.Kind != "" && !contains(Kinds(), q.Kind) || q.Care != "" && !contains(cares(), q.Care) || !contains([]string{"", "yes", "no"}, q.Malicious) {
			return nil, fault.Invalid(fault.Field{Name: "kind", Key: "incident.choose"})
		}
		if q.Occurred.After(now.Add(time.Minute)) {
			return nil, fault.Invalid(fault.Field{Name: "occurred", Key: "incident.in_future"})
		}
		if q.Noticed.IsZero() {
			q.Noticed = i.Noticed
		}
		if q.Noticed.After(now.Add(time.Minute)) {
			return nil, fault.Invalid(fault.Field{Name: "noticed", Key: "incident.in_future"})
		}
		before := i.Noticed
		if q.Malicious == "" {
			q.Malicious = q.Kind.Malicious()
		}
		i.Kind, i.Malicious, i.Care, i.Occurred, i.Noticed, i.Version = q.Kind, q.Malicious, q.Care, q.Occurred, q.Noticed.UTC(), q.Version
		if q.Kind != "" && i.Qualified.IsZero() {
			i.Qualified = now
		}
		if err := save(ctx, tx, i); err != nil {
			return nil, err
		}
		p := a.Printer
		text := p.T("incident.qualified_line", "kind", p.T(i.Kind.MessageKey()), "malicious", p.T("incident.malicious_"+or(i.Malicious, "unknown")), "care", p.T(i.Care.MessageKey()))
		if before.Truncate(time.Minute) != i.Noticed.Truncate(time.Minute) { // every legal clock runs from it
			text += "\n" + p.T("incident.noticed_line", "before", p.DateTime(before), "after", p.DateTime(i.Noticed))
		}
		return []logbook.Draft{{Kind: logbook.Decision, Text: text}}, m.append(ctx, tx, a, i, "incident.qualify", map[string]any{"kind": string(i.Kind)})
	})
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// SetService records how a care service works.
func (m *Module) SetService(ctx context.Context, a Act, structure, id string, s Service) error {
	if err := required("name", s.Name, maxName); err != nil {
		return err
	}
	if sheet.Fold(s.Name) == "" {
		return fault.Invalid(fault.Field{Name: "name", Key: "incident.missing"})
	}
	if !contains(serviceStates(), s.State) {
		return fault.Invalid(fault.Field{Name: "state", Key: "incident.choose"})
	}
	if utf8.RuneCountInString(s.Note) > maxName {
		return fault.Invalid(fault.Field{Name: "note", Key: "web.too_long", Args: []any{"limit", maxName}})
	}
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		now := m.o.Now()
		if s.Since.IsZero() {
			s.Since = now
		}
		changed, err := putService(ctx, tx, i.ID, s, now)
		if err != nil || !changed {
			return nil, err
		}
		text := a.Printer.T("incident.service_line", "name", s.Name, "state", a.Printer.T(s.State.MessageKey()))
		if s.Note != "" {
			text += "\n" + s.Note
		}
		return []logbook.Draft{{Kind: logbook.State, Text: text, At: s.Since}}, nil
	})
}

// Ask puts a decision on the table.
func (m *Module) Ask(ctx context.Context, a Act, structure, id, text string) error {
	if err := required("text", text, maxName); err != nil {
		return err
	}
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		now := m.o.Now()
		_, err := tx.Exec(ctx, `insert into incident_decision (id, incident_id, text, asked_at) values ($1, $2, $3, $4)`, store.NewID(now), i.ID, strings.TrimSpace(text), store.Millis(now))
		return []logbook.Draft{{Kind: logbook.State, Text: a.Printer.T("incident.asked_line", "text", strings.TrimSpace(text))}}, err
	})
}

// Decide records what was decided.
func (m *Module) Decide(ctx context.Context, a Act, structure, id, decision, outcome string) error {
	if err := required("outcome", outcome, maxName); err != nil {
		return err
	}
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		text, err := store.One(ctx, tx, store.Column[string], `update incident_decision set decided_at = $1, outcome = $2 where id = $3 and incident_id = $4 and decided_at = 0 returning text`,
			store.Millis(m.o.Now()), strings.TrimSpace(outcome), decision, i.ID)
		if err != nil {
			return nil, fault.Conflict("incident.decided_already").Because(err)
		}
		return []logbook.Draft{{Kind: logbook.Decision, Text: text + "\n→ " + strings.TrimSpace(outcome)}}, nil
	})
}

// planAhead is how far ahead a shift may be planned.
const planAhead = 31 * 24 * time.Hour

// Arrive records that somebody is there, or from when they are to be.
func (m *Module) Arrive(ctx context.Context, a Act, structure, id string, s Shift) error {
	if err := required("name", s.Name, maxName); err != nil {
		return err
	}
	if utf8.RuneCountInString(s.Post) > maxName || utf8.RuneCountInString(s.Reach) > maxName {
		return fault.Invalid(fault.Field{Name: "post", Key: "web.too_long", Args: []any{"limit", maxName}})
	}
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		now := m.o.Now()
		if s.From.IsZero() {
			s.From = now
		}
		if s.From.After(now.Add(planAhead)) || s.From.Before(now.Add(-planAhead)) {
			return nil, fault.Invalid(fault.Field{Name: "from", Key: "incident.not_moment"})
		}
		if !s.Planned.IsZero() && (!s.Planned.After(s.From) || s.Planned.After(s.From.Add(planAhead))) {
			return nil, fault.Invalid(fault.Field{Name: "until", Key: "incident.ends_before"})
		}
		_, err := tx.Exec(ctx, `insert into incident_shift (id, incident_id, name, post, reach, from_at, planned_until) values ($1, $2, $3, $4, $5, $6, $7)`,
			store.NewID(now), i.ID, s.Name, s.Post, s.Reach, store.Millis(s.From), store.Millis(s.Planned))
		key := "incident.arrived_line"
		if s.From.After(now) {
			key = "incident.planned_line"
		}
		return []logbook.Draft{{Kind: logbook.State, Text: a.Printer.T(key, "name", s.Name, "post", or(s.Post, "—"), "when", a.Printer.DateTime(s.From))}}, err
	})
}

// Leave ends somebody's shift.
func (m *Module) Leave(ctx context.Context, a Act, structure, id, shift string) error {
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		now := m.o.Now()
		s, err := store.One(ctx, tx, func(row store.Row) (s Shift, err error) {
			var from int64
			err = row.Scan(&s.Name, &from)
			s.From = store.Time(from)
			return s, err
		}, `update incident_shift set until_at = $1 where id = $2 and incident_id = $3 and until_at = 0 returning name, from_at`, store.Millis(now), shift, i.ID)
		if err != nil {
			return nil, fault.NotFound("incident.not_found").Because(err)
		}
		key := "incident.left_line"
		if s.From.After(now) {
			key = "incident.not_coming_line"
		}
		return []logbook.Draft{{Kind: logbook.State, Text: a.Printer.T(key, "name", s.Name)}}, nil
	})
}

// Answer records answers to what declarations ask, all of them or none; those that change nothing leave no line.
func (m *Module) Answer(ctx context.Context, a Act, structure, id string, answers map[string]string) error {
	for question, answer := range answers {
		if utf8.RuneCountInString(answer) > maxText {
			return fault.Invalid(fault.Field{Name: question, Key: "web.too_long", Args: []any{"limit", maxText}})
		}
	}
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) (lines []logbook.Draft, err error) {
		for _, question := range m.data.questions() {
			answer, ok := answers[question]
			if !ok {
				continue
			}
			answer = strings.TrimSpace(answer)
			changed, err := putAnswer(ctx, tx, i.ID, question, answer, a.Actor.Person, m.o.Now())
			if err != nil {
				return nil, err
			}
			if changed {
				text := answered(a.Printer, question, answer)
				if r := []rune(text); len(r) > logbook.MaxText {
					text = string(r[:logbook.MaxText-1]) + "…"
				}
				lines = append(lines, logbook.Draft{Kind: logbook.State, Text: text})
			}
		}
		return lines, nil
	})
}

// answered says in the main courante what was answered to a question: of a declaration, or of what decides which clocks run.
func answered(p *locale.Printer, question, answer string) string {
	asked := "incident.field." + question
	if slices.Contains(conditions(), question) {
		asked = "incident." + question
		if answer == "yes" || answer == "no" {
			answer = p.T("incident." + answer)
		}
	}
	return p.T("incident.answered_line", "question", p.T(asked), "answer", or(answer, "—"))
}

// Declare records that a declaration was made, or that it was decided not to make it.
func (m *Module) Declare(ctx context.Context, a Act, structure, id string, d Done) error {
	if utf8.RuneCountInString(d.Reference) > maxName {
		return fault.Invalid(fault.Field{Name: "reference", Key: "web.too_long", Args: []any{"limit", maxName}})
	}
	known := false
	for _, r := range m.data.Clocks {
		known = known || r.ID == d.Clock
	}
	if !known {
		return fault.NotFound("incident.no_clock")
	}
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		now := m.o.Now()
		if d.At.IsZero() {
			d.At = now
		}
		if d.At.After(now.Add(time.Minute)) {
			return nil, fault.Invalid(fault.Field{Name: "at", Key: "incident.in_future"})
		}
		_, err := tx.Exec(ctx, `insert into incident_declaration (incident_id, clock, done_at, reference, not_due, by) values ($1, $2, $3, $4, $5, $6)
			on conflict (incident_id, clock) do update set done_at = excluded.done_at, reference = excluded.reference, not_due = excluded.not_due, by = excluded.by`,
			i.ID, d.Clock, store.Millis(d.At), d.Reference, d.NotDue, a.Actor.Person)
		if err != nil {
			return nil, err
		}
		key := "incident.made_line"
		if d.NotDue {
			key = "incident.not_due_line"
		}
		line := logbook.Draft{Kind: logbook.Act, At: d.At, Text: a.Printer.T(key, "clock", a.Printer.T("incident.clock."+d.Clock), "reference", or(d.Reference, "—"))}
		return []logbook.Draft{line}, m.append(ctx, tx, a, i, "incident.declare", map[string]any{"clock": d.Clock, "not_due": d.NotDue})
	})
}

// SetShare shares an incident with those who help the structure, or takes that back.
func (m *Module) SetShare(ctx context.Context, a Act, structure, id string, on bool) error {
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := byID(ctx, tx, a.Scope, structure, id)
		if err != nil {
			return err
		}
		now, action, key := store.Millis(m.o.Now()), "incident.share", "incident.shared_line"
		if on {
			_, err = tx.Exec(ctx, `insert into incident_share (incident_id, shared_at, by) values ($1, $2, $3)
				on conflict (incident_id) do update set shared_at = excluded.shared_at, revoked_at = 0, by = excluded.by`, i.ID, now, a.Actor.Person)
		} else {
			action, key = "incident.unshare", "incident.unshared_line"
			_, err = tx.Exec(ctx, `update incident_share set revoked_at = $1 where incident_id = $2 and revoked_at = 0`, now, i.ID)
		}
		if err != nil {
			return err
		}
		if i.Closed.IsZero() {
			if _, err := m.o.Books.Note(ctx, tx, a.Scope, i.Book, a.author(), logbook.Draft{Kind: logbook.Decision, Text: a.Printer.T(key)}); err != nil {
				return err
			}
		}
		return m.append(ctx, tx, a, i, action, nil)
	})
}

// Closing is what an incident leaves.
type Closing struct {
	Cause   string
	Lessons []string // each becomes an action of the plan
	Version int64
}

// maxLessons is how many lessons one closing brings.
const maxLessons = 50

// Close ends an incident: the cause is kept, the lessons go into the plan of actions, the main courante takes no more lines.
func (m *Module) Close(ctx context.Context, a Act, structure, id string, c Closing) error {
	if err := required("cause", c.Cause, maxText); err != nil {
		return err
	}
	if len(c.Lessons) > maxLessons {
		return fault.Invalid(fault.Field{Name: "lessons", Key: "incident.too_many_lessons", Args: []any{"limit", maxLessons}})
	}
	for _, lesson := range c.Lessons {
		if err := required("lessons", lesson, maxName); err != nil {
			return err
		}
	}
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := byID(ctx, tx, a.Scope, structure, id)
		if err != nil {
			return err
		}
		if !i.Closed.IsZero() {
			return fault.Conflict("incident.is_closed")
		}
		now := m.o.Now()
		i.Cause, i.Closed, i.Version = strings.TrimSpace(c.Cause), now, c.Version
		if err := save(ctx, tx, i); err != nil {
			return err
		}
		for _, lesson := range c.Lessons {
			_, _, err := plan.Add(ctx, tx, a.Scope, plan.Action{Structure: structure, Title: lesson, Detail: a.Printer.T("incident.lesson_of", "title", i.Title), Origin: plan.IncidentLesson,
				OriginRef: i.ID + "/" + sheet.Fold(lesson), OriginURL: i.at(), CreatedBy: a.Actor.Person}, now)
			if err != nil {
				return err
			}
		}
		if _, err := m.o.Books.Note(ctx, tx, a.Scope, i.Book, a.author(), logbook.Draft{Kind: logbook.Decision, Text: a.Printer.T("incident.closed_line", "cause", clip(i.Cause, 3000), "count", len(c.Lessons))}); err != nil {
			return err
		}
		if err := m.o.Books.Close(ctx, tx, a.Scope, i.Book); err != nil {
			return err
		}
		return m.append(ctx, tx, a, i, "incident.close", map[string]any{"lessons": len(c.Lessons)})
	})
}

func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// MessageKey is the key of the kind's name.
func (k Kind) MessageKey() string { return "incident.kind." + or(string(k), "unknown") }

// MessageKey is the key of the effect's name.
func (c Care) MessageKey() string { return "incident.care." + or(string(c), "unknown") }

// MessageKey is the key of the state's name.
func (s ServiceState) MessageKey() string { return "incident.service_state." + string(s) }
