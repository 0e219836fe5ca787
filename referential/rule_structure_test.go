package referential

import "testing"

func group(members ...Member) func(*World) {
	return func(w *World) { w.Subject = Subject{Structure: "g", IsGroup: true, Category: "ght", Members: members} }
}

func TestCoverageRule(t *testing.T) {
	all := "{coverage: {members: all, rule: {value: {fact: done, equals: true}}}}"
	shared := "{coverage: {members: all, shared: true, rule: {value: {fact: done, equals: true}}}}"
	weight := "{coverage: {weight: 66, size: {fr: l’activité, en: activity}, rule: {value: {fact: done, equals: true}}}}"
	two := group(Member{Structure: "a"}, Member{Structure: "b"})
	weighed := func(a, b float64) func(*World) {
		return group(Member{Structure: "a", Weight: a}, Member{Structure: "b", Weight: b})
	}
	yes, no := []string{"a: 2026-03-03 done=yes", "b: 2026-03-03 done=no"}, []string{"a: 2026-03-03 done=no", "b: 2026-03-03 done=no"}
	runRules(t, []ruleCase{
		{name: "all", rule: all, world: two, facts: []string{"a: 2026-03-03 done=yes", "b: 2026-03-03 done=yes"}, want: Met, code: "coverage.members"},
		{name: "one fails", rule: all, world: two, facts: yes, want: NotMet, code: "coverage.members"},
		{name: "one is not known", rule: all, world: two, facts: yes[:1], want: Unknown, code: "coverage.members"},
		{name: "what the group shows is not enough", rule: all, world: two, facts: []string{"g: 2026-03-03 done=yes"}, want: Unknown, code: "coverage.members.none"},
		{name: "what the group shows is enough", rule: shared, world: two, facts: []string{"g: 2026-03-03 done=yes"}, want: Met, code: "coverage.shared"},
		{name: "a group without members", rule: all, world: group(), want: Unknown, code: "coverage.nobody"},
		{name: "no group", rule: all, facts: []string{"2026-03-03 done=yes"}, want: Met, code: "answer.met"},
		{name: "a member named twice is one", rule: weight, world: group(Member{Structure: "a", Weight: 50}, Member{Structure: "a", Weight: 50}, Member{Structure: "b", Weight: 50}), facts: yes, want: NotMet, code: "coverage.weight"},
		{name: "66 of 100", rule: weight, world: weighed(66, 34), facts: yes, want: Met, code: "coverage.weight"},
		{name: "65.9 of 100", rule: weight, world: weighed(65.9, 34.1), facts: yes, want: NotMet, code: "coverage.weight"},
		{name: "sums of decimals", rule: weight, world: weighed(0.66, 0.34), facts: yes, want: Met, code: "coverage.weight"},
		{name: "the rest would suffice", rule: weight, world: weighed(60, 40), facts: yes[:1], want: Unknown, code: "coverage.weight"},
		{name: "none", rule: weight, world: weighed(60, 40), facts: no, want: NotMet, code: "coverage.weight"},
		{name: "a weight is missing", rule: weight, world: weighed(60, 0), facts: yes, want: Unknown, code: "coverage.weights"},
		{name: "a weight is missing, but none meets it", rule: weight, world: weighed(60, 0), facts: no, want: NotMet, code: "coverage.members.none"},
		{name: "a weight is missing, but all meet it", rule: weight, world: weighed(60, -1), facts: []string{"a: 2026-03-03 done=yes", "b: 2026-03-03 done=yes"}, want: Met, code: "coverage.members"},
		{name: "members that are not concerned do not count", rule: "{coverage: {members: all, rule: {choose: {cases: [{categories: [public], rule: {value: {fact: done, equals: true}}}]}}}}",
			world: group(Member{Structure: "a", Category: "public"}, Member{Structure: "b", Category: "ght"}), facts: yes, want: Met, code: "coverage.members"},
		{name: "nobody is concerned", rule: "{coverage: {members: all, rule: {choose: {cases: [{categories: [public], rule: {value: {fact: done, equals: true}}}]}}}}",
			world: group(Member{Structure: "b", Category: "ght"}), want: NotApplicable, code: "coverage.none"},
	})
}

func TestGroupRule(t *testing.T) {
	rule := "{group: {document: {kind: plan}}}"
	of := func(group string) func(*World) {
		return func(w *World) {
			w.Subject.Group = group
			w.Documents = []Document{{Structure: "g", ID: "d", Kind: "plan", From: date("2026-01-01"), DepositedAt: date("2026-01-01")}}
		}
	}
	runRules(t, []ruleCase{
		{name: "the group shows it", rule: rule, world: of("g"), want: Met, code: "group.met"},
		{name: "another group does", rule: rule, world: of("other"), want: NotMet, code: "group.not_met"},
		{name: "the group is not known", rule: rule, world: of(""), want: Unknown, code: "group.unknown"},
		{name: "on the group itself", rule: rule, world: func(w *World) {
			of("")(w)
			w.Subject = Subject{Structure: "g", IsGroup: true}
		}, want: Met, code: "document.met"},
	})
}

func TestDocumentRule(t *testing.T) {
	rule, fixed := "{document: {kind: plan}}", "{document: {kind: plan, covers: 2026-03-31}}"
	runRules(t, []ruleCase{
		{name: "holds today", rule: rule, world: holding(Document{From: date("2026-01-01"), Until: date("2026-12-31")}), want: Met, code: "document.met"},
		{name: "last day", rule: rule, world: holding(Document{From: date("2026-01-01"), Until: date("2026-06-30")}), want: Met, code: "document.met"},
		{name: "a day outside", rule: rule, world: holding(Document{From: date("2026-01-01"), Until: date("2026-06-29")}), want: NotMet, code: "document.outside"},
		{name: "first day", rule: rule, world: holding(Document{From: date("2026-06-30")}), want: Met, code: "document.met"},
		{name: "a day early", rule: rule, world: holding(Document{From: date("2026-07-01")}), want: NotMet, code: "document.outside"},
		{name: "no end", rule: rule, world: holding(Document{From: date("2020-01-01")}), want: Met, code: "document.met"},
		{name: "no period", rule: rule, world: holding(Document{}), want: Unknown, code: "document.undated"},
		{name: "no beginning, but over", rule: rule, world: holding(Document{Until: date("2026-06-29")}), want: NotMet, code: "document.outside"},
		{name: "none", rule: rule, want: NotMet, code: "document.none"},
		{name: "deposited later", rule: rule, at: "2026-01-09", world: holding(Document{From: date("2026-01-01")}), want: NotMet, code: "document.none"},
		{name: "another kind", rule: rule, world: func(w *World) {
			w.Documents = []Document{{Structure: "h1", ID: "d", Kind: "report", From: date("2026-01-01"), DepositedAt: date("2026-01-01")}}
		}, want: NotMet, code: "document.none"},
		{name: "covers a day", rule: fixed, world: holding(Document{From: date("2026-01-01"), Until: date("2026-03-31")}), want: Met, code: "document.met"},
		{name: "misses the day", rule: fixed, world: holding(Document{From: date("2026-04-01")}), want: NotMet, code: "document.outside"},
		{name: "the day is a parameter", rule: "{document: {kind: plan, covers: {parameter: last-day}}}", world: holding(Document{From: date("2026-01-01")}), want: Unknown, code: "rule.parameter"},
	})
}

func TestSignerRule(t *testing.T) {
	rule := "{signer: {kind: plan, roles: [director]}}"
	from := date("2026-01-01")
	runRules(t, []ruleCase{
		{name: "the right role", rule: rule, world: holding(Document{From: from, SignerRole: "director"}), want: Met, code: "signer.met"},
		{name: "another role", rule: rule, world: holding(Document{From: from, SignerRole: "officer"}), want: NotMet, code: "signer.not_met"},
		{name: "one of two roles", rule: "{signer: {kind: plan, roles: [director, officer]}}", world: holding(Document{From: from, SignerRole: "officer"}), want: Met, code: "signer.met"},
		{name: "not recorded", rule: rule, world: holding(Document{From: from}), want: Unknown, code: "signer.unknown"},
		{name: "signed, but over", rule: rule, world: holding(Document{From: from, Until: date("2026-02-01"), SignerRole: "director"}), want: NotMet, code: "document.outside"},
		{name: "none", rule: rule, want: NotMet, code: "signer.none"},
		{name: "one of two documents", rule: rule, world: func(w *World) {
			for _, role := range []string{"", "director", "officer"} {
				w.Documents = append(w.Documents, Document{Structure: "h1", ID: role, Kind: "plan", From: from, DepositedAt: from, SignerRole: role})
			}
		}, want: Met, code: "signer.met"},
	})
}

func TestLogicRules(t *testing.T) {
	yes, no, open := "{value: {fact: done, equals: true}}", "{value: {fact: done, equals: false}}", "{value: {fact: level, at_least: 1}}"
	out := "{choose: {cases: [{categories: [ght], rule: " + yes + "}]}}"
	done := []string{"2026-03-03 done=yes"}
	runRules(t, []ruleCase{
		{name: "all met", rule: "{all: [" + yes + ", " + yes + "]}", facts: done, want: Met, code: "all.met"},
		{name: "all, one fails", rule: "{all: [" + yes + ", " + open + ", " + no + "]}", facts: done, want: NotMet, code: "all.not_met"},
		{name: "all, one is open", rule: "{all: [" + yes + ", " + open + "]}", facts: done, want: Unknown, code: "all.unknown"},
		{name: "all, one does not apply", rule: "{all: [" + yes + ", " + out + "]}", facts: done, want: Met, code: "all.met"},
		{name: "all, none applies", rule: "{all: [" + out + "]}", facts: done, want: NotApplicable, code: "all.not_applicable"},
		{name: "any, one met", rule: "{any: [" + no + ", " + open + ", " + yes + "]}", facts: done, want: Met, code: "any.met"},
		{name: "any, none", rule: "{any: [" + no + ", " + no + "]}", facts: done, want: NotMet, code: "any.not_met"},
		{name: "any, one is open", rule: "{any: [" + no + ", " + open + "]}", facts: done, want: Unknown, code: "any.unknown"},
		{name: "any, what is left fails", rule: "{any: [" + no + ", " + out + "]}", facts: done, want: NotMet, code: "any.not_met"},
		{name: "any, none applies", rule: "{any: [" + out + "]}", facts: done, want: NotApplicable, code: "any.not_applicable"},
		{name: "not of met", rule: "{not: " + yes + "}", facts: done, want: NotMet, code: "not.not_met"},
		{name: "not of failed", rule: "{not: " + no + "}", facts: done, want: Met, code: "not.met"},
		{name: "not of open", rule: "{not: " + open + "}", facts: done, want: Unknown, code: "not.unknown"},
		{name: "not of what does not apply", rule: "{not: " + out + "}", facts: done, want: NotApplicable, code: "not.not_applicable"},
	})
}

func TestChooseRule(t *testing.T) {
	rule := "{choose: {cases: [{categories: [ght], rule: {value: {fact: done, equals: true}}}], otherwise: {value: {fact: done, equals: false}}}}"
	is := func(category string) func(*World) { return func(w *World) { w.Subject.Category = category } }
	done := []string{"2026-03-03 done=yes"}
	runRules(t, []ruleCase{
		{name: "its case", rule: rule, facts: done, world: is("ght"), want: Met, code: "answer.met"},
		{name: "otherwise", rule: rule, facts: done, world: is("public"), want: NotMet, code: "answer.not_met"},
		{name: "otherwise, a category of no package", rule: rule, facts: done, world: is("other"), want: NotMet, code: "answer.not_met"},
		{name: "no case", rule: "{choose: {cases: [{categories: [ght], rule: {value: {fact: done, equals: true}}}]}}", facts: done, world: is("public"), want: NotApplicable, code: "choose.not_applicable"},
		{name: "category not known", rule: rule, facts: done, world: is(""), want: Unknown, code: "choose.unknown"},
		{name: "not eligible at all", rule: rule, facts: done, world: is("esms"), want: NotApplicable, code: "choose.not_applicable"},
	})
}
