package paths

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/sid"
)

// find looks a principal or an object up by what people call it.
func find(n *Network, text string) []Node {
	text = strings.TrimSpace(text)
	if text == "" { // some principals have no name either
		return nil
	}
	if s, err := sid.Parse(text); err == nil {
		return n.bySID(s)
	}
	if id, ok := n.record.Dir.ByDN(text); ok && strings.Contains(text, "=") {
		return []Node{Node(id)}
	}
	domain, account, qualified := strings.Cut(text, `\`)
	if !qualified {
		account = text
	}
	var out []Node
	for id := range n.record.Dir.All() {
		name, ok := n.record.Dir.Text(id, "sAMAccountName")
		if !ok || !strings.EqualFold(name, account) && !strings.EqualFold(name, account+"$") {
			continue
		}
		if qualified && !n.inDomain(id, domain) {
			continue
		}
		out = append(out, Node(id))
	}
	// "srv1" is the computer srv1$ only when no account has that very name.
	exact := slices.ContainsFunc(out, func(node Node) bool {
		name, _ := n.record.Dir.Text(model.ID(node), "sAMAccountName")
		return strings.EqualFold(name, account)
	})
	out = slices.DeleteFunc(out, func(node Node) bool {
		name, _ := n.record.Dir.Text(model.ID(node), "sAMAccountName")
		return exact && !strings.EqualFold(name, account)
	})
	if len(out) > 0 || qualified {
		return out
	}
	for i, x := range n.record.Extra { // Everyone, Authenticated Users
		if x.What == wiring.Principal && (strings.EqualFold(x.SID.Name("fr"), text) || strings.EqualFold(x.SID.Name("en"), text)) {
			out = append(out, Node(n.record.Objects+i))
		}
	}
	return out
}

func (n *Network) bySID(s sid.SID) []Node {
	var out []Node
	if s.IsBuiltin() { // one in each domain
		for id := range n.record.Dir.OfClass("group") {
			if n.record.Dir.SID(id) == s {
				out = append(out, Node(id))
			}
		}
	} else if id, ok := n.record.Dir.BySID(s); ok {
		return []Node{Node(id)}
	}
	if len(out) > 0 {
		return out
	}
	for i, x := range n.record.Extra {
		if x.What == wiring.Principal && x.SID == s {
			out = append(out, Node(n.record.Objects+i))
		}
	}
	return out
}

// inDomain tells whether an object lies in a domain, named as NetBIOS or DNS do.
func (n *Network) inDomain(id model.ID, name string) bool {
	for _, d := range n.record.Dir.Domains() {
		if d.Root != model.None && n.record.Dir.Below(id, d.Root) && (strings.EqualFold(d.NetBIOS, name) || strings.EqualFold(d.DNSName, name)) {
			return n.record.Dir.SID(id).InDomain(d.SID) || n.record.Dir.SID(id).IsBuiltin()
		}
	}
	return false
}
