package app

import (
	"context"
	"fmt"
	"time"

	"hygie/crisisfolder"
	"hygie/custody"
	"hygie/internal/continuity"
	"hygie/internal/exhibit"
	"hygie/internal/incident"
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// demoFolder gives the hospital of the demonstration contacts and services, all invented; its crisis folder is made by the platform's own background jobs.
func (p *Platform) demoFolder(ctx context.Context, structure string, officer right.Actor) error {
	models, err := crisisfolder.Models(string(locale.French))
	if err != nil {
		return err
	}
	contacts := []continuity.Contact{
		{Name: "Direction de garde (fictive)", Role: "décide", Phones: "poste 4200", Hours: "24 h/24"},
		{Name: "Camille Exemple", Role: "sécurité du système d’information", Phones: "poste 4242", Hours: "astreinte"},
		{Name: "Éditeur du dossier patient (fictif)", Role: "assistance", Hours: "8 h à 20 h", Note: "contrat n° DEMO-12"},
	}
	boxes := []string{"placard rouge, salle de soins", "bureau du cadre", "local technique"}
	var services []continuity.Service
	for n, m := range models {
		services = append(services, continuity.Service{Name: m.Title, Tolerance: int64(m.Hours), Manager: "cadre de garde", Phone: fmt.Sprintf("poste %d", 4300+n), Box: boxes[n%len(boxes)], Procedure: m.Text})
	}
	services[len(services)-1].Procedure = "" // one that nobody has written yet
	err = p.DB.Update(ctx, func(tx *store.Tx) error {
		return p.Folders.Enter(ctx, tx, territory.Everything(), structure, contacts, services, officer.Person)
	})
	if err != nil {
		return fmt.Errorf("fill the demonstration's crisis folder: %w", err)
	}
	return nil
}

// demoExhibits enters what the demonstration's attack left behind, two hours after it was noticed.
func (p *Platform) demoExhibits(ctx context.Context, structure string, officer right.Actor, printer *locale.Printer, now time.Time) error {
	var i incident.Incident
	err := p.DB.View(ctx, func(tx *store.Tx) (err error) {
		i, _, err = incident.UnderWay(ctx, tx, territory.Everything(), structure)
		return err
	})
	if err != nil || i.ID == "" {
		return err
	}
	a := exhibit.Act{Actor: officer, Scope: territory.Everything(), Printer: printer, Structure: structure, Incident: i.ID}
	log := custody.Measure{Size: 48_213_904, SHA256: "9b74c9897bac770ffc029102a200c5de1f9d3a6a7c1f0f0f5b1d3c2a4e6f8091"}
	for _, piece := range []custody.Piece{
		{Name: "Journaux du pare-feu (démonstration)", Measure: &log, By: "Camille Exemple", Place: "salle serveurs", Taken: now.Add(-3 * time.Hour), Seal: "DEMO-4417"},
		{Name: "Poste du laboratoire, allumé, isolé", By: "Camille Exemple", Place: "laboratoire, paillasse 2", Taken: now.Add(-2 * time.Hour)},
	} {
		if _, err := p.Exhibits.Add(ctx, a, piece); err != nil {
			return fmt.Errorf("enter the demonstration's exhibits: %w", err)
		}
	}
	if err := p.Exhibits.Hand(ctx, a, custody.HandOver{Item: 1, To: "Enquêteur (fictif)", Place: "gendarmerie", Seal: "DEMO-4418", Note: "copie remise en main propre", At: now.Add(-time.Hour)}); err != nil {
		return fmt.Errorf("hand over the demonstration's exhibit: %w", err)
	}
	return nil
}
