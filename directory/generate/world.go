package generate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"hygie/directory/model"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// world is a domain being written. The first error stops everything that follows.
type world struct {
	o        Options
	out      Sink
	err      error
	truth    Truth
	written  int
	root     string // DN of the domain
	config   string // DN of the configuration
	schemaDN string
	sid      sid.SID
	tables   *schema.Schema
	rand     *rand.Rand
	rid      uint32 // last one given out

	classes map[string][][]byte // class -> objectClass values, top first
	descs   map[string][]byte   // SDDL -> descriptor
	sids    map[string]sid.SID  // account name -> SID, for those that descriptors name
	created time.Time           // birth of the domain
}

func newWorld(o Options, out Sink) (*world, error) {
	tables, err := schema.Published()
	if err != nil {
		return nil, err
	}
	w := &world{
		o: o, out: out, tables: tables,
		root:    rootDN(o.DNSName),
		rand:    rand.New(rand.NewPCG(o.Seed, 0x68796769)),
		rid:     1102,
		classes: make(map[string][][]byte),
		descs:   make(map[string][]byte),
		sids:    make(map[string]sid.SID),
		created: o.AsOf.AddDate(-11, -2, -5),
	}
	w.config = "CN=Configuration," + w.root
	w.schemaDN = "CN=Schema," + w.config
	w.sid = sid.New(5, 21, w.rand.Uint32(), w.rand.Uint32(), w.rand.Uint32())
	w.truth = Truth{DNSName: o.DNSName, DomainSID: w.sid.String(), Seed: o.Seed, AsOf: o.AsOf, Weaknesses: []Weakness{}, Findings: []Weakness{}, Paths: []Path{}}
	return w, nil
}

func (w *world) demo() bool { return w.o.Weaknesses == Demo }

// has tells whether one of the points is to be planted. Points that a single cause makes fail are asked for together.
func (w *world) has(points ...string) bool {
	return w.demo() && (len(w.o.Points) == 0 || slices.ContainsFunc(points, func(p string) bool { return slices.Contains(w.o.Points, p) }))
}

// plant notes a weakness; objects already noted for the same point are joined.
func (w *world) plant(point, what string, objects ...string) {
	w.plantSome(point, what, false, objects...)
}

func (w *world) plantSome(point, what string, partial bool, objects ...string) {
	for i := range w.truth.Weaknesses {
		known := &w.truth.Weaknesses[i]
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
	w.truth.Weaknesses = append(w.truth.Weaknesses, Weakness{Point: point, Objects: objects, Partial: partial, What: what})
}

// Attributes of entries.

func text(name string, values ...string) model.Attribute {
	a := model.Attribute{Name: name}
	for _, v := range values {
		a.Values = append(a.Values, []byte(v))
	}
	return a
}

func number(name string, n int64) model.Attribute { return text(name, strconv.FormatInt(n, 10)) }

func raw(name string, v []byte) model.Attribute {
	return model.Attribute{Name: name, Values: [][]byte{v}}
}

func truthValue(name string, v bool) model.Attribute {
	if v {
		return text(name, "TRUE")
	}
	return text(name, "FALSE")
}

// fileTime gives a point in time in 100 ns since 1601 (MS-DTYP 2.3.3).
func fileTime(name string, t time.Time) model.Attribute {
	return number(name, (t.Unix()+11644473600)*10_000_000)
}

// interval gives a length of time as negative 100 ns.
func interval(name string, d time.Duration) model.Attribute { return number(name, -int64(d/100)) }

const day = 24 * time.Hour

// ago gives a moment between min and max days before the collection.
func (w *world) ago(minDays, maxDays int) time.Time {
	span := int64(maxDays-minDays) * int64(day/time.Second)
	return w.o.AsOf.Add(-time.Duration(minDays)*day - time.Duration(w.rand.Int64N(max(span, 1)))*time.Second)
}

// account gives the next relative identifier of the domain as a SID, and remembers it by account name when it has one.
func (w *world) account(name string) sid.SID {
	w.rid++
	s := w.sid.Append(w.rid)
	if name != "" {
		w.sids[name] = s
	}
	return s
}

// put writes an object. sddl is its descriptor; extra attributes follow those every object has. whenCreated can be given among
// them, else it is the birth of the domain.
func (w *world) put(dn, class, sddl string, extra ...model.Attribute) {
	if w.err != nil {
		return
	}
	sd, err := w.descriptor(sddl)
	if err != nil {
		w.err = fmt.Errorf("%s: %w", dn, err)
		return
	}
	id := w.identify(dn)
	attributes := make([]model.Attribute, 0, len(extra)+6)
	attributes = append(attributes,
		model.Attribute{Name: "objectClass", Values: w.class(class)},
		raw("objectGUID", id[:16]),
		text("name", model.RDNValue(dn)),
		raw("nTSecurityDescriptor", sd),
	)
	if !slices.ContainsFunc(extra, func(a model.Attribute) bool { return a.Name == "whenCreated" }) {
		attributes = append(attributes, when("whenCreated", w.created))
	}
	attributes = append(attributes, extra...)
	if err := w.out.WriteEntry(model.Entry{DN: dn, Attributes: attributes}); err != nil {
		w.err = err
		return
	}
	w.written++
}

func when(name string, t time.Time) model.Attribute {
	return text(name, t.UTC().Format("20060102150405.0Z"))
}

// identify derives the GUID of an object from its name and the seed.
func (w *world) identify(dn string) [sha256.Size]byte {
	var seed [8]byte
	binary.LittleEndian.PutUint64(seed[:], w.o.Seed)
	return sha256.Sum256(append(seed[:], dn...))
}

// class gives the values of objectClass for a class, from top down.
func (w *world) class(name string) [][]byte {
	if known, ok := w.classes[name]; ok {
		return known
	}
	var out [][]byte
	for _, c := range w.tables.Superclasses(name) {
		out = append(out, []byte(c.Name))
	}
	if len(out) == 0 {
		w.err = fmt.Errorf("class %s is not in the schema", name)
	}
	slices.Reverse(out)
	w.classes[name] = out
	return out
}

func (w *world) descriptor(sddl string) ([]byte, error) {
	if known, ok := w.descs[sddl]; ok {
		return known, nil
	}
	sd, err := secdesc.ParseSDDL(sddl, w.sid)
	if err == nil {
		w.descs[sddl] = sd
	}
	return sd, err
}
