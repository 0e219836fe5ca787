package web_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hygie/internal/web"
	"hygie/internal/web/asset"
)

// TestFirstVisitIsLight counts what a browser loads: the page with every component, and all files.
func TestFirstVisitIsLight(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo = true; o.Places = places })
	plain, body := s.ask(t, "GET", "/ui", "", "X-Person", "ada")
	if plain.StatusCode != 200 || len(body) > 100_000 {
		t.Errorf("status %d; the page weighs %d bytes before compression, limit 100,000", plain.StatusCode, len(body))
	}
	_, packed := s.ask(t, "GET", "/ui", "", "X-Person", "ada", "Accept-Encoding", "gzip")
	total := len(packed)
	assets, err := asset.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{asset.Style, asset.Script, asset.HTMX, asset.Font, asset.Mark} {
		if !strings.Contains(body, assets.URL(name)) {
			t.Errorf("the page does not load %s", name)
		}
		total += assets.Size(name)
	}
	if total > 100_000 {
		t.Errorf("a first visit loads %d bytes, limit 100,000", total)
	}
}

// TestGeneratedFilesAreFresh runs the template generator on copies and compares.
func TestGeneratedFilesAreFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the template generator")
	}
	for _, folder := range []string{".", "ui"} {
		sources, err := filepath.Glob(filepath.Join(folder, "*.templ"))
		if err != nil || len(sources) == 0 {
			t.Fatalf("no templates in %s: %v", folder, err)
		}
		for _, source := range sources {
			generate := exec.CommandContext(t.Context(), "go", "tool", "templ", "generate", "-f", source, "-stdout")
			want, err := generate.Output()
			if err != nil {
				t.Fatalf("generate %s: %v", source, err)
			}
			got, err := os.ReadFile(strings.TrimSuffix(source, ".templ") + "_templ.go")
			if err != nil {
				t.Fatal(err)
			}
			// The generator names the template with the folder it was called from, or without.
			bare := strings.NewReplacer("`"+filepath.ToSlash(source)+"`", "`"+filepath.Base(source)+"`")
			if bare.Replace(string(want)) != bare.Replace(string(got)) {
				t.Errorf("%s is not what the template says: run go tool templ generate", source)
			}
		}
	}
}
