package funding_test

import (
	"context"
	"errors"
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
	"hygie/internal/proof"
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

const call = "essai"

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
		return b.service.Size(ctx, tx, b.people["steering"], funding.Envelope{Call: call, Total: 1_000_000_00, Note: "essai"})
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
		d, err = b.service.Begin(ctx, tx, b.people[who], funding.Beginning{Call: call, CallVersion: "1", Structure: structure})
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
		envelopes, err := funding.Envelopes(ctx, tx, call)
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
		lines, err := funding.Movements(ctx, tx, territory.Everything(), call)
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
			return b.service.Size(ctx, tx, b.people["steering"], funding.Envelope{Call: call, Total: total})
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
			if err := funding.Stock(ctx, tx, funding.Envelope{Call: call, Part: pagetest.Region, Total: asked}, start); err != nil {
				return err
			}
			return funding.Stock(ctx, tx, funding.Envelope{Call: call, Total: 5}, start) // it is there: nothing changes
		})
		d := b.lead(b.begin("applicant-1", pagetest.Hospital), funding.Granted)
		if d.Part != pagetest.Region || d.Held != asked {
			t.Errorf("holds %d of part %q", d.Held, d.Part)
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			list, err := funding.Envelopes(ctx, tx, call)
			if len(list) != 2 || list[0].Total != 1_000_000_00 || list[0].Committed != 0 || list[1].Left() != 0 {
				t.Errorf("envelopes %+v", list)
			}
			return err
		})
		err := b.try(func(ctx context.Context, tx *store.Tx) error {
			return b.service.Size(ctx, tx, b.people["steering"], funding.Envelope{Call: call, Part: pagetest.Region, Total: asked - 1})
		})
		if f := fault.As(err); f == nil || f.Key != "funding.committed_more" {
			t.Errorf("less than is committed: %v", err)
		}
		for who, want := range map[string]fault.Kind{"nation-1": fault.KindRefused, "applicant-1": fault.KindNotFound} {
			err := b.try(func(ctx context.Context, tx *store.Tx) error {
				return b.service.Size(ctx, tx, b.people[who], funding.Envelope{Call: call, Part: pagetest.Region, Total: asked * 2})
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

func TestDeposits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		if again := b.begin("applicant-2", pagetest.Hospital); again.ID != d.ID || d.Number != "ESSAI-0001" {
			t.Errorf("begun again: %s %s", again.Number, d.Number)
		}
		last := open.Closes.Add(999 * time.Millisecond)
		first, err := b.deposit("applicant-1", d.ID, asked, last, open)
		if err != nil || first.Revision != 1 || first.Again || !first.At.Equal(last) || first.OnBehalf != "" || first.Grant == "" {
			t.Fatalf("at the end of the last second: %+v %v", first, err)
		}
		twice, err := b.deposit("applicant-1", d.ID, asked, open.Closes.Add(time.Hour), open)
		if err != nil || !twice.Again || twice.Revision != 1 || twice.SHA256 != first.SHA256 || !twice.At.Equal(last) {
			t.Errorf("the same again, too late: %+v %v", twice, err)
		}
		if _, err := b.deposit("applicant-1", d.ID, asked-1, open.Closes.Add(time.Second), open); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("another content one second too late: %v", err)
		}
		second, err := b.deposit("applicant-1", d.ID, asked-1, open.Closes, open)
		if err != nil || second.Revision != 2 || second.SHA256 == first.SHA256 {
			t.Errorf("anew in time: %+v %v", second, err)
		}
		err = b.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := b.service.Deposit(ctx, tx, b.people["applicant-1"], funding.Depositing{Dossier: d.ID, Asked: asked - 2, Seen: first.SHA256[:60] + "0000", At: start, Terms: open})
			return err
		})
		if f := fault.As(err); f == nil || f.Key != "funding.changed_since_shown" {
			t.Errorf("content that the signer did not see: %v", err)
		}
		for name, amount := range map[string]funding.Cents{"nothing": 0, "less than nothing": -1, "too much": 1 << 60} {
			if _, err := b.deposit("applicant-1", d.ID, amount, start, open); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("asked %s: %v", name, err)
			}
		}
		if d := b.read(d.ID); d.State != funding.Deposited || d.Asked != asked-1 {
			t.Errorf("dossier %+v", d)
		}
	})
}

func (b *bench) evidence(id, structure, digest, supersedes string) string {
	b.t.Helper()
	b.update(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: structure, Kind: "procedure", Name: id + ".pdf", MediaType: "application/pdf",
			SHA256: strings.Repeat(digest, 64), Size: 12, EffectiveFrom: start, DepositedAt: b.Clock, DepositedBy: "test", Supersedes: supersedes})
		return err
	})
	return id
}

func TestEvidenceStaysAsDeposited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		kept, old, dropped, foreign := b.evidence("kept", pagetest.Hospital, "a", ""), b.evidence("old", pagetest.Hospital, "b", ""), b.evidence("dropped", pagetest.Place, "c", ""), b.evidence("foreign", pagetest.Clinic, "d", "")
		director := b.people["applicant-1"]
		scope := right.Visible(director, right.EditDossier)
		pick := func(id string) error {
			return b.try(func(ctx context.Context, tx *store.Tx) error {
				return b.service.Pick(ctx, tx, director, scope, d.ID, "", "care-d1/O1", id)
			})
		}
		for _, id := range []string{kept, kept, old, dropped} {
			if err := pick(id); err != nil {
				t.Fatal(err)
			}
		}
		if err := pick(foreign); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("evidence of another structure: %v", err)
		}
		r, err := b.deposit("applicant-1", d.ID, asked, start, open)
		if err != nil {
			t.Fatal(err)
		}
		newer := b.evidence("newer", pagetest.Hospital, "e", old)
		var fates []funding.Fate
		b.update(func(ctx context.Context, tx *store.Tx) error {
			picked, err := funding.Evidence(ctx, tx, scope, d.ID)
			if err != nil || len(picked) != 3 {
				t.Fatalf("%d picked (%v)", len(picked), err)
			}
			for _, p := range picked {
				if p.Evidence == old && p.ReplacedBy != newer {
					t.Errorf("replaced by %q", p.ReplacedBy)
				}
				if p.Evidence == dropped {
					if err := b.service.Unpick(ctx, tx, director, scope, d.ID, p.ID); err != nil {
						return err
					}
				}
			}
			r, err = funding.LatestReceipt(ctx, tx, scope, d.ID)
			if err != nil {
				return err
			}
			fates, err = funding.Fates(ctx, tx, scope, r)
			return err
		})
		if len(fates) != 3 {
			t.Fatalf("fates %+v", fates)
		}
		for _, f := range fates {
			if f.Unpicked != (f.Evidence == dropped) || (f.ReplacedBy == newer) != (f.Evidence == old) || len(f.SHA256) != 64 {
				t.Errorf("fate %+v", f)
			}
		}
	})
}

func TestTwoPeopleInOneFieldLoseNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		save := func(who, value string, seen int64) (s funding.Saved, err error) {
			err = b.try(func(ctx context.Context, tx *store.Tx) (err error) {
				s, err = b.service.Save(ctx, tx, territory.Everything(), d.ID, funding.Field{Name: "project", Value: value, By: who}, seen)
				return err
			})
			return s, err
		}
		one, err := save("p1", "un", 0)
		if err != nil || one.Position != 1 || one.Overtaken != nil {
			t.Fatalf("%+v %v", one, err)
		}
		if own, err := save("p1", "un bis", 0); err != nil || own.Overtaken != nil {
			t.Errorf("overtook oneself: %+v %v", own, err)
		}
		two, err := save("p2", "deux", 1)
		if err != nil || two.Overtaken == nil || two.Overtaken.Value != "un bis" || two.Overtaken.By != "p1" {
			t.Errorf("the later is not told: %+v %v", two, err)
		}
		if same, err := save("p1", "deux", 0); err != nil || !same.Unchanged || same.Position != two.Position {
			t.Errorf("the same value: %+v %v", same, err)
		}
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				if _, err := save(fmt.Sprint("w", i), fmt.Sprint("valeur ", i), two.Position); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		b.View(func(ctx context.Context, tx *store.Tx) error {
			all, err := funding.FieldHistory(ctx, tx, territory.Everything(), d.ID, "", "project")
			if len(all) != 11 {
				t.Errorf("%d values kept", len(all))
			}
			now, err2 := funding.Fields(ctx, tx, territory.Everything(), d.ID)
			if len(now) != 1 || now[0].Value != all[0].Value {
				t.Errorf("counts %+v", now)
			}
			return errors.Join(err, err2)
		})
		for _, name := range []string{"", "Project", "../x", strings.Repeat("a", 200), "a b"} {
			err := b.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.service.Save(ctx, tx, territory.Everything(), d.ID, funding.Field{Name: name, Value: "x", By: "p"}, 0)
				return err
			})
			if fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("field %q: %v", name, err)
			}
		}
		if _, err := save("p1", strings.Repeat("é", 10_001), 99); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("too long: %v", err)
		}
	})
}

func TestCorrectionsReachOnlyWhatIsAsked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.lead(b.begin("applicant-1", pagetest.Hospital), funding.RegionalCorrection)
		director := b.people["applicant-1"]
		save := func(name string) error {
			return b.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.service.Save(ctx, tx, territory.Everything(), d.ID, funding.Field{Name: name, Value: "corrigé", By: director.Person}, 0)
				return err
			})
		}
		if err := save("project"); err != nil {
			t.Errorf("a field that was asked for: %v", err)
		}
		if err := save("summary"); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("another field: %v", err)
		}
		give := func() error {
			return b.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.service.Do(ctx, tx, director, funding.Doing{Dossier: d.ID, Version: d.Version, Act: funding.Answer})
				return err
			})
		}
		if f := fault.As(give()); f == nil || f.Key != "funding.unanswered" {
			t.Errorf("given back without an answer: %v", f)
		}
		b.update(func(ctx context.Context, tx *store.Tx) error { return answerAll(ctx, tx, b, director, d.ID) })
		if err := give(); err != nil {
			t.Fatal(err)
		}
		if err := give(); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("given back twice: %v", err)
		}
		if err := save("project"); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("written while it is instructed: %v", err)
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			events, err := funding.Events(ctx, tx, territory.Everything(), d.ID)
			if spans := funding.Running(events); len(spans) != 2 {
				t.Errorf("clock %v", spans)
			}
			return err
		})
	})
}

func TestADossierFollowsItsStructureIntoAMerger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.lead(b.begin("applicant-1", pagetest.Hospital), funding.NationalReview)
		own := b.begin("clinic", pagetest.Clinic)
		follow := func() (n int) {
			b.update(func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = b.service.FollowMerges(ctx, tx)
				return err
			})
			return n
		}
		if n := follow(); n != 0 {
			t.Errorf("%d handed over before the merger", n)
		}
		b.update(func(ctx context.Context, tx *store.Tx) error {
			return territory.Merge(ctx, tx, territory.Everything(), pagetest.Hospital, pagetest.Clinic, b.Clock, b.Clock)
		})
		if n := follow(); n != 1 {
			t.Errorf("%d handed over", n)
		}
		now := b.read(d.ID)
		if now.Structure != pagetest.Clinic || now.State != funding.NationalReview || now.Slot != pagetest.Hospital || now.Version != d.Version+1 {
			t.Errorf("handed over: %+v", now)
		}
		if err := b.attempt(b.people["nation-1"], now, funding.Attempt{Act: funding.Grant, Amount: now.Asked}); err != nil {
			t.Errorf("it goes on: %v", err)
		}
		b.consistent(d.ID, own.ID)
		if n := follow(); n != 0 {
			t.Errorf("%d handed over twice", n)
		}
		if f := fault.As(b.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := b.service.Begin(ctx, tx, b.people["applicant-1"], funding.Beginning{Call: call, Structure: pagetest.Hospital})
			return err
		})); f == nil {
			t.Error("a structure that ended begins a dossier")
		}
	})
}

func TestExpensesAndMessages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		director := b.people["applicant-1"]
		scope := right.Visible(director, right.EditDossier)
		good := funding.Expense{Kind: "audit", Label: "Audit de l’annuaire", Amount: 12_345_67, On: start}
		spend := func(x funding.Expense) (id string, err error) {
			err = b.try(func(ctx context.Context, tx *store.Tx) (err error) {
				id, err = b.service.Spend(ctx, tx, director, scope, d.ID, x)
				return err
			})
			return id, err
		}
		id, err := spend(good)
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*funding.Expense){
			"no label": func(x *funding.Expense) { x.Label = "  " }, "no kind": func(x *funding.Expense) { x.Kind = "" }, "no day": func(x *funding.Expense) { x.On = time.Time{} },
			"no amount": func(x *funding.Expense) { x.Amount = 0 }, "too much": func(x *funding.Expense) { x.Amount = 1 << 60 }, "no such invoice": func(x *funding.Expense) { x.Invoice = "nothing" },
		} {
			x := good
			change(&x)
			if _, err := spend(x); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.update(func(ctx context.Context, tx *store.Tx) error {
			list, err := b.service.Expenses(ctx, tx, scope, d.ID)
			if len(list) != 1 || list[0].Amount != good.Amount || list[0].On.Format(time.DateOnly) != "2026-03-10" {
				t.Errorf("expenses %+v", list)
			}
			if err := b.service.Unspend(ctx, tx, director, scope, d.ID, id); err != nil {
				return err
			}
			if err := b.service.Unspend(ctx, tx, director, scope, d.ID, id); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("taken out twice: %v", err)
			}
			for _, who := range []string{"applicant-1", "region-1", "nation-1", "accounting-1"} {
				if err := b.service.Say(ctx, tx, b.people[who], d.ID, "Bonjour de "+who); err != nil {
					t.Errorf("%s: %v", who, err)
				}
			}
			if err := b.service.Say(ctx, tx, b.people["clinic"], d.ID, "Bonjour"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a stranger speaks: %v", err)
			}
			said, err2 := funding.Messages(ctx, tx, scope, d.ID)
			if len(said) != 4 || said[1].Side != funding.Region || said[3].Side != funding.Accounting {
				t.Errorf("messages %+v", said)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestListDelaysAndFigures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		for i := range 12 {
			id := fmt.Sprintf("e%d", i)
			b.Clock = start
			b.update(func(ctx context.Context, tx *store.Tx) error {
				_, err := territory.Insert(ctx, tx, territory.Everything(), territory.Draft{ID: territory.ID(id), Parent: pagetest.Region, Kind: territory.Entity, Name: "Clinique " + id}, start)
				return err
			})
			b.people[id] = b.Person("Direction "+id, right.Director, id).Actor
			d := b.begin(id, id)
			if _, err := b.deposit(id, d.ID, asked, start, funding.Terms{}); err != nil {
				t.Fatal(err)
			}
			if i < 11 {
				b.Clock = start.Add(time.Duration(i+1) * time.Hour)
				if err := b.attempt(b.people["region-1"], b.read(d.ID), funding.Attempt{Act: funding.TakeUp}); err != nil {
					t.Fatal(err)
				}
			}
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			delays, err := funding.Delays(ctx, tx, call, start.AddDate(0, 0, 1))
			if err != nil {
				return err
			}
			if d := delays[funding.Deposited]; d.Count != 11 || d.Median != 6*time.Hour || len(delays) != 2 { // drafts were left too
				t.Errorf("delays %+v", delays)
			}
			if gone, err := funding.Delays(ctx, tx, call, start.AddDate(0, 6, 0)); err != nil || len(gone) != 0 {
				t.Errorf("delays of half a year ago: %v %v", gone, err)
			}
			figures, err := funding.FiguresOf(ctx, tx, call)
			if figures != (funding.Figures{Deposited: 12, Envelope: 1_000_000_00}) || err != nil {
				t.Errorf("figures %+v %v", figures, err)
			}
			var seen []string
			for after, pages := "", 0; ; pages++ {
				page, next, err := funding.List(ctx, tx, right.Visible(b.people["region-1"], right.InstructRegion), funding.Filter{Call: call, After: after, Limit: 5, Without: []funding.State{funding.Draft}})
				if err != nil || pages > 3 {
					t.Fatalf("page %d: %v", pages, err)
				}
				for _, d := range page {
					seen = append(seen, d.ID)
				}
				if after = next; next == "" {
					break
				}
			}
			if slices.Sort(seen); len(seen) != 12 || len(slices.Compact(seen)) != 12 {
				t.Errorf("%d dossiers listed", len(seen))
			}
			none, _, err := funding.List(ctx, tx, right.Visible(b.people["clinic"], right.SeeDossier), funding.Filter{Call: call})
			if len(none) != 0 {
				t.Errorf("another structure sees %d dossiers", len(none))
			}
			if _, _, err := funding.List(ctx, tx, territory.Everything(), funding.Filter{After: "x.y"}); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("a wrong cursor: %v", err)
			}
			return err
		})
	})
}
