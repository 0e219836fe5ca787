package audit

import (
	"testing"

	"hygie/directory/reading"
	"hygie/directory/report"
)

// What could not be read is kept without a language, and said in that of whoever looks.
func TestUnread(t *testing.T) {
	var warnings []report.Warning
	for _, r := range []error{reading.At(reading.Cause("row_cut"), "file", "user.tsv", "line", 12), reading.Cause("ldif_cut", "line", 3)} {
		said := reading.Warning("source_fault", r)
		warnings = append(warnings, report.Warning{Source: "x", Text: said.Text("fr"), Code: said.Code, Params: said.Values()})
	}
	for _, tt := range []struct{ name, kept, lang, want string }{
		{"French", unread(warnings), "fr", "user.tsv\u00a0: ligne 12\u00a0: le fichier s’arrête au milieu d’une ligne\nligne 3\u00a0: le fichier s’arrête au milieu d’une ligne\u00a0: il a pu être tronqué"},
		{"English", unread(warnings), "en", "user.tsv: line 12: the file ends in the middle of a row\nline 3: the file ends in the middle of a line: it may have been cut"},
		{"of an earlier version", "line 3: cut\n{odd", "fr", "line 3: cut\n{odd"},
		{"no more than a page shows", unread(make([]report.Warning, mostUnread+5)), "fr", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := (&Run{FailureDetail: tt.kept}).Unread(tt.lang)
			if tt.want == "" {
				if lines := len(got); lines != mostUnread-1 {
					t.Errorf("%d characters of empty lines, want %d", lines, mostUnread-1)
				}
				return
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
