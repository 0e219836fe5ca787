package document_test

import (
	"testing"

	"hygie/document"
)

func TestClean(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"as it is", "Hôpital « Lac » 😀", "Hôpital « Lac » 😀"},
		{"line feed stays", "a\nb", "a\nb"},
		{"line endings of Windows", "a\r\nb", "a\nb"},
		{"tab", "a\tb", "a b"},
		{"escape and null", "a\x1b[31m\x00b", "a[31mb"},
		{"change of direction", "a\u202eb\u2066c", "abc"},
		{"not UTF-8", "a\xff", "a\ufffd"},
		{"line separator", "a\u2028b", "a\nb"},
		{"a joined emoji", "👩\u200d⚕", "👩\u200d⚕"},
	} {
		if got := document.Clean(row.in); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestAddress(t *testing.T) {
	for link, leads := range map[string]bool{
		"https://a.example/": true, "mailto:a@b.example": true, "javascript:alert(1)": false, "/local": false, "https://a.example/\x00": false, "": false,
	} {
		if got := (document.Span{Link: link}).Address() != ""; got != leads {
			t.Errorf("%q: %v", link, got)
		}
	}
}
