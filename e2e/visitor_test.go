package e2e

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor speaks HTTP with an installation as a browser without script does: it keeps cookies and follows redirects.
type visitor struct {
	t      *testing.T
	site   *site
	client *http.Client
	lang   string
}

// visitor is somebody who has not signed in.
func (s *site) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, site: s, client: &http.Client{Jar: jar}, lang: "fr"}
}

// as signs somebody of the demonstration in.
func (s *site) as(t *testing.T, email string) *visitor {
	t.Helper()
	v := s.visitor(t)
	v.want(v.get(s.link(t, email)), http.StatusOK)
	return v
}

// answer is what came back, after redirects.
type answer struct {
	status int
	path   string // where it came from in the end
	header http.Header
	body   string
}

func (v *visitor) do(method, path, contentType string, body io.Reader) (answer, error) {
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.site.url+path, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Accept-Language", v.lang)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if method == http.MethodPost {
		r.Header.Set("Origin", v.site.url)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w, err := v.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = w.Body.Close() }()
	content, err := io.ReadAll(w.Body)
	return answer{status: w.StatusCode, path: w.Request.URL.RequestURI(), header: w.Header, body: string(content)}, err
}

func (v *visitor) must(a answer, err error) answer {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

// get asks for a page.
func (v *visitor) get(path string) answer {
	v.t.Helper()
	return v.must(v.do(http.MethodGet, path, "", http.NoBody))
}

// post sends a form, given as name and value in turn.
func (v *visitor) post(path string, fields ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return v.must(v.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode())))
}

// upload sends a file as the form of a deposit does.
func (v *visitor) upload(path, name string, content []byte, fields ...string) answer {
	v.t.Helper()
	return v.must(v.send(path, name, content, fields...))
}

// send is upload for goroutines.
func (v *visitor) send(path, name string, content []byte, fields ...string) (answer, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			return answer{}, err
		}
	}
	file, err := form.CreateFormFile("dump", name)
	if err != nil {
		return answer{}, err
	}
	if _, err := file.Write(content); err != nil {
		return answer{}, err
	}
	if err := form.Close(); err != nil {
		return answer{}, err
	}
	return v.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

// want fails the test when the answer has another status.
func (v *visitor) want(a answer, status int) answer {
	v.t.Helper()
	if a.status != status {
		v.t.Fatalf("%s: status %d, want %d\n%.1500s", a.path, a.status, status, a.main())
	}
	return a
}

var (
	mainElement = regexp.MustCompile(`(?s)<main.*</main>`)
	tag         = regexp.MustCompile(`(?s)<[^>]*>`)
	spaces      = regexp.MustCompile(`[\s\x{00a0}\x{202f}]+`)
)

// main is the text of the page without its frame, with every kind of space made one.
func (a answer) main() string {
	if part := mainElement.FindString(a.body); part != "" {
		return plain(part)
	}
	return plain(a.body)
}

// plain is the text of some HTML.
func plain(markup string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tag.ReplaceAllString(markup, " ")), " "))
}

// says fails the test when the page lacks one of the texts.
func (a answer) says(t *testing.T, texts ...string) {
	t.Helper()
	page := a.main()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("%s does not say %q:\n%.1500s", a.path, text, page)
		}
	}
}
