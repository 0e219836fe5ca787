package envelope

import (
	"context"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
	"hygie/referential/call"
	"hygie/sheet"
)

// Grantor is who gives the money, as the open data name it.
type Grantor struct {
	Name  string
	Siret string
}

// Grant is a row of the essential data of grants (decree 2017-779), in the columns of the SCDL schema of grants.
type Grant struct {
	Grantor       Grantor
	Decided       time.Time
	Reference     string
	Beneficiary   string
	BeneficiaryID string // SIRET
	Subject       string
	Amount        funding.Cents
	InKind        bool
	Spread        bool // paid in several instalments
	First, Last   time.Time
	Wrong         []fault.Field // what is wrong with the row; named after its columns
}

// mostSubject is how long a subject may be, in characters.
const mostSubject = 256

// Columns are those of the schema, in its order.
func Columns() []string {
	return []string{"nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire", "objet", "montant", "nature", "conditionsVersement",
		"datesPeriodeVersement", "idRAE", "notificationUE", "pourcentageSubvention"}
}

// Row gives the cells of a grant. Days are those of the zone.
func (g Grant) Row(zone *time.Location) []string {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(time.DateOnly)
	}
	nature, conditions, period := "aide en numéraire", "unique", day(g.First)
	if g.InKind {
		nature = "aide en nature"
	}
	if g.Spread {
		conditions = "échelonné"
	}
	if last := day(g.Last); last != "" && last != period {
		period += "/" + last
	}
	return []string{g.Grantor.Name, g.Grantor.Siret, day(g.Decided), g.Reference, g.Beneficiary, g.BeneficiaryID, g.Subject, g.Amount.String(), nature, conditions, period, "", "non", "1.00"}
}

// Check notes what is wrong with a grant: nothing when it may be published.
func (g *Grant) Check() {
	g.Wrong = nil
	wrong := func(column, key string, args ...any) {
		g.Wrong = append(g.Wrong, fault.Field{Name: column, Key: key, Args: args})
	}
	if g.Grantor.Name == "" {
		wrong("nomAttribuant", "envelope.wrong_missing", "column", "nomAttribuant")
	}
	if !siret(g.Grantor.Siret) {
		wrong("idAttribuant", "envelope.wrong_siret", "column", "idAttribuant")
	}
	if g.Decided.IsZero() {
		wrong("dateConvention", "envelope.wrong_missing", "column", "dateConvention")
	}
	if g.Beneficiary == "" {
		wrong("nomBeneficiaire", "envelope.wrong_missing", "column", "nomBeneficiaire")
	}
	if !siret(g.BeneficiaryID) {
		wrong("idBeneficiaire", "envelope.wrong_siret", "column", "idBeneficiaire")
	}
	if n := utf8.RuneCountInString(g.Subject); n == 0 || n > mostSubject {
		wrong("objet", "envelope.wrong_subject", "most", mostSubject)
	}
	if g.Amount <= 0 {
		wrong("montant", "envelope.wrong_amount")
	}
	if g.First.IsZero() || !g.Last.IsZero() && g.Last.Before(g.First) {
		wrong("datesPeriodeVersement", "envelope.wrong_period")
	}
}

// siret tells whether a text is a SIRET: 14 digits that begin with a valid SIREN.
func siret(text string) bool { return official.Digits(text, 14) && official.ValidSiren(text[:9]) }

// Grants reads what a call granted to dossiers in scope, oldest decision first, each checked. The period of payment is that of the payments made, and of the
// decision as long as none was.
func Grants(ctx context.Context, tx *store.Tx, scope territory.Scope, c *call.Call, from Grantor) ([]Grant, error) {
	var w store.Where
	w.And("d.call_id = ?", c.ID)
	w.And("d.granted > 0")
	w.And("d.state <> ?", string(funding.Withdrawn))
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(r store.Row) (g Grant, err error) {
		var decided, first, last int64
		var sirets int
		var below string
		err = r.Scan(&g.Reference, &g.Amount, &decided, &g.Beneficiary, &g.BeneficiaryID, &sirets, &below, &first, &last)
		g.Grantor, g.Decided, g.First, g.Last = from, store.Time(decided), store.Time(first), store.Time(last)
		if g.BeneficiaryID == "" && sirets == 1 { // of the only establishment that it has: not a guess
			g.BeneficiaryID = below
		}
		if g.First.IsZero() {
			g.First = g.Decided
		}
		return g, err
	}, `select d.number, d.granted, d.decided_at, s.name, coalesce(s.siret, ''),
		(select count(distinct b.siret) from structure b where b.parent_id = s.id and b.status = 'active' and b.siret <> ''),
		(select coalesce(min(b.siret), '') from structure b where b.parent_id = s.id and b.status = 'active' and b.siret <> ''),
		(select coalesce(min(e.at), 0) from dossier_event e where e.dossier_id = d.id and e.act = 'pay'), (select coalesce(max(e.at), 0) from dossier_event e where e.dossier_id = d.id and e.act = 'pay')
		from dossier d join structure s on s.id = d.structure_id`+w.SQL()+` order by d.decided_at, d.number`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the grants of call %s: %w", c.ID, err)
	}
	for i := range list {
		g := &list[i]
		g.Subject, g.InKind, g.Spread = c.Title.FR, c.Mode == call.ServiceOffer, len(c.Instalments) > 1
		if utf8.RuneCountInString(g.Subject) > mostSubject {
			g.Subject = string([]rune(g.Subject)[:mostSubject-1]) + "…"
		}
		g.Check()
	}
	return list, nil
}

// WriteGrants writes the grants with which nothing is wrong, as the schema asks: commas, points in amounts, UTF-8.
func WriteGrants(w io.Writer, zone *time.Location, list []Grant) error {
	rows := func(yield func([]any, error) bool) {
		for _, g := range list {
			if len(g.Wrong) > 0 {
				continue
			}
			var cells []any
			for _, cell := range g.Row(zone) {
				cells = append(cells, cell)
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
	return sheet.WriteCSV(w, sheet.CSVOptions{}, sheet.Table{Name: "subventions", Header: Columns(), Rows: rows})
}
