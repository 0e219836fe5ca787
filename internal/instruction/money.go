package instruction

import (
	"context"
	"fmt"

	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// money tells whether a move is one of money that was granted: asked back, given up, or returned to the envelope.
func (one move) money() bool {
	return one.Name == "reclaim" || one.Name == "waive" || one.Name == "close"
}

// senseless tells whether a life leaves nothing for a move: the table allows it, and its amount would be nothing.
func senseless(one move, l funding.Life) bool {
	owed := l.DueBack - l.PaidBack
	switch one.Name {
	case "reclaim":
		return l.Paid == l.DueBack
	case "waive":
		return owed == 0
	case "close":
		return owed > 0
	case "send-back":
		return l.Proposal == "" && funding.SendBack.Loops(l.State)
	}
	return false
}

// pending tells whether a movement of money waits for a second person.
func (v view) pending() bool { return v.Proposal != "" && v.State != funding.Proposed }

// confirms tells whether a move would confirm what somebody proposed.
func (v view) confirms(one move) bool { return v.pending() && one.Acts[0] == v.Proposal }

// moveMoney fills in what a move of money is about, and tells whether it needs words. From the amount on that asks for two people, the first one proposes.
func moveMoney(s subject, a answer, do *funding.Doing) (needs bool, err error) {
	if s.Proposal == do.Act {
		do.Amount = s.ProposedAmount
		return false, nil
	}
	switch do.Act {
	case funding.Reclaim:
		if do.Amount, err = a.euros(); err != nil {
			return true, err
		}
	case funding.Waive:
		do.Amount = s.Stake(funding.Waive, 0)
	}
	if do.Terms.Two(s.Life, do.Act, do.Amount) {
		do.Outcome, do.Act = string(do.Act), funding.Propose
	}
	return true, nil
}

// moneyFollows is what a move of money changes, in amounts.
func (v view) moneyFollows(ctx context.Context, one move) (list []string) {
	p := locale.From(ctx)
	if v.confirms(one) {
		return []string{p.T("instruction.follows_confirm", "act", p.T(v.Proposal.MessageKey()), "amount", euros(ctx, v.Stake(v.Proposal, v.ProposedAmount)), "name", v.who(v.ProposedBy))}
	}
	list = append(list, p.T("instruction.money_now", "granted", euros(ctx, v.Granted), "paid", euros(ctx, v.Paid), "back", euros(ctx, v.PaidBack)))
	stake := v.Stake(one.Acts[0], 0)
	if returned := v.Stake(funding.Close, 0); one.Name != "waive" && returned > 0 {
		list = append(list, p.T("instruction.money_returns", "amount", euros(ctx, returned)))
	}
	if one.Name == "waive" {
		list = append(list, p.T("instruction.money_lost", "amount", euros(ctx, stake)))
	}
	terms, err := funding.TermsOf(v.Call, v.Facts.Category, one.Acts[0], v.Granted, v.Now)
	if err == nil && terms.FourEyes > 0 && (one.Name == "reclaim" && v.Paid-v.DueBack >= terms.FourEyes || stake >= terms.FourEyes) {
		list = append(list, p.T("instruction.follows_money_eyes", "amount", euros(ctx, terms.FourEyes)))
	}
	return list
}

// mostPending is how many movements of money that wait for a second person are named above a queue.
const mostPending = 20

// pendingMoney lists the dossiers of a level of which the latest event proposes a movement of money.
func pendingMoney(ctx context.Context, tx *store.Tx, scope territory.Scope, d desk) ([]line, error) {
	if d.Level != funding.Nation {
		return nil, nil
	}
	var w store.Where
	from := lineFrom + w.Arg(string(d.Level))
	var states []funding.State
	for _, s := range funding.States() {
		if funding.Propose.Loops(s) {
			states = append(states, s)
		}
	}
	in(&w, "d.state", texts(states))
	w.And("exists (select 1 from dossier_event e where e.dossier_id = d.id and e.position = d.version and e.act = ?)", string(funding.Propose))
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, scanLine, `select `+lineColumns+from+w.SQL()+` order by d.since, d.id limit `+w.Arg(mostPending), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("find the movements of money that wait: %w", err)
	}
	return list, nil
}
