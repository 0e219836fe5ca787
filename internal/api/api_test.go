package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hygie/internal/api"
	"hygie/internal/fault"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/web"
)

// thing is what the operations of the tests make.
type thing struct {
	Name string `json:"name"`
	N    int    `json:"n,omitempty" doc:"A number."`
}

// bench serves an interface with one list and one write that counts.
type bench struct {
	*pagetest.Site
	made int
	fail error
	api  *api.API
}

func newBench(t *testing.T, db *store.DB) *bench {
	t.Helper()
	b := &bench{Site: pagetest.New(t, db)}
	b.api = api.New(api.Options{DB: db, Now: b.Now, Version: "test"})
	b.api.Add(
		api.Operation{ID: "listThings", Method: "GET", Path: "/structures/{structure}/things", Tag: "things", Rule: web.Needs(right.SeeActions), Answer: api.List[thing]{}, List: true, Summary: "Things",
			Handle: func(r *api.Request) (api.Reply, error) {
				after, err := r.After()
				var items []thing
				for i := range 7 {
					if one := (thing{Name: fmt.Sprint("t", i)}); one.Name > after {
						items = append(items, one)
					}
				}
				return api.Reply{Value: api.Page(items, r.Limit(), func(t thing) string { return t.Name })}, err
			}},
		api.Operation{ID: "addThing", Method: "POST", Path: "/structures/{structure}/things", Tag: "things", Rule: web.Needs(right.EditActions), Body: thing{}, Answer: thing{}, Status: http.StatusCreated, Summary: "Make a thing",
			Handle: func(r *api.Request) (api.Reply, error) {
				var one thing
				if err := r.Read(&one); err != nil {
					return api.Reply{}, err
				}
				if b.fail != nil {
					return api.Reply{}, b.fail
				}
				b.made++
				one.N = b.made
				return api.Reply{Value: one, Location: "/there"}, nil
			}},
	)
	b.Serve(b.api.Routes)
	return b
}

// ask sends a request as somebody.
func (b *bench) ask(who *pagetest.Visitor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(b.T.Context(), method, "/api/v1/structures/"+pagetest.Hospital+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != nil {
		who.Sign(r)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.Router.ServeHTTP(w, r)
	return w
}

func TestPagesOfAList(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	var names []string
	for after := ""; ; {
		w := b.ask(officer, "GET", "/things?limit=3&after="+after, "")
		var page api.List[thing]
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK || len(page.Items) > 3 {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		for _, i := range page.Items {
			names = append(names, i.Name)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if got := strings.Join(names, " "); got != "t0 t1 t2 t3 t4 t5 t6" {
		t.Errorf("pages give %s", got)
	}
	for _, wrong := range []string{"%21", "AA", "____"} { // not base64, a zero byte, not UTF-8
		if w := b.ask(officer, "GET", "/things?after="+wrong, ""); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("cursor %s: %d %s", wrong, w.Code, w.Body)
		}
	}
}

func TestAWriteThatNamesItselfIsDoneOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer, other := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital), b.Person("Alex Fictif", right.Contributor, pagetest.Hospital)
		first := b.ask(officer, "POST", "/things", `{"name":"a"}`, "Idempotency-Key", "one")
		again := b.ask(officer, "POST", "/things", `{"name":"a"}`, "Idempotency-Key", "one")
		if first.Code != http.StatusCreated || again.Code != http.StatusCreated || first.Body.String() != again.Body.String() || again.Header().Get("Location") != "/there" || again.Header().Get("Idempotency-Replayed") != "true" || b.made != 1 {
			t.Fatalf("first %d %s, again %d %s, made %d", first.Code, first.Body, again.Code, again.Body, b.made)
		}
		if w := b.ask(officer, "POST", "/things", `{"name":"b"}`, "Idempotency-Key", "one"); w.Code != http.StatusUnprocessableEntity || b.made != 1 {
			t.Errorf("another request of the same name: %d, made %d", w.Code, b.made)
		}
		if w := b.ask(other, "POST", "/things", `{"name":"a"}`, "Idempotency-Key", "one"); w.Code != http.StatusCreated || b.made != 2 {
			t.Errorf("the same name of somebody else: %d, made %d", w.Code, b.made)
		}
		b.fail = fault.Conflict("api.under_way")
		if w := b.ask(officer, "POST", "/things", `{"name":"c"}`, "Idempotency-Key", "two"); w.Code != http.StatusConflict {
			t.Errorf("a failure: %d", w.Code)
		}
		b.fail = nil
		if w := b.ask(officer, "POST", "/things", `{"name":"c"}`, "Idempotency-Key", "two"); w.Code != http.StatusCreated || b.made != 3 {
			t.Errorf("after a failure: %d, made %d", w.Code, b.made)
		}
		b.Clock = b.Clock.Add(25 * time.Hour)
		if w := b.ask(officer, "POST", "/things", `{"name":"a"}`, "Idempotency-Key", "one"); w.Code != http.StatusCreated || b.made != 4 {
			t.Errorf("a day later: %d, made %d", w.Code, b.made)
		}
		if w := b.ask(officer, "POST", "/things", `{"name":"a"}`, "Idempotency-Key", strings.Repeat("x", 201)); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("a long name: %d", w.Code)
		}
	})
}

func TestProblems(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	neighbour := b.Person("Sam Inventé", right.SecurityOfficer, pagetest.Clinic)
	support := b.Person("Lou Inventé", right.RegionalSupport, pagetest.Region)
	for name, row := range map[string]struct {
		w    *httptest.ResponseRecorder
		want int
	}{
		"nobody":          {b.ask(nil, "GET", "/things", ""), http.StatusUnauthorized},
		"neighbour":       {b.ask(neighbour, "GET", "/things", ""), http.StatusNotFound},
		"not allowed":     {b.ask(support, "POST", "/things", `{"name":"a"}`), http.StatusForbidden},
		"no route":        {b.ask(officer, "GET", "/nothing", ""), http.StatusNotFound},
		"no method":       {b.ask(officer, "DELETE", "/things", ""), http.StatusMethodNotAllowed},
		"not JSON":        {b.ask(officer, "POST", "/things", `{"name"`), http.StatusUnprocessableEntity},
		"unknown name":    {b.ask(officer, "POST", "/things", `{"nom":"a"}`), http.StatusUnprocessableEntity},
		"two values":      {b.ask(officer, "POST", "/things", `{"name":"a"}{}`), http.StatusUnprocessableEntity},
		"another type":    {b.ask(officer, "POST", "/things", `x`, "Content-Type", "text/plain"), http.StatusUnsupportedMediaType},
		"too large":       {b.ask(officer, "POST", "/things", `{"name":"`+strings.Repeat("a", 2<<20)+`"}`), http.StatusRequestEntityTooLarge},
		"large and named": {b.ask(officer, "POST", "/things", `{"name":"`+strings.Repeat("a", 2<<20)+`"}`, "Idempotency-Key", "k"), http.StatusRequestEntityTooLarge},
	} {
		var p web.Problem
		err := json.Unmarshal(row.w.Body.Bytes(), &p)
		if row.w.Code != row.want || err != nil || p.Status != row.want || p.Title == "" || p.Type != "about:blank" || row.w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s (%v), want %d", name, row.w.Code, row.w.Header().Get("Content-Type"), row.w.Body, err, row.want)
		}
	}
	if w := b.ask(nil, "GET", "/things", ""); w.Header().Get("WWW-Authenticate") == "" {
		t.Error("nobody is told how to say who they are")
	}
	if b.made != 0 {
		t.Errorf("%d things were made", b.made)
	}
}

func TestPace(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	officer, other := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital), b.Person("Alex Fictif", right.Contributor, pagetest.Hospital)
	for range api.Burst {
		if w := b.ask(officer, "GET", "/things", ""); w.Code != http.StatusOK {
			t.Fatalf("within the burst: %d", w.Code)
		}
	}
	if w := b.ask(officer, "GET", "/things", ""); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
		t.Errorf("beyond: %d %v", w.Code, w.Header())
	}
	if w := b.ask(other, "GET", "/things", ""); w.Code != http.StatusOK {
		t.Errorf("somebody else: %d", w.Code)
	}
	b.Clock = b.Clock.Add(time.Second)
	for i := range api.PerMinute / 60 {
		if w := b.ask(officer, "GET", "/things", ""); w.Code != http.StatusOK {
			t.Fatalf("after a second, request %d: %d", i, w.Code)
		}
	}
	if w := b.ask(officer, "GET", "/things", ""); w.Code != http.StatusTooManyRequests {
		t.Errorf("beyond again: %d", w.Code)
	}
}

func TestDescription(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/openapi.json", http.NoBody)
	w := httptest.NewRecorder()
	b.Router.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name string }
			Responses   map[string]any
		}
		Components struct {
			Schemas map[string]struct {
				Required   []string
				Properties map[string]map[string]any
			}
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	list, add := d.Paths["/api/v1/structures/{structure}/things"]["get"], d.Paths["/api/v1/structures/{structure}/things"]["post"]
	if d.OpenAPI != "3.1.0" || list.OperationID != "listThings" || len(list.Parameters) != 3 || add.Responses["201"] == nil || add.Responses["default"] == nil || len(add.Parameters) != 2 {
		t.Errorf("description: %s", text)
	}
	if s := d.Components.Schemas["Thing"]; len(s.Required) != 1 || s.Required[0] != "name" || s.Properties["n"]["description"] != "A number." {
		t.Errorf("schema of a thing: %+v", s)
	}
	if d.Components.Schemas["ListThing"].Properties["items"]["type"] != "array" || d.Components.Schemas["Problem"].Properties["status"]["type"] != "integer" {
		t.Errorf("schemas: %+v", d.Components.Schemas)
	}
}
