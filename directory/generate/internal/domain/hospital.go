package domain

import (
	"fmt"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/generate/internal/descriptor"
	"hygie/directory/generate/internal/entry"
	"hygie/directory/generate/internal/useraccount"
	"hygie/directory/generate/internal/world"
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/sid"
)

// Shares of Options.Objects.
const (
	userShare    = 55 // percent
	stationShare = 33
	serverShare  = 3
)

// hospital writes the units, people, computers and groups.
func (w *domain) hospital() {
	users := w.Asked.Objects * userShare / 100
	stations := w.Asked.Objects * stationShare / 100
	servers := max(w.Asked.Objects*serverShare/100, 6)
	groups := max(w.Asked.Objects-users-stations-servers, 12)
	w.units(users)
	w.people(users)
	w.workstations(stations)
	w.servers(servers)
	w.groups(users, groups)
	w.supportGroups()
	w.pathGroups()
}

// units writes the organisational units. Each service and each of its units has a group that may reset the passwords below.
func (w *domain) units(users int) {
	w.Put(w.Base(), "organizationalUnit", descriptor.Unit(""))
	w.Put("OU=Serveurs,"+w.Root, "organizationalUnit", descriptor.Unit(w.serverUnitEntries()),
		entry.Text("gPLink", fmt.Sprintf("[LDAP://CN=%s,CN=Policies,CN=System,%s;0]", w.PolicyName(world.ServerPolicy), w.Root)))
	w.Put("OU=Groupes,"+w.Base(), "organizationalUnit", descriptor.Unit(""))
	links := "[LDAP://CN=%s,CN=Policies,CN=System," + w.Root + ";0]"
	for _, kind := range []string{"Utilisateurs", "Postes"} {
		policy := "Navigateur"
		if kind == "Postes" {
			policy = "Postes - socle"
		}
		w.Put("OU="+kind+","+w.Base(), "organizationalUnit", descriptor.Unit(""), entry.Text("gPLink", fmt.Sprintf(links, w.PolicyName(policy))))
		for s, name := range world.Services {
			if kind == "Utilisateurs" {
				w.Account("GD-" + name)
			}
			w.Put(w.ServiceUnit(kind, s), "organizationalUnit", descriptor.Unit(descriptor.ResetPassword("CIIO", w.SIDs["GD-"+name])))
		}
	}
	for unit := 0; unit*world.UnitSize < users; unit++ {
		s := unit % len(world.Services)
		own := w.Account(fmt.Sprintf("GD-UF%04d", unit+1))
		w.Put(w.UnitOf(unit*world.UnitSize), "organizationalUnit",
			descriptor.Unit(descriptor.ResetPassword("CIIO", own)+descriptor.ResetPassword("CIIOID", w.SIDs["GD-"+world.Services[s]])))
	}
}

func (w *domain) people(users int) {
	dormant, forever := 1, 2 // percent
	if w.Has("vuln_user_accounts_dormant") {
		dormant = 55
	}
	if w.Has("vuln_dont_expire") {
		forever = 18
	}
	sleeping, staying := 0, 0
	for i := range users {
		unit := i / world.UnitSize
		p := w.Person(i)
		uac := int64(useraccount.Normal)
		password, logon, born := w.Ago(0, 300), w.Ago(0, 45), w.Ago(31, 3600)
		if w.Rand.IntN(100) < 3 && w.WalkerOf(i).IsZero() {
			uac |= useraccount.Disabled
		}
		if w.Rand.IntN(100) < dormant {
			password, logon, born = w.Ago(1200, 2500), w.Ago(400, 1100), w.Ago(2600, 3900)
			sleeping++
		}
		if w.Rand.IntN(100) < forever {
			uac |= useraccount.DontExpire
			staying++
		}
		if born.After(password) {
			password = born
		}
		inherited := descriptor.ResetPassword("CIID", w.SIDs["GD-"+world.Services[unit%len(world.Services)]]) +
			descriptor.ResetPassword("CIID", w.SIDs[fmt.Sprintf("GD-UF%04d", unit+1)])
		extra := []model.Attribute{
			entry.FileTime("lastLogonTimestamp", logon), entry.When("whenCreated", born), entry.Text("userPrincipalName", p.Account+"@"+w.Asked.DNSName),
		}
		account, s := p.Account, w.WalkerOf(i)
		if w.Demo() {
			account, s, uac, extra = w.oddPerson(i, account, s, uac, extra)
		}
		if s.IsZero() {
			s = w.Account("")
		}
		w.user(w.PersonDN(i), account, s, uac, password, descriptor.User(inherited), extra...)
	}
	if dormant > 25 {
		w.PlantSome("vuln_user_accounts_dormant", "Plus du quart des comptes actifs ne servent plus.", true, w.Root)
	}
	if forever > 10 {
		w.PlantSome("vuln_dont_expire", "Les mots de passe de trop de comptes n’expirent jamais.", true, w.Root)
	}
}

// oddPerson changes some of the first people of the demonstration.
func (w *domain) oddPerson(i int, account string, s sid.SID, uac int64, extra []model.Attribute) (string, sid.SID, int64, []model.Attribute) {
	old := sid.New(5, 21, 1111111111, 2222222222, 3333333333) // a domain that was merged years ago
	dn := w.PersonDN(i)
	switch i {
	case 0, 1:
		account = fmt.Sprintf("support%02d", i+1)
		return account, w.SIDs[account], useraccount.Normal, extra
	case 2:
		if !w.Has("vuln_sidhistory_dangerous") {
			return "dpo", w.SIDs["dpo"], useraccount.Normal, extra
		}
		w.Plant("vuln_sidhistory_present", "Des comptes gardent l’historique d’un ancien domaine.", dn)
		w.Plant("vuln_sidhistory_dangerous", "Un compte garde l’identifiant d’un ancien groupe d’administrateurs.", dn)
		return "dpo", w.SIDs["dpo"], useraccount.Normal, append(extra, entry.Raw("sIDHistory", old.Append(sid.RIDDomainAdmins).Bytes()))
	case 3:
		if !w.Has("vuln_sidhistory_present") {
			return account, sid.SID{}, uac, extra
		}
		w.Plant("vuln_sidhistory_present", "Des comptes gardent l’historique d’un ancien domaine.", dn)
		return account, sid.SID{}, uac, append(extra, entry.Raw("sIDHistory", old.Append(4321).Bytes()))
	case 4:
		if !w.Has("vuln_primary_group_id_1000", "vuln_primary_group_id_nochange") {
			return account, sid.SID{}, uac, extra
		}
		w.Plant("vuln_primary_group_id_1000", "Le groupe principal d’un compte a été détourné.", dn)
		w.Plant("vuln_primary_group_id_nochange", "Le groupe principal d’un compte a été changé.", dn)
		return account, sid.SID{}, uac, append(extra, entry.Number("primaryGroupID", sid.RIDGroupPolicyCreators))
	case 5:
		if !w.Has("vuln_kerberos_properties_deskey") {
			return account, sid.SID{}, uac, extra
		}
		w.Plant("vuln_kerberos_properties_deskey", "Un compte n’accepte que DES.", dn)
		return account, sid.SID{}, uac | 0x200000, extra
	}
	return account, s, uac, extra
}

// system is an operating system of workstations or servers and its share in percent.
type system struct {
	name, version string
	share         int
}

func (w *domain) pick(systems []system) system {
	n := w.Rand.IntN(100)
	for _, s := range systems {
		if n -= s.share; n < 0 {
			return s
		}
	}
	return systems[0]
}

func (w *domain) workstations(n int) {
	systems := []system{
		{"Windows 11 Professionnel", "10.0 (22631)", 55}, {"Windows 10 Professionnel", "10.0 (19045)", 40},
		{"Windows 7 Professionnel", "6.1 (7601)", 5},
	}
	for i := range n {
		s := i % len(world.Services)
		name := fmt.Sprintf("PC%06d", i+1)
		dn := "CN=" + name + "," + w.ServiceUnit("Postes", s)
		owner := "DA"
		if w.Has("vuln_owner") && i < 5 {
			owner = w.SIDText("support01")
			w.Plant("vuln_owner", "Des postes appartiennent au technicien qui les a joints au domaine.", dn)
		}
		w.computer(machine{name: name, dn: dn, sid: w.Account(""), os: w.pick(systems), uac: useraccount.Workstation, owner: owner, password: w.Ago(0, 30), logon: w.Ago(0, 12)})
	}
}

func (w *domain) servers(n int) {
	systems := []system{
		{"Windows Server 2022 Standard", "10.0 (20348)", 45}, {"Windows Server 2019 Standard", "10.0 (17763)", 40},
		{"Windows Server 2016 Standard", "10.0 (14393)", 15},
	}
	server := func(name string, s sid.SID, os system) machine {
		return machine{name: name, dn: w.ServerDN(name), sid: s, os: os, uac: useraccount.Workstation, owner: "DA", password: w.Ago(0, 28), logon: w.Ago(0, 12)}
	}
	authority := server("SRV-PKI", w.SIDs["SRV-PKI$"], systems[0])
	authority.entries = w.authorityEntries()
	w.computer(authority)
	old := server("SRV-GTB", w.SIDs["SRV-GTB$"], systems[2])
	if w.Demo() {
		w.neglect(&old)
	}
	w.computer(old)
	for i := range n - 2 {
		name := fmt.Sprintf("SRV%05d", i+1)
		s, reserved := w.SIDs[name+"$"]
		if !reserved {
			s = w.Account("")
		}
		w.computer(server(name, s, w.pick(systems)))
	}
}

// neglect makes of a server the one that nobody has looked after for years.
func (w *domain) neglect(m *machine) {
	m.os = system{"Windows Server 2008 R2 Standard", "6.1 (7601)", 0}
	if w.Has("vuln_delegation_t4d") {
		m.uac |= useraccount.Unconstrained
		w.Way("unconstrained", "Un vieux serveur retient les tickets de tous ceux qui s’y connectent.", m.dn, w.Root, control.UnconstrainedDelegation)
		w.Plant("vuln_delegation_t4d", "Un vieux serveur retient les tickets de tous ceux qui s’y connectent.", m.dn)
	}
	const unchanged = "Le mot de passe d’un serveur ne change plus."
	switch {
	case w.Has("vuln_password_change_server_no_change_90"):
		m.password = w.Ago(400, 500)
		w.Plant("vuln_password_change_server_no_change_90", unchanged, m.dn)
		w.Plant("vuln_password_change_server_no_change_45", unchanged, m.dn)
	case w.Has("vuln_password_change_server_no_change_45"):
		m.password = w.Ago(50, 80)
		w.Plant("vuln_password_change_server_no_change_45", unchanged, m.dn)
	}
	if w.Has("vuln_password_change_inactive_servers") {
		m.logon = w.Ago(400, 500)
		w.Plant("vuln_password_change_inactive_servers", "Un serveur ne se connecte plus.", m.dn)
	}
}

// machine is a member computer of the domain.
type machine struct {
	name, dn        string
	sid             sid.SID
	os              system
	uac             int64
	owner           string // in SDDL
	entries         string // in SDDL, besides the usual ones
	password, logon time.Time
}

func (w *domain) computer(m machine) {
	host := strings.ToLower(m.name) + "." + w.Asked.DNSName
	w.Put(m.dn, "computer", descriptor.Computer(m.owner, m.entries), entry.Raw("objectSid", m.sid.Bytes()), entry.Text("sAMAccountName", m.name+"$"),
		entry.Number("userAccountControl", m.uac), entry.Number("primaryGroupID", sid.RIDDomainComputers), entry.Number("accountExpires", 1<<63-1),
		entry.FileTime("pwdLastSet", m.password), entry.FileTime("lastLogonTimestamp", m.logon), entry.When("whenCreated", w.Ago(505, 3000)),
		entry.Text("operatingSystem", m.os.name), entry.Text("operatingSystemVersion", m.os.version), entry.Text("dNSHostName", host),
		entry.Number("msDS-SupportedEncryptionTypes", 28), entry.Text("servicePrincipalName", "HOST/"+host, "HOST/"+m.name))
}

// groups writes role groups of neighbouring people, each person in about three of them; every tenth group holds the nine that
// follow instead.
func (w *domain) groups(users, n int) {
	window := max(3*users/n, 2)
	for i := range n {
		name := fmt.Sprintf("GG-%05d", i)
		var members []string
		if i%10 == 0 {
			for k := i + 1; k < min(i+10, n); k++ {
				members = append(members, w.GroupDN(fmt.Sprintf("GG-%05d", k)))
			}
		} else {
			start := i * users / n
			for k := start; k < min(start+window, users); k++ {
				members = append(members, w.PersonDN(k))
			}
		}
		if w.Has("vuln_group_loop") && i == 1 { // GG-00000 holds GG-00001
			members = append(members, w.GroupDN("GG-00000"))
			w.Plant("vuln_group_loop", "Deux groupes sont membres l’un de l’autre.", w.GroupDN("GG-00000"), w.GroupDN("GG-00001"))
		}
		w.groupObject(w.GroupDN(name), name, w.Account(""), false, globalGroup, members)
	}
}

// supportGroups writes the groups to which rights are delegated.
func (w *domain) supportGroups() {
	unit := 0
	for name := range w.delegated() {
		w.groupObject(w.GroupDN(distname.EscapeRDN(name)), name, w.SIDs[name], false, globalGroup, []string{w.PersonDN(unit)})
		unit++
	}
	for _, g := range []struct {
		name    string
		members []string
	}{
		{"GG-Support-SI", []string{w.PersonDN(0), w.PersonDN(1)}},
		{"GG-Sauvegarde", []string{w.ServiceDN("svc-sauvegarde"), w.PersonDN(6)}},
		{"GG-Teledistribution", []string{w.PersonDN(7)}},
	} {
		w.groupObject(w.GroupDN(g.name), g.name, w.SIDs[g.name], false, globalGroup, g.members)
	}
}

// delegated gives the names of the groups of the services, then of their units, in the order of their SIDs.
func (w *domain) delegated() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, name := range world.Services {
			if !yield("GD-" + name) {
				return
			}
		}
		for unit := 1; ; unit++ {
			name := fmt.Sprintf("GD-UF%04d", unit)
			if _, ok := w.SIDs[name]; !ok || !yield(name) {
				return
			}
		}
	}
}
