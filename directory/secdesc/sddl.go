package secdesc

import (
	"fmt"
	"strconv"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/reading"
	"hygie/directory/sid"
)

// rightNames are the rights of directory objects in the order SDDL writes them (MS-DTYP 2.5.1.1).
var rightNames = []struct {
	code string
	mask Mask
}{
	{"GA", GenericAll}, {"GR", GenericRead}, {"GW", GenericWrite}, {"GX", GenericExec},
	{"CC", CreateChild}, {"DC", DeleteChild}, {"LC", ListChildren}, {"SW", SelfWrite},
	{"RP", ReadProperty}, {"WP", WriteProperty}, {"DT", DeleteTree}, {"LO", ListObject}, {"CR", ControlAccess},
	{"SD", Delete}, {"RC", ReadControl}, {"WD", WriteDACL}, {"WO", WriteOwner},
}

// otherRights are accepted when read: file and registry rights that some tools write.
var otherRights = map[string]Mask{
	"FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0,
	"KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
}

var flagNames = []struct {
	code string
	flag Flags
}{
	{"OI", ObjectInherit}, {"CI", ContainerInherit}, {"NP", NoPropagate}, {"IO", InheritOnly}, {"ID", Inherited},
}

var typeNames = []struct {
	code string
	t    Type
}{
	{"A", AccessAllowed}, {"D", AccessDenied}, {"OA", AccessAllowedObject}, {"OD", AccessDeniedObject},
	{"XA", AccessAllowedCallback}, {"XD", AccessDeniedCallback}, {"ZA", AccessAllowedCallbackObject},
}

// aliases are the two-letter names of trustees that do not depend on a domain (MS-DTYP 2.5.1.1).
var aliases = map[string]sid.SID{
	"AN": sid.Anonymous, "AO": sid.AccountOperators, "AU": sid.AuthenticatedUsers, "BA": sid.Administrators,
	"BG": sid.Guests, "BO": sid.BackupOperators, "BU": sid.Users, "CG": sid.CreatorGroup, "CO": sid.CreatorOwner,
	"ED": sid.EnterpriseDCs, "IU": sid.Interactive, "LS": sid.LocalService, "NO": sid.New(5, 32, 556),
	"NS": sid.NetworkService, "NU": sid.Network, "OW": sid.OwnerRights, "PO": sid.PrintOperators, "PS": sid.Self,
	"PU": sid.New(5, 32, 547), "RC": sid.New(5, 12), "RD": sid.New(5, 32, 555), "RE": sid.Replicators,
	"RU": sid.PreWindows2000Access, "SO": sid.ServerOperators, "SU": sid.Service, "SY": sid.LocalSystem, "WD": sid.Everyone,
	"MU": sid.New(5, 32, 558), "LU": sid.New(5, 32, 559), "IS": sid.New(5, 32, 568), "CY": sid.New(5, 32, 569),
	"ER": sid.New(5, 32, 573), "CD": sid.New(5, 32, 574), "AC": sid.New(15, 2, 1), "WR": sid.New(5, 33),
	"RA": sid.New(5, 32, 575), "ES": sid.New(5, 32, 576), "MS": sid.New(5, 32, 577), "HA": sid.New(5, 32, 578),
	"AA": sid.New(5, 32, 579), "RM": sid.New(5, 32, 580), "SS": sid.New(18, 2), "AS": sid.New(18, 1),
}

// domainAliases are relative to a domain.
var domainAliases = map[string]uint32{
	"LA": sid.RIDAdministrator, "LG": sid.RIDGuest, "CA": sid.RIDCertPublishers, "DA": sid.RIDDomainAdmins,
	"DC": sid.RIDDomainComputers, "DD": sid.RIDDomainControllers, "DG": sid.RIDDomainGuests, "DU": sid.RIDDomainUsers,
	"EA": sid.RIDEnterpriseAdmins, "PA": sid.RIDGroupPolicyCreators, "RO": sid.RIDEnterpriseReadOnlyDCs,
	"RS": sid.RIDRASServers, "SA": sid.RIDSchemaAdmins, "CN": sid.RIDCloneableDCs, "AP": sid.RIDProtectedUsers,
	"KA": sid.RIDKeyAdmins, "EK": sid.RIDEnterpriseKeyAdmins,
}

// SDDL writes the descriptor in text form (MS-DTYP 2.5.1), trustees as SIDs, rights as letters when they all have some.
func (d *Descriptor) SDDL() string {
	var b strings.Builder
	if !d.owner.IsZero() {
		b.WriteString("O:" + d.owner.String())
	}
	if !d.group.IsZero() {
		b.WriteString("G:" + d.group.String())
	}
	if d.presence == NoDACL {
		return b.String()
	}
	b.WriteString("D:")
	if d.control&DACLProtected != 0 {
		b.WriteString("P")
	}
	if d.control&DACLAutoInheritReq != 0 {
		b.WriteString("AR")
	}
	if d.control&DACLAutoInherited != 0 {
		b.WriteString("AI")
	}
	if d.presence == NullDACL {
		b.WriteString("NO_ACCESS_CONTROL")
	}
	for a := range d.Entries() {
		b.WriteString(a.SDDL())
	}
	return b.String()
}

// SDDL writes one entry in text form. The condition of a callback entry is shown by its length only.
func (a ACE) SDDL() string {
	var b strings.Builder
	b.WriteByte('(')
	b.WriteString(a.Type.code())
	b.WriteByte(';')
	for _, f := range flagNames {
		if a.Flags&f.flag != 0 {
			b.WriteString(f.code)
		}
	}
	b.WriteByte(';')
	b.WriteString(a.Mask.String())
	b.WriteByte(';')
	if !a.ObjectType.IsZero() {
		b.WriteString(a.ObjectType.String())
	}
	b.WriteByte(';')
	if !a.InheritedObjectType.IsZero() {
		b.WriteString(a.InheritedObjectType.String())
	}
	b.WriteByte(';')
	b.WriteString(a.Trustee.String())
	if len(a.Condition) > 0 {
		fmt.Fprintf(&b, ";(condition of %d bytes)", len(a.Condition))
	}
	b.WriteByte(')')
	return b.String()
}

func (t Type) code() string {
	for _, n := range typeNames {
		if n.t == t {
			return n.code
		}
	}
	return fmt.Sprintf("%#02x", uint8(t))
}

// String gives the SDDL letters of the rights, or hexadecimal when some right has none.
func (m Mask) String() string {
	var b strings.Builder
	rest := m
	for _, n := range rightNames {
		if m&n.mask != 0 {
			b.WriteString(n.code)
			rest &^= n.mask
		}
	}
	if rest != 0 {
		return fmt.Sprintf("0x%x", uint32(m))
	}
	return b.String()
}

// maxSDDL bounds the text: a list has at most 64 KiB in binary form, and the text form is less than eight times longer.
const maxSDDL = 1 << 20

// ParseSDDL reads the text form and gives the binary one. domain resolves the names that depend on it (DA, DU, EA …); with
// the zero SID they are errors (MS-DTYP 2.5.1). The SACL is left out. Conditional entries cannot be read from text.
func ParseSDDL(text string, domain sid.SID) ([]byte, error) {
	if len(text) > maxSDDL {
		return nil, reading.Cause("sddl_long", "size", len(text), "limit", maxSDDL)
	}
	p := sddl{text: text, domain: domain}
	if err := p.parse(); err != nil {
		return nil, reading.At(err, "character", p.at+1)
	}
	return Build(p.spec)
}

type sddl struct {
	text   string
	at     int
	domain sid.SID
	spec   Spec
}

func (p *sddl) parse() error {
	for p.at < len(p.text) {
		part, ok := p.part()
		if !ok {
			return reading.Cause("sddl_part")
		}
		var err error
		switch part {
		case 'O':
			p.spec.Owner, err = p.trustee()
		case 'G':
			p.spec.Group, err = p.trustee()
		case 'D':
			p.spec.DACL = ListDACL
			err = p.list(true)
		case 'S':
			err = p.list(false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *sddl) part() (byte, bool) {
	if p.at+1 < len(p.text) && p.text[p.at+1] == ':' && strings.IndexByte("OGDS", p.text[p.at]) >= 0 {
		p.at += 2
		return p.text[p.at-2], true
	}
	return 0, false
}

// trustee reads the SID or alias of O: or G:, which ends where another part begins or the text ends.
func (p *sddl) trustee() (sid.SID, error) {
	rest := p.text[p.at:]
	end := len(rest)
	if at := strings.IndexByte(rest, ':'); at > 0 {
		end = at - 1
	}
	s, err := p.sid(rest[:end])
	if err == nil {
		p.at += end
	}
	return s, err
}

func (p *sddl) sid(text string) (sid.SID, error) {
	if s, ok := aliases[text]; ok {
		return s, nil
	}
	if rid, ok := domainAliases[text]; ok {
		if p.domain.IsZero() {
			return sid.SID{}, reading.Cause("sddl_domain", "found", text)
		}
		return p.domain.Append(rid), nil
	}
	s, err := sid.Parse(text)
	if err != nil {
		return s, reading.Cause("sid")
	}
	return s, nil
}

// list reads the flags and entries of D: or S:; those of S: are not kept.
func (p *sddl) list(keep bool) error {
	flags := p.text[p.at:]
	if end := strings.IndexAny(flags, "(:"); end >= 0 {
		if flags[end] == ':' {
			end-- // the letter before belongs to the next part
		}
		flags = flags[:max(end, 0)]
	}
	if err := p.controls(flags, keep); err != nil {
		return err
	}
	p.at += len(flags)
	for p.at < len(p.text) && p.text[p.at] == '(' {
		entry, _, found := strings.Cut(p.text[p.at+1:], ")")
		if !found {
			return reading.Cause("sddl_open")
		}
		if keep {
			a, err := p.ace(entry)
			if err != nil {
				return err
			}
			p.spec.Entries = append(p.spec.Entries, a)
		}
		p.at += len(entry) + 2
	}
	return nil
}

func (p *sddl) controls(flags string, keep bool) error {
	for rest := flags; rest != ""; {
		n := 0
		for _, f := range []struct {
			code string
			bit  Control
		}{{"NO_ACCESS_CONTROL", 0}, {"AR", DACLAutoInheritReq}, {"AI", DACLAutoInherited}, {"P", DACLProtected}} {
			if !strings.HasPrefix(rest, f.code) {
				continue
			}
			n = len(f.code)
			if keep && f.bit == 0 {
				p.spec.DACL = NullDACL
			}
			if keep {
				p.spec.Control |= f.bit
			}
			break
		}
		if n == 0 {
			return reading.Cause("sddl_list_flag", "found", quoted(rest))
		}
		rest = rest[n:]
	}
	return nil
}

func (p *sddl) ace(text string) (ACE, error) {
	fields := strings.Split(text, ";")
	if len(fields) > 6 {
		return ACE{}, reading.Cause("sddl_conditional")
	}
	if len(fields) < 6 {
		return ACE{}, reading.Cause("sddl_fields")
	}
	var a ACE
	known := false
	for _, n := range typeNames {
		if n.code == fields[0] {
			a.Type, known = n.t, true
		}
	}
	if !known || a.Callback() {
		return ACE{}, reading.Cause("sddl_type", "found", quoted(fields[0]))
	}
	var err error
	if a.Flags, err = parseFlags(fields[1]); err != nil {
		return ACE{}, err
	}
	if a.Mask, err = parseRights(fields[2]); err != nil {
		return ACE{}, err
	}
	for i, g := range []*guid.GUID{&a.ObjectType, &a.InheritedObjectType} {
		if fields[3+i] != "" {
			if *g, err = guid.Parse(fields[3+i]); err != nil {
				return ACE{}, reading.Cause("guid")
			}
		}
	}
	a.Trustee, err = p.sid(fields[5])
	return a, err
}

func parseFlags(text string) (Flags, error) {
	var out Flags
	for rest := text; rest != ""; rest = rest[2:] {
		known := false
		for _, f := range flagNames {
			if strings.HasPrefix(rest, f.code) {
				out |= f.flag
				known = true
			}
		}
		if !known || len(rest) < 2 {
			return 0, reading.Cause("sddl_flag", "found", quoted(rest))
		}
	}
	return out, nil
}

func parseRights(text string) (Mask, error) {
	if text != "" && text[0] >= '0' && text[0] <= '9' {
		n, err := strconv.ParseUint(text, 0, 32)
		if err != nil {
			return 0, reading.Cause("sddl_number", "found", quoted(text))
		}
		return Mask(n), nil
	}
	var out Mask
	for rest := text; rest != ""; rest = rest[2:] {
		if len(rest) < 2 {
			return 0, reading.Cause("sddl_right", "found", quoted(rest))
		}
		m, ok := otherRights[rest[:2]]
		for _, n := range rightNames {
			if n.code == rest[:2] {
				m, ok = n.mask, true
			}
		}
		if !ok {
			return 0, reading.Cause("sddl_right", "found", quoted(rest[:2]))
		}
		out |= m
	}
	return out, nil
}

func quoted(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return strconv.Quote(s)
}
