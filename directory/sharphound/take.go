package sharphound

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/model/distname"
	modelentry "hygie/directory/model/entry"
	"hygie/directory/reading"
	"hygie/directory/sharphound/ahead"
	"hygie/directory/sharphound/identifiers"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sharphound/terms"
	"hygie/directory/sharphound/wire"
)

// context is a naming context of the files: a domain, or the configuration of its forest.
type context struct {
	dn            string
	configuration bool
	given         bool                 // another source gave it before, whole
	classes       map[string]*coverage // by the most specific class
	trustsRead    bool
	attributed    bool // every trust met has its attributes
	trusts        int
	heuristics    []byte // dSHeuristics, as the object of the domain gives it
	inForest      bool   // trusts another domain of its forest: it may not be the root
}

// coverage is what was given of the objects of a class.
type coverage struct {
	names map[string]bool
	order []string // the attributes of the last object, in the order in which they were noted
	next  int
}

// collected notes that an attribute is given for the class of the object being taken. Neighbours give the same ones in the
// same order, so that the usual case is a comparison.
func (f *fileReader) collected(attribute string) {
	c := f.cover
	if c.next < len(c.order) && c.order[c.next] == attribute {
		c.next++
		return
	}
	c.names[attribute] = true
	c.order = append(c.order[:c.next], attribute)
	c.next++
}

func (r *Reader) context(dn []byte) *context {
	key, configuration := wire.SplitContext(dn)
	if len(key) == 0 {
		return nil
	}
	if r.last != nil && r.last.dn == string(key) {
		return r.last
	}
	c := r.contexts[strings.ToUpper(string(key))]
	if c == nil {
		c = &context{dn: string(key), configuration: configuration, classes: make(map[string]*coverage), attributed: true}
		_, held := r.b.Object(c.dn)
		c.given = held || r.b.Declared(c.dn)
		r.contexts[strings.ToUpper(c.dn)] = c
	}
	r.last = c
	return c
}

func (c *context) coverage(class []byte) *coverage {
	out := c.classes[string(class)]
	if out == nil {
		out = &coverage{names: make(map[string]bool)}
		c.classes[string(class)] = out
	}
	out.next = 0
	return out
}

// take turns an element into an entry. The error ends the file.
func (f *fileReader) take(e *ahead.Element) error {
	o := &e.Object
	if f.objects++; f.objects > f.o.Objects { // those that stand for nothing take their time too
		return reading.At(errObjects, "byte", o.At)
	}
	kind := f.class
	if e.Described {
		kind = e.Kind
	}
	if kind == wire.UnknownClass {
		kind = o.ClassOfShape()
	}
	if kind == wire.OtherClass || kind == wire.UnknownClass {
		f.unknown++
		return nil
	}
	if f.class == wire.UnknownClass {
		f.class = kind
	}
	dn := o.Text(wire.PropDistinguishedName)
	context := f.context(dn)
	if o.Deleted || context == nil {
		// Reserved principals, and domains known from elsewhere only, have no name: they stand for nothing in this directory.
		if !o.Deleted && (o.Got(wire.PropSAMAccountName) || o.Got(wire.PropEnabled)) {
			f.nameless++
		}
		return nil
	}
	return f.put(e, kind, string(dn), context)
}

// put makes the entry of an object and adds it, or lets it wait for the identifiers it refers to.
func (f *fileReader) put(e *ahead.Element, kind wire.Class, dn string, c *context) error {
	o := &e.Object
	f.entry.reset()
	class := f.objectClass(o, kind)
	f.cover = c.coverage(class.Values[len(class.Values)-1])
	f.entry.attributes = append(f.entry.attributes, class)
	f.identify(o)
	if o.Got(wire.PropWhenCreated) {
		f.collected("whenCreated")
	}
	if n, ok := f.integer(o, wire.PropWhenCreated); ok && n > 0 && n <= maxUnix {
		f.entry.addTime("whenCreated", n)
	}
	if err := f.permissions(e); err != nil {
		return err
	}
	f.describe(o, kind, c)
	if kind == wire.Domains {
		f.root(o, c)
	}
	id, hasID := f.ids.Intern(o.ID)
	if o.Has&(wire.HasMembers|wire.HasLinks|wire.HasTemplates) != 0 {
		return f.wait(o, dn, c, id, hasID)
	}
	if f.add(model.Entry{DN: dn, Attributes: f.entry.attributes}, id, hasID) != nil {
		f.refused++
	}
	return nil
}

// add gives an entry to the builder and notes where its identifier leads.
func (r *Reader) add(e model.Entry, id identifiers.Ref, hasID bool) error {
	before := r.b.Len()
	if err := r.b.Add(e); err != nil {
		return errRefused
	}
	if !hasID {
		return nil
	}
	if r.b.Len() > before {
		r.ids.Put(id, before)
	} else if n, ok := r.b.Object(e.DN); ok {
		r.ids.Put(id, n)
	}
	return nil
}

// errRefused says that the builder does not take an entry: its name is malformed.
var errRefused = errors.New("malformed name")

// objectClass gives the classes of an object. Managed service accounts are among the users.
func (f *fileReader) objectClass(o *wire.Object, kind wire.Class) model.Attribute {
	if kind != wire.Users {
		return f.classes[kind]
	}
	uac, _ := o.Props[wire.PropUserAccountControl].Integer()
	group, _ := o.Props[wire.PropGMSA].Truth()
	single, _ := o.Props[wire.PropMSA].Truth()
	managed := ""
	switch {
	case group:
		managed = "msDS-GroupManagedServiceAccount"
	case single:
		managed = "msDS-ManagedServiceAccount"
	case uac&flagInterdomain != 0:
	case uac&flagWorkstation != 0, uac == 0 && bytes.HasSuffix(o.Text(wire.PropSAMAccountName), []byte("$")):
		// An account of a machine's kind that the collector counts among the users: nearly always a group managed one.
		managed = "msDS-GroupManagedServiceAccount"
	}
	if managed == "" {
		return f.classes[wire.Users]
	}
	values := slices.Concat(f.classes[wire.Computers].Values, [][]byte{[]byte(managed)})
	return model.Attribute{Name: "objectClass", Values: values}
}

// identify adds objectSid or objectGUID.
func (f *fileReader) identify(o *wire.Object) {
	id := rights.Identifier(o.ID)
	switch {
	case bytes.HasPrefix(id, []byte("S-1-")):
		f.collected("objectSid")
		f.entry.add("objectSid", id)
	case len(id) == 36:
		f.collected("objectGUID")
		f.entry.add("objectGUID", id)
	}
}

// permissions adds the security descriptor that the list of rights amounts to.
func (f *fileReader) permissions(e *ahead.Element) error {
	list, err := e.List, e.Fault
	switch {
	case err != nil:
		return reading.At(err, "byte", e.At)
	case list == nil:
		return nil
	}
	f.strange += list.Strange
	if len(list.Unknown) > 0 && len(f.news) < maxWarnings {
		f.news = append(f.news, list.Unknown...)
	}
	if list.Descriptor != nil {
		f.collected("nTSecurityDescriptor")
		f.entry.add("nTSecurityDescriptor", list.Descriptor)
	}
	if list.Readers != nil {
		f.entry.add("msDS-GroupMSAMembership", list.Readers)
	}
	return nil
}

// describe adds what the properties say.
func (f *fileReader) describe(o *wire.Object, kind wire.Class, c *context) {
	switch kind {
	case wire.Users:
		f.user(o)
		if uac, _ := o.Props[wire.PropUserAccountControl].Integer(); uac&flagInterdomain != 0 {
			c.coverage([]byte(modelentry.TrustAccounts))
		}
	case wire.Computers:
		f.computer(o)
		f.registry(o)
	case wire.Groups:
		f.group(o)
	case wire.Domains:
		f.domain(o)
	case wire.GPOs:
		f.copyText(o, wire.PropGPCPath, "gPCFileSysPath")
		if shown := f.plain(o, wire.PropName); len(shown) > 0 {
			at := bytes.LastIndexByte(shown, '@')
			if at < 0 {
				at = len(shown)
			}
			f.entry.add("displayName", shown[:at])
		}
	case wire.OUs:
		if blocked, ok := f.truth(o, wire.PropBlocksInheritance); ok {
			f.collected("gPOptions")
			f.entry.addInt("gPOptions", map[bool]int64{true: 1}[blocked])
		}
	case wire.CertTemplates:
		f.template(o)
	case wire.RootCAs, wire.AIACAs, wire.NTAuthStores, wire.EnterpriseCAs:
		f.authority(o)
		f.registry(o)
	}
	if o.Has&wire.HasLinks != 0 {
		f.collected("gPLink")
	}
	if o.Has&wire.HasTemplates != 0 {
		f.collected("certificateTemplates")
	}
}

// root notes what the object of a domain says beside itself: its trusts, and a setting of the forest.
func (f *fileReader) root(o *wire.Object, c *context) {
	f.domains = append(f.domains, c)
	c.heuristics = bytes.Clone(f.plain(o, wire.PropDSHeuristics))
	for i := range o.Trusts {
		f.trust(&o.Trusts[i], o, c)
	}
}

// trust adds the object of a trust. The entry of the domain is being made, so that this one is made apart.
func (f *fileReader) trust(t *wire.Trust, o *wire.Object, c *context) {
	if len(t.Name) == 0 {
		f.source.Partial = true
		f.warn(reading.Warning("source_left_out", reading.Cause("trust_nameless"), "byte", o.At))
		return
	}
	var e entry
	e.attributes = append(e.attributes, model.Attribute{
		Name: "objectClass", Values: [][]byte{[]byte("top"), []byte("leaf"), []byte("trustedDomain")},
	})
	e.add("trustPartner", bytes.ToLower(t.Name))
	if s, ok := rights.SIDOf(t.SID); ok {
		e.add("securityIdentifier", s.Bytes())
	}
	direction, known := terms.TrustDirection(t.Direction)
	if known {
		e.addInt("trustDirection", direction)
	}
	attributes, attributed := terms.Bits(t.Attributes, terms.TrustFlags())
	if attributed {
		e.addInt("trustAttributes", attributes)
		c.inForest = c.inForest || attributes&0x20 != 0
	} else {
		kind := strings.ToLower(string(t.Kind.Raw))
		c.inForest = c.inForest || kind == "parentchild" || kind == "crosslink" || kind == "treeroot" || kind == "0" || kind == "1"
	}
	kind := int64(2)
	if strings.EqualFold(string(t.Kind.Raw), "Kerberos") {
		kind = 3
	}
	e.addInt("trustType", kind)
	c.trusts++
	c.attributed = c.attributed && attributed && known
	dn := "CN=" + distname.EscapeRDN(strings.ToLower(string(t.Name))) + ",CN=System," + c.dn
	if err := f.add(model.Entry{DN: dn, Attributes: e.attributes}, 0, false); err != nil {
		f.refused++
	}
}

// wait keeps an entry until every file was read.
func (f *fileReader) wait(o *wire.Object, dn string, c *context, id identifiers.Ref, hasID bool) error {
	w := waiting{dn: dn, context: c, attributes: f.entry.clone(), id: id, hasID: hasID}
	for _, m := range o.List(o.Members) {
		if r, ok := f.ids.Intern(m); ok {
			w.members = append(w.members, r)
		}
	}
	for _, l := range o.Links {
		if r, ok := f.ids.Intern(l.ID); ok {
			w.links = append(w.links, policyLink{r, l.Enforced})
		}
	}
	for _, t := range o.List(o.Templates) {
		if r, ok := f.ids.Intern(t); ok {
			w.templates = append(w.templates, r)
		}
	}
	if _, err := distname.NormalizeDN(dn); err != nil {
		f.refused++
		return nil
	}
	f.waiting = append(f.waiting, w)
	return nil
}
