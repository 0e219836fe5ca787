package sharphound

import (
	"crypto/sha1"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/directory/generate/internal/useraccount"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

func (e *export) uac(id model.ID) int64 {
	n, _ := e.dir.Int(id, "userAccountControl")
	return n
}

// accountProperties are those of users and computers.
func (e *export) accountProperties(id model.ID, p map[string]any) {
	d, uac := e.dir, e.uac(id)
	has := func(bit int64) bool { return uac&bit != 0 }
	p["enabled"] = !has(useraccount.Disabled)
	p["unconstraineddelegation"] = has(useraccount.Unconstrained)
	p["trustedtoauth"] = has(useraccount.Transition)
	p["encryptedtextpwdallowed"] = has(0x80)
	p["usedeskeyonly"] = has(0x200000)
	p["lockedout"] = has(0x10)
	p["useraccountcontrol"] = uac
	p["lastlogontimestamp"] = e.unix(id, "lastLogonTimestamp", -1)
	p["pwdlastset"] = e.unix(id, "pwdLastSet", 0)
	p["serviceprincipalnames"] = e.texts(id, "servicePrincipalName")
	count, _ := d.Int(id, "adminCount")
	p["admincount"] = count != 0
	p["sidhistory"] = e.texts(id, "sIDHistory")
	p["samaccountname"], _ = d.Text(id, "sAMAccountName")
	if has(useraccount.Transition) && d.Has(id, "msDS-AllowedToDelegateTo") {
		p["allowedtodelegate"] = d.Texts(id, "msDS-AllowedToDelegateTo")
	}
	p["supportedencryptiontypes"] = nil
	if types, ok := d.Int(id, "msDS-SupportedEncryptionTypes"); ok {
		p["supportedencryptiontypes"] = encryptionNames(types)
	}
}

func encryptionNames(types int64) []string {
	if types == 0 {
		return []string{"Not defined"}
	}
	out := []string{}
	for i, name := range []string{"DES-CBC-CRC", "DES-CBC-MD5", "RC4-HMAC-MD5", "AES128-CTS-HMAC-SHA1-96", "AES256-CTS-HMAC-SHA1-96"} {
		if types&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

func (e *export) primaryGroup(id model.ID) string {
	rid, ok := e.dir.Int(id, "primaryGroupID")
	if !ok {
		return ""
	}
	return e.dir.SID(id).Domain().Append(uint32(rid)).String()
}

// targets gives the computers in a list of service names.
func (e *export) targets(names any) []principalRef {
	list, _ := names.([]string)
	out := []principalRef{}
	for _, spn := range list {
		_, host, _ := strings.Cut(spn, "/")
		host, _, _ = strings.Cut(host, "/")
		host, _, _ = strings.Cut(host, ":")
		if id, ok := e.hosts[strings.ToLower(host)]; ok {
			out = append(out, principalRef{e.identifier(id), "Computer"})
		}
	}
	return out
}

type userObject struct {
	AllowedToDelegate       []principalRef
	PrimaryGroupSID         string
	HasSIDHistory           []principalRef
	SPNTargets              []struct{}
	UnconstrainedDelegation bool
	DomainSID               string
	base
}

// user gives people and managed service accounts. The accounts of trusts are left out.
func (e *export) user(id model.ID) any {
	d := e.dir
	managed := strings.HasSuffix(d.Class(id), "ManagedServiceAccount")
	if d.Is(id, "computer") && !managed || e.uac(id)&useraccount.Trust != 0 {
		return nil
	}
	name, _ := d.Text(id, "sAMAccountName")
	u := userObject{base: e.common(id, "User", name), HasSIDHistory: []principalRef{}, SPNTargets: []struct{}{}}
	p := u.Properties
	e.accountProperties(id, p)
	uac := e.uac(id)
	has := func(bit int64) bool { return uac&bit != 0 }
	p["sensitive"] = has(useraccount.NotDelegated)
	p["dontreqpreauth"] = has(useraccount.NoPreauth)
	p["passwordnotreqd"] = has(0x20)
	p["pwdneverexpires"] = has(useraccount.DontExpire)
	p["smartcardrequired"] = has(0x40000)
	p["hasspn"] = d.Has(id, "servicePrincipalName")
	for _, empty := range []string{"displayname", "email", "title", "homedirectory", "userpassword", "unixpassword", "unicodepassword", "sfupassword"} {
		p[empty] = nil
	}
	p["logonscript"] = nil
	if script, ok := d.Text(id, "scriptPath"); ok {
		p["logonscript"] = script
	}
	p["gmsa"] = d.Is(id, "msDS-GroupManagedServiceAccount")
	p["msa"] = d.Is(id, "msDS-ManagedServiceAccount")
	u.AllowedToDelegate = e.targets(p["allowedtodelegate"])
	u.PrimaryGroupSID = e.primaryGroup(id)
	u.UnconstrainedDelegation = has(useraccount.Unconstrained)
	u.DomainSID = d.SID(id).Domain().String()
	return u
}

type computerObject struct {
	PrimaryGroupSID         string
	AllowedToDelegate       []principalRef
	AllowedToAct            []principalRef
	HasSIDHistory           []principalRef
	DumpSMSAPassword        []principalRef
	Sessions                notCollected
	PrivilegedSessions      notCollected
	RegistrySessions        notCollected
	LocalGroups             []struct{}
	UserRights              []struct{}
	Status                  *struct{}
	IsDC                    bool
	UnconstrainedDelegation bool
	DomainSID               string
	base
}

// notCollected stands for what is asked of the machines themselves.
type notCollected struct {
	Results       []struct{}
	Collected     bool
	FailureReason *string
}

func (e *export) computer(id model.ID) any {
	d := e.dir
	if d.Class(id) != "computer" {
		return nil
	}
	shown, ok := d.Text(id, "dNSHostName")
	if !ok {
		shown, _ = d.Text(id, "sAMAccountName")
		shown = strings.TrimSuffix(shown, "$")
	}
	c := computerObject{
		base: e.common(id, "Computer", shown), AllowedToAct: []principalRef{}, HasSIDHistory: []principalRef{},
		DumpSMSAPassword: []principalRef{}, LocalGroups: []struct{}{}, UserRights: []struct{}{},
	}
	empty := notCollected{Results: []struct{}{}}
	c.Sessions, c.PrivilegedSessions, c.RegistrySessions = empty, empty, empty
	p := c.Properties
	e.accountProperties(id, p)
	if ok {
		p["name"] = strings.ToUpper(shown)
	}
	p["isdc"] = e.uac(id)&useraccount.Server != 0
	p["isreadonlydc"] = e.uac(id)&0x4000000 != 0
	p["operatingsystem"] = nil
	if system, ok := d.Text(id, "operatingSystem"); ok {
		p["operatingsystem"] = system
	}
	p["haslaps"] = false
	if raw, ok := d.Value(id, "msDS-AllowedToActOnBehalfOfOtherIdentity"); ok {
		if list, err := secdesc.Parse(raw); err == nil {
			for a := range list.Entries() {
				c.AllowedToAct = append(c.AllowedToAct, e.principal(a.Trustee, p["domain"].(string)))
			}
		}
	}
	c.AllowedToDelegate = e.targets(p["allowedtodelegate"])
	c.PrimaryGroupSID = e.primaryGroup(id)
	c.IsDC = e.uac(id)&useraccount.Server != 0
	c.UnconstrainedDelegation = e.uac(id)&useraccount.Unconstrained != 0
	c.DomainSID = d.SID(id).Domain().String()
	return c
}

// principal refers to a SID, whether or not its object is known.
func (e *export) principal(s sid.SID, domain string) principalRef {
	if id, ok := e.dir.BySID(s); ok && !e.dir.Is(id, "foreignSecurityPrincipal") {
		return principalRef{e.identifier(id), e.kindOf(id)}
	}
	if s.IsAccount() {
		return principalRef{s.String(), "Base"}
	}
	return principalRef{domain + "-" + s.String(), "Group"}
}

type groupObject struct {
	Members       []principalRef
	HasSIDHistory []principalRef
	base
}

func (e *export) group(id model.ID) any {
	d := e.dir
	name, _ := d.Text(id, "sAMAccountName")
	g := groupObject{base: e.common(id, "Group", name), Members: []principalRef{}, HasSIDHistory: []principalRef{}}
	g.Properties["samaccountname"] = name
	count, _ := d.Int(id, "adminCount")
	g.Properties["admincount"] = count != 0
	g.Properties["sidhistory"] = e.texts(id, "sIDHistory")
	kind, _ := d.Int(id, "groupType")
	for bit, scope := range map[int64]string{2: "Global", 4: "DomainLocal", 8: "Universal"} {
		if kind&bit != 0 {
			g.Properties["groupscope"] = scope
		}
	}
	for m := range d.Linked(id, "member") {
		s := d.SID(m)
		if s.IsZero() {
			continue
		}
		g.Members = append(g.Members, e.principal(s, g.Properties["domain"].(string)))
	}
	return g
}

type domainObject struct {
	ChildObjects      []principalRef
	Trusts            []trustLink
	Links             []policyLink
	InheritanceHashes []string
	base
}

type trustLink struct {
	TargetDomainSid, TargetDomainName                       string
	IsTransitive, SidFilteringEnabled, TGTDelegationEnabled bool
	TrustAttributes                                         string
	TrustDirection, TrustType                               string
}

type policyLink struct {
	GUID       string
	IsEnforced bool
}

func (e *export) links(id model.ID) []policyLink {
	out := []policyLink{}
	text, _ := e.dir.Text(id, "gPLink")
	for part := range strings.SplitSeq(text, "[") {
		dn, options, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(part), "]"), ";")
		flags, err := strconv.Atoi(options)
		if !ok || err != nil || flags&1 != 0 {
			continue
		}
		if policy, ok := e.dir.ByDN(strings.TrimPrefix(dn, "LDAP://")); ok {
			out = append(out, policyLink{e.identifier(policy), flags&2 != 0})
		}
	}
	return out
}

// span writes a length of time as the collector does.
func span(d time.Duration, never bool) string {
	if never {
		return "Forever"
	}
	var parts []string
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / unit.length; n > 0 {
			plural := "s"
			if n == 1 {
				plural = ""
			}
			parts = append(parts, fmt.Sprintf("%d %s%s", n, unit.name, plural))
			d -= n * unit.length
		}
	}
	return strings.Join(parts, ", ")
}

func (e *export) domain(id model.ID) any {
	d := e.dir
	info, ok := d.DomainOf(id)
	if !ok || info.Root != id {
		return nil
	}
	o := domainObject{
		base: e.common(id, "Domain", strings.ToUpper(info.DNSName)), ChildObjects: e.refs(d.Children(id)), Trusts: []trustLink{},
		Links: e.links(id), InheritanceHashes: []string{},
	}
	p := o.Properties
	p["collected"] = true
	p["functionallevel"] = functionalText(info.FunctionalLevel)
	p["dsheuristics"] = nil
	if e.settings != "" {
		p["dsheuristics"] = e.settings
	}
	for property, attribute := range map[string]string{
		"machineaccountquota": "ms-DS-MachineAccountQuota", "minpwdlength": "minPwdLength", "pwdproperties": "pwdProperties",
		"pwdhistorylength": "pwdHistoryLength", "lockoutthreshold": "lockoutThreshold",
	} {
		if n, ok := d.Int(id, attribute); ok {
			p[property] = n
		}
	}
	for property, attribute := range map[string]string{
		"maxpwdage": "maxPwdAge", "minpwdage": "minPwdAge", "lockoutduration": "lockoutDuration",
	} {
		if length, never, ok := d.Interval(id, attribute); ok {
			p[property] = span(length, never)
		}
	}
	if n, ok := d.Int(id, "lockOutObservationWindow"); ok {
		p["lockoutobservationwindow"] = n
	}
	if renewed, ok := d.Bool(id, "msDS-ExpirePasswordsOnSmartCardOnlyAccounts"); ok {
		p["expirepasswordsonsmartcardonlyaccounts"] = renewed
	}
	for t := range d.OfClass("trustedDomain") {
		if home, ok := d.DomainOf(t); ok && home.DN == info.DN {
			o.Trusts = append(o.Trusts, e.trust(t))
		}
	}
	return o
}

func (e *export) trust(id model.ID) trustLink {
	d := e.dir
	name, _ := d.Text(id, "trustPartner")
	direction, _ := d.Int(id, "trustDirection")
	flags, _ := d.Int(id, "trustAttributes")
	kind := "External"
	switch {
	case flags&0x20 != 0:
		kind = "ParentChild"
	case flags&0x8 != 0:
		kind = "Forest"
	}
	t := trustLink{
		TargetDomainName: strings.ToUpper(name), TrustAttributes: strconv.FormatInt(flags, 10), TrustType: kind,
		TrustDirection: []string{"Disabled", "Inbound", "Outbound", "Bidirectional"}[direction&3],
		IsTransitive:   flags&1 == 0, SidFilteringEnabled: flags&4 != 0 || flags&0x48 == 8, TGTDelegationEnabled: flags&4 == 0 && flags&0x820 != 0,
	}
	if text, ok := d.Text(id, "securityIdentifier"); ok {
		t.TargetDomainSid = text
	}
	return t
}

func functionalText(level int64) string {
	names := []string{"2000 Mixed/Native", "2003 Interim", "2003", "2008", "2008 R2", "2012", "2012 R2", "2016"}
	if level < 0 || level >= int64(len(names)) {
		return "Unknown"
	}
	return names[level]
}

func (e *export) policy(id model.ID) any {
	name, _ := e.dir.Text(id, "displayName")
	b := e.common(id, "GPO", name)
	path, _ := e.dir.Text(id, "gPCFileSysPath")
	b.Properties["gpcpath"] = strings.ToUpper(path)
	return b
}

type unitObject struct {
	Links             []policyLink
	ChildObjects      []principalRef
	InheritanceHashes []string
	base
}

func (e *export) unit(id model.ID) any {
	u := unitObject{base: e.common(id, "OU", e.dir.Name(id)), Links: e.links(id), ChildObjects: e.refs(e.dir.Children(id)), InheritanceHashes: []string{}}
	options, _ := e.dir.Int(id, "gPOptions")
	u.Properties["blocksinheritance"] = options == 1
	return u
}

type containerObject struct {
	ChildObjects      []principalRef
	InheritanceHashes []string
	base
}

// container gives the containers of accounts; those of the system are left out.
func (e *export) container(id model.ID) any {
	dn := strings.ToUpper(e.dir.DN(id))
	if strings.Contains(dn, "CN=SYSTEM,DC=") || strings.Contains(dn, "CN=PROGRAM DATA,DC=") || e.dir.Is(id, "groupPolicyContainer") {
		return nil
	}
	if _, ok := e.dir.DomainOf(id); !ok {
		return nil
	}
	return containerObject{base: e.common(id, "Container", e.dir.Name(id)), ChildObjects: []principalRef{}, InheritanceHashes: []string{}}
}

type authorityObject struct {
	DomainSID string
	base
}

func (e *export) thumbprints(id model.ID) []string {
	var out []string
	for v := range e.dir.Values(id, "cACertificate") {
		out = append(out, fmt.Sprintf("%X", sha1.Sum(v)))
	}
	return out
}

// authority gives an object that holds certificates when it lies in the container.
func (e *export) authority(id model.ID, kind, container string) any {
	if !strings.Contains(strings.ToUpper(e.dir.DN(id)), container) {
		return nil
	}
	a := authorityObject{base: e.common(id, kind, e.dir.Name(id)), DomainSID: e.forestRoot().SID.String()}
	if list := e.thumbprints(id); kind == "NTAuthStore" {
		a.Properties["certthumbprints"] = slices.Concat([]string{}, list)
	} else if len(list) > 0 {
		a.Properties["certthumbprint"], a.Properties["certname"] = list[0], list[0]
	}
	return a
}

func (e *export) rootCA(id model.ID) any {
	return e.authority(id, "RootCA", ",CN=CERTIFICATION AUTHORITIES,")
}
func (e *export) aiaCA(id model.ID) any { return e.authority(id, "AIACA", ",CN=AIA,") }
func (e *export) ntAuthStore(id model.ID) any {
	return e.authority(id, "NTAuthStore", "CN=NTAUTHCERTIFICATES,")
}

type enterpriseObject struct {
	EnabledCertTemplates []principalRef
	HostingComputer      string
	DomainSID            string
	base
}

func (e *export) enterpriseCA(id model.ID) any {
	d := e.dir
	c := enterpriseObject{
		base: e.common(id, "EnterpriseCA", d.Name(id)), EnabledCertTemplates: []principalRef{}, DomainSID: e.forestRoot().SID.String(),
	}
	if list := e.thumbprints(id); len(list) > 0 {
		c.Properties["certthumbprint"] = list[0]
	}
	host, _ := d.Text(id, "dNSHostName")
	c.Properties["caname"], c.Properties["dnshostname"] = d.Name(id), host
	if computer, ok := e.hosts[strings.ToLower(host)]; ok {
		c.HostingComputer = e.identifier(computer)
	}
	for _, name := range d.Texts(id, "certificateTemplates") {
		for t := range d.OfClass("pKICertificateTemplate") {
			if strings.EqualFold(d.Name(t), name) {
				c.EnabledCertTemplates = append(c.EnabledCertTemplates, principalRef{e.identifier(t), "CertTemplate"})
			}
		}
	}
	return c
}

func (e *export) template(id model.ID) any {
	d := e.dir
	b := e.common(id, "CertTemplate", d.Name(id))
	p := b.Properties
	p["displayname"], _ = d.Text(id, "displayName")
	p["oid"], _ = d.Text(id, "msPKI-Cert-Template-OID")
	p["ekus"], p["certificateapplicationpolicy"] = e.texts(id, "pKIExtendedKeyUsage"), e.texts(id, "msPKI-Certificate-Application-Policy")
	for property, attribute := range map[string]string{"schemaversion": "msPKI-Template-Schema-Version", "authorizedsignatures": "msPKI-RA-Signature"} {
		if n, ok := d.Int(id, attribute); ok {
			p[property] = n
		}
	}
	if n, ok := d.Int(id, "msPKI-Enrollment-Flag"); ok {
		p["enrollmentflag"], p["requiresmanagerapproval"] = n, n&2 != 0
	}
	if n, ok := d.Int(id, "msPKI-Certificate-Name-Flag"); ok {
		p["certificatenameflag"], p["enrolleesuppliessubject"] = n, n&1 != 0
	}
	return b
}
