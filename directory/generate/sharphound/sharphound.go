// Package sharphound writes a directory as the files of SharpHound, the collector of BloodHound, in one archive.
package sharphound

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hygie/directory/model"
)

// Write writes a directory as SharpHound 2 gives it (JSON of version 6, collection methods of "DCOnly" with certificates): a zip of one file for each
// kind of object (docs/formats/directory-inputs.md, SharpHound). It leaves out what SharpHound leaves out: the objects it does not look at, denials,
// rights it does not name, owners and trustees it filters, targets of delegation without protocol transition.
func Write(w io.Writer, d *model.Directory, collected time.Time) error {
	e := newExport(d)
	z := zip.NewWriter(w)
	for _, file := range []struct {
		kind  string
		class string
		write func(model.ID) any
	}{
		{"computers", "computer", e.computer},
		{"users", "user", e.user},
		{"groups", "group", e.group},
		{"domains", "domainDNS", e.domain},
		{"gpos", "groupPolicyContainer", e.policy},
		{"ous", "organizationalUnit", e.unit},
		{"containers", "container", e.container},
		{"rootcas", "certificationAuthority", e.rootCA},
		{"aiacas", "certificationAuthority", e.aiaCA},
		{"ntauthstores", "certificationAuthority", e.ntAuthStore},
		{"enterprisecas", "pKIEnrollmentService", e.enterpriseCA},
		{"certtemplates", "pKICertificateTemplate", e.template},
	} {
		name := collected.UTC().Format("20060102150405") + "_" + file.kind + ".json"
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: collected.UTC()})
		if err != nil {
			return fmt.Errorf("write SharpHound archive: %w", err)
		}
		if err := e.file(f, file.kind, file.class, file.write); err != nil {
			return fmt.Errorf("write SharpHound archive: %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write SharpHound archive: %w", err)
	}
	return nil
}

// export holds what the objects of the files share.
type export struct {
	dir      *model.Directory
	rights   map[rightsKey]json.RawMessage
	hosts    map[string]model.ID // DNS name of computers, in lower case
	settings string              // dSHeuristics
}

type rightsKey struct {
	descriptor model.DescriptorID
	kind       string
	laps       bool
	readers    string // msDS-GroupMSAMembership
	domain     string
}

// principalRef is how the files refer to an object.
type principalRef struct {
	ObjectIdentifier string
	ObjectType       string
}

func newExport(d *model.Directory) *export {
	e := &export{dir: d, rights: make(map[rightsKey]json.RawMessage), hosts: make(map[string]model.ID)}
	for id := range d.OfExactClass("computer") {
		if name, ok := d.Text(id, "dNSHostName"); ok {
			e.hosts[strings.ToLower(name)] = id
		}
	}
	for id := range d.OfClass("nTDSService") {
		e.settings, _ = d.Text(id, "dSHeuristics")
	}
	return e
}

// file writes the objects of a class. write gives nil for an object that the collector leaves out.
func (e *export) file(w io.Writer, kind, class string, write func(model.ID) any) error {
	out := bufio.NewWriterSize(w, 1<<16)
	count := 0
	if _, err := out.WriteString(`{"data":[`); err != nil {
		return err
	}
	for id := range e.dir.OfClass(class) {
		object := write(id)
		if object == nil {
			continue
		}
		text, err := json.Marshal(object)
		if err != nil {
			return err
		}
		if count > 0 {
			text = slices.Insert(text, 0, ',')
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
		count++
	}
	const methods = 1 | 32 | 64 | 128 | 512 | 262144 // groups, trusts, rights, containers, properties, certificates
	fmt.Fprintf(out, `],"meta":{"methods":%d,"type":%q,"count":%d,"version":6,"collectorversion":"2.0.0"}}`, methods, kind, count)
	return out.Flush()
}

// base is what every object has.
type base struct {
	Properties       map[string]any
	Aces             json.RawMessage
	ObjectIdentifier string
	IsDeleted        bool
	IsACLProtected   bool
	ContainedBy      *principalRef
}

// common fills what every object has; kind is the type by which the collector knows it.
func (e *export) common(id model.ID, kind, shown string) base {
	d := e.dir
	info, _ := d.DomainOf(id)
	if info.DNSName == "" {
		info = e.forestRoot()
	}
	domain := strings.ToUpper(info.DNSName)
	if shown != domain {
		shown = strings.ToUpper(shown) + "@" + domain
	}
	b := base{ObjectIdentifier: e.identifier(id), Properties: map[string]any{
		"domain": domain, "name": shown, "distinguishedname": strings.ToUpper(d.DN(id)), "domainsid": info.SID.String(),
	}}
	if t, ok := d.GeneralizedTime(id, "whenCreated"); ok {
		b.Properties["whencreated"] = t.Unix()
	}
	b.Aces = e.aces(id, kind, domain)
	if own, ok := d.Descriptor(id); ok {
		b.IsACLProtected = own.Protected()
		b.Properties["isaclprotected"] = own.Protected()
	}
	if up, ok := d.Parent(id); ok {
		b.ContainedBy = &principalRef{e.identifier(up), e.kindOf(up)}
	}
	return b
}

func (e *export) forestRoot() model.DomainInfo {
	for _, info := range e.dir.Domains() {
		if info.ForestRoot {
			return info
		}
	}
	return model.DomainInfo{}
}

// identifier gives the SID of an object, that of a built-in group with the name of the domain before it, or its GUID.
func (e *export) identifier(id model.ID) string {
	s := e.dir.SID(id)
	if s.IsZero() || e.dir.Is(id, "builtinDomain") {
		return strings.ToUpper(e.dir.GUID(id).String())
	}
	if s.IsAccount() {
		return s.String()
	}
	info, _ := e.dir.DomainOf(id)
	return strings.ToUpper(info.DNSName) + "-" + s.String()
}

func (e *export) kindOf(id model.ID) string {
	switch d := e.dir; {
	case d.Is(id, "group"):
		return "Group"
	case strings.HasSuffix(d.Class(id), "ManagedServiceAccount"):
		return "User"
	case d.Is(id, "computer"):
		return "Computer"
	case d.Is(id, "user"):
		return "User"
	case d.Is(id, "domainDNS"):
		return "Domain"
	case d.Is(id, "organizationalUnit"):
		return "OU"
	case d.Is(id, "groupPolicyContainer"):
		return "GPO"
	case d.Is(id, "container"), d.Is(id, "builtinDomain"):
		return "Container"
	}
	return "Base"
}

func (e *export) refs(ids func(func(model.ID) bool)) []principalRef {
	out := []principalRef{}
	for id := range ids {
		out = append(out, principalRef{e.identifier(id), e.kindOf(id)})
	}
	return out
}

func (e *export) texts(id model.ID, attribute string) []string {
	out := []string{}
	return append(out, e.dir.Texts(id, attribute)...)
}

// unix gives an instant in seconds since 1970, 0 for none.
func (e *export) unix(id model.ID, attribute string, none int64) int64 {
	t, never, ok := e.dir.FileTime(id, attribute)
	if !ok || never {
		return none
	}
	return t.Unix()
}
