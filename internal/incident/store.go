package incident

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/sheet"
)

const columns = `i.id, i.structure_id, i.book_id, i.title, i.opened_at, i.opened_by, i.occurred_at, i.noticed_at, i.qualified_at, i.kind, i.malicious, i.care, i.closed_at, i.cause, i.version`

func scan(row store.Row) (i Incident, err error) {
	var opened, occurred, noticed, qualified, closed int64
	err = row.Scan(&i.ID, &i.Structure, &i.Book, &i.Title, &opened, &i.OpenedBy, &occurred, &noticed, &qualified, &i.Kind, &i.Malicious, &i.Care, &closed, &i.Cause, &i.Version)
	i.OpenedAt, i.Occurred, i.Noticed, i.Qualified, i.Closed = store.Time(opened), store.Time(occurred), store.Time(noticed), store.Time(qualified), store.Time(closed)
	return i, err
}

// byID finds an incident of a structure in scope.
func byID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Incident, error) {
	var w store.Where
	w.And("i.id = ?", id)
	w.And("i.structure_id = ?", structure)
	scope.Within(&w, "i.structure_id")
	i, err := store.One(ctx, tx, scan, `select `+columns+` from incident i`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return i, fault.NotFound("incident.not_found")
	}
	return i, err
}

// listed is how many incidents a list shows.
const listed = 200

// of lists the incidents of a structure in scope, open ones first, then the latest.
func of(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Incident, error) {
	var w store.Where
	w.And("i.structure_id = ?", structure)
	scope.Within(&w, "i.structure_id")
	return store.All(ctx, tx, scan, `select `+columns+` from incident i`+w.SQL()+` order by case when i.closed_at = 0 then 0 else 1 end, i.noticed_at desc, i.id desc limit `+w.Arg(listed), w.Args()...)
}

// UnderWay is the latest incident of a structure in scope that is not closed; ok is false when there is none.
func UnderWay(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (i Incident, ok bool, err error) {
	all, err := of(ctx, tx, scope, structure)
	if err != nil || len(all) == 0 || !all[0].Closed.IsZero() {
		return Incident{}, false, err
	}
	return all[0], true, nil
}

// shared lists the incidents in scope that their structures share now.
func shared(ctx context.Context, tx *store.Tx, scope territory.Scope) ([]Incident, error) {
	var w store.Where
	w.And("s.revoked_at = 0")
	scope.Within(&w, "i.structure_id")
	return store.All(ctx, tx, scan, `select `+columns+` from incident i join incident_share s on s.incident_id = i.id`+w.SQL()+` order by i.noticed_at desc, i.id limit `+w.Arg(listed), w.Args()...)
}

// Followable tells whether somebody may follow the main courante of an incident: who sees the incidents of its structure, and who helps it while it is shared.
func Followable(ctx context.Context, tx *store.Tx, actor right.Actor, book string) (bool, error) {
	for _, way := range []struct {
		action right.Action
		join   string
	}{{right.SeeIncident, ""}, {right.HelpIncident, ` join incident_share s on s.incident_id = i.id and s.revoked_at = 0`}} {
		var w store.Where
		w.And("i.book_id = ?", book)
		right.Visible(actor, way.action).Within(&w, "i.structure_id")
		n, err := store.One(ctx, tx, store.Column[int64], `select count(*) from incident i`+way.join+w.SQL(), w.Args()...)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// add keeps a new incident.
func add(ctx context.Context, tx *store.Tx, i Incident) error {
	_, err := tx.Exec(ctx, `insert into incident (id, structure_id, book_id, title, opened_at, opened_by, occurred_at, noticed_at, care) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		i.ID, i.Structure, i.Book, i.Title, store.Millis(i.OpenedAt), i.OpenedBy, store.Millis(i.Occurred), store.Millis(i.Noticed), string(i.Care))
	if err != nil {
		return fmt.Errorf("open an incident of %s: %w", i.Structure, err)
	}
	return nil
}

// save writes what is known of an incident; i.Version is the one that was read.
func save(ctx context.Context, tx *store.Tx, i Incident) error {
	n, err := tx.Exec(ctx, `update incident set occurred_at = $1, qualified_at = $2, kind = $3, malicious = $4, care = $5, closed_at = $6, cause = $7, noticed_at = $8, version = version + 1
		where id = $9 and version = $10`,
		store.Millis(i.Occurred), store.Millis(i.Qualified), string(i.Kind), i.Malicious, string(i.Care), store.Millis(i.Closed), i.Cause, store.Millis(i.Noticed), i.ID, i.Version)
	if err == nil && n != 1 {
		return fault.Conflict("incident.changed_meanwhile")
	}
	return err
}

// record is everything that is kept of an incident beside its main courante.
type record struct {
	Incident
	Services  []Service
	Decisions []Decision
	Shifts    []Shift
	Done      map[string]Done
	Answers   map[string]string
	Share     Share
	Issued    []Issued // situation reports, the latest first
}

// read reads the record of an incident.
func read(ctx context.Context, tx *store.Tx, i Incident) (r record, err error) {
	r = record{Incident: i, Done: map[string]Done{}, Answers: map[string]string{}}
	if r.Services, err = store.All(ctx, tx, func(row store.Row) (s Service, err error) {
		var since int64
		err = row.Scan(&s.ID, &s.Name, &s.State, &since, &s.Note)
		s.Since = store.Time(since)
		return s, err
	}, `select id, name, state, since, note from incident_service where incident_id = $1
		order by case state when 'stopped' then 0 when 'degraded' then 1 else 2 end, name_key`, i.ID); err != nil {
		return r, err
	}
	if r.Decisions, err = store.All(ctx, tx, func(row store.Row) (d Decision, err error) {
		var asked, decided int64
		err = row.Scan(&d.ID, &d.Text, &asked, &decided, &d.Outcome)
		d.Asked, d.Decided = store.Time(asked), store.Time(decided)
		return d, err
	}, `select id, text, asked_at, decided_at, outcome from incident_decision where incident_id = $1 order by case when decided_at = 0 then 0 else 1 end, asked_at, id`, i.ID); err != nil {
		return r, err
	}
	if r.Shifts, err = store.All(ctx, tx, func(row store.Row) (s Shift, err error) {
		var from, until, planned int64
		err = row.Scan(&s.ID, &s.Name, &s.Post, &s.Reach, &from, &until, &planned)
		s.From, s.Until, s.Planned = store.Time(from), store.Time(until), store.Time(planned)
		return s, err
	}, `select id, name, post, reach, from_at, until_at, planned_until from incident_shift where incident_id = $1 order by from_at, id`, i.ID); err != nil {
		return r, err
	}
	if _, err = store.All(ctx, tx, func(row store.Row) (d Done, err error) {
		var at int64
		err = row.Scan(&d.Clock, &at, &d.Reference, &d.NotDue, &d.By)
		d.At = store.Time(at)
		r.Done[d.Clock] = d
		return d, err
	}, `select clock, done_at, reference, not_due, by from incident_declaration where incident_id = $1`, i.ID); err != nil {
		return r, err
	}
	if _, err = store.All(ctx, tx, func(row store.Row) (struct{}, error) {
		var question, answer string
		err := row.Scan(&question, &answer)
		r.Answers[question] = answer
		return struct{}{}, err
	}, `select question, answer from incident_answer where incident_id = $1`, i.ID); err != nil {
		return r, err
	}
	if r.Issued, err = issued(ctx, tx, i.ID); err != nil {
		return r, err
	}
	r.Share, err = store.One(ctx, tx, func(row store.Row) (s Share, err error) {
		var at, revoked int64
		err = row.Scan(&at, &revoked, &s.By)
		s.At, s.Revoked = store.Time(at), store.Time(revoked)
		return s, err
	}, `select shared_at, revoked_at, by from incident_share where incident_id = $1`, i.ID)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return r, err
}

// putService keeps the state of a care service, found by its name whatever the case and accents; it tells whether anything changed.
func putService(ctx context.Context, tx *store.Tx, incident string, s Service, now time.Time) (bool, error) {
	before, err := store.One(ctx, tx, func(row store.Row) (b Service, err error) { return b, row.Scan(&b.ID, &b.State, &b.Note) },
		`select id, state, note from incident_service where incident_id = $1 and name_key = $2`, incident, sheet.Fold(s.Name))
	switch {
	case errors.Is(err, store.ErrNotFound):
		_, err = tx.Exec(ctx, `insert into incident_service (id, incident_id, name, name_key, state, since, note) values ($1, $2, $3, $4, $5, $6, $7)`,
			store.NewID(now), incident, s.Name, sheet.Fold(s.Name), string(s.State), store.Millis(s.Since), s.Note)
		return true, err
	case err != nil:
		return false, err
	case before.State == s.State && before.Note == s.Note:
		return false, nil
	case before.State == s.State:
		_, err = tx.Exec(ctx, `update incident_service set note = $1 where id = $2`, s.Note, before.ID)
	default:
		_, err = tx.Exec(ctx, `update incident_service set state = $1, since = $2, note = $3 where id = $4`, string(s.State), store.Millis(s.Since), s.Note, before.ID)
	}
	return true, err
}

// putAnswer keeps an answer; an empty one takes it back. It tells whether anything changed.
func putAnswer(ctx context.Context, tx *store.Tx, incident, question, answer, by string, now time.Time) (bool, error) {
	before, err := store.One(ctx, tx, store.Column[string], `select answer from incident_answer where incident_id = $1 and question = $2`, incident, question)
	if err != nil && !errors.Is(err, store.ErrNotFound) || err == nil && before == answer || err != nil && answer == "" {
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return false, err
	}
	_, err = tx.Exec(ctx, `insert into incident_answer (incident_id, question, answer, at, by) values ($1, $2, $3, $4, $5)
		on conflict (incident_id, question) do update set answer = excluded.answer, at = excluded.at, by = excluded.by`, incident, question, answer, store.Millis(now), by)
	return true, err
}
