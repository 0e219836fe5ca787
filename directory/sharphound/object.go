package sharphound

import "bytes"

// member is one thing beside the properties that an object may have; a set of them tells the kind of the object.
type member uint32

const (
	hasAces member = 1 << iota
	hasMembers
	hasPrimaryGroup
	hasAllowedToAct
	hasSessions
	hasSPNTargets
	hasTrusts
	hasLinks
	hasChildren
	hasTemplates
	hasGroupLink
	hasGPOChanges
	hasDomainSID
	hasIsDC
)

// trust is an element of the list of trusts of a domain.
type trust struct {
	sid, name             []byte
	direction, attributes value
	kind                  value
	filtering, transitive value
	delegation            value
}

// link is a policy linked to a domain or a unit.
type link struct {
	id       []byte
	enforced bool
}

// object is one element of a file, as read. Its slices refer to the window: they are lost with the next element.
type object struct {
	at        int // in the window
	id        []byte
	deleted   bool
	protected bool
	has       member
	set       [(propCount + 63) / 64]uint64 // properties that are there, null included
	props     [propCount]value              // scalars
	lists     [propCount]span               // lists of texts, in items
	items     [][]byte

	aces         []byte  // the list as it stands, brackets included
	known        *rights // the same, when it was met before; with or without protection
	primaryGroup []byte
	hosting      []byte
	members      span // identifiers, in items
	allowedToAct span
	history      span
	templates    span
	trusts       []trust
	links        []link
	isDC         bool

	guide guide // kept from one element to the next
}

// guide foretells the names of the properties: neighbours have the same ones in the same order, so that a name is found by
// comparing it with the one that stood there before.
type guide struct {
	steps []step
	next  int
}

// step is a name with its quotes and its colon, as it stood in the file.
type step struct {
	raw  []byte
	prop prop
}

// maxGuide bounds a guide; objects have some tens of properties.
const maxGuide = 256

// key reads the name of a property.
func (g *guide) key(s *scanner) prop {
	s.space()
	rest := s.b[min(s.at, len(s.b)):]
	for i := g.next; i < min(g.next+4, len(g.steps)); i++ { // a few may be left out
		if bytes.HasPrefix(rest, g.steps[i].raw) {
			s.at += len(g.steps[i].raw)
			g.next = i + 1
			return g.steps[i].prop
		}
	}
	start := s.at
	p := propOf(s.key())
	if s.err == nil && g.next < maxGuide && s.at-start <= maxGuide {
		g.steps = append(g.steps[:g.next], step{bytes.Clone(s.b[start:s.at]), p})
		g.next++
	}
	return p
}

// span is a part of object.items.
type span struct{ from, to int }

func (o *object) reset() {
	trusts, links, items, guide := o.trusts[:0], o.links[:0], o.items[:0], o.guide
	guide.next = 0
	*o = object{trusts: trusts, links: links, items: items, guide: guide}
}

// got tells whether a property is there, be it null.
func (o *object) got(p prop) bool { return o.set[p/64]&(1<<(p%64)) != 0 }

func (o *object) list(s span) [][]byte { return o.items[s.from:s.to] }

// text gives a property that is a text, nil for null and other kinds.
func (o *object) text(p prop) []byte {
	if o.props[p].kind == 's' {
		return o.props[p].raw
	}
	return nil
}

// read reads an element. known finds the list of rights that b begins with when it was met before, nil when it is new.
func (o *object) read(s *scanner, known func([]byte) *rights) {
	o.reset()
	if !s.take('{') {
		return
	}
	o.at = s.at - 1
	for first := true; s.next(&first, '}'); {
		switch string(s.key()) {
		case "ObjectIdentifier":
			o.id = s.scalar().raw
		case "Properties":
			o.properties(s)
		case "Aces":
			o.has |= hasAces
			o.readAces(s, known)
		case "IsDeleted":
			o.deleted, _ = flag(s)
		case "IsACLProtected":
			o.protected, _ = flag(s)
		case "IsDC":
			o.isDC, _ = flag(s)
			o.has |= hasIsDC
		case "PrimaryGroupSID":
			o.has |= hasPrimaryGroup
			o.primaryGroup = plain(s)
		case "HostingComputer":
			o.hosting = plain(s)
		case "Members":
			o.has |= hasMembers
			o.members = o.principals(s)
		case "AllowedToAct":
			o.has |= hasAllowedToAct
			o.allowedToAct = o.principals(s)
		case "HasSIDHistory":
			o.history = o.principals(s)
		case "EnabledCertTemplates":
			o.has |= hasTemplates
			o.templates = o.principals(s)
		case "Trusts":
			o.has |= hasTrusts
			o.readTrusts(s)
		case "Links":
			o.has |= hasLinks
			o.readLinks(s)
		case "Sessions", "LocalGroups", "PrivilegedSessions":
			o.has |= hasSessions
			s.skip()
		case "SPNTargets":
			o.has |= hasSPNTargets
			s.skip()
		case "ChildObjects":
			o.has |= hasChildren
			s.skip()
		case "GroupLink":
			o.has |= hasGroupLink
			s.skip()
		case "GPOChanges":
			o.has |= hasGPOChanges
			s.skip()
		case "DomainSID":
			o.has |= hasDomainSID
			s.skip()
		default:
			s.skip()
		}
	}
}

// plain reads a text; nil for a value of any other kind.
func plain(s *scanner) []byte {
	v := s.scalar()
	switch v.kind {
	case 's':
		return v.raw
	case '[', '{':
		s.skip()
	}
	return nil
}

func flag(s *scanner) (value, ok bool) {
	v := s.scalar()
	if v.kind == '[' || v.kind == '{' {
		s.skip()
		return false, false
	}
	return v.truth()
}

func (o *object) properties(s *scanner) {
	if v := s.scalar(); v.kind != '{' {
		if v.kind == '[' {
			s.skip()
		}
		return
	}
	s.at++
	for first := true; s.next(&first, '}'); {
		p := o.guide.key(s)
		if p == propNone {
			s.skip()
			continue
		}
		o.set[p/64] |= 1 << (p % 64)
		switch v := s.scalar(); v.kind {
		case '[':
			o.props[p] = v
			o.lists[p] = o.texts(s)
		case '{':
			o.props[p] = v
			s.skip()
		default:
			o.props[p] = v
		}
	}
}

// texts reads a list of texts or numbers; elements of other kinds are passed over.
func (o *object) texts(s *scanner) span {
	from := len(o.items)
	s.take('[')
	for first := true; s.next(&first, ']'); {
		switch v := s.scalar(); v.kind {
		case 's', 'n':
			o.items = append(o.items, v.raw)
		case '[', '{':
			s.skip()
		}
	}
	return span{from, len(o.items)}
}

// principals reads a list of {"ObjectIdentifier": …, "ObjectType": …}; some collectors give the identifiers alone.
func (o *object) principals(s *scanner) span {
	from := len(o.items)
	if v := s.scalar(); v.kind != '[' {
		if v.kind == '{' {
			s.skip()
		}
		return span{from, from}
	}
	s.at++
	for first := true; s.next(&first, ']'); {
		switch v := s.scalar(); v.kind {
		case 's':
			o.items = append(o.items, v.raw)
		case '{':
			s.at++
			var id []byte
			for first := true; s.next(&first, '}'); {
				switch string(s.key()) {
				case "ObjectIdentifier", "MemberId":
					id = plain(s)
				default:
					s.skip()
				}
			}
			if id != nil {
				o.items = append(o.items, id)
			}
		case '[':
			s.skip()
		}
	}
	return span{from, len(o.items)}
}

func (o *object) readAces(s *scanner, known func([]byte) *rights) {
	if v := s.scalar(); v.kind != '[' {
		if v.kind == '{' {
			s.skip()
		}
		return
	}
	start := s.at
	if o.known = known(s.b[start:]); o.known != nil {
		s.at = start + len(o.known.raw)
	} else {
		s.skip()
	}
	if s.err == nil {
		o.aces = s.b[start:s.at:s.at]
	}
}

func (o *object) readTrusts(s *scanner) {
	if v := s.scalar(); v.kind != '[' {
		if v.kind == '{' {
			s.skip()
		}
		return
	}
	s.at++
	for first := true; s.next(&first, ']'); {
		if v := s.scalar(); v.kind != '{' {
			if v.kind == '[' {
				s.skip()
			}
			continue
		}
		s.at++
		var t trust
		for first := true; s.next(&first, '}'); {
			name := s.key()
			v := s.scalar()
			switch string(name) {
			case "TargetDomainSid":
				t.sid = v.raw
			case "TargetDomainName":
				t.name = v.raw
			case "TrustDirection":
				t.direction = v
			case "TrustAttributes":
				t.attributes = v
			case "TrustType":
				t.kind = v
			case "SidFilteringEnabled":
				t.filtering = v
			case "IsTransitive":
				t.transitive = v
			case "TGTDelegationEnabled":
				t.delegation = v
			}
			if v.kind == '[' || v.kind == '{' {
				s.skip()
			}
		}
		o.trusts = append(o.trusts, t)
	}
}

func (o *object) readLinks(s *scanner) {
	if v := s.scalar(); v.kind != '[' {
		if v.kind == '{' {
			s.skip()
		}
		return
	}
	s.at++
	for first := true; s.next(&first, ']'); {
		if v := s.scalar(); v.kind != '{' {
			if v.kind == '[' {
				s.skip()
			}
			continue
		}
		s.at++
		var l link
		for first := true; s.next(&first, '}'); {
			switch name := s.key(); {
			case bytes.EqualFold(name, []byte("GUID")):
				l.id = plain(s)
			case bytes.EqualFold(name, []byte("IsEnforced")):
				l.enforced, _ = flag(s)
			default:
				s.skip()
			}
		}
		o.links = append(o.links, l)
	}
}
