package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	wire "github.com/miekg/dns"
)

// System reads the resolvers of this machine from a file in the form of /etc/resolv.conf (resolv.conf(5)).
func System(path string) ([]netip.AddrPort, error) {
	conf, err := wire.ClientConfigFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the resolvers of this machine: %w", err)
	}
	var list []netip.AddrPort
	for _, text := range conf.Servers {
		if a, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.AddrPortFrom(a, 53))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("read the resolvers of this machine: %w", errors.New(path+" names none"))
	}
	return list, nil
}

// ParseResolver reads an address with or without a port: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53".
func ParseResolver(text string) (netip.AddrPort, error) {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap, nil
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolver %q: not an address", text)
	}
	return netip.AddrPortFrom(a, 53), nil
}
