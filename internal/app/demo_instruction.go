package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"hygie/document"
	"hygie/document/pdf"
	"hygie/internal/demo"
	"hygie/internal/funding"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// demoColleagues are a second instructor for each agency: whoever gives a second opinion, or confirms a decision.
func (p *Platform) demoColleagues(ctx context.Context, world demo.World) error {
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		for _, one := range []struct {
			key, name string
			role      right.Role
			structure territory.ID
		}{{"ars2", "Ariel Esquissé", right.RegionalInstructor, world.Region}, {"ans2", "Louison Fictive", right.NationalInstructor, world.Nation}} {
			person, err := p.People.CreatePerson(ctx, tx, one.key+"@demonstration.invalid", one.name, "", "")
			if err != nil {
				return fmt.Errorf("make the account of %s: %w", one.key, err)
			}
			if _, err := p.People.Appoint(ctx, tx, people.Giving{Person: person.ID, Role: one.role, Structure: string(one.structure)}); err != nil {
				return fmt.Errorf("appoint %s: %w", one.key, err)
			}
		}
		return nil
	})
}

// demoQueue fills the queues of both agencies: dossiers of structures that have none yet, at each step of instruction.
func (p *Platform) demoQueue(ctx context.Context, world demo.World, now time.Time) error {
	if err := p.demoColleagues(ctx, world); err != nil {
		return err
	}
	c := p.Calls.All()[0]
	opens := p.demoTerms(c, now)
	taken := opens
	taken.Closes = now.AddDate(0, 0, -30) // as if the window had closed for these
	take := player{key: "ars", act: funding.TakeUp, days: 20}
	visa := player{key: "ars", act: funding.Endorse, days: 14, do: funding.Doing{Outcome: funding.Favourable}}
	reserved := player{key: "ars2", act: funding.Endorse, days: 13, do: funding.Doing{Outcome: funding.Reserved, Note: "Le calendrier est à suivre de près."}}
	nation := player{key: "ans", act: funding.TakeUp, days: 8}
	ways := [][]player{
		{take}, {take}, {take}, {take, {key: "ars", act: funding.AskOpinion, days: 6, do: funding.Doing{Note: "Le périmètre te paraît-il complet ?"}}},
		{take, visa}, {take, visa}, {take, reserved}, {take, visa, nation}, {take, reserved, nation},
		{take, visa, nation, {key: "ans", act: funding.Propose, days: 3, do: funding.Doing{Outcome: string(funding.Grant), Amount: 160_000_00}}},
		{take, visa, nation, {key: "ans", act: funding.Refuse, days: 6, do: funding.Doing{Note: "Le projet double un marché déjà financé."}},
			{key: "direction-candidat11", act: funding.Contest, days: 2, do: funding.Doing{Note: "Le marché cité a été résilié en janvier : le courrier est joint."}}},
		{take, visa, nation, {key: "ans", act: funding.Grant, days: 7, do: funding.Doing{Amount: 58_650_00}}, {key: "comptable", act: funding.Pay, days: 5, do: funding.Doing{Amount: 17_595_00, Reference: "advance", Note: "M-0043"}},
			{key: "ans", act: funding.Reclaim, days: 1, do: funding.Doing{Amount: 4_200_00, Note: "La prestation d’avril n’a pas eu lieu."}}},
	}
	structures, err := p.demoOthers(ctx, c.ID, len(ways))
	if err != nil {
		return err
	}
	for i, structure := range structures {
		asked := funding.Cents(24_000_00 + 3_150_00*i)
		if len(ways[i]) > 0 && ways[i][len(ways[i])-1].act == funding.Propose {
			asked = 160_000_00 // enough for two people to decide
		}
		director, err := p.demoDirector(ctx, fmt.Sprintf("direction-candidat%d", i+1), fmt.Sprintf("Candidate Inventée %d", i+1), structure)
		if err != nil {
			return err
		}
		d, err := p.demoDraft(ctx, c, director, structure, asked, now.AddDate(0, 0, -50))
		if err != nil {
			return err
		}
		if err := p.demoPolicy(ctx, director, d, now.AddDate(0, 0, -48)); err != nil {
			return err
		}
		if err := p.demoDeposit(ctx, director, d, asked, now.AddDate(0, 0, -42+i), taken); err != nil {
			return err
		}
		for _, step := range ways[i] {
			step.do.Terms = taken
			step.do.Terms.Advance = asked * 3 / 10 // the share that the call pays in advance
			if err := p.demoStep(ctx, d.ID, step, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoPolicy joins a printed document to a dossier, so that whoever instructs has one to read beside its requirement, and says what the ceiling is computed from.
func (p *Platform) demoPolicy(ctx context.Context, director right.Actor, d funding.Dossier, at time.Time) error {
	printed := document.Document{Title: "Politique de sécurité du système d’information", Subtitle: "Document inventé pour la démonstration", Language: "fr", Date: at, Blocks: []document.Block{
		document.Heading{Level: 2, Text: "Objet"}, document.P("Dire qui répond de la sécurité, ce qui est protégé, et comment on le vérifie chaque année."),
		document.Heading{Level: 2, Text: "Revue"}, document.P("La direction relit ce texte chaque année, et après chaque incident.")}}
	var file bytes.Buffer
	if err := pdf.Write(&file, printed); err != nil {
		return fmt.Errorf("print the policy of the demonstration: %w", err)
	}
	digest, size, err := p.Vault.Put(ctx, &file)
	if err != nil {
		return fmt.Errorf("keep the policy of the demonstration: %w", err)
	}
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		fact := proof.Fact{Structure: d.Structure, Key: proof.StatusKey, Value: referential.Words("private"), ObservedAt: at, Source: "demonstration", RecordedAt: at, RecordedBy: director.Person}
		if err := proof.Record(ctx, tx, territory.Everything(), fact); err != nil {
			return err
		}
		activity := territory.Size{Structure: territory.ID(d.Structure), Key: territory.CombinedActivity, Year: at.Year() - 1, Value: 52_000, Source: "demonstration"}
		if err := territory.SetSize(ctx, tx, territory.Everything(), activity, at); err != nil {
			return err
		}
		id, err := proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: d.Structure, Kind: "security-policy", Name: "politique-de-securite.pdf", MediaType: proof.PDF, SHA256: hex.EncodeToString(digest[:]),
			Size: size, EffectiveFrom: at, EffectiveUntil: at.AddDate(1, 0, 0), DepositedAt: at, DepositedBy: director.Person})
		if err != nil {
			return err
		}
		return p.fundingAt(at).Pick(ctx, tx, director, territory.Everything(), d.ID, "", "continuity", id)
	})
}

// demoOthers finds clinics without a dossier for a call.
func (p *Platform) demoOthers(ctx context.Context, call string, most int) (ids []territory.ID, err error) {
	err = p.DB.View(ctx, func(tx *store.Tx) error {
		list, _, err := territory.List(ctx, tx, territory.Everything(), territory.Filter{Kind: territory.Entity, Text: "clinique", Limit: 50})
		if err != nil {
			return err
		}
		for _, s := range list {
			have, _, err := funding.List(ctx, tx, territory.Everything(), funding.Filter{Structure: string(s.ID), Call: call, Limit: 1})
			if err != nil {
				return err
			}
			if len(have) == 0 && len(ids) < most {
				ids = append(ids, s.ID)
			}
		}
		return nil
	})
	return ids, err
}
