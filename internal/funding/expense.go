package funding

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Expense is money spent, or to be spent, that a dossier asks to be paid for.
type Expense struct {
	ID       string
	Member   string
	Kind     string // as the call names eligible expenses
	Label    string
	Supplier string
	Amount   Cents     // including tax
	On       time.Time // day of the invoice, at midnight of its zone
	Invoice  string    // id of evidence; empty: not joined yet
	AddedAt  time.Time
	AddedBy  string
}

// mostExpenses and mostAmount bound one dossier.
const (
	mostExpenses = 2000
	mostAmount   = Cents(100_000_000_00)
)

// Spend adds an expense to a dossier. scope is that of right.EditDossier on its structure. A line is never edited: it is taken out ([Service.Unspend]) and
// written anew.
func (s *Service) Spend(ctx context.Context, tx *store.Tx, actor right.Actor, scope territory.Scope, dossier string, x Expense) (string, error) {
	d, err := ByID(ctx, tx, scope, dossier)
	if err != nil {
		return "", err
	}
	if err := s.editable(ctx, tx, d, "expenses", x.Member); err != nil {
		return "", err
	}
	var wrong []fault.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, fault.Field{Name: name, Key: key, Args: args})
	}
	x.Label, x.Supplier = strings.TrimSpace(x.Label), strings.TrimSpace(x.Supplier)
	if n := utf8.RuneCountInString(x.Label); n == 0 || n > maxName {
		add("label", "funding.expense_label", "limit", maxName)
	}
	if utf8.RuneCountInString(x.Supplier) > maxName {
		add("supplier", "web.too_long", "limit", maxName)
	}
	if x.Amount <= 0 || x.Amount > mostAmount {
		add("amount", "funding.expense_amount", "most", money(mostAmount))
	}
	if x.On.IsZero() || x.On.Year() < 2000 || x.On.After(s.now().AddDate(5, 0, 0)) {
		add("on", "funding.expense_day")
	}
	if x.Kind == "" || len(x.Kind) > maxName {
		add("kind", "funding.expense_kind")
	}
	if len(wrong) > 0 {
		return "", fault.Invalid(wrong...)
	}
	var invoice any
	if x.Invoice != "" {
		if _, err := proof.Reach(ctx, tx, scope, x.Invoice); err != nil {
			return "", fault.Invalid(fault.Field{Name: "invoice", Key: "funding.no_evidence"})
		}
		invoice = x.Invoice
	}
	count, err := store.One(ctx, tx, store.Column[int], `select count(*) from dossier_expense where dossier_id = $1 and removed_at = 0`, d.ID)
	if err != nil {
		return "", err
	}
	if count >= mostExpenses {
		return "", fault.Conflict("funding.too_many_expenses", "most", mostExpenses)
	}
	now := s.now()
	id := store.NewID(now)
	_, err = tx.Exec(ctx, `insert into dossier_expense (id, dossier_id, member_id, kind, label, supplier, amount, spent_on, evidence_id, added_at, added_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		id, d.ID, x.Member, x.Kind, x.Label, x.Supplier, int64(x.Amount), x.On.In(s.zone).Format(time.DateOnly), invoice, store.Millis(now), actor.Person)
	if err != nil {
		return "", fmt.Errorf("add an expense to dossier %s: %w", d.Number, err)
	}
	return id, nil
}

// Unspend takes an expense out of a dossier.
func (s *Service) Unspend(ctx context.Context, tx *store.Tx, actor right.Actor, scope territory.Scope, dossier, expense string) error {
	d, err := ByID(ctx, tx, scope, dossier)
	if err != nil {
		return err
	}
	if err := s.editable(ctx, tx, d, "expenses", ""); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `update dossier_expense set removed_at = $1, removed_by = $2 where id = $3 and dossier_id = $4 and removed_at = 0`, store.Millis(s.now()), actor.Person, expense, d.ID)
	if err != nil {
		return fmt.Errorf("take an expense out of dossier %s: %w", d.Number, err)
	}
	if n != 1 {
		return fault.NotFound("funding.no_expense")
	}
	return nil
}

// Expenses lists what a dossier in scope spends, by day.
func (s *Service) Expenses(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]Expense, error) {
	var w store.Where
	w.And("x.dossier_id = ?", dossier)
	w.And("x.removed_at = 0")
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (x Expense, err error) {
		var on string
		var at int64
		if err := row.Scan(&x.ID, &x.Member, &x.Kind, &x.Label, &x.Supplier, &x.Amount, &on, &x.Invoice, &at, &x.AddedBy); err != nil {
			return x, err
		}
		x.AddedAt = store.Time(at)
		x.On, err = time.ParseInLocation(time.DateOnly, on, s.zone)
		return x, err
	}, `select x.id, x.member_id, x.kind, x.label, x.supplier, x.amount, x.spent_on, coalesce(x.evidence_id, ''), x.added_at, x.added_by
		from dossier_expense x join dossier d on d.id = x.dossier_id`+w.SQL()+` order by x.spent_on, x.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the expenses of a dossier: %w", err)
	}
	return list, nil
}
