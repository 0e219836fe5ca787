// Package world holds what the writers of an invented domain have in common: the names of its objects and people, the identifiers that it
// gives out, the passing of time, and the note of what is planted. The first error stops everything that follows.
//
// The packages beside it write the entries, each for its part: domain, forest, share.
package world

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hygie/directory/generate/internal/entry"
	"hygie/directory/generate/planted"
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Choice is what a domain is made from (docs/formats/directory-generated.md).
type Choice struct {
	Objects int
	Seed    uint64
	AsOf    time.Time
	DNSName string
	Demo    bool     // weaknesses are planted
	Points  []string // only those behind these control points; empty: all of them
	Paths   []string // the ways into tier 0; empty: all of them with the whole demonstration, else none
	Above   *Choice  // the domain at the root of the forest, of a child; nil for the root itself
	Child   bool     // the root has a child domain
}

// sink receives the entries.
type sink interface {
	WriteEntry(model.Entry) error
}

// World is a domain being written (docs/formats/directory-generated.md). The first error stops everything that follows.
type World struct {
	Asked   Choice
	Out     sink
	Err     error
	Written int

	Weaknesses []planted.Weakness
	Findings   []planted.Weakness // those that no control point has
	Paths      []planted.Path

	Root     string // DN of the domain
	Top      *World // the domain at the root of the forest: this one, unless it is a child
	Below    *World // the child domain of the root, which writes nothing; nil when there is none
	Config   string // DN of the configuration
	SchemaDN string
	SID      sid.SID
	Tables   *schema.Schema
	Rand     *rand.Rand
	rid      uint32 // last one given out

	classes map[string][][]byte // class -> objectClass values, top first
	descs   map[string][]byte   // SDDL -> descriptor
	SIDs    map[string]sid.SID  // account name -> SID, for those that descriptors name
	Created time.Time           // birth of the domain
}

// New begins a domain, and gives SIDs to the accounts that descriptors name before they are written (docs/formats/directory-generated.md).
func New(o Choice, out sink) (*World, error) {
	tables, err := schema.Published()
	if err != nil {
		return nil, err
	}
	w := &World{
		Asked: o, Out: out, Tables: tables,
		Root:       RootDN(o.DNSName),
		Rand:       rand.New(rand.NewPCG(o.Seed, 0x68796769)),
		rid:        1102,
		classes:    make(map[string][][]byte),
		descs:      make(map[string][]byte),
		SIDs:       make(map[string]sid.SID),
		Created:    o.AsOf.AddDate(-11, -2, -5),
		Weaknesses: []planted.Weakness{}, Findings: []planted.Weakness{}, Paths: []planted.Path{},
	}
	w.SID = sid.New(5, 21, w.Rand.Uint32(), w.Rand.Uint32(), w.Rand.Uint32())
	w.Top = w
	if o.Above != nil {
		if w.Top, err = New(*o.Above, nil); err != nil {
			return nil, err
		}
	}
	w.Config = "CN=Configuration," + w.Top.Root
	w.SchemaDN = "CN=Schema," + w.Config
	w.reserveAccounts()
	if o.Child {
		if w.Below, err = New(o.ChildChoice(), nil); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// ChildChoice gives what the child domain is made from: a tenth of the objects, a few weaknesses of its own when the root has any. Where the
// root has no silo for its administrators, the child has none either.
func (o Choice) ChildChoice() Choice {
	above := o
	above.Child = false
	child := Choice{Objects: max(o.Objects/10, 200), Seed: o.Seed*31 + 7, AsOf: o.AsOf, DNSName: "antenne." + o.DNSName, Demo: o.Demo, Above: &above}
	if o.Demo {
		child.Points = []string{"vuln_permissions_dc", "vuln_delegation_t4d", "vuln_krbtgt"}
		if len(o.Points) == 0 || slices.Contains(o.Points, "vuln_silo_priv") {
			child.Points = append(child.Points, "vuln_silo_priv")
		}
	}
	return child
}

// IsChild tells whether the domain is not the root of its forest.
func (w *World) IsChild() bool { return w.Top != w }

// Demo tells whether weaknesses are planted.
func (w *World) Demo() bool { return w.Asked.Demo }

// Has tells whether one of the points is to be planted. Points that a single cause makes fail are asked for together.
func (w *World) Has(points ...string) bool {
	return w.Demo() && (len(w.Asked.Points) == 0 || slices.ContainsFunc(points, func(p string) bool { return slices.Contains(w.Asked.Points, p) }))
}

// Plant notes a weakness; objects already noted for the same point are joined.
func (w *World) Plant(point, what string, objects ...string) {
	w.PlantSome(point, what, false, objects...)
}

// PlantSome is Plant, and says whether other objects follow from the same cause.
func (w *World) PlantSome(point, what string, partial bool, objects ...string) {
	for i := range w.Weaknesses {
		known := &w.Weaknesses[i]
		if known.Point != point {
			continue
		}
		for _, dn := range objects {
			if !slices.Contains(known.Objects, dn) {
				known.Objects = append(known.Objects, dn)
			}
		}
		known.Partial = known.Partial || partial
		return
	}
	w.Weaknesses = append(w.Weaknesses, planted.Weakness{Point: point, Objects: objects, Partial: partial, What: what})
}

// Day is a day of 24 hours (docs/formats/directory-generated.md).
const Day = 24 * time.Hour

// Ago gives a moment between min and max days before the collection.
func (w *World) Ago(minDays, maxDays int) time.Time {
	span := int64(maxDays-minDays) * int64(Day/time.Second)
	return w.Asked.AsOf.Add(-time.Duration(minDays)*Day - time.Duration(w.Rand.Int64N(max(span, 1)))*time.Second)
}

// Account gives the next relative identifier of the domain as a SID, and remembers it by account name when it has one.
func (w *World) Account(name string) sid.SID {
	w.rid++
	s := w.SID.Append(w.rid)
	if name != "" {
		w.SIDs[name] = s
	}
	return s
}

// Put writes an object. sddl is its descriptor; extra attributes follow those every object has. whenCreated can be given among
// them, else it is the birth of the domain.
func (w *World) Put(dn, class, sddl string, extra ...model.Attribute) {
	if w.Err != nil {
		return
	}
	sd, err := w.descriptor(sddl)
	if err != nil {
		w.Err = fmt.Errorf("%s: %w", dn, err)
		return
	}
	id := w.Identify(dn)
	attributes := make([]model.Attribute, 0, len(extra)+6)
	attributes = append(attributes,
		model.Attribute{Name: "objectClass", Values: w.class(class)},
		entry.Raw("objectGUID", id[:16]),
		entry.Text("name", distname.RDNValue(dn)),
		entry.Raw("nTSecurityDescriptor", sd),
	)
	if !slices.ContainsFunc(extra, func(a model.Attribute) bool { return a.Name == "whenCreated" }) {
		attributes = append(attributes, entry.When("whenCreated", w.Created))
	}
	attributes = append(attributes, extra...)
	if err := w.Out.WriteEntry(model.Entry{DN: dn, Attributes: attributes}); err != nil {
		w.Err = err
		return
	}
	w.Written++
}

// Identify derives the GUID of an object from its name and the seed.
func (w *World) Identify(dn string) [sha256.Size]byte {
	var seed [8]byte
	binary.LittleEndian.PutUint64(seed[:], w.Asked.Seed)
	return sha256.Sum256(append(seed[:], dn...))
}

// class gives the values of objectClass for a class, from top down.
func (w *World) class(name string) [][]byte {
	if known, ok := w.classes[name]; ok {
		return known
	}
	var out [][]byte
	for _, c := range w.Tables.Superclasses(name) {
		out = append(out, []byte(c.Name))
	}
	if len(out) == 0 {
		w.Err = fmt.Errorf("class %s is not in the schema", name)
	}
	slices.Reverse(out)
	w.classes[name] = out
	return out
}

// SDDL encodes a security descriptor. The abbreviations of groups of the forest mean those of its root.
func (w *World) SDDL(text string) ([]byte, error) {
	if w.IsChild() {
		enterprise, schema := w.Top.SID.Append(sid.RIDEnterpriseAdmins).String(), w.Top.SID.Append(sid.RIDSchemaAdmins).String()
		text = strings.NewReplacer(";EA)", ";"+enterprise+")", "O:EA", "O:"+enterprise, "G:EA", "G:"+enterprise, ";SA)", ";"+schema+")", "O:SA", "O:"+schema, "G:SA", "G:"+schema).Replace(text)
	}
	return secdesc.ParseSDDL(text, w.SID)
}

func (w *World) descriptor(sddl string) ([]byte, error) {
	if known, ok := w.descs[sddl]; ok {
		return known, nil
	}
	sd, err := w.SDDL(sddl)
	if err == nil {
		w.descs[sddl] = sd
	}
	return sd, err
}
