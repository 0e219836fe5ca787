package call

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// group is a group of two members with an activity each.
func group(first, second string) Facts {
	size := func(s string) map[string]Size {
		if s == "" {
			return nil
		}
		return map[string]Size{"activity": {Value: must(ParseRatio(s)), Year: 2024}}
	}
	return Facts{Structure: "g", Category: "group", Region: "84", Members: []Facts{
		{Structure: "a", Name: "Établissement A", Sizes: size(first)}, {Structure: "b", Name: "Établissement B", Sizes: size(second)}}}
}

func clinic(headcount, bonus string) Facts {
	f := Facts{Structure: "c", Category: "clinic", Region: "84", Sizes: map[string]Size{"headcount": {Value: must(ParseRatio(headcount))}}}
	if bonus != "" {
		f.Answers = map[string]string{"bonus": bonus}
	}
	return f
}

func codes(w Why) []string {
	all := []string{w.Code}
	for _, c := range w.Children {
		all = append(all, codes(c)...)
	}
	return all
}

func TestCeiling(t *testing.T) {
	c := invented(t)
	for _, k := range []struct {
		name  string
		facts Facts
		want  Cents
		known bool
		says  string // a message of the tree
	}{
		{"small group, last size of the band", group("499.5", "500.49"), 1_100_000, true, "line.band"},
		{"the edge belongs to the next band", group("500", "500"), 2_000_000, true, "line.per_unit_above"},
		{"one above the edge: 2.345 euros, cut off to the cent", group("500", "501"), 2_000_234, true, "line.per_unit_above"},
		{"last size before the top band", group("5000", "0.4"), 2_000_000 + 938_093, true, "line.band"},
		{"top band, counted from the first unit", group("5000", "0.5"), 5_000_500, true, "line.open"},
		{"the line gives no more", group("20000", "1"), 20_000_000, true, "line.most"},
		{"the group's own size goes before the sum", func() Facts {
			f := group("1", "1")
			f.Sizes = map[string]Size{"activity": {Value: NewRatio(6000, 1)}}
			return f
		}(), 6_000_000, true, "size.own"},
		{"a member without a size", group("500", ""), 0, false, "size.members"},
		{"no members", Facts{Structure: "g", Category: "group", Region: "84", Sizes: map[string]Size{"activity": {Value: NewRatio(5, 1)}}}, 0, false, "members.none"},
		{"clinic, bonus filled", clinic("100", "1000.01"), 100_001 + 125_000, true, "line.flat"},
		{"clinic, bonus not filled", clinic("100", ""), 0, false, "field.dossier"},
		{"clinic, bonus that cannot be read", clinic("100", "1 000"), 0, false, "field.wrong"},
		{"less than the least", clinic("0", "999.99"), 0, true, "ceiling.least"},
		{"exactly the least", clinic("0", "1000"), 100_000, true, "ceiling.met"},
		{"more than the most", clinic("0", "250000.01"), 25_000_000, true, "ceiling.most"},
		{"not eligible", Facts{Structure: "h", Category: "home", Region: "84"}, 0, true, "category.not_met"},
		{"through its group", Facts{Structure: "h", Category: "member", Region: "84"}, 0, true, "category.through"},
		{"category not recorded", Facts{Structure: "h"}, 0, false, "category.none"},
		{"amounts that do not fit", clinic("999999999999999", "10000000000000"), 25_000_000, true, "ceiling.most"},
	} {
		got := c.Ceiling(k.facts)
		if got.Amount != k.want || got.Known != k.known || !slices.Contains(codes(got.Why), k.says) {
			t.Errorf("%s: %s, known %v, %v; want %s, known %v, saying %s", k.name, got.Amount, got.Known, codes(got.Why), k.want, k.known, k.says)
		}
		for _, lang := range []Lang{"fr", "en"} {
			if s := got.Why.Text(lang, nil); s == "" || s == got.Why.Code {
				t.Errorf("%s: nothing is said in %s", k.name, lang)
			}
		}
	}
}

func TestCeilingsAreRoundedDownToAStep(t *testing.T) {
	c := invented(t)
	c.Scale.RoundDownTo = 100
	for bonus, want := range map[string]Cents{"1999.99": 199_900, "2000": 200_000, "2000.01": 200_000} {
		if got := c.Ceiling(clinic("0", bonus)); got.Amount != want {
			t.Errorf("%s: %s, want %s", bonus, got.Amount, want)
		}
	}
}

func TestMemberSum(t *testing.T) {
	c := invented(t)
	c.Scale.Grouping = MemberSum
	got := c.Ceiling(group("999.5", "1001"))
	if want := Cents(1_050_000 + 2_000_234); got.Amount != want || !got.Known {
		t.Errorf("each by itself: %s, %v; want %s", got.Amount, got.Known, want)
	}
	if got := c.Ceiling(group("999.5", "")); got.Known || got.Amount != 0 {
		t.Errorf("one unknown: %+v", got)
	}
}

func TestEligible(t *testing.T) {
	c := invented(t)
	two := group("1", "1")
	four := two
	four.Members = append(slices.Clone(two.Members), Facts{}, Facts{})
	elsewhere, nowhere := clinic("1", ""), clinic("1", "")
	elsewhere.Region, nowhere.Region = "53", ""
	for _, k := range []struct {
		name  string
		facts Facts
		want  Status
		says  string
	}{
		{"two members, the least", two, Met, "members.least.met"},
		{"one member", Facts{Category: "group", Region: "84", Members: two.Members[:1]}, NotMet, "members.least.not_met"},
		{"four members", four, NotMet, "members.most.not_met"},
		{"members not recorded", Facts{Category: "group", Region: "84"}, Unknown, "members.none"},
		{"clinic in its region", clinic("1", ""), Met, "region.met"},
		{"clinic in a region of the call that is not its own", elsewhere, NotMet, "region.not_met"},
		{"region not recorded", nowhere, Unknown, "region.none"},
		{"home", Facts{Category: "home", Region: "84"}, NotMet, "category.not_met"},
		{"member of a group", Facts{Category: "member", Region: "84"}, NotMet, "category.through"},
		{"category of another call", Facts{Category: "ship", Region: "84"}, NotMet, "category.other"},
		{"not eligible and not located", Facts{Category: "home"}, NotMet, "region.none"},
	} {
		if got := c.Eligible(k.facts); got.Status != k.want || !slices.Contains(codes(got), k.says) {
			t.Errorf("%s: %s %v; want %s saying %s", k.name, got.Status, codes(got), k.want, k.says)
		}
	}
}

func TestSpendAndGrant(t *testing.T) {
	c := invented(t)
	on := func(s string) time.Time { return must(time.Parse(time.DateOnly, s)) }
	expense := func(id, kind, day string, amount Cents) Expense {
		return Expense{ID: id, Kind: kind, Label: "facture " + id, On: on(day), Amount: amount}
	}
	for _, k := range []struct {
		name     string
		expenses []Expense
		spent    Cents
		says     string
	}{
		{"first day and last day", []Expense{expense("1", "tools", "2026-01-01", 100), expense("2", "tools", "2026-12-31", 200)}, 300, "expense.met"},
		{"a day too early and a day too late", []Expense{expense("1", "tools", "2025-12-31", 100), expense("2", "tools", "2027-01-01", 200), expense("3", "tools", "2026-06-01", 7)}, 7, "expense.late"},
		{"a third, cut off to the cent, within a quarter of the whole", []Expense{expense("1", "tools", "2026-06-01", 9_000), expense("2", "advice", "2026-06-01", 5_000)}, 9_000 + 1_666, "expense.rate"},
		{"limited to a quarter of what counts before", []Expense{expense("1", "tools", "2026-06-01", 1_000), expense("2", "advice", "2026-06-01", 9_000)}, 1_000 + 1_000, "spending.most"},
		{"unknown kind", []Expense{expense("1", "cars", "2026-06-01", 100)}, 0, "expense.kind"},
		{"a credit note", []Expense{expense("1", "tools", "2026-06-01", 100), expense("2", "tools", "2026-06-02", -40)}, 60, "expense.met"},
	} {
		got := c.Spend(k.expenses)
		if got.Amount != k.spent || !got.Known || !slices.Contains(codes(got.Why), k.says) {
			t.Errorf("%s: %s %v %v; want %s", k.name, got.Amount, got.Known, codes(got.Why), k.spent)
		}
	}
	if got := c.Spend([]Expense{expense("1", "tools", "2026-06-01", math.MaxInt64), expense("2", "tools", "2026-06-01", 1)}); got.Known || got.Amount != 0 {
		t.Errorf("what does not fit is known: %+v", got)
	}
	for _, k := range []struct {
		name  string
		facts Facts
		spent Cents
		want  Cents
		known bool
		says  string
	}{
		{"80 % of the spending", clinic("0", "1000"), 100_000, 80_000, true, "grant.spending"},
		{"exactly the ceiling", clinic("0", "1000"), 125_000, 100_000, true, "grant.spending"},
		{"over the ceiling", clinic("0", "1000"), 125_002, 100_000, true, "grant.ceiling"},
		{"fraction of a cent", clinic("0", "1000"), 4, 3, true, "grant.spending"},
		{"credit notes beyond the invoices", clinic("0", "1000"), -4, 0, true, "grant.spending"},
		{"ceiling not known", clinic("0", ""), 100_000, 0, false, "grant.unknown"},
		{"not eligible", Facts{Category: "home"}, 100_000, 0, true, "grant.none"},
	} {
		got := c.Grant(k.facts, []Expense{expense("1", "tools", "2026-06-01", k.spent)})
		if got.Amount != k.want || got.Known != k.known || !slices.Contains(codes(got.Why), k.says) {
			t.Errorf("%s: %s %v %v; want %s %v", k.name, got.Amount, got.Known, codes(got.Why), k.want, k.known)
		}
	}
}

func TestServices(t *testing.T) {
	c := must(Read("services.yaml", testdata(t, "services.yaml")))
	f := Facts{Structure: "c", Category: "clinic"}
	if got := c.Ceiling(f); got.Amount != 60_000 || !got.Known {
		t.Errorf("worth of two supports: %+v", got)
	}
	if got := c.Grant(f, []Expense{{ID: "1", Kind: "support", Amount: 300_00}, {ID: "2", Kind: "support", Amount: 50_000}}); got.Amount != 60_000 || !got.Known || got.Why.Code != "grant.service" {
		t.Errorf("services asked for beyond what can be given: %+v", got)
	}
	if got := c.Grant(f, []Expense{{ID: "1", Kind: "else", Amount: 300_00}}); got.Amount != 0 || !got.Known {
		t.Errorf("a service that is not offered: %+v", got)
	}
	flat := must(Read("yearly.yaml", testdata(t, "yearly.yaml")))
	sum := flat.Ceiling(f)
	if got := flat.Grant(f, nil); !sum.Known || sum.Amount == 0 || got.Amount != sum.Amount || got.Why.Code != "grant.flat" {
		t.Errorf("a flat sum of %+v: %+v", sum, got)
	}
	if got := c.Grant(f, nil); got.Amount != 0 || !got.Known || got.Why.Code != "grant.service" {
		t.Errorf("paid to the candidate: %+v", got)
	}
}

func TestSchedule(t *testing.T) {
	c := invented(t)
	status := func(verdicts map[string]Status, category string) []Status {
		var all []Status
		for _, d := range must(c.Schedule(100, category, verdicts)) {
			all = append(all, d.Status)
		}
		return all
	}
	for _, k := range []struct {
		name     string
		category string
		verdicts map[string]Status
		want     []Status
	}{
		{"nothing judged", "group", nil, []Status{Met, Unknown, Unknown}},
		{"directory met", "group", map[string]Status{"directory": Met}, []Status{Met, Met, Unknown}},
		{"directory not met", "group", map[string]Status{"directory": NotMet, "interview": Met, "path": Met}, []Status{Met, NotMet, NotMet}},
		{"all met", "group", map[string]Status{"directory": Met, "interview": Met, "path": Met}, []Status{Met, Met, Met}},
		{"the path does not concern a clinic", "clinic", map[string]Status{"directory": Met, "interview": Met, "path": NotMet}, []Status{Met, Met, Met}},
		{"what does not apply holds nothing up", "group", map[string]Status{"directory": NotApplicable, "interview": Met, "path": Met}, []Status{Met, Met, Met}},
	} {
		if got := status(k.verdicts, k.category); !slices.Equal(got, k.want) {
			t.Errorf("%s: %v, want %v", k.name, got, k.want)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		granted := Cents(r.Int64N(math.MaxInt64))
		sum := Cents(0)
		for _, d := range must(c.Schedule(granted, "group", nil)) {
			if d.Amount < 0 || !d.Known {
				t.Fatalf("%d gives %+v", granted, d)
			}
			sum += d.Amount
		}
		if sum != granted {
			t.Fatalf("%d is paid as %d", granted, sum)
		}
	}
	if _, err := c.Schedule(-1, "group", nil); err == nil {
		t.Error("less than nothing is shared out")
	}
}

func TestRecover(t *testing.T) {
	c := invented(t)
	for _, k := range []struct {
		name            string
		paid, due, want Cents
		says            string
	}{
		{"nothing too much", 100_000, 100_000, 0, "recovery.none"},
		{"below what is asked back", 109_999, 100_000, 0, "recovery.small"},
		{"exactly what is asked back", 110_000, 100_000, 10_000, "recovery.met"},
		{"nothing is due", 50_000, 0, 50_000, "recovery.met"},
		{"less than nothing is due", 50_000, -1, 50_000, "recovery.met"},
	} {
		if got := c.Recover(k.paid, k.due); got.Amount != k.want || !got.Known || got.Why.Code != k.says {
			t.Errorf("%s: %+v; want %s", k.name, got, k.want)
		}
	}
}

func TestDraw(t *testing.T) {
	c := invented(t)
	drawn := 0
	for i := range 10_000 {
		if c.Draw("salt", strconv.Itoa(i), 1).Status == Met {
			drawn++
		}
	}
	if drawn < 850 || drawn > 1150 {
		t.Errorf("%d of 10,000 drawn at 10 %%", drawn)
	}
	if got := c.Draw("salt", "7", 20_000_000); got.Code != "sample.amount" {
		t.Errorf("at the amount from which all are looked at: %s", got.Code)
	}
	if got := c.NeedsTwo(1); got.Status != Unknown {
		t.Errorf("the amount is not filled in: %s", got.Status)
	}
	filled := must(c.Fill(map[string]string{"threshold": "500"}))
	for amount, want := range map[Cents]Status{49_999: NotMet, 50_000: Met} {
		if got := filled.NeedsTwo(amount); got.Status != want {
			t.Errorf("%s: %s", amount, got.Status)
		}
	}
}
