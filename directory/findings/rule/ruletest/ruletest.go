// Package ruletest gives the families of findings an outcome to try their own rules on, in a drawn world.
package ruletest

import (
	"testing"

	"hygie/directory/findings/rule"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/points"
)

// New draws a world and gives an outcome on its domain (docs/formats/directory-worlds.md).
func New(t testing.TB, lines ...string) *rule.Outcome {
	t.Helper()
	d := drawn.New(t, lines...).Freeze()
	views := points.NewSurvey(d, points.Options{AsOf: drawn.AsOf}).Views()
	if len(views) != 1 {
		t.Fatalf("%d domains, want 1", len(views))
	}
	return &rule.Outcome{Context: rule.NewContext(views[0], rule.NewScan(views[0]), "hygie 2.0")}
}

// Find gives an object of the world by its relative name (docs/formats/directory-worlds.md).
func Find(t testing.TB, o *rule.Outcome, name string) model.ID {
	t.Helper()
	for id := range o.Dir.All() {
		if o.Dir.Name(id) == name {
			return id
		}
	}
	t.Fatalf("no %s", name)
	return model.None
}
