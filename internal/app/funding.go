package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"hygie/internal/dossier"
	"hygie/internal/envelope"
	"hygie/internal/evidence"
	"hygie/internal/funding"
	"hygie/internal/funding/pack"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential/call"
	"hygie/referential/packages/calls"
)

// fund reads the calls that come with this program, makes the service of dossiers, puts envelopes in place whose amount is public, and hands over the
// dossiers of structures that merged while nobody looked.
func (p *Platform) fund(ctx context.Context, now func() time.Time) error {
	zone, err := time.LoadLocation(call.Paris)
	if err != nil {
		return fmt.Errorf("read the zone of calls: %w", err)
	}
	if p.Calls, err = calls.Shipped(); err != nil {
		return err
	}
	if p.Config.Demo {
		invented, err := demoCall(now().In(zone))
		if err != nil {
			return err
		}
		p.Calls = append([]*call.Call{invented}, p.Calls...)
	}
	p.Funding = funding.New(funding.Options{Trail: p.Trail, Now: now, Zone: zone})
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		for _, c := range p.Calls {
			if total, known := c.Envelope.National.Get(); known {
				e := funding.Envelope{Call: c.ID, Total: total, Note: c.Envelope.Source.Text.FR}
				if err := funding.Stock(ctx, tx, e, now()); err != nil {
					return err
				}
			}
		}
		_, err := p.Funding.FollowMerges(ctx, tx)
		return err
	})
}

// renewFigures makes the figures of the calls that anybody may read, once a week.
func (p *Platform) renewFigures(ctx context.Context) error {
	for _, c := range p.Calls {
		err := p.DB.Update(ctx, func(tx *store.Tx) error {
			_, err := p.Funding.Renew(ctx, tx, c.ID)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dossiers makes the pages by which structures apply. What they deposit there is evidence like any other.
func (p *Platform) dossiers(proofs *evidence.Module, now func() time.Time) *dossier.Module {
	receive := func(ctx context.Context, actor right.Actor, scope territory.Scope, in dossier.Incoming, name string, content io.Reader) (proof.Evidence, error) {
		return proofs.Deposit(ctx, actor, scope, evidence.Draft{Structure: in.Structure, Kind: in.Kind, From: in.From, Until: in.Until, Signer: in.Signer}, name, content)
	}
	return dossier.New(dossier.Options{DB: p.DB, Trail: p.Trail, Shelf: p.Shelf, Funding: p.Funding, People: p.People, Calls: p.Calls, Receive: receive, MaxFile: evidence.MaxDeposit, Address: p.Config.Address(), Now: now})
}

// envelopes makes the pages of the money; what leaves is signed with the key of the journal, which people already compare.
func (p *Platform) envelopes(secret secrets, now func() time.Time) (*envelope.Module, error) {
	private, err := secret.folder.Ed25519("journal")
	if err != nil {
		return nil, err
	}
	packer := pack.New(pack.Options{DB: p.DB, Trail: p.Trail, Bytes: p.Vault, Funding: p.Funding, Calls: p.Calls, Private: private, Now: now})
	return envelope.New(envelope.Options{DB: p.DB, Trail: p.Trail, Funding: p.Funding, Packer: packer, Calls: p.Calls, Address: p.Config.Address(), Now: now}), nil
}
