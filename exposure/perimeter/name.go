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
	for _, r := range name {
		if r >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(name)
			if err != nil {
				return "", wrong("« %s » n’est pas un nom : %v", "%q is not a name: %v", text, err)
			}
			name = ascii
			break
		}
	}
	if _, rest, url := strings.Cut(name, "://"); url {
		only, _, _ := strings.Cut(rest, "/")
		return "", wrong("« %s » est l’adresse d’une page : écrivez le nom seul, %s", "%q is the address of a page: write the name alone, %s", text, only)
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

// ownable refuses the names under which strangers register theirs: nobody owns "fr" or "asso.fr".
func ownable(name string) error {
	suffix, managed := publicsuffix.PublicSuffix(name)
	if managed && suffix == name || !strings.Contains(name, ".") {
		return wrong("%s appartient à un registre : déclarez un domaine en dessous", "%s belongs to a registry: declare a domain below it", name)
	}
	return nil
}

// host reads a single name or address.
func host(text string) (name string, a netip.Addr, err error) {
	if a, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(text), "[]")); err == nil {
		if a.Zone() != "" {
			return "", a, wrong("« %s » : une adresse d’internet n’a pas de zone", "%q: an address on the internet has no zone", text)
		}
		return "", a.Unmap(), nil
	}
	name, err = Name(text)
	if err == nil && !strings.Contains(name, ".") {
		err = wrong("« %s » n’est pas un nom complet", "%q is not a full name", text)
	}
	return name, netip.Addr{}, err
}
