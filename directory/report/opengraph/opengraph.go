// Package opengraph writes the control graph of a directory for BloodHound.
package opengraph

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"hygie/directory/model"
	"hygie/directory/paths"
	"hygie/directory/sid"
)

// Write writes the control graph in the OpenGraph form of BloodHound (JSON: metadata, then graph with nodes and edges), so that
// a team that works with that tool can load it. Identifiers are those that its own collector gives, so that both sets of data meet:
// SIDs, those of built-in groups behind the name of their domain, else GUIDs. It streams.
func Write(w io.Writer, d *model.Directory, n *paths.Network) error {
	g := &openGraph{out: bufio.NewWriterSize(w, 64<<10), dir: d, network: n, known: make(map[string]bool), ids: make(map[paths.Node]string)}
	g.write()
	if g.err == nil {
		g.err = g.out.Flush()
	}
	if g.err != nil {
		return fmt.Errorf("write OpenGraph: %w", g.err)
	}
	return nil
}

type openGraph struct {
	out     *bufio.Writer
	dir     *model.Directory
	network *paths.Network
	known   map[string]bool // identifiers of the nodes written
	ids     map[paths.Node]string
	err     error
}

// ogNode and ogEdge are the elements of the form; values of properties are texts, numbers and booleans.
type ogNode struct {
	ID         string         `json:"id"`
	Kinds      []string       `json:"kinds"`
	Properties map[string]any `json:"properties"`
}

type ogEnd struct {
	Value   string `json:"value"`
	MatchBy string `json:"match_by"`
}

type ogEdge struct {
	Kind       string         `json:"kind"`
	Start      ogEnd          `json:"start"`
	End        ogEnd          `json:"end"`
	Properties map[string]any `json:"properties"`
}

func (g *openGraph) write() {
	g.text(`{"metadata":{"source_kind":"Base"},"graph":{"nodes":[`)
	first := true
	element := func(v any) {
		if !first {
			g.text(",")
		}
		first = false
		g.text("\n")
		g.json(v)
	}
	tierZero := make(map[paths.Node]bool)
	for _, n := range g.network.TierZero() {
		tierZero[n] = true
	}
	for id := range g.dir.All() {
		if n, ok := g.object(id, tierZero[paths.Node(id)]); ok && !g.known[n.ID] {
			g.known[n.ID] = true
			element(n)
		}
	}
	for node := range g.network.Principals() {
		if id := g.identifier(node); id != "" && !g.known[id] {
			g.known[id] = true
			name, _ := g.network.Name(node, "en")
			element(ogNode{ID: id, Kinds: []string{"Group", "Base"}, Properties: map[string]any{"name": name, "objectid": id}})
		}
	}
	g.text("],\n\"edges\":[")
	first = true
	for s := range g.network.Edges() {
		from, to := g.identifier(s.From), g.identifier(s.To)
		if from == "" || to == "" {
			continue
		}
		properties := map[string]any{"conditional": s.Conditional()}
		if s.Entry != "" {
			properties["ace"] = s.Entry
		}
		element(ogEdge{Kind: s.Kind.String(), Start: ogEnd{from, "id"}, End: ogEnd{to, "id"}, Properties: properties})
		if g.err != nil {
			return
		}
	}
	g.text("]}}\n")
}

func (g *openGraph) text(s string) {
	if g.err == nil {
		_, g.err = g.out.WriteString(s)
	}
}

func (g *openGraph) json(v any) {
	raw, err := json.Marshal(v)
	if g.err == nil {
		g.err = err
	}
	g.text(string(raw))
}

// object makes the node of an object; false for one that has no identifier.
func (g *openGraph) object(id model.ID, tierZero bool) (ogNode, bool) {
	key := g.identifier(paths.Node(id))
	if key == "" {
		return ogNode{}, false
	}
	domain := ""
	if info, ok := g.dir.DomainOf(id); ok {
		domain = strings.ToUpper(info.DNSName)
	}
	name, ok := g.dir.Text(id, "sAMAccountName")
	if !ok {
		name = cmp.Or(g.dir.Called(id), g.dir.Name(id))
	}
	kind := bloodHoundKind(g.dir.Class(id))
	name = strings.ToUpper(name)
	switch {
	case kind == "Domain":
		name = domain
	case kind == "Computer" && strings.HasSuffix(name, "$") && domain != "":
		name = strings.TrimSuffix(name, "$") + "." + domain
	case domain != "":
		name += "@" + domain
	}
	properties := map[string]any{"name": name, "objectid": key, "distinguishedname": strings.ToUpper(g.dir.DN(id))}
	if domain != "" {
		properties["domain"] = domain
	}
	if tierZero {
		properties["system_tags"] = "admin_tier_0"
	}
	if flags, ok := g.dir.Int(id, "userAccountControl"); ok {
		properties["enabled"] = flags&2 == 0
	}
	return ogNode{ID: key, Kinds: []string{kind, "Base"}, Properties: properties}, true
}

// identifier gives the identifier of a node, "" for one without.
func (g *openGraph) identifier(node paths.Node) string {
	id, ok := g.ids[node]
	if !ok {
		id = g.identify(node)
		g.ids[node] = id
	}
	return id
}

func (g *openGraph) identify(node paths.Node) string {
	_, s := g.network.Name(node, "en")
	if int(node) < g.network.Objects() {
		id := model.ID(node)
		if s.IsZero() {
			if guid := g.dir.GUID(id); !guid.IsZero() {
				return strings.ToUpper(guid.String())
			}
			return ""
		}
		if info, ok := g.dir.DomainOf(id); ok && !s.IsAccount() {
			return strings.ToUpper(info.DNSName) + "-" + s.String()
		}
		return s.String()
	}
	return g.principal(s)
}

// principal gives the identifier of a principal that is no object.
func (g *openGraph) principal(s sid.SID) string {
	if s.IsZero() {
		return ""
	}
	if domains := g.dir.Domains(); !s.IsAccount() && len(domains) > 0 {
		return strings.ToUpper(domains[0].DNSName) + "-" + s.String()
	}
	return s.String()
}

// bloodHoundKind names a class as that tool does.
func bloodHoundKind(class string) string {
	switch class {
	case "user", "inetOrgPerson", "msDS-ManagedServiceAccount", "msDS-GroupManagedServiceAccount", "msDS-DelegatedManagedServiceAccount":
		return "User"
	case "computer":
		return "Computer"
	case "group", "foreignSecurityPrincipal":
		return "Group"
	case "domainDNS":
		return "Domain"
	case "organizationalUnit":
		return "OU"
	case "groupPolicyContainer":
		return "GPO"
	case "pKICertificateTemplate":
		return "CertTemplate"
	case "pKIEnrollmentService":
		return "EnterpriseCA"
	}
	return "Container"
}
