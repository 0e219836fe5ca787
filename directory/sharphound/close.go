package sharphound

import (
	"fmt"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/sharphound/identifiers"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sharphound/wire"
	"hygie/directory/sid"
)

// Close adds what waited for identifiers, and says what the files cover. No further file can be read.
func (r *Reader) Close() error {
	names := make(map[identifiers.Ref]string, len(r.waiting))
	for _, w := range r.waiting {
		if w.hasID {
			if _, twice := names[w.id]; !twice {
				names[w.id] = w.dn
			}
			r.ids.Settle(w.id)
		}
	}
	var e entry
	for i := range r.waiting {
		w := &r.waiting[i]
		e.reset()
		e.attributes = append(e.attributes, w.attributes...)
		r.resolve(&e, w, names)
		if err := r.b.Add(model.Entry{DN: w.dn, Attributes: e.attributes}); err != nil {
			return fmt.Errorf("read SharpHound files: %w", err)
		}
		*w = waiting{}
	}
	r.waiting = nil
	r.settings()
	r.declare()
	return nil
}

// resolve adds the attributes that name other objects.
func (r *Reader) resolve(e *entry, w *waiting, names map[identifiers.Ref]string) {
	name := func(id identifiers.Ref) []byte {
		from := len(e.text)
		if n, ok := r.ids.Object(id); ok {
			e.text = r.b.AppendDN(e.text, int(n))
		} else if dn, ok := names[id]; ok {
			e.text = append(e.text, dn...)
		} else {
			e.text = append(e.text, r.absent(id, w.context)...)
		}
		return e.text[from:len(e.text):len(e.text)]
	}
	values := make([][]byte, 0, max(len(w.members), len(w.templates)))
	for _, id := range w.members {
		values = append(values, name(id))
	}
	e.addAll("member", values)
	values = values[:0]
	for _, id := range w.templates { // an authority names its templates by their first component
		values = append(values, []byte(distname.RDNValue(string(name(id)))))
	}
	e.addAll("certificateTemplates", values)
	var links []byte
	for _, l := range w.links {
		option := 0
		if l.enforced {
			option = 2
		}
		links = fmt.Appendf(links, "[LDAP://%s;%d]", name(l.policy), option)
	}
	e.add("gPLink", links)
}

// absent names an object that no file holds. A SID of another domain stands for itself among the foreign security principals, as
// in the directory; one of a domain that was read, or a GUID, is an object that was not collected.
func (r *Reader) absent(id identifiers.Ref, c *context) string {
	text := string(rights.Identifier([]byte(r.ids.Text(id))))
	s, err := sid.Parse(text)
	if err == nil && !r.ids.Home(id) {
		return "CN=" + s.String() + ",CN=ForeignSecurityPrincipals," + domainOf(c.dn)
	}
	return "CN=" + distname.EscapeRDN(text) + "," + domainOf(c.dn)
}

// domainOf gives the name of the domain in the name of a naming context.
func domainOf(dn string) string {
	if i := strings.Index(strings.ToUpper(dn), "DC="); i > 0 {
		return dn[i:]
	}
	return dn
}

// settings adds the object of the configuration whose value the objects of domains give. The configuration is below the root of
// the forest, which is known when an object of it was read, or when a domain stands alone.
func (r *Reader) settings() {
	root, roots := "", 0
	alone, several := "", 0
	var value []byte
	for _, c := range r.sorted() {
		if c.configuration {
			root = domainOf(c.dn)
			roots++
			continue
		}
		several++
		if !c.inForest {
			alone = c.dn
		}
		if len(c.heuristics) > 0 {
			value = c.heuristics
		}
	}
	if roots == 0 && several == 1 {
		root, roots = alone, 1
	}
	if roots != 1 || root == "" || len(value) == 0 {
		return
	}
	dn := "CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration," + root
	c := r.context([]byte(dn))
	c.coverage([]byte("nTDSService")).names["dSHeuristics"] = true
	var e entry
	e.attributes = append(e.attributes, model.Attribute{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte("nTDSService")}})
	e.add("dSHeuristics", value)
	_ = r.add(model.Entry{DN: dn, Attributes: e.attributes}, 0, false) // the name was made of one that was taken
}

func (r *Reader) sorted() []*context {
	var out []*context
	for _, c := range r.contexts {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *context) int { return strings.Compare(strings.ToUpper(a.dn), strings.ToUpper(b.dn)) })
	return out
}

// declare says which classes and attributes the files cover. A naming context that another source gave whole is left to that
// source.
func (r *Reader) declare() {
	for _, c := range r.sorted() {
		if c.given {
			continue
		}
		p := model.Partition{DN: c.dn, Kind: model.Domain, Classes: make(map[string][]string)}
		if c.configuration {
			p.Kind = model.Configuration
		}
		for class, cover := range c.classes {
			if class == "container" { // those of CN=System and most of the configuration are left out by the collector
				continue
			}
			list := make([]string, 0, len(cover.names))
			for name := range cover.names {
				list = append(list, name)
			}
			slices.Sort(list)
			p.Classes[class] = list
		}
		r.alike(c, p.Classes)
		if c.trusts > 0 || c.trustsRead {
			p.Classes["trustedDomain"] = []string{"trustPartner", "trustDirection", "trustType", "securityIdentifier"}
			if c.attributed {
				p.Classes["trustedDomain"] = append(p.Classes["trustedDomain"], "trustAttributes")
			}
		}
		if len(p.Classes) == 0 {
			p.Classes["container"] = nil
		}
		r.b.Partition(p)
	}
}

// alike completes what a naming context covers: a class whose file was read and had no object in it, and the managed service
// accounts, which are among the users.
func (r *Reader) alike(c *context, classes map[string][]string) {
	for kind := wire.Users; kind < wire.OtherClass; kind++ {
		settings := kind >= wire.RootCAs
		if !r.whole[kind] || settings != c.configuration || kind == wire.Containers {
			continue
		}
		names := kind.LDAPClasses()
		class := names[len(names)-1]
		if classes[class] == nil {
			classes[class] = []string{}
		}
	}
	people, ok := classes["user"]
	if !ok {
		return
	}
	for _, class := range []string{"msDS-ManagedServiceAccount", "msDS-GroupManagedServiceAccount", "msDS-DelegatedManagedServiceAccount"} {
		if classes[class] == nil {
			classes[class] = people
		}
	}
}
