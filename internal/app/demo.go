package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"hygie/directory/dump"
	"hygie/directory/generate"
	"hygie/internal/cli"
	"hygie/internal/config"
	"hygie/internal/demo"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Demo starts the platform with an invented region.
type Demo struct {
	Listen string `help:"Address and port to listen on." default:"localhost:8080" placeholder:"ADDR"`
	Keep   string `help:"Keep the data in this folder, and go on with it next time, instead of throwing it away." type:"path" placeholder:"DIR"`
}

// Help shows examples.
func (Demo) Help() string {
	return "hygie demo\nhygie demo --listen localhost:9000 --keep ./demonstration"
}

// Run serves the demonstration until it is interrupted; the folder is then removed.
func (d Demo) Run(ctx context.Context, s *cli.Streams) error {
	spend(s)
	c := config.Default()
	c.Demo, c.Server.Listen, c.Storage.Data, c.Log.Level = true, d.Listen, d.Keep, "warn"
	l, err := listenOn(ctx, c)
	if err != nil {
		return err
	}
	if d.Keep == "" {
		if c.Storage.Data, err = os.MkdirTemp("", "hygie-demo-"); err != nil {
			return errors.Join(err, l.Close())
		}
		defer os.RemoveAll(c.Storage.Data)
	}
	release, err := hold(c, s, l)
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	p, err := NewPlatform(ctx, c, logger(c.Log, s), s.Now)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer p.Close()
	if err := p.Furnish(ctx, s.Now()); err != nil {
		return errors.Join(err, l.Close())
	}
	printer, err := printer(s)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	fmt.Fprintf(s.Err, "\n%s\n\n  %s\n\n", printer.T("app.demonstration"), p.Config.Address()) //nolint:errcheck // the platform serves whether or not somebody reads this
	return p.Serve(ctx, l)
}

// demoSeed makes the same region each time.
const demoSeed = 2026

// Furnish fills an empty installation with the demonstration region: structures, people in every role, and one hospital whose directory was
// audited some months ago and again this month. An installation that is not empty is left as it is.
func (p *Platform) Furnish(ctx context.Context, now time.Time) error {
	var world demo.World
	furnished := false
	err := p.DB.Update(ctx, func(tx *store.Tx) error {
		used, err := store.One(ctx, tx, store.Column[bool], `select exists (select 1 from structure)`)
		if err != nil || used {
			furnished = used
			return err
		}
		if world, err = demo.Region(ctx, tx, now.AddDate(0, -8, 0), demoSeed); err != nil {
			return err
		}
		return p.cast(ctx, tx, world, now)
	})
	if err != nil || furnished {
		return err
	}
	if err := p.demoAudits(ctx, world, now); err != nil {
		return err
	}
	if err := p.demoFunding(ctx, world, now); err != nil {
		return err
	}
	if err := p.demoQueue(ctx, world, now); err != nil {
		return err
	}
	return p.renewFigures(ctx)
}

// cast makes an account for everybody of the demonstration.
func (p *Platform) cast(ctx context.Context, tx *store.Tx, world demo.World, now time.Time) error {
	for _, player := range world.Cast() {
		person, err := p.People.CreatePerson(ctx, tx, player.Email, player.Name, "", "")
		if err != nil {
			return fmt.Errorf("make the account of %s: %w", player.Key, err)
		}
		giving := people.Giving{Person: person.ID, Role: player.Role, Structure: string(player.Structure)}
		if _, err := p.People.Appoint(ctx, tx, giving); err != nil {
			return fmt.Errorf("appoint %s: %w", player.Key, err)
		}
	}
	return nil
}

// Ages of the demonstration's two audits of one hospital, in days, and the size of its directory.
const (
	firstAudit  = 100
	secondAudit = 6
	demoObjects = 3000
)

// demoAudits deposits two collections of the hospital's directory, both generated, the way its security officer would: the second shows some
// weaknesses mended. The work is done by the platform's own background jobs once it runs.
func (p *Platform) demoAudits(ctx context.Context, world demo.World, now time.Time) error {
	var officer right.Actor
	scope := territory.Everything()
	err := p.DB.View(ctx, func(tx *store.Tx) error {
		person, err := p.People.PersonByEmail(ctx, tx, "rssi@demonstration.invalid")
		if err != nil {
			return err
		}
		officer, err = p.People.Actor(ctx, tx, person.ID, true)
		return err
	})
	if err != nil {
		return fmt.Errorf("find the demonstration's security officer: %w", err)
	}
	for _, age := range []int{firstAudit, secondAudit} {
		day := now.AddDate(0, 0, -age)
		content, err := demoDump(day, demoWeaknesses(age == secondAudit))
		if err != nil {
			return err
		}
		name := "annuaire-" + day.Format(time.DateOnly) + ".hygie"
		if _, err := p.Audits.Deposit(ctx, officer, scope, string(world.Hospital), name, time.Time{}, content); err != nil {
			return fmt.Errorf("deposit the demonstration's directory: %w", err)
		}
	}
	if err := p.demoExposures(ctx, string(world.Hospital), officer, now); err != nil {
		return err
	}
	if err := p.demoTrajectory(ctx, world, officer, now); err != nil {
		return err
	}
	if err := p.demoAssessments(ctx, world, officer, now); err != nil {
		return err
	}
	if err := p.demoInventory(ctx, world, officer, now); err != nil {
		return err
	}
	if err := p.demoExercise(ctx, string(world.Hospital), officer, now); err != nil {
		return err
	}
	if err := p.demoCampaign(ctx, world, now); err != nil {
		return err
	}
	if err := p.demoIncidents(ctx, world, officer, now); err != nil {
		return err
	}
	if err := p.demoFolder(ctx, string(world.Hospital), officer); err != nil {
		return err
	}
	return p.demoPlan(ctx, world, officer, now)
}

// demoWeaknesses lists the control points that fail at the hospital, at its first audit or at its second: what a level 1 directory of its
// size looks like, then the same after three months of work, with two points that slipped meanwhile. Some bring another one along.
func demoWeaknesses(second bool) []string {
	points := []string{
		"vuln_adcs_template_auth_enroll_with_name", "vuln_delegation_t4d", "vuln_dnsadmins", "vuln_spn_priv", "vuln_privileged_members_perm",
		"vuln_user_accounts_dormant", "vuln_dc_obsolete", "vuln_krbtgt", "vuln_dont_expire", "vuln_compatible_2000_anonymous",
		"vuln_password_change_server_no_change_90", "vuln_owner", "vuln_protected_users", "vuln_kerberos_properties_encryption",
		"vuln_silo_priv", "vuln_user_accounts_machineaccountquota", "vuln_smartcard_expire_passwords",
	}
	if second {
		return append(points, "vuln_trusts_accounts", "vuln_password_change_msa_no_change_90")
	}
	return append(points, "vuln_permissions_naming_context", "vuln_dont_expire_priv", "vuln_password_change_priv", "vuln_guest",
		"vuln_sidhistory_dangerous", "vuln_certificates_vuln", "vuln_privileged_members_no_admincount")
}

// demoDump generates the directory as it was collected on a day, with the weaknesses behind some control points.
func demoDump(day time.Time, weaknesses []string) (io.Reader, error) {
	options := generate.Options{
		Objects: demoObjects, Seed: demoSeed, AsOf: day, DNSName: "hopital.test", Weaknesses: generate.Demo, Points: weaknesses,
	}
	header, err := generate.Header(options)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	w, err := dump.NewWriter(&file, header)
	if err != nil {
		return nil, err
	}
	if _, err := generate.Hospital(options, w); err != nil {
		return nil, err
	}
	return &file, w.Close()
}

// demoPlan gives the hospital a few actions, one of them late.
func (p *Platform) demoPlan(ctx context.Context, world demo.World, officer right.Actor, now time.Time) error {
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		for _, a := range []plan.Action{
			{Title: "Préparer l’exercice de crise annuel avec la direction et les soins", OwnerName: "Dominique Fictif", DueOn: now.AddDate(0, 1, 0), Effort: plan.Medium, Gain: plan.High, Cost: 4_500},
			{Title: "Vérifier que les sauvegardes de l’annuaire sont hors ligne", OwnerName: "Sacha Modèle", DueOn: now.AddDate(0, 0, -12), Effort: plan.Low, Gain: plan.High, State: plan.Doing},
			{Title: "Déposez le document\u00a0: la trajectoire de convergence des annuaires du GHT.", Effort: plan.High, Gain: plan.High, Cost: 18_000,
				Origin: plan.RequirementUnmet, OriginRef: "care-d1/D1.O6.B", OriginURL: "/structures/" + string(world.Hospital) + "/referentials/care-d1#r-D1.O6.B"},
		} {
			a.Structure, a.Origin, a.CreatedBy = string(world.Hospital), cmp.Or(a.Origin, plan.ByHand), officer.Person
			if _, _, err := plan.Add(ctx, tx, territory.Everything(), a, now.AddDate(0, -1, 0)); err != nil {
				return err
			}
		}
		return nil
	})
}
