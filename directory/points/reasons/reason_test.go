package reasons

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReasonText(t *testing.T) {
	day := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		reason Reason
		fr, en string
	}{
		{"dates and thousands", Because("inactive", "days", 12345, "date", day, "limit", 45),
			"pas de connexion depuis 12\u202f345 jours (le 09/03/2026), maximum 45", "no logon for 12,345 days (on 2026-03-09), at most 45"},
		{"optional part absent", Because("privileged_spn", "spn", "HTTP/x", "group", "", "state", "enabled"),
			"compte privilégié avec le nom de service HTTP/x", "privileged account with the service name HTTP/x"},
		{"optional parts", Because("privileged_spn", "spn", "HTTP/x", "group", "G", "state", "disabled"),
			"compte privilégié (membre de «\u00a0G\u00a0») avec le nom de service HTTP/x, compte désactivé",
			"privileged account (member of “G”) with the service name HTTP/x, disabled account"},
		{"well-known principal", Because("owner", "trustee", "S-1-1-0"), "propriétaire\u00a0: Tout le monde", "owner: Everyone"},
		{"unknown principal", Because("owner", "trustee", "S-1-5-21-1-2-3-4444"),
			"propriétaire\u00a0: S-1-5-21-1-2-3-4444 (SID inconnu\u00a0: compte supprimé ou masqué)",
			"owner: S-1-5-21-1-2-3-4444 (unknown SID: deleted or hidden account)"},
		{"values are not templates", Because("owner", "trustee", "S-1-5-21-1-2-3-4444", "trustee_name", "{x|y}[z]"), "propriétaire\u00a0: {x|y}[z]", "owner: {x|y}[z]"},
		{"code of another version", Because("from_the_future", "a", "b"), "from_the_future a=b", "from_the_future a=b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.reason.Text("fr"); got != tt.fr {
				t.Errorf("fr %q, want %q", got, tt.fr)
			}
			if got := tt.reason.Text("en"); got != tt.en {
				t.Errorf("en %q, want %q", got, tt.en)
			}
		})
	}
}

// TestSentencesMatch: both languages of a sentence use the same parameters, in the same forms.
func TestSentencesMatch(t *testing.T) {
	fieldsOf := func(s string) []string {
		var out []string
		for part := range strings.SplitSeq(s, "{") {
			if field, _, ok := strings.Cut(part, "}"); ok {
				out = append(out, field)
			}
		}
		slices.Sort(out)
		return out
	}
	for code, s := range readTexts().Reason {
		if s.FR == "" || s.EN == "" || !slices.Equal(fieldsOf(s.FR), fieldsOf(s.EN)) {
			t.Errorf("%s: %q and %q", code, s.FR, s.EN)
		}
	}
	for code, s := range readTexts().Word {
		if (s.FR == "" || s.EN == "") && code != "enabled" {
			t.Errorf("word %s: %q and %q", code, s.FR, s.EN)
		}
	}
}
