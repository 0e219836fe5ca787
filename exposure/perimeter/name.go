package perimeter

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Name gives the canonical form of a host or domain name: lower case, ASCII (RFC 5891), without the final dot. It refuses what cannot
// stand in the DNS (RFC 1035 2.3.4); an underscore may begin a label, as in _dmarc.
func Name(text string) (string, error) {
	name := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(text)), ".")
	if _, rest, url := strings.Cut(name, "://"); url {
		only, _, _ := strings.Cut(rest, "/")
		return "", wrong("« %s » est l’adresse d’une page : écrivez le nom seul, %s", "%q is the address of a page: write the name alone, %s", text, only)
	}
	for _, r := range name {
		if r >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(name)
			if err != nil {
				return "", wrong("« %s » contient un signe qu’un nom ne peut pas avoir", "%q holds what a name cannot", text)
			}
			name = ascii
			break
		}
	}
	if name == "" || len(name) > 253 {
		return "", wrong("« %s » n’est pas un nom : il a de 1 à 253 caractères", "%q is not a name: it has 1 to 253 characters", text)
	}
	for label := range strings.SplitSeq(name, ".") {
		if err := checkLabel(label); err != nil {
			return "", wrong("« %s » n’est pas un nom : %v", "%q is not a name: %v", text, err)
		}
	}
	return name, nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > 63 {
		return wrong("entre deux points il y a de 1 à 63 caractères", "a label has 1 to 63 characters")
	}
	for i := range len(label) {
		c := label[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' && i > 0 && i < len(label)-1 {
			continue
		}
		return wrong("« %s » contient un signe qu’un nom ne peut pas avoir", "the label %q holds what a name cannot", label)
	}
	return nil
}

// Under tells whether a canonical name is domain or below it.
func Under(name, domain string) bool {
	return name == domain || len(name) > len(domain) && strings.HasSuffix(name, domain) && name[len(name)-len(domain)-1] == '.'
}

// full refuses what is no name of the internet: of one part, or with a last part that does not begin with a letter (RFC 1123 2.1). An address or a
// range with a slip of the pen, such as 192.0.2.300 or 192.0.2.1-9, would pass for a name else, and as an exclusion it would hold nothing.
func full(name string) error {
	if _, err := parsePrefix(name); err == nil {
		return wrong("« %s » est une adresse, pas un nom", "%q is an address, not a name", name)
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if len(last) == len(name) || last[0] < 'a' || last[0] > 'z' {
		return wrong("« %s » n’est ni un nom complet, ni une adresse, ni une plage", "%q is neither a full name, an address nor a range", name)
	}
	return nil
}

// ownable refuses the names under which strangers register theirs: nobody owns "fr" or "asso.fr".
func ownable(name string) error {
	suffix, managed := publicsuffix.PublicSuffix(name)
	if managed && suffix == name || !strings.Contains(name, ".") {
		return wrong("%s appartient à un registre : déclarez un domaine en dessous", "%s belongs to a registry: declare a domain below it", name)
	}
	return full(name)
}

// host reads a single name or address.
func host(text string) (name string, a netip.Addr, err error) {
	if a, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(text), "[]")); err == nil {
		if a.Zone() != "" {
			return "", a, wrong("« %s » : une adresse d’internet n’a pas de zone", "%q: an address on the internet has no zone", text)
		}
		return "", a.Unmap(), nil
	}
	if p, err := parsePrefix(text); err == nil {
		return "", a, wrong("%s est une plage, pas une machine : écrivez-la parmi les plages", "%s is a range, not a host: write it among the ranges", p)
	}
	name, err = Name(text)
	if err == nil {
		err = full(name)
	}
	return name, netip.Addr{}, err
}
