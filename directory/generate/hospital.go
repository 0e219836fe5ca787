package generate

import (
	"fmt"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// Shares of Options.Objects.
const (
	userShare    = 55 // percent
	stationShare = 33
	serverShare  = 3
	unitSize     = 400 // people of one unit
)

// hospital writes the units, people, computers and groups.
func (w *world) hospital() {
	users := w.o.Objects * userShare / 100
	stations := w.o.Objects * stationShare / 100
	servers := max(w.o.Objects*serverShare/100, 6)
	groups := max(w.o.Objects-users-stations-servers, 12)
	w.units(users)
	w.people(users)
	w.workstations(stations)
	w.servers(servers)
	w.groups(users, groups)
	w.supportGroups()
	w.pathGroups()
}

func (w *world) base() string { return "OU=Etablissement," + w.root }

func (w *world) serviceUnit(kind string, service int) string {
	return "OU=" + services[service] + ",OU=" + kind + "," + w.base()
}

// unitOf gives the unit in which person i stands.
func (w *world) unitOf(i int) string {
	unit := i / unitSize
	return fmt.Sprintf("OU=UF %04d,%s", unit+1, w.serviceUnit("Utilisateurs", unit%len(services)))
}

// units writes the organisational units. Each service and each of its units has a group that may reset the passwords below.
func (w *world) units(users int) {
	w.put(w.base(), "organizationalUnit", unitDesc(""))
	w.put("OU=Serveurs,"+w.root, "organizationalUnit", unitDesc(w.serverUnitEntries()),
		text("gPLink", fmt.Sprintf("[LDAP://CN=%s,CN=Policies,CN=System,%s;0]", w.policyName(serverPolicy), w.root)))
	w.put("OU=Groupes,"+w.base(), "organizationalUnit", unitDesc(""))
	links := "[LDAP://CN=%s,CN=Policies,CN=System," + w.root + ";0]"
	for _, kind := range []string{"Utilisateurs", "Postes"} {
		policy := "Navigateur"
		if kind == "Postes" {
			policy = "Postes - socle"
		}
		w.put("OU="+kind+","+w.base(), "organizationalUnit", unitDesc(""), text("gPLink", fmt.Sprintf(links, w.policyName(policy))))
		for s, name := range services {
			if kind == "Utilisateurs" {
				w.account("GD-" + name)
			}
			w.put(w.serviceUnit(kind, s), "organizationalUnit", unitDesc(resetPassword("CIIO", w.sids["GD-"+name])))
		}
	}
	for unit := 0; unit*unitSize < users; unit++ {
		s := unit % len(services)
		own := w.account(fmt.Sprintf("GD-UF%04d", unit+1))
		w.put(w.unitOf(unit*unitSize), "organizationalUnit",
			unitDesc(resetPassword("CIIO", own)+resetPassword("CIIOID", w.sids["GD-"+services[s]])))
	}
}

func (w *world) personDN(i int) string { return "CN=" + w.person(i).name + "," + w.unitOf(i) }

func (w *world) people(users int) {
	dormant, forever := 1, 2 // percent
	if w.has("vuln_user_accounts_dormant") {
		dormant = 55
	}
	if w.has("vuln_dont_expire") {
		forever = 18
	}
	sleeping, staying := 0, 0
	for i := range users {
		unit := i / unitSize
		p := w.person(i)
		uac := int64(uacNormal)
		password, logon, born := w.ago(0, 300), w.ago(0, 45), w.ago(31, 3600)
		if w.rand.IntN(100) < 3 && w.walkerOf(i).IsZero() {
			uac |= uacDisabled
		}
		if w.rand.IntN(100) < dormant {
			password, logon, born = w.ago(1200, 2500), w.ago(400, 1100), w.ago(2600, 3900)
			sleeping++
		}
		if w.rand.IntN(100) < forever {
			uac |= uacDontExpire
			staying++
		}
		if born.After(password) {
			password = born
		}
		inherited := resetPassword("CIID", w.sids["GD-"+services[unit%len(services)]]) +
			resetPassword("CIID", w.sids[fmt.Sprintf("GD-UF%04d", unit+1)])
		extra := []model.Attribute{
			fileTime("lastLogonTimestamp", logon), when("whenCreated", born), text("userPrincipalName", p.account+"@"+w.o.DNSName),
		}
		account, s := p.account, w.walkerOf(i)
		if w.demo() {
			account, s, uac, extra = w.oddPerson(i, account, s, uac, extra)
		}
		if s.IsZero() {
			s = w.account("")
		}
		w.user(w.personDN(i), account, s, uac, password, userDesc(inherited), extra...)
	}
	if dormant > 25 {
		w.plantSome("vuln_user_accounts_dormant", "Plus du quart des comptes actifs ne servent plus.", true, w.root)
	}
	if forever > 10 {
		w.plantSome("vuln_dont_expire", "Les mots de passe de trop de comptes n’expirent jamais.", true, w.root)
	}
}

// oddPerson changes some of the first people of the demonstration.
func (w *world) oddPerson(i int, account string, s sid.SID, uac int64, extra []model.Attribute) (string, sid.SID, int64, []model.Attribute) {
	old := sid.New(5, 21, 1111111111, 2222222222, 3333333333) // a domain that was merged years ago
	dn := w.personDN(i)
	switch i {
	case 0, 1:
		account = fmt.Sprintf("support%02d", i+1)
		return account, w.sids[account], uacNormal, extra
	case 2:
		if !w.has("vuln_sidhistory_dangerous") {
			return "dpo", w.sids["dpo"], uacNormal, extra
		}
		w.plant("vuln_sidhistory_present", "Des comptes gardent l’historique d’un ancien domaine.", dn)
		w.plant("vuln_sidhistory_dangerous", "Un compte garde l’identifiant d’un ancien groupe d’administrateurs.", dn)
		return "dpo", w.sids["dpo"], uacNormal, append(extra, raw("sIDHistory", old.Append(sid.RIDDomainAdmins).Bytes()))
	case 3:
		if !w.has("vuln_sidhistory_present") {
			return account, sid.SID{}, uac, extra
		}
		w.plant("vuln_sidhistory_present", "Des comptes gardent l’historique d’un ancien domaine.", dn)
		return account, sid.SID{}, uac, append(extra, raw("sIDHistory", old.Append(4321).Bytes()))
	case 4:
		if !w.has("vuln_primary_group_id_1000", "vuln_primary_group_id_nochange") {
			return account, sid.SID{}, uac, extra
		}
		w.plant("vuln_primary_group_id_1000", "Le groupe principal d’un compte a été détourné.", dn)
		w.plant("vuln_primary_group_id_nochange", "Le groupe principal d’un compte a été changé.", dn)
		return account, sid.SID{}, uac, append(extra, number("primaryGroupID", sid.RIDGroupPolicyCreators))
	case 5:
		if !w.has("vuln_kerberos_properties_deskey") {
			return account, sid.SID{}, uac, extra
		}
		w.plant("vuln_kerberos_properties_deskey", "Un compte n’accepte que DES.", dn)
		return account, sid.SID{}, uac | 0x200000, extra
	}
	return account, s, uac, extra
}

// system is an operating system of workstations or servers and its share in percent.
type system struct {
	name, version string
	share         int
}

func (w *world) pick(systems []system) system {
	n := w.rand.IntN(100)
	for _, s := range systems {
		if n -= s.share; n < 0 {
			return s
		}
	}
	return systems[0]
}

func (w *world) workstations(n int) {
	systems := []system{
		{"Windows 11 Professionnel", "10.0 (22631)", 55}, {"Windows 10 Professionnel", "10.0 (19045)", 40},
		{"Windows 7 Professionnel", "6.1 (7601)", 5},
	}
	for i := range n {
		s := i % len(services)
		name := fmt.Sprintf("PC%06d", i+1)
		dn := "CN=" + name + "," + w.serviceUnit("Postes", s)
		owner := "DA"
		if w.has("vuln_owner") && i < 5 {
			owner = w.s("support01")
			w.plant("vuln_owner", "Des postes appartiennent au technicien qui les a joints au domaine.", dn)
		}
		w.computer(machine{name: name, dn: dn, sid: w.account(""), os: w.pick(systems), uac: uacWorkstation, owner: owner, password: w.ago(0, 30), logon: w.ago(0, 12)})
	}
}

func (w *world) servers(n int) {
	systems := []system{
		{"Windows Server 2022 Standard", "10.0 (20348)", 45}, {"Windows Server 2019 Standard", "10.0 (17763)", 40},
		{"Windows Server 2016 Standard", "10.0 (14393)", 15},
	}
	server := func(name string, s sid.SID, os system) machine {
		return machine{name: name, dn: w.serverDN(name), sid: s, os: os, uac: uacWorkstation, owner: "DA", password: w.ago(0, 28), logon: w.ago(0, 12)}
	}
	authority := server("SRV-PKI", w.sids["SRV-PKI$"], systems[0])
	authority.entries = w.authorityEntries()
	w.computer(authority)
	old := server("SRV-GTB", w.sids["SRV-GTB$"], systems[2])
	if w.demo() {
		w.neglect(&old)
	}
	w.computer(old)
	for i := range n - 2 {
		name := fmt.Sprintf("SRV%05d", i+1)
		s, reserved := w.sids[name+"$"]
		if !reserved {
			s = w.account("")
		}
		w.computer(server(name, s, w.pick(systems)))
	}
}

// neglect makes of a server the one that nobody has looked after for years.
func (w *world) neglect(m *machine) {
	m.os = system{"Windows Server 2008 R2 Standard", "6.1 (7601)", 0}
	if w.has("vuln_delegation_t4d") {
		m.uac |= uacUnconstrained
		w.way("unconstrained", "Un vieux serveur retient les tickets de tous ceux qui s’y connectent.", m.dn, w.root, control.UnconstrainedDelegation)
		w.plant("vuln_delegation_t4d", "Un vieux serveur retient les tickets de tous ceux qui s’y connectent.", m.dn)
	}
	const unchanged = "Le mot de passe d’un serveur ne change plus."
	switch {
	case w.has("vuln_password_change_server_no_change_90"):
		m.password = w.ago(400, 500)
		w.plant("vuln_password_change_server_no_change_90", unchanged, m.dn)
		w.plant("vuln_password_change_server_no_change_45", unchanged, m.dn)
	case w.has("vuln_password_change_server_no_change_45"):
		m.password = w.ago(50, 80)
		w.plant("vuln_password_change_server_no_change_45", unchanged, m.dn)
	}
	if w.has("vuln_password_change_inactive_servers") {
		m.logon = w.ago(400, 500)
		w.plant("vuln_password_change_inactive_servers", "Un serveur ne se connecte plus.", m.dn)
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

func (w *world) computer(m machine) {
	host := strings.ToLower(m.name) + "." + w.o.DNSName
	w.put(m.dn, "computer", computerDesc(m.owner, m.entries), raw("objectSid", m.sid.Bytes()), text("sAMAccountName", m.name+"$"),
		number("userAccountControl", m.uac), number("primaryGroupID", sid.RIDDomainComputers), number("accountExpires", 1<<63-1),
		fileTime("pwdLastSet", m.password), fileTime("lastLogonTimestamp", m.logon), when("whenCreated", w.ago(505, 3000)),
		text("operatingSystem", m.os.name), text("operatingSystemVersion", m.os.version), text("dNSHostName", host),
		number("msDS-SupportedEncryptionTypes", 28), text("servicePrincipalName", "HOST/"+host, "HOST/"+m.name))
}

func (w *world) groupDN(name string) string { return "CN=" + name + ",OU=Groupes," + w.base() }

// groups writes role groups of neighbouring people, each person in about three of them; every tenth group holds the nine that
// follow instead.
func (w *world) groups(users, n int) {
	window := max(3*users/n, 2)
	for i := range n {
		name := fmt.Sprintf("GG-%05d", i)
		var members []string
		if i%10 == 0 {
			for k := i + 1; k < min(i+10, n); k++ {
				members = append(members, w.groupDN(fmt.Sprintf("GG-%05d", k)))
			}
		} else {
			start := i * users / n
			for k := start; k < min(start+window, users); k++ {
				members = append(members, w.personDN(k))
			}
		}
		if w.has("vuln_group_loop") && i == 1 { // GG-00000 holds GG-00001
			members = append(members, w.groupDN("GG-00000"))
			w.plant("vuln_group_loop", "Deux groupes sont membres l’un de l’autre.", w.groupDN("GG-00000"), w.groupDN("GG-00001"))
		}
		w.groupObject(w.groupDN(name), name, w.account(""), false, globalGroup, members)
	}
}

// supportGroups writes the groups to which rights are delegated.
func (w *world) supportGroups() {
	unit := 0
	for name := range w.delegated() {
		w.groupObject(w.groupDN(model.EscapeRDN(name)), name, w.sids[name], false, globalGroup, []string{w.personDN(unit)})
		unit++
	}
	for _, g := range []struct {
		name    string
		members []string
	}{
		{"GG-Support-SI", []string{w.personDN(0), w.personDN(1)}},
		{"GG-Sauvegarde", []string{w.serviceDN("svc-sauvegarde"), w.personDN(6)}},
		{"GG-Teledistribution", []string{w.personDN(7)}},
	} {
		w.groupObject(w.groupDN(g.name), g.name, w.sids[g.name], false, globalGroup, g.members)
	}
}

// delegated gives the names of the groups of the services, then of their units, in the order of their SIDs.
func (w *world) delegated() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, name := range services {
			if !yield("GD-" + name) {
				return
			}
		}
		for unit := 1; ; unit++ {
			name := fmt.Sprintf("GD-UF%04d", unit)
			if _, ok := w.sids[name]; !ok || !yield(name) {
				return
			}
		}
	}
}
