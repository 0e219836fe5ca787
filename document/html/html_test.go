package html_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"

	"hygie/document"
	"hygie/document/documenttest"
	"hygie/document/html"
)

func written(t *testing.T, d document.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The page needs nothing from elsewhere and holds each block.
func TestSample(t *testing.T) {
	page := written(t, documenttest.Sample())
	for _, want := range []string{`lang="fr"`, "<h1>Récépissé de dépôt</h1>", "<h2>Ce qui a été déposé</h2>", "<strong>D1-0042</strong>", `href="https://hygie.example/notice?a=%28b%29"`,
		`class="boxes"`, "<ol>", "<dt>Plafond</dt>", `<th scope="col">Nom</th>`, `<th scope="row">rapport.pdf</th>`, `alt="Un dégradé"`, "<svg", "Feuille 12", `class="line"`, "EXERCICE"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if m := regexp.MustCompile(`(?i)<script|src="http|url\(|@import|<link`).FindString(page); m != "" {
		t.Errorf("the page asks for something: %q", m)
	}
	if page != written(t, documenttest.Sample()) {
		t.Error("two writings differ")
	}
}

// Text stays text: nothing in it becomes an element, an address that runs, or a character that cannot be shown.
func TestHostileText(t *testing.T) {
	page := written(t, documenttest.Hostile())
	root, err := xhtml.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == xhtml.ElementNode && (n.Data == "b" || n.Data == "script") {
			t.Errorf("a text became an element <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "href" && !strings.HasPrefix(a.Val, "http") {
				t.Errorf("a link leads to %.40s", a.Val)
			}
		}
	}
	if strings.ContainsAny(page, "\x00\x1b\u202e") {
		t.Error("a control character is left")
	}
}
