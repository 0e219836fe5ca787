// Package forest writes what the domains of a forest share: the configuration, the certification authority, the schema.
package forest

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/generate/internal/descriptor"
	"hygie/directory/generate/internal/entry"
	"hygie/directory/generate/internal/world"
	"hygie/directory/generate/planted"
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

// forest is what the domains of a forest share, being written.
type forest struct{ *world.World }

// Write writes the configuration and the schema (MS-ADTS 6.1.1.2).
func Write(of *world.World) {
	w := &forest{of}
	w.configuration()
	w.schema()
}

// configuration writes the configuration partition.
func (w *forest) configuration() {
	plain := descriptor.Configuration("")
	w.Put(w.Config, "configuration", descriptor.Context("EA", ""))
	w.crossReferences()
	w.sites()
	services := "CN=Services," + w.Config
	w.Put(services, "container", plain)
	w.Put("CN=Windows NT,"+services, "container", plain)
	w.directoryService("CN=Directory Service,CN=Windows NT," + services)
	w.silos(services)
	keys := "CN=Group Key Distribution Service," + services
	w.Put(keys, "container", plain)
	w.Put("CN=Master Root Keys,"+keys, "container", plain)
	id := w.Identify("kds root key")
	w.Put("CN="+guid.GUID(id[:16]).String()+",CN=Master Root Keys,"+keys, "msKds-ProvRootKey", descriptor.Secret())
	w.publicKeys(services)
	w.displaySpecifiers()
	w.Put("CN=Extended-Rights,"+w.Config, "container", plain)
	for _, r := range w.Tables.AllRights() {
		access := map[schema.Kind]int64{schema.ExtendedRight: 0x100, schema.PropertySet: 0x30, schema.ValidatedWrite: 0x8}[r.Kind]
		var applies []string
		for _, g := range r.AppliesTo {
			applies = append(applies, g.String())
		}
		w.Put("CN="+r.Name+",CN=Extended-Rights,"+w.Config, "controlAccessRight", plain,
			entry.Text("rightsGuid", r.GUID.String()), entry.Number("validAccesses", access), entry.Text("appliesTo", applies...))
	}
}

func (w *forest) crossReferences() {
	level := int64(7)
	if w.Has("vuln_functional_level") {
		level = 6
		w.Plant("vuln_functional_level", "Le niveau fonctionnel date de Windows Server 2012 R2.", w.Root)
	}
	partitions := "CN=Partitions," + w.Config
	w.Put(partitions, "crossRefContainer", descriptor.Configuration(""), entry.Number("msDS-Behavior-Version", level), entry.Text("fSMORoleOwner", w.Settings("DC1")))
	w.Put("CN="+world.NetBIOS(w.Asked.DNSName)+","+partitions, "crossRef", descriptor.Configuration(""), entry.Text("nCName", w.Root),
		entry.Text("dnsRoot", w.Asked.DNSName), entry.Text("nETBIOSName", world.NetBIOS(w.Asked.DNSName)), entry.Number("systemFlags", 3))
	for _, ref := range []struct {
		name, context, dns string
		flags              int64
	}{
		{"Enterprise Configuration", w.Config, w.Asked.DNSName, 1},
		{"Enterprise Schema", w.SchemaDN, w.Asked.DNSName, 1},
		{"DomainDnsZones", "DC=DomainDnsZones," + w.Root, "domaindnszones." + w.Asked.DNSName, 5},
		{"ForestDnsZones", "DC=ForestDnsZones," + w.Root, "forestdnszones." + w.Asked.DNSName, 5},
	} {
		w.Put("CN="+ref.name+","+partitions, "crossRef", descriptor.Configuration(""), entry.Text("nCName", ref.context), entry.Text("dnsRoot", ref.dns), entry.Number("systemFlags", ref.flags))
	}
	if below := w.Below; below != nil {
		short := world.NetBIOS(below.Asked.DNSName)
		w.Put("CN="+short+","+partitions, "crossRef", descriptor.Configuration(""), entry.Text("nCName", below.Root), entry.Text("dnsRoot", below.Asked.DNSName),
			entry.Text("nETBIOSName", short), entry.Number("systemFlags", 3), entry.Text("trustParent", "CN="+world.NetBIOS(w.Asked.DNSName)+","+partitions))
		w.Put("CN=DomainDnsZones "+short+","+partitions, "crossRef", descriptor.Configuration(""), entry.Text("nCName", "DC=DomainDnsZones,"+below.Root),
			entry.Text("dnsRoot", "domaindnszones."+below.Asked.DNSName), entry.Number("systemFlags", 5))
	}
}

func (w *forest) sites() {
	sites := "CN=Sites," + w.Config
	w.Put(sites, "sitesContainer", descriptor.Configuration(""))
	w.site(w.World)
	if w.Below != nil {
		w.site(w.Below)
	}
}

// site writes the site of the controllers of a domain.
func (w *forest) site(of *world.World) {
	w.Put(of.Site(), "site", descriptor.Configuration(""))
	w.Put("CN=Servers,"+of.Site(), "serversContainer", descriptor.Configuration(""))
	for _, name := range append(of.ControllerNames(), "RODC1") {
		class := "nTDSDSA"
		if name == "RODC1" {
			class = "nTDSDSARO"
		}
		w.Put("CN="+name+",CN=Servers,"+of.Site(), "server", descriptor.Configuration(""), entry.Text("serverReference", "CN="+name+",OU=Domain Controllers,"+of.Root),
			entry.Text("dNSHostName", strings.ToLower(name)+"."+of.Asked.DNSName))
		w.Put(of.Settings(name), class, descriptor.Configuration(""), entry.Number("msDS-Behavior-Version", 7), entry.Number("options", 1))
	}
}

// directoryService writes the object with dSHeuristics (MS-ADTS 6.1.1.2.4.1.2); characters are counted from 1.
func (w *forest) directoryService(dn string) {
	value := []byte("00000000010000000002000000011") // 10th and 20th mark the length, 28th and 29th enforce the checks of 2021
	if w.Has("vuln_dsheuristics_bad") {
		value = []byte("0000000101")
		w.Plant("vuln_dsheuristics_bad", "L’annuaire répond à des requêtes anonymes (NSPI) et n’impose pas les contrôles de 2021.", dn)
	}
	w.Put(dn, "nTDSService", descriptor.Configuration(""), entry.Text("dSHeuristics", string(value)))
}

// silos writes the authentication silo of the administrators.
func (w *forest) silos(services string) {
	top := "CN=AuthN Policy Configuration," + services
	w.Put(top, "msDS-AuthNPolicies", descriptor.Configuration(""))
	if w.Has("vuln_silo_priv") {
		return
	}
	w.Put("CN=AuthN Silos,"+top, "msDS-AuthNPolicySilos", descriptor.Configuration(""))
	w.Put(w.Silo(), "msDS-AuthNPolicySilo", descriptor.Configuration(""), entry.Bool("msDS-AuthNPolicySiloEnforced", true),
		entry.Text("msDS-AuthNPolicySiloMembers", w.held()...))
}

// held lists the administrators of the domains, whom the silo holds.
func (w *forest) held() []string {
	out := append(w.PrivilegedNames(), w.Person500())
	if w.Below != nil {
		out = append(append(out, w.Below.PrivilegedNames()...), w.Below.Person500())
	}
	return out
}

func (w *forest) displaySpecifiers() {
	top := "CN=DisplaySpecifiers," + w.Config
	w.Put(top, "container", descriptor.Configuration(""))
	w.Put("CN=40C,"+top, "container", descriptor.Configuration(""))
	for _, name := range []string{"user-Display", "group-Display", "computer-Display"} {
		dn := "CN=" + name + ",CN=40C," + top
		menus := []string{"0,{08eb4fa6-6ffd-11d1-b0e0-00c04fd8dca6}"}
		if w.Has("vuln_display_specifier") && name == "user-Display" {
			menus = append(menus, `2,&Dossier de l'agent,\\srv-fichiers\outils\dossier.vbs`)
			w.Plant("vuln_display_specifier", "Un menu de la console d’administration lance un script posé sur un partage.", dn)
		}
		w.Put(dn, "displaySpecifier", descriptor.Configuration(""), entry.Text("adminContextMenu", menus...))
	}
}

// publicKeys writes the certification authority and its templates.
func (w *forest) publicKeys(services string) {
	top := "CN=Public Key Services," + services
	host := "(A;;" + descriptor.FullControl + ";;;" + w.SIDText("SRV-PKI$") + ")"
	w.Put(top, "container", descriptor.Configuration(""))
	for _, name := range []string{"Certificate Templates", "Certification Authorities", "AIA", "CDP", "Enrollment Services", "OID", "KRA"} {
		w.Put("CN="+name+","+top, "container", descriptor.Configuration(""))
	}
	w.Put("CN=NTAuthCertificates,"+top, "certificationAuthority", descriptor.Configuration(""), entry.Raw("cACertificate", strongAuthority))
	w.Put("CN=Valombre AC racine,CN=Certification Authorities,"+top, "certificationAuthority", descriptor.Configuration(""), entry.Raw("cACertificate", strongAuthority))
	w.Put("CN=Valombre AC racine,CN=AIA,"+top, "certificationAuthority", descriptor.Configuration(host), entry.Raw("cACertificate", strongAuthority))
	if w.Has("vuln_certificates_vuln") {
		dn := "CN=Valombre ancienne AC,CN=Certification Authorities," + top
		w.Put(dn, "certificationAuthority", descriptor.Configuration(""), entry.Raw("cACertificate", weakAuthority))
		w.Plant("vuln_certificates_vuln", "Une ancienne autorité a une clé trop courte et une signature périmée.", dn)
	}
	published := []string{"Poste", "Utilisateur", "Serveur Web"}
	w.template("Poste", top, "DC", 0, 0x20, "1.3.6.1.5.5.7.3.2")
	w.template("Utilisateur", top, "DU", 0, 0x20, "1.3.6.1.5.5.7.3.2")
	w.template("Serveur Web", top, "DA", 1, 0, "1.3.6.1.5.5.7.3.1")
	w.template("Contrôleur", top, "DD", 0, 0x20, "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1")
	if w.Has("vuln_adcs_template_auth_enroll_with_name") {
		published = append(published, "VPN")
		dn := w.template("VPN", top, "DU", 1, 0, "1.3.6.1.5.5.7.3.2")
		w.Way("certificate", "Tout utilisateur peut obtenir un certificat au nom de qui il veut.", w.PersonDN(20), w.Root, control.MemberOf, control.Enroll, control.IssuesCertificates)
		w.Plant("vuln_adcs_template_auth_enroll_with_name", "Tout utilisateur peut obtenir un certificat au nom de qui il veut.", dn)
	}
	if w.Has("vuln_adcs_template_control") {
		published = append(published, "Wifi")
		dn := w.template("Wifi", top, w.SIDText("GG-Support-SI"), 0, 0x20, "1.3.6.1.5.5.7.3.2")
		w.Way("template", "Le groupe de support peut modifier un modèle de certificat publié.", w.PersonDN(0), w.Root, control.MemberOf, control.WriteDacl, control.PublishedTemplate)
		w.Plant("vuln_adcs_template_control", "Le groupe de support peut modifier un modèle de certificat publié.", dn)
	}
	if w.Leads(planted.EnrolmentAgent) {
		published = append(published, "Agent d'inscription", "Utilisateur simple")
		who := w.WalkerSID(planted.EnrolmentAgent).String()
		dn := w.template("Agent d'inscription", top, who, 0, 0, "1.3.6.1.4.1.311.20.2.1")
		w.template("Utilisateur simple", top, who, 0, 0x20, "1.3.6.1.5.5.7.3.2")
		w.Way(planted.EnrolmentAgent, "Un agent obtient un certificat qui permet d’en demander au nom de n’importe qui.", w.PersonDN(w.Walker(planted.EnrolmentAgent)), w.Root,
			control.Enroll, control.Enroll, control.EnrollsForOthers)
		w.Find("adcs_esc3", "Un modèle fait de son porteur un agent d’inscription.", dn)
	}
	w.Put("CN=Valombre AC racine,CN=Enrollment Services,"+top, "pKIEnrollmentService", descriptor.Configuration(host+"(OA;;CR;"+descriptor.RightEnroll+";;AU)"), entry.Raw("cACertificate", strongAuthority),
		entry.Text("dNSHostName", "srv-pki."+w.Asked.DNSName), entry.Text("certificateTemplates", published...), entry.Text("displayName", "Valombre AC racine"))
}

// template writes a certificate template (MS-CRTD 2); who may enrol. The template of the support group is writable by it.
func (w *forest) template(name, top, who string, names, enrolment int64, usages ...string) string {
	entries := "(OA;;RPWPCR;" + descriptor.RightEnroll + ";;DA)(OA;;CR;" + descriptor.RightEnroll + ";;" + who + ")"
	version := int64(2)
	if name == "Utilisateur simple" { // as the first Windows had it: agents may ask for it
		version = 1
	}
	if name == "Wifi" {
		entries += "(A;;WDWP;;;" + who + ")"
	}
	sddl := descriptor.Owned("EA", "PAI", entries+"(A;;CCDCLCSWRPWPDTLOSDRCWDWO;;;DA)(A;;CCDCLCSWRPWPDTLOSDRCWDWO;;;EA)(A;;"+descriptor.ReadAll+";;;AU)")
	dn := "CN=" + name + ",CN=Certificate Templates," + top
	expiry := make([]byte, 8) // a year, as negative 100 ns in binary form (MS-CRTD 2.2)
	year := 365 * world.Day
	binary.LittleEndian.PutUint64(expiry, uint64(-int64(year/(100*time.Nanosecond))))
	w.Put(dn, "pKICertificateTemplate", sddl,
		entry.Text("displayName", name), entry.Number("flags", 131642), entry.Number("revision", 100),
		entry.Number("msPKI-Certificate-Name-Flag", names), entry.Number("msPKI-Enrollment-Flag", enrolment), entry.Number("msPKI-RA-Signature", 0),
		entry.Number("msPKI-Private-Key-Flag", 16842752), entry.Number("msPKI-Template-Schema-Version", version), entry.Number("msPKI-Minimal-Key-Size", 2048),
		entry.Text("pKIExtendedKeyUsage", usages...), entry.Text("msPKI-Certificate-Application-Policy", usages...), entry.Raw("pKIExpirationPeriod", expiry),
		entry.Text("msPKI-Cert-Template-OID", fmt.Sprintf("1.3.6.1.4.1.311.21.8.1.%d", len(name))))
	return dn
}

// schema writes the schema partition from the published tables.
func (w *forest) schema() {
	w.Put(w.SchemaDN, "dMD", descriptor.Context("SA", ""), entry.Number("objectVersion", 88))
	sddl := descriptor.Schema()
	for _, a := range w.Tables.Attributes() {
		extra := []model.Attribute{entry.Text("lDAPDisplayName", a.Name), entry.Raw("schemaIDGUID", a.GUID[:])}
		if !a.PropertySet.IsZero() {
			extra = append(extra, entry.Raw("attributeSecurityGUID", a.PropertySet[:]))
		}
		w.Put("CN="+a.Name+","+w.SchemaDN, "attributeSchema", sddl, extra...)
	}
	for _, c := range w.Tables.Classes() {
		dn := "CN=" + c.Name + "," + w.SchemaDN
		if _, ok := w.Tables.Attribute(c.Name); ok {
			dn = "CN=" + c.Name + "-Class," + w.SchemaDN
		}
		w.Put(dn, "classSchema", sddl, entry.Text("lDAPDisplayName", c.Name), entry.Raw("schemaIDGUID", c.GUID[:]), entry.Text("subClassOf", c.SubClassOf))
	}
}
