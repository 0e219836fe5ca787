package envelope

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/sheet"
)

// Entry is a line of the ledger: something committed, paid, asked back, or come back.
type Entry struct {
	ID        string // DOSSIER/POSITION, with "E" behind a commitment; never changes
	At        time.Time
	Kind      EntryKind
	Amount    funding.Cents // a commitment that is given back is negative; all else is positive
	Number    string        // of the dossier
	Structure string        // name
	Finess    string
	Siren     string
	Part      string // of the envelope; of commitments
	Reference string // of a payment, such as its instalment
	Note      string
}

// EntryKind is what an entry does.
type EntryKind string

// The kinds of entry, as the file names them.
const (
	Commitment EntryKind = "engagement"
	Payment    EntryKind = "versement"
	Claim      EntryKind = "ordre_de_reversement"
	Repayment  EntryKind = "reversement"
	Waiver     EntryKind = "remise"
)

// mostRead is how many lines are read at once: the ledger is never whole in memory.
const mostRead = 500

// Ledger gives the entries of a call for dossiers in scope, from a moment on and before another (zero: no bound), in the order of their dossiers and events.
// It reads by pages: yield is called for each entry, and stops the reading by returning false.
func Ledger(ctx context.Context, tx *store.Tx, scope territory.Scope, call string, from, until time.Time, yield func(Entry) bool) error {
	dossier, position := "", int64(-1)
	for {
		var w store.Where
		w.And("d.call_id = ?", call)
		w.And("(l.dossier_id > ? or l.dossier_id = ? and l.rank > ?)", dossier, dossier, position)
		if !from.IsZero() {
			w.And("l.at >= ?", store.Millis(from))
		}
		if !until.IsZero() {
			w.And("l.at < ?", store.Millis(until))
		}
		scope.Within(&w, "d.structure_id")
		type line struct {
			Entry
			dossier string
			rank    int64
		}
		// Twice the position, and one more for an event behind the commitment that it moved: both may come from one event.
		page, err := store.All(ctx, tx, func(r store.Row) (l line, err error) {
			var at, position int64
			var kind string
			err = r.Scan(&l.dossier, &l.rank, &position, &at, &kind, &l.Amount, &l.Part, &l.Reference, &l.Note, &l.Number, &l.Structure, &l.Finess, &l.Siren)
			l.At, l.Kind, l.ID = store.Time(at), kindOf(kind), l.Number+"/"+strconv.FormatInt(position, 10)
			if l.Kind == Commitment {
				l.ID += "E"
			}
			return l, err
		}, `select l.dossier_id, l.rank, l.position, l.at, l.kind, l.amount, l.part, l.reference, l.note, d.number, s.name, s.finess, s.siren from (
			select c.dossier_id, 2 * c.position as rank, c.position, c.at, 'commit' as kind, c.amount, c.part, '' as reference, '' as note from envelope_line c
			union all
			select e.dossier_id, 2 * e.position + 1, e.position, e.at, e.act, e.amount, '', e.reference, e.note from dossier_event e where e.act in ('pay', 'reclaim', 'pay_back', 'waive')
			) l join dossier d on d.id = l.dossier_id join structure s on s.id = d.structure_id`+w.SQL()+` order by l.dossier_id, l.rank limit `+w.Arg(mostRead), w.Args()...)
		if err != nil {
			return fmt.Errorf("read the ledger of call %s: %w", call, err)
		}
		for _, l := range page {
			if !yield(l.Entry) {
				return nil
			}
			dossier, position = l.dossier, l.rank
		}
		if len(page) < mostRead {
			return nil
		}
	}
}

func kindOf(act string) EntryKind {
	switch funding.Act(act) {
	case funding.Pay:
		return Payment
	case funding.Reclaim:
		return Claim
	case funding.PayBack:
		return Repayment
	case funding.Waive:
		return Waiver
	}
	return Commitment
}

// WriteLedger writes entries as text for the accounting system: semicolons between cells, a comma in amounts, UTF-8, days in the zone. An
// amount is a number, exact to the cent: a text that begins with a minus would be made safe for spreadsheets, and be no amount any more.
func WriteLedger(w io.Writer, zone *time.Location, entries func(yield func(Entry) bool) error) error {
	var failed error
	rows := func(yield func([]any, error) bool) {
		failed = entries(func(e Entry) bool {
			return yield([]any{e.ID, e.At.In(zone).Format(time.DateOnly), string(e.Kind), number2(e.Amount), e.Number, e.Structure, e.Finess, e.Siren, e.Part, e.Reference, e.Note}, nil)
		})
		if failed != nil {
			yield(nil, failed)
		}
	}
	return sheet.WriteCSV(w, sheet.CSVOptions{Comma: ';', DecimalComma: true}, sheet.Table{Name: "ecritures", Rows: rows,
		Header: []string{"ecriture", "date", "nature", "montant", "dossier", "tiers", "finess", "siren", "enveloppe", "reference", "libelle"}})
}
