package app

import (
	"context"
	"fmt"
	"time"

	"hygie/directory/pingcastle"
	inventory "hygie/internal/asset"
	"hygie/internal/demo"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trend"
)

// demoInventory gives the hospital of the demonstration the equipment it names first, and the scores that PingCastle gave before the audits made here. All
// of it is invented.
func (p *Platform) demoInventory(ctx context.Context, world demo.World, officer right.Actor, now time.Time) error {
	day := func(months int) string { return now.AddDate(0, months, 0).Format(time.DateOnly) }
	assets := []inventory.Asset{
		{Name: "Dossier patient informatisé", Reference: "APP-001", Kind: inventory.Application, Criticality: inventory.Vital, Service: "Tous les services de soins", Owner: "Équipe applications", Supplier: "Éditeur Lambda", Product: "Lambda Soins 12", EndOfSupport: day(30)},
		{Name: "Laboratoire", Reference: "APP-002", Kind: inventory.Application, Criticality: inventory.Vital, Service: "Biologie", Supplier: "Éditeur Mu", Product: "MuLab 4.1", EndOfSupport: day(-5)},
		{Name: "Pharmacie", Reference: "APP-003", Kind: inventory.Application, Criticality: inventory.High, Service: "Pharmacie", Owner: "Équipe applications", Supplier: "Éditeur Lambda"},
		{Name: "Contrôleur de domaine 1", Reference: "SRV-010", Kind: inventory.Server, Criticality: inventory.Vital, Owner: "Équipe systèmes", Product: "Windows Server 2016", Address: "dc1.hopital.test", EndOfSupport: day(2)},
		{Name: "Serveur d’imagerie", Reference: "SRV-021", Kind: inventory.Server, Criticality: inventory.High, Service: "Imagerie", Owner: "Équipe systèmes", Address: "pacs.hopital.test"},
		{Name: "Scanner", Reference: "BIO-104", Kind: inventory.Medical, Criticality: inventory.High, Service: "Imagerie", Owner: "Biomédical", Supplier: "Fabricant Nu", EndOfSupport: day(-14)},
		{Name: "Pare-feu d’accès", Reference: "RES-001", Kind: inventory.Network, Criticality: inventory.High, Owner: "Équipe réseau", Address: "192.0.2.1"},
		{Name: "Prise de rendez-vous", Reference: "SAAS-01", Kind: inventory.Hosted, Criticality: inventory.Medium, Service: "Consultations", Supplier: "Prestataire Omicron", Address: "rdv.hopital.example"},
	}
	var scores []pingcastle.Scores
	for i, global := range []int{95, 90, 90, 75, 60} {
		at := now.AddDate(0, -15+3*i, 0).Truncate(24 * time.Hour)
		scores = append(scores, pingcastle.Scores{Domain: "hopital.test", At: at, Global: global, Stale: global - 40, Privileged: global, Trusts: 10, Anomalies: global - 20, Maturity: 1 + i/3})
	}
	err := p.DB.Update(ctx, func(tx *store.Tx) error {
		if err := inventory.Enter(ctx, tx, territory.Everything(), string(world.Hospital), assets, officer.Person, now.AddDate(0, -1, 0)); err != nil {
			return err
		}
		return trend.Record(ctx, tx, territory.Everything(), string(world.Hospital), scores, officer.Person, now.AddDate(0, -1, 0))
	})
	if err != nil {
		return fmt.Errorf("furnish the demonstration's inventory: %w", err)
	}
	return nil
}
