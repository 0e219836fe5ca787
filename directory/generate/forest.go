package generate

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/schema"
)

// Self-signed certificates of authorities that do not exist; their private keys were never kept.
var (
	//go:embed data/ca-strong.der
	strongAuthority []byte
	//go:embed data/ca-weak.der
	weakAuthority []byte // 1024 bits, SHA-1
)

// settings gives the name of the NTDS Settings of a controller.
func (w *world) settings(controller string) string {
	return "CN=NTDS Settings,CN=" + controller + ",CN=Servers,CN=Siege,CN=Sites," + w.config
}

func (w *world) silo() string {
	return "CN=Silo-T0,CN=AuthN Silos,CN=AuthN Policy Configuration,CN=Services," + w.config
}

// forest writes the configuration partition.
func (w *world) forest() {
	plain := configDesc("")
	w.put(w.config, "configuration", contextDesc("EA", ""))
	w.crossReferences()
	w.sites()
	services := "CN=Services," + w.config
	w.put(services, "container", plain)
	w.put("CN=Windows NT,"+services, "container", plain)
	w.directoryService("CN=Directory Service,CN=Windows NT," + services)
	w.silos(services)
	keys := "CN=Group Key Distribution Service," + services
	w.put(keys, "container", plain)
	w.put("CN=Master Root Keys,"+keys, "container", plain)
	id := w.identify("kds root key")
	w.put("CN="+guid.GUID(id[:16]).String()+",CN=Master Root Keys,"+keys, "msKds-ProvRootKey", secretDesc())
	w.publicKeys(services)
	w.displaySpecifiers()
	w.put("CN=Extended-Rights,"+w.config, "container", plain)
	for _, r := range w.tables.AllRights() {
		access := map[schema.Kind]int64{schema.ExtendedRight: 0x100, schema.PropertySet: 0x30, schema.ValidatedWrite: 0x8}[r.Kind]
		var applies []string
		for _, g := range r.AppliesTo {
			applies = append(applies, g.String())
		}
		w.put("CN="+r.Name+",CN=Extended-Rights,"+w.config, "controlAccessRight", plain,
			text("rightsGuid", r.GUID.String()), number("validAccesses", access), text("appliesTo", applies...))
	}
}

func (w *world) crossReferences() {
	level := int64(7)
	if w.has("vuln_functional_level") {
		level = 6
		w.plant("vuln_functional_level", "Le niveau fonctionnel date de Windows Server 2012 R2.", w.root)
	}
	partitions := "CN=Partitions," + w.config
	w.put(partitions, "crossRefContainer", configDesc(""), number("msDS-Behavior-Version", level), text("fSMORoleOwner", w.settings("DC1")))
	w.put("CN="+netbios(w.o.DNSName)+","+partitions, "crossRef", configDesc(""), text("nCName", w.root),
		text("dnsRoot", w.o.DNSName), text("nETBIOSName", netbios(w.o.DNSName)), number("systemFlags", 3))
	for _, ref := range []struct {
		name, context, dns string
		flags              int64
	}{
		{"Enterprise Configuration", w.config, w.o.DNSName, 1},
		{"Enterprise Schema", w.schemaDN, w.o.DNSName, 1},
		{"DomainDnsZones", "DC=DomainDnsZones," + w.root, "domaindnszones." + w.o.DNSName, 5},
		{"ForestDnsZones", "DC=ForestDnsZones," + w.root, "forestdnszones." + w.o.DNSName, 5},
	} {
		w.put("CN="+ref.name+","+partitions, "crossRef", configDesc(""), text("nCName", ref.context), text("dnsRoot", ref.dns), number("systemFlags", ref.flags))
	}
}

func (w *world) sites() {
	sites := "CN=Sites," + w.config
	w.put(sites, "sitesContainer", configDesc(""))
	w.put("CN=Siege,"+sites, "site", configDesc(""))
	w.put("CN=Servers,CN=Siege,"+sites, "serversContainer", configDesc(""))
	for _, name := range append(w.controllerNames(), "RODC1") {
		server, class := "CN="+name+",CN=Servers,CN=Siege,"+sites, "nTDSDSA"
		if name == "RODC1" {
			class = "nTDSDSARO"
		}
		w.put(server, "server", configDesc(""), text("serverReference", "CN="+name+",OU=Domain Controllers,"+w.root),
			text("dNSHostName", strings.ToLower(name)+"."+w.o.DNSName))
		w.put(w.settings(name), class, configDesc(""), number("msDS-Behavior-Version", 7), number("options", 1))
	}
}

// directoryService writes the object with dSHeuristics (MS-ADTS 6.1.1.2.4.1.2); characters are counted from 1.
func (w *world) directoryService(dn string) {
	value := []byte("00000000010000000002000000011") // 10th and 20th mark the length, 28th and 29th enforce the checks of 2021
	if w.has("vuln_dsheuristics_bad") {
		value = []byte("0000000101")
		w.plant("vuln_dsheuristics_bad", "L’annuaire répond à des requêtes anonymes (NSPI) et n’impose pas les contrôles de 2021.", dn)
	}
	w.put(dn, "nTDSService", configDesc(""), text("dSHeuristics", string(value)))
}

// silos writes the authentication silo of the administrators.
func (w *world) silos(services string) {
	top := "CN=AuthN Policy Configuration," + services
	w.put(top, "msDS-AuthNPolicies", configDesc(""))
	if w.has("vuln_silo_priv") {
		return
	}
	w.put("CN=AuthN Silos,"+top, "msDS-AuthNPolicySilos", configDesc(""))
	w.put(w.silo(), "msDS-AuthNPolicySilo", configDesc(""), truthValue("msDS-AuthNPolicySiloEnforced", true),
		text("msDS-AuthNPolicySiloMembers", append(w.privilegedNames(), w.person500())...))
}

func (w *world) displaySpecifiers() {
	top := "CN=DisplaySpecifiers," + w.config
	w.put(top, "container", configDesc(""))
	w.put("CN=40C,"+top, "container", configDesc(""))
	for _, name := range []string{"user-Display", "group-Display", "computer-Display"} {
		dn := "CN=" + name + ",CN=40C," + top
		menus := []string{"0,{08eb4fa6-6ffd-11d1-b0e0-00c04fd8dca6}"}
		if w.has("vuln_display_specifier") && name == "user-Display" {
			menus = append(menus, `2,&Dossier de l'agent,\\srv-fichiers\outils\dossier.vbs`)
			w.plant("vuln_display_specifier", "Un menu de la console d’administration lance un script posé sur un partage.", dn)
		}
		w.put(dn, "displaySpecifier", configDesc(""), text("adminContextMenu", menus...))
	}
}

// publicKeys writes the certification authority and its templates.
func (w *world) publicKeys(services string) {
	top := "CN=Public Key Services," + services
	host := "(A;;" + fullControl + ";;;" + w.s("SRV-PKI$") + ")"
	w.put(top, "container", configDesc(""))
	for _, name := range []string{"Certificate Templates", "Certification Authorities", "AIA", "CDP", "Enrollment Services", "OID", "KRA"} {
		w.put("CN="+name+","+top, "container", configDesc(""))
	}
	w.put("CN=NTAuthCertificates,"+top, "certificationAuthority", configDesc(""), raw("cACertificate", strongAuthority))
	w.put("CN=Valombre AC racine,CN=Certification Authorities,"+top, "certificationAuthority", configDesc(""), raw("cACertificate", strongAuthority))
	w.put("CN=Valombre AC racine,CN=AIA,"+top, "certificationAuthority", configDesc(host), raw("cACertificate", strongAuthority))
	if w.has("vuln_certificates_vuln") {
		dn := "CN=Valombre ancienne AC,CN=Certification Authorities," + top
		w.put(dn, "certificationAuthority", configDesc(""), raw("cACertificate", weakAuthority))
		w.plant("vuln_certificates_vuln", "Une ancienne autorité a une clé trop courte et une signature périmée.", dn)
	}
	published := []string{"Poste", "Utilisateur", "Serveur Web"}
	w.template("Poste", top, "DC", 0, 0x20, "1.3.6.1.5.5.7.3.2")
	w.template("Utilisateur", top, "DU", 0, 0x20, "1.3.6.1.5.5.7.3.2")
	w.template("Serveur Web", top, "DA", 1, 0, "1.3.6.1.5.5.7.3.1")
	w.template("Contrôleur", top, "DD", 0, 0x20, "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1")
	if w.has("vuln_adcs_template_auth_enroll_with_name") {
		published = append(published, "VPN")
		dn := w.template("VPN", top, "DU", 1, 0, "1.3.6.1.5.5.7.3.2")
		w.way("certificate", "Tout utilisateur peut obtenir un certificat au nom de qui il veut.", w.personDN(20), w.root, control.MemberOf, control.Enroll, control.IssuesCertificates)
		w.plant("vuln_adcs_template_auth_enroll_with_name", "Tout utilisateur peut obtenir un certificat au nom de qui il veut.", dn)
	}
	if w.has("vuln_adcs_template_control") {
		published = append(published, "Wifi")
		dn := w.template("Wifi", top, w.s("GG-Support-SI"), 0, 0x20, "1.3.6.1.5.5.7.3.2")
		w.way("template", "Le groupe de support peut modifier un modèle de certificat publié.", w.personDN(0), w.root, control.MemberOf, control.WriteDacl, control.PublishedTemplate)
		w.plant("vuln_adcs_template_control", "Le groupe de support peut modifier un modèle de certificat publié.", dn)
	}
	if w.leads(PathAgent) {
		published = append(published, "Agent d'inscription", "Utilisateur simple")
		who := w.walkerSID(PathAgent).String()
		dn := w.template("Agent d'inscription", top, who, 0, 0, "1.3.6.1.4.1.311.20.2.1")
		w.template("Utilisateur simple", top, who, 0, 0x20, "1.3.6.1.5.5.7.3.2")
		w.way(PathAgent, "Un agent obtient un certificat qui permet d’en demander au nom de n’importe qui.", w.personDN(w.walker(PathAgent)), w.root,
			control.Enroll, control.Enroll, control.EnrollsForOthers)
		w.find("adcs_esc3", "Un modèle fait de son porteur un agent d’inscription.", dn)
	}
	w.put("CN=Valombre AC racine,CN=Enrollment Services,"+top, "pKIEnrollmentService", configDesc(host+"(OA;;CR;"+rightEnroll+";;AU)"), raw("cACertificate", strongAuthority),
		text("dNSHostName", "srv-pki."+w.o.DNSName), text("certificateTemplates", published...), text("displayName", "Valombre AC racine"))
}

// template writes a certificate template (MS-CRTD 2); who may enrol. The template of the support group is writable by it.
func (w *world) template(name, top, who string, names, enrolment int64, usages ...string) string {
	entries := "(OA;;RPWPCR;" + rightEnroll + ";;DA)(OA;;CR;" + rightEnroll + ";;" + who + ")"
	version := int64(2)
	if name == "Utilisateur simple" { // as the first Windows had it: agents may ask for it
		version = 1
	}
	if name == "Wifi" {
		entries += "(A;;WDWP;;;" + who + ")"
	}
	sddl := owned("EA", "PAI", entries+"(A;;CCDCLCSWRPWPDTLOSDRCWDWO;;;DA)(A;;CCDCLCSWRPWPDTLOSDRCWDWO;;;EA)(A;;"+readAll+";;;AU)")
	dn := "CN=" + name + ",CN=Certificate Templates," + top
	expiry := make([]byte, 8) // a year, as negative 100 ns in binary form (MS-CRTD 2.2)
	year := 365 * day
	binary.LittleEndian.PutUint64(expiry, uint64(-int64(year/(100*time.Nanosecond))))
	w.put(dn, "pKICertificateTemplate", sddl,
		text("displayName", name), number("flags", 131642), number("revision", 100),
		number("msPKI-Certificate-Name-Flag", names), number("msPKI-Enrollment-Flag", enrolment), number("msPKI-RA-Signature", 0),
		number("msPKI-Private-Key-Flag", 16842752), number("msPKI-Template-Schema-Version", version), number("msPKI-Minimal-Key-Size", 2048),
		text("pKIExtendedKeyUsage", usages...), text("msPKI-Certificate-Application-Policy", usages...), raw("pKIExpirationPeriod", expiry),
		text("msPKI-Cert-Template-OID", fmt.Sprintf("1.3.6.1.4.1.311.21.8.1.%d", len(name))))
	return dn
}

// schema writes the schema partition from the published tables.
func (w *world) schema() {
	w.put(w.schemaDN, "dMD", contextDesc("SA", ""), number("objectVersion", 88))
	sddl := schemaDesc()
	for _, a := range w.tables.Attributes() {
		extra := []model.Attribute{text("lDAPDisplayName", a.Name), raw("schemaIDGUID", a.GUID[:])}
		if !a.PropertySet.IsZero() {
			extra = append(extra, raw("attributeSecurityGUID", a.PropertySet[:]))
		}
		w.put("CN="+a.Name+","+w.schemaDN, "attributeSchema", sddl, extra...)
	}
	for _, c := range w.tables.Classes() {
		dn := "CN=" + c.Name + "," + w.schemaDN
		if _, ok := w.tables.Attribute(c.Name); ok {
			dn = "CN=" + c.Name + "-Class," + w.schemaDN
		}
		w.put(dn, "classSchema", sddl, text("lDAPDisplayName", c.Name), raw("schemaIDGUID", c.GUID[:]), text("subClassOf", c.SubClassOf))
	}
}
