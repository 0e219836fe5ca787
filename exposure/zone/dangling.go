package zone

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/BurntSushi/toml"
	"golang.org/x/net/publicsuffix"

	"hygie/exposure/dns"
)

// Alias looks whether the end of a host name's chain of aliases exists; nil if it does or if the name is no alias. A missing target is
// looked up a second time, from nothing, before it counts.
func Alias(ctx context.Context, client *dns.Client, name string) (*Dangling, error) {
	_, answer, err := client.Addresses(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(answer.Aliases) == 0 || answer.Outcome != dns.NoName {
		return nil, nil
	}
	return dangling(ctx, client, name, "CNAME", answer.Aliases[len(answer.Aliases)-1])
}

// dangling confirms that a target does not exist, and tells who could make it exist.
func dangling(ctx context.Context, client *dns.Client, name, kind, target string) (*Dangling, error) {
	again, err := client.Fresh().Ask(ctx, target, dns.TypeA)
	if err != nil {
		return nil, err
	}
	if again.Outcome != dns.NoName {
		return nil, nil
	}
	d := &Dangling{Name: dns.Plain(name), Type: kind, Target: dns.Plain(target)}
	if s, ok := ServiceOf(target); ok {
		d.Provider = s.Name
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(d.Target)
	if err != nil || dns.Within(registrable, name) {
		return d, nil // our own domain is not free
	}
	a, err := client.Ask(ctx, registrable, dns.TypeNS)
	if err != nil {
		return nil, err
	}
	if a.Outcome == dns.NoName && sold(registrable) {
		d.Free = registrable
	}
	return d, nil
}

// sold tells whether a domain lies directly under a suffix that registries sell, and not under a provider's own or under a name that
// is reserved for tests and documents (RFC 2606), which no list of suffixes holds.
func sold(registrable string) bool {
	suffix, icann := publicsuffix.PublicSuffix(registrable)
	return icann && !dns.Within("arpa", suffix)
}

// Service is a hosting service whose customers choose names under its own, so that a name given up can be taken by another customer.
type Service struct {
	Name     string   `toml:"name"`
	Suffixes []string `toml:"suffixes"`
	Page     string   `toml:"page"`   // text of what it shows for a name that nobody claims; empty where such names do not exist
	Status   int      `toml:"status"` // of that answer
	Checks   bool     `toml:"checks"` // it asks new customers to prove that a name is theirs, at least in some cases
}

// Unclaimed tells whether an answer is what the service shows for a name that nobody claims.
func (s Service) Unclaimed(status int, body []byte) bool {
	return s.Page != "" && status == s.Status && bytes.Contains(body, []byte(s.Page))
}

// ServiceNamed is the service of a name of the table.
func ServiceNamed(name string) (Service, bool) {
	list, _, err := Services()
	i := slices.IndexFunc(list, func(s Service) bool { return s.Name == name })
	if err != nil || i < 0 {
		return Service{}, false
	}
	return list[i], true
}

//go:embed services.toml
var servicesText []byte

// Services is the table of such services, and the day it was last looked over.
func Services() (list []Service, asOf string, err error) {
	var table struct {
		AsOf    string    `toml:"as_of"`
		Source  string    `toml:"source"`
		Service []Service `toml:"service"`
	}
	if err := toml.Unmarshal(servicesText, &table); err != nil {
		return nil, "", fmt.Errorf("read the table of hosting services: %w", err)
	}
	return table.Service, table.AsOf, nil
}

// ServiceOf is the service that a target belongs to.
func ServiceOf(target string) (Service, bool) {
	list, _, err := Services()
	if err != nil {
		return Service{}, false
	}
	for _, s := range list {
		for _, suffix := range s.Suffixes {
			if dns.Within(suffix, target) && dns.Plain(target) != suffix {
				return s, true
			}
		}
	}
	return Service{}, false
}
