// Package generate invents the directory of a hospital, with known weaknesses, for demonstrations, tests and measurements.
//
//	truth, err := generate.Hospital(generate.Options{Objects: 10_000, Seed: 1, AsOf: asOf, Weaknesses: generate.Demo}, sink)
//
// The domain has what a real one has: organisational units by service with delegated support groups, people, workstations
// and servers of several ages, nested groups, service and managed accounts, password policies, group policies, a trust, a
// certification authority with templates, a read-only controller, the files of the group policies in SYSVOL, DNS zones, the configuration and the schema, and a security descriptor on every
// object. Built-in groups have their French names, as on a French Windows, so that a reader that looks for "Domain Admins"
// finds nothing.
//
// With [Healthy] nothing is wrong. With [Demo] about thirty weaknesses are planted, and the returned [Truth] lists them with
// their objects. The same options give the same bytes on every machine.
//
// Every name is invented: people are made of common first names and syllables, the establishment does not exist, and the
// domain is below ".test" (RFC 6761).
package generate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/dump"
	"hygie/directory/generate/internal/domain"
	"hygie/directory/generate/internal/forest"
	"hygie/directory/generate/internal/share"
	"hygie/directory/generate/internal/world"
	"hygie/directory/generate/planted"
	"hygie/directory/model"
	"hygie/directory/sysvol"
)

// Weaknesses selects what is planted (docs/formats/directory-generated.md, Truth).
type Weaknesses string

// Choices of weaknesses (docs/formats/directory-generated.md).
const (
	Healthy Weaknesses = "none"
	Demo    Weaknesses = "demo"
)

// Options of a generated domain (docs/formats/directory-generated.md).
type Options struct {
	Objects    int        // people, computers and groups, about; 1,000 by default; fixed objects and the schema come on top
	Seed       uint64     // another seed gives other people, identifiers and ages
	AsOf       time.Time  // the day of the collection; ages count back from it
	DNSName    string     // "valombre.test" by default
	Weaknesses Weaknesses // Healthy by default
	// Points narrows Demo to the weaknesses behind these control points; empty: all of them. Points that share their cause
	// come together: the truth names them. Identifiers and people do not depend on the choice, so that two collections of the
	// same domain can be told, some things mended in between.
	Points []string
	// Paths chooses ways into tier 0 among planted.Names, in a healthy domain too. Empty: with the whole demonstration all of them,
	// else none but those that the planted weaknesses open.
	Paths []string
	// Child adds a child domain in the same forest, "antenne" below DNSName, with a tenth of the objects. With Demo it has weaknesses of its
	// own, and what takes its controllers goes on into the root: see Truth.Child.
	Child bool
}

// Bounds of Options.Objects.
const (
	minObjects     = 200
	maxObjects     = 5_000_000
	defaultObjects = 1_000
	defaultDNSName = "valombre.test"
)

// Truth says what was planted (docs/formats/directory-generated.md, Truth).
type Truth struct {
	DNSName    string             `json:"dns_name"`
	DomainSID  string             `json:"domain_sid"`
	Seed       uint64             `json:"seed"`
	AsOf       time.Time          `json:"as_of"`
	Objects    int                `json:"objects"` // entries written
	Weaknesses []planted.Weakness `json:"weaknesses"`
	Findings   []planted.Weakness `json:"findings"` // weaknesses that no control point has, by rule of package findings
	Paths      []planted.Path     `json:"paths"`    // those that the weaknesses open included
	// Crossing are, in a child domain, the ways that go on into the root of the forest: the domains of one forest believe each other, and
	// nothing is to be taken away there.
	Crossing []planted.Path `json:"crossing,omitempty"`
	Child    *Truth         `json:"child,omitempty"` // of the child domain; its objects are among Objects
}

// Sink receives the entries; dump.Writer and ldif.Writer are sinks (docs/formats/directory-generated.md). One that has WriteSysvol, as a dump.Writer,
// also receives SYSVOL.
type Sink interface {
	WriteEntry(model.Entry) error
}

// normal gives the options with their defaults, or says what cannot be generated.
func (o Options) normal() (Options, error) {
	o.Objects = cmp.Or(o.Objects, defaultObjects)
	o.DNSName = strings.ToLower(cmp.Or(o.DNSName, defaultDNSName))
	o.Weaknesses = cmp.Or(o.Weaknesses, Healthy)
	switch {
	case o.Objects < minObjects || o.Objects > maxObjects:
		return o, fmt.Errorf("generate domain: %d objects, want %d to %d", o.Objects, minObjects, maxObjects)
	case o.AsOf.IsZero():
		return o, errors.New("generate domain: the day of the collection is not given")
	case len(o.Points) > 0 && o.Weaknesses != Demo:
		return o, errors.New("generate domain: points are chosen, but no weakness is to be planted")
	case slices.ContainsFunc(o.Paths, func(name string) bool { return !slices.Contains(planted.Names(), name) }):
		return o, fmt.Errorf("generate domain: unknown path among %q", o.Paths)
	case o.Weaknesses != Healthy && o.Weaknesses != Demo:
		return o, fmt.Errorf("generate domain: unknown choice of weaknesses %q", o.Weaknesses)
	}
	for label := range strings.SplitSeq(o.DNSName, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return o, fmt.Errorf("generate domain: %q is not a DNS name", o.DNSName)
		}
	}
	o.AsOf = o.AsOf.UTC().Truncate(time.Second)
	return o, nil
}

// Check says what cannot be generated.
func (o Options) Check() error {
	_, err := o.normal()
	return err
}

// Hospital writes the domain to out (docs/formats/directory-generated.md).
func Hospital(o Options, out Sink) (*Truth, error) {
	o, err := o.normal()
	if err != nil {
		return nil, err
	}
	w, err := world.New(o.choice(), out)
	if err != nil {
		return nil, err
	}
	domain.Write(w)
	forest.Write(w)
	if w.Err != nil {
		return nil, fmt.Errorf("generate domain: %w", w.Err)
	}
	if err := share.Write(w); err != nil {
		return nil, err
	}
	var child *Truth
	if o.Child {
		if child, err = childOf(o, w, out); err != nil {
			return nil, err
		}
		w.Written += child.Objects
	}
	for _, p := range o.Points {
		if !slices.ContainsFunc(w.Weaknesses, func(known planted.Weakness) bool { return known.Point == p }) {
			return nil, fmt.Errorf("generate domain: %q is no weakness that can be planted", p)
		}
	}
	return &Truth{
		DNSName: o.DNSName, DomainSID: w.SID.String(), Seed: o.Seed, AsOf: o.AsOf, Objects: w.Written,
		Weaknesses: w.Weaknesses, Findings: w.Findings, Paths: w.Paths, Child: child,
	}, nil
}

// childOf writes the child domain of a root that was written.
func childOf(o Options, root *world.World, out Sink) (*Truth, error) {
	c := o.choice().ChildChoice()
	w, err := world.New(c, out)
	if err != nil {
		return nil, err
	}
	domain.Write(w)
	if w.Err != nil {
		return nil, fmt.Errorf("generate child domain: %w", w.Err)
	}
	if err := share.Write(w); err != nil {
		return nil, err
	}
	shared(root, w)
	t := &Truth{DNSName: c.DNSName, DomainSID: w.SID.String(), Seed: c.Seed, AsOf: c.AsOf, Objects: w.Written, Weaknesses: w.Weaknesses, Findings: w.Findings, Paths: w.Paths}
	for _, p := range w.Paths {
		p.What = "Dans un domaine enfant : " + p.What
		p.Kinds = slices.Clone(p.Kinds)
		if p.Target != w.Root {
			p.Kinds = append(p.Kinds, control.ControlsDomain.String())
		}
		p.Kinds, p.Target = append(p.Kinds, control.SameForest.String()), w.Top.Root
		t.Crossing = append(t.Crossing, p)
	}
	return t, nil
}

// shared notes in the child what is wrong there because of the root: what lies in the configuration of the forest, and the built-in
// administrator of the root, who is one of the child by Enterprise Admins.
func shared(root, child *world.World) {
	for _, weak := range root.Weaknesses {
		if weak.Point == "vuln_functional_level" { // each domain has a level of its own, and so has the forest
			child.Plant(weak.Point, weak.What, "CN=Partitions,"+root.Config)
		}
		for _, dn := range weak.Objects {
			if dn == root.Person500() || strings.HasSuffix(dn, ","+root.Config) {
				child.PlantSome(weak.Point, weak.What, weak.Partial, dn)
			}
		}
	}
}

// choice is what the options say of the domain itself.
func (o Options) choice() world.Choice {
	return world.Choice{
		Objects: o.Objects, Seed: o.Seed, AsOf: o.AsOf, DNSName: o.DNSName, Demo: o.Weaknesses == Demo, Points: o.Points, Paths: o.Paths, Child: o.Child,
	}
}

// Header gives the header of a dump of the domain: its partitions and the attributes that a collector would have asked for
// (docs/formats/directory-dump.md, Header).
func Header(o Options) (dump.Header, error) {
	o, err := o.normal()
	if err != nil {
		return dump.Header{}, err
	}
	h := dump.Header{
		Tool: "hygie generate", Collected: o.AsOf, Server: "dc1." + o.DNSName,
		Account: strings.ToUpper(world.NetBIOS(o.DNSName)) + `\lecteur`, Level: "full", Sysvol: true,
	}
	root := world.RootDN(o.DNSName)
	partitions := []dump.Partition{
		{DN: root, Kind: model.Domain, DNSName: o.DNSName},
		{DN: "CN=Configuration," + root, Kind: model.Configuration},
		{DN: "CN=Schema,CN=Configuration," + root, Kind: model.Schema},
		{DN: "DC=DomainDnsZones," + root, Kind: model.DNSZones},
		{DN: "DC=ForestDnsZones," + root, Kind: model.DNSZones},
	}
	if o.Child {
		name := o.choice().ChildChoice().DNSName
		below := world.RootDN(name)
		partitions = append(partitions, dump.Partition{DN: below, Kind: model.Domain, DNSName: name}, dump.Partition{DN: "DC=DomainDnsZones," + below, Kind: model.DNSZones})
	}
	for _, p := range partitions {
		p.Attributes = strings.Fields(askedAttributes)
		h.Partitions = append(h.Partitions, p)
	}
	return h, nil
}

// Into gives a sink that adds to a builder, whose source and partitions are declared at once (docs/formats/directory-generated.md).
func Into(b *model.Builder, o Options) (Sink, error) {
	h, err := Header(o)
	if err != nil {
		return nil, err
	}
	b.Source(model.Source{Tool: h.Tool, Name: "generated", Collected: h.Collected, Server: h.Server, Account: h.Account, Level: h.Level})
	for _, p := range h.Partitions {
		b.Partition(model.Partition{DN: p.DN, Kind: p.Kind, DNSName: p.DNSName, Attributes: p.Attributes})
	}
	return builderSink{b}, nil
}

type builderSink struct{ b *model.Builder }

func (s builderSink) WriteEntry(e model.Entry) error { return s.b.Add(e) }

func (s builderSink) WriteSysvol(share *sysvol.Share) error {
	s.b.Sysvol(share)
	return nil
}
