package webtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"hygie/internal/web/webtest"
)

// verdict records failures instead of failing, so that a test can be sure that a check can fail.
type verdict struct {
	testing.TB
	failed int
}

func (v *verdict) Errorf(string, ...any) { v.failed++ }
func (v *verdict) Helper()               {}

func serve(t *testing.T, html string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, html)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestChecksFindWhatIsWrong(t *testing.T) {
	const good = `<!DOCTYPE html><html lang="fr"><title>t</title><main><h1>Titre</h1><p>Texte</p></main></html>`
	browser := webtest.Start(t)
	for _, row := range []struct {
		name, html          string
		accessible, fitting bool
	}{
		{"good", good, true, true},
		{"image without text", `<!DOCTYPE html><html lang="fr"><title>t</title><main><h1>T</h1><img src="data:,"></main></html>`, false, true},
		{"pale text", `<!DOCTYPE html><html lang="fr"><title>t</title><main><h1>T</h1><p style="color:#6b6b6b">Texte</p></main></html>`, false, true},
		{"too wide", `<!DOCTYPE html><html lang="fr"><title>t</title><main><h1>T</h1><p style="width:900px">Texte</p></main></html>`, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			tab := browser.Open(t, serve(t, row.html), webtest.View{Width: 320, Noisy: true})
			check := &verdict{TB: t}
			tab.Accessible(check)
			if (check.failed == 0) != row.accessible {
				t.Errorf("accessible: %d failures", check.failed)
			}
			check.failed = 0
			tab.Fits(check)
			if (check.failed == 0) != row.fitting {
				t.Errorf("fits: %d failures", check.failed)
			}
		})
	}
}

func TestConsoleErrorsAreFailures(t *testing.T) {
	browser := webtest.Start(t)
	check := &verdict{TB: t}
	t.Run("page", func(t *testing.T) {
		check.TB = t
		tab := browser.Open(check, serve(t, `<!DOCTYPE html><title>t</title><script>console.error("odd")</script>`), webtest.View{})
		tab.Until(t, `document.title === "t"`)
	})
	if check.failed == 0 {
		t.Error("an error on the console was not seen")
	}
}
