package imports

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/finess"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
)

// planner compares a file with the territory. It keeps the territory as it will be after the steps decided so far.
type planner struct {
	scope    territory.Scope
	file     *finess.File
	known    *known
	o        Options
	at       time.Time
	out      *Plan
	ending   []step                           // closings, decided at the end
	open     map[territory.ID]int             // open children of each structure
	main     map[string]*finess.Establishment // stock form: the establishment that stands for its entity
	seen     map[territory.ID]bool            // what the file speaks of
	fullIn   map[string]*ght                  // FINESS number of an entity → the GHT of which it is a full member
	ghts     []*ght
	dropped  map[string]bool // entities left out: so are their establishments
	sectored map[string]bool // entities with an establishment of a chosen sector
}

// ght is a group of the file with its place.
type ght struct {
	group  *finess.Group
	region string // code
	node   *territory.Structure
}

func newPlanner(scope territory.Scope, file *finess.File, k *known, o Options, at time.Time) *planner {
	o.Samples = cmp.Or(o.Samples, 20)
	p := &planner{
		scope: scope, file: file, known: k, o: o, at: at,
		out:  &Plan{Form: file.Form, Date: file.Date, Counts: make(map[Verb]map[territory.Kind]int), Unchanged: make(map[territory.Kind]int)},
		open: make(map[territory.ID]int), seen: make(map[territory.ID]bool),
		fullIn: make(map[string]*ght), dropped: make(map[string]bool),
	}
	for _, s := range k.byID {
		if s.Status == territory.Active {
			p.open[s.Parent]++
		}
	}
	return p
}

// plan decides every step, what stands higher first, so that each finds what it needs; closings last and from below.
func (p *planner) plan() error {
	if p.known.root == nil {
		if !p.scope.Holds(territory.RootInterval()) {
			return fault.Refused("finess.no_root")
		}
		p.create(territory.Draft{Kind: territory.Nation, Name: "France"})
	}
	p.survey()
	p.placeGroups()
	for i := range p.file.Entities {
		if err := p.entity(&p.file.Entities[i]); err != nil {
			return err
		}
	}
	for i := range p.file.Establishments {
		p.establishment(&p.file.Establishments[i])
	}
	p.memberships()
	p.absent()
	p.closings()
	return nil
}

// survey looks at the whole file once, for what an entity needs to know of its establishments.
func (p *planner) survey() {
	if len(p.o.Sectors) > 0 {
		p.sectored = make(map[string]bool)
	}
	if p.file.Form == finess.Stock {
		p.main = make(map[string]*finess.Establishment)
	}
	for i := range p.file.Establishments {
		e := &p.file.Establishments[i]
		if p.sectored != nil && e.Active && p.sector(e) {
			p.sectored[e.Entity] = true
		}
		if p.main != nil && (p.main[e.Entity] == nil || mainBefore(e, p.main[e.Entity])) {
			p.main[e.Entity] = e
		}
	}
}

func (p *planner) sector(e *finess.Establishment) bool {
	category, known := finess.CategoryOf(e.Category)
	return wanted(p.o.Sectors, category.Sector) || !known && wanted(p.o.Sectors, finess.Other)
}

// mainBefore tells whether a represents its entity better than b: a health establishment before others, in the department
// in which the entity is registered, then the lowest number.
func mainBefore(a, b *finess.Establishment) bool {
	rank := func(e *finess.Establishment) int {
		n := 0
		if c, _ := finess.CategoryOf(e.Category); c.Sector != finess.Health {
			n += 2
		}
		if d := official.DepartmentOfFiness(e.Entity); d != "" && d != e.Department {
			n++
		}
		return n
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Finess, b.Finess)) < 0
}

// region returns the node of a region, created when needed; nil for a code that is no region, or when the scope may not
// create one.
func (p *planner) region(code string) *territory.Structure {
	if s := p.known.byNumber[territory.Region][code]; s != nil {
		return s
	}
	for _, official := range official.Regions() {
		if official.Code == code && p.mayChange(p.known.root) {
			return p.create(territory.Draft{Parent: p.known.root.ID, Kind: territory.Region, Code: code, Name: official.Name, NameSource: territory.NameFiness})
		}
	}
	return nil
}

// mayChange tells whether the scope holds a structure; one that does not exist yet is judged by what it stands below.
func (p *planner) mayChange(s *territory.Structure) bool {
	for s != nil && s.Interval == (territory.Interval{}) {
		if s.Parent == "" {
			return p.scope.Holds(territory.RootInterval())
		}
		s = p.known.byID[s.Parent]
	}
	return s != nil && p.scope.Holds(s.Interval)
}

// entity decides what happens to a legal person.
func (p *planner) entity(e *finess.Entity) error {
	want := p.describe(e)
	old := p.known.byNumber[territory.Entity][e.Finess]
	official, found := official.RegionOf(want.Department)
	switch {
	case !e.Active:
		if old != nil {
			p.seen[old.ID] = true
			p.willClose(old, e.ClosedOn)
			return nil
		}
		p.out.Known++
		return nil
	case !p.chosen(old, official.Code), old == nil && !found, old == nil && p.sectored != nil && !p.sectored[e.Finess]:
		p.dropped[e.Finess] = true
		p.out.Filtered++
		return nil
	case old != nil:
		p.seen[old.ID] = true
	}
	parent := p.parentOf(e.Finess, old, official.Code)
	if parent == nil || !p.mayChange(parent) || old != nil && !p.mayChange(old) {
		p.dropped[e.Finess] = true
		p.out.Outside++
		return nil
	}
	if parent.Status != territory.Active {
		return fault.Conflict("finess.region_closed", "name", parent.Name)
	}
	p.settle(old, want, parent)
	return nil
}

// chosen tells whether an entity is in a region to import, by what the file says or by where it stands.
func (p *planner) chosen(old *territory.Structure, region string) bool {
	if wanted(p.o.Regions, region) {
		return true
	}
	place := p.known.region(old)
	return place != nil && wanted(p.o.Regions, place.Code)
}

// describe turns what the file says of an entity into what the territory should say.
func (p *planner) describe(e *finess.Entity) territory.Draft {
	d := territory.Draft{
		Kind: territory.Entity, Finess: e.Finess, Siren: e.Siren, Name: e.Name, NameSource: territory.NameFiness,
		City: e.City, PostalCode: e.PostalCode, Department: e.Department,
	}
	if p.main == nil {
		return d
	}
	site := p.main[e.Finess]
	d.NameSource = territory.NameDerived
	d.Name, d.City, d.PostalCode = site.Name, site.City, site.PostalCode
	d.Department = cmp.Or(d.Department, site.Department)
	if old := p.known.byNumber[territory.Entity][e.Finess]; old != nil {
		d.Siren = old.Siren
		if old.NameSource != territory.NameDerived { // a better source spoke before
			d.Name, d.NameSource, d.City, d.PostalCode, d.Department = old.Name, old.NameSource, old.City, old.PostalCode, old.Department
		}
	}
	return d
}

// parentOf says below what an entity should stand.
func (p *planner) parentOf(number string, old *territory.Structure, region string) *territory.Structure {
	if g := p.fullIn[number]; g != nil && g.region == region {
		return g.node
	}
	var above *territory.Structure
	if old != nil {
		above = p.known.byID[old.Parent]
	}
	if above == nil {
		return p.region(region)
	}
	place := p.known.region(above)
	switch {
	case above.Kind == territory.Group && above.GroupKind == territory.GHT && p.file.Form == finess.Plus && above.Code != "":
		return p.region(region) // FINESS+ names the GHT and does not name this one for it
	case place == nil || place.Code == region || region == "":
		return above
	}
	return p.region(region)
}

// establishment decides what happens to a site.
func (p *planner) establishment(e *finess.Establishment) {
	old := p.known.byNumber[territory.Establishment][e.Finess]
	parent := p.known.byNumber[territory.Entity][e.Entity]
	switch {
	case !e.Active && old == nil:
		p.out.Known++
	case !e.Active:
		p.seen[old.ID] = true
		p.willClose(old, e.ClosedOn)
	case p.dropped[e.Entity] || parent == nil || old == nil && !p.sector(e):
		p.out.Filtered++
	case parent.Status != territory.Active || !p.mayChange(parent) || old != nil && !p.mayChange(old):
		p.out.Outside++
	default:
		if old != nil {
			p.seen[old.ID] = true
		}
		p.settle(old, territory.Draft{
			Kind: territory.Establishment, Finess: e.Finess, Siret: e.Siret, Name: e.Name, NameSource: territory.NameFiness,
			Category: e.Category, CategoryLabel: e.CategoryLabel, City: e.City, PostalCode: e.PostalCode, Department: e.Department,
		}, parent)
	}
}

// settle makes a structure be as wanted, below parent.
func (p *planner) settle(old *territory.Structure, want territory.Draft, parent *territory.Structure) {
	if old == nil {
		want.Parent = parent.ID
		p.create(want)
		return
	}
	touched := false
	if old.Parent != parent.ID { // before it reopens: its former place may be closed
		before := p.known.byID[old.Parent]
		if old.Status == territory.Active {
			p.open[old.Parent]--
			p.open[parent.ID]++
		}
		old.Parent = parent.ID
		p.step(step{verb: Move, id: old.ID, parent: parent.ID}, old, []Difference{{"parent", before.Name, parent.Name}})
		touched = true
	}
	if old.Status == territory.Closed {
		old.Status = territory.Active
		p.open[old.Parent]++
		p.step(step{verb: Reopen, id: old.ID}, old, nil)
		touched = true
	}
	if amended, differences := merge(*old, want); len(differences) > 0 {
		*old = amended
		p.step(step{verb: Change, id: old.ID, amend: amended}, old, differences)
		touched = true
	}
	if !touched {
		p.out.Unchanged[old.Kind]++
	}
}

// merge puts what the file says over what is known, and lists what differs. An empty value of the file replaces nothing: it
// says that FINESS does not know, not that there is none.
func merge(s territory.Structure, want territory.Draft) (territory.Structure, []Difference) {
	var differences []Difference
	set := func(field string, old *string, value string) {
		if value != "" && value != *old {
			differences = append(differences, Difference{field, *old, value})
			*old = value
		}
	}
	if s.NameSource != territory.NameManual {
		set("name", &s.Name, want.Name)
		source := string(s.NameSource)
		set("name_source", &source, string(want.NameSource))
		s.NameSource = territory.NameSource(source)
	}
	set("siren", &s.Siren, want.Siren)
	set("siret", &s.Siret, want.Siret)
	if want.Category != "" && want.Category != s.Category {
		s.CategoryLabel = "" // the label of another category
	}
	set("category", &s.Category, want.Category)
	set("category_label", &s.CategoryLabel, want.CategoryLabel)
	set("city", &s.City, want.City)
	set("postal_code", &s.PostalCode, want.PostalCode)
	set("department", &s.Department, want.Department)
	return s, differences
}

// create decides that a structure begins to exist, and returns it as later steps see it.
func (p *planner) create(d territory.Draft) *territory.Structure {
	d.ID = territory.ID(store.NewID(p.at))
	s := &territory.Structure{
		ID: d.ID, Parent: d.Parent, Kind: d.Kind, GroupKind: d.GroupKind, Code: d.Code, Name: d.Name, NameSource: d.NameSource,
		Finess: d.Finess, Department: d.Department, Status: territory.Active,
	}
	p.known.add(s)
	p.open[d.Parent]++
	p.seen[s.ID] = true
	p.step(step{verb: Create, id: d.ID, draft: d}, s, nil)
	return s
}

// step adds a change.
func (p *planner) step(s step, about *territory.Structure, differences []Difference) {
	p.out.steps = append(p.out.steps, s)
	p.note(s.verb, about, differences)
}

// note counts a change and keeps the first ones as examples.
func (p *planner) note(verb Verb, s *territory.Structure, differences []Difference) {
	if p.out.Counts[verb] == nil {
		p.out.Counts[verb] = make(map[territory.Kind]int)
	}
	p.out.Counts[verb][s.Kind]++
	if p.out.Total(verb) > p.o.Samples {
		return
	}
	sample := Sample{Verb: verb, Kind: s.Kind, Finess: cmp.Or(s.Finess, s.Code), Name: s.Name, Differences: differences}
	if region := p.known.region(s); region != nil {
		sample.Region = region.Name
	}
	p.out.Samples = append(p.out.Samples, sample)
}

// absent counts, or closes, what the file should have and has not: only in departments of which it speaks.
func (p *planner) absent() {
	covered := make(map[string]bool)
	for i := range p.file.Establishments {
		covered[p.file.Establishments[i].Department] = true
	}
	for _, id := range slices.Sorted(maps.Keys(p.known.byID)) {
		s := p.known.byID[id]
		if s.Kind != territory.Establishment || s.Status != territory.Active || s.Finess == "" || p.seen[id] || !covered[s.Department] || !p.mayChange(s) {
			continue
		}
		if p.dropped[p.known.byID[s.Parent].Finess] || len(p.o.Regions)+len(p.o.Sectors) > 0 {
			continue
		}
		p.out.Absent++
		if p.o.CloseAbsent {
			p.willClose(s, p.file.Date)
		}
	}
}
