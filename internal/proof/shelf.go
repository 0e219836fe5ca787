package proof

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"hygie/internal/store"
	"hygie/referential"
)

// Platform is the author of what comes with the program.
const Platform = "hygie"

// Shelf is where the referentials of an installation stand: those that come with the program, other versions that administrators brought, and what
// they completed in lines left open. What holds is asked for in a transaction, so that it agrees with the facts read beside it, on every
// node. It is safe for concurrent use.
type Shelf struct {
	shipped []*referential.Package
	links   *referential.Map

	mu    sync.Mutex
	files map[string]*referential.Package // by SHA-256 of the file
	sets  map[string]*Set                 // by what was written until then
	seen  *Set                            // what held when last asked
}

// NewShelf makes a shelf of what comes with the program. Links may be nil.
func NewShelf(shipped []*referential.Package, links *referential.Map) (*Shelf, error) {
	s := &Shelf{shipped: shipped, links: links, files: map[string]*referential.Package{}, sets: map[string]*Set{}}
	for _, p := range shipped {
		file, err := referential.Write(p)
		if err != nil {
			return nil, err
		}
		s.files[digest(file)] = p
	}
	s.seen = &Set{Packages: shipped, Links: links}
	s.seen.boards()
	return s, nil
}

// Seen gives what held when [Shelf.Now] was last asked on this node: enough to name things, where there is no transaction. Verdicts and what is written
// down ask Now or At.
func (s *Shelf) Seen() *Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// Now gives what holds at a moment that is the present one; [Shelf.Seen] gives it again.
func (s *Shelf) Now(ctx context.Context, tx *store.Tx, now time.Time) (*Set, error) {
	set, err := s.At(ctx, tx, now)
	if err == nil {
		s.mu.Lock()
		s.seen = set
		s.mu.Unlock()
	}
	return set, err
}

func digest(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// Set is the referentials that hold at a moment, completed. It does not change after it is made.
type Set struct {
	Packages []*referential.Package // in the order of the shelf, then as they were brought
	Board    *referential.Board     // of all of them
	Links    *referential.Map       // how they stand to each other; nil: not known
	Judged   *referential.Board     // of those that a structure answers for
	Counted  *referential.Board     // of those, and of the programme: what a territory counts
	Key      string                 // tells sets apart: what was written about referentials until then
	editions map[string]Edition
	letters  map[string]edition // of counted packages, by package
}

// Signers are the roles that the packages ask signatures of, each once, in their order.
func (s *Set) Signers() (roles []referential.Role) {
	for _, p := range s.Packages {
		for _, r := range p.Roles {
			if !slices.ContainsFunc(roles, func(known referential.Role) bool { return known.Code == r.Code }) {
				roles = append(roles, r)
			}
		}
	}
	return roles
}

// Edition says which version of a package holds, and what was done to it.
type Edition struct {
	Plain      *referential.Package // as its file has it
	Since      time.Time            // zero: from the beginning
	By         string               // who put it in force; [Platform] for what comes with the program
	VersionID  string               // empty: what comes with the program, before it was noted
	Before     *referential.Package // the version that held until then; nil: none
	Changes    []referential.Change // from Before to Plain
	Amendments []Amendment          // that count
	Unfit      []referential.Unfit  // completions that this version has no place for
}

// Find gives a package by its id.
func (s *Set) Find(id string) (*referential.Package, bool) {
	for _, p := range s.Packages {
		if p.ID == id {
			return p, true
		}
	}
	return nil, false
}

// Edition tells which version of a package holds.
func (s *Set) Edition(id string) Edition { return s.editions[id] }

// boards makes the boards of the packages. A structure answers for calls and duties, which its home page judges; guides are consulted.
func (s *Set) boards() {
	s.Board = referential.NewBoard(s.Packages...)
	s.Judged = referential.NewBoard(slices.DeleteFunc(slices.Clone(s.Packages), func(p *referential.Package) bool {
		return p.Kind != referential.Call && p.Kind != referential.Duty
	})...)
	s.letters = map[string]edition{}
	for _, p := range s.Packages {
		s.letters[p.ID] = editionOf(p)
	}
	s.Counted = referential.NewBoard(slices.DeleteFunc(slices.Clone(s.Packages), func(p *referential.Package) bool {
		return p.Kind != referential.Call && p.Kind != referential.Duty && p.Kind != referential.Programme
	})...)
}

// keptSets is how many sets are remembered: the present one, and those of a few days that people look back at.
const keptSets = 16

// At gives what held at a moment, as it was known then.
func (s *Shelf) At(ctx context.Context, tx *store.Tx, at time.Time) (*Set, error) {
	ms := store.Millis(at)
	// Both tables are only ever added to, so how much of them was written by then, and what last, says all.
	key, err := store.One(ctx, tx, func(row store.Row) (string, error) {
		var forces, amendments int64
		var force, amendment string
		err := row.Scan(&forces, &force, &amendments, &amendment)
		return fmt.Sprint(forces, force, " ", amendments, amendment), err
	}, `select f.n, f.last, a.n, a.last from (select count(*) as n, coalesce(max(id), '') as last from referential_in_force where since <= $1) f,
		(select count(*) as n, coalesce(max(id), '') as last from referential_amendment where set_at <= $1) a`, ms)
	if err != nil {
		return nil, fmt.Errorf("read which referentials hold: %w", err)
	}
	s.mu.Lock()
	set := s.sets[key]
	s.mu.Unlock()
	if set != nil {
		return set, nil
	}
	if set, err = s.load(ctx, tx, at); err != nil {
		return nil, fmt.Errorf("read the referentials that held on %s: %w", at.Format(time.DateOnly), err)
	}
	set.Key = key
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sets) >= keptSets {
		clear(s.sets)
	}
	s.sets[key] = set
	return set, nil
}

// load reads what held at a moment.
func (s *Shelf) load(ctx context.Context, tx *store.Tx, at time.Time) (*Set, error) {
	forces, err := forcesUntil(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	amendments, err := amendmentsUntil(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	set := &Set{Links: s.links, editions: map[string]Edition{}}
	var order []string
	for _, p := range s.shipped {
		order = append(order, p.ID)
		if len(forces) == 0 { // a platform that has not noted yet what comes with it
			set.editions[p.ID] = Edition{Plain: p, By: Platform}
		}
	}
	for _, f := range forces {
		if !slices.Contains(order, f.Package) {
			order = append(order, f.Package)
		}
		if err := s.putInForce(ctx, tx, set, f); err != nil {
			return nil, err
		}
	}
	for _, id := range order {
		e, ok := set.editions[id]
		if !ok || e.Plain == nil {
			delete(set.editions, id)
			continue
		}
		var list []referential.Amendment
		for _, a := range amendments[id] {
			e.Amendments = append(e.Amendments, a)
			list = append(list, a.Amendment)
		}
		completed, unfit := e.Plain.Amend(list...)
		e.Unfit = unfit
		if e.Before != nil {
			e.Changes = referential.Diff(e.Before, e.Plain)
		}
		set.editions[id] = e
		set.Packages = append(set.Packages, completed)
	}
	set.boards()
	return set, nil
}

// putInForce makes a version the one that holds, over the one before.
func (s *Shelf) putInForce(ctx context.Context, tx *store.Tx, set *Set, f force) error {
	e := set.editions[f.Package]
	next := Edition{Since: f.Since, By: f.By, VersionID: f.VersionID, Before: e.Plain}
	if e.Plain == nil {
		next.Before = e.Before
	}
	if f.VersionID != "" {
		p, err := s.read(ctx, tx, f.VersionID, f.SHA256)
		if err != nil {
			return err
		}
		next.Plain = p
	}
	set.editions[f.Package] = next
	return nil
}

// read parses the file of a version, once.
func (s *Shelf) read(ctx context.Context, tx *store.Tx, id, sum string) (*referential.Package, error) {
	s.mu.Lock()
	p := s.files[sum]
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	v, err := VersionByID(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if p, err = referential.Read(v.Package+"-"+v.Number+".yaml", v.File); err != nil {
		return nil, fmt.Errorf("read version %s of %s again: %w", v.Number, v.Package, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[sum] = p
	return p, nil
}

// Parse reads a version as its file has it.
func (s *Shelf) Parse(ctx context.Context, tx *store.Tx, v Version) (*referential.Package, error) {
	return s.read(ctx, tx, v.ID, v.SHA256)
}

// Shipped gives the version of a package that comes with this program.
func (s *Shelf) Shipped(id string) (*referential.Package, bool) {
	i := slices.IndexFunc(s.shipped, func(p *referential.Package) bool { return p.ID == id })
	if i < 0 {
		return nil, false
	}
	return s.shipped[i], true
}

// Stock notes what comes with the program, and puts in force what is newer than the version that holds, unless an administrator chose that one. It
// returns the packages whose version changed. The first time, what comes with the program holds from the beginning.
func (s *Shelf) Stock(ctx context.Context, tx *store.Tx, now time.Time) ([]*referential.Package, error) {
	forces, err := forcesUntil(ctx, tx, now)
	if err != nil {
		return nil, err
	}
	since, last := now, map[string]force{}
	if len(forces) == 0 {
		since = time.Time{}
	}
	for _, f := range forces {
		last[f.Package] = f
	}
	var changed []*referential.Package
	for _, p := range s.shipped {
		file, err := referential.Write(p)
		if err != nil {
			return nil, err
		}
		v, err := keep(ctx, tx, p, file, Platform, now)
		if err != nil {
			return nil, err
		}
		f, held := last[p.ID]
		if held && (f.VersionID == v.ID || f.By != Platform || CompareVersions(p.Version, f.Number) < 0) {
			continue
		}
		if err := addForce(ctx, tx, force{Package: p.ID, VersionID: v.ID, Since: since, By: Platform}, now); err != nil {
			return nil, err
		}
		if held {
			changed = append(changed, p)
		}
	}
	return changed, nil
}

// CompareVersions orders the numbers of versions: "1.9" comes before "1.10".
func CompareVersions(a, b string) int {
	number := func(s string) (parts []int) {
		n := 0
		for _, c := range s + "." {
			if c == '.' {
				parts, n = append(parts, n), 0
				continue
			}
			n = n*10 + int(c-'0')
		}
		return parts
	}
	return slices.Compare(number(a), number(b))
}

// ErrTwice says that a version is there already with other words.
var ErrTwice = errors.New("this version of the package is there already with other content")

// ErrInForce says that the version already holds.
var ErrInForce = errors.New("this version holds already")
