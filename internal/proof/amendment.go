package proof

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hygie/internal/store"
	"hygie/referential"
)

// Amendment is what an administrator completed in a line of a package, or took back.
type Amendment struct {
	referential.Amendment
	ID        string
	Package   string // id
	TakenBack bool   // the line is again as the package has it
	At        time.Time
	By        string // person id
}

const amendmentColumns = `id, package_id, line, code, taken_back, kind, number, text, title_fr, title_en, help_fr, help_en, valid_from, valid_until, source_fr, source_en, url, read_on, set_at, set_by`

func scanAmendment(row store.Row) (a Amendment, err error) {
	var taken int
	var kind referential.ValueKind
	var number float64
	var text string
	var from, until, read, at int64
	err = row.Scan(&a.ID, &a.Package, &a.Kind, &a.Code, &taken, &kind, &number, &text, &a.Title.FR, &a.Title.EN, &a.Help.FR, &a.Help.EN, &from, &until,
		&a.Source.Text.FR, &a.Source.Text.EN, &a.Source.URL, &read, &at, &a.By)
	if kind != "" {
		a.Value = value(kind, number, text)
	}
	a.TakenBack, a.At, a.Source.Mark = taken != 0, store.Time(at), referential.Completed
	a.Validity = referential.Validity{From: store.Time(from), Until: store.Time(until)}
	a.Source.ReadOn = store.Time(read)
	return a, err
}

// amendmentsUntil gives what counted at a moment, by package: of each line the latest that was not taken back.
func amendmentsUntil(ctx context.Context, tx *store.Tx, at time.Time) (map[string][]Amendment, error) {
	all, err := store.All(ctx, tx, scanAmendment, `select `+amendmentColumns+` from referential_amendment where set_at <= $1 order by set_at, id`, store.Millis(at))
	if err != nil {
		return nil, err
	}
	counting := map[string][]Amendment{}
	for _, a := range all {
		counting[a.Package] = slices.DeleteFunc(counting[a.Package], func(old Amendment) bool { return old.LineRef == a.LineRef })
		if !a.TakenBack {
			counting[a.Package] = append(counting[a.Package], a)
		}
	}
	return counting, nil
}

// AmendmentsOf lists everything that was completed and taken back in a line, latest first.
func AmendmentsOf(ctx context.Context, tx *store.Tx, packageID string, line referential.LineRef) ([]Amendment, error) {
	all, err := store.All(ctx, tx, scanAmendment, `select `+amendmentColumns+` from referential_amendment where package_id = $1 and line = $2 and code = $3 order by set_at desc, id desc`,
		packageID, string(line.Kind), line.Code)
	if err != nil {
		return nil, fmt.Errorf("read the completions of %s %s: %w", line.Kind, line.Code, err)
	}
	return all, nil
}

// Complete keeps what was completed in a line. Whether it fits is for [referential.Package.Fits] to say before.
func Complete(ctx context.Context, tx *store.Tx, packageID string, a referential.Amendment, person string, at time.Time) error {
	return addAmendment(ctx, tx, Amendment{Amendment: a, Package: packageID, At: at, By: person})
}

// ErrNothingToUndo says that a line is as its package has it.
var ErrNothingToUndo = errors.New("the line is as the package has it")

// Undo goes one step back in a line: to what was completed before, else to what the package has. The steps stay in the history.
func Undo(ctx context.Context, tx *store.Tx, packageID string, line referential.LineRef, person string, at time.Time) error {
	history, err := AmendmentsOf(ctx, tx, packageID, line)
	if err != nil {
		return err
	}
	before := stepBefore(history)
	if before == nil {
		return ErrNothingToUndo
	}
	before.Package, before.LineRef, before.At, before.By = packageID, line, at, person
	return addAmendment(ctx, tx, *before)
}

// stepBefore is what held before what holds now, latest first; nil when the line is as the package has it. A step back is itself a line of the
// history, so it is followed to the step that it restored.
func stepBefore(history []Amendment) *Amendment {
	slices.Reverse(history)
	var stack []Amendment // what holds, over what is restored by going back
	for _, a := range history {
		at := slices.IndexFunc(stack, func(b Amendment) bool { return b.same(a) })
		switch {
		case a.TakenBack:
			stack = nil
		case at >= 0:
			stack = stack[:at+1]
		default:
			stack = append(stack, a)
		}
	}
	switch len(stack) {
	case 0:
		return nil
	case 1:
		return &Amendment{TakenBack: true}
	}
	return &stack[len(stack)-2]
}

// same tells whether two completions say the same.
func (a Amendment) same(b Amendment) bool {
	return a.TakenBack == b.TakenBack && a.Value == b.Value && a.Title == b.Title && a.Help == b.Help && a.Validity == b.Validity && a.Source == b.Source
}

func addAmendment(ctx context.Context, tx *store.Tx, a Amendment) error {
	if a.Package == "" || a.Kind == "" || a.Code == "" || a.At.IsZero() {
		return errors.New("complete a line: package, line and date are needed")
	}
	last, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(set_at), 0) from referential_amendment where package_id = $1 and line = $2 and code = $3`,
		a.Package, string(a.Kind), a.Code)
	if err != nil {
		return fmt.Errorf("complete %s %s of %s: %w", a.Kind, a.Code, a.Package, err)
	}
	a.At = store.Time(max(store.Millis(a.At), last+1)) // the order of the steps is theirs, whatever the clocks of several nodes say
	taken := 0
	if a.TakenBack {
		taken = 1
	}
	_, err = tx.Exec(ctx, `insert into referential_amendment (`+amendmentColumns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		store.NewID(a.At), a.Package, string(a.Kind), a.Code, taken, string(a.Value.Kind), number(a.Value), a.Value.Text, a.Title.FR, a.Title.EN, a.Help.FR, a.Help.EN,
		store.Millis(a.Validity.From), store.Millis(a.Validity.Until), a.Source.Text.FR, a.Source.Text.EN, a.Source.URL, store.Millis(a.Source.ReadOn), store.Millis(a.At), a.By)
	if err != nil {
		return fmt.Errorf("complete %s %s of %s: %w", a.Kind, a.Code, a.Package, err)
	}
	return nil
}
