package paths

import (
	"slices"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/sid"
)

// find looks a principal or an object up by what people call it: SID, distinguished name, objectGUID, account name with or without its
// domain; else by the other names that it is shown under (see [Network.named]).
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
	if g, err := guid.Parse(strings.Trim(text, "{}")); err == nil {
		if id, ok := n.record.Dir.ByGUID(g); ok {
			return []Node{Node(id)}
		}
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
	if len(out) == 0 {
		return n.named(text)
	}
	return out
}

// named finds objects by their names for people and machines: the name in the tree, which paths show, that of a policy or a template, the
// user's principal name (MS-ADTS 5.1.1.1.1), the name of a host in DNS. Many objects may share one.
func (n *Network) named(text string) []Node {
	var out []Node
	for id := range n.record.Dir.All() {
		match := strings.EqualFold(n.record.Dir.Name(id), text)
		for _, attr := range [...]string{"userPrincipalName", "dNSHostName", "displayName"} {
			if match {
				break
			}
			name, ok := n.record.Dir.Text(id, attr)
			match = ok && strings.EqualFold(name, text)
		}
		if match {
			out = append(out, Node(id))
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
