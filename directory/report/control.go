package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/report/wording"
)

// Path is a way from an ordinary principal to a privileged target (docs/schema/directory-audit.schema.json, path).
type Path struct {
	Source Principal `json:"source"`
	Target Principal `json:"target"`
	Steps  []Step    `json:"steps"`
	// Accounts is how many ordinary accounts can take this way; 0 for a path that was asked for by its ends.
	Accounts int `json:"accounts"`
	// Conditional tells that a step needs something besides rights: an offline attack, a victim who connects.
	Conditional bool `json:"conditional"`
	// Door is the step, from 1, whose right opens the way: the last one that can be taken away from somebody outside. What follows is by design. 0
	// for a path that was asked for by its ends.
	Door   int    `json:"door"`
	Status string `json:"status,omitempty"` // with a comparison: new, persisting, back
}

// Principal names an object or a principal (docs/schema/directory-audit.schema.json, principal).
type Principal struct {
	DN  string `json:"dn"` // the usual name of a principal that is no object of the directory
	SID string `json:"sid,omitempty"`
	// Name is how people know a group policy, of which the distinguished name says an identifier.
	Name string `json:"name,omitempty"`
}

// Short is what people call a principal (docs/schema/directory-audit.schema.json, principal).
func (p Principal) Short() string { return cmp.Or(p.Name, wording.ShortName(p.DN)) }

// Step is one move of a path (docs/schema/directory-audit.schema.json, step).
type Step struct {
	From        string `json:"from"`
	FromSID     string `json:"from_sid,omitempty"`
	FromName    string `json:"from_name,omitempty"` // as Principal.Name
	To          string `json:"to"`
	ToSID       string `json:"to_sid,omitempty"`
	ToName      string `json:"to_name,omitempty"`
	Right       string `json:"right"`  // a control.Kind
	Means       string `json:"means"`  // what From can do, without subject
	Object      string `json:"object"` // where the right is to be taken away; empty when the directory works that way
	ObjectName  string `json:"object_name,omitempty"`
	ACE         string `json:"ace"`
	Cut         string `json:"cut"` // how to take it away
	Conditional bool   `json:"conditional"`
}

// Whole is a principal as a reader finds it again: the name that people know, if it says more, and the distinguished name
// (docs/schema/directory-audit.schema.json, principal).
func (p Principal) Whole() string {
	if p.Name == "" {
		return p.DN
	}
	return p.Name + " (" + p.DN + ")"
}

// Place is the object that carries the right (docs/schema/directory-audit.schema.json, step).
func (s Step) Place() Principal { return Principal{DN: s.Object, Name: s.ObjectName} }

// Place is the object that carries the right (docs/schema/directory-audit.schema.json, fix).
func (f Fix) Place() Principal { return Principal{DN: f.Object, Name: f.ObjectName} }

// Actor is who takes the step (docs/schema/directory-audit.schema.json, step).
func (s Step) Actor() Principal { return Principal{DN: s.From, SID: s.FromSID, Name: s.FromName} }

// Gain is what the step leads to (docs/schema/directory-audit.schema.json, step).
func (s Step) Gain() Principal { return Principal{DN: s.To, SID: s.ToSID, Name: s.ToName} }

// Fix is a change that cuts paths (docs/schema/directory-audit.schema.json, fix).
type Fix struct {
	Rank    int         `json:"rank"`
	Title   string      `json:"title"`
	Right   string      `json:"right"`
	Trustee Principal   `json:"trustee"` // who loses the right
	Members []Principal `json:"members"` // to be taken out of the group, the first ones of Count; empty for other rights
	Count   int         `json:"count"`
	Object  string      `json:"object"`
	// ObjectName is as Principal.Name.
	ObjectName string `json:"object_name,omitempty"`
	Objects    int    `json:"objects"` // how many objects carry the same entry
	ACE        string `json:"ace"`
	How        string `json:"how"`
	Cost       int64  `json:"cost"` // in a unit of its own; costs compare with each other
	Paths      int    `json:"paths"`
	// Accounts is how many ordinary accounts use this right on their way. Remaining is how many still reach tier 0 once this fix
	// and those before it are made; absent when it was not worked out.
	Accounts  int  `json:"accounts"`
	Remaining *int `json:"remaining,omitempty"`
}

// TierZero is an object that must not be reached (docs/schema/directory-audit.schema.json, tierZero).
type TierZero struct {
	DN       string `json:"dn"`
	SID      string `json:"sid,omitempty"`
	Kind     string `json:"kind"`     // domain, controller, krbtgt, administrator, adminsdholder, group, authority
	Accounts int    `json:"accounts"` // ordinary accounts that can take it over
}

// ControlStatistics counts what the control graph is made of and what it shows (docs/schema/directory-audit.schema.json, control).
type ControlStatistics struct {
	Nodes            int   `json:"nodes"`
	Edges            int   `json:"edges"`
	FlatEdges        int64 `json:"flat_edges"` // control edges if identical descriptors were not shared
	Pairs            int   `json:"pairs"`      // distinct pairs of descriptor and class
	OrdinaryAccounts int   `json:"ordinary_accounts"`
	ExposedTo        int   `json:"exposed_to"` // ordinary accounts that can reach tier 0
	Ways             int   `json:"ways"`       // distinct ways into tier 0
	WaysShown        int   `json:"ways_shown"` // of them, in paths
	PlanCost         int64 `json:"plan_cost"`
	NotSeparated     int   `json:"not_separated"` // ordinary accounts that no change of the plan keeps out
}

// ShownPaths bounds the paths of a report; all are counted (docs/schema/directory-audit.schema.json, path).
const ShownPaths = 200

// AddControl completes the report with what the control graph shows: the ways into tier 0, the plan that closes them, and how many
// ordinary accounts threaten each object of tier 0.
func (r *Report) AddControl(n *paths.Network) error {
	ways := n.Ways(ShownPaths)
	return r.AddPlan(n, ways, n.Plan(ways))
}

// AddPlan is [Report.AddControl] with the ways and the plan that the caller worked out.
func (r *Report) AddPlan(n *paths.Network, ways *paths.Ways, plan paths.Plan) error {
	t, err := newTeller(n, r.Language)
	if err != nil {
		return err
	}
	list, err := NewPaths(n, ways, r.Language)
	if err != nil {
		return err
	}
	r.Paths = append(r.Paths, list...)
	for i, f := range plan.Fixes {
		r.Fixes = append(r.Fixes, t.fix(f, i+1))
	}
	for _, c := range n.Controllers(ways) {
		who := t.name(c.Node)
		r.TierZero = append(r.TierZero, TierZero{DN: who.DN, SID: who.SID, Kind: c.Why, Accounts: c.Accounts})
	}
	s := n.Statistics()
	r.Statistics.Control = &ControlStatistics{
		Nodes: s.Nodes, Edges: s.Edges, FlatEdges: s.Flat, Pairs: s.Pairs, OrdinaryAccounts: s.Ordinary, ExposedTo: ways.Exposed,
		Ways: ways.Total, WaysShown: len(ways.List), PlanCost: plan.Cost, NotSeparated: plan.Open,
	}
	return nil
}

// ControlIncomplete tells whether there may be paths that the report does not show, because rights from which paths are made
// were not read: the points about the objects at the top of the directory say so.
func (r *Report) ControlIncomplete() bool {
	top := []string{
		"vuln_permissions_naming_context", "vuln_permissions_adminsdholder", "vuln_permissions_dc", "vuln_privileged_members_perm",
		"vuln_adcs_template_control",
	}
	return len(r.Domains) == 0 || slices.ContainsFunc(r.Domains, func(d Domain) bool {
		return slices.ContainsFunc(d.Points, func(p Point) bool {
			return slices.Contains(top, p.ID) && (p.Status == points.NotEvaluated || len(p.Missing) > 0)
		})
	})
}

// teller writes paths and fixes down in a language.
type teller struct {
	network *paths.Network
	lang    string
	texts   map[string]control.Text
}

func newTeller(n *paths.Network, lang string) (teller, error) {
	texts, err := control.Catalog(lang)
	return teller{n, lang, texts}, err
}

func (t teller) name(node paths.Node) Principal {
	dn, s := t.network.Name(node, t.lang)
	return Principal{DN: dn, SID: s.String(), Name: t.network.Called(node)}
}

// NewPath writes a path down in a language (docs/schema/directory-path.schema.json).
func NewPath(n *paths.Network, p paths.Path, lang string) (Path, error) {
	t, err := newTeller(n, lang)
	if err != nil {
		return Path{}, fmt.Errorf("write path: %w", err)
	}
	return t.path(p), nil
}

func (t teller) path(p paths.Path) Path {
	out := Path{Source: t.name(p.Source), Target: t.name(p.Target), Steps: []Step{}, Conditional: p.Conditional()}
	for _, s := range p.Steps {
		from, to, text := t.name(s.From), t.name(s.To), t.texts[s.Kind.String()]
		step := Step{
			From: from.DN, FromSID: from.SID, FromName: from.Name, To: to.DN, ToSID: to.SID, ToName: to.Name, Right: s.Kind.String(), Means: text.Means,
			ACE: s.Entry, Conditional: s.Conditional(),
		}
		if s.Object != model.None {
			where := t.name(paths.Node(s.Object))
			step.Object, step.ObjectName, step.Cut = where.DN, where.Name, text.Cut
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

func (t teller) fix(f paths.Fix, rank int) Fix {
	out := Fix{
		Rank: rank, Right: f.Kind.String(), Trustee: t.name(f.Trustee), Members: []Principal{}, Count: f.Count, Objects: f.Objects, ACE: f.Entry,
		How: t.texts[f.Kind.String()].Cut, Cost: f.Cost, Paths: f.Ways, Accounts: f.Accounts,
	}
	if f.Object != model.None {
		where := t.name(paths.Node(f.Object))
		out.Object, out.ObjectName = where.DN, where.Name
	}
	for _, m := range f.Members {
		out.Members = append(out.Members, t.name(m))
	}
	if f.Remaining >= 0 {
		out.Remaining = &f.Remaining
	}
	out.Title = fixTitle(out, wording.Words(t.lang))
	return out
}

// fixTitle says what to change.
func fixTitle(f Fix, t wording.Words) string {
	who, where := f.Trustee.Short(), f.Place().Short()
	switch f.Right {
	case control.MemberOf.String():
		if f.Count > 1 {
			return fmt.Sprintf(t.S("Retirer %d comptes du groupe %s", "Take %d accounts out of the group %s"), f.Count, where)
		}
		return fmt.Sprintf(t.S("Retirer %s du groupe %s", "Take %s out of the group %s"), who, where)
	case control.Owner.String():
		return fmt.Sprintf(t.S("Changer le propriétaire de %s, qui est %s", "Change the owner of %s, who is %s"), where, who)
	case control.IssuesCertificates.String():
		return fmt.Sprintf(t.S("Corriger ou retirer le modèle de certificat %s", "Mend or withdraw the certificate template %s"), where)
	case control.EnrollsForOthers.String(), control.AddsUsage.String(), control.CertificateGroup.String():
		return fmt.Sprintf(t.S("Corriger ou retirer le modèle de certificat %s (%s)", "Mend or withdraw the certificate template %s (%s)"), where, f.Right)
	case control.NullDACL.String():
		return fmt.Sprintf(t.S("Rétablir la liste de droits de %s, qui est ouverte à tous", "Restore the list of rights of %s, which is open to everybody"), where)
	case control.ManagedBy.String():
		return fmt.Sprintf(t.S("Retirer à %s la gestion du contrôleur en lecture seule %s", "Take the management of the read-only controller %[2]s away from %[1]s"), who, where)
	case control.PrimaryTrust.String(), control.TrustDelegation.String():
		return fmt.Sprintf(t.S("Filtrer la relation d’approbation %s", "Filter the trust %s"), where)
	case control.WritePolicyFile.String(), control.WriteScriptFile.String():
		return fmt.Sprintf(t.S("Retirer à %s l’écriture des fichiers de %s", "Take the right to write the files of %[2]s away from %[1]s"), who, where)
	case control.PolicyAdmin.String(), control.PolicyMember.String(), control.PolicyPrivilege.String(), control.PolicyLogon.String(), control.PolicyDelegation.String():
		return fmt.Sprintf(t.S("Retirer %s des réglages de la stratégie %s (%s)", "Take %s out of the settings of the policy %s (%s)"), who, where, f.Right)
	case control.UnconstrainedDelegation.String():
		return fmt.Sprintf(t.S("Retirer la délégation sans contrainte de %s", "Remove the unconstrained delegation from %s"), who)
	case control.AllowedToDelegate.String():
		return fmt.Sprintf(t.S("Revoir la délégation contrainte de %s", "Review the constrained delegation of %s"), who)
	case control.AllowedToAct.String():
		return fmt.Sprintf(t.S("Retirer %s de la délégation acceptée par %s", "Remove %s from the delegation that %s accepts"), who, where)
	case control.ReadGMSAPassword.String():
		return fmt.Sprintf(t.S("Retirer %s des lecteurs du mot de passe de %s", "Remove %s from the readers of the password of %s"), who, where)
	case control.SIDHistory.String():
		return fmt.Sprintf(t.S("Effacer l’historique de SID de %s", "Clear the SID history of %s"), who)
	}
	return fmt.Sprintf(t.S("Retirer à %s le droit %s sur %s", "Take the right %[2]s over %[3]s away from %[1]s"), who, f.Right, where)
}

// translate puts the sentences of a path in the language of a catalog.
func (p *Path) translate(catalog map[string]control.Text) {
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		s := &p.Steps[i]
		text := catalog[s.Right]
		s.Means = text.Means
		if s.Object != "" {
			s.Cut = text.Cut
		}
	}
}

// controlIn gives paths and fixes with their sentences in a language.
func (r *Report) controlIn(lang string) error {
	catalog, err := control.Catalog(lang)
	if err != nil {
		return err
	}
	r.Paths, r.Fixes = slices.Clone(r.Paths), slices.Clone(r.Fixes)
	for i := range r.Paths {
		r.Paths[i].translate(catalog)
	}
	for i := range r.Fixes {
		r.Fixes[i].How = catalog[r.Fixes[i].Right].Cut
		r.Fixes[i].Title = fixTitle(r.Fixes[i], wording.Words(lang))
	}
	return nil
}

// Key is what a fix is known by when the plan is worked out again: the right, who has it and where.
func (f Fix) Key() string { return strings.Join([]string{f.Right, f.Trustee.DN, f.Object}, "|") }

// NewPaths writes ways down in a language (docs/schema/directory-path.schema.json).
func NewPaths(n *paths.Network, ways *paths.Ways, lang string) ([]Path, error) {
	t, err := newTeller(n, lang)
	if err != nil {
		return nil, fmt.Errorf("write paths: %w", err)
	}
	out := []Path{}
	for _, w := range ways.List {
		p := t.path(w.Path)
		p.Accounts, p.Door = w.Accounts, w.Door+1
		out = append(out, p)
	}
	return out, nil
}
