package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"hygie/internal/administration"
	"hygie/internal/doctor"
	"hygie/internal/dossier"
	"hygie/internal/envelope"
	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/instruction"
	"hygie/internal/job"
	"hygie/internal/pagetest"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/call"
	"hygie/referential/packages"
	"hygie/referential/packages/calls"
)

// stage is where dossiers are played: the pages of applicants and of agencies on one territory, and everybody who acts on them.
type stage struct {
	*pagetest.Site
	funding  *funding.Service
	desks    *instruction.Module
	calls    *callshelf.Shelf
	chief    *pagetest.Visitor            // administers the territory
	agencies map[string]*pagetest.Visitor // ars, ars2, ans, ans2
	region   territory.ID                 // in which candidates are cast
	plays    int
}

func newStage(t *testing.T) *stage {
	t.Helper()
	site := pagetest.New(t, storetest.SQLite(t))
	file, err := os.ReadFile("testdata/funding-call.yaml")
	if err != nil {
		t.Fatal(err)
	}
	k, err := call.Read("funding-call.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	persons, err := people.New(site.DB, people.Options{Key: bytes.Repeat([]byte{3}, 32), Recorder: people.RecorderFunc(func(context.Context, *store.Tx, people.Event) error { return nil }), Now: site.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{Site: site, region: pagetest.Region, funding: funding.New(funding.Options{Trail: site.Trail, Now: site.Now, Zone: k.Zone})}
	shipped, err := calls.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	s.calls = callshelf.New(append([]*call.Call{k}, shipped...)...)
	site.Serve(dossier.New(dossier.Options{DB: site.DB, Trail: site.Trail, Shelf: shelf, Funding: s.funding, People: persons, Calls: s.calls, Now: site.Now}).Routes)
	s.desks = instruction.New(instruction.Options{DB: site.DB, Trail: site.Trail, Shelf: shelf, Funding: s.funding, People: persons, Calls: s.calls, Random: rand.Reader, Now: site.Now, Log: slog.New(slog.DiscardHandler)})
	site.Serve(s.desks.Routes)
	administration, err := administration.New(administration.Options{DB: site.DB, Queue: job.NewQueue(site.DB, site.Now), Trail: site.Trail, Shelf: shelf, Now: site.Now, Imports: t.TempDir(), Follower: s.funding,
		FreeBytes: func() (uint64, error) { return 1 << 30, nil }, Examine: func(context.Context) []doctor.Finding { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	site.Serve(administration.Routes)
	s.chief = site.Person("Ange Fictif", right.Administrator, "")
	site.Serve(envelope.New(envelope.Options{DB: site.DB, Trail: site.Trail, Funding: s.funding, Calls: s.calls, Address: "https://hygie.test", Now: site.Now}).Routes) // files are not made here: no packer
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		return funding.Stock(ctx, tx, funding.Envelope{Call: k.ID, Total: 5_000_000_00}, site.Clock)
	})
	s.agencies = map[string]*pagetest.Visitor{
		"ars": site.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region), "ars2": site.Person("Eden Ébauche", right.RegionalInstructor, pagetest.Region),
		"ans": site.Person("Morgan Schéma", right.NationalInstructor, pagetest.Nation), "ans2": site.Person("Sam Imaginaire", right.NationalInstructor, pagetest.Nation),
	}
	leave := site.Person("Charlie Gabarit", right.RegionalInstructor, pagetest.Region)
	leave.Actor.Grants[0].DelegatedBy = s.agencies["ars"].Actor.Person
	s.agencies["stand-in"] = leave
	return s
}

// part is one dossier as it is played, with its own people.
type part struct {
	*stage
	structure, dossier string
	director, officer  *pagetest.Visitor
}

// cast makes the candidate of a play and its people: an entity with a director and a security officer, or a group whose coordinator does the work.
func (s *stage) cast(group bool) *part {
	s.T.Helper()
	s.plays++
	p := &part{stage: s, structure: fmt.Sprintf("p%02d", s.plays)}
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		everything := territory.Everything()
		d := territory.Draft{ID: territory.ID(p.structure), Parent: s.region, Kind: territory.Entity, Name: fmt.Sprintf("Candidat inventé %02d", s.plays)}
		if group {
			d.Kind, d.GroupKind, d.Code = territory.Group, territory.GHT, "JEU-"+p.structure
		}
		if _, err := territory.Insert(ctx, tx, everything, d, s.Clock); err != nil {
			return err
		}
		sized := p.structure
		if group {
			sized += "-m"
			if _, err := territory.Insert(ctx, tx, everything, territory.Draft{ID: territory.ID(sized), Parent: territory.ID(p.structure), Kind: territory.Entity, Name: "Membre de " + d.Name}, s.Clock); err != nil {
				return err
			}
			if err := territory.Join(ctx, tx, everything, territory.ID(p.structure), territory.ID(sized), territory.Support, "essai", time.Time{}, time.Time{}); err != nil {
				return err
			}
		} else if err := proof.Record(ctx, tx, everything, proof.Fact{Structure: p.structure, Key: proof.StatusKey, Value: referential.Words("private"), ObservedAt: s.Clock, Source: "essai", RecordedAt: s.Clock}); err != nil {
			return err
		}
		return territory.SetSize(ctx, tx, everything, territory.Size{Structure: territory.ID(sized), Key: territory.CombinedActivity, Year: 2025, Value: 100_000, Source: "essai"}, s.Clock)
	})
	p.director, p.officer = s.Person("Direction "+p.structure, right.Director, p.structure), s.Person("RSSI "+p.structure, right.SecurityOfficer, p.structure)
	if group {
		p.officer = s.Person("Coordination "+p.structure, right.GroupCoordinator, p.structure)
	}
	return p
}

// home is the dossier's address for its people.
func (p *part) home() string { return "/structures/" + p.structure + "/dossiers/" + p.dossier }

// now reads the dossier as it is.
func (p *part) now() (d funding.Dossier) {
	p.T.Helper()
	p.View(func(ctx context.Context, tx *store.Tx) (err error) {
		d, err = funding.ByID(ctx, tx, territory.Everything(), p.dossier)
		return err
	})
	return d
}

func (p *part) version() string { return fmt.Sprint(p.now().Version) }

// begin begins the dossier of a call and writes it.
func (p *part) begin(call, asked string, more map[string]string) {
	p.T.Helper()
	begun := p.officer.Want("begin", p.officer.Post("/structures/"+p.structure+"/dossiers", "call", call), http.StatusSeeOther)
	p.dossier = begun.To()[strings.LastIndex(begun.To(), "/")+1:]
	fields := map[string]string{"project": "Relever l’annuaire.", "calendar": "Avant l’été.", "service": "Direction informatique", "asked": asked}
	maps.Copy(fields, more)
	for name, value := range fields {
		p.officer.Want(name, p.officer.Post(p.home()+"/fields", "name", name, "value", value, "seen", "0"), http.StatusSeeOther)
	}
}

// draft begins the dossier, writes it and spends what is asked; without the document that the call asks for when something has to stay open.
func (p *part) draft(asked string, open bool) {
	p.T.Helper()
	p.begin("essai", asked, nil)
	p.officer.Want("expense", p.officer.Post(p.home()+"/expenses", "kind", "audit", "label", "Audit", "amount", asked, "on", "2026-03-01"), http.StatusSeeOther)
	if open {
		return
	}
	var id string
	p.Update(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: p.structure, Kind: "security-policy", Name: "politique.pdf", MediaType: "application/pdf", SHA256: strings.Repeat("cd", 32),
			Size: 9_000, EffectiveFrom: p.Clock.AddDate(0, -1, 0), EffectiveUntil: p.Clock.AddDate(3, 0, 0), DepositedAt: p.Clock, DepositedBy: p.officer.Actor.Person})
		return err
	})
	p.officer.Want("pick", p.officer.Post(p.home()+"/evidence", "requirement", "continuity", "evidence", id), http.StatusSeeOther)
}

// deposit signs and sends it.
func (p *part) deposit() {
	p.T.Helper()
	ask := p.director.Want("ask to deposit", p.director.Get(p.home()+"/deposit"), http.StatusOK)
	seen := ask.Find(p.T, `name="seen" value="([0-9a-f]{64})"`)
	p.director.Want("deposit", p.director.Post(p.home()+"/deposit", "seen", seen, "confirm", "1"), http.StatusSeeOther)
}

// step is something that somebody does with the dossier.
type step func(p *part)

// desk is the queue at which somebody works.
func deskOf(who string) string {
	if strings.HasPrefix(who, "ans") {
		return "/instruction/nation"
	}
	return "/instruction/region"
}

// try does a move of instruction and wants a status.
func try(who, move string, status int, fields ...string) step {
	return func(p *part) {
		p.T.Helper()
		v := p.agencies[who]
		path := deskOf(who) + "/" + p.dossier + "/acts/" + move
		if move == "corrections" {
			path = deskOf(who) + "/" + p.dossier + "/corrections"
		}
		v.Want(who+" "+move, v.Post(path, append(fields, "version", p.version())...), status)
	}
}

// do does a move of instruction.
func do(who, move string, fields ...string) step {
	return try(who, move, http.StatusSeeOther, fields...)
}

// look says of everything that waits for it that it was seen and is fine.
func look(who string) step {
	return func(p *part) {
		p.T.Helper()
		v := p.agencies[who]
		for range 20 {
			page := v.Want("page", v.Get(deskOf(who)+"/"+p.dossier), http.StatusOK).Text
			before, _, found := strings.Cut(page, " data-look")
			if !found {
				return
			}
			_, after, _ := strings.Cut(before[strings.LastIndex(before, `name="point"`):], `value="`)
			point, _, _ := strings.Cut(after, `"`)
			v.Want("look", v.Post(deskOf(who)+"/"+p.dossier+"/looks", "version", p.version(), "point", point, "fine", "1"), http.StatusSeeOther)
		}
		p.T.Fatal("there is always something left to look at")
	}
}

// givenBack gives back what was to be corrected: the field is written anew, each point is answered.
func givenBack(field string) step {
	return func(p *part) {
		p.T.Helper()
		if field != "" {
			p.officer.Want("correct", p.officer.Post(p.home()+"/fields", "name", field, "value", "Le 3 juin 2026.", "seen", "9"), http.StatusSeeOther)
		}
		list := p.officer.Want("corrections", p.officer.Get(p.home()+"/corrections"), http.StatusOK)
		for _, id := range list.All(`/corrections/([0-9a-z]{26})"`) {
			p.officer.Want("answer", p.officer.Post(p.home()+"/corrections/"+id, "answer", "C’est fait."), http.StatusSeeOther)
		}
		p.officer.Want("give back", p.officer.Post(p.home()+"/answer", "version", p.version()), http.StatusSeeOther)
	}
}

// applicant does an act of the director.
func applicant(act string, status int) step {
	return func(p *part) {
		p.T.Helper()
		p.director.Want(act, p.director.Post(p.home()+"/acts/"+act, "version", p.version(), "note", "Nous le demandons."), status)
	}
}

// merged merges the candidate into another structure, which takes the dossier over with its own director, and finds what was joined to it.
func merged(p *part) {
	p.T.Helper()
	heir := p.cast(false)
	address := "/structures/" + p.structure + "/record/merge"
	p.chief.Want("preview of the merger", p.chief.Get(address+"?into="+heir.structure), http.StatusOK)
	p.chief.Want("merger", p.chief.Post(address, "into", heir.structure, "day", p.Clock.Format(time.DateOnly), "reason", "Arrêté de fusion"), http.StatusSeeOther)
	p.structure, p.director, p.officer = heir.structure, heir.director, heir.officer
	page := p.officer.Want("what it took over", p.officer.Get(p.home()+"/requirements"), http.StatusOK)
	if !strings.Contains(page.Text, "/structures/"+p.structure+"/evidence/") || !strings.Contains(page.Text, "qui a fusionné") {
		p.T.Errorf("the evidence that came along is not there:\n%s", page.Main())
	}
}

// later lets days pass.
func later(days int) step {
	return func(p *part) { p.Clock = p.Clock.AddDate(0, 0, days) }
}
