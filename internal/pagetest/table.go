package pagetest

import (
	"net/http"
	"strings"
	"testing"

	"hygie/internal/right"
)

// FollowsTable tries every route of the site that needs a right with every role, inside and outside of where the role is held: whoever the table
// of rights names gets past the door, nobody else does. Other words of a path are filled with something that is not there.
func (s *Site) FollowsTable(t *testing.T) {
	t.Helper()
	tried := 0
	for _, role := range right.Roles() {
		here := s.Person("Ici "+string(role), role, Hospital)
		everywhere := s.Person("Partout "+string(role), role, "")
		for _, route := range s.Router.Routes() {
			action, needs := route.Rule.Action()
			if !needs {
				continue
			}
			tried++
			allowed := right.Allowed(role, action)
			switch {
			case route.Rule.Everywhere():
				door(t, here, route.Method, filled(route.Path, ""), http.StatusForbidden)
				if !allowed {
					door(t, everywhere, route.Method, filled(route.Path, ""), http.StatusForbidden)
				} else {
					past(t, everywhere, route.Method, filled(route.Path, ""))
				}
			case strings.Contains(route.Path, "{structure}"):
				door(t, here, route.Method, filled(route.Path, Clinic), http.StatusNotFound)
				if !allowed {
					door(t, here, route.Method, filled(route.Path, Hospital), http.StatusForbidden)
				} else {
					past(t, here, route.Method, filled(route.Path, Hospital))
				}
			}
		}
	}
	if tried == 0 {
		t.Error("no route needs a right")
	}
}

// filled puts a structure, and things that are not there, into a pattern.
func filled(path, structure string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		switch {
		case part == "{structure}":
			parts[i] = structure
		case strings.HasPrefix(part, "{"):
			parts[i] = "nothing"
		}
	}
	return strings.Join(parts, "/")
}

func (v *Visitor) try(method, path string) Page {
	v.site.T.Helper()
	if method == http.MethodGet {
		return v.Get(path)
	}
	return v.Post(path)
}

// door wants a visitor to be sent away.
func door(t *testing.T, v *Visitor, method, path string, status int) {
	t.Helper()
	if p := v.try(method, path); p.Status != status {
		t.Errorf("%s at %s %s: status %d, want %d", v.Actor.Name, method, path, p.Status, status)
	}
}

// past wants a visitor not to be refused. What is done there may well be impossible: the form is empty.
func past(t *testing.T, v *Visitor, method, path string) {
	t.Helper()
	if p := v.try(method, path); p.Status == http.StatusForbidden || p.Status >= http.StatusInternalServerError {
		t.Errorf("%s at %s %s: status %d", v.Actor.Name, method, path, p.Status)
	}
}
