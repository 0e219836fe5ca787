package referential_test

import (
	"fmt"
	"time"

	"hygie/referential"
)

// A requirement, a fact, and what is said of it.
func Example() {
	p, err := referential.Read("example.yaml", []byte(`
format: 1
id: example
version: "1"
title: {fr: Exemple, en: Example}
source: {mark: own, text: {fr: inventé, en: invented}}
facts:
  - key: backup.tested
    kind: date
    label: {fr: la date du test, en: the date of the test}
    one: {fr: un test de restauration, en: a restore test}
    many: {fr: tests de restauration, en: restore tests}
axes:
  - code: backup
    title: {fr: Sauvegardes, en: Backups}
    source: {mark: own, text: {fr: inventé, en: invented}}
    objectives:
      - code: restore
        title: {fr: Savoir restaurer, en: Be able to restore}
        source: {mark: own, text: {fr: inventé, en: invented}}
        requirements:
          - code: restore-tested
            title: {fr: La restauration est testée, en: Restoring is tested}
            source: {mark: own, text: {fr: inventé, en: invented}}
            criteria:
              - code: restore-tested-yearly
                title: {fr: Chaque année, en: Every year}
                source: {mark: own, text: {fr: inventé, en: invented}}
                rule: {fresh: {fact: backup.tested, max_age: 12 months}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	tested := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	a := p.Evaluate(referential.World{
		Subject: referential.Subject{Structure: "h1"},
		Facts:   []referential.Fact{{Structure: "h1", Key: "backup.tested", Value: referential.Date(tested), ObservedAt: tested, Source: "report"}},
	}, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	v := a.Requirements[0]
	fmt.Println(v.Status)
	fmt.Println(v.Criteria[0].Reasons.Code)
	fmt.Println(v.NextAction.Text(referential.English, time.UTC))
	// Output:
	// not_met
	// fresh.old
	// To be done and recorded: a restore test.
}
