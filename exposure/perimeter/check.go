package perimeter

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checker gathers problems while it brings a perimeter into its canonical form.
type checker struct{ problems Problems }

func (c *checker) add(path string, err error) {
	c.problems = append(c.problems, Problem{Path: path, Err: err})
}

// Check brings the perimeter into its canonical form, and gives every problem as [Problems].
func (p *Perimeter) Check() error {
	c := &checker{}
	p.Domains = c.domains(p.Domains)
	p.Ranges = c.ranges(p.Ranges)
	p.Hosts = c.hosts(p.Hosts)
	p.Mail = c.mail(p.Mail, p.Domains)
	c.providers(p.Providers)
	p.Exclude = c.things("exclude", p.Exclude, true)
	c.ports(&p.Ports)
	c.services(p.Services)
	c.pace(p.Pace)
	c.hours("hours", p.Hours)
	if p.Zone != "" {
		if _, err := time.LoadLocation(p.Zone); err != nil {
			c.add("zone", wrong("« %s » n’est pas un fuseau horaire comme Europe/Paris", "%q is not a time zone such as Europe/Paris", p.Zone))
		}
	}
	for i := range p.Mandates {
		c.mandate(fmt.Sprintf("mandates[%d]", i), &p.Mandates[i])
	}
	if p.ProofKey != "" && len(p.ProofKey) < 16 {
		c.add("proof_key", wrong("une clé a au moins 16 caractères", "a key has at least 16 characters"))
	}
	if len(p.Domains)+len(p.Ranges)+len(p.Hosts) == 0 && len(c.problems) == 0 {
		c.add("domains", wrong("le périmètre est vide : déclarez au moins un domaine, une plage ou une machine", "the perimeter is empty: declare at least a domain, a range or a host"))
	}
	if len(c.problems) > 0 {
		return c.problems
	}
	return nil
}

func (c *checker) many(path string, n int) bool {
	if n > MaxItems {
		c.add(path, wrong("%d éléments ; un périmètre en tient %d au plus", "%d items; a perimeter holds at most %d", n, MaxItems))
		return true
	}
	return false
}

func (c *checker) domains(list []string) []string {
	if c.many("domains", len(list)) {
		return nil
	}
	var out []string
	for i, text := range list {
		name, err := Name(text)
		if err == nil {
			err = ownable(name)
		}
		if err != nil {
			c.add(fmt.Sprintf("domains[%d]", i), err)
			continue
		}
		out = append(out, name)
	}
	return set(out)
}

func (c *checker) hosts(list []string) []string {
	if c.many("hosts", len(list)) {
		return nil
	}
	var out []string
	for i, text := range list {
		name, addr, err := host(text)
		if err == nil && name != "" {
			err = ownable(name)
		}
		if err == nil && addr.IsValid() {
			name, err = addr.String(), touchable(addr)
		}
		if err != nil {
			c.add(fmt.Sprintf("hosts[%d]", i), err)
			continue
		}
		out = append(out, name)
	}
	return set(out)
}

// touchable refuses the addresses that are nobody's machine.
func touchable(a netip.Addr) error {
	if a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return wrong("%s n’est pas l’adresse d’une machine", "%s is not the address of a machine", a)
	}
	return nil
}

func (c *checker) ranges(list []netip.Prefix) []netip.Prefix {
	if c.many("ranges", len(list)) {
		return nil
	}
	var out []netip.Prefix
	total := 0
	for i, r := range list {
		path := fmt.Sprintf("ranges[%d]", i)
		if !r.IsValid() {
			c.add(path, wrong("ce n’est pas une plage comme 192.0.2.0/28", "not a range such as 192.0.2.0/28"))
			continue
		}
		if r.Addr().Is4In6() {
			if r.Bits() < 96 {
				c.add(path, wrong("%s est plus large que tout IPv4", "%s is wider than all of IPv4", r))
				continue
			}
			r = netip.PrefixFrom(r.Addr().Unmap(), r.Bits()-96)
		}
		switch masked := r.Masked(); {
		case masked != r:
			c.add(path, wrong("%s est une adresse dans %s : écrivez l’une ou l’autre", "%s is an address inside %s: write one or the other", r, masked))
		case touchable(r.Addr()) != nil && r.Bits() > 0:
			c.add(path, touchable(r.Addr()))
		case r.Addr().Is6() && r.Bits() < minIPv6:
			c.add(path, wrong("%s est plus large que la plage d’aucun établissement : au moins /%d", "%s is wider than any establishment's: at least /%d", r, minIPv6))
		case r.Addr().Is4() && (r.Bits() < 16 || total+1<<(32-r.Bits()) > MaxAddresses):
			c.add(path, wrong("avec %s, cela fait plus de %d adresses en tout", "%s makes more than %d addresses in all", r, MaxAddresses))
		default:
			if r.Addr().Is4() {
				total += 1 << (32 - r.Bits())
			}
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return slices.Compact(out)
}

func (c *checker) mail(m Mail, domains []string) Mail {
	m.Senders = c.names("mail.senders", m.Senders)
	for i, name := range m.Senders {
		if err := full(name); err != nil {
			c.add(fmt.Sprintf("mail.senders[%d]", i), err)
		}
	}
	if len(m.Selectors) == 0 {
		return m
	}
	out := make(map[string][]string, len(m.Selectors))
	for domain, list := range m.Selectors {
		path := "mail.selectors." + domain
		name, err := Name(domain)
		if err == nil && !slices.ContainsFunc(domains, func(d string) bool { return Under(name, d) }) {
			err = wrong("%s n’est pas parmi les domaines", "%s is not among the domains", name)
		}
		if err != nil {
			c.add(path, err)
			continue
		}
		out[name] = set(append(out[name], c.names(path, list)...))
	}
	m.Selectors = out
	return m
}

func (c *checker) names(path string, list []string) []string {
	if c.many(path, len(list)) {
		return nil
	}
	var out []string
	for i, text := range list {
		name, err := Name(text)
		if err != nil {
			c.add(fmt.Sprintf("%s[%d]", path, i), err)
			continue
		}
		out = append(out, name)
	}
	return set(out)
}

func (c *checker) providers(list []Provider) {
	if c.many("providers", len(list)) {
		return
	}
	for i := range list {
		path := fmt.Sprintf("providers[%d]", i)
		if strings.TrimSpace(list[i].Name) == "" {
			c.add(path+".name", wrong("dites qui est ce prestataire", "say who the provider is"))
		}
		list[i].Suffixes = c.names(path+".suffixes", list[i].Suffixes)
		for _, s := range list[i].Suffixes {
			if err := ownable(s); err != nil {
				c.add(path+".suffixes", err)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Provider) int { return strings.Compare(a.Name, b.Name) })
}

// things reads what a mandate covers or what is excluded: names, addresses, ranges and, with ports, address:port.
func (c *checker) things(path string, list []string, ports bool) []string {
	if c.many(path, len(list)) {
		return nil
	}
	var out []string
	for i, text := range list {
		t, err := parseThing(text)
		if err == nil && t.port != 0 && !ports {
			err = wrong("« %s » : pas de port ici", "%q: no port here", text)
		}
		if err != nil {
			c.add(fmt.Sprintf("%s[%d]", path, i), err)
			continue
		}
		out = append(out, t.String())
	}
	return set(out)
}

func (c *checker) ports(p *Ports) {
	for i, r := range p.List {
		if r.From == 0 || r.To < r.From {
			c.add(fmt.Sprintf("ports.scan[%d]", i), wrong("les ports vont de 1 à 65535, le plus petit d’abord", "ports go from 1 to 65535, the lower first"))
		}
	}
	slices.SortFunc(p.List, func(a, b PortRange) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
}

func (c *checker) services(list []Service) {
	if c.many("services", len(list)) {
		return
	}
	for i := range list {
		s := &list[i]
		at, udp := strings.CutSuffix(strings.TrimSpace(s.At), "/udp")
		at = strings.TrimSuffix(at, "/tcp")
		t, err := parseThing(at)
		if err == nil && (t.port == 0 || t.prefix.IsValid() && !t.prefix.IsSingleIP()) {
			err = wrong("« %s » : écrivez adresse:port ou nom:port", "%q: write address:port or name:port", s.At)
		}
		if err != nil {
			c.add(fmt.Sprintf("services[%d].at", i), err)
			continue
		}
		s.At = t.String()
		if udp {
			s.At += "/udp"
		}
		s.Protocol = strings.ToLower(strings.TrimSpace(s.Protocol))
	}
	slices.SortStableFunc(list, func(a, b Service) int { return strings.Compare(a.At, b.At) })
}

func (c *checker) pace(p Pace) {
	for _, each := range []struct {
		path     string
		value    float64
		most     float64
		fraction bool
	}{
		{"pace.per_address", float64(p.PerAddress), 64, false}, {"pace.per_second", p.PerSecond, 1000, true},
		{"pace.per_network", p.PerNetwork, 10000, true}, {"pace.total", float64(p.Total), 4096, false},
	} {
		if each.value < 0 || each.value > each.most || each.value != each.value {
			c.add(each.path, wrong("entre 0 (le rythme habituel) et %g", "between 0 (the usual pace) and %g", each.most))
		}
		if each.fraction && each.value > 0 && each.value < 0.01 {
			c.add(each.path, wrong("au moins 0,01 par seconde", "at least 0.01 a second"))
		}
	}
}

func (c *checker) mandate(path string, m *Mandate) {
	if m.File == "" || filepath.IsAbs(m.File) || !filepath.IsLocal(m.File) {
		c.add(path+".file", wrong("nommez un fichier du dossier du périmètre", "name a file in the folder of the perimeter"))
	}
	m.SHA256 = strings.ToLower(strings.TrimSpace(m.SHA256))
	if raw, err := hex.DecodeString(m.SHA256); err != nil || len(raw) != 32 {
		c.add(path+".sha256", wrong("le SHA-256 du fichier a 64 chiffres hexadécimaux (sha256sum le donne)", "the SHA-256 of the file has 64 hexadecimal digits (sha256sum gives it)"))
	}
	if strings.TrimSpace(m.Signer) == "" {
		c.add(path+".signer", wrong("dites qui a signé, et à quel titre", "say who signed, and in what role"))
	}
	if m.From.IsZero() || m.Until.IsZero() || m.Until.Before(m.From.Time) {
		c.add(path+".until", wrong("un mandat a un premier jour (from) et un dernier (until), écrits 2026-12-31", "a mandate has a first day (from) and a last one (until), written 2026-12-31"))
	}
	c.hours(path+".hours", m.Hours)
	m.Covers = c.things(path+".covers", m.Covers, false)
	if len(m.Covers) == 0 {
		c.add(path+".covers", wrong("dites ce que le mandat couvre", "say what the mandate covers"))
	}
	for i, text := range m.Classes {
		if _, err := ParseClass(text); err != nil {
			c.add(fmt.Sprintf("%s.classes[%d]", path, i), err)
		}
	}
	m.Classes = set(m.Classes)
	for i, text := range m.Sources {
		if _, err := parsePrefix(text); err != nil {
			c.add(fmt.Sprintf("%s.sources[%d]", path, i), err)
		}
	}
}

// hours tells which windows of a file could not be read.
func (c *checker) hours(path string, list []Window) {
	for i, w := range list {
		if w.fault != nil {
			c.add(fmt.Sprintf("%s[%d]", path, i), w.fault)
		}
	}
}

// set sorts a list and drops what repeats.
func set(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// thing is a name with those below it, an address or a range, with an optional port.
type thing struct {
	name   string
	prefix netip.Prefix
	port   uint16
}

func parseThing(text string) (thing, error) {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		if ap.Port() == 0 {
			return thing{}, wrong("« %s » : il n’y a pas de port 0", "%q: there is no port 0", text)
		}
		a := ap.Addr().Unmap()
		return thing{prefix: netip.PrefixFrom(a, a.BitLen()), port: ap.Port()}, nil
	}
	if p, err := parsePrefix(text); err == nil {
		return thing{prefix: p}, nil
	}
	name, port, hasPort := strings.Cut(text, ":")
	canonical, err := Name(name)
	if err == nil {
		err = full(canonical)
	}
	if err != nil {
		return thing{}, err
	}
	t := thing{name: canonical}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return thing{}, wrong("« %s » : les ports vont de 1 à 65535", "%q: ports go from 1 to 65535", text)
		}
		t.port = uint16(n)
	}
	return t, nil
}

// parsePrefix reads a range or an address, IPv4 written as IPv6 included (RFC 4291 2.5.5.2).
func parsePrefix(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, wrong("« %s » n’est ni une adresse ni une plage : écrivez 192.0.2.0/28", "%q is neither an address nor a range: write 192.0.2.0/28", text)
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, wrong("« %s » n’est ni une adresse ni une plage : écrivez 192.0.2.0/28", "%q is neither an address nor a range: write 192.0.2.0/28", text)
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 { // as IPv4, or it would hold no address
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p, nil
}

// String is the canonical form.
func (t thing) String() string {
	at := t.name
	if t.prefix.IsValid() {
		at = t.prefix.String()
		if t.prefix.IsSingleIP() {
			at = t.prefix.Addr().String()
		}
	}
	if t.port == 0 {
		return at
	}
	if t.prefix.IsValid() {
		return netip.AddrPortFrom(t.prefix.Addr(), t.port).String()
	}
	return at + ":" + strconv.Itoa(int(t.port))
}

// holds tells whether a host is in the thing; a port that the thing names must agree.
func (t thing) holds(name string, a netip.Addr, port uint16) bool {
	if t.port != 0 && t.port != port {
		return false
	}
	if t.name != "" {
		return name != "" && Under(name, t.name)
	}
	return a.IsValid() && t.prefix.Contains(a.Unmap())
}
