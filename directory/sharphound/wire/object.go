package wire

import (
	"bytes"

	"hygie/directory/internal/jsonscan"
	"hygie/directory/sharphound/rights"
)

// Member is one thing beside the properties that an object may have; a set of them tells the kind of the object (docs/formats/directory-inputs.md,
// SharpHound).
type Member uint32

// The members (docs/formats/directory-inputs.md, SharpHound).
const (
	HasAces Member = 1 << iota
	HasMembers
	HasPrimaryGroup
	HasAllowedToAct
	HasSessions
	HasSPNTargets
	HasTrusts
	HasLinks
	HasChildren
	HasTemplates
	HasGroupLink
	HasGPOChanges
	HasDomainSID
	HasIsDC
)

// Trust is an element of the list of trusts of a domain (MS-ADTS 6.1.6.7).
type Trust struct {
	SID, Name             []byte
	Direction, Attributes jsonscan.Value
	Kind                  jsonscan.Value
	Filtering, Transitive jsonscan.Value
	Delegation            jsonscan.Value
}

// Link is a policy linked to a domain or a unit (MS-GPOL 2.2.2).
type Link struct {
	ID       []byte
	Enforced bool
}

// Object is one element of a file, as read (docs/formats/directory-inputs.md, SharpHound). Its slices refer to the window: they are lost with the
// next element.
type Object struct {
	At        int64 // in the window; in the file, once the reader of the file says so
	ID        []byte
	Deleted   bool
	Protected bool // IsACLProtected
	IsDC      bool
	Has       Member
	Props     [PropCount]jsonscan.Value // scalars
	Lists     [PropCount]Span           // lists of texts, in Items
	Items     [][]byte

	ACEs         []byte       // the list as it stands, brackets included
	Known        *rights.List // the same, when it was met before; with or without protection
	PrimaryGroup []byte
	Members      Span // identifiers, in Items
	AllowedToAct Span
	History      Span
	Templates    Span
	Trusts       []Trust
	Links        []Link
	Registry     Registry
	Web          []byte // addresses where an authority takes requests over HTTP, the list as it stands; nil: none

	set   [(PropCount + 63) / 64]uint64 // properties that are there, null included
	guide *guide                        // kept from one element to the next
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
	prop Prop
}

// maxGuide bounds a guide; objects have some tens of properties.
const maxGuide = 256

// key reads the name of a property.
func (g *guide) key(s *jsonscan.Scanner) Prop {
	s.Space()
	rest := s.Rest()
	for i := g.next; i < min(g.next+4, len(g.steps)); i++ { // a few may be left out
		if bytes.HasPrefix(rest, g.steps[i].raw) {
			s.Pass(len(g.steps[i].raw))
			g.next = i + 1
			return g.steps[i].prop
		}
	}
	start := s.Pos()
	p := propOf(s.Key())
	if s.Err == nil && g.next < maxGuide && s.Pos()-start <= maxGuide {
		g.steps = append(g.steps[:g.next], step{bytes.Clone(s.Since(start)), p})
		g.next++
	}
	return p
}

// Span is a part of [Object.Items] (docs/formats/directory-inputs.md, SharpHound).
type Span struct{ from, to int }

// NewObjects gives objects for elements of one file, to be read one after the other (docs/formats/directory-inputs.md, SharpHound).
func NewObjects(n int) []Object {
	out, shared := make([]Object, n), &guide{}
	for i := range out {
		out[i].guide = shared
	}
	return out
}

func (o *Object) reset() {
	trusts, links, items, known := o.Trusts[:0], o.Links[:0], o.Items[:0], o.guide
	if known == nil {
		known = &guide{}
	}
	known.next = 0
	*o = Object{Trusts: trusts, Links: links, Items: items, guide: known}
}

// Got tells whether a property is there, be it null.
func (o *Object) Got(p Prop) bool { return o.set[p/64]&(1<<(p%64)) != 0 }

// List gives the texts of a span.
func (o *Object) List(s Span) [][]byte { return o.Items[s.from:s.to] }

// Text gives a property that is a text, nil for null and other kinds.
func (o *Object) Text(p Prop) []byte {
	if o.Props[p].Kind == 's' {
		return o.Props[p].Raw
	}
	return nil
}

// Read reads an element. known finds the list of rights that b begins with when it was met before, nil when it is new.
func (o *Object) Read(s *jsonscan.Scanner, known func([]byte) *rights.List) {
	o.reset()
	if !s.Take('{') {
		return
	}
	o.At = int64(s.Pos()) - 1
	for first := true; s.Next(&first, '}'); {
		switch string(s.Key()) {
		case "ObjectIdentifier":
			o.ID = s.Scalar().Raw
		case "Properties":
			o.properties(s)
		case "Aces":
			o.Has |= HasAces
			o.readAces(s, known)
		case "IsDeleted":
			o.Deleted, _ = s.Flag()
		case "IsACLProtected":
			o.Protected, _ = s.Flag()
		case "IsDC":
			o.IsDC, _ = s.Flag()
			o.Has |= HasIsDC
		case "CARegistryData", "DCRegistryData":
			o.readRegistry(s)
		case "HttpEnrollmentEndpoints":
			o.readWeb(s)
		case "PrimaryGroupSID":
			o.Has |= HasPrimaryGroup
			o.PrimaryGroup = s.Plain()
		case "Members":
			o.Has |= HasMembers
			o.Members = o.principals(s)
		case "AllowedToAct":
			o.Has |= HasAllowedToAct
			o.AllowedToAct = o.principals(s)
		case "HasSIDHistory":
			o.History = o.principals(s)
		case "EnabledCertTemplates":
			o.Has |= HasTemplates
			o.Templates = o.principals(s)
		case "Trusts":
			o.Has |= HasTrusts
			o.readTrusts(s)
		case "Links":
			o.Has |= HasLinks
			o.readLinks(s)
		case "Sessions", "LocalGroups", "PrivilegedSessions":
			o.Has |= HasSessions
			s.Skip()
		case "SPNTargets":
			o.Has |= HasSPNTargets
			s.Skip()
		case "ChildObjects":
			o.Has |= HasChildren
			s.Skip()
		case "GroupLink":
			o.Has |= HasGroupLink
			s.Skip()
		case "GPOChanges":
			o.Has |= HasGPOChanges
			s.Skip()
		case "DomainSID":
			o.Has |= HasDomainSID
			s.Skip()
		default:
			s.Skip()
		}
	}
}

func (o *Object) properties(s *jsonscan.Scanner) {
	if v := s.Scalar(); v.Kind != '{' {
		if v.Kind == '[' {
			s.Skip()
		}
		return
	}
	s.Pass(1)
	for first := true; s.Next(&first, '}'); {
		p := o.guide.key(s)
		if p == PropNone {
			s.Skip()
			continue
		}
		o.set[p/64] |= 1 << (p % 64)
		switch v := s.Scalar(); v.Kind {
		case '[':
			o.Props[p] = v
			o.Lists[p] = o.texts(s)
		case '{':
			o.Props[p] = v
			s.Skip()
		default:
			o.Props[p] = v
		}
	}
}

// texts reads a list of texts or numbers; elements of other kinds are passed over.
func (o *Object) texts(s *jsonscan.Scanner) Span {
	from := len(o.Items)
	s.Take('[')
	for first := true; s.Next(&first, ']'); {
		switch v := s.Scalar(); v.Kind {
		case 's', 'n':
			o.Items = append(o.Items, v.Raw)
		case '[', '{':
			s.Skip()
		}
	}
	return Span{from, len(o.Items)}
}

// principals reads a list of {"ObjectIdentifier": …, "ObjectType": …}; some collectors give the identifiers alone.
func (o *Object) principals(s *jsonscan.Scanner) Span {
	from := len(o.Items)
	if v := s.Scalar(); v.Kind != '[' {
		if v.Kind == '{' {
			s.Skip()
		}
		return Span{from, from}
	}
	s.Pass(1)
	for first := true; s.Next(&first, ']'); {
		switch v := s.Scalar(); v.Kind {
		case 's':
			o.Items = append(o.Items, v.Raw)
		case '{':
			s.Pass(1)
			var id []byte
			for first := true; s.Next(&first, '}'); {
				switch string(s.Key()) {
				case "ObjectIdentifier", "MemberId":
					id = s.Plain()
				default:
					s.Skip()
				}
			}
			if id != nil {
				o.Items = append(o.Items, id)
			}
		case '[':
			s.Skip()
		}
	}
	return Span{from, len(o.Items)}
}

func (o *Object) readAces(s *jsonscan.Scanner, known func([]byte) *rights.List) {
	if v := s.Scalar(); v.Kind != '[' {
		if v.Kind == '{' {
			s.Skip()
		}
		return
	}
	start := s.Pos()
	if o.Known = known(s.Rest()); o.Known != nil {
		s.Pass(len(o.Known.Raw))
	} else {
		s.Skip()
	}
	if s.Err == nil {
		o.ACEs = s.Since(start)
	}
}

func (o *Object) readTrusts(s *jsonscan.Scanner) {
	if v := s.Scalar(); v.Kind != '[' {
		if v.Kind == '{' {
			s.Skip()
		}
		return
	}
	s.Pass(1)
	for first := true; s.Next(&first, ']'); {
		if v := s.Scalar(); v.Kind != '{' {
			if v.Kind == '[' {
				s.Skip()
			}
			continue
		}
		s.Pass(1)
		var t Trust
		for first := true; s.Next(&first, '}'); {
			name := s.Key()
			v := s.Scalar()
			switch string(name) {
			case "TargetDomainSid":
				t.SID = v.Raw
			case "TargetDomainName":
				t.Name = v.Raw
			case "TrustDirection":
				t.Direction = v
			case "TrustAttributes":
				t.Attributes = v
			case "TrustType":
				t.Kind = v
			case "SidFilteringEnabled":
				t.Filtering = v
			case "IsTransitive":
				t.Transitive = v
			case "TGTDelegationEnabled":
				t.Delegation = v
			}
			if v.Kind == '[' || v.Kind == '{' {
				s.Skip()
			}
		}
		o.Trusts = append(o.Trusts, t)
	}
}

func (o *Object) readLinks(s *jsonscan.Scanner) {
	if v := s.Scalar(); v.Kind != '[' {
		if v.Kind == '{' {
			s.Skip()
		}
		return
	}
	s.Pass(1)
	for first := true; s.Next(&first, ']'); {
		if v := s.Scalar(); v.Kind != '{' {
			if v.Kind == '[' {
				s.Skip()
			}
			continue
		}
		s.Pass(1)
		var l Link
		for first := true; s.Next(&first, '}'); {
			switch name := s.Key(); {
			case bytes.EqualFold(name, []byte("GUID")):
				l.ID = s.Plain()
			case bytes.EqualFold(name, []byte("IsEnforced")):
				l.Enforced, _ = s.Flag()
			default:
				s.Skip()
			}
		}
		o.Links = append(o.Links, l)
	}
}
