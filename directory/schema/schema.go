// Package schema names the GUIDs of security descriptors: attributes, property sets, classes, extended rights and
// validated writes, and tells which attribute belongs to which property set.
//
// [Published] holds what every directory has: the schema of Windows Server 2016 (MS-ADA1 to MS-ADA3, MS-ADSC) and the
// control access rights of MS-ADTS 5.1.3.2.1 and 6.1.1.2.7. [Collected] completes and corrects it with the schema and
// configuration partitions of a directory, where products add their own attributes (LAPS, Exchange) under GUIDs that
// differ from one forest to the next: a rule that needs such an attribute must look it up by name.
package schema

import (
	"cmp"
	"embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/model"
)

// Attribute is an attribute of the schema (MS-ADTS 3.1.1.2.3).
type Attribute struct {
	Name        string // lDAPDisplayName
	GUID        guid.GUID
	PropertySet guid.GUID // attributeSecurityGUID; zero: in no set (MS-ADTS 3.1.1.2.3)
}

// Class is a class of the schema (MS-ADTS 3.1.1.2.4.8).
type Class struct {
	Name       string
	GUID       guid.GUID
	SubClassOf string // lDAPDisplayName of its superclass; top is its own
}

// Kind tells what a control access right controls (MS-ADTS 5.1.3.2.1, 6.1.1.2.7, validAccesses).
type Kind uint8

// Kinds of control access right (MS-ADTS 5.1.3.2.1).
const (
	ExtendedRight Kind = iota + 1
	PropertySet
	ValidatedWrite
)

// Right is a control access right (MS-ADTS 5.1.3.2.1). A property set and a validated write may share their GUID.
type Right struct {
	Name      string // common name, "DS-Replication-Get-Changes"
	GUID      guid.GUID
	Kind      Kind
	AppliesTo []guid.GUID // classes; informative, the directory does not enforce it
}

// Schema is a set of attributes, classes and rights (MS-ADTS 3.1.1.2). It does not change once made.
type Schema struct {
	attributes map[string]Attribute // by lower-case name
	byGUID     map[guid.GUID]string // attribute names by schemaIDGUID
	classes    map[string]Class
	classGUID  map[guid.GUID]string
	rights     map[guid.GUID][]Right
	sets       map[guid.GUID][]string // attribute names by property set, sorted
}

//go:embed data/*.csv
var data embed.FS

// Published gives the schema of Windows Server 2016 (MS-ADSC, MS-ADA1 to 3). Each call reads the embedded tables: keep the result.
func Published() (*Schema, error) {
	s := newSchema()
	for _, table := range []struct {
		file string
		add  func(row []string) error
	}{
		{"attributes.csv", s.attributeRow},
		{"classes.csv", s.classRow},
		{"rights.csv", s.rightRow},
	} {
		if err := readTable(table.file, table.add); err != nil {
			return nil, err
		}
	}
	s.index()
	return s, nil
}

func newSchema() *Schema {
	return &Schema{
		attributes: make(map[string]Attribute),
		classes:    make(map[string]Class),
		rights:     make(map[guid.GUID][]Right),
	}
}

func readTable(name string, add func([]string) error) error {
	f, err := data.Open("data/" + name)
	if err != nil {
		return fmt.Errorf("read schema table: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("read schema table %s: %w", name, err)
	}
	for i, row := range rows[1:] {
		if err := add(row); err != nil {
			return fmt.Errorf("read schema table %s, row %d: %w", name, i+2, err)
		}
	}
	return nil
}

func (s *Schema) attributeRow(row []string) error {
	a := Attribute{Name: row[0]}
	var err error
	if a.GUID, err = guid.Parse(row[1]); err != nil {
		return err
	}
	if row[2] != "" {
		a.PropertySet, err = guid.Parse(row[2])
	}
	s.attributes[strings.ToLower(a.Name)] = a
	return err
}

func (s *Schema) classRow(row []string) error {
	g, err := guid.Parse(row[1])
	s.classes[strings.ToLower(row[0])] = Class{Name: row[0], GUID: g, SubClassOf: row[2]}
	return err
}

func (s *Schema) rightRow(row []string) error {
	r := Right{Name: row[0]}
	var err error
	if r.GUID, err = guid.Parse(row[1]); err != nil {
		return err
	}
	access, err := strconv.Atoi(row[2])
	if err != nil {
		return err
	}
	if r.Kind = kindOf(int64(access)); r.Kind == 0 {
		return fmt.Errorf("access %d is none of a right", access)
	}
	for text := range strings.FieldsSeq(row[3]) {
		g, err := guid.Parse(text)
		if err != nil {
			return err
		}
		r.AppliesTo = append(r.AppliesTo, g)
	}
	s.addRight(r)
	return nil
}

// kindOf reads validAccesses: control access 0x100, read and write property 0x30, validated write 0x8.
func kindOf(access int64) Kind {
	switch {
	case access&0x100 != 0:
		return ExtendedRight
	case access&0x30 != 0:
		return PropertySet
	case access&0x8 != 0:
		return ValidatedWrite
	}
	return 0
}

// addRight adds a right, or replaces the one of the same GUID and kind.
func (s *Schema) addRight(r Right) {
	known := s.rights[r.GUID]
	if at := slices.IndexFunc(known, func(k Right) bool { return k.Kind == r.Kind }); at >= 0 {
		known[at] = r
		return
	}
	s.rights[r.GUID] = append(known, r)
}

// Collected gives the published schema completed with the attributeSchema, classSchema and controlAccessRight objects of a
// directory, which win where they differ (MS-ADTS 6.1.1.2).
func Collected(d *model.Directory) (*Schema, error) {
	s, err := Published()
	if err != nil {
		return nil, err
	}
	for id := range d.OfClass("attributeSchema") {
		name, _ := d.Text(id, "lDAPDisplayName")
		g, ok := guidOf(d, id, "schemaIDGUID")
		if name == "" || !ok {
			continue
		}
		set, _ := guidOf(d, id, "attributeSecurityGUID")
		s.attributes[strings.ToLower(name)] = Attribute{Name: name, GUID: g, PropertySet: set}
	}
	for id := range d.OfClass("classSchema") {
		name, _ := d.Text(id, "lDAPDisplayName")
		g, ok := guidOf(d, id, "schemaIDGUID")
		if name == "" || !ok {
			continue
		}
		super, _ := d.Text(id, "subClassOf")
		super = cmp.Or(super, s.classes[strings.ToLower(name)].SubClassOf) // not asked for by every collector
		s.classes[strings.ToLower(name)] = Class{Name: name, GUID: g, SubClassOf: super}
	}
	for id := range d.OfClass("controlAccessRight") {
		text, _ := d.Text(id, "rightsGuid")
		g, err := guid.Parse(text)
		if err != nil {
			continue
		}
		access, _ := d.Int(id, "validAccesses")
		kind := kindOf(access)
		if kind == 0 && len(s.rights[g]) > 0 {
			continue // validAccesses was not collected and the right is a published one
		}
		r := Right{Name: d.Name(id), GUID: g, Kind: cmp.Or(kind, ExtendedRight)}
		for _, class := range d.Texts(id, "appliesTo") {
			if c, err := guid.Parse(class); err == nil {
				r.AppliesTo = append(r.AppliesTo, c)
			}
		}
		s.addRight(r)
	}
	s.index()
	return s, nil
}

func guidOf(d *model.Directory, id model.ID, attr string) (guid.GUID, bool) {
	v, _ := d.Value(id, attr)
	return guid.FromBytes(v)
}

func (s *Schema) index() {
	s.byGUID = make(map[guid.GUID]string, len(s.attributes))
	s.sets = make(map[guid.GUID][]string)
	for _, a := range s.attributes {
		if known, ok := s.byGUID[a.GUID]; !ok || a.Name < known {
			s.byGUID[a.GUID] = a.Name
		}
		if !a.PropertySet.IsZero() {
			s.sets[a.PropertySet] = append(s.sets[a.PropertySet], a.Name)
		}
	}
	for _, names := range s.sets {
		slices.Sort(names)
	}
	s.classGUID = make(map[guid.GUID]string, len(s.classes))
	for _, c := range s.classes {
		if known, ok := s.classGUID[c.GUID]; !ok || c.Name < known {
			s.classGUID[c.GUID] = c.Name
		}
	}
}

// Attribute gives an attribute by its name, in any case.
func (s *Schema) Attribute(name string) (Attribute, bool) {
	a, ok := s.attributes[strings.ToLower(name)]
	return a, ok
}

// AttributeByGUID gives an attribute by its schemaIDGUID.
func (s *Schema) AttributeByGUID(g guid.GUID) (Attribute, bool) {
	name, ok := s.byGUID[g]
	if !ok {
		return Attribute{}, false
	}
	return s.Attribute(name)
}

// Class gives a class by its name, in any case.
func (s *Schema) Class(name string) (Class, bool) {
	c, ok := s.classes[strings.ToLower(name)]
	return c, ok
}

// ClassByGUID gives a class by its schemaIDGUID.
func (s *Schema) ClassByGUID(g guid.GUID) (Class, bool) {
	name, ok := s.classGUID[g]
	if !ok {
		return Class{}, false
	}
	return s.Class(name)
}

// Superclasses gives a class and the classes above it, the class first, top last.
func (s *Schema) Superclasses(name string) []Class {
	var out []Class
	for range len(s.classes) { // a collected schema may loop
		c, ok := s.Class(name)
		if !ok {
			break
		}
		out = append(out, c)
		if strings.EqualFold(c.Name, c.SubClassOf) {
			break
		}
		name = c.SubClassOf
	}
	return out
}

// Attributes gives every attribute, sorted by name.
func (s *Schema) Attributes() []Attribute {
	return slices.SortedFunc(maps.Values(s.attributes), func(a, b Attribute) int { return cmp.Compare(a.Name, b.Name) })
}

// Classes gives every class, sorted by name.
func (s *Schema) Classes() []Class {
	return slices.SortedFunc(maps.Values(s.classes), func(a, b Class) int { return cmp.Compare(a.Name, b.Name) })
}

// AllRights gives every control access right, sorted by name.
func (s *Schema) AllRights() []Right {
	out := slices.Concat(slices.Collect(maps.Values(s.rights))...)
	slices.SortFunc(out, func(a, b Right) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Rights gives the control access rights with a GUID: none, one, or a property set and a validated write that share it.
func (s *Schema) Rights(g guid.GUID) []Right { return slices.Clone(s.rights[g]) }

// RightByName gives a control access right by its common name, in any case.
func (s *Schema) RightByName(name string) (Right, bool) {
	for _, rights := range s.rights {
		for _, r := range rights {
			if strings.EqualFold(r.Name, name) {
				return r, true
			}
		}
	}
	return Right{}, false
}

// Members gives the names of the attributes of a property set, sorted.
func (s *Schema) Members(set guid.GUID) []string { return slices.Clone(s.sets[set]) }

// Name gives a readable name for the GUID of an entry: a right, else an attribute, else a class, else the GUID itself.
func (s *Schema) Name(g guid.GUID) string {
	if rights := s.rights[g]; len(rights) > 0 {
		return rights[0].Name
	}
	return cmp.Or(s.byGUID[g], s.classGUID[g], g.String())
}
