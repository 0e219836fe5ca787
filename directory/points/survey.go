package points

import (
	"iter"
	"slices"
	"time"

	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/sid"
)

// Survey is what the points know of a directory: its forests, its accounts, who is privileged. Other rules share it, so that
// the same word means the same everywhere.
type Survey struct{ forests []*forest }

// NewSurvey reads the forests and the accounts of a directory.
func NewSurvey(dir *model.Directory, o Options) *Survey { return &Survey{newForests(dir, o)} }

// Views gives each domain, in the order of [Evaluate].
func (s *Survey) Views() []View {
	var out []View
	for _, f := range s.forests {
		for _, d := range f.domains {
			out = append(out, View{d})
		}
	}
	return out
}

// View is one domain as the points see it. It is for one goroutine.
type View struct{ d *domain }

// Because makes a reason from a code and pairs of name and value. Codes and their sentences are in reasons.toml and
// reasons_findings.toml.
func Because(code string, pairs ...any) Reason { return because(code, pairs...) }

// Directory gives the directory.
func (v View) Directory() *model.Directory { return v.d.forest.dir }

// Domain gives the domain.
func (v View) Domain() model.DomainInfo { return v.d.info }

// Forest gives the forest of the domain.
func (v View) Forest() model.ForestInfo { return v.d.forest.info }

// Collected tells whether at least one object of the domain was.
func (v View) Collected() bool { return v.d.collected }

// Configured tells whether the configuration partition was collected.
func (v View) Configured() bool { return v.d.forest.configured }

// AsOf is the instant at which ages are measured.
func (v View) AsOf() time.Time { return v.d.forest.asOf }

// Older tells whether an instant, known, lies more than days before the audit.
func (v View) Older(t time.Time, days int64) bool {
	return !t.IsZero() && v.d.forest.older(t.Unix(), days)
}

// Collects tells whether an attribute was asked for on the objects of a class of the domain; see also Covers.
func (v View) Collects(class, attribute string) bool { return v.d.collects(class, attribute) }

// Covers tells whether objects of a class of the domain would have been collected.
func (v View) Covers(class string) bool { return v.Directory().Covers(v.d.info.DN, class) }

// OfClass lists the objects of a class in the domain, in order.
func (v View) OfClass(class string) []model.ID { return v.d.ofClass(class) }

// Settings lists the objects of a class in the configuration partition, in order.
func (v View) Settings(class string) []model.ID { return v.d.forest.ofClass(class) }

// Child finds an object of the domain by the first components of its name, "CN=System,".
func (v View) Child(prefix string) (model.ID, bool) { return v.d.child(prefix) }

// Setting finds an object of the configuration partition by the first components of its name.
func (v View) Setting(prefix string) (model.ID, bool) { return v.d.forest.setting(prefix) }

// Contains tells whether an object lies in the domain.
func (v View) Contains(id model.ID) bool { return v.d.forest.domainOf(id) == v.d }

// OwnsZone tells whether a DNS zone is that of the domain, whichever partition holds it.
func (v View) OwnsZone(id model.ID) bool { return v.d.ownsZone(id) }

// Home gives the domain of an object; false outside the domains of the directory.
func (v View) Home(id model.ID) (View, bool) {
	d := v.d.forest.domainOf(id)
	return View{d}, d != nil
}

// Account is what rules ask of an account.
type Account struct{ a *account }

// ID gives the object.
func (a Account) ID() model.ID { return a.a.id }

// Enabled tells whether the account is not disabled.
func (a Account) Enabled() bool { return a.a.enabled() }

// Person tells whether it is neither a computer, nor a managed service account, nor the account of a trust.
func (a Account) Person() bool { return a.a.kind == personKind && !a.a.trustAccount() }

// Computer tells whether it is a computer.
func (a Account) Computer() bool { return a.a.kind == computerKind }

// Controller tells whether it is a domain controller, read-only ones included.
func (a Account) Controller() bool { return a.a.controller() }

// Has tells whether a bit of userAccountControl is set (MS-ADTS 2.2.16).
func (a Account) Has(bit uint32) bool { return a.a.has(bit) }

// PasswordSet gives the day of the password; zero when it was never set.
func (a Account) PasswordSet() time.Time { return date(a.a.passwordSet) }

// LastLogon gives the last logon that the directory knows, up to two weeks late; zero without one.
func (a Account) LastLogon() time.Time { return date(a.a.lastLogon) }

// Created gives the creation of the account; zero when unknown.
func (a Account) Created() time.Time { return date(a.a.created) }

// Accounts gives the accounts of the domain, in order.
func (v View) Accounts() iter.Seq[Account] {
	return func(yield func(Account) bool) {
		for i := range v.d.accounts {
			if !yield(Account{&v.d.accounts[i]}) {
				return
			}
		}
	}
}

// Account gives the account of an object; false when it is none.
func (v View) Account(id model.ID) (Account, bool) {
	a := v.d.forest.accountOf(id)
	return Account{a}, a != nil
}

// Asleep tells whether an enabled account is dormant as the point about dormant accounts says.
func (v View) Asleep(a Account) bool {
	last := a.a.lastLogon
	if last == 0 {
		last = a.a.created
	}
	return a.Enabled() && !a.a.trustAccount() && last > 0 && v.d.forest.passwordOlder(a.a, 3*365) && v.d.forest.older(last, 365)
}

// Member is an account or a group that is privileged, and through which group.
type Member struct {
	ID  model.ID
	Via string // name of the privileged group, "" for the account 500
}

// Privileged lists the accounts and groups that belong to the privileged groups of the domain, by object.
func (v View) Privileged() []Member {
	var out []Member
	for _, p := range v.d.privilegedMembers() {
		out = append(out, Member{p.id, v.d.via(p)})
	}
	return out
}

// PrivilegedGroups lists the privileged groups that exist in the domain.
func (v View) PrivilegedGroups() []model.ID { return v.d.privilegedGroups() }

// LostMembers lists the members of privileged groups that no source gave.
func (v View) LostMembers() []string {
	v.d.privilegedMembers()
	return slices.Clone(v.d.lostMembers)
}

// IsPrivileged tells whether an object is privileged in a domain of the forest.
func (v View) IsPrivileged(id model.ID) bool { return v.d.forest.privileged[id] }

// Group finds a group of the domain by its relative identifier.
func (v View) Group(rid uint32) (model.ID, bool) { return v.d.group(rid) }

// Builtin finds a built-in group of the domain.
func (v View) Builtin(s sid.SID) (model.ID, bool) { return v.d.builtin(s) }

// Ours tells whether a SID is that of a domain of the forest.
func (v View) Ours(domain sid.SID) bool { return v.d.forest.ours(domain) }

// Trusted tells whether a principal is privileged, so that rights in its hands are no weakness.
func (v View) Trusted(s sid.SID) bool { return v.d.forest.Trusted(s) }

// Holds tells whether whoever is trustee has the SID other in its token.
func (v View) Holds(trustee, other sid.SID) bool { return v.d.forest.Holds(trustee, other) }

// Grants lists the dangerous rights on an object in the hands of those who are not privileged; false when its descriptor was
// not read.
func (v View) Grants(id model.ID, target access.Target) ([]access.Grant, bool) {
	return v.d.forest.grants(id, target, v.d.forest)
}

// GrantsOf is Grants for those that who does not trust.
func (v View) GrantsOf(id model.ID, target access.Target, who access.Principals) ([]access.Grant, bool) {
	return v.d.forest.grants(id, target, who)
}

// Origin is the word that says where a right comes from.
func Origin(g access.Grant) string { return origin(g) }

// Who names a principal for a reason: its SID and, unless Windows names it, its name in the directory.
func (v View) Who(s sid.SID) (text, name string) { return v.d.forest.trustee(s) }

// NameOf gives the name by which people know an object.
func (v View) NameOf(id model.ID) string { return v.d.forest.accountName(id) }

// ProtectedLikeHolder tells whether an object carries the protection of AdminSDHolder; ok is false when one of the two
// descriptors was not read.
func (v View) ProtectedLikeHolder(id model.ID) (protected, ok bool) {
	own, read := v.Directory().Descriptor(id)
	holder, found := v.d.child(cnAdminSDHolder)
	if !read || !found || own.Partial() {
		return false, false
	}
	if _, read = v.Directory().Descriptor(holder); !read {
		return false, false
	}
	return v.d.protectedLikeHolder(own), true
}

// PasswordPolicy is the password policy in force for a person.
type PasswordPolicy struct {
	ID        model.ID
	Fine      bool // a fine-grained one, not that of the domain
	Length    int64
	MaxAge    time.Duration
	NoExpiry  bool
	Undecided string // what is missing to know it
}

// PolicyOf gives the password policy in force for a person of the domain.
func (v View) PolicyOf(id model.ID) PasswordPolicy {
	p := v.d.policyOf(id)
	return PasswordPolicy{p.id, p.fine, p.length, p.maxAge, p.noExpiry, p.undecided}
}

// AuthorityHosts extends the trust of the forest to the computers that host a certification authority.
func (v View) AuthorityHosts() access.Principals { return v.d.authorityHosts() }

// SysvolReplicated tells whether something replicates SYSVOL: DFS replication or the old service.
func (v View) SysvolReplicated() bool {
	if _, ok := v.d.child(dfsrSysvolGroup); ok {
		return true
	}
	for _, id := range v.d.ofClass("nTFRSReplicaSet") {
		if kind, _ := v.Directory().Int(id, "fRSReplicaSetType"); kind == frsSysvolType || isSysvolSet(v.Directory(), id) {
			return true
		}
	}
	return slices.ContainsFunc(v.d.ofClass(classSubscriber), func(id model.ID) bool { return isSysvolSet(v.Directory(), id) })
}
