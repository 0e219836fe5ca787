package world

import (
	"fmt"
	"strings"

	"hygie/directory/model/distname"
	"hygie/directory/sid"
)

// UnitSize is how many people one unit has (docs/formats/directory-generated.md).
const UnitSize = 400

// Person500 gives the name of the built-in administrator.
func (w *World) Person500() string { return "CN=Administrateur,CN=Users," + w.Root }

// Krbtgt gives the name of the account that signs tickets.
func (w *World) Krbtgt() string { return "CN=krbtgt,CN=Users," + w.Root }

// TierZero gives the name of the unit of the named administrators.
func (w *World) TierZero() string { return "OU=Comptes,OU=Administration," + w.Root }

// ServiceDN gives the name of a service account.
func (w *World) ServiceDN(account string) string {
	return "CN=" + account + ",OU=Comptes de service," + w.Root
}

// ServerDN gives the name of a server.
func (w *World) ServerDN(name string) string { return "CN=" + name + ",OU=Serveurs," + w.Root }

// AdminNames gives the named administrators of the domain.
func (w *World) AdminNames() []string {
	var out []string
	for i := 1; i <= 3; i++ {
		out = append(out, fmt.Sprintf("CN=adm-t0-%02d,%s", i, w.TierZero()))
	}
	return out
}

// PrivilegedNames gives the accounts that are privileged by membership, besides the built-in administrator.
func (w *World) PrivilegedNames() []string {
	out := w.AdminNames()
	if w.Demo() {
		out = append(out, w.ServiceDN("svc-sql"), w.ServiceDN("svc-sauvegarde"), w.ServiceDN("adm-ancien"))
	}
	return out
}

// ControllerNames lists the writable domain controllers.
func (w *World) ControllerNames() []string {
	if w.Demo() {
		return []string{"DC1", "DC2", "DC3"}
	}
	return []string{"DC1", "DC2"}
}

// Group policies that every domain has (MS-GPOD 1.1.5).
const (
	DefaultDomainPolicy      = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
	DefaultControllersPolicy = "{6AC1786C-016F-11D2-945F-00C04FB984F9}"
)

// ServerPolicy is the policy that applies to the unit of the servers (docs/formats/directory-generated.md).
const ServerPolicy = "Serveurs - socle"

// PolicyName gives the GUID in braces that names a policy.
func (w *World) PolicyName(display string) string {
	id := w.Identify("policy " + display)
	return fmt.Sprintf("{%X-%X-%X-%X-%X}", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

// Group gives the name of a group of the domain with a reserved identifier.
func (w *World) Group(rid uint32) string {
	if w.IsChild() && OfForest(rid) {
		return w.Top.Group(rid)
	}
	return "CN=" + distname.EscapeRDN(FrenchName(w.SID.Append(rid))) + ",CN=Users," + w.Root
}

// OfForest tells whether a group exists in the root of the forest only (MS-ADTS 6.1.1.6).
func OfForest(rid uint32) bool {
	return rid == 498 || rid == sid.RIDSchemaAdmins || rid == sid.RIDEnterpriseAdmins || rid == sid.RIDEnterpriseKeyAdmins
}

// FrenchName is the name of a well-known SID as Windows writes it, with straight apostrophes (MS-DTYP 2.4.2.4).
func FrenchName(s sid.SID) string { return strings.ReplaceAll(s.Name("fr"), "’", "'") }

// Builtin gives the name of a built-in group.
func (w *World) Builtin(rid uint32) string {
	return "CN=" + distname.EscapeRDN(FrenchName(sid.Builtin.Append(rid))) + ",CN=Builtin," + w.Root
}

// Foreign gives the name of the object that stands for a principal of no domain.
func (w *World) Foreign(s sid.SID) string {
	return "CN=" + s.String() + ",CN=ForeignSecurityPrincipals," + w.Root
}

// Base gives the name of the unit of the hospital.
func (w *World) Base() string { return "OU=Etablissement," + w.Root }

// ServiceUnit gives the name of a department's unit for one kind of object, by its place in Services.
func (w *World) ServiceUnit(kind string, service int) string {
	return "OU=" + Services[service] + ",OU=" + kind + "," + w.Base()
}

// UnitOf gives the unit in which person i stands.
func (w *World) UnitOf(i int) string {
	unit := i / UnitSize
	return fmt.Sprintf("OU=UF %04d,%s", unit+1, w.ServiceUnit("Utilisateurs", unit%len(Services)))
}

// PersonDN gives the name of person i.
func (w *World) PersonDN(i int) string { return "CN=" + w.Person(i).name + "," + w.UnitOf(i) }

// GroupDN gives the name of a group of the hospital.
func (w *World) GroupDN(name string) string { return "CN=" + name + ",OU=Groupes," + w.Base() }

// Site gives the name of the site of the controllers.
func (w *World) Site() string {
	name := "Siege"
	if w.IsChild() {
		name = "Antenne"
	}
	return "CN=" + name + ",CN=Sites," + w.Config
}

// Settings gives the name of the NTDS Settings of a controller.
func (w *World) Settings(controller string) string {
	return "CN=NTDS Settings,CN=" + controller + ",CN=Servers," + w.Site()
}

// Silo gives the name of the authentication silo of the administrators.
func (w *World) Silo() string {
	return "CN=Silo-T0,CN=AuthN Silos,CN=AuthN Policy Configuration,CN=Services," + w.Config
}

// PolicyNames lists the policies besides the two that every domain has (docs/formats/directory-generated.md).
func PolicyNames() []string {
	return []string{"Postes - socle", "Postes - imagerie", ServerPolicy, "Navigateur", "Imprimantes", "Pare-feu", "Audit"}
}

// RootDN gives the distinguished name of a domain by its DNS name (MS-ADTS 3.1.1.1.5).
func RootDN(dnsName string) string { return "DC=" + strings.ReplaceAll(dnsName, ".", ",DC=") }

// NetBIOS gives the short name of a domain by its DNS name, 15 characters at most (MS-ADTS 6.1.1.2.1.1).
func NetBIOS(dnsName string) string {
	label, _, _ := strings.Cut(dnsName, ".")
	label = strings.ToUpper(label)
	return label[:min(len(label), 15)]
}
