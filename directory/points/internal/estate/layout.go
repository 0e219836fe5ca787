package estate

import (
	"cmp"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/model/distname"
)

// layout says in which naming context each object lies, and which naming contexts make a forest. One directory may hold
// several forests: the hospitals of a group audited together.
type layout struct {
	Dir      *model.Directory
	contexts []context
	home     []uint16 // by object: index in contexts + 1, 0 for none
}

// context is a naming context.
type context struct {
	name   string // normalised
	domain *Domain
}

func newLayout(dir *model.Directory) *layout {
	l := &layout{Dir: dir, home: make([]uint16, dir.Count())}
	for _, p := range dir.Partitions() {
		l.context(p.DN)
	}
	for _, info := range dir.Domains() {
		if at := l.context(info.DN); at >= 0 {
			l.contexts[at].domain = newDomain(info)
		}
	}
	l.settle()
	return l
}

// context gives the index of a naming context, added when it is not there yet; -1 for a malformed name.
func (l *layout) context(dn string) int {
	name, err := distname.NormalizeDN(dn)
	if err != nil {
		return -1
	}
	if at := slices.IndexFunc(l.contexts, func(c context) bool { return c.name == name }); at >= 0 {
		return at
	}
	l.contexts = append(l.contexts, context{name: name})
	return len(l.contexts) - 1
}

// settle gives each object the naming context that is its nearest ancestor. Parents come before children in the order of
// identifiers, so that one pass is enough.
func (l *layout) settle() {
	roots := make(map[model.ID]uint16)
	byName := make(map[string]uint16)
	for i, c := range l.contexts {
		byName[c.name] = uint16(i + 1)
		if id, ok := l.Dir.ByDN(c.name); ok {
			roots[id] = uint16(i + 1)
		}
	}
	for id := range model.ID(l.Dir.Count()) {
		if home, ok := roots[id]; ok {
			l.home[id] = home
		} else if parent, ok := l.Dir.Parent(id); ok {
			l.home[id] = l.home[parent]
		} else {
			l.home[id] = nearest(byName, l.Dir.DN(id))
		}
	}
}

// nearest gives the naming context of an object whose container was not collected, from its name.
func nearest(contexts map[string]uint16, dn string) uint16 {
	normal, err := distname.NormalizeDN(dn)
	if err != nil {
		return 0
	}
	for rest := normal; rest != ""; rest = distname.ParentDN(rest) {
		if home, ok := contexts[rest]; ok {
			return home
		}
	}
	return 0
}

// DomainOf gives the domain of an object, nil in another partition.
func (l *layout) DomainOf(id model.ID) *Domain {
	if i := l.home[id]; i > 0 {
		return l.contexts[i-1].domain
	}
	return nil
}

// in tells whether an object lies in the naming context of that normalised name.
func (l *layout) in(id model.ID, name string) bool {
	i := l.home[id]
	return i > 0 && l.contexts[i-1].name == name
}

// holds tells whether at least one object of a naming context was collected.
func (l *layout) holds(name string) bool {
	return slices.ContainsFunc(l.home, func(i uint16) bool { return i > 0 && l.contexts[i-1].name == name })
}

// forests groups the domains: those that one configuration partition names make a forest (MS-ADTS 6.1.1.2.1.1). A domain
// without a configuration partition joins the forest of the domain above it, or is alone.
func (l *layout) forests() []model.ForestInfo {
	var out []model.ForestInfo
	for _, p := range l.Dir.Partitions() {
		if p.Kind != model.Configuration {
			continue
		}
		f := model.ForestInfo{RootDN: distname.ParentDN(p.DN), ConfigurationDN: p.DN, FunctionalLevel: -1}
		if schema, err := distname.NormalizeDN("CN=Schema," + p.DN); err == nil && l.known(schema) {
			f.SchemaDN = "CN=Schema," + p.DN
		}
		if id, ok := l.Dir.ByDN("CN=Partitions," + p.DN); ok {
			if level, ok := l.Dir.Int(id, "msDS-Behavior-Version"); ok {
				f.FunctionalLevel = level
			}
		}
		out = append(out, f)
	}
	for _, c := range l.contexts {
		if c.domain == nil || slices.ContainsFunc(out, func(f model.ForestInfo) bool { return l.belongs(c.name, f) }) {
			continue
		}
		above := slices.ContainsFunc(l.contexts, func(up context) bool {
			return up.domain != nil && strings.HasSuffix(c.name, ","+up.name)
		})
		if !above {
			out = append(out, model.ForestInfo{RootDN: c.domain.Info.DN, FunctionalLevel: -1})
		}
	}
	slices.SortFunc(out, func(a, b model.ForestInfo) int {
		return cmp.Compare(distname.DNSNameOf(a.RootDN), distname.DNSNameOf(b.RootDN))
	})
	return out
}

func (l *layout) known(name string) bool {
	return slices.ContainsFunc(l.contexts, func(c context) bool { return c.name == name })
}

// belongs tells whether a domain is of a forest: its root, a domain below the root, or one that the cross-references of the
// forest name (a second tree).
func (l *layout) belongs(name string, f model.ForestInfo) bool {
	root, err := distname.NormalizeDN(f.RootDN)
	if err == nil && (name == root || strings.HasSuffix(name, ","+root)) {
		return true
	}
	if f.ConfigurationDN == "" {
		return false
	}
	configuration, _ := distname.NormalizeDN(f.ConfigurationDN)
	for id := range l.Dir.OfClass("crossRef") {
		if text, ok := l.Dir.Text(id, "nCName"); ok && l.in(id, configuration) {
			if named, _ := distname.NormalizeDN(text); named == name {
				return true
			}
		}
	}
	return false
}
