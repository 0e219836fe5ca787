package paths

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// delegations links accounts to those that they may stand for.
func (b *builder) delegations() {
	hosts := b.hosts()
	for id, kind := range b.kinds {
		if kind == noAccount {
			continue
		}
		id := model.ID(id)
		root := b.homes[b.home[id]].info.Root
		if b.flags(id)&uacDelegates != 0 && kind == ordinary && root != model.None {
			b.link(Node(id), Node(root), control.UnconstrainedDelegation)
		}
		var last Node
		for v := range b.dir.Values(id, "msDS-AllowedToDelegateTo") {
			if to, ok := hosts.find(string(v)); ok && to != Node(id) && to != last {
				b.link(Node(id), to, control.AllowedToDelegate)
				last = to
			}
		}
		b.readers(id, "msDS-AllowedToActOnBehalfOfOtherIdentity", control.AllowedToAct, secdesc.ControlAccess)
		b.readers(id, "msDS-GroupMSAMembership", control.ReadGMSAPassword, secdesc.ReadProperty)
	}
}

// readers links to an account whoever a descriptor kept in an attribute lets in.
func (b *builder) readers(id model.ID, attribute string, k control.Kind, right secdesc.Mask) {
	raw, ok := b.dir.Value(id, attribute)
	if !ok {
		return
	}
	d, err := secdesc.Parse(raw)
	if err != nil {
		return
	}
	if d.DACL() != secdesc.ListDACL {
		b.link(b.resolve(sid.Everyone, b.home[id]), Node(id), k)
		return
	}
	holds := b.holds(b.home[id])
	seen := make(map[sid.SID]bool)
	for a := range d.Entries() {
		if a.Kind() != secdesc.Allow || seen[a.Trustee] {
			continue
		}
		seen[a.Trustee] = true
		who := control.Subject{Holds: func(s sid.SID) bool { return holds(a.Trustee, s) }}
		if control.Check(&d, who, control.Request{Mask: right}).Granted {
			b.link(b.resolve(a.Trustee, b.home[id]), Node(id), k)
		}
	}
}

// hosts finds accounts by the names of their services.
type hosts struct {
	services map[string]Node // in lower case, those that are looked for
	names    map[string]Node
}

// hosts finds the accounts behind the services that some account delegates to.
func (b *builder) hosts() hosts {
	h := hosts{services: make(map[string]Node), names: make(map[string]Node)}
	wanted := make(map[string]bool)
	for id, kind := range b.kinds {
		if kind == noAccount {
			continue
		}
		for v := range b.dir.Values(model.ID(id), "msDS-AllowedToDelegateTo") {
			service := strings.ToLower(strings.TrimSpace(string(v)))
			wanted[service] = true
			wanted[hostOf(service)] = true
		}
	}
	if len(wanted) == 0 {
		return h
	}
	note := func(to map[string]Node, name string, node Node) {
		if name = strings.ToLower(name); wanted[name] && name != "" {
			to[name] = node
		}
	}
	for id, kind := range b.kinds {
		if kind == noAccount {
			continue
		}
		for v := range b.dir.Values(model.ID(id), "servicePrincipalName") {
			note(h.services, string(v), Node(id))
		}
		if b.family(model.ID(id)) == control.Computer {
			name, _ := b.dir.Text(model.ID(id), "dNSHostName")
			note(h.names, name, Node(id))
			name, _ = b.dir.Text(model.ID(id), "sAMAccountName")
			note(h.names, strings.TrimSuffix(name, "$"), Node(id))
		}
	}
	return h
}

// find gives the account behind a service: by the service itself, else by its host, for the class of a service in a ticket is not
// protected and can be replaced by another of the same account.
func (h hosts) find(service string) (Node, bool) {
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
