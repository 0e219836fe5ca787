package funding_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// bench is a territory with somebody in each role, and the service.
type bench struct {
	*pagetest.Site
	t       *testing.T
	service *funding.Service
	people  map[string]right.Actor
}

const trial = "essai"

func newBench(t *testing.T, db *store.DB) *bench {
	t.Helper()
	site := pagetest.New(t, db)
	site.Clock = start
	b := &bench{Site: site, t: t, service: funding.New(funding.Options{Trail: site.Trail, Now: site.Now, Zone: paris(t)}), people: map[string]right.Actor{}}
	for _, n := range []string{"1", "2"} {
		b.people["applicant-"+n] = site.Person("Dominique Fictif "+n, right.Director, pagetest.Hospital).Actor
		b.people["region-"+n] = site.Person("Maxime Essai "+n, right.RegionalInstructor, pagetest.Region).Actor
		b.people["nation-"+n] = site.Person("Morgan Schéma "+n, right.NationalInstructor, pagetest.Nation).Actor
		b.people["accounting-"+n] = site.Person("Robin Factice "+n, right.Accountant, pagetest.Nation).Actor
	}
	b.people["steering"] = site.Person("Claude Esquisse", right.NationalSteering, pagetest.Nation).Actor
	b.people["clinic"] = site.Person("Noa Prototype", right.Director, pagetest.Clinic).Actor
	b.people["group"] = site.Person("Alix Maquette", right.Director, pagetest.Group).Actor
	b.update(func(ctx context.Context, tx *store.Tx) error {
		return b.service.Size(ctx, tx, b.people["steering"], funding.Envelope{Call: trial, Total: 1_000_000_00, Note: "essai"})
	})
	return b
}

func (b *bench) update(fn func(context.Context, *store.Tx) error) {
	b.t.Helper()
	b.Update(fn)
}

// try is update with the error.
func (b *bench) try(fn func(context.Context, *store.Tx) error) error {
	return b.DB.Update(b.t.Context(), func(tx *store.Tx) error { return fn(b.t.Context(), tx) })
}

func (b *bench) begin(who, structure string) (d funding.Dossier) {
	b.t.Helper()
	b.update(func(ctx context.Context, tx *store.Tx) (err error) {
		d, err = b.service.Begin(ctx, tx, b.people[who], funding.Beginning{Call: trial, CallVersion: "1", Structure: structure})
		return err
	})
	return d
}

func (b *bench) read(id string) (d funding.Dossier) {
	b.t.Helper()
	b.View(func(ctx context.Context, tx *store.Tx) (err error) {
		d, err = funding.ByID(ctx, tx, territory.Everything(), id)
		return err
	})
	return d
}

// life is the whole life of a dossier, from its events.
func (b *bench) life(id string) (l funding.Life) {
	b.t.Helper()
	b.View(func(ctx context.Context, tx *store.Tx) error {
		events, err := funding.Events(ctx, tx, territory.Everything(), id)
		if err != nil {
			return err
		}
		l, err = funding.Replay(events)
		for name, actor := range b.people { // as attempts call them
			for _, who := range []*string{&l.AskedBy, &l.ProposedBy, &l.DecidedBy} {
				if *who == actor.Person {
					*who = name
				}
			}
		}
		return err
	})
	return l
}

func (b *bench) prepare(id string, amount funding.Cents) (digest string) {
	b.t.Helper()
	b.View(func(ctx context.Context, tx *store.Tx) (err error) {
		_, digest, err = b.service.Prepare(ctx, tx, territory.Everything(), id, amount)
		return err
	})
	return digest
}

var open = funding.Terms{Opens: start.Add(-time.Hour), Closes: start.AddDate(0, 1, 0)}

func (b *bench) deposit(who, id string, amount funding.Cents, at time.Time, terms funding.Terms) (r funding.Receipt, err error) {
	seen := b.prepare(id, amount)
	err = b.try(func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = b.service.Deposit(ctx, tx, b.people[who], funding.Depositing{Dossier: id, Asked: amount, Seen: seen, At: at, Terms: terms})
		return err
	})
	return r, err
}

// attempt does in the database what an attempt says.
func (b *bench) attempt(actor right.Actor, d funding.Dossier, a funding.Attempt) error {
	if a.Act == funding.Deposit {
		seen := b.prepare(d.ID, a.Amount)
		return b.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := b.service.Deposit(ctx, tx, actor, funding.Depositing{Dossier: d.ID, Asked: a.Amount, Seen: seen, At: a.At, Terms: a.Terms})
			return err
		})
	}
	do := funding.Doing{Dossier: d.ID, Version: d.Version, Act: a.Act, Amount: a.Amount, Outcome: a.Outcome, Terms: a.Terms}
	for range a.Targets {
		do.Corrections = append(do.Corrections, funding.Correction{Target: "project", Kind: funding.Incomplete, Note: "Précisez le calendrier."})
	}
	return b.try(func(ctx context.Context, tx *store.Tx) error {
		if a.Act == funding.Answer {
			if err := answerAll(ctx, tx, b, actor, d.ID); err != nil {
				return err
			}
		}
		_, err := b.service.Do(ctx, tx, actor, do)
		return err
	})
}

func answerAll(ctx context.Context, tx *store.Tx, b *bench, actor right.Actor, dossier string) error {
	list, err := funding.Corrections(ctx, tx, territory.Everything(), dossier)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Round == list[0].Round {
			if err := b.service.AnswerCorrection(ctx, tx, actor, dossier, c.ID, "Le calendrier est joint."); err != nil {
				return err
			}
		}
	}
	return nil
}

// lead takes a dossier along lines that fit until one leads to a state, the shortest way.
func (b *bench) lead(d funding.Dossier, to funding.State) funding.Dossier {
	b.t.Helper()
	zone := paris(b.t)
	type node struct {
		life funding.Life
		way  []funding.Act
	}
	queue, seen := []node{{life: b.life(d.ID)}}, map[string]bool{}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if n.life.State == to {
			for _, act := range n.way {
				l := b.life(d.ID)
				line, _ := funding.Find(l.State, act)
				a := fitting(l, line, 0, zone)
				b.Clock = a.At
				if err := b.attempt(b.people[a.By], b.read(d.ID), a); err != nil {
					b.t.Fatalf("%s in %s on the way to %s: %v", act, l.State, to, err)
				}
			}
			return b.read(d.ID)
		}
		for _, line := range funding.From(n.life.State) {
			_, next, err := funding.Next(n.life, fitting(n.life, line, 0, zone))
			key := fmt.Sprint(next.State, next.Paid > 0, next.DueBack > next.PaidBack)
			if err == nil && !seen[key] {
				seen[key] = true
				queue = append(queue, node{next, append(slices.Clone(n.way), line.Act)})
			}
		}
	}
	b.t.Fatalf("no way to %s", to)
	return d
}

// A row must say what its events say, and the envelope what its dossiers hold.
func (b *bench) consistent(ids ...string) {
	b.t.Helper()
	held := funding.Cents(0)
	for _, id := range ids {
		d, l := b.read(id), b.life(id)
		if d.State != l.State || d.Version != l.Version || d.Granted != l.Granted || d.Paid != l.Paid || d.DueBack != l.DueBack || d.PaidBack != l.PaidBack || d.Asked != l.Asked ||
			!d.Since.Equal(l.Since) || !d.DecidedAt.Equal(l.DecidedAt) || d.Held != l.Committed() {
			b.t.Fatalf("row %+v, events %+v", d, l)
		}
		held += d.Held
	}
	b.View(func(ctx context.Context, tx *store.Tx) error {
		envelopes, err := funding.Envelopes(ctx, tx, trial)
		if err != nil {
			return err
		}
		committed := funding.Cents(0)
		for _, e := range envelopes {
			committed += e.Committed
			if e.Committed+e.Left() != e.Total {
				b.t.Fatalf("%d committed and %d left of %d", e.Committed, e.Left(), e.Total)
			}
		}
		moved := funding.Cents(0)
		lines, err := funding.Movements(ctx, tx, territory.Everything(), trial)
		for _, m := range lines {
			moved += m.Amount
		}
		if committed != held || moved != held {
			b.t.Fatalf("dossiers hold %d, the envelope says %d, its lines %d", held, committed, moved)
		}
		return err
	})
}

// Each line of the table, in the database: nobody without the right moves the dossier, who has it does.
func TestNoTransitionWithoutRight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		strangers := map[right.Role]right.Actor{}
		places := map[right.Role]string{right.RegionalInstructor: pagetest.Region, right.RegionalSupport: pagetest.Region, right.NationalInstructor: pagetest.Nation,
			right.NationalSteering: pagetest.Nation, right.Accountant: pagetest.Nation, right.Administrator: "", right.GroupCoordinator: pagetest.Group}
		for _, role := range right.Roles() {
			place, ok := places[role]
			if !ok {
				place = pagetest.Hospital
			}
			strangers[role] = b.Person("Personne "+string(role), role, place).Actor
		}
		zone := paris(t)
		for _, state := range funding.States() {
			if state.Final() {
				continue
			}
			d := b.begin("applicant-1", pagetest.Hospital)
			d = b.lead(d, state)
			l := b.life(d.ID)
			for _, line := range funding.From(state) {
				a := fitting(l, line, 0, zone)
				for role, actor := range strangers {
					if slices.Contains(right.RolesWith(line.Who.Right), role) {
						continue
					}
					if err := b.attempt(actor, d, a); fault.KindOf(err) != fault.KindRefused && fault.KindOf(err) != fault.KindNotFound {
						t.Fatalf("%s by %s in %s: %v", line.Act, role, state, err)
					}
				}
				if err := b.attempt(b.people["clinic"], d, a); fault.KindOf(err) != fault.KindNotFound {
					t.Fatalf("%s by the director of another structure: %v", line.Act, err)
				}
			}
			if now := b.read(d.ID); now.Version != d.Version || now.State != state {
				t.Fatalf("somebody without the right moved %s to %s", state, now.State)
			}
			b.consistent(d.ID)
			b.update(func(ctx context.Context, tx *store.Tx) error { // make room for the next
				for _, q := range []string{`delete from envelope_line`, `update envelope set committed = 0`, `delete from dossier_event`, `delete from dossier_correction`,
					`delete from dossier_deposit`, `delete from dossier`} {
					if _, err := tx.Exec(ctx, q); err != nil {
						return err
					}
				}
				return nil
			})
		}
	})
}

// Random lives in the database: rows, events and envelope agree after each act.
func TestLivesInTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		random := rand.New(rand.NewPCG(3, 4))
		zone := paris(t)
		var ids []string
		for _, structure := range []struct{ who, id string }{{"applicant-1", pagetest.Hospital}, {"clinic", pagetest.Clinic}, {"group", pagetest.Group}} {
			d := b.begin(structure.who, structure.id)
			ids = append(ids, d.ID)
			signs := b.people[structure.who]
			for range 80 {
				d, l := b.read(d.ID), b.life(d.ID)
				lines := slices.DeleteFunc(funding.From(d.State), func(l funding.Transition) bool { return l.To == funding.Withdrawn })
				if len(lines) == 0 {
					break
				}
				a := fitting(l, lines[random.IntN(len(lines))], random.IntN(3), zone)
				if _, _, err := funding.Next(l, a); err != nil {
					continue
				}
				b.Clock = a.At
				actor := b.people[a.By]
				if strings.HasPrefix(a.By, string(funding.Applicant)) {
					actor = signs
				}
				if err := b.attempt(actor, d, a); err != nil {
					t.Fatalf("%s in %s: %v", a.Act, d.State, err)
				}
			}
		}
		b.consistent(ids...)
	})
}

// Many decide at once on an envelope that is too small for all: to the cent, never more than there is, and who comes too late is told.
func TestDecisionsAtOnceKeepTheEnvelope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		const dossiers = 24
		var ids []string
		for i := range dossiers {
			id := fmt.Sprintf("e%d", i)
			b.update(func(ctx context.Context, tx *store.Tx) error {
				_, err := territory.Insert(ctx, tx, territory.Everything(), territory.Draft{ID: territory.ID(id), Parent: pagetest.Region, Kind: territory.Entity, Name: "Clinique " + id}, start)
				return err
			})
			b.people[id] = b.Person("Direction "+id, right.Director, id).Actor
			b.Clock = start
			d := b.begin(id, id)
			if _, err := b.deposit(id, d.ID, asked+funding.Cents(i), start, open); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, d.ID)
		}
		b.Clock = start.AddDate(0, 2, 0)
		for _, id := range ids {
			for _, step := range []struct {
				who string
				act funding.Act
			}{{"region-1", funding.TakeUp}, {"region-1", funding.Endorse}, {"nation-1", funding.TakeUp}} {
				if err := b.attempt(b.people[step.who], b.read(id), funding.Attempt{Act: step.act, Outcome: funding.Favourable, Terms: open}); err != nil {
					t.Fatal(err)
				}
			}
		}
		total := asked*dossiers*2/3 + 7
		b.update(func(ctx context.Context, tx *store.Tx) error {
			return b.service.Size(ctx, tx, b.people["steering"], funding.Envelope{Call: trial, Total: total})
		})
		var group sync.WaitGroup
		var mu sync.Mutex
		granted, late, twice := 0, 0, 0
		for _, id := range ids {
			for range 2 { // two people decide on the same dossier
				d := b.read(id)
				group.Go(func() {
					err := b.attempt(b.people["nation-1"], d, funding.Attempt{Act: funding.Grant, Amount: d.Asked})
					mu.Lock()
					defer mu.Unlock()
					switch f := fault.As(err); {
					case err == nil:
						granted++
					case f != nil && f.Key == "funding.envelope_short":
						late++
					case f != nil && (f.Key == "funding.moved_meanwhile" || f.Key == "funding.not_now"):
						twice++
					default:
						t.Errorf("decide: %v", err)
					}
				})
			}
		}
		group.Wait()
		b.consistent(ids...)
		left := total
		for _, id := range ids {
			left -= b.read(id).Held
		}
		for _, id := range ids {
			if d := b.read(id); d.State == funding.NationalReview && d.Asked <= left {
				t.Errorf("%d are left, and %s was refused %d", left, d.Number, d.Asked)
			}
		}
		if granted < 15 || late == 0 || granted+late+twice != 2*dossiers {
			t.Errorf("%d granted, %d too late, %d told that somebody was quicker", granted, late, twice)
		}
		// What comes back can be granted to who was too late.
		for _, id := range ids {
			if d := b.read(id); d.State == funding.Granted {
				if err := b.attempt(b.people["nation-2"], d, funding.Attempt{Act: funding.Close}); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		for _, id := range ids {
			if d := b.read(id); d.State == funding.NationalReview {
				if err := b.attempt(b.people["nation-2"], d, funding.Attempt{Act: funding.GrantPartly, Amount: d.Asked - dossiers}); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		b.consistent(ids...)
	})
}

func TestPartsOfAnEnvelope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		b.update(func(ctx context.Context, tx *store.Tx) error {
			if err := funding.Stock(ctx, tx, funding.Envelope{Call: trial, Part: pagetest.Region, Total: asked}, start); err != nil {
				return err
			}
			return funding.Stock(ctx, tx, funding.Envelope{Call: trial, Total: 5}, start) // it is there: nothing changes
		})
		d := b.lead(b.begin("applicant-1", pagetest.Hospital), funding.Granted)
		if d.Part != pagetest.Region || d.Held != asked {
			t.Errorf("holds %d of part %q", d.Held, d.Part)
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			list, err := funding.Envelopes(ctx, tx, trial)
			if len(list) != 2 || list[0].Total != 1_000_000_00 || list[0].Committed != 0 || list[1].Left() != 0 {
				t.Errorf("envelopes %+v", list)
			}
			return err
		})
		err := b.try(func(ctx context.Context, tx *store.Tx) error {
			return b.service.Size(ctx, tx, b.people["steering"], funding.Envelope{Call: trial, Part: pagetest.Region, Total: asked - 1})
		})
		if f := fault.As(err); f == nil || f.Key != "funding.committed_more" {
			t.Errorf("less than is committed: %v", err)
		}
		for who, want := range map[string]fault.Kind{"nation-1": fault.KindRefused, "applicant-1": fault.KindNotFound} {
			err := b.try(func(ctx context.Context, tx *store.Tx) error {
				return b.service.Size(ctx, tx, b.people[who], funding.Envelope{Call: trial, Part: pagetest.Region, Total: asked * 2})
			})
			if fault.KindOf(err) != want {
				t.Errorf("%s sets the envelope: %v", who, err)
			}
		}
		other := b.begin("clinic", pagetest.Clinic)
		_, err = b.deposit("clinic", other.ID, 1, b.Clock, funding.Terms{})
		if err != nil {
			t.Fatal(err)
		}
	})
}
