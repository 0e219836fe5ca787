package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"hygie/exposure/check"
)

//go:embed plan.toml
var planText string

// planned is an action that mends several checks.
type planned struct {
	Key    string   `toml:"key"`
	Checks []string `toml:"checks"`
	FR     string   `toml:"fr"`
	EN     string   `toml:"en"`
}

var plannedActions = sync.OnceValues(func() ([]planned, error) {
	var file struct {
		Action []planned `toml:"action"`
	}
	meta, err := toml.Decode(planText, &file)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s", meta.Undecoded()[0])
	}
	if err != nil {
		return nil, fmt.Errorf("read the actions: %w", err)
	}
	return file.Action, nil
})

// plan groups findings by what mends them and ranks the actions: the gravest severity first, then how many findings of that severity they
// close, then the least effort. What is accepted, and what only judges the audit, asks for no action.
func plan(findings []Finding, texts check.Texts, lang string) ([]Action, error) {
	known, err := plannedActions()
	if err != nil {
		return nil, err
	}
	byKey := map[string]*Action{}
	out := []*Action{}
	for _, f := range findings {
		if f.Accepted != nil || f.Check == "PRC-01" || f.Check == "PRC-02" {
			continue
		}
		key, title := actionOf(f.Check, known, texts, lang)
		a := byKey[key]
		if a == nil {
			a = &Action{Key: key, Title: title, Severity: f.Severity, Owner: f.Owner, Effort: f.Effort}
			byKey[key] = a
			out = append(out, a)
		}
		if f.Severity.Rank() < a.Severity.Rank() {
			a.Severity, a.Owner = f.Severity, f.Owner
		}
		if effortRank(f.Effort) > effortRank(a.Effort) {
			a.Effort = f.Effort
		}
		a.Findings = append(a.Findings, f.ID)
		a.Checks, a.Assets = append(a.Checks, f.Check), append(a.Assets, f.assets()...)
	}
	severe := map[string]int{}
	for _, f := range findings {
		key, _ := actionOf(f.Check, known, texts, lang)
		if a := byKey[key]; a != nil && f.Accepted == nil && f.Severity == a.Severity {
			severe[key]++
		}
	}
	for _, a := range out {
		slices.Sort(a.Checks)
		slices.Sort(a.Assets)
		slices.Sort(a.Findings)
		a.Checks, a.Assets = slices.Compact(a.Checks), slices.Compact(a.Assets)
	}
	slices.SortFunc(out, func(a, b *Action) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), cmp.Compare(severe[b.Key], severe[a.Key]),
			cmp.Compare(effortRank(a.Effort), effortRank(b.Effort)), strings.Compare(a.Key, b.Key))
	})
	list := []Action{}
	for i, a := range out {
		a.Rank = i + 1
		list = append(list, *a)
	}
	return list, nil
}

func actionOf(id string, known []planned, texts check.Texts, lang string) (key, title string) {
	for _, p := range known {
		if slices.Contains(p.Checks, id) {
			if lang == "en" {
				return p.Key, p.EN
			}
			return p.Key, p.FR
		}
	}
	text, _ := texts.Text(id)
	return strings.ToLower(id), text.Title
}

func effortRank(effort string) int { return strings.Index("SML", effort) }
