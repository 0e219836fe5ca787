package points

import (
	"iter"
	"slices"
	"time"

	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/controllers"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/internal/permissions"
	"hygie/directory/sid"
)

// Survey is what the points know of a directory: its forests, its accounts, who is privileged (ANSSI, points de contrôle Active Directory). Other
// rules share it, so that the same word means the same everywhere.
type Survey struct{ forests []*estate.Forest }

// NewSurvey reads the forests and the accounts of a directory (ANSSI, points de contrôle Active Directory).
func NewSurvey(dir *model.Directory, o Options) *Survey {
	return &Survey{estate.NewForests(dir, o.AsOf)}
}

// Views gives each domain, in the order of [Evaluate].
func (s *Survey) Views() []View {
	var out []View
	for _, f := range s.forests {
		for _, d := range f.Domains {
			out = append(out, View{d})
		}
	}
	return out
}

// View is one domain as the points see it (ANSSI, points de contrôle Active Directory). It is for one goroutine.
type View struct{ d *estate.Domain }

// Directory gives the directory.
func (v View) Directory() *model.Directory { return v.d.Forest.Dir }

// Domain gives the domain.
func (v View) Domain() model.DomainInfo { return v.d.Info }

// Forest gives the forest of the domain.
func (v View) Forest() model.ForestInfo { return v.d.Forest.Info }

// Collected tells whether at least one object of the domain was.
func (v View) Collected() bool { return v.d.Collected }

// Configured tells whether the configuration partition was collected.
func (v View) Configured() bool { return v.d.Forest.Configured }

// AsOf is the instant at which ages are measured.
func (v View) AsOf() time.Time { return v.d.Forest.AsOf }

// Older tells whether an instant, known, lies more than days before the audit.
func (v View) Older(t time.Time, days int64) bool {
	return !t.IsZero() && v.d.Forest.Older(t.Unix(), days)
}

// Collects tells whether an attribute was asked for on the objects of a class of the domain; see also Covers.
func (v View) Collects(class, attribute string) bool { return v.d.Collects(class, attribute) }

// Covers tells whether objects of a class of the domain would have been collected.
func (v View) Covers(class string) bool { return v.Directory().Covers(v.d.Info.DN, class) }

// OfClass lists the objects of a class in the domain, in order.
func (v View) OfClass(class string) []model.ID { return v.d.OfClass(class) }

// Settings lists the objects of a class in the configuration partition, in order.
func (v View) Settings(class string) []model.ID { return v.d.Forest.OfClass(class) }

// Child finds an object of the domain by the first components of its name, "CN=System,".
func (v View) Child(prefix string) (model.ID, bool) { return v.d.Child(prefix) }

// Setting finds an object of the configuration partition by the first components of its name.
func (v View) Setting(prefix string) (model.ID, bool) { return v.d.Forest.Setting(prefix) }

// Contains tells whether an object lies in the domain.
func (v View) Contains(id model.ID) bool { return v.d.Forest.DomainOf(id) == v.d }

// OwnsZone tells whether a DNS zone is that of the domain, whichever partition holds it.
func (v View) OwnsZone(id model.ID) bool { return permissions.OwnsZone(v.d, id) }

// Account is what rules ask of an account (MS-ADTS 2.2.16).
type Account struct{ a *estate.Account }

// ID gives the object.
func (a Account) ID() model.ID { return a.a.ID }

// Enabled tells whether the account is not disabled.
func (a Account) Enabled() bool { return a.a.Enabled() }

// Person tells whether it is neither a computer, nor a managed service account, nor the account of a trust.
func (a Account) Person() bool { return a.a.Kind == estate.PersonKind && !a.a.TrustAccount() }

// Computer tells whether it is a computer.
func (a Account) Computer() bool { return a.a.Kind == estate.ComputerKind }

// Controller tells whether it is a domain controller, read-only ones included.
func (a Account) Controller() bool { return a.a.Controller() }

// Has tells whether a bit of userAccountControl is set (MS-ADTS 2.2.16).
func (a Account) Has(bit uint32) bool { return a.a.Has(bit) }

// PasswordSet gives the day of the password; zero when it was never set.
func (a Account) PasswordSet() time.Time { return estate.Date(a.a.PasswordSet) }

// LastLogon gives the last logon that the directory knows, up to two weeks late; zero without one.
func (a Account) LastLogon() time.Time { return estate.Date(a.a.LastLogon) }

// Created gives the creation of the account; zero when unknown.
func (a Account) Created() time.Time { return estate.Date(a.a.Created) }

// Accounts gives the accounts of the domain, in order.
func (v View) Accounts() iter.Seq[Account] {
	return func(yield func(Account) bool) {
		for i := range v.d.Accounts {
			if !yield(Account{&v.d.Accounts[i]}) {
				return
			}
		}
	}
}

// Account gives the account of an object; false when it is none.
func (v View) Account(id model.ID) (Account, bool) {
	a := v.d.Forest.AccountOf(id)
	return Account{a}, a != nil
}

// Asleep tells whether an enabled account is dormant as the point about dormant accounts says.
func (v View) Asleep(a Account) bool {
	last := a.a.LastLogon
	if last == 0 {
		last = a.a.Created
	}
	return a.Enabled() && !a.a.TrustAccount() && last > 0 && accounts.PasswordOlder(v.d.Forest, a.a, 3*365) && v.d.Forest.Older(last, 365)
}

// Member is an account or a group that is privileged, and through which group (ANSSI, vuln_privileged_*).
type Member struct {
	ID  model.ID
	Via string // name of the privileged group, "" for the account 500
}

// Privileged lists the accounts and groups that belong to the privileged groups of the domain, by object.
func (v View) Privileged() []Member {
	var out []Member
	for _, p := range v.d.PrivilegedMembers() {
		out = append(out, Member{p.ID, v.d.Via(p)})
	}
	return out
}

// PrivilegedGroups lists the privileged groups that exist in the domain.
func (v View) PrivilegedGroups() []model.ID { return v.d.PrivilegedGroups() }

// LostMembers lists the members of privileged groups that no source gave.
func (v View) LostMembers() []string {
	v.d.PrivilegedMembers()
	return slices.Clone(v.d.LostMembers)
}

// IsPrivileged tells whether an object is privileged in a domain of the forest.
func (v View) IsPrivileged(id model.ID) bool { return v.d.Forest.Privileged[id] }

// Group finds a group of the domain by its relative identifier.
func (v View) Group(rid uint32) (model.ID, bool) { return v.d.Group(rid) }

// Builtin finds a built-in group of the domain.
func (v View) Builtin(s sid.SID) (model.ID, bool) { return v.d.Builtin(s) }

// Ours tells whether a SID is that of a domain of the forest.
func (v View) Ours(domain sid.SID) bool { return v.d.Forest.Ours(domain) }

// Trusted tells whether a principal is privileged, so that rights in its hands are no weakness.
func (v View) Trusted(s sid.SID) bool { return v.d.Forest.Trusted(s) }

// Holds tells whether whoever is trustee has the SID other in its token.
func (v View) Holds(trustee, other sid.SID) bool { return v.d.Forest.Holds(trustee, other) }

// Grants lists the dangerous rights on an object in the hands of those who are not privileged; false when its descriptor was
// not read.
func (v View) Grants(id model.ID, target access.Target) ([]access.Grant, bool) {
	return v.d.Forest.Grants(id, target, v.d.Forest)
}

// GrantsOf is Grants for those that who does not trust.
func (v View) GrantsOf(id model.ID, target access.Target, who access.Principals) ([]access.Grant, bool) {
	return v.d.Forest.Grants(id, target, who)
}

// Who names a principal for a reason: its SID and, unless Windows names it, its name in the directory.
func (v View) Who(s sid.SID) (text, name string) { return v.d.Forest.Trustee(s) }

// NameOf gives the name by which people know an object.
func (v View) NameOf(id model.ID) string { return v.d.Forest.AccountName(id) }

// ProtectedLikeHolder tells whether an object carries the protection of AdminSDHolder; ok is false when one of the two
// descriptors was not read.
func (v View) ProtectedLikeHolder(id model.ID) (protected, ok bool) {
	own, read := v.Directory().Descriptor(id)
	holder, found := v.d.Child(estate.CNAdminSDHolder)
	if !read || !found || own.Partial() {
		return false, false
	}
	if _, read = v.Directory().Descriptor(holder); !read {
		return false, false
	}
	return permissions.ProtectedLikeHolder(v.d, own), true
}

// PasswordPolicy is the password policy in force for a person (MS-ADTS 3.1.1.4.5.36).
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
	p := accounts.PolicyOf(v.d, id)
	return PasswordPolicy{p.ID, p.Fine, p.Length, p.MaxAge, p.NoExpiry, p.Undecided}
}

// AuthorityHosts extends the trust of the forest to the computers that host a certification authority.
func (v View) AuthorityHosts() access.Principals { return permissions.AuthorityHosts(v.d) }

// SysvolReplicated tells whether something replicates SYSVOL: DFS replication or the old service.
func (v View) SysvolReplicated() bool { return controllers.SysvolReplicated(v.d) }
