package funding

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// CorrectionKind says why something is to be corrected.
type CorrectionKind string

// The kinds of correction.
const (
	Incomplete CorrectionKind = "incomplete" // something is missing
	Incorrect  CorrectionKind = "incorrect"  // what is there is wrong
	Updated    CorrectionKind = "updated"    // the requirement changed since the deposit
)

// Valid tells whether k is a known kind.
func (k CorrectionKind) Valid() bool { return k == Incomplete || k == Incorrect || k == Updated }

// Correction is one thing that instruction asks to be corrected.
type Correction struct {
	ID         string
	Round      int64  // position of the event that asked
	Target     string // name of a field, "requirement/PACKAGE/CODE", or "expense/ID"
	Member     string // of a group; empty: the whole
	Kind       CorrectionKind
	Reason     string // code in the library of the call
	Note       string // what is asked, in words
	Answer     string
	AnsweredAt time.Time // zero: not yet
	AnsweredBy string
}

// mostCorrections bounds what is asked at once.
const mostCorrections = 200

func checkCorrections(all []Correction) error {
	if len(all) > mostCorrections {
		return fault.Invalid(fault.Field{Name: "correction", Key: "funding.too_many", Args: []any{"most", mostCorrections}})
	}
	for _, c := range all {
		note := strings.TrimSpace(c.Note)
		if !c.Kind.Valid() || c.Target == "" || len(c.Target) > maxName || note == "" || utf8.RuneCountInString(note) > maxNote {
			return fault.Invalid(fault.Field{Name: "correction", Key: "funding.correction_incomplete"})
		}
	}
	return nil
}

func addCorrections(ctx context.Context, tx *store.Tx, dossier string, round int64, all []Correction, at time.Time) error {
	for i, c := range all {
		_, err := tx.Exec(ctx, `insert into dossier_correction (id, dossier_id, round, position, target, member_id, kind, reason, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			store.NewID(at), dossier, round, i+1, c.Target, c.Member, string(c.Kind), c.Reason, strings.TrimSpace(c.Note))
		if err != nil {
			return fmt.Errorf("ask for a correction: %w", err)
		}
	}
	return nil
}

// unanswered counts the corrections of the latest round that have no answer.
func unanswered(ctx context.Context, tx *store.Tx, dossier string) (int, error) {
	return store.One(ctx, tx, store.Column[int], `select count(*) from dossier_correction where dossier_id = $1 and answered_at = 0
		and round = (select max(round) from dossier_correction where dossier_id = $2)`, dossier, dossier)
}

// Corrections lists what was asked to be corrected in a dossier in scope, the latest round first.
func Corrections(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]Correction, error) {
	var w store.Where
	w.And("c.dossier_id = ?", dossier)
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (c Correction, err error) {
		var at int64
		err = row.Scan(&c.ID, &c.Round, &c.Target, &c.Member, &c.Kind, &c.Reason, &c.Note, &c.Answer, &at, &c.AnsweredBy)
		c.AnsweredAt = store.Time(at)
		return c, err
	}, `select c.id, c.round, c.target, c.member_id, c.kind, c.reason, c.note, c.answer, c.answered_at, c.answered_by
		from dossier_correction c join dossier d on d.id = c.dossier_id`+w.SQL()+` order by c.round desc, c.position`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the corrections of a dossier: %w", err)
	}
	return list, nil
}

// AnswerCorrection says what was done about one correction; it may be said anew until the dossier is given back with [Answer]. The actor needs
// right.EditDossier.
func (s *Service) AnswerCorrection(ctx context.Context, tx *store.Tx, actor right.Actor, dossier, correction, answer string) error {
	d, _, err := s.reach(ctx, tx, actor, dossier, Answer)
	if err != nil {
		return err
	}
	if answer = strings.TrimSpace(answer); answer == "" {
		return fault.Invalid(fault.Field{Name: "answer", Key: "funding.answer_missing"})
	}
	if utf8.RuneCountInString(answer) > maxNote {
		return fault.Invalid(fault.Field{Name: "answer", Key: "web.too_long", Args: []any{"limit", maxNote}})
	}
	now := s.now()
	n, err := tx.Exec(ctx, `update dossier_correction set answer = $1, answered_at = $2, answered_by = $3 where id = $4 and dossier_id = $5
		and round = (select max(round) from dossier_correction where dossier_id = $6)`, answer, store.Millis(now), actor.Person, correction, d.ID, d.ID)
	if err != nil {
		return fmt.Errorf("answer a correction: %w", err)
	}
	if n != 1 {
		return fault.NotFound("funding.no_correction")
	}
	return s.trail.Append(ctx, tx, journal.Entry{At: now, Actor: actor.Person, Action: "dossier.correct", Structure: d.Structure, Subject: "dossier/" + d.ID,
		Data: trail.Data(map[string]any{"number": d.Number, "correction": correction})})
}
