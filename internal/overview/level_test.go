package overview

import "testing"

// TestLevelMeaning: a good level that is only a maximum is not praised.
func TestLevelMeaning(t *testing.T) {
	for _, row := range []struct {
		level  int
		atMost bool
		want   string
	}{
		{1, false, "overview.means_1"}, {1, true, "overview.means_1"}, {2, true, "overview.means_2"},
		{3, true, "overview.means_at_most"}, {5, true, "overview.means_at_most"}, {5, false, "overview.means_5"},
	} {
		if got := levelMeaning(&measure{level: row.level, atMost: row.atMost}); got != row.want {
			t.Errorf("level %d, at most %v: %s, want %s", row.level, row.atMost, got, row.want)
		}
	}
}
