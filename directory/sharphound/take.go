package sharphound

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/sid"
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
	key, configuration := splitContext(dn)
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
func (f *fileReader) take(o *object, whole *file) error {
	if f.objects++; f.objects > f.o.Objects { // those that stand for nothing take their time too
		return errObjects
	}
	kind := f.class
	if whole.hasMeta {
		kind = classOf(whole.meta.kind)
	}
	if kind == unknownClass {
		kind = o.classOfShape()
	}
	if kind == otherClass || kind == unknownClass {
		f.unknown++
		return nil
	}
	if f.class == unknownClass {
		f.class = kind
	}
	dn := o.text(propDistinguishedName)
	context := f.context(dn)
	if o.deleted || context == nil {
		// Reserved principals, and domains known from elsewhere only, have no name: they stand for nothing in this directory.
		if !o.deleted && (o.got(propSAMAccountName) || o.got(propEnabled)) {
			f.nameless++
		}
		return nil
	}
	return f.put(o, kind, string(dn), context)
}

// put makes the entry of an object and adds it, or lets it wait for the identifiers it refers to.
func (f *fileReader) put(o *object, kind class, dn string, c *context) error {
	f.entry.reset()
	class := f.objectClass(o, kind)
	f.cover = c.coverage(class.Values[len(class.Values)-1])
	f.entry.attributes = append(f.entry.attributes, class)
	f.identify(o)
	if o.got(propWhenCreated) {
		f.collected("whenCreated")
	}
	if n, ok := f.integer(o, propWhenCreated); ok && n > 0 && n <= maxUnix {
		f.entry.addTime("whenCreated", n)
	}
	if err := f.permissions(o); err != nil {
		return err
	}
	f.describe(o, kind, c)
	if kind == domains {
		f.root(o, c)
	}
	id, hasID := f.ids.ref(o.id)
	if o.has&(hasMembers|hasLinks|hasTemplates) != 0 {
		return f.wait(o, dn, c, id, hasID)
	}
	if f.add(model.Entry{DN: dn, Attributes: f.entry.attributes}, id, hasID) != nil {
		f.refused++
	}
	return nil
}

// add gives an entry to the builder and notes where its identifier leads.
func (r *Reader) add(e model.Entry, id ref, hasID bool) error {
	before := r.b.Len()
	if err := r.b.Add(e); err != nil {
		return errRefused
	}
	if !hasID {
		return nil
	}
	if r.b.Len() > before {
		r.ids.put(id, before)
	} else if n, ok := r.b.Object(e.DN); ok {
		r.ids.put(id, n)
	}
	return nil
}

// errRefused says that the builder does not take an entry: its name is malformed.
var errRefused = errors.New("malformed name")

// objectClass gives the classes of an object. Managed service accounts are among the users.
func (f *fileReader) objectClass(o *object, kind class) model.Attribute {
	if kind != users {
		return f.classes[kind]
	}
	uac, _ := o.props[propUserAccountControl].integer()
	group, _ := o.props[propGMSA].truth()
	single, _ := o.props[propMSA].truth()
	managed := ""
	switch {
	case group:
		managed = "msDS-GroupManagedServiceAccount"
	case single:
		managed = "msDS-ManagedServiceAccount"
	case uac&flagInterdomain != 0:
	case uac&flagWorkstation != 0, uac == 0 && bytes.HasSuffix(o.text(propSAMAccountName), []byte("$")):
		// An account of a machine's kind that the collector counts among the users: nearly always a group managed one.
		managed = "msDS-GroupManagedServiceAccount"
	}
	if managed == "" {
		return f.classes[users]
	}
	values := slices.Concat(f.classes[computers].Values, [][]byte{[]byte(managed)})
	return model.Attribute{Name: "objectClass", Values: values}
}

// identify adds objectSid or objectGUID.
func (f *fileReader) identify(o *object) {
	id := sidText(o.id)
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
func (f *fileReader) permissions(o *object) error {
	if len(o.aces) <= 2 {
		return nil
	}
	list, err := f.rights.get(o.aces, o.protected, o.known)
	if err != nil {
		return fmt.Errorf("byte %d: list of rights: %w", f.place(o), err)
	}
	f.strange += list.strange
	if len(list.unknown) > 0 && len(f.news) < maxWarnings {
		f.news = append(f.news, list.unknown...)
	}
	if list.descriptor != nil {
		f.collected("nTSecurityDescriptor")
		f.entry.add("nTSecurityDescriptor", list.descriptor)
	}
	if list.readers != nil {
		f.entry.add("msDS-GroupMSAMembership", list.readers)
	}
	return nil
}

// describe adds what the properties say.
func (f *fileReader) describe(o *object, kind class, c *context) {
	switch kind {
	case users:
		f.user(o)
		if uac, _ := o.props[propUserAccountControl].integer(); uac&flagInterdomain != 0 {
			c.coverage([]byte(model.TrustAccounts))
		}
	case computers:
		f.computer(o)
	case groups:
		f.group(o)
	case domains:
		f.domain(o)
	case gpos:
		f.copyText(o, propGPCPath, "gPCFileSysPath")
		if shown := f.plain(o, propName); len(shown) > 0 {
			at := bytes.LastIndexByte(shown, '@')
			if at < 0 {
				at = len(shown)
			}
			f.entry.add("displayName", shown[:at])
		}
	case ous:
		if blocked, ok := f.truth(o, propBlocksInheritance); ok {
			f.collected("gPOptions")
			f.entry.addInt("gPOptions", map[bool]int64{true: 1}[blocked])
		}
	case certTemplates:
		f.template(o)
	case rootCAs, aiaCAs, ntAuthStores, enterpriseCAs:
		f.authority(o)
	}
	if o.has&hasLinks != 0 {
		f.collected("gPLink")
	}
	if o.has&hasTemplates != 0 {
		f.collected("certificateTemplates")
	}
}

// root notes what the object of a domain says beside itself: its trusts, and a setting of the forest.
func (f *fileReader) root(o *object, c *context) {
	f.domains = append(f.domains, c)
	c.heuristics = bytes.Clone(f.plain(o, propDSHeuristics))
	for i := range o.trusts {
		f.trust(&o.trusts[i], o, c)
	}
}

// trust adds the object of a trust. The entry of the domain is being made, so that this one is made apart.
func (f *fileReader) trust(t *trust, o *object, c *context) {
	if len(t.name) == 0 {
		f.source.Partial = true
		f.warn(fmt.Sprintf("byte %d: trust without a name", f.place(o)))
		return
	}
	var e entry
	e.attributes = append(e.attributes, model.Attribute{
		Name: "objectClass", Values: [][]byte{[]byte("top"), []byte("leaf"), []byte("trustedDomain")},
	})
	e.add("trustPartner", bytes.ToLower(t.name))
	if s, ok := sidOf(t.sid); ok {
		e.add("securityIdentifier", s.Bytes())
	}
	direction, known := trustDirection(t.direction)
	if known {
		e.addInt("trustDirection", direction)
	}
	attributes, attributed := bitsOf(t.attributes, trustFlags())
	if attributed {
		e.addInt("trustAttributes", attributes)
		c.inForest = c.inForest || attributes&0x20 != 0
	} else {
		kind := strings.ToLower(string(t.kind.raw))
		c.inForest = c.inForest || kind == "parentchild" || kind == "crosslink" || kind == "treeroot" || kind == "0" || kind == "1"
	}
	kind := int64(2)
	if strings.EqualFold(string(t.kind.raw), "Kerberos") {
		kind = 3
	}
	e.addInt("trustType", kind)
	c.trusts++
	c.attributed = c.attributed && attributed && known
	dn := "CN=" + model.EscapeRDN(strings.ToLower(string(t.name))) + ",CN=System," + c.dn
	if err := f.add(model.Entry{DN: dn, Attributes: e.attributes}, 0, false); err != nil {
		f.refused++
	}
}

// wait keeps an entry until every file was read.
func (f *fileReader) wait(o *object, dn string, c *context, id ref, hasID bool) error {
	w := waiting{dn: dn, context: c, attributes: f.entry.clone(), id: id, hasID: hasID}
	for _, m := range o.list(o.members) {
		if r, ok := f.ids.ref(m); ok {
			w.members = append(w.members, r)
		}
	}
	for _, l := range o.links {
		if r, ok := f.ids.ref(l.id); ok {
			w.links = append(w.links, policyLink{r, l.enforced})
		}
	}
	for _, t := range o.list(o.templates) {
		if r, ok := f.ids.ref(t); ok {
			w.templates = append(w.templates, r)
		}
	}
	if _, err := model.NormalizeDN(dn); err != nil {
		f.refused++
		return nil
	}
	f.waiting = append(f.waiting, w)
	return nil
}

// Close adds what waited for identifiers, and says what the files cover. No further file can be read.
func (r *Reader) Close() error {
	names := make(map[ref]string, len(r.waiting))
	for _, w := range r.waiting {
		if w.hasID {
			if _, twice := names[w.id]; !twice {
				names[w.id] = w.dn
			}
			if w.id&guidRef == 0 {
				r.ids.lived[uint32(w.id>>32)] = true
			}
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
func (r *Reader) resolve(e *entry, w *waiting, names map[ref]string) {
	name := func(id ref) []byte {
		from := len(e.text)
		if n, ok := r.ids.object(id); ok {
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
		values = append(values, []byte(model.RDNValue(string(name(id)))))
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
func (r *Reader) absent(id ref, c *context) string {
	text := string(sidText([]byte(r.ids.text(id))))
	s, err := sid.Parse(text)
	if err == nil && !r.ids.home(id) {
		return "CN=" + s.String() + ",CN=ForeignSecurityPrincipals," + domainOf(c.dn)
	}
	return "CN=" + model.EscapeRDN(text) + "," + domainOf(c.dn)
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
	for kind := users; kind < otherClass; kind++ {
		settings := kind >= rootCAs
		if !r.whole[kind] || settings != c.configuration || kind == containers {
			continue
		}
		names := kind.ldapClasses()
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
