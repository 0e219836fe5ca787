package asset_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"hygie/internal/web/asset"
)

func newSet(t *testing.T) *asset.Set {
	t.Helper()
	s, err := asset.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(s *asset.Set, method, path, encoding string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func TestFilesAreServedForAYear(t *testing.T) {
	s := newSet(t)
	for _, name := range []string{asset.Style, asset.Script, asset.HTMX, asset.Font, asset.Mark} {
		t.Run(name, func(t *testing.T) {
			url := s.URL(name)
			if !regexp.MustCompile(`^/assets/.+\.[0-9a-f]{10}\.\w+$`).MatchString(url) {
				t.Fatalf("address %s has no hash", url)
			}
			answer := get(s, "GET", url, "br, gzip")
			if answer.StatusCode != 200 || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("status %d, cache %q", answer.StatusCode, answer.Header.Get("Cache-Control"))
			}
			packed, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if len(packed) != s.Size(name) {
				t.Errorf("sent %d bytes, Size says %d", len(packed), s.Size(name))
			}
			plain, err := io.ReadAll(get(s, "GET", url, "gzip;q=0").Body)
			if err != nil {
				t.Fatal(err)
			}
			if name == asset.Font {
				return
			}
			unpack, err := gzip.NewReader(strings.NewReader(string(packed)))
			if err != nil {
				t.Fatal(err)
			}
			if again, err := io.ReadAll(unpack); err != nil || string(again) != string(plain) {
				t.Errorf("the compressed body is not the plain one: %v", err)
			}
		})
	}
}

func TestUnknownFile(t *testing.T) {
	s := newSet(t)
	for _, path := range []string{"/assets/", "/assets/hygie.css", "/assets/../asset.go", s.URL("nothing.css")} {
		if answer := get(s, "GET", path, ""); answer.StatusCode != 404 {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
	}
}

func TestHeadHasNoBody(t *testing.T) {
	s := newSet(t)
	answer := get(s, "HEAD", s.URL(asset.Style), "")
	if body, _ := io.ReadAll(answer.Body); len(body) != 0 || answer.Header.Get("Content-Length") == "0" {
		t.Errorf("HEAD sent %d bytes, length %s", len(body), answer.Header.Get("Content-Length"))
	}
}

func TestStyleLoadsOnlyOurFiles(t *testing.T) {
	s := newSet(t)
	body, err := io.ReadAll(get(s, "GET", s.URL(asset.Style), "").Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`url\("?([^")]*)"?\)`).FindAllStringSubmatch(string(body), -1) {
		if answer := get(s, "GET", found[1], ""); answer.StatusCode != 200 {
			t.Errorf("the style sheet loads %s: status %d", found[1], answer.StatusCode)
		}
	}
	if strings.Contains(string(body), "/*") || strings.Contains(string(body), "@import") {
		t.Error("the style sheet still has comments or imports")
	}
}

// The first visit loads all of this. The limits are what the page budget leaves.
func TestWeight(t *testing.T) {
	s := newSet(t)
	for name, limit := range map[string]int{
		asset.Style: 12_000, asset.Script: 4_000, asset.HTMX: 15_000, asset.Font: 60_000, asset.Mark: 1_000,
	} {
		if size := s.Size(name); size == 0 || size > limit {
			t.Errorf("%s weighs %d bytes, limit %d", name, size, limit)
		}
	}
	info, err := os.Stat("js/hygie.js")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 10_000 {
		t.Errorf("the own script is %d bytes, limit 10,000", info.Size())
	}
}

func TestFilesOfOthers(t *testing.T) {
	s, err := asset.NewWith(asset.File{Name: "drawing.js", Content: []byte("1;")}, asset.File{Name: "drawing.css", Content: []byte(".drawing { color: red }")})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"drawing.js": "1;", asset.Style: "@layer components {\n.drawing { color: red }}"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, s.URL(name), http.NoBody))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
}
