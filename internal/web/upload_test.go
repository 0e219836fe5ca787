package web

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hygie/internal/fault"
	"hygie/internal/locale"
)

// uploading makes the context of a request with a multipart form.
func uploading(t *testing.T, body io.Reader, contentType string) *Context {
	t.Helper()
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
	r.Header.Set("Content-Type", contentType)
	return &Context{W: httptest.NewRecorder(), R: r, Ctx: r.Context(), Printer: catalogue.Printer(locale.French, nil)}
}

// written makes a form: pairs of name and value, where a name that begins with @ is a file.
func written(t *testing.T, pairs ...string) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		var part io.Writer
		var err error
		if name, isFile := strings.CutPrefix(pairs[i], "@"); isFile {
			part, err = form.CreateFormFile(name, "nom.txt")
		} else {
			part, err = form.CreateFormField(pairs[i])
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), form.FormDataContentType()
}

func TestUploadReadsFieldsThenStreamsTheFile(t *testing.T) {
	taken := errors.New("the use-case")
	for _, row := range []struct {
		name  string
		pairs []string
		cut   int // bytes of the body that do not arrive
		take  error
		key   string // of the first remark; empty when there is none
		err   error
	}{
		{name: "whole", pairs: []string{"n", "3", "@file", "abc"}},
		{name: "of exactly the limit", pairs: []string{"n", "3", "@file", "0123456789"}},
		{name: "one byte more", pairs: []string{"n", "3", "@file", "0123456789x"}, key: "web.file_too_large"},
		{name: "wrong field", pairs: []string{"n", "three", "@file", "abc"}, key: "web.not_whole"},
		{name: "no file", pairs: []string{"n", "3"}, key: "web.file_missing"},
		{name: "no file and a wrong field", pairs: []string{"n", "three"}, key: "web.not_whole"},
		{name: "another file first", pairs: []string{"@other", "zzz", "n", "3", "@file", "abc"}},
		{name: "cut in the file", pairs: []string{"n", "3", "@file", "abc"}, cut: 70, key: "web.upload_cut"},
		{name: "cut in the fields", pairs: []string{"n", "3", "@file", "abc"}, cut: 220, key: "web.upload_cut"},
		{name: "cut between the parts", pairs: []string{"n", "3", "@file", "abc"}, cut: 180, key: "web.upload_cut"},
		{name: "the use-case fails", pairs: []string{"n", "3", "@file", "abc"}, take: taken, err: taken},
	} {
		t.Run(row.name, func(t *testing.T) {
			body, contentType := written(t, row.pairs...)
			c := uploading(t, bytes.NewReader(body[:len(body)-row.cut]), contentType)
			var form struct {
				N int `form:"n"`
			}
			got := ""
			err := c.Upload(&form, "file", 10, func(name string, content io.Reader) error {
				if name != "nom.txt" || form.N != 3 {
					t.Errorf("the file %q comes with %d", name, form.N)
				}
				text, err := io.ReadAll(content)
				got = string(text)
				return errors.Join(err, row.take)
			})
			switch fields := fault.Fields(err); {
			case row.err != nil:
				if !errors.Is(err, row.err) {
					t.Errorf("error %v", err)
				}
			case row.key == "":
				if err != nil || got != row.pairs[len(row.pairs)-1] {
					t.Errorf("took %q, error %v", got, err)
				}
			case len(fields) == 0 || fields[0].Key != row.key:
				t.Errorf("error %v, want %s", err, row.key)
			}
		})
	}
}

func TestUploadOfSomethingElse(t *testing.T) {
	c := uploading(t, strings.NewReader("n=3"), "application/x-www-form-urlencoded")
	err := c.Upload(&struct{}{}, "file", 10, func(string, io.Reader) error { return nil })
	if fields := fault.Fields(err); len(fields) != 1 || fields[0].Key != "web.form_unreadable" {
		t.Errorf("error %v", err)
	}
}

func TestUploadOverTheLimitOfTheRoute(t *testing.T) {
	body, contentType := written(t, "n", "3", "@file", strings.Repeat("x", 5000))
	c := uploading(t, http.NoBody, contentType)
	c.R.Body = http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(bytes.NewReader(body)), 1000)
	err := c.Upload(&struct{}{}, "file", 1<<20, func(_ string, content io.Reader) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
	if fields := fault.Fields(err); len(fields) != 1 || fields[0].Key != "web.file_too_large" {
		t.Errorf("error %v", err)
	}
}
