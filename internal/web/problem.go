package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"hygie/internal/fault"
)

// ProgramPrefix is before the addresses that programs ask.
const ProgramPrefix = "/api/"

// Problem is what programs are told of a failure (RFC 9457, application/problem+json).
type Problem struct {
	Type     string  `json:"type" doc:"Always about:blank: the status says what kind of problem it is."`
	Title    string  `json:"title" doc:"What happened, in the language asked for."`
	Status   int     `json:"status"`
	Detail   string  `json:"detail,omitempty" doc:"Why, and what to do."`
	Instance string  `json:"instance,omitempty" doc:"Reference of the request, as the log has it."`
	Errors   []Wrong `json:"errors,omitempty" doc:"What is wrong with each value."`
}

// Wrong is one value that is wrong.
type Wrong struct {
	Name    string `json:"name,omitempty"`
	Message string `json:"message"`
}

// fromProgram tells whether the address is one that programs ask.
func (c *Context) fromProgram() bool { return strings.HasPrefix(c.R.URL.Path, ProgramPrefix) }

// Problem answers a program with a failure that has no kind of its own among faults, such as too many requests.
func (c *Context) Problem(status int, title, detail string) {
	c.sendProblem(Problem{Type: "about:blank", Title: title, Status: status, Detail: detail, Instance: RequestID(c.Ctx)})
}

// problem answers a program with a failure as people are told of it.
func (c *Context) problem(f Failure, known *fault.Error) {
	p := Problem{Type: "about:blank", Title: f.Title, Status: f.Status, Detail: f.Reason, Instance: f.Reference}
	if known != nil {
		for i, text := range f.Fields {
			p.Errors = append(p.Errors, Wrong{Name: known.Fields[i].Name, Message: text})
		}
	}
	c.sendProblem(p)
}

func (c *Context) sendProblem(p Problem) {
	h := c.W.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Language", string(c.Printer.Lang()))
	c.W.WriteHeader(p.Status)
	if c.R.Method != http.MethodHead {
		_ = json.NewEncoder(c.W).Encode(p) // the reader went away: nothing to do
	}
}

// Caller names who asks, for what is counted or kept for each: a token, or a person.
func (c *Context) Caller() string {
	if c.Session.Token != "" {
		return "token/" + c.Session.Token
	}
	return "person/" + c.Actor.Person
}
