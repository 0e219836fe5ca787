package account

import (
	"hygie/internal/api"
	"hygie/internal/right"
	"hygie/internal/web"
)

// Me is who asks, and what they may do where.
type Me struct {
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	ReadOnly bool     `json:"read_only" doc:"The token only reads."`
	Grants   []Holder `json:"grants"`
}

// Holder is a role on a structure.
type Holder struct {
	Role      string   `json:"role"`
	Structure string   `json:"structure,omitempty" doc:"Absent: the whole installation."`
	Actions   []string `json:"actions" doc:"What may be done there with this token."`
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	return []api.Operation{{ID: "getMe", Method: "GET", Path: "/me", Tag: "account", Rule: web.SignedIn, Answer: Me{},
		Summary: "Who asks, and what they may do where",
		Handle: func(r *api.Request) (api.Reply, error) {
			me := Me{Name: r.Actor.Name, Email: r.Actor.Email, ReadOnly: r.Actor.ReadOnly, Grants: []Holder{}}
			for _, g := range r.Actor.Grants {
				one := r.Actor
				one.Grants = []right.Grant{g}
				h := Holder{Role: string(g.Role), Structure: g.Structure, Actions: []string{}}
				for _, action := range right.Actions() {
					if !right.Visible(one, action).Empty() {
						h.Actions = append(h.Actions, string(action))
					}
				}
				me.Grants = append(me.Grants, h)
			}
			return api.Reply{Value: me}, nil
		}}}
}
