package referential

import (
	"fmt"
	"strings"
	"testing"
)

func TestProposalsDoNotTurnInACircle(t *testing.T) {
	ask := func(code, rule string) string {
		q := fmt.Sprintf("              - {code: %s, choices: yes-no, text: {fr: a, en: a}", code)
		if rule != "" {
			q += ", propose: [{choice: good, rule: " + rule + "}]"
		}
		return q + "}\n"
	}
	const head = `format: 1
id: turning
version: "1"
title: {fr: T, en: T}
source: {mark: own, text: {fr: a, en: a}}
facts: [{key: answer.turning.c, kind: text, label: {fr: a, en: a}}]
answers: [{code: yes-no, choices: [{code: good, score: 4, outcome: met, text: {fr: o, en: o}}, {code: bad, score: 0, outcome: not_met, text: {fr: n, en: n}}]}]
axes:
  - code: axis
    title: {fr: A, en: A}
    source: {mark: own, text: {fr: a, en: a}}
    objectives:
      - code: aim
        title: {fr: B, en: B}
        source: {mark: own, text: {fr: a, en: a}}
        requirements:
          - code: one
            title: {fr: C, en: C}
            source: {mark: own, text: {fr: a, en: a}}
            questions:
`
	for _, row := range []struct{ name, questions, want string }{
		{"a chain", ask("a", "{answer: {question: b}}") + ask("b", "{answer: {question: c}}") + ask("c", ""), ""},
		{"two ways to one", ask("a", "{all: [{answer: {question: b}}, {answer: {question: c}}]}") + ask("b", "{answer: {question: c}}") + ask("c", ""), ""},
		{"itself", ask("a", "{answer: {question: a}}"), "turning.yaml:21:18: question a: its proposals turn in a circle: a, a"},
		{"two", ask("a", "{answer: {question: b}}") + ask("b", "{answer: {question: a}}"), "turning.yaml:21:18: question a: its proposals turn in a circle: a, b, a"},
		{"three, entered from outside", ask("x", "{answer: {question: a}}") + ask("a", "{not: {answer: {question: b}}}") + ask("b", "{answer: {question: c}}") + ask("c", "{answer: {question: a}}"), "turning.yaml:22:18: question a: its proposals turn in a circle: a, b, c, a"},
		{"by the fact of the answer", ask("c", "{value: {fact: answer.turning.c, equals: good}}"), "question c: its proposals turn in a circle: c, c"},
	} {
		_, err := Read("turning.yaml", []byte(head+row.questions))
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want) || strings.Count(err.Error(), "circle") != 1):
			t.Errorf("%s: %v, want %s", row.name, err, row.want)
		}
	}
}
