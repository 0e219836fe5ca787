package perimeter

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Item is one line of a perimeter: a kind and what it says.
type Item struct {
	Kind string `json:"kind"` // "domain", "range", "host", "selector", "exclude", "ports", "service", "class"
	Text string `json:"text"`
}

// Items lists, in order, what decides on which machines the audit looks at and how far: domains, ranges, hosts, selectors, exclusions,
// ports, services and intrusive classes. The contact, the pace, the hours and the proofs change nothing to what is seen and are left out.
func (p *Perimeter) Items() []Item {
	var out []Item
	add := func(kind, text string) { out = append(out, Item{kind, text}) }
	for _, d := range p.Domains {
		add("domain", d)
	}
	for _, r := range p.Ranges {
		add("range", r.String())
	}
	for _, h := range p.Hosts {
		add("host", h)
	}
	for domain, list := range p.Mail.Selectors {
		for _, s := range list {
			add("selector", s+"._domainkey."+domain)
		}
	}
	for _, s := range p.Mail.Senders {
		add("sender", s)
	}
	for _, v := range p.Providers {
		for _, s := range v.Suffixes {
			add("provider", s)
		}
	}
	for _, e := range p.Exclude {
		add("exclude", e)
	}
	add("ports", p.Ports.String())
	for _, s := range p.Services {
		add("service", strings.TrimSpace(s.At+" "+s.Protocol))
	}
	for _, m := range p.Mandates {
		for _, c := range m.Classes {
			for _, what := range m.Covers {
				add("class", c+" "+what)
			}
		}
	}
	slices.SortFunc(out, func(a, b Item) int { return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Text, b.Text)) })
	return slices.Compact(out)
}

// String says which ports are tried.
func (p Ports) String() string {
	text := "curated"
	if p.All {
		text = "all"
	} else if len(p.List) > 0 {
		var parts []string
		for _, r := range p.List {
			part := fmt.Sprint(r.From)
			if r.To != r.From {
				part += "-" + fmt.Sprint(r.To)
			}
			parts = append(parts, part)
		}
		text = strings.Join(parts, ",")
	}
	if p.NoUDP {
		text += " no-udp"
	}
	return text
}

// Hash names the perimeter: SHA-256, hexadecimal, of its items, one a line as "kind text". Two perimeters with the same hash cover the
// same machines in the same way.
func (p *Perimeter) Hash() string {
	h := sha256.New()
	fmt.Fprintln(h, "hygie-perimeter/1")
	for _, i := range p.Items() {
		fmt.Fprintln(h, i.Kind, i.Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Difference is what changed between two perimeters.
type Difference struct {
	Added   []Item `json:"added"`
	Removed []Item `json:"removed"`
}

// Diff says what was added to and removed from before.
func (p *Perimeter) Diff(before *Perimeter) Difference {
	d := Difference{Added: []Item{}, Removed: []Item{}}
	d.Added = append(d.Added, missing(p.Items(), before.Items())...)
	d.Removed = append(d.Removed, missing(before.Items(), p.Items())...)
	return d
}

// missing lists what is in list and not in from.
func missing(list, from []Item) []Item {
	known := make(map[Item]bool, len(from))
	for _, i := range from {
		known[i] = true
	}
	return slices.DeleteFunc(list, func(i Item) bool { return known[i] })
}
