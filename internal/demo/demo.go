// Package demo makes the demonstration region: some 250 invented structures, with their groups and sizes, and the table of the people
// who work there. Nothing in it exists.
//
// The towns and people are made up, and the names of the people say so. FINESS numbers begin with 9899, a series that the register does not
// use (of 98, it uses 9805 and 9806), with a right key so that they read like others. SIREN numbers begin with 000, which INSEE does not
// give. Postal codes begin with 99, which no department has.
//
// The same seed makes the same region, identifiers included.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
)

// World names the structures of the demonstration that the rest of the program refers to.
type World struct {
	Nation, Region territory.ID
	Agency         territory.ID // the regional agency (ARS)
	Support        territory.ID // the regional support body (GRADeS)
	Groups         []GroupOf    // three GHT
	Hospital       territory.ID // the support establishment of the first GHT, whose directory is audited
	SmallHospital  territory.ID // a member of the first GHT
	Clinic         territory.ID
	Operator       territory.ID // an organisme gestionnaire of several legal entities
	NursingHome    territory.ID // an entity of that operator
	Structures     int
}

// GroupOf is a GHT with its members.
type GroupOf struct {
	ID      territory.ID
	Support territory.ID
	Members []territory.ID // support included
}

// Player is somebody of the demonstration. The program makes an account for each.
type Player struct {
	Key       string // stable short name, such as "rssi"
	Name      string
	Email     string
	Role      right.Role
	Structure territory.ID // empty for the whole installation
}

// Cast is everybody, in every role.
func (w World) Cast() []Player {
	at := func(key, name string, role right.Role, structure territory.ID) Player {
		return Player{Key: key, Name: name, Email: key + "@demonstration.invalid", Role: role, Structure: structure}
	}
	return []Player{
		at("direction", "Dominique Fictif", right.Director, w.Hospital),
		at("rssi", "Camille Exemple", right.SecurityOfficer, w.Hospital),
		at("systeme", "Sacha Modèle", right.Contributor, w.Hospital),
		at("rssi-petit", "Lou Specimen", right.SecurityOfficer, w.SmallHospital),
		at("ght", "Alix Maquette", right.GroupCoordinator, w.Groups[0].ID),
		at("clinique", "Noa Prototype", right.Director, w.Clinic),
		at("ehpad", "Andrea Témoin", right.Director, w.NursingHome),
		at("gestionnaire", "Charlie Gabarit", right.GroupCoordinator, w.Operator),
		at("ars", "Maxime Essai", right.RegionalInstructor, w.Region),
		at("grades", "Eden Ébauche", right.RegionalSupport, w.Region),
		at("ans", "Morgan Schéma", right.NationalInstructor, w.Nation),
		at("dns", "Claude Esquisse", right.NationalSteering, w.Nation),
		at("comptable", "Robin Factice", right.Accountant, w.Nation),
		at("admin", "Sam Imaginaire", right.Administrator, ""),
	}
}

// Region makes the demonstration region in an empty territory.
func Region(ctx context.Context, tx *store.Tx, at time.Time, seed uint64) (World, error) {
	b := &builder{sirens: map[territory.ID]string{}, sites: map[territory.ID]int{},
		ctx: ctx, tx: tx, at: at, batch: territory.NewBatch(tx, territory.Everything(), at),
		random: rand.New(rand.NewPCG(seed, 0x68796769)), //nolint:gosec // a demonstration must be the same again
	}
	w := b.build()
	if b.err == nil {
		b.err = b.batch.Flush(ctx)
	}
	b.joinAll()
	b.measureAll()
	if b.err != nil {
		return World{}, fmt.Errorf("make the demonstration region: %w", b.err)
	}
	w.Structures = b.count
	return w, nil
}

// builder remembers the first error, so that what is built reads as a list.
type builder struct {
	ctx    context.Context
	tx     *store.Tx
	at     time.Time
	batch  *territory.Batch
	random *rand.Rand
	count  int // structures
	number int // FINESS numbers given
	person int // SIREN numbers given
	town   int
	sirens map[territory.ID]string // of entities
	sites  map[territory.ID]int    // how many each entity has
	joins  []territory.Member
	sizes  []territory.Size
	err    error
}

func (b *builder) add(d territory.Draft) territory.ID {
	b.count++
	d.ID = territory.ID(fmt.Sprintf("demo-%04d", b.count))
	if b.err != nil {
		return d.ID
	}
	_, b.err = b.batch.Insert(b.ctx, d)
	return d.ID
}

// finess gives the next invented number.
func (b *builder) finess() string {
	b.number++
	return withKey(fmt.Sprintf("9899%04d", b.number))
}

func (b *builder) siren() string {
	b.person++
	return withKey(fmt.Sprintf("0009%04d", b.person))
}

// withKey adds the digit that makes Luhn's rule right.
func withKey(stem string) string {
	for digit := range 10 {
		if number := stem + fmt.Sprint(digit); official.FinessKey(number) {
			return number
		}
	}
	return "" // never: one digit of ten is right
}

func (b *builder) joinAll() {
	for _, m := range b.joins {
		if b.err != nil {
			return
		}
		b.err = territory.Join(b.ctx, b.tx, territory.Everything(), m.Group, m.Subject.ID, m.Role, "demonstration", time.Time{}, time.Time{})
	}
}

func (b *builder) join(group, member territory.ID, role territory.MemberRole) {
	b.joins = append(b.joins, territory.Member{Group: group, Role: role, Subject: territory.Structure{ID: member}})
}

// measure gives a structure its sizes: activity and staff grow with the beds.
func (b *builder) measure(id territory.ID, beds int) {
	year := b.at.Year() - 1
	add := func(key territory.SizeKey, value int) {
		b.sizes = append(b.sizes, territory.Size{Structure: id, Key: key, Year: year, Value: int64(value), Source: "démonstration"})
	}
	add(territory.Beds, beds)
	add(territory.CombinedActivity, beds*(80+b.random.IntN(40)))
	add(territory.Headcount, beds*(25+b.random.IntN(10))/10)
	add(territory.Workstations, beds*(15+b.random.IntN(10))/10)
}

func (b *builder) measureAll() {
	for _, size := range b.sizes {
		if b.err != nil {
			return
		}
		b.err = territory.SetSize(b.ctx, b.tx, territory.Everything(), size, b.at)
	}
}
