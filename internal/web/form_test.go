package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/web"

	"github.com/google/go-cmp/cmp"
)

type effort string

type draft struct {
	Title  string    `form:"title,max=10"`
	Kind   effort    `form:"kind"`
	Days   int       `form:"days"`
	Share  float64   `form:"share"`
	Due    time.Time `form:"due"`
	Urgent bool      `form:"urgent"`
	Tags   []effort  `form:"tags"`
	Other  string    // not in the form
}

// decode sends a form to a page that decodes it, and returns what it found.
func decode(t *testing.T, values url.Values, dst any) error {
	t.Helper()
	s := newSite(t, func(o *web.Options) { o.Zone = time.FixedZone("east", 4*3600) })
	var found error
	s.Page("POST /form", web.Public, func(c *web.Context) error {
		found = c.Decode(dst)
		return hello(c)
	})
	s.ask(t, "POST", "/form", values.Encode())
	return found
}

func TestDecode(t *testing.T) {
	var got draft
	err := decode(t, url.Values{
		"title": {"  Élan\r\nvital "}, "kind": {"hour"}, "days": {"1\u202f250"}, "share": {"2,5"}, "due": {"21/11/2026"},
		"urgent": {"0", "1"}, "tags": {"a", " ", "b"}, "Other": {"x"}, "unknown": {"y"},
	}, &got)
	if err != nil {
		t.Fatal(err)
	}
	want := draft{Title: "Élan\nvital", Kind: "hour", Days: 1250, Share: 2.5, Urgent: true, Tags: []effort{"a", "b"},
		Due: time.Date(2026, 11, 21, 0, 0, 0, 0, time.FixedZone("east", 4*3600))}
	if !got.Due.Equal(want.Due) {
		t.Errorf("due %v, want %v", got.Due, want.Due)
	}
	got.Due, want.Due = time.Time{}, time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeLeavesEmptyFieldsAtZero(t *testing.T) {
	got := draft{}
	if err := decode(t, url.Values{"days": {""}, "due": {" "}, "share": {""}, "urgent": {""}}, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(draft{}, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeNamesEveryWrongField(t *testing.T) {
	for _, row := range []struct{ name, field, value, key string }{
		{"not a number", "days", "twelve", "web.not_whole"},
		{"a fraction", "days", "1.5", "web.not_whole"},
		{"beyond 64 bits", "days", "99999999999999999999", "web.not_whole"},
		{"not a share", "share", "half", "web.not_number"},
		{"not a number at all", "share", "NaN", "web.not_number"},
		{"endless", "share", "Inf", "web.not_number"},
		{"a day that is not", "due", "2026-02-31", "web.not_day"},
		{"a day of another age", "due", "0001-01-01", "web.not_day"},
		{"text too long", "title", "12345678901", "web.too_long"},
		{"text in no encoding", "title", "\xff", "web.not_text"},
		{"text with a zero", "title", "a\x00b", "web.not_text"},
		{"one of many in no encoding", "tags", "\xff", "web.not_text"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := draft{}
			err := decode(t, url.Values{row.field: {row.value}, "kind": {"kept"}}, &got)
			fields := fault.Fields(err)
			if fault.KindOf(err) != fault.KindInvalid || len(fields) != 1 || fields[0].Name != row.field || fields[0].Key != row.key {
				t.Errorf("error %v, want %s on %s", err, row.key, row.field)
			}
			if got.Kind != "kept" {
				t.Error("the other fields are lost")
			}
		})
	}
	err := decode(t, url.Values{"days": {"x"}, "due": {"y"}}, new(draft))
	if n := len(fault.Fields(err)); n != 2 {
		t.Errorf("%d fields named, want 2", n)
	}
}

func TestDecodeRefusesTypesItDoesNotKnow(t *testing.T) {
	for name, dst := range map[string]any{
		"not a pointer": draft{},
		"no struct":     new(string),
		"unknown type": &struct {
			F chan int `form:"f"`
		}{},
		"unknown option": &struct {
			F string `form:"f,min=3"`
		}{},
	} {
		if err := decode(t, nil, dst); fault.KindOf(err) != fault.KindInternal {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDecodeReadsMultipart(t *testing.T) {
	s := newSite(t, nil)
	var got draft
	var found error
	s.Page("POST /form", web.Public, func(c *web.Context) error {
		found = c.Decode(&got)
		return hello(c)
	})
	send := func(body string, contentType string) {
		r := httptest.NewRequest("POST", "/form", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("title", "ici"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	send(body.String(), w.FormDataContentType())
	if found != nil || got.Title != "ici" {
		t.Errorf("title %q, error %v", got.Title, found)
	}
	for name, damaged := range map[string]string{"cut": body.String()[:body.Len()-10], "no parts": "x"} {
		if send(damaged, w.FormDataContentType()); fault.KindOf(found) != fault.KindInvalid {
			t.Errorf("%s: error %v", name, found)
		}
	}
	if send("a=%zz", "application/x-www-form-urlencoded"); fault.KindOf(found) != fault.KindInvalid {
		t.Errorf("damaged escape: error %v", found)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("title=a&days=1&due=2026-11-21&share=1,5&tags=x&tags=y")
	f.Add("days=%zz")
	f.Add("title=\xff&due=31/02/2026&share=1e999")
	s := newSite(f, nil)
	var got draft
	var found error
	s.Page("POST /form", web.Public, func(c *web.Context) error {
		got = draft{}
		found = c.Decode(&got)
		return nil
	})
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/form", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.ServeHTTP(httptest.NewRecorder(), r)
		s.log.Reset()
		if kind := fault.KindOf(found); kind != fault.KindNone && kind != fault.KindInvalid {
			t.Errorf("error %v", found)
		}
		if n := utf8.RuneCountInString(got.Title); n > 10 || !utf8.ValidString(got.Title) {
			t.Errorf("title of %d runes: %q", n, got.Title)
		}
	})
}
