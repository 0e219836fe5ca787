// Package delegation lays the edges between those who act for others: accounts with a delegation, readers of managed passwords, and domains
// that believe each other.
package delegation

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// linker links accounts that act for others, and domains that believe each other.
type linker struct{ *wiring.Builder }

// Link links accounts to those that they may stand for, by delegation and by the passwords that they read (MS-SFU 1.3.2).
func Link(b *wiring.Builder) { (&linker{b}).delegations() }

// delegations links accounts to those that they may stand for.
func (b *linker) delegations() {
	hosts := b.hosts()
	for id, kind := range b.Kinds {
		if kind == wiring.NoAccount {
			continue
		}
		id := model.ID(id)
		root := b.Homes[b.Home[id]].Info.Root
		if b.Flags(id)&wiring.Delegates != 0 && kind == wiring.Ordinary && root != model.None {
			b.Link(graph.Node(id), graph.Node(root), control.UnconstrainedDelegation)
		}
		var last graph.Node
		for v := range b.Dir.Values(id, "msDS-AllowedToDelegateTo") {
			if to, ok := hosts.find(string(v)); ok && to != graph.Node(id) && to != last {
				b.Link(graph.Node(id), to, control.AllowedToDelegate)
				last = to
			}
		}
		b.readers(id, "msDS-AllowedToActOnBehalfOfOtherIdentity", control.AllowedToAct, secdesc.ControlAccess)
		b.readers(id, "msDS-GroupMSAMembership", control.ReadGMSAPassword, secdesc.ReadProperty)
	}
}

// readers links to an account whoever a descriptor kept in an attribute lets in.
func (b *linker) readers(id model.ID, attribute string, k control.Kind, right secdesc.Mask) {
	raw, ok := b.Dir.Value(id, attribute)
	if !ok {
		return
	}
	d, err := secdesc.Parse(raw)
	if err != nil {
		return
	}
	if d.DACL() != secdesc.ListDACL {
		b.Link(b.Resolve(sid.Everyone, b.Home[id]), graph.Node(id), k)
		return
	}
	holds := b.Holds(b.Home[id])
	seen := make(map[sid.SID]bool)
	for a := range d.Entries() {
		if a.Kind() != secdesc.Allow || seen[a.Trustee] {
			continue
		}
		seen[a.Trustee] = true
		who := control.Subject{Holds: func(s sid.SID) bool { return holds(a.Trustee, s) }}
		if control.Check(&d, who, control.Request{Mask: right}).Granted {
			b.Link(b.Resolve(a.Trustee, b.Home[id]), graph.Node(id), k)
		}
	}
}

// hosts finds accounts by the names of their services.
type hosts struct {
	services map[string]graph.Node // in lower case, those that are looked for
	names    map[string]graph.Node
}

// hosts finds the accounts behind the services that some account delegates to.
func (b *linker) hosts() hosts {
	h := hosts{services: make(map[string]graph.Node), names: make(map[string]graph.Node)}
	wanted := make(map[string]bool)
	for id, kind := range b.Kinds {
		if kind == wiring.NoAccount {
			continue
		}
		for v := range b.Dir.Values(model.ID(id), "msDS-AllowedToDelegateTo") {
			service := strings.ToLower(strings.TrimSpace(string(v)))
			wanted[service] = true
			wanted[hostOf(service)] = true
		}
	}
	if len(wanted) == 0 {
		return h
	}
	note := func(to map[string]graph.Node, name string, node graph.Node) {
		if name = strings.ToLower(name); wanted[name] && name != "" {
			to[name] = node
		}
	}
	for id, kind := range b.Kinds {
		if kind == wiring.NoAccount {
			continue
		}
		for v := range b.Dir.Values(model.ID(id), "servicePrincipalName") {
			note(h.services, string(v), graph.Node(id))
		}
		if b.Family(model.ID(id)) == control.Computer {
			name, _ := b.Dir.Text(model.ID(id), "dNSHostName")
			note(h.names, name, graph.Node(id))
			name, _ = b.Dir.Text(model.ID(id), "sAMAccountName")
			note(h.names, strings.TrimSuffix(name, "$"), graph.Node(id))
		}
	}
	return h
}

// find gives the account behind a service: by the service itself, else by its host, for the class of a service in a ticket is not
// protected and can be replaced by another of the same account.
func (h hosts) find(service string) (graph.Node, bool) {
	service = strings.ToLower(strings.TrimSpace(service))
	if node, ok := h.services[service]; ok {
		return node, true
	}
	node, ok := h.names[hostOf(service)]
	return node, ok
}

// hostOf gives the host of a service name, "class/host:port/name"; "" when it has none.
func hostOf(service string) string {
	_, rest, _ := strings.Cut(service, "/")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	return host
}
