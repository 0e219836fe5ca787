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
	services map[string]Node
	names    map[string]Node
}

func (b *builder) hosts() hosts {
	h := hosts{services: make(map[string]Node), names: make(map[string]Node)}
	delegated := false
	for id, kind := range b.kinds {
		if kind != noAccount && b.dir.Has(model.ID(id), "msDS-AllowedToDelegateTo") {
			delegated = true
			break
		}
	}
	if !delegated {
		return h
	}
	for id, kind := range b.kinds {
		if kind == noAccount {
			continue
		}
		for v := range b.dir.Values(model.ID(id), "servicePrincipalName") {
			h.services[strings.ToLower(string(v))] = Node(id)
		}
		if b.family(model.ID(id)) != control.Computer {
			continue
		}
		if name, ok := b.dir.Text(model.ID(id), "dNSHostName"); ok && name != "" {
			h.names[strings.ToLower(name)] = Node(id)
		}
		if name, ok := b.dir.Text(model.ID(id), "sAMAccountName"); ok && name != "" {
			h.names[strings.ToLower(strings.TrimSuffix(name, "$"))] = Node(id)
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
	_, rest, ok := strings.Cut(service, "/")
	if !ok {
		return 0, false
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	node, ok := h.names[host]
	return node, ok
}
