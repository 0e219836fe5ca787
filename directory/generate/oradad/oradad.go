// Package oradad writes a directory as the tables of ORADAD, the collector of the ANSSI, in clear text.
package oradad

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"hygie/directory/generate/internal/whole"
	"hygie/directory/model"
	"hygie/directory/model/distname"
)

// Write writes a directory below dir as ORADAD 3 gives it in clear text: one table for each kind of object and naming context,
// and tables.tsv, which names their columns (docs/formats/directory-inputs.md). It gives the folder of the collection.
func Write(dir string, d *model.Directory, collected time.Time) (string, error) {
	forest := ""
	for _, info := range d.Domains() {
		if info.ForestRoot {
			forest = info.DNSName
		}
	}
	if forest == "" {
		return "", errors.New("write ORADAD collection: the root of the forest is not known")
	}
	stamp := collected.UTC().Format("20060102-150405")
	w := &writer{dir: filepath.Join(dir, forest, stamp), collected: d}
	fmt.Fprintf(&w.tables, "%s_%s\n", forest, stamp)
	for _, p := range d.Partitions() {
		if err := w.partition(p); err != nil {
			return "", fmt.Errorf("write ORADAD collection: %w", err)
		}
	}
	metadata := "oradad_version\t3.6.218.0\r\noradad_level\t4\r\nforest|rootdns\t" + forest + "\r\n"
	w.describe(`metadata.tsv`, "metadata", []column{{name: "key", sql: "nvarchar(255)"}, {name: "value", sql: "nvarchar(1024)"}})
	err := errors.Join(
		whole.File(filepath.Join(w.dir, "metadata.tsv"), func(out io.Writer) error {
			_, err := out.Write(wide(nil, "\ufeff"+metadata))
			return err
		}),
		whole.File(filepath.Join(w.dir, "tables.tsv"), func(out io.Writer) error {
			_, err := out.Write(w.tables.Bytes())
			return err
		}))
	return w.dir, err
}

// files writes the table of the files of SYSVOL with their permissions.
func (w *writer) files(folder, path string, p model.Partition) error {
	i := slices.IndexFunc(w.collected.Domains(), func(d model.DomainInfo) bool { return strings.EqualFold(d.DN, p.DN) })
	if i < 0 {
		return nil
	}
	share, ok := w.collected.Sysvol(w.collected.Domains()[i])
	if !ok || !share.Permissions {
		return nil
	}
	var columns []column
	for _, name := range []string{"forest", "domain", "guid", "path", "filename", "archivename", "securitydescriptor", "fileattributes"} {
		columns = append(columns, column{name: name, sql: "nvarchar(max)"})
	}
	w.describe(folder+`\sysvol.tsv`, strings.ReplaceAll(folder, `\`, "_")+"_sysvol", columns)
	var text strings.Builder
	for _, f := range share.Files {
		sd, attributes := "", 0x80 // FILE_ATTRIBUTE_NORMAL (MS-FSCC 2.6)
		if f.Folder {
			attributes = 0x10
		}
		if f.Descriptor > 0 {
			sd = hex.EncodeToString(share.Descriptors[f.Descriptor-1])
		}
		name := f.Path[strings.LastIndexByte(f.Path, '/')+1:]
		fmt.Fprintf(&text, "%s\t%s\t\t%s\t%s\t\t%s\t%d\r\n", p.DNSName, p.DNSName, strings.ReplaceAll(f.Path, "/", `\`), name, sd, attributes)
	}
	return whole.File(filepath.Join(path, "sysvol.tsv"), func(out io.Writer) error {
		_, err := out.Write(wide(nil, "\ufeff"+text.String()))
		return err
	})
}

type writer struct {
	dir       string
	collected *model.Directory
	tables    bytes.Buffer
	line      []byte
}

// column is a column of a table, which two columns of the file make when a number has a text form.
type column struct {
	name string
	sql  string
	both bool // text form and number
}

// partition writes the tables of a naming context.
func (w *writer) partition(p model.Partition) error {
	folder, requests := "", []string(nil)
	switch p.Kind {
	case model.Domain:
		folder = `domain\` + p.DNSName
		requests = []string{"root", "user", "computer", "group", "trustedDomain", "gmsa", "foreignSecurityPrincipal", "ou", "gpo",
			"passwordSettings", "msDFSR-GlobalSettings", "msDFSR-ReplicationGroup", "nTFRSReplicaSet"}
	case model.Configuration:
		folder = "configuration"
		requests = []string{"controlAccessRight", "site", "server", "nTDSDSA", "certificationauthority", "pKIEnrollmentService",
			"pKICertificateTemplate", "crossRef", "crossRefContainer", "nTDSService", "displaySpecifier", "authNPolicySilo"}
	case model.Schema:
		folder, requests = "schema", []string{"attribute", "class"}
	case model.DNSZones:
		folder, requests = `domaindns\`+distname.DNSNameOf(p.DN), []string{"dnsZone"}
		if strings.HasPrefix(strings.ToLower(p.DN), "dc=forestdnszones,") {
			folder = "forestdns"
		}
	default:
		return nil
	}
	path := filepath.Join(w.dir, filepath.FromSlash(strings.ReplaceAll(folder, `\`, "/")))
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if p.Kind == model.Domain {
		if err := w.files(folder, path, p); err != nil {
			return err
		}
	}
	for _, request := range append([]string{"top"}, requests...) {
		columns := columnsOf(request)
		w.describe(folder+`\`+request+".tsv", strings.ReplaceAll(folder, `\`, "_")+"_"+request, columns)
		err := whole.File(filepath.Join(path, request+".tsv"), func(out io.Writer) error { return w.table(out, p, request, columns) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) describe(path, name string, columns []column) {
	count := 0
	var text strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&text, "\t%s\t%s", c.name, c.sql)
		count++
		if c.both {
			fmt.Fprintf(&text, "\t%s_int\tbigint", c.name)
			count++
		}
	}
	fmt.Fprintf(&w.tables, "%s\t%s\t%s\t%d%s\n", path, name, name, count, text.String())
}

// columnsOf gives the columns of a request: those of the attributes that generated domains have.
func columnsOf(request string) []column {
	var names string
	switch request {
	case "top":
		names = "objectClass objectGUID name whenCreated whenChanged isDeleted nTSecurityDescriptor systemFlags revision"
	case "root":
		names = "objectSid msDS-Behavior-Version ms-DS-MachineAccountQuota minPwdLength maxPwdAge minPwdAge pwdHistoryLength " +
			"pwdProperties lockoutThreshold lockoutDuration lockOutObservationWindow gPLink gPOptions " +
			"msDS-ExpirePasswordsOnSmartCardOnlyAccounts"
	case "user", "computer", "gmsa":
		names = "objectSid sAMAccountName userAccountControl accountExpires pwdLastSet lastLogonTimestamp primaryGroupID adminCount " +
			"servicePrincipalName sIDHistory msDS-SupportedEncryptionTypes msDS-AllowedToDelegateTo " +
			"msDS-AllowedToActOnBehalfOfOtherIdentity msDS-AssignedAuthNPolicySilo scriptPath userPrincipalName userCertificate " +
			"msDS-SecondaryKrbTgtNumber msDS-PSOApplied altSecurityIdentities msDS-KeyCredentialLink"
		switch request {
		case "computer":
			names += " dNSHostName operatingSystem operatingSystemVersion managedBy msDS-RevealedUsers msDS-NeverRevealGroup " +
				"msDS-RevealOnDemandGroup msDS-KrbTgtLink"
		case "gmsa":
			names += " dNSHostName msDS-GroupMSAMembership msDS-ManagedPasswordInterval"
		}
	case "group":
		names = "objectSid sAMAccountName groupType member adminCount sIDHistory managedBy"
	case "trustedDomain":
		names = "trustPartner flatName trustDirection trustType trustAttributes securityIdentifier"
	case "foreignSecurityPrincipal":
		names = "objectSid"
	case "ou":
		names = "gPLink gPOptions managedBy"
	case "gpo":
		names = "displayName gPCFileSysPath gPCWQLFilter flags versionNumber"
	case "passwordSettings":
		names = "msDS-PasswordSettingsPrecedence msDS-MinimumPasswordLength msDS-MaximumPasswordAge msDS-MinimumPasswordAge " +
			"msDS-PasswordHistoryLength msDS-PasswordComplexityEnabled msDS-PasswordReversibleEncryptionEnabled msDS-PSOAppliesTo"
	case "msDFSR-GlobalSettings":
		names = "msDFSR-Flags"
	case "msDFSR-ReplicationGroup":
		names = "msDFSR-ReplicationGroupType"
	case "nTFRSReplicaSet":
		names = "fRSReplicaSetType"
	case "controlAccessRight":
		names = "rightsGuid validAccesses appliesTo"
	case "site":
		names = "gPLink"
	case "server":
		names = "serverReference dNSHostName"
	case "nTDSDSA":
		names = "msDS-Behavior-Version options"
	case "certificationauthority":
		names = "cACertificate"
	case "pKIEnrollmentService":
		names = "cACertificate dNSHostName certificateTemplates displayName"
	case "pKICertificateTemplate":
		names = "displayName flags msPKI-Certificate-Name-Flag msPKI-Enrollment-Flag msPKI-RA-Signature msPKI-Private-Key-Flag " +
			"msPKI-Template-Schema-Version msPKI-Minimal-Key-Size pKIExtendedKeyUsage msPKI-Certificate-Application-Policy " +
			"pKIExpirationPeriod msPKI-Cert-Template-OID"
	case "crossRef":
		names = "nCName dnsRoot nETBIOSName"
	case "crossRefContainer":
		names = "msDS-Behavior-Version"
	case "nTDSService":
		names = "dSHeuristics"
	case "displaySpecifier":
		names = "adminContextMenu contextMenu shellContextMenu"
	case "authNPolicySilo":
		names = "msDS-AuthNPolicySiloEnforced msDS-AuthNPolicySiloMembers"
	case "attribute":
		names = "lDAPDisplayName schemaIDGUID attributeSecurityGUID"
	case "class":
		names = "lDAPDisplayName schemaIDGUID subClassOf"
	case "dnsZone":
		names = "dNSProperty"
	}
	out := []column{{name: "dn", sql: "nvarchar(max)"}}
	if request == "top" {
		out = append(out, column{name: "shortname", sql: "nvarchar(64)"}, column{name: "shortdn", sql: "nvarchar(255)"})
	}
	for name := range strings.FieldsSeq(names) {
		out = append(out, columnType(name))
	}
	return out
}

// columnType gives the SQL type of an attribute.
func columnType(name string) column {
	c := column{name: name, sql: "nvarchar(max)"}
	switch name {
	case "userAccountControl", "groupType", "trustDirection", "trustType", "trustAttributes", "msDS-SupportedEncryptionTypes",
		"systemFlags", "maxPwdAge", "minPwdAge", "lockoutDuration", "lockOutObservationWindow", "msDS-MaximumPasswordAge",
		"msDS-MinimumPasswordAge":
		c.both = true
	case "msDS-Behavior-Version", "ms-DS-MachineAccountQuota", "minPwdLength", "pwdHistoryLength", "pwdProperties", "lockoutThreshold",
		"primaryGroupID", "adminCount", "msDS-SecondaryKrbTgtNumber", "gPOptions", "flags", "versionNumber", "revision", "options",
		"msDS-PasswordSettingsPrecedence", "msDS-MinimumPasswordLength", "msDS-PasswordHistoryLength", "msDFSR-Flags",
		"msDFSR-ReplicationGroupType", "fRSReplicaSetType", "validAccesses", "msDS-ManagedPasswordInterval",
		"msPKI-Certificate-Name-Flag", "msPKI-Enrollment-Flag", "msPKI-RA-Signature", "msPKI-Private-Key-Flag",
		"msPKI-Template-Schema-Version", "msPKI-Minimal-Key-Size":
		c.sql = "int"
	case "objectGUID", "schemaIDGUID", "attributeSecurityGUID":
		c.sql = "uniqueidentifier"
	case "whenCreated", "whenChanged", "pwdLastSet", "lastLogonTimestamp", "accountExpires":
		c.sql = "datetime2"
	case "isDeleted", "msDS-ExpirePasswordsOnSmartCardOnlyAccounts", "msDS-PasswordComplexityEnabled",
		"msDS-PasswordReversibleEncryptionEnabled", "msDS-AuthNPolicySiloEnforced":
		c.sql = "tinyint"
	case "objectSid", "sIDHistory", "securityIdentifier", "nTSecurityDescriptor", "msDS-AllowedToActOnBehalfOfOtherIdentity",
		"msDS-GroupMSAMembership", "cACertificate", "userCertificate", "dNSProperty", "pKIExpirationPeriod":
		c.sql = "varchar(max)"
	}
	return c
}

// classOf gives the class of the objects of a request, and those that have a table of their own.
func classOf(request string) (class string, exact bool) {
	switch request {
	case "top":
		return "top", false
	case "root":
		return "domainDNS", false
	case "ou":
		return "organizationalUnit", false
	case "gpo":
		return "groupPolicyContainer", false
	case "gmsa":
		return "msDS-GroupManagedServiceAccount", true
	case "passwordSettings":
		return "msDS-PasswordSettings", false
	case "authNPolicySilo":
		return "msDS-AuthNPolicySilo", false
	case "attribute":
		return "attributeSchema", false
	case "class":
		return "classSchema", false
	}
	return request, request == "user" || request == "computer"
}

// table writes the objects of a request.
func (w *writer) table(out io.Writer, p model.Partition, request string, columns []column) error {
	d := w.collected
	buffered := bufio.NewWriterSize(out, 1<<16)
	if _, err := buffered.Write([]byte{0xFF, 0xFE}); err != nil {
		return err
	}
	class, exact := classOf(request)
	objects := d.OfClass(class)
	if exact {
		objects = d.OfExactClass(class)
	}
	for id := range objects {
		home, ok := d.PartitionOf(id)
		if !ok || home.DN != p.DN || request == "root" && !strings.EqualFold(d.DN(id), p.DN) {
			continue
		}
		row := w.row(id, p, request, columns)
		w.line = wide(w.line[:0], row)
		if _, err := buffered.Write(w.line); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

func (w *writer) row(id model.ID, p model.Partition, request string, columns []column) string {
	d := w.collected
	cells := make([]string, 0, len(columns)+4)
	for _, c := range columns {
		switch {
		case c.name == "dn":
			cells = append(cells, d.DN(id))
		case c.name == "shortname":
			cells = append(cells, string(p.Kind)+"/"+p.DNSName)
		case c.name == "shortdn":
			cells = append(cells, strings.TrimSuffix(strings.TrimSuffix(d.DN(id), p.DN), ","))
		case c.both:
			value, ok := d.Text(id, c.name)
			shown := ""
			if ok {
				shown = "FLAGS OF " + value
			}
			cells = append(cells, shown, value)
		default:
			cells = append(cells, w.cell(id, c))
		}
	}
	for i, c := range cells {
		cells[i] = strings.NewReplacer("\t", " ", "\r", " ", "\n", " ").Replace(c)
	}
	return strings.Join(cells, "\t") + "\r\n"
}

func (w *writer) cell(id model.ID, c column) string {
	d := w.collected
	const layout = "2006-01-02 15:04:05"
	switch c.sql {
	case "datetime2":
		if strings.HasPrefix(c.name, "when") {
			if t, ok := d.GeneralizedTime(id, c.name); ok {
				return t.UTC().Format(layout)
			}
			return ""
		}
		switch n, ok := d.Int(id, c.name); {
		case !ok || n == 0:
			return ""
		case n == math.MaxInt64:
			return "2999-12-12 23:59:59"
		}
		t, _, _ := d.FileTime(id, c.name)
		return t.UTC().Format(layout)
	case "tinyint":
		if v, ok := d.Bool(id, c.name); ok {
			return strconv.Itoa(map[bool]int{true: 1}[v])
		}
		return ""
	case "varchar(max)":
		var parts []string
		for v := range d.Values(id, c.name) {
			if strings.HasSuffix(strings.ToLower(c.name), "sid") || c.name == "sIDHistory" || c.name == "securityIdentifier" {
				parts = d.Texts(id, c.name)
				break
			}
			parts = append(parts, hex.EncodeToString(v))
		}
		return strings.Join(parts, ";")
	}
	return strings.Join(slices.Clone(d.Texts(id, c.name)), ";")
}

// wide appends a text in UTF-16, the low byte first.
func wide(dst []byte, text string) []byte {
	for _, r := range text {
		for _, unit := range utf16.AppendRune(nil, r) {
			dst = append(dst, byte(unit), byte(unit>>8))
		}
	}
	return dst
}
