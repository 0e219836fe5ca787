// Package territory holds the structures of the health system as one tree (nation, region, group, legal entity,
// establishment), and the scopes that say which part of it a person may act on.
//
// The tree is stored with preorder intervals: everything below a structure has its left number inside the structure's
// interval, so that "all the audits below region X" is one range condition on an index. The numbers leave wide gaps: a new
// structure takes a place in its parent's gap and no other row changes (see interval.go).
//
// Every read takes a [Scope] and a transaction, and answers [fault.NotFound] for what exists outside of the scope, so that
// existence does not leak. Every change takes the scope too, is refused for what it does not hold, and takes the moment as an argument.
//
// A group (GHT, organisme gestionnaire) is a node. The members that are in the group's region stand below it; a member of
// another region stays in its own region, whose agency must see it, and is tied to the group by its membership only.
package territory

import (
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// ID names a structure: text made by [store.NewID].
type ID string

// Kind is the level of a structure in the tree.
type Kind string

// The kinds, from the root down.
const (
	Nation        Kind = "nation"
	Region        Kind = "region"
	Group         Kind = "group"         // GHT, organisme gestionnaire; see GroupKind
	Entity        Kind = "entity"        // entité juridique, FINESS juridique
	Establishment Kind = "establishment" // établissement (ET, EG), FINESS géographique
)

// Kinds lists the kinds from the root down.
func Kinds() []Kind { return []Kind{Nation, Region, Group, Entity, Establishment} }

// Valid reports whether k is a known kind.
func (k Kind) Valid() bool {
	switch k {
	case Nation, Region, Group, Entity, Establishment:
		return true
	}
	return false
}

// MayHold reports whether a structure of kind k may have a child of the other kind.
func (k Kind) MayHold(child Kind) bool {
	switch k {
	case Nation:
		return child == Region || child == Group || child == Entity
	case Region:
		return child == Group || child == Entity
	case Group:
		return child == Entity
	case Entity:
		return child == Establishment
	}
	return false
}

// GroupKind says what sort of group a group is.
type GroupKind string

// The kinds of group.
const (
	NoGroup  GroupKind = ""
	GHT      GroupKind = "ght"      // groupement hospitalier de territoire
	Operator GroupKind = "operator" // organisme gestionnaire of several legal entities
)

// Valid reports whether g is a known kind of group.
func (g GroupKind) Valid() bool { return g == GHT || g == Operator }

// Status says whether a structure is open.
type Status string

// The states of a structure.
const (
	Active Status = "active"
	Closed Status = "closed"
)

// NameSource says where a name comes from. FINESS's stock file knows the establishments but not the names of their legal
// entities, which are then derived until a better source gives them.
type NameSource string

// The sources of a name, from the weakest. A name given by a person is never replaced by an import.
const (
	NameDerived NameSource = "derived" // from an establishment of the entity
	NameFiness  NameSource = "finess"  // from FINESS itself
	NameManual  NameSource = "manual"  // given by a person
)

// Structure is a node of the tree.
type Structure struct {
	ID            ID
	Parent        ID // empty for the root
	Kind          Kind
	GroupKind     GroupKind
	Code          string // INSEE code of a region, FINESS number of a GHT; empty otherwise
	Name          string
	NameSource    NameSource
	Finess        string // 9 characters; juridique for an entity, géographique for an establishment; may be empty
	Siren         string // 9 digits, entities
	Siret         string // 14 digits, establishments
	Category      string // FINESS category code, 3 digits
	CategoryLabel string
	Status        Status
	City          string
	PostalCode    string
	Department    string // official code: 01 … 95, 2A, 2B, 971 … 988
	Interval      Interval
	Depth         int // 0 for the root
	Created       time.Time
	Updated       time.Time
	Closed        time.Time // zero while active
	MergedInto    ID        // the structure that took over, when closed by a merge
}

// Draft is what a new structure is made from.
type Draft struct {
	ID                           ID // chosen by the caller, or empty for a new one
	Parent                       ID // empty for the root only
	Kind                         Kind
	GroupKind                    GroupKind
	Code                         string
	Name                         string
	NameSource                   NameSource // empty for NameManual
	Finess, Siren, Siret         string
	Category, CategoryLabel      string
	City, PostalCode, Department string
}

// columns and scan are written once for every read. The table's alias is s.
const columns = `s.id, s.parent_id, s.kind, s.group_kind, s.code, s.name, s.name_source, s.finess, s.siren, s.siret, s.category,
 s.category_label, s.status, s.city, s.postal_code, s.department, s.lft, s.rgt, s.depth, s.created_at, s.updated_at, s.closed_at, s.merged_into`

func scan(row store.Row) (Structure, error) {
	var s Structure
	var parent, merged *string
	var created, updated, closed int64
	err := row.Scan(&s.ID, &parent, &s.Kind, &s.GroupKind, &s.Code, &s.Name, &s.NameSource, &s.Finess, &s.Siren, &s.Siret, &s.Category,
		&s.CategoryLabel, &s.Status, &s.City, &s.PostalCode, &s.Department, &s.Interval.Left, &s.Interval.Right, &s.Depth, &created, &updated, &closed, &merged)
	if parent != nil {
		s.Parent = ID(*parent)
	}
	if merged != nil {
		s.MergedInto = ID(*merged)
	}
	s.Created, s.Updated, s.Closed = store.Time(created), store.Time(updated), store.Time(closed)
	return s, err
}

// notFound is the answer for what does not exist and for what the scope does not hold: the two must look alike.
func notFound() error { return fault.NotFound("territory.not_found") }
