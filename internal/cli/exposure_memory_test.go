package cli

import (
	"net/netip"
	"testing"

	"hygie/exposure"
	"hygie/exposure/discover"
	"hygie/exposure/perimeter"
)

func TestItemsOfAnAudit(t *testing.T) {
	c := exposure.Config{Perimeter: &perimeter.Perimeter{Domains: []string{"a.example", "b.example"}, Hosts: []string{"192.0.2.1"},
		Ranges: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.4/32"), netip.MustParsePrefix("2001:db8::/64")}},
		Imports: []discover.Import{{Names: make([]string, 40)}}}
	if got := items(c); got != 2+1+256+1+1+40 {
		t.Errorf("%d items", got)
	}
}
