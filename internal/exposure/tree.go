package exposure

import (
	"net/netip"
	"strings"

	"hygie/exposure/report"
)

// twig is one thing on the map of what is seen, with what it leads to.
type twig struct {
	Name  string
	Note  string
	Worst string // gravest severity found on it
	Below []twig
}

// treeOf draws the map: domains, the names below each, the addresses each name leads to, the ports open there. Names of no declared domain and
// addresses without a name come last, under the words given for them.
func treeOf(r *report.Report, elsewhere, nameless string) []twig {
	addresses := map[netip.Addr]report.Asset{}
	var domains, names []report.Asset
	for _, a := range r.Assets {
		switch a.Kind {
		case "domain":
			domains = append(domains, a)
		case "name":
			names = append(names, a)
		case "address":
			if addr, err := netip.ParseAddr(a.Name); err == nil {
				addresses[addr] = a
			}
		}
	}
	shown := map[netip.Addr]bool{}
	place := func(n report.Asset) twig {
		t := twig{Name: n.Name, Note: n.Provider, Worst: n.Worst}
		for _, addr := range n.Addresses {
			shown[addr] = true
			t.Below = append(t.Below, portsOf(addr.String(), addresses[addr]))
		}
		return t
	}
	var tree []twig
	taken := map[string]bool{}
	for _, d := range domains {
		t := twig{Name: d.Name, Worst: d.Worst}
		for _, n := range names {
			if !taken[n.Name] && (n.Name == d.Name || strings.HasSuffix(n.Name, "."+d.Name)) {
				taken[n.Name] = true
				t.Below = append(t.Below, place(n))
			}
		}
		tree = append(tree, t)
	}
	others, alone := twig{Name: elsewhere}, twig{Name: nameless}
	for _, n := range names {
		if !taken[n.Name] {
			others.Below = append(others.Below, place(n))
		}
	}
	for _, a := range r.Assets {
		if addr, err := netip.ParseAddr(a.Name); a.Kind == "address" && err == nil && !shown[addr] && len(a.Endpoints) > 0 {
			alone.Below = append(alone.Below, portsOf(a.Name, a))
		}
	}
	for _, rest := range []twig{others, alone} {
		if len(rest.Below) > 0 {
			tree = append(tree, rest)
		}
	}
	return tree
}

// portsOf is an address with its open ports.
func portsOf(name string, a report.Asset) twig {
	t := twig{Name: name, Worst: a.Worst}
	for _, e := range a.Endpoints {
		at, transport, _ := strings.Cut(e.At, "/")
		port := at[strings.LastIndexByte(at, ':')+1:]
		t.Below = append(t.Below, twig{Name: port + "/" + transport, Note: strings.TrimSpace(e.Protocol + " " + e.Product)})
	}
	return t
}
