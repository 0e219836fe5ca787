package html_test

import (
	"bytes"
	"strings"
	"testing"

	"hygie/directory/report/html"
	"hygie/directory/report/reporttest"
)

func TestHTMLStandsAlone(t *testing.T) {
	var b bytes.Buffer
	if err := html.Write(&b, reporttest.Compared(t, "fr")); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if n := strings.Count(page, "<script"); n != 1 || !strings.Contains(page, "script-src 'sha256-") {
		t.Errorf("%d scripts, want that of the drawing, and a policy that allows no other", n)
	}
	for _, forbidden := range []string{"<link", "<img", "@import", "url(", " src=", "onclick", "{{", "ZgotmplZ", "<no value>"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	for _, wanted := range []string{`lang="fr"`, `\&lt;script\&gt;alert(1)`, "niveau", "Par où commencer", "Revenir en arrière", "nouveau", "corrigé", "vuln_permissions_adminsdholder"} {
		if !strings.Contains(page, wanted) {
			t.Errorf("the page lacks %q", wanted)
		}
	}
}
