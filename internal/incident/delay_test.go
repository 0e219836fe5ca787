package incident

import (
	"testing"
	"time"
)

// A law that sets other delays moves the clocks that it rules, and no other.
func TestDelaysThatAreSet(t *testing.T) {
	m, err := New(Options{Delays: map[string]Delay{"nis2-warning": {Hours: 12}, "nis2-report": {Months: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	noticed := time.Date(2026, 3, 10, 2, 0, 0, 0, time.UTC)
	due := map[string]string{}
	for _, c := range Clocks(m.data.Clocks, Incident{Noticed: noticed}, map[string]string{"nis2": "yes"}, nil, noticed, time.UTC) {
		due[c.ID] = c.Due.Format(time.DateTime)
	}
	for id, want := range map[string]string{"cnil": "2026-03-13 02:00:00", "nis2-warning": "2026-03-10 14:00:00", "nis2-notification": "2026-03-13 02:00:00", "nis2-report": "2026-05-13 02:00:00"} {
		if due[id] != want {
			t.Errorf("%s is due on %s, want %s", id, due[id], want)
		}
	}
}
