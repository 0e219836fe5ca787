package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/people"
	"hygie/internal/store"
	"hygie/internal/web"
)

// program asks with a token, and holds every answer against the description of the interface.
type program struct {
	t     *testing.T
	site  *site
	token string
	about description
}

// description is what the platform says of its interface, as far as the test reads it.
type description struct {
	Paths map[string]map[string]struct {
		OperationID string
		Responses   map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

// program makes a token for somebody of the demonstration.
func (s *site) program(t *testing.T, email string, token people.Token) *program {
	t.Helper()
	p := &program{t: t, site: s}
	err := s.DB.Update(t.Context(), func(tx *store.Tx) error {
		person, err := s.People.PersonByEmail(t.Context(), tx, email)
		if err != nil {
			return err
		}
		actor, err := s.People.Actor(t.Context(), tx, person.ID, true)
		if err != nil {
			return err
		}
		token.Name, token.Expires = "essai", s.now().AddDate(0, 1, 0)
		p.token, _, err = s.People.MakeToken(t.Context(), tx, actor, token)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, body := p.raw("GET", "/openapi.json", "", nil)
	if err := json.Unmarshal(body, &p.about); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) raw(method, path, contentType string, content []byte) (*http.Response, []byte) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.site.url+"/api/v1"+path, bytes.NewReader(content))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Accept-Language", "fr")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer, body
}

// ask sends a request, wants a status, and reads the answer as described.
func (p *program) ask(operation, method, path string, body any, want int) map[string]any {
	p.t.Helper()
	contentType, content := "", []byte(nil)
	switch b := body.(type) {
	case nil:
	case []byte:
		contentType, content = "application/octet-stream", b
	default:
		var err error
		if content, err = json.Marshal(b); err != nil {
			p.t.Fatal(err)
		}
		contentType = "application/json"
	}
	answer, text := p.raw(method, path, contentType, content)
	if answer.StatusCode != want {
		p.t.Fatalf("%s: %d, want %d: %s", operation, answer.StatusCode, want, text)
	}
	var value map[string]any
	if err := json.Unmarshal(text, &value); err != nil {
		p.t.Fatalf("%s: %v: %s", operation, err, text)
	}
	if want < 300 {
		for _, methods := range p.about.Paths {
			if o := methods[strings.ToLower(method)]; o.OperationID == operation {
				for _, r := range o.Responses {
					if media, ok := r.Content["application/json"]; ok {
						p.fits(operation, media.Schema, value)
						return value
					}
				}
			}
		}
		p.t.Fatalf("operation %s is not described", operation)
	}
	return value
}

// fits fails the test when a value is not as its schema says.
func (p *program) fits(where string, schema map[string]any, value any) {
	p.t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = p.about.Components.Schemas[ref[strings.LastIndex(ref, "/")+1:]]
	}
	kind := ""
	switch v := value.(type) {
	case map[string]any:
		kind = "object"
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				p.t.Errorf("%s lacks %s", where, name)
			}
		}
		for name, inner := range v {
			property, ok := properties[name].(map[string]any)
			if !ok {
				p.t.Errorf("%s has %s, which is not described", where, name)
				continue
			}
			p.fits(where+"."+name, property, inner)
		}
	case []any:
		kind = "array"
		items, _ := schema["items"].(map[string]any)
		for i, inner := range v {
			p.fits(fmt.Sprintf("%s[%d]", where, i), items, inner)
		}
	case string:
		kind = "string"
		if values, ok := schema["enum"].([]any); ok && !slices.Contains(values, any(v)) {
			p.t.Errorf("%s is %q, not one of %v", where, v, values)
		}
		if schema["format"] == "date-time" {
			if _, err := time.Parse(time.RFC3339, v); err != nil {
				p.t.Errorf("%s: %v", where, err)
			}
		}
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
		if schema["type"] == "integer" && v == float64(int64(v)) {
			kind = "integer"
		}
	}
	if want, ok := schema["type"].(string); ok && want != kind {
		p.t.Errorf("%s is of type %s, %s is described", where, kind, want)
	}
}

func items(page map[string]any) []any { list, _ := page["items"].([]any); return list }

// A script of the security officer does by token what people do on pages: deposit, read, declare, plan, audit, search.
func TestAProgramWorksForItsPerson(t *testing.T) {
	s := start(t, options{demo: true})
	s.idle(t)
	p := s.program(t, officer, people.Token{Structure: hospital})
	const at = "/structures/" + hospital
	if me := p.ask("getMe", "GET", "/me", nil, 200); len(me["grants"].([]any)) == 0 {
		t.Errorf("me: %v", me)
	}
	if list := p.ask("listStructures", "GET", "/structures", nil, 200); len(items(list)) == 0 {
		t.Errorf("structures: %v", list)
	}
	p.ask("getStructure", "GET", at, nil, 200)

	deposit := at + "/evidence?name=Zanzibar-restauration.pdf&kind=procedure&from=2026-01-01"
	made := p.ask("addEvidence", "POST", deposit, []byte("%PDF-1.7 essai"), 201)
	same := p.ask("addEvidence", "POST", deposit, []byte("%PDF-1.7 essai"), 200)
	if made["id"] != same["id"] || len(made["sha256"].(string)) != 64 {
		t.Errorf("the same content twice: %v, %v", made, same)
	}
	id := made["id"].(string)
	p.ask("getEvidence", "GET", at+"/evidence/"+id, nil, 200)
	if _, content := p.raw("GET", at+"/evidence/"+id+"/content", "", nil); string(content) != "%PDF-1.7 essai" {
		t.Errorf("content %q", content)
	}
	p.ask("listEvidence", "GET", at+"/evidence?limit=2", nil, 200)
	p.ask("addEvidence", "POST", at+"/evidence?name=x.pdf&kind=nothing&from=2026-01-01", []byte("x"), 422)

	found := p.ask("search", "GET", "/search?q=zanzib", nil, 200)
	if len(items(found)) != 1 || items(found)[0].(map[string]any)["path"] != "/structures/"+hospital+"/evidence/"+id {
		t.Errorf("search right after the deposit: %v", found)
	}
	if other := items(s.program(t, smallOfficer, people.Token{}).ask("search", "GET", "/search?q=zanzib", nil, 200)); len(other) != 0 {
		t.Errorf("a neighbour finds it: %v", other)
	}

	if facts := p.ask("listFacts", "GET", at+"/facts?key=directory.", nil, 200); len(items(facts)) == 0 {
		t.Error("no fact of the directory audits")
	}
	p.ask("addFact", "POST", at+"/facts", map[string]any{"key": "directory.level", "value": "5", "observed_on": "2026-01-01"}, 404)

	action := p.ask("addAction", "POST", at+"/actions", map[string]any{"title": "Essayer l’interface", "due_on": "2027-03-31", "gain": "high"}, 201)
	moved := p.ask("moveAction", "POST", at+"/actions/"+action["id"].(string)+"/state", map[string]any{"state": "done", "version": action["version"]}, 200)
	p.ask("moveAction", "POST", at+"/actions/"+action["id"].(string)+"/state", map[string]any{"state": "open", "version": action["version"]}, 409)
	if moved["state"] != "done" || moved["due_on"] != "2027-03-31" {
		t.Errorf("action: %v", moved)
	}
	p.ask("listActions", "GET", at+"/actions?state=done,open", nil, 200)
	p.ask("getAction", "GET", at+"/actions/"+action["id"].(string), nil, 200)

	runs := p.ask("listDirectoryRuns", "GET", at+"/directory/runs", nil, 200)
	run := items(runs)[0].(map[string]any)["id"].(string)
	p.ask("getDirectoryRun", "GET", at+"/directory/runs/"+run, nil, 200)
	if list := p.ask("listDirectoryFindings", "GET", at+"/directory/runs/"+run+"/findings?status=failed", nil, 200); len(items(list)) == 0 {
		t.Error("no control point fails")
	}
	queued := p.ask("addDirectoryRun", "POST", at+"/directory/runs?name=x.ldif", []byte("dn: dc=x\n"), 202)
	if queued["state"] != "waiting" {
		t.Errorf("run: %v", queued)
	}
	seen := p.ask("listExposureRuns", "GET", at+"/exposure/runs", nil, 200)
	exposed := items(seen)[0].(map[string]any)["id"].(string)
	p.ask("getExposureRun", "GET", at+"/exposure/runs/"+exposed, nil, 200)
	p.ask("listExposureFindings", "GET", at+"/exposure/runs/"+exposed+"/findings?limit=5", nil, 200)

	standings := p.ask("listReferentials", "GET", at+"/referentials", nil, 200)
	for _, one := range items(standings) {
		p.ask("getVerdicts", "GET", at+"/referentials/"+one.(map[string]any)["id"].(string)+"/verdicts", nil, 200)
	}
	s.idle(t)
}

// Every address for programs is described, and nothing else is.
func TestTheDescriptionIsThatOfTheRoutes(t *testing.T) {
	s := start(t, options{demo: true})
	p := s.program(t, officer, people.Token{ReadOnly: true})
	described := map[string]bool{}
	for path, methods := range p.about.Paths {
		for method := range methods {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	for _, route := range s.Router.Routes() {
		pattern := route.Method + " " + route.Path
		if strings.HasPrefix(route.Path, web.ProgramPrefix) && route.Path != "/api/v1/openapi.json" && !described[pattern] {
			t.Errorf("%s is not described", pattern)
		}
		delete(described, pattern)
	}
	if len(described) > 0 {
		t.Errorf("described, and no route: %v", described)
	}
	p.ask("addAction", "POST", "/structures/"+hospital+"/actions", map[string]any{"title": "x"}, 403)
	s.idle(t)
}
