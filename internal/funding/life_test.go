package funding_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
)

var update = flag.Bool("update", false, "write docs/formats/dossier-life.md anew")

const document = "../../docs/formats/dossier-life.md"

// The document of the formats shows the table; run with -update after changing it.
func TestDocumentShowsTheTable(t *testing.T) {
	file, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	for name, content := range map[string]string{"diagram": "```mermaid\n" + funding.Diagram() + "```\n", "table": funding.Listing()} {
		begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
		head, rest, ok := strings.Cut(text, begin)
		_, tail, ended := strings.Cut(rest, end)
		if !ok || !ended {
			t.Fatalf("%s has no place for the %s", document, name)
		}
		want := head + begin + content + end + tail
		if text != want && !*update {
			t.Errorf("the %s in %s is not as the table has it", name, document)
		}
		text = want
	}
	if *update {
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheTableSaysEverythingOnce(t *testing.T) {
	type line struct {
		from funding.State
		act  funding.Act
	}
	seen, used := map[line]bool{}, map[funding.Act]bool{}
	for _, l := range funding.Table() {
		if seen[line{l.From, l.Act}] {
			t.Errorf("%s has two lines for %s", l.From, l.Act)
		}
		seen[line{l.From, l.Act}], used[l.Act] = true, true
		if !l.From.Valid() || !l.To.Valid() || !l.Who.Right.Valid() || l.Who.Level == "" || l.From.Final() {
			t.Errorf("wrong line %+v", l)
		}
		if l.To.Correcting() != (l.Clock == funding.Stops && l.Act == funding.AskCorrection) {
			t.Errorf("%s from %s: the clock must stand while corrections are awaited", l.Act, l.From)
		}
	}
	for _, act := range funding.Acts() {
		if !used[act] {
			t.Errorf("no line has act %s", act)
		}
	}
	for _, s := range funding.States() {
		if !s.Final() && len(funding.From(s)) == 0 {
			t.Errorf("nothing leaves %s", s)
		}
	}
}

var start = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

func paris(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

const asked funding.Cents = 100_000_01

// fitting makes the attempt that a line of the table lets pass in a life, if any does; pick varies what is free.
func fitting(l funding.Life, line funding.Transition, pick int, zone *time.Location) funding.Attempt {
	at := l.Since.Add(time.Hour)
	if line.Guard == funding.AfterAppeal {
		at = l.DecidedAt.AddDate(0, 0, 100)
	}
	a := funding.Attempt{Act: line.Act, By: string(line.Who.Level) + "-1", At: at, Zone: zone, Terms: funding.Terms{Opens: at.Add(-time.Hour), Closes: at.Add(time.Hour), Advance: l.Granted / 2}}
	if slices.Contains([]string{l.AskedBy, l.ProposedBy}, a.By) || line.Guard == funding.OnAppeal && l.DecidedBy == a.By {
		a.By = string(line.Who.Level) + "-2"
	}
	if line.Guard == funding.AfterWindow {
		a.Terms.Closes = at.Add(-time.Second)
	}
	decisions := []funding.Act{funding.Grant, funding.GrantPartly, funding.Refuse}
	switch line.Act {
	case funding.Deposit:
		a.Amount = asked
	case funding.AskCorrection:
		a.Targets = 1
	case funding.Endorse:
		a.Outcome = []string{funding.Favourable, funding.Reserved, funding.Unfavourable}[pick%3]
	case funding.Propose:
		if a.Outcome = string(decisions[pick%3]); line.Guard == funding.Movable {
			a.Terms.FourEyes = 1
			a.Outcome = string([]funding.Act{funding.Reclaim, funding.Waive, funding.Close}[pick%3])
			a.Amount = l.Paid - l.DueBack
			if l.State == funding.Recovery {
				a.Amount = l.DueBack - l.PaidBack
			}
			if a.Outcome == string(funding.Close) {
				a.Amount = 0
			}
		}
	case funding.Pay:
		a.Amount = 1 + funding.Cents(pick)
	case funding.Reclaim:
		a.Amount = l.Paid - l.DueBack
	case funding.PayBack, funding.Waive:
		a.Amount = l.DueBack - l.PaidBack
	}
	decision := line.Act
	if line.Act == funding.Propose {
		decision = funding.Act(a.Outcome)
	}
	switch decision {
	case funding.Grant:
		a.Amount = l.Asked
	case funding.GrantPartly:
		if a.Amount = max(l.Asked/3, l.Granted); l.State == funding.Proposed {
			a.Amount = l.ProposedAmount
		}
	}
	return a
}

// begun is a life with its first event.
func begun(t testing.TB) (funding.Life, []funding.Event) {
	t.Helper()
	first := funding.Event{Position: 1, At: start, By: "applicant-1", Act: funding.Begin, To: funding.Draft}
	l, err := funding.Replay([]funding.Event{first})
	if err != nil {
		t.Fatal(err)
	}
	return l, []funding.Event{first}
}

// Random lives: whatever happens, the events alone give the same life, money stays within what was granted, and instruction counts no time twice. All of
// them together reach every state and use every line.
func TestEveryLifeHoldsTogether(t *testing.T) {
	zone := paris(t)
	used, reached := map[string]bool{}, map[funding.State]bool{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		l, events := begun(t)
		for range 60 {
			reached[l.State] = true
			lines := funding.From(l.State)
			if len(lines) == 0 {
				break
			}
			line := lines[random.IntN(len(lines))]
			if line.To == funding.Withdrawn && random.IntN(12) > 0 {
				continue
			}
			e, next, err := funding.Next(l, fitting(l, line, random.IntN(3), zone))
			if err != nil {
				if fault.KindOf(err) == fault.KindInternal {
					t.Fatalf("%s in %s: %v", line.Act, l.State, err)
				}
				continue
			}
			used[fmt.Sprint(line.From, line.Act)] = true
			events, l = append(events, e), next
			check(t, l, events)
		}
	}
	for _, s := range funding.States() {
		if !reached[s] {
			t.Errorf("no life reaches %s", s)
		}
	}
	for _, line := range funding.Table() {
		if !used[fmt.Sprint(line.From, line.Act)] {
			t.Errorf("no life uses %s from %s", line.Act, line.From)
		}
	}
}

func check(t *testing.T, l funding.Life, events []funding.Event) {
	t.Helper()
	again, err := funding.Replay(events)
	if err != nil || again != l {
		t.Fatalf("replayed %+v (%v), lived %+v", again, err, l)
	}
	if l.Granted > l.Asked || l.Paid > l.Granted || l.DueBack > l.Paid || l.PaidBack > l.DueBack || l.PaidBack < 0 {
		t.Fatalf("money out of bounds: %+v", l)
	}
	if held := l.Committed(); held < l.Paid-l.PaidBack || held > l.Granted {
		t.Fatalf("%s holds %d: %+v", l.State, held, l)
	}
	spans := funding.Running(events)
	for i, s := range spans {
		if !s.Until.IsZero() && s.Until.Before(s.From) || s.Until.IsZero() && i < len(spans)-1 || i > 0 && s.From.Before(spans[i-1].Until) {
			t.Fatalf("the clock runs twice: %v", spans)
		}
	}
	if l.State.Correcting() && (len(spans) == 0 || spans[len(spans)-1].Until.IsZero()) {
		t.Fatalf("the clock runs in %s", l.State)
	}
}

func TestEventsThatDoNotFollowAreRefused(t *testing.T) {
	_, events := begun(t)
	for name, e := range map[string]funding.Event{
		"a gap":           {Position: 3, From: funding.Draft, Act: funding.Deposit, To: funding.Deposited, Clock: funding.Starts},
		"another state":   {Position: 2, From: funding.Deposited, Act: funding.Deposit, To: funding.Deposited, Clock: funding.Starts},
		"another end":     {Position: 2, From: funding.Draft, Act: funding.Deposit, To: funding.Granted, Clock: funding.Starts},
		"another clock":   {Position: 2, From: funding.Draft, Act: funding.Deposit, To: funding.Deposited},
		"an unknown act":  {Position: 2, From: funding.Draft, Act: "fly", To: funding.Deposited},
		"a second begin":  {Position: 2, From: "", Act: funding.Begin, To: funding.Draft},
		"an act too soon": {Position: 2, From: funding.Draft, Act: funding.Grant, To: funding.Granted, Clock: funding.Stops},
	} {
		if _, err := funding.Replay(append(slices.Clone(events), e)); !errors.Is(err, funding.ErrHistory) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheWindowIsExactToTheSecond(t *testing.T) {
	zone := paris(t)
	opens, closes := time.Date(2025, 9, 2, 0, 0, 0, 0, zone), time.Date(2025, 10, 26, 2, 59, 59, 0, zone) // in the night when the clock goes back
	for _, row := range []struct {
		name       string
		at         time.Time
		terms      funding.Terms
		open, over bool
	}{
		{"the second before it opens", opens.Add(-time.Millisecond), funding.Terms{Opens: opens, Closes: closes}, false, false},
		{"the first moment", opens, funding.Terms{Opens: opens, Closes: closes}, true, false},
		{"the last second", closes, funding.Terms{Opens: opens, Closes: closes}, true, false},
		{"the end of the last second", closes.Add(time.Second - time.Nanosecond), funding.Terms{Opens: opens, Closes: closes}, true, false},
		{"one second later", closes.Add(time.Second), funding.Terms{Opens: opens, Closes: closes}, false, true},
		{"the same hour on the wall, an hour earlier", closes.Add(-time.Hour), funding.Terms{Opens: opens, Closes: closes}, true, false},
		{"without an end", closes.AddDate(9, 0, 0), funding.Terms{Opens: opens}, true, true},
		{"without dates", closes, funding.Terms{Undated: true}, false, false},
	} {
		if open, over := row.terms.Open(row.at), row.terms.Over(row.at); open != row.open || over != row.over {
			t.Errorf("%s: open %t over %t, want %t %t", row.name, open, over, row.open, row.over)
		}
	}
}

func TestAppealTime(t *testing.T) {
	zone := paris(t)
	for _, row := range []struct{ name, decided, last string }{
		{"an ordinary day", "2026-03-10T15:00:00+01:00", "2026-05-11T23:59:59+02:00"},
		{"late in the evening in Paris", "2026-03-10T23:30:00Z", "2026-05-12T23:59:59+02:00"},
		{"a month that is too short", "2025-12-31T10:00:00+01:00", "2026-03-01T23:59:59+01:00"},
		{"29 February", "2023-12-30T10:00:00+01:00", "2024-03-01T23:59:59+01:00"},
		{"over the year", "2025-11-15T10:00:00+01:00", "2026-01-16T23:59:59+01:00"},
	} {
		decided, err := time.Parse(time.RFC3339, row.decided)
		if err != nil {
			t.Fatal(err)
		}
		if got := funding.AppealUntil(decided, zone).Format(time.RFC3339); got != row.last {
			t.Errorf("%s: %s, want %s", row.name, got, row.last)
		}
	}
}

// Each condition lets pass and stops, with the reason.
func TestGuards(t *testing.T) {
	zone := paris(t)
	in := func(state funding.State, change func(*funding.Life)) funding.Life {
		l := funding.Life{State: state, Version: 9, Since: start, Asked: 1000, DecidedAt: start, DecidedBy: "a"}
		if change != nil {
			change(&l)
		}
		return l
	}
	eyes := funding.Terms{FourEyes: 600}
	later := start.AddDate(0, 6, 0)
	for _, row := range []struct {
		name string
		life funding.Life
		try  funding.Attempt
		key  string // "" passes
	}{
		{"grant all", in(funding.NationalReview, nil), funding.Attempt{Act: funding.Grant, Amount: 1000}, ""},
		{"grant another amount", in(funding.NationalReview, nil), funding.Attempt{Act: funding.Grant, Amount: 999}, "funding.amount_of_decision"},
		{"grant all in part", in(funding.NationalReview, nil), funding.Attempt{Act: funding.GrantPartly, Amount: 1000}, "funding.amount_of_decision"},
		{"refuse something", in(funding.NationalReview, nil), funding.Attempt{Act: funding.Refuse, Amount: 1}, "funding.amount_of_decision"},
		{"alone just below", in(funding.NationalReview, nil), funding.Attempt{Act: funding.GrantPartly, Amount: 599, Terms: eyes}, ""},
		{"alone at the amount", in(funding.NationalReview, nil), funding.Attempt{Act: funding.GrantPartly, Amount: 600, Terms: eyes}, "funding.four_eyes"},
		{"refuse much alone", in(funding.NationalReview, nil), funding.Attempt{Act: funding.Refuse, Terms: eyes}, "funding.four_eyes"},
		{"propose nothing known", in(funding.NationalReview, nil), funding.Attempt{Act: funding.Propose, Outcome: "fly"}, "funding.amount_of_decision"},
		{"confirm one's own", in(funding.Proposed, func(l *funding.Life) { l.Proposal, l.ProposedBy, l.ProposedAmount = funding.Grant, "b", 1000 }), funding.Attempt{Act: funding.Grant, Amount: 1000, By: "b"}, "funding.same_person"},
		{"confirm another amount", in(funding.Proposed, func(l *funding.Life) { l.Proposal, l.ProposedBy, l.ProposedAmount = funding.GrantPartly, "b", 500 }), funding.Attempt{Act: funding.GrantPartly, Amount: 501, By: "c"}, "funding.not_the_proposal"},
		{"confirm", in(funding.Proposed, func(l *funding.Life) { l.Proposal, l.ProposedBy, l.ProposedAmount = funding.GrantPartly, "b", 500 }), funding.Attempt{Act: funding.GrantPartly, Amount: 500, By: "c"}, ""},
		{"opinion by who asked", in(funding.RegionalOpinion, func(l *funding.Life) { l.AskedBy = "b" }), funding.Attempt{Act: funding.GiveOpinion, By: "b"}, "funding.same_person"},
		{"visa without opinion", in(funding.RegionalReview, nil), funding.Attempt{Act: funding.Endorse}, "funding.choose_outcome"},
		{"corrections of nothing", in(funding.RegionalReview, nil), funding.Attempt{Act: funding.AskCorrection}, "funding.nothing_to_correct"},
		{"given back half answered", in(funding.RegionalCorrection, nil), funding.Attempt{Act: funding.Answer, Unanswered: 1}, "funding.unanswered"},
		{"taken up too soon", in(funding.Deposited, nil), funding.Attempt{Act: funding.TakeUp, At: start, Terms: funding.Terms{Closes: start}}, "funding.window_still_open"},
		{"appeal too late", in(funding.Refused, nil), funding.Attempt{Act: funding.Contest, At: later, Zone: zone, Terms: funding.Terms{}}, "funding.appeal_too_late"},
		{"appeal twice", in(funding.Refused, func(l *funding.Life) { l.Appeals = 1 }), funding.Attempt{Act: funding.Contest, At: start, Zone: zone}, "funding.appealed_already"},
		{"closed before the appeal", in(funding.Refused, nil), funding.Attempt{Act: funding.Close, At: start, Zone: zone}, "funding.appeal_possible"},
		{"closed after the appeal", in(funding.Refused, func(l *funding.Life) { l.Appeals = 1 }), funding.Attempt{Act: funding.Close, At: start, Zone: zone}, ""},
		{"worse on appeal", in(funding.Appeal, func(l *funding.Life) { l.Granted = 500 }), funding.Attempt{Act: funding.GrantPartly, Amount: 499, By: "c"}, "funding.less_on_appeal"},
		{"appeal by who decided", in(funding.Appeal, nil), funding.Attempt{Act: funding.Refuse, By: "a"}, "funding.same_person"},
		{"pay before achievement", in(funding.Granted, func(l *funding.Life) { l.Granted = 1000 }), funding.Attempt{Act: funding.Pay, Amount: 301, Terms: funding.Terms{Advance: 300}}, "funding.amount_most"},
		{"pay the advance", in(funding.Granted, func(l *funding.Life) { l.Granted = 1000 }), funding.Attempt{Act: funding.Pay, Amount: 300, Terms: funding.Terms{Advance: 300}}, ""},
		{"pay the rest", in(funding.Achieved, func(l *funding.Life) { l.Granted, l.Paid = 1000, 300 }), funding.Attempt{Act: funding.Pay, Amount: 700}, ""},
		{"pay a cent too much", in(funding.Achieved, func(l *funding.Life) { l.Granted, l.Paid = 1000, 300 }), funding.Attempt{Act: funding.Pay, Amount: 701}, "funding.amount_most"},
		{"pay nothing", in(funding.Achieved, func(l *funding.Life) { l.Granted = 1000 }), funding.Attempt{Act: funding.Pay}, "funding.amount_most"},
		{"withdraw after a payment", in(funding.Granted, func(l *funding.Life) { l.Paid = 1 }), funding.Attempt{Act: funding.Withdraw}, "funding.paid_already"},
		{"ask much back alone", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 700 }), funding.Attempt{Act: funding.Reclaim, Amount: 600, Terms: eyes}, "funding.four_eyes"},
		{"ask less back alone", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 700 }), funding.Attempt{Act: funding.Reclaim, Amount: 599, Terms: eyes}, ""},
		{"ask more back than was paid", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 700 }), funding.Attempt{Act: funding.Reclaim, Amount: 701}, "funding.amount_most"},
		{"propose to ask back", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 700 }), funding.Attempt{Act: funding.Propose, Outcome: "reclaim", Amount: 600, Terms: eyes}, ""},
		{"propose too much", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 700 }), funding.Attempt{Act: funding.Propose, Outcome: "reclaim", Amount: 701, Terms: eyes}, "funding.amount_most"},
		{"propose what one may do alone", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 700 }), funding.Attempt{Act: funding.Propose, Outcome: "reclaim", Amount: 599, Terms: eyes}, "funding.single_hand"},
		{"propose a payment", in(funding.Granted, func(l *funding.Life) { l.Granted = 1000 }), funding.Attempt{Act: funding.Propose, Outcome: "pay", Amount: 600, Terms: eyes}, "funding.not_now"},
		{"propose to give up where nothing is owed", in(funding.Granted, func(l *funding.Life) { l.Granted = 1000 }), funding.Attempt{Act: funding.Propose, Outcome: "waive", Amount: 600, Terms: eyes}, "funding.not_now"},
		{"ask back what one proposed", in(funding.Granted, func(l *funding.Life) {
			l.Granted, l.Paid, l.Proposal, l.ProposedBy, l.ProposedAmount = 1000, 700, funding.Reclaim, "b", 600
		}), funding.Attempt{Act: funding.Reclaim, Amount: 600, By: "b", Terms: eyes}, "funding.same_person"},
		{"ask back another amount", in(funding.Granted, func(l *funding.Life) {
			l.Granted, l.Paid, l.Proposal, l.ProposedBy, l.ProposedAmount = 1000, 700, funding.Reclaim, "b", 600
		}), funding.Attempt{Act: funding.Reclaim, Amount: 601, By: "c", Terms: eyes}, "funding.not_the_proposal"},
		{"ask back what another proposed", in(funding.Granted, func(l *funding.Life) {
			l.Granted, l.Paid, l.Proposal, l.ProposedBy, l.ProposedAmount = 1000, 700, funding.Reclaim, "b", 600
		}), funding.Attempt{Act: funding.Reclaim, Amount: 600, By: "c", Terms: eyes}, ""},
		{"drop what nobody proposed", in(funding.Granted, nil), funding.Attempt{Act: funding.SendBack}, "funding.nothing_proposed"},
		{"give up a part", in(funding.Recovery, func(l *funding.Life) { l.Paid, l.DueBack = 10, 10 }), funding.Attempt{Act: funding.Waive, Amount: 9}, "funding.amount_most"},
		{"give up all", in(funding.Recovery, func(l *funding.Life) { l.Paid, l.DueBack, l.PaidBack = 10, 10, 4 }), funding.Attempt{Act: funding.Waive, Amount: 6}, ""},
		{"give much up alone", in(funding.Recovery, func(l *funding.Life) { l.Paid, l.DueBack = 900, 900 }), funding.Attempt{Act: funding.Waive, Amount: 900, Terms: eyes}, "funding.four_eyes"},
		{"return much to the envelope alone", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 300 }), funding.Attempt{Act: funding.Close, Terms: eyes}, "funding.four_eyes"},
		{"return less to the envelope alone", in(funding.Granted, func(l *funding.Life) { l.Granted, l.Paid = 1000, 401 }), funding.Attempt{Act: funding.Close, Terms: eyes}, ""},
		{"close what is owed", in(funding.Recovery, func(l *funding.Life) { l.Paid, l.DueBack = 10, 10 }), funding.Attempt{Act: funding.Close}, "funding.still_owed"},
		{"an act of another time", in(funding.Draft, nil), funding.Attempt{Act: funding.Grant, Amount: 1000}, "funding.not_now"},
		{"declare out of time", in(funding.Granted, nil), funding.Attempt{Act: funding.Declare, At: later, Terms: funding.Terms{Closes: start}}, "funding.window_closed"},
		{"deposit without dates", in(funding.Draft, nil), funding.Attempt{Act: funding.Deposit, At: start, Terms: funding.Terms{Undated: true}}, "funding.window_undated"},
	} {
		_, _, err := funding.Next(row.life, row.try)
		key := ""
		if f := fault.As(err); f != nil {
			if key = f.Key; len(f.Fields) > 0 {
				key = f.Fields[0].Key
			}
		}
		if key != row.key || err != nil && key == "" {
			t.Errorf("%s: %v, want %q", row.name, err, row.key)
		}
	}
}
