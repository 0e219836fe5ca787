package app

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/demo"
	"hygie/internal/incident"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// demoIncidents gives the hospital of the demonstration an incident that is over, with its lessons in the plan, and one that is going on and shared with
// regional support. Both are invented.
func (p *Platform) demoIncidents(ctx context.Context, world demo.World, officer right.Actor, now time.Time) error {
	catalogue, err := locale.Default()
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(p.Config.Server.Zone)
	if err != nil {
		return fmt.Errorf("server.zone: %w", err)
	}
	night := demoNight{p: p, ctx: ctx, structure: string(world.Hospital), act: incident.Act{Actor: officer, Scope: territory.Everything(), Printer: catalogue.Printer(locale.French, zone)}}
	if err := night.numbers(string(world.Region), now.AddDate(0, -5, 0)); err != nil {
		return fmt.Errorf("write the demonstration's numbers: %w", err)
	}
	if err := night.over(now.AddDate(0, -4, 0)); err != nil {
		return fmt.Errorf("stage the demonstration's past incident: %w", err)
	}
	if err := night.going(now.Add(-5 * time.Hour)); err != nil {
		return fmt.Errorf("stage the demonstration's incident: %w", err)
	}
	return p.demoExhibits(ctx, night.structure, officer, night.act.Printer, now)
}

// demoNight stages one incident after the other, with the platform's clock where the story is.
type demoNight struct {
	p         *Platform
	ctx       context.Context // of the staging
	structure string
	act       incident.Act
}

// at makes an incident module whose clock stands at a moment.
func (n demoNight) at(moment time.Time) (*incident.Module, *logbook.Books, error) {
	clock := func() time.Time { return moment }
	books := n.p.Books.At(clock)
	m, err := incident.New(incident.Options{DB: n.p.DB, Books: books, Trail: n.p.Trail, Now: clock})
	return m, books, err
}

// beat is one thing that happens in a story.
type beat struct {
	after time.Duration
	do    func(m *incident.Module, id string) error
	line  logbook.Draft
}

func (n demoNight) play(start time.Time, o incident.Opening, beats []beat) error {
	m, _, err := n.at(start)
	if err != nil {
		return err
	}
	i, err := m.Open(n.ctx, n.act, n.structure, o)
	if err != nil {
		return err
	}
	for k, b := range beats {
		m, books, err := n.at(start.Add(b.after))
		if err != nil {
			return err
		}
		if b.do != nil {
			if err := b.do(m, i.ID); err != nil {
				return err
			}
			continue
		}
		b.line.ID = fmt.Sprintf("%s-%d", store.NewID(start), k)
		author := logbook.Author{Person: n.act.Actor.Person, Name: n.act.Actor.Name}
		if _, err := books.Receive(n.ctx, n.act.Scope, i.Book, author, []logbook.Draft{b.line}); err != nil {
			return err
		}
	}
	return nil
}

func say(after time.Duration, kind logbook.Kind, cell, text string) beat {
	return beat{after: after, line: logbook.Draft{Kind: kind, Cell: cell, Text: text}}
}

func (n demoNight) service(after time.Duration, name string, state incident.ServiceState, note string) beat {
	return beat{after: after, do: func(m *incident.Module, id string) error {
		return m.SetService(n.ctx, n.act, n.structure, id, incident.Service{Name: name, State: state, Note: note})
	}}
}

func (n demoNight) declare(after time.Duration, clock, reference string, notDue bool) beat {
	return beat{after: after, do: func(m *incident.Module, id string) error {
		return m.Declare(n.ctx, n.act, n.structure, id, incident.Done{Clock: clock, Reference: reference, NotDue: notDue})
	}}
}

// numbers are what the region tells its structures to call; nobody has these numbers (they are reserved for fiction).
func (n demoNight) numbers(region string, at time.Time) error {
	m, _, err := n.at(at)
	if err != nil {
		return err
	}
	for _, number := range []incident.Number{
		{Name: "Appui régional de démonstration", Purpose: "Aide à qualifier l’incident et à déclarer.", Phone: "01 99 00 00 01", Hours: "8 h à 20 h", Replaces: "grades"},
		{Name: "ARS de démonstration, point focal", Purpose: "Prévenir l’agence, demander un renfort ou un transfert d’activité.", Phone: "01 99 00 00 02", Hours: "24 h/24, 7 j/7", Replaces: "ars"},
	} {
		number.Region = region
		if err := m.SetNumber(n.ctx, n.act, number); err != nil {
			return err
		}
	}
	return nil
}

// over is a compromised account, closed after a week.
func (n demoNight) over(start time.Time) error {
	return n.play(start, incident.Opening{Title: "Messages frauduleux envoyés depuis une boîte du secrétariat", Care: incident.CareNone}, []beat{
		say(6*time.Minute, logbook.Act, "Informatique", "Mot de passe changé, sessions fermées, règle de transfert retirée."),
		{after: 20 * time.Minute, do: func(m *incident.Module, id string) error {
			return m.Qualify(n.ctx, n.act, n.structure, id, incident.Qualification{Kind: "account", Malicious: "yes", Care: incident.CareNone, Occurred: start.Add(-11 * time.Hour), Version: 1})
		}},
		n.declare(40*time.Minute, "cert-sante", "DEMO-0001", false),
		say(2*time.Hour, logbook.Fact, "Informatique", "240 messages partis vers l’extérieur ; aucune pièce jointe ouverte dans l’établissement."),
		n.declare(26*time.Hour, "cnil", "DEMO-CNIL-0001", false),
		{after: 7 * 24 * time.Hour, do: func(m *incident.Module, id string) error {
			return m.Close(n.ctx, n.act, n.structure, id, incident.Closing{Cause: "Mot de passe donné à une page imitant le webmail ; pas de second facteur sur cette boîte.", Version: 2,
				Lessons: []string{"Second facteur sur toutes les boîtes de messagerie", "Bouton de signalement des courriels douteux"}})
		}},
	})
}

// going is a night of ransomware, five hours in.
func (n demoNight) going(start time.Time) error {
	return n.play(start, incident.Opening{Title: "Demande de rançon affichée sur des postes du laboratoire", Care: incident.CareDegraded}, []beat{
		say(2*time.Minute, logbook.Fact, "Laboratoire", "Trois postes affichent la même page ; les résultats ne sortent plus."),
		say(4*time.Minute, logbook.Instruction, "Informatique", "Débrancher le réseau, ne pas éteindre, ne pas allumer, photographier l’écran."),
		{after: 10 * time.Minute, do: func(m *incident.Module, id string) error {
			return m.Arrive(n.ctx, n.act, n.structure, id, incident.Shift{Name: "Camille Exemple", Post: "sécurité du système d’information", Reach: "poste 4242", Planned: start.Add(8 * time.Hour)})
		}},
		say(18*time.Minute, logbook.Call, "Cellule de crise", "CERT Santé appelé ; un analyste rappelle dans l’heure."),
		{after: 25 * time.Minute, do: func(m *incident.Module, id string) error {
			return m.Qualify(n.ctx, n.act, n.structure, id, incident.Qualification{Kind: "ransomware", Malicious: "yes", Care: incident.CareDegraded, Occurred: start.Add(-3 * time.Hour), Version: 1})
		}},
		n.declare(30*time.Minute, "cert-sante", "DEMO-0002", false),
		n.service(35*time.Minute, "Laboratoire", incident.Stopped, "résultats par téléphone et coursier"),
		n.service(36*time.Minute, "Urgences", incident.Degraded, "dossier papier"),
		n.service(37*time.Minute, "Imagerie", incident.Running, ""),
		{after: 45 * time.Minute, do: func(m *incident.Module, id string) error {
			return m.Ask(n.ctx, n.act, n.structure, id, "Couper tous les accès de télémaintenance ?")
		}},
		{after: 50 * time.Minute, do: func(m *incident.Module, id string) error {
			return m.Arrive(n.ctx, n.act, n.structure, id, incident.Shift{Name: "Sacha Modèle", Post: "informatique", Reach: "poste 4243", From: start.Add(8 * time.Hour)})
		}},
		say(time.Hour, logbook.Decision, "Cellule de crise", "Accès à internet coupé pour tout l’établissement."),
		say(90*time.Minute, logbook.Act, "Informatique", "Copies de sauvegarde mises hors ligne et vérifiées."),
		{after: 100 * time.Minute, do: func(m *incident.Module, id string) error {
			return m.Issue(n.ctx, n.act, n.structure, id, "ARS, GRADeS")
		}},
		{after: 2 * time.Hour, do: func(m *incident.Module, id string) error { return m.SetShare(n.ctx, n.act, n.structure, id, true) }},
	})
}
