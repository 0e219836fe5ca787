package app

import (
	"testing"

	"hygie/internal/config"
	"hygie/internal/incident"
)

// Each delay of the settings is one of a clock that exists.
func TestDelaysAreOfClocks(t *testing.T) {
	if _, err := incident.New(incident.Options{Delays: legalDelays(config.Default().NIS2)}); err != nil {
		t.Fatal(err)
	}
	if _, err := incident.New(incident.Options{Delays: map[string]incident.Delay{"none": {Hours: 1}}}); err == nil {
		t.Error("a delay of no clock is taken")
	}
}
