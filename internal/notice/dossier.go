package notice

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential/call"
)

// toldWithin is how long after it happened something is still told: a mail server that was away for long does not bring back old news.
const toldWithin = 3 * 24 * time.Hour

// listener is one side of a dossier: who hears of what, and which page they work on.
type listener struct {
	action right.Action
	acts   []funding.Act
	states []funding.State // the event led to; none: any
	page   func(funding.Dossier) string
}

// listeners says which side hears of which acts: what waits for it, or what was decided about it.
func listeners() []listener {
	desk := func(level string) func(funding.Dossier) string {
		return func(d funding.Dossier) string { return "/instruction/" + level + "/" + d.ID }
	}
	return []listener{
		{right.EditDossier, []funding.Act{funding.Deposit, funding.AskCorrection, funding.Grant, funding.GrantPartly, funding.Refuse, funding.Validate, funding.Reject, funding.Pay, funding.Reclaim, funding.PayBack, funding.Waive,
			funding.Close, funding.Transfer},
			nil, func(d funding.Dossier) string { return "/structures/" + d.Structure + "/dossiers/" + d.ID }},
		{right.InstructRegion, []funding.Act{funding.Deposit, funding.Answer, funding.Declare, funding.SendBack}, []funding.State{funding.Deposited, funding.RegionalReview, funding.Declared, funding.RegionalControl}, desk("region")},
		{right.InstructNation, []funding.Act{funding.Endorse, funding.Answer, funding.Contest, funding.Propose}, []funding.State{funding.Endorsed, funding.NationalReview, funding.NationalControl, funding.Appeal, funding.Proposed,
			funding.Granted, funding.PartlyGranted, funding.Achieved, funding.Missed, funding.Recovery, funding.Closed}, desk("nation")},
		{right.PayDossier, []funding.Act{funding.Grant, funding.GrantPartly, funding.Validate, funding.Reclaim}, nil, func(d funding.Dossier) string { return "/envelopes/" + d.Call + "/dossiers/" + d.ID }},
	}
}

// said is one line of a mail about dossiers.
type said struct {
	Text, Path string
}

// dossiers writes one mail of what happened to the dossiers of a person, of windows that close soon and of dates that moved; each thing once. What somebody did
// is not told to that person.
func (s *Service) dossiers(ctx context.Context, tx *store.Tx, actor right.Actor, p people.Person, now time.Time) (int, error) {
	var lines []said
	w := s.words(p)
	for _, l := range listeners() {
		scope := right.Visible(actor, l.action)
		if scope.Empty() {
			continue
		}
		list, err := heard(ctx, tx, scope, l, p.ID, now)
		if err != nil {
			return 0, err
		}
		for _, e := range list {
			about := fmt.Sprintf("dossier/%s/%d", e.Dossier.ID, e.position)
			fresh, err := tell(ctx, tx, p.ID, about, now)
			if err != nil {
				return 0, err
			}
			if fresh { // also when somebody stands on two sides
				lines = append(lines, said{w.T("notice.dossier_line", "number", e.Number, "act", w.T(e.act.MessageKey()), "at", w.DateTime(e.at)), l.page(e.Dossier)})
			}
		}
	}
	closing, err := s.windows(ctx, tx, actor, p, now)
	if err != nil {
		return 0, err
	}
	if lines = append(lines, closing...); len(lines) == 0 {
		return 0, nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", w.T("notice.hello", "name", p.Name))
	for i, line := range lines {
		if i == mostInMail {
			fmt.Fprintf(&b, "%s\n\n", w.T("notice.dossier_more", "count", len(lines)-i))
			break
		}
		fmt.Fprintf(&b, "- %s\n  %s%s\n\n", line.Text, s.Address, line.Path)
	}
	s.foot(&b, w)
	return 1, write(ctx, tx, p, w.T("notice.dossier_subject", "count", len(lines)), b.String(), now)
}

// event is what happened to a dossier.
type event struct {
	funding.Dossier
	position int64
	act      funding.Act
	at       time.Time
}

// heard lists what one side of the dossiers in scope may hear, the oldest first.
func heard(ctx context.Context, tx *store.Tx, scope territory.Scope, l listener, person string, now time.Time) ([]event, error) {
	var w store.Where
	w.And("e.at > ?", store.Millis(now.Add(-toldWithin)))
	w.And("e.by_whom <> ?", person)
	anyOf(&w, "e.act", l.acts)
	if len(l.states) > 0 {
		anyOf(&w, "e.state", l.states)
	}
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (e event, err error) {
		var at int64
		err = row.Scan(&e.ID, &e.Number, &e.Call, &e.Structure, &e.position, &e.act, &at)
		e.at = store.Time(at)
		return e, err
	}, `select d.id, d.number, d.call_id, d.structure_id, e.position, e.act, e.at from dossier_event e join dossier d on d.id = e.dossier_id`+w.SQL()+` order by e.at, d.id, e.position limit `+w.Arg(mostLooked), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read what happened to dossiers: %w", err)
	}
	return list, nil
}

// anyOf asks that a column be one of some words.
func anyOf[T ~string](w *store.Where, column string, words []T) {
	args := make([]any, len(words))
	for i, word := range words {
		args[i] = string(word)
	}
	w.And(column+" in (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
}

// nearDays are how many days before the end of a window those who draft are told.
func nearDays() []int { return []int{1, ahead} }

// windows tells those who draft of windows that close soon, or at another moment than they have seen.
func (s *Service) windows(ctx context.Context, tx *store.Tx, actor right.Actor, p people.Person, now time.Time) (lines []said, err error) {
	scope := right.Visible(actor, right.EditDossier)
	if scope.Empty() || s.Calls == nil {
		return nil, nil
	}
	drafts, _, err := funding.List(ctx, tx, scope, funding.Filter{States: []funding.State{funding.Draft}, Limit: mostLooked})
	if err != nil {
		return nil, err
	}
	w := s.words(p)
	for _, d := range drafts {
		c, known := s.Calls.Find(d.Call)
		if !known {
			continue
		}
		closes, err := closesFor(ctx, tx, scope, c, d, now)
		if err != nil {
			return nil, err
		}
		if closes.IsZero() || !closes.After(now) {
			continue
		}
		about, text := "", ""
		for _, days := range nearDays() {
			if closes.Sub(now) <= time.Duration(days)*24*time.Hour {
				about, text = fmt.Sprintf("closing/%s/%d/%d", d.ID, store.Millis(closes), days), w.T("notice.dossier_closes", "number", d.Number, "at", w.DateTime(closes))
				break
			}
		}
		if !closes.Equal(d.ClosesSeen) {
			about, text = fmt.Sprintf("moved/%s/%d", d.ID, store.Millis(closes)), w.T("notice.dossier_moved", "number", d.Number, "at", w.DateTime(closes))
		}
		if about == "" {
			continue
		}
		fresh, err := tell(ctx, tx, p.ID, about, now)
		if err != nil {
			return nil, err
		}
		if fresh {
			lines = append(lines, said{text, "/structures/" + d.Structure + "/dossiers/" + d.ID})
		}
	}
	return lines, nil
}

// closesFor is when the window closes for who drafts a dossier; zero: no end is known.
func closesFor(ctx context.Context, tx *store.Tx, scope territory.Scope, c *call.Call, d funding.Dossier, now time.Time) (time.Time, error) {
	structure, err := territory.Get(ctx, tx, scope, territory.ID(d.Structure))
	if err != nil {
		return time.Time{}, err
	}
	facts, err := candidate.Many(ctx, tx, []candidate.Located{{Structure: structure}}, now)
	if err != nil {
		return time.Time{}, err
	}
	terms, err := funding.TermsOf(c, facts[0].Category, funding.Deposit, 0, now)
	return terms.Closes, err
}
