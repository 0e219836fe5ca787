// Package drawn makes small directories for tests from lines, one object each, so that a test reads like a drawing.
package drawn

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// World is a small directory written as lines, one object each (docs/formats/directory-worlds.md):
//
//	user alice rid=1101 uac=512 pwd=-30d at=@Soins
//	group admins rid=512 member=@alice
//	admins member=@bob             set attributes of an object that exists (all values of each attribute)
//	admins acl+=(A;;WD;;;AU)       append to a value
//	alice -pwd                     take an attribute away
//	drop alice                     take an object away
//	unread sIDHistory              as if no source had asked for the attribute
//	unread configuration           as if a partition had not been collected
//
// Values: @name is the distinguished name of an object; @@name is binary, see fixture; -30d is thirty days before the audit; acl is SDDL. Short keys are
// listed in shortKeys. The name of an object is its first component, below "at", CN=Users by default.
type World struct {
	t       testing.TB
	entries map[string]*entry
	gone    map[string]*entry // dropped; others may still name them
	order   []string
	unread  map[string]bool
}

type entry struct {
	class, dn string
	values    map[string][]string
}

var (
	// AsOf is the instant of the audits of these worlds (docs/formats/directory-worlds.md).
	AsOf      = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	domainSID = sid.MustParse("S-1-5-21-100-200-300")
)

const (
	domainDN = "DC=hop,DC=test"
	configDN = "CN=Configuration," + domainDN
	safeACL  = "O:DAG:DAD:(A;;GA;;;DA)(A;;GA;;;SY)(A;;GR;;;AU)"
)

var shortKeys = map[string]string{
	"uac": "userAccountControl", "pwd": "pwdLastSet", "logon": "lastLogonTimestamp", "created": "whenCreated",
	"acl": "nTSecurityDescriptor", "spn": "servicePrincipalName", "pgid": "primaryGroupID", "enc": "msDS-SupportedEncryptionTypes",
	"to": "msDS-AllowedToDelegateTo", "os": "operatingSystem", "host": "dNSHostName", "name": "sAMAccountName",
	"level": "msDS-Behavior-Version",
}

// classes gives the chain of superclasses of the classes of the worlds.
var classes = map[string][]string{
	"user": {"top", "person", "organizationalPerson", "user"}, "computer": {"top", "person", "organizationalPerson", "user", "computer"},
	"msDS-DelegatedManagedServiceAccount": {"top", "person", "organizationalPerson", "user", "computer", "msDS-DelegatedManagedServiceAccount"},
	"msDS-GroupManagedServiceAccount":     {"top", "person", "organizationalPerson", "user", "computer", "msDS-GroupManagedServiceAccount"},
	"domainDNS":                           {"top", "domain", "domainDNS"},
	"nTDSDSARO":                           {"top", "applicationSettings", "nTDSDSA", "nTDSDSARO"},
}

// New gives the healthy world, then applies lines to it (docs/formats/directory-worlds.md).
func New(t testing.TB, lines ...string) *World {
	t.Helper()
	w := &World{t: t, entries: make(map[string]*entry), gone: make(map[string]*entry), unread: make(map[string]bool)}
	w.raw("domainDNS", "hop", domainDN)
	w.raw("configuration", "config", configDN)
	w.raw("dMD", "schema", "CN=Schema,"+configDN)
	w.raw("domainDNS", "domainzones", "DC=DomainDnsZones,"+domainDN)
	w.raw("domainDNS", "forestzones", "DC=ForestDnsZones,"+domainDN)
	w.apply(healthy)
	for _, l := range lines {
		w.apply(l)
	}
	return w
}

func (w *World) raw(class, name, dn string) *entry {
	e := &entry{class: class, dn: dn, values: map[string][]string{"nTSecurityDescriptor": {safeACL}, "whenCreated": {"-900d"}}}
	w.entries[name] = e
	w.order = append(w.order, name)
	return e
}

func (w *World) apply(text string) {
	w.t.Helper()
	for line := range strings.Lines(text) {
		field := fields(line)
		if len(field) == 0 {
			continue
		}
		switch {
		case field[0] == "drop":
			w.gone[field[1]] = w.get(field[1])
			delete(w.entries, field[1])
		case field[0] == "unread":
			w.unread[field[1]] = true
		case len(field) > 1 && !strings.ContainsAny(field[1], "=") && !strings.HasPrefix(field[1], "-"):
			w.add(field[0], field[1], field[2:])
		default:
			w.set(w.get(field[0]), field[1:])
		}
	}
}

// fields splits a line at spaces, double quotes keeping words together.
func fields(line string) []string {
	var out []string
	var b strings.Builder
	quoted, started := false, false
	for _, r := range strings.TrimSpace(line) {
		switch {
		case r == '"':
			quoted, started = !quoted, true
		case r == ' ' && !quoted:
			if started {
				out = append(out, b.String())
			}
			b.Reset()
			started = false
		default:
			b.WriteRune(r)
			started = true
		}
	}
	if started {
		out = append(out, b.String())
	}
	return out
}

func (w *World) get(name string) *entry {
	w.t.Helper()
	e, ok := w.entries[name]
	if !ok {
		w.t.Fatalf("no object %q in the world", name)
	}
	return e
}

func (w *World) add(class, name string, settings []string) {
	w.t.Helper()
	at := "CN=Users," + domainDN
	rest := settings[:0:0]
	for _, s := range settings {
		if up, ok := strings.CutPrefix(s, "at=@"); ok {
			at = w.get(up).dn
		} else {
			rest = append(rest, s)
		}
	}
	prefix := "CN="
	switch class {
	case "organizationalUnit":
		prefix = "OU="
	case "dnsZone":
		prefix = "DC="
	}
	if _, exists := w.entries[name]; exists {
		w.t.Fatalf("two objects are called %q", name)
	}
	e := w.raw(class, name, prefix+distname.EscapeRDN(name)+","+at)
	switch class {
	case "user", "computer", "group", "msDS-GroupManagedServiceAccount", "msDS-DelegatedManagedServiceAccount":
		e.values["sAMAccountName"] = []string{name}
	}
	w.set(e, rest)
}

func (w *World) set(e *entry, settings []string) {
	w.t.Helper()
	fresh := make(map[string]bool)
	for _, s := range settings {
		if name, ok := strings.CutPrefix(s, "-"); ok {
			delete(e.values, long(name))
			continue
		}
		key, value, _ := strings.Cut(s, "=")
		if base, ok := strings.CutSuffix(key, "+"); ok {
			list := e.values[long(base)]
			if len(list) == 0 {
				w.t.Fatalf("nothing to append to in %q", s)
			}
			e.values[long(base)] = []string{list[0] + value}
			continue
		}
		switch key {
		case "rid":
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				w.t.Fatal(err)
			}
			e.values["objectSid"] = []string{domainSID.Append(uint32(n)).String()}
			continue
		case "sid":
			key = "objectSid"
		}
		key = long(key)
		if !fresh[key] {
			fresh[key] = true
			delete(e.values, key)
		}
		e.values[key] = append(e.values[key], value)
	}
}

func long(key string) string {
	if name, ok := shortKeys[key]; ok {
		return name
	}
	return key
}

// value gives the LDAP form of a value.
func (w *World) value(attribute, v string) []byte {
	w.t.Helper()
	if name, ok := strings.CutPrefix(v, "@@"); ok {
		return fixture(w.t, name)
	}
	if name, ok := strings.CutPrefix(v, "@"); ok {
		if e, ok := w.gone[name]; ok {
			return []byte(e.dn)
		}
		return []byte(w.get(name).dn)
	}
	if days, ok := strings.CutSuffix(v, "d"); ok && strings.HasPrefix(v, "-") {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil {
			w.t.Fatal(err)
		}
		at := AsOf.Add(time.Duration(n * 24 * float64(time.Hour)))
		if strings.HasPrefix(attribute, "when") {
			return []byte(at.Format("20060102150405.0Z"))
		}
		return strconv.AppendInt(nil, (at.Unix()+11644473600)*1e7, 10)
	}
	switch attribute {
	case "schemaIDGUID", "attributeSecurityGUID":
		g := guid.MustParse(v)
		return g[:]
	case "nTSecurityDescriptor", "msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-GroupMSAMembership", "hygie-authoritySecurity":
		raw, err := secdesc.ParseSDDL(v, domainSID)
		if err != nil {
			w.t.Fatalf("%s: %v", v, err)
		}
		return raw
	case "objectSid", "sIDHistory", "securityIdentifier":
		return sid.MustParse(v).Bytes()
	case "userAccountControl":
		n, err := strconv.ParseInt(v, 0, 64)
		if err != nil {
			w.t.Fatal(err)
		}
		return strconv.AppendInt(nil, n, 10)
	}
	return []byte(strings.ReplaceAll(v, "<config>", configDN))
}

// partitionOf gives the word for the partition of a name.
func partitionOf(dn string) string {
	for _, p := range []struct{ word, dn string }{
		{"schema", "CN=Schema," + configDN}, {"configuration", configDN},
		{"domainzones", "DC=DomainDnsZones," + domainDN}, {"forestzones", "DC=ForestDnsZones," + domainDN},
	} {
		if dn == p.dn || strings.HasSuffix(dn, ","+p.dn) {
			return p.word
		}
	}
	return "domain"
}

// Builder gives the directory before it is frozen, so that a test may add to it.
func (w *World) Builder() *model.Builder {
	w.t.Helper()
	b := model.NewBuilder()
	b.Source(model.Source{Tool: "test", Name: "world", Collected: AsOf})
	asked := slices.DeleteFunc(slices.Sorted(maps.Keys(attributesRead)), func(a string) bool { return w.unread[a] })
	for _, p := range []model.Partition{
		{DN: domainDN, Kind: model.Domain}, {DN: configDN, Kind: model.Configuration}, {DN: "CN=Schema," + configDN, Kind: model.Schema},
		{DN: "DC=DomainDnsZones," + domainDN, Kind: model.DNSZones}, {DN: "DC=ForestDnsZones," + domainDN, Kind: model.DNSZones},
	} {
		if p.Attributes = asked; !w.unread[partitionOf(p.DN)] {
			b.Partition(p)
		}
	}
	for _, name := range w.order {
		e, ok := w.entries[name]
		if !ok || w.unread[partitionOf(e.dn)] {
			continue
		}
		chain, ok := classes[e.class]
		if !ok {
			chain = []string{"top", e.class}
		}
		out := model.Entry{DN: e.dn, Attributes: []model.Attribute{{Name: "objectClass"}}}
		for _, c := range chain {
			out.Attributes[0].Values = append(out.Attributes[0].Values, []byte(c))
		}
		for _, key := range slices.Sorted(maps.Keys(e.values)) {
			if w.unread[key] {
				continue
			}
			if !attributesRead[key] {
				w.t.Fatalf("attribute %s is not in attributesRead", key)
			}
			a := model.Attribute{Name: key}
			for _, v := range e.values[key] {
				a.Values = append(a.Values, w.value(key, v))
			}
			out.Attributes = append(out.Attributes, a)
		}
		if err := b.Add(out); err != nil {
			w.t.Fatal(err)
		}
	}
	return b
}

// Freeze gives the directory.
func (w *World) Freeze() *model.Directory {
	w.t.Helper()
	d, err := w.Builder().Freeze()
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// attributesRead lists what the partitions of a world say was asked for.
var attributesRead = func() map[string]bool {
	out := make(map[string]bool)
	for _, a := range strings.Fields(`
		userAccountControl pwdLastSet lastLogonTimestamp whenCreated whenChanged nTSecurityDescriptor servicePrincipalName
		primaryGroupID msDS-SupportedEncryptionTypes msDS-AllowedToDelegateTo operatingSystem operatingSystemVersion dNSHostName
		sAMAccountName msDS-Behavior-Version objectSid sIDHistory member adminCount minPwdLength maxPwdAge pwdProperties
		ms-DS-MachineAccountQuota msDS-ExpirePasswordsOnSmartCardOnlyAccounts trustDirection trustAttributes trustType trustPartner
		securityIdentifier dSHeuristics revision gPLink gPOptions cACertificate userCertificate certificateTemplates
		msPKI-Certificate-Name-Flag msPKI-Enrollment-Flag msPKI-RA-Signature pKIExtendedKeyUsage nCName dnsRoot nETBIOSName
		serverReference msDS-AllowedToActOnBehalfOfOtherIdentity msDS-AssignedAuthNPolicySilo msDS-AuthNPolicySiloEnforced
		msDS-AuthNPolicySiloMembers msDS-PSOAppliesTo msDS-PSOApplied msDS-PasswordSettingsPrecedence msDS-MinimumPasswordLength
		msDS-MaximumPasswordAge msDS-ResultantPSO msDS-RevealedUsers msDS-NeverRevealGroup msDS-RevealOnDemandGroup
		msDS-KrbTgtLink msDS-SecondaryKrbTgtNumber managedBy adminContextMenu contextMenu shellContextMenu dNSProperty
		fRSReplicaSetType msDFSR-Flags
		scriptPath accountExpires msDS-KeyCredentialLink ms-Mcs-AdmPwdExpirationTime msLAPS-PasswordExpirationTime versionNumber
		displayName flags lDAPDisplayName subClassOf possSuperiors systemPossSuperiors auxiliaryClass systemAuxiliaryClass
		defaultSecurityDescriptor schemaIDGUID msPKI-Template-Schema-Version msPKI-Certificate-Policy msPKI-Cert-Template-OID
		msDS-OIDToGroupLink msPKI-Enrollment-Servers altSecurityIdentities msDS-GroupMSAMembership msDS-ManagedAccountPrecededByLink
		msDS-PasswordComplexityEnabled msDS-PasswordReversibleEncryptionEnabled
		msDS-DelegatedMSAState msPKI-RA-Application-Policies msPKI-Certificate-Application-Policy gPCWQLFilter msWMI-Name groupType
		hygie-authorityWeb hygie-authorityAgents hygie-authoritySeparatesRoles hygie-authorityInterfaceFlags hygie-authorityLeavesOut hygie-authorityKeyProvider
		msDS-ReplValueMetaData hygie-authoritySecurity hygie-authorityTakesNames hygie-strongMapping hygie-mappingMethods`) {
		out[a] = true
	}
	return out
}()

// Attributes lists, sorted, the attributes that the sources of a world ask for (docs/formats/directory-worlds.md).
func Attributes() []string { return slices.Sorted(maps.Keys(attributesRead)) }

// Objects lists the names of the objects of the world, in the order in which they were drawn.
func (w *World) Objects() []string {
	var out []string
	for _, name := range w.order {
		if w.entries[name] != nil {
			out = append(out, name)
		}
	}
	return out
}
