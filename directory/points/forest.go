package points

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hygie/directory/model"
	"hygie/directory/sid"
)

// forest is a forest as the points see it.
type forest struct {
	*layout
	asOf          time.Time
	info          model.ForestInfo
	configuration string    // normalised name of the configuration partition, "" without one
	configured    bool      // at least one object of it was collected
	domains       []*domain // forest root first, then by name
	foreign       []sid.SID // SIDs of domains of the forest that were not collected

	privileged map[model.ID]bool       // in any domain, groups included: whose rights are no weakness
	tokens     map[model.ID][]model.ID // groups at any depth of a principal, for denials
	verdicts   descriptorCache
}

// domain is one domain of the forest.
type domain struct {
	forest    *forest
	info      model.DomainInfo
	collected bool      // at least one object was
	accounts  []account // users, computers and managed accounts, by object
	groups    map[sid.SID]model.ID
	classSeen map[string]model.ID   // class in lower case -> an object of it
	byClass   map[string][]model.ID // answers of ofClass

	privilegedList []privilege // filled by privilegedMembers
	privilegedDone bool
	lostMembers    []string // names of members of privileged groups that were not collected
}

// account is what most points ask of an account. Times are seconds since 1970.
type account struct {
	id           model.ID
	uac          uint32
	known        uint32 // flags of uac that the source gives
	primaryGroup uint32
	kind         accountKind
	passwordSet  int64 // 0 when never set or pending
	lastLogon    int64 // 0 when never
	created      int64 // 0 when unknown
}

type accountKind uint8

const (
	personKind   accountKind = iota // user, inetOrgPerson
	computerKind                    // computer
	managedKind                     // standalone, group and delegated managed service accounts
)

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	uacDisabled            = 0x2
	uacReversible          = 0x80
	uacTrustAccount        = 0x800
	uacWorkstation         = 0x1000
	uacServerTrust         = 0x2000
	uacDontExpire          = 0x10000
	uacTrustedForDeleg     = 0x80000
	uacDESOnly             = 0x200000
	uacNoPreauth           = 0x400000
	uacTrustedToAuth       = 0x1000000
	uacPartialSecrets      = 0x4000000
	ridPrimaryController   = sid.RIDDomainControllers
	ridPrimaryReadOnly     = sid.RIDReadOnlyDCs
	secondsPerDay          = 24 * 60 * 60
	classComputer          = "computer"
	classUser              = "user"
	attrUserAccountControl = "userAccountControl"
	attrDescriptor         = "nTSecurityDescriptor"
)

// First components of the names of well-known objects (MS-ADTS 6.1.1), to be completed with the name of their partition; see
// [domain.child] and [forest.setting].
const (
	cnDomainUpdates     = "CN=ActiveDirectoryUpdate,CN=DomainUpdates,CN=System,"
	cnAdminSDHolder     = "CN=AdminSDHolder,CN=System,"
	cnMicrosoftDNS      = "CN=MicrosoftDNS,CN=System,"
	cnDirectoryService  = "CN=Directory Service,CN=Windows NT,CN=Services,"
	cnPublicKeyServices = "CN=Public Key Services,CN=Services,"
)

func (a *account) enabled() bool       { return a.uac&uacDisabled == 0 }
func (a *account) has(bit uint32) bool { return a.uac&bit != 0 }
func (a *account) trustAccount() bool  { return a.uac&uacTrustAccount != 0 }
func (a *account) readOnlyDC() bool {
	return a.kind == computerKind && (a.primaryGroup == ridPrimaryReadOnly || a.uac&uacPartialSecrets != 0)
}

// controller tells whether the account is that of a domain controller, writable or not: by its primary group or, so that a
// tampered one does not hide, by the flags that Windows sets.
func (a *account) controller() bool {
	return a.kind == computerKind &&
		(a.primaryGroup == ridPrimaryController || a.uac&uacServerTrust != 0 || a.readOnlyDC())
}

// newForests makes the forests of a directory and reads their accounts.
func newForests(dir *model.Directory, o Options) []*forest {
	l := newLayout(dir)
	sizes := make(map[*domain]int) // accounts, so that a large list is not copied as it grows
	for id := range dir.OfClass(classUser) {
		if d := l.domainOf(id); d != nil {
			sizes[d]++
		}
	}
	for d, n := range sizes {
		d.accounts = make([]account, 0, n)
	}
	for id := range model.ID(dir.Count()) {
		if d := l.domainOf(id); d != nil {
			d.take(dir, id)
		}
	}
	taken := make(map[*domain]bool)
	var out []*forest
	for _, info := range l.forests() {
		f := &forest{
			layout: l, asOf: o.AsOf, info: info,
			tokens: make(map[model.ID][]model.ID), verdicts: make(descriptorCache),
		}
		f.configuration, _ = model.NormalizeDN(info.ConfigurationDN)
		f.configured = f.configuration != "" && l.holds(f.configuration)
		root, _ := model.NormalizeDN(info.RootDN)
		for _, c := range l.contexts {
			if c.domain != nil && !taken[c.domain] && l.belongs(c.name, info) {
				taken[c.domain] = true
				c.domain.forest = f
				c.domain.info.ForestRoot = c.name == root
				f.domains = append(f.domains, c.domain)
			}
		}
		slices.SortFunc(f.domains, func(a, b *domain) int {
			if a.info.ForestRoot != b.info.ForestRoot {
				if a.info.ForestRoot {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.info.DNSName, b.info.DNSName)
		})
		out = append(out, f)
	}
	for _, f := range out {
		f.findForeign()
		f.findPrivileged()
	}
	return out
}

func newDomain(info model.DomainInfo) *domain {
	return &domain{
		info: info, groups: make(map[sid.SID]model.ID),
		classSeen: make(map[string]model.ID), byClass: make(map[string][]model.ID),
	}
}

// take notes what an object is.
func (d *domain) take(dir *model.Directory, id model.ID) {
	d.collected = true
	class := strings.ToLower(dir.Class(id))
	if _, seen := d.classSeen[class]; !seen {
		d.classSeen[class] = id
	}
	switch class {
	case "group":
		if s := dir.SID(id); !s.IsZero() {
			d.groups[s] = id
		}
	case "contact", "foreignsecurityprincipal":
		return
	default:
		if kind, ok := kindOf(dir, id, class); ok {
			d.accounts = append(d.accounts, readAccount(dir, id, kind))
		}
	}
	// A source may lack the root of the domain: every principal of the domain carries its SID (MS-DTYP 2.4.2.4).
	if s := dir.SID(id); d.info.SID.IsZero() && s.IsAccount() {
		d.info.SID = s.Domain()
	}
}

// kindOf tells which kind of account an object is, if it is one.
func kindOf(dir *model.Directory, id model.ID, class string) (accountKind, bool) {
	switch class {
	case "user", "inetorgperson":
		return personKind, true
	case "computer":
		return computerKind, true
	}
	switch {
	case strings.HasSuffix(class, "managedserviceaccount"):
		return managedKind, true
	case dir.Is(id, classComputer):
		return computerKind, true
	case dir.Is(id, classUser):
		return personKind, true
	}
	return 0, false
}

func readAccount(dir *model.Directory, id model.ID, kind accountKind) account {
	a := account{id: id, kind: kind, known: ^uint32(0)}
	if v, ok := dir.Int(id, attrUserAccountControl); ok {
		a.uac = uint32(v)
	} else if v, ok := dir.Int(id, model.AccountFlags); ok {
		a.uac, a.known = uint32(v), uint32(v>>32)
	} else {
		a.known = 0 // every account has some: these are hidden from the reader
	}
	if v, ok := dir.Int(id, "primaryGroupID"); ok {
		a.primaryGroup = uint32(v)
	}
	a.passwordSet = seconds(dir, id, "pwdLastSet")
	a.lastLogon = seconds(dir, id, "lastLogonTimestamp")
	if t, ok := dir.GeneralizedTime(id, "whenCreated"); ok {
		a.created = t.Unix()
	}
	return a
}

// seconds reads a FILETIME attribute; 0 when absent, zero or never.
func seconds(dir *model.Directory, id model.ID, attribute string) int64 {
	t, never, ok := dir.FileTime(id, attribute)
	if !ok || never || t.IsZero() {
		return 0
	}
	return max(t.Unix(), 1)
}

// older tells whether an instant, in seconds, is more than days before the audit.
func (f *forest) older(seconds int64, days int64) bool {
	return f.asOf.Unix()-seconds > days*secondsPerDay
}

func (f *forest) ageDays(seconds int64) int64 { return (f.asOf.Unix() - seconds) / secondsPerDay }

func date(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// ofClass lists the objects of a class in the domain, in order. It passes over the whole directory once for each class.
func (d *domain) ofClass(class string) []model.ID {
	out, done := d.byClass[class]
	if done {
		return out
	}
	for id := range d.forest.dir.OfClass(class) {
		if d.forest.domainOf(id) == d {
			out = append(out, id)
		}
	}
	d.byClass[class] = out
	return out
}

// ofClass lists the objects of a class in the configuration partition of the forest, in order.
func (f *forest) ofClass(class string) []model.ID {
	var out []model.ID
	for id := range f.dir.OfClass(class) {
		if f.configuration != "" && f.in(id, f.configuration) {
			out = append(out, id)
		}
	}
	return out
}

// child finds an object of the domain by the first components of its name.
func (d *domain) child(prefix string) (model.ID, bool) { return d.forest.dir.ByDN(prefix + d.info.DN) }

// setting finds an object of the configuration partition by the first components of its name.
func (f *forest) setting(prefix string) (model.ID, bool) {
	if f.info.ConfigurationDN == "" {
		return model.None, false
	}
	return f.dir.ByDN(prefix + f.info.ConfigurationDN)
}

// needConfiguration says what is missing when the configuration partition was not collected.
func (o *outcome) needConfiguration(levels ...int) bool {
	if !o.domain.forest.configured {
		o.missing("partition:configuration", levels...)
		return false
	}
	return true
}

// group finds a group of the domain by its relative identifier: of the domain, or built in when below S-1-5-32.
func (d *domain) group(rid uint32) (model.ID, bool) {
	id, ok := d.groups[d.info.SID.Append(rid)]
	return id, ok
}

func (d *domain) builtin(s sid.SID) (model.ID, bool) {
	id, ok := d.groups[s]
	return id, ok
}

// collects tells whether an attribute was asked for on the objects of a class in the domain; true when there are none, and the
// sources would have given them.
func (d *domain) collects(class, attribute string) bool {
	dir := d.forest.dir
	if class == "domain" {
		return d.info.Root != model.None && dir.Collected(d.info.Root, attribute)
	}
	if id, ok := d.classSeen[strings.ToLower(class)]; ok {
		return dir.Collected(id, attribute) ||
			attribute == attrUserAccountControl && dir.Collected(id, model.AccountFlags) ||
			attribute == attrDelegateTo && dir.Collected(id, model.TransitionTargets)
	}
	return dir.Covers(d.info.DN, class)
}

// covers tells whether the sources would have given the objects of a class of the domain, so that what is not there does not
// exist; what they would not have given is noted as missing.
func (o *outcome) covers(class string, levels ...int) bool {
	d := o.domain
	if d.forest.dir.Covers(d.info.DN, class) {
		return true
	}
	o.missing("objects:"+class, levels...)
	return false
}

// coversSettings is covers for the configuration partition.
func (o *outcome) coversSettings(class string, levels ...int) bool {
	if o.domain.forest.dir.Covers(o.domain.forest.info.ConfigurationDN, class) {
		return true
	}
	o.missing("objects:"+class, levels...)
	return false
}

// controllers lists the accounts of domain controllers.
func (d *domain) controllers() []*account {
	var out []*account
	for i := range d.accounts {
		if d.accounts[i].controller() {
			out = append(out, &d.accounts[i])
		}
	}
	return out
}

// accountOf finds the account of an object in its own domain, nil when it is none.
func (f *forest) accountOf(id model.ID) *account {
	d := f.domainOf(id)
	if d == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(d.accounts, id, func(a account, id model.ID) int { return cmp.Compare(a.id, id) })
	if !ok {
		return nil
	}
	return &d.accounts[i]
}

// root gives the domain at the root of the forest, nil when it was not collected.
func (f *forest) root() *domain {
	for _, d := range f.domains {
		if d.info.ForestRoot && d.collected {
			return d
		}
	}
	return nil
}

// findForeign notes the domains of the forest that other domains know by their trusts and that were not collected.
func (f *forest) findForeign() {
	known := make(map[sid.SID]bool)
	for _, d := range f.domains {
		known[d.info.SID] = true
	}
	for id := range f.dir.OfClass("trustedDomain") {
		if d := f.domainOf(id); d == nil || d.forest != f {
			continue
		}
		attributes, _ := f.dir.Int(id, "trustAttributes")
		raw, ok := f.dir.Value(id, "securityIdentifier")
		if s, err := sid.FromBytes(raw); ok && err == nil && attributes&trustWithinForest != 0 && !known[s] {
			known[s] = true
			f.foreign = append(f.foreign, s)
		}
	}
}

func (d *domain) counts() Counts {
	c := Counts{Groups: len(d.groups)}
	for i := range d.accounts {
		a := &d.accounts[i]
		switch {
		case a.controller():
			c.DomainControllers++
			c.Computers++
		case a.kind == computerKind:
			c.Computers++
		case a.kind == personKind && !a.trustAccount():
			c.Users++
			if a.enabled() {
				c.EnabledUsers++
			}
		}
	}
	c.Privileged = len(d.privilegedAccounts())
	return c
}
