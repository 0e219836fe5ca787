package actionplan

import (
	"testing"
	"time"

	"hygie/internal/plan"
)

// A due day is stored as the moment it begins in the reader's zone, which in UTC is the evening before: the form must show the day that was chosen.
func TestTheFormShowsTheChosenDay(t *testing.T) {
	for name, zone := range map[string]*time.Location{"east": time.FixedZone("UTC+1", 3600), "west": time.FixedZone("UTC-4", -4*3600), "UTC": time.UTC} {
		stored := time.Date(2026, 11, 10, 0, 0, 0, 0, zone).UTC()
		if got := draftOf(plan.Action{DueOn: stored}, zone).dueText(); got != "2026-11-10" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := draftOf(plan.Action{}, time.UTC).dueText(); got != "" {
		t.Errorf("without a due day: %q", got)
	}
}
