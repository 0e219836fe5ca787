// Package estate is a directory as the control points see it: its forests and domains, their accounts and groups, who is privileged, and which
// rights are in whose hands.
package estate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/model/entry"
	"hygie/directory/sid"
)

// Forest is a forest as the points see it (MS-ADTS 6.1.1.2).
type Forest struct {
	*layout
	AsOf          time.Time
	Info          model.ForestInfo
	configuration string    // normalised name of the configuration partition, "" without one
	Configured    bool      // at least one object of it was collected
	Domains       []*Domain // forest root first, then by name
	Foreign       []sid.SID // SIDs of domains of the forest that were not collected

	Privileged map[model.ID]bool       // in any domain, groups included: whose rights are no weakness
	tokens     map[model.ID][]model.ID // groups at any depth of a principal, for denials
	verdicts   descriptorCache
}

// Domain is one domain of the forest (MS-ADTS 6.1.1.1).
type Domain struct {
	Forest    *Forest
	Info      model.DomainInfo
	Collected bool      // at least one object was
	Accounts  []Account // users, computers and managed accounts, by object
	Groups    map[sid.SID]model.ID
	classSeen map[string]model.ID   // class in lower case -> an object of it
	byClass   map[string][]model.ID // answers of ofClass

	privilegedList []Privilege // filled by privilegedMembers
	privilegedDone bool
	LostMembers    []string // names of members of privileged groups that were not collected
}

// Account is what most points ask of an account (MS-ADTS 2.2.16). Times are seconds since 1970.
type Account struct {
	ID           model.ID
	Flags        uint32
	Known        uint32 // flags of uac that the source gives
	PrimaryGroup uint32
	Kind         accountKind
	PasswordSet  int64 // 0 when never set or pending
	LastLogon    int64 // 0 when never
	Created      int64 // 0 when unknown
}

type accountKind uint8

// Kinds of account, by class (MS-ADTS 2.2.16 for their flags).
const (
	PersonKind   accountKind = iota // user, inetOrgPerson
	ComputerKind                    // computer
	ManagedKind                     // standalone, group and delegated managed service accounts
)

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	UACDisabled              = 0x2
	UACReversible            = 0x80
	uacTrustAccount          = 0x800
	UACWorkstation           = 0x1000
	UACServerTrust           = 0x2000
	UACDontExpire            = 0x10000
	UACTrustedForDelegation  = 0x80000
	UACDESOnly               = 0x200000
	UACNoPreauth             = 0x400000
	UACTrustedToAuthenticate = 0x1000000
	UACPartialSecrets        = 0x4000000
	PrimaryController        = sid.RIDDomainControllers
	PrimaryReadOnly          = sid.RIDReadOnlyDCs
	secondsPerDay            = 24 * 60 * 60
	ClassComputer            = "computer"
	ClassUser                = "user"
	AttrUserAccountControl   = "userAccountControl"
	AttrDescriptor           = "nTSecurityDescriptor"
	AttrDelegateTo           = "msDS-AllowedToDelegateTo"
	TrustWithinForest        = 0x20 // of trustAttributes (MS-ADTS 6.1.6.7.9)
)

// First components of the names of well-known objects (MS-ADTS 6.1.1), to be completed with the name of their partition; see
// [Domain.Child] and [Forest.Setting].
const (
	CNDomainUpdates     = "CN=ActiveDirectoryUpdate,CN=DomainUpdates,CN=System,"
	CNAdminSDHolder     = "CN=AdminSDHolder,CN=System,"
	CNMicrosoftDNS      = "CN=MicrosoftDNS,CN=System,"
	CNDirectoryService  = "CN=Directory Service,CN=Windows NT,CN=Services,"
	CNPublicKeyServices = "CN=Public Key Services,CN=Services,"
)

// Enabled tells whether the account is not disabled.
func (a *Account) Enabled() bool { return a.Flags&UACDisabled == 0 }

// Has tells whether a bit of userAccountControl is set.
func (a *Account) Has(bit uint32) bool { return a.Flags&bit != 0 }

// TrustAccount tells whether it is the account of a trust.
func (a *Account) TrustAccount() bool { return a.Flags&uacTrustAccount != 0 }

// ReadOnlyDC tells whether it is a read-only domain controller.
func (a *Account) ReadOnlyDC() bool {
	return a.Kind == ComputerKind && (a.PrimaryGroup == PrimaryReadOnly || a.Flags&UACPartialSecrets != 0)
}

// Controller tells whether the account is that of a domain controller, writable or not: by its primary group or, so that a
// tampered one does not hide, by the flags that Windows sets.
func (a *Account) Controller() bool {
	return a.Kind == ComputerKind &&
		(a.PrimaryGroup == PrimaryController || a.Flags&UACServerTrust != 0 || a.ReadOnlyDC())
}

// NewForests makes the forests of a directory and reads their accounts (MS-ADTS 6.1.1).
func NewForests(dir *model.Directory, asOf time.Time) []*Forest {
	l := newLayout(dir)
	sizes := make(map[*Domain]int) // accounts, so that a large list is not copied as it grows
	for id := range dir.OfClass(ClassUser) {
		if d := l.DomainOf(id); d != nil {
			sizes[d]++
		}
	}
	for d, n := range sizes {
		d.Accounts = make([]Account, 0, n)
	}
	for id := range model.ID(dir.Count()) {
		if d := l.DomainOf(id); d != nil {
			d.take(dir, id)
		}
	}
	taken := make(map[*Domain]bool)
	var out []*Forest
	for _, info := range l.forests() {
		f := &Forest{
			layout: l, AsOf: asOf, Info: info,
			tokens: make(map[model.ID][]model.ID), verdicts: make(descriptorCache),
		}
		f.configuration, _ = distname.NormalizeDN(info.ConfigurationDN)
		f.Configured = f.configuration != "" && l.holds(f.configuration)
		root, _ := distname.NormalizeDN(info.RootDN)
		for _, c := range l.contexts {
			if c.domain != nil && !taken[c.domain] && l.belongs(c.name, info) {
				taken[c.domain] = true
				c.domain.Forest = f
				c.domain.Info.ForestRoot = c.name == root
				f.Domains = append(f.Domains, c.domain)
			}
		}
		slices.SortFunc(f.Domains, func(a, b *Domain) int {
			if a.Info.ForestRoot != b.Info.ForestRoot {
				if a.Info.ForestRoot {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.Info.DNSName, b.Info.DNSName)
		})
		out = append(out, f)
	}
	for _, f := range out {
		f.findForeign()
		f.findPrivileged()
	}
	return out
}

func newDomain(info model.DomainInfo) *Domain {
	return &Domain{
		Info: info, Groups: make(map[sid.SID]model.ID),
		classSeen: make(map[string]model.ID), byClass: make(map[string][]model.ID),
	}
}

// take notes what an object is.
func (d *Domain) take(dir *model.Directory, id model.ID) {
	d.Collected = true
	class := strings.ToLower(dir.Class(id))
	if _, seen := d.classSeen[class]; !seen {
		d.classSeen[class] = id
	}
	switch class {
	case "group":
		if s := dir.SID(id); !s.IsZero() {
			d.Groups[s] = id
		}
	case "contact", "foreignsecurityprincipal":
		return
	default:
		if kind, ok := kindOf(dir, id, class); ok {
			d.Accounts = append(d.Accounts, readAccount(dir, id, kind))
		}
	}
	// A source may lack the root of the domain: every principal of the domain carries its SID (MS-DTYP 2.4.2.4).
	if s := dir.SID(id); d.Info.SID.IsZero() && s.IsAccount() {
		d.Info.SID = s.Domain()
	}
}

// kindOf tells which kind of account an object is, if it is one.
func kindOf(dir *model.Directory, id model.ID, class string) (accountKind, bool) {
	switch class {
	case "user", "inetorgperson":
		return PersonKind, true
	case "computer":
		return ComputerKind, true
	}
	switch {
	case strings.HasSuffix(class, "managedserviceaccount"):
		return ManagedKind, true
	case dir.Is(id, ClassComputer):
		return ComputerKind, true
	case dir.Is(id, ClassUser):
		return PersonKind, true
	}
	return 0, false
}

func readAccount(dir *model.Directory, id model.ID, kind accountKind) Account {
	a := Account{ID: id, Kind: kind, Known: ^uint32(0)}
	if v, ok := dir.Int(id, AttrUserAccountControl); ok {
		a.Flags = uint32(v)
	} else if v, ok := dir.Int(id, entry.AccountFlags); ok {
		a.Flags, a.Known = uint32(v), uint32(v>>32)
	} else {
		a.Known = 0 // every account has some: these are hidden from the reader
	}
	if v, ok := dir.Int(id, "primaryGroupID"); ok {
		a.PrimaryGroup = uint32(v)
	}
	a.PasswordSet = seconds(dir, id, "pwdLastSet")
	a.LastLogon = seconds(dir, id, "lastLogonTimestamp")
	if t, ok := dir.GeneralizedTime(id, "whenCreated"); ok {
		a.Created = t.Unix()
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

// Older tells whether an instant, in seconds, is more than days before the audit.
func (f *Forest) Older(seconds int64, days int64) bool {
	return f.AsOf.Unix()-seconds > days*secondsPerDay
}

// AgeDays gives how many days before the audit an instant lies, in whole days.
func (f *Forest) AgeDays(seconds int64) int64 { return (f.AsOf.Unix() - seconds) / secondsPerDay }

// Date gives an instant of an account as a time; zero for an instant that is not known (MS-DTYP 2.3.3).
func Date(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// OfClass lists the objects of a class in the domain, in order. It passes over the whole directory once for each class.
func (d *Domain) OfClass(class string) []model.ID {
	out, done := d.byClass[class]
	if done {
		return out
	}
	for id := range d.Forest.Dir.OfClass(class) {
		if d.Forest.DomainOf(id) == d {
			out = append(out, id)
		}
	}
	d.byClass[class] = out
	return out
}

// OfClass lists the objects of a class in the configuration partition of the forest, in order.
func (f *Forest) OfClass(class string) []model.ID {
	var out []model.ID
	for id := range f.Dir.OfClass(class) {
		if f.configuration != "" && f.in(id, f.configuration) {
			out = append(out, id)
		}
	}
	return out
}

// Child finds an object of the domain by the first components of its name.
func (d *Domain) Child(prefix string) (model.ID, bool) { return d.Forest.Dir.ByDN(prefix + d.Info.DN) }

// Setting finds an object of the configuration partition by the first components of its name.
func (f *Forest) Setting(prefix string) (model.ID, bool) {
	if f.Info.ConfigurationDN == "" {
		return model.None, false
	}
	return f.Dir.ByDN(prefix + f.Info.ConfigurationDN)
}

// Group finds a group of the domain by its relative identifier: of the domain, or built in when below S-1-5-32.
func (d *Domain) Group(rid uint32) (model.ID, bool) {
	id, ok := d.Groups[d.Info.SID.Append(rid)]
	return id, ok
}

// Builtin finds a built-in group of the domain.
func (d *Domain) Builtin(s sid.SID) (model.ID, bool) {
	id, ok := d.Groups[s]
	return id, ok
}

// Collects tells whether an attribute was asked for on the objects of a class in the domain; true when there are none, and the
// sources would have given them.
func (d *Domain) Collects(class, attribute string) bool {
	dir := d.Forest.Dir
	if class == "domain" {
		return d.Info.Root != model.None && dir.Collected(d.Info.Root, attribute)
	}
	if id, ok := d.classSeen[strings.ToLower(class)]; ok {
		return dir.Collected(id, attribute) ||
			attribute == AttrUserAccountControl && dir.Collected(id, entry.AccountFlags) ||
			attribute == AttrDelegateTo && dir.Collected(id, entry.TransitionTargets)
	}
	return dir.Covers(d.Info.DN, class)
}

// Controllers lists the accounts of domain controllers.
func (d *Domain) Controllers() []*Account {
	var out []*Account
	for i := range d.Accounts {
		if d.Accounts[i].Controller() {
			out = append(out, &d.Accounts[i])
		}
	}
	return out
}

// AccountOf finds the account of an object in its own domain, nil when it is none.
func (f *Forest) AccountOf(id model.ID) *Account {
	d := f.DomainOf(id)
	if d == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(d.Accounts, id, func(a Account, id model.ID) int { return cmp.Compare(a.ID, id) })
	if !ok {
		return nil
	}
	return &d.Accounts[i]
}

// Root gives the domain at the root of the forest, nil when it was not collected.
func (f *Forest) Root() *Domain {
	for _, d := range f.Domains {
		if d.Info.ForestRoot && d.Collected {
			return d
		}
	}
	return nil
}

// findForeign notes the domains of the forest that other domains know by their trusts and that were not collected.
func (f *Forest) findForeign() {
	known := make(map[sid.SID]bool)
	for _, d := range f.Domains {
		known[d.Info.SID] = true
	}
	for id := range f.Dir.OfClass("trustedDomain") {
		if d := f.DomainOf(id); d == nil || d.Forest != f {
			continue
		}
		attributes, _ := f.Dir.Int(id, "trustAttributes")
		raw, ok := f.Dir.Value(id, "securityIdentifier")
		if s, err := sid.FromBytes(raw); ok && err == nil && attributes&TrustWithinForest != 0 && !known[s] {
			known[s] = true
			f.Foreign = append(f.Foreign, s)
		}
	}
}
