package referential

import (
	"math"
	"strings"
	"testing"
	"time"
)

// asking is a package with two questions on two axes, and the given text before its axes.
func asking(t testing.TB) *Package {
	t.Helper()
	p, err := Read("asking.yaml", []byte(askingText))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const askingText = `format: 1
id: asking
version: "1"
kind: guide
title: {fr: Questions, en: Questions}
source: {mark: own, text: {fr: a, en: a}}
scale: {max: 4, levels: [{score: 0, title: {fr: rien, en: nothing}}, {score: 2, title: {fr: moitié, en: half}}]}
respondents: [{code: it, title: {fr: informatique, en: IT}}]
facts:
  - {key: restore.tested, kind: date, label: {fr: le test, en: the test}, one: {fr: un test, en: a test}, many: {fr: tests, en: tests}}
answers:
  - code: three
    choices:
      - {code: none, score: 0, outcome: not_met, text: {fr: Non, en: "No"}}
      - {code: part, score: 2, outcome: partial, text: {fr: En partie, en: Partly}}
      - {code: full, score: 4, outcome: met, text: {fr: Oui, en: "Yes"}}
      - {code: none-here, outcome: not_applicable, text: {fr: Sans objet, en: Does not apply}}
axes:
  - code: first
    title: {fr: un, en: one}
    source: {mark: own, text: {fr: a, en: a}}
    objectives:
      - code: o1
        title: {fr: un, en: one}
        source: {mark: own, text: {fr: a, en: a}}
        requirements:
          - code: backup
            title: {fr: Sauvegarder, en: Back up}
            source: {mark: own, text: {fr: a, en: a}}
            questions:
              - {code: copies, weight: 3, who: [it], choices: three, text: {fr: "Sauvegardez-vous ?", en: "Do you back up?"}, improve: {effort: 3, text: {fr: Sauvegardez., en: Back up.}}}
              - code: restore
                choices: three
                text: {fr: "Testez-vous ?", en: "Do you test?"}
                improve: {effort: 1, text: {fr: Testez., en: Test.}}
                propose: [{choice: full, rule: {fresh: {fact: restore.tested, max_age: 12 months}}}]
  - code: second
    title: {fr: deux, en: two}
    source: {mark: own, text: {fr: a, en: a}}
    objectives:
      - code: o2
        title: {fr: deux, en: two}
        source: {mark: own, text: {fr: a, en: a}}
        requirements:
          - code: people
            title: {fr: Former, en: Train}
            source: {mark: own, text: {fr: a, en: a}}
            questions: [{code: trained, choices: three, text: {fr: "Formez-vous ?", en: "Do you train?"}}]
`

func TestAnswersDecideTheRequirement(t *testing.T) {
	p := asking(t)
	now := date("2026-03-31")
	for _, row := range []struct {
		name            string
		copies, restore string
		want            Status
		says            string
	}{
		{"nothing answered", "", "", Unknown, "pas encore de réponse"},
		{"all done", "full", "full", Met, "réponse «\u00a0Oui\u00a0»"},
		{"one in part", "full", "part", NotMet, "Une partie reste à faire"},
		{"one not done, one unknown", "none", "unknown", NotMet, "Je ne sais pas"},
		{"does not apply", "full", "none-here", Met, "sans objet"},
		{"nothing applies", "none-here", "none-here", NotApplicable, "sans objet"},
		{"only don't know", "unknown", "full", Unknown, "Je ne sais pas"},
		{"an answer the question had once", "maybe", "full", Unknown, "n’est plus une de celles"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := World{Subject: Subject{Structure: "h1"}}
			for question, answer := range map[string]string{"copies": row.copies, "restore": row.restore} {
				if answer != "" {
					w.Facts = append(w.Facts, Fact{Structure: "h1", Key: AnswerKey("asking", question), Value: Words(answer), ObservedAt: now.AddDate(0, 0, -1), Source: "assessment/1"})
				}
			}
			v, _ := p.Evaluate(w, now).Verdict("backup")
			text := ""
			for _, c := range v.Criteria {
				text += c.Reasons.Text(French, nil) + "\n"
			}
			if v.Status != row.want || !strings.Contains(text, row.says) {
				t.Errorf("%s, want %s with %q:\n%s", v.Status, row.want, row.says, text)
			}
			if (v.Status == NotMet || v.Status == Unknown) != (v.NextAction != nil) {
				t.Errorf("%s, and the act is %v", v.Status, v.NextAction)
			}
		})
	}
}

// The latest answer counts, unless it came after the moment that is judged.
func TestTheLatestAnswerCounts(t *testing.T) {
	p := asking(t)
	w := World{Subject: Subject{Structure: "h1"}}
	for day, answer := range map[string]string{"2026-01-01": "full", "2026-03-01": "none", "2026-05-01": "full"} {
		w.Facts = append(w.Facts, Fact{Structure: "h1", Key: "answer.asking.trained", Value: Words(answer), ObservedAt: date(day), Source: day})
	}
	for day, want := range map[string]Status{"2025-12-31": Unknown, "2026-02-01": Met, "2026-04-01": NotMet, "2026-06-01": Met} {
		if v, _ := p.Evaluate(w, date(day)).Verdict("people"); v.Status != want {
			t.Errorf("%s: %s, want %s", day, v.Status, want)
		}
	}
}

func TestAnswersGrowOld(t *testing.T) {
	text := strings.Replace(askingText, "questions: [{code: trained", "criteria: [{code: yearly, title: {fr: a, en: a}, source: {mark: own, text: {fr: a, en: a}}, rule: {answer: {question: trained, max_age: 12 months}}}]\n            questions: [{code: trained", 1)
	p, err := Read("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := World{Subject: Subject{Structure: "h1"}, Facts: []Fact{{Structure: "h1", Key: "answer.asking.trained", Value: Words("full"), ObservedAt: date("2025-03-31"), Source: "a"}}}
	for day, want := range map[string]Status{"2026-03-31": Met, "2026-04-01": Unknown} {
		if v, _ := p.Evaluate(w, date(day)).Verdict("people"); v.Status != want {
			t.Errorf("%s: %s, want %s", day, v.Status, want)
		}
	}
}

func TestScore(t *testing.T) {
	p := asking(t)
	for _, row := range []struct {
		name                            string
		answers                         map[string]string
		value                           float64
		answered, unknown, inapplicable int
	}{
		{"nothing", nil, 0, 0, 0, 0},
		{"the best", map[string]string{"copies": "full", "restore": "full", "trained": "full"}, 4, 3, 0, 0},
		{"by weight: (3×4 + 1×0 + 1×2) / 5", map[string]string{"copies": "full", "restore": "none", "trained": "part"}, 2.8, 3, 0, 0},
		{"what is not answered does not count yet: (3×2) / 3", map[string]string{"copies": "part"}, 2, 1, 0, 0},
		{"don't know counts as nothing: (3×4 + 0) / 4", map[string]string{"copies": "full", "restore": "unknown"}, 3, 2, 1, 0},
		{"what does not apply is set aside: 0 + 4 over 2", map[string]string{"copies": "none-here", "restore": "none", "trained": "full"}, 2, 3, 0, 1},
		{"an answer that does not exist is none", map[string]string{"copies": "often", "trained": "full"}, 4, 1, 0, 0},
		{"nothing applies", map[string]string{"copies": "none-here", "restore": "none-here", "trained": "none-here"}, 0, 3, 0, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := p.Score(row.answers)
			if math.Abs(r.Value-row.value) > 1e-9 || r.Answered != row.answered || r.Unknown != row.unknown || r.NotApplicable != row.inapplicable || r.Questions != 3 || r.Max != 4 {
				t.Errorf("got %+v", r.Score)
			}
			if r.Complete() != (row.answered == 3) || len(r.Axes) != 2 {
				t.Errorf("complete %v, parts %v", r.Complete(), r.Axes)
			}
		})
	}
	r := p.Score(map[string]string{"copies": "full", "restore": "none", "trained": "part"})
	if got := r.Axes[0].Score.Value; got != 3 {
		t.Errorf("first axis %v, want (3×4 + 0) / 4", got)
	}
	if p.Level(1.9).FR != "rien" || p.Level(2).FR != "moitié" || p.Level(4).FR != "moitié" {
		t.Error("levels")
	}
}

// What brings most for the least work comes first; what nobody answered is no gap.
// A gap says which level it leads to, by itself or with all those before it, and the score agrees.
func TestGapsRaiseTheLevel(t *testing.T) {
	alones, togethers := 0, 0
	for _, p := range shipped(t) {
		answers := map[string]string{}
		for i, q := range p.Questions() {
			answers[q.Code] = q.Choices[i%len(q.Choices)].Code
		}
		now := p.Level(p.Score(answers).Value)
		better := map[string]string{}
		for code, answer := range answers {
			better[code] = answer
		}
		for i, g := range p.Gaps(answers) {
			best := g.Question.Choices[0]
			for _, c := range g.Question.Choices {
				if c.Outcome != OutcomeNotApplicable && c.Score > best.Score {
					best = c
				}
			}
			before := p.Level(p.Score(better).Value)
			better[g.Question.Code] = best.Code
			one := map[string]string{}
			for code, answer := range answers {
				one[code] = answer
			}
			one[g.Question.Code] = best.Code
			alone, together := p.Level(p.Score(one).Value), p.Level(p.Score(better).Value)
			switch {
			case alone != now:
				alones++
				if g.Level != alone || g.Beside != 0 {
					t.Errorf("%s %s: %v with %d, by itself %v", p.ID, g.Question.Code, g.Level, g.Beside, alone)
				}
			case together != before:
				togethers++
				if g.Level != together || g.Beside != i {
					t.Errorf("%s %s: %v with %d, together %v with %d", p.ID, g.Question.Code, g.Level, g.Beside, together, i)
				}
			case !g.Level.IsZero():
				t.Errorf("%s %s: leads to %v, and the level stays", p.ID, g.Question.Code, g.Level)
			}
		}
	}
	if alones == 0 || togethers == 0 {
		t.Errorf("%d gaps raise a level by themselves, %d together: nothing was tried", alones, togethers)
	}
}

func TestGaps(t *testing.T) {
	gaps := asking(t).Gaps(map[string]string{"copies": "none", "restore": "unknown"})
	if len(gaps) != 2 || gaps[0].Question.Code != "copies" || gaps[1].Question.Code != "restore" {
		// copies: 3 of 5 for an effort of 3; restore: 1 of 5 for an effort of 1: equal, so the order of the package.
		t.Fatalf("%+v", gaps)
	}
	if math.Abs(gaps[0].Gain-0.6) > 1e-9 || math.Abs(gaps[1].Gain-0.2) > 1e-9 || gaps[1].Answer != DontKnow {
		t.Errorf("%+v", gaps)
	}
	gaps = asking(t).Gaps(map[string]string{"copies": "part", "restore": "none", "trained": "none-here"})
	if len(gaps) != 2 || gaps[0].Question.Code != "restore" || math.Abs(gaps[0].Gain-0.25) > 1e-9 {
		t.Errorf("%+v", gaps)
	}
}

func TestPropose(t *testing.T) {
	p := asking(t)
	w := World{Subject: Subject{Structure: "h1"}, Facts: []Fact{{Structure: "h1", Key: "restore.tested", Value: Date(date("2025-06-01")), ObservedAt: date("2025-06-01"), Source: "a"}}}
	for day, want := range map[string]int{"2025-05-31": 0, "2026-06-01": 1, "2026-06-02": 0} {
		if got := p.Propose(w, date(day).Add(12*time.Hour)); len(got) != want || want == 1 && (got[0].Choice != "full" || got[0].Reasons.Status != Met) {
			t.Errorf("%s: %+v", day, got)
		}
	}
}

func TestFingerprint(t *testing.T) {
	change := func(old, new string) string {
		text := strings.Replace(askingText, old, new, 1)
		if text == askingText {
			t.Fatalf("no %q", old)
		}
		p, err := Read("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		q, _ := p.Question("copies")
		return q.Fingerprint()
	}
	same := change("title: {fr: Former", "title: {fr: Instruire")
	if change("weight: 3", "weight: 2") != same {
		t.Error("the weight changes the meaning")
	}
	for _, row := range [][2]string{{"Sauvegardez-vous ?", "Sauvegardez-vous chaque jour ?"}, {"fr: En partie", "fr: Un peu"}, {"score: 2, outcome", "score: 1, outcome"}, {"code: part", "code: some"}} {
		if change(row[0], row[1]) == same {
			t.Errorf("%v does not change it", row)
		}
	}
}

func TestReadQuestionFaults(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"set of answers", "weight: 3, who: [it], choices: three", "weight: 3, who: [it], choices: four", `answer set "four" is not declared`},
		{"respondent", "who: [it]", "who: [care]", `respondent "care" is not declared`},
		{"code twice", "code: restore\n", "code: copies\n", `code "copies" is already used on line`},
		{"code with a dot", "code: restore\n", "code: re.store\n", "has not the form"},
		{"score over the scale", "score: 4, outcome: met", "score: 5, outcome: met", "must lie between 0 and 4"},
		{"no score", "score: 4, outcome: met", "outcome: met", `"score" is missing`},
		{"no outcome", "score: 4, outcome: met", "score: 4", `"outcome" is missing`},
		{"reserved choice", "code: full, score", "code: unknown, score", "every question has already"},
		{"choice twice", "code: full, score", "code: none, score", `code "none" is used twice`},
		{"one choice", "choices: three, text: {fr: \"Formez-vous ?\"", "choices: [{code: a, score: 1, outcome: met, text: {fr: a, en: a}}], text: {fr: \"Formez-vous ?\"", "two choices at least"},
		{"proposal of no choice", "choice: full, rule", "choice: best, rule", `has no choice "best"`},
		{"level out of order", "score: 2, title", "score: 0, title", "must rise"},
		{"scale without top", "{max: 4, levels", "{levels", `"max" is missing`},
		{"kind", "kind: guide", "kind: law", "must be one of"},
		{"neither criteria nor questions", "questions: [{code: trained, choices: three, text: {fr: \"Formez-vous ?\", en: \"Do you train?\"}}]", "questions: []", `"criteria" is missing`},
		{"rule on no question", "{fresh: {fact: restore.tested, max_age: 12 months}}", "{answer: {question: none}}", `question "none" is not asked`},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := strings.Replace(askingText, row.old, row.new, 1)
			if text == askingText {
				t.Fatalf("no %q", row.old)
			}
			if _, err := Read("x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}
