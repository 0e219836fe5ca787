package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"hygie/internal/dossier"
	"hygie/internal/envelope"
	"hygie/internal/evidence"
	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
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
	files, err := calls.Shipped()
	if err != nil {
		return err
	}
	if p.Config.Demo {
		invented, err := demoCall(now().In(zone))
		if err != nil {
			return err
		}
		files = append([]*call.Call{invented}, files...)
	}
	if files, err = ownCalls(p.Config.CallFolder(), files); err != nil {
		return err
	}
	p.Calls = callshelf.New(files...)
	p.Funding = funding.New(funding.Options{Trail: p.Trail, Now: now, Zone: zone})
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := p.Calls.Settle(ctx, tx, now()); err != nil {
			return err
		}
		_, err := p.Funding.FollowMerges(ctx, tx)
		return err
	})
}

// ownCalls puts the calls of a folder in the place of those that come with the program under the same name, and the others behind them. No folder is no call.
func ownCalls(folder string, files []*call.Call) ([]*call.Call, error) {
	own, err := call.Load(os.DirFS(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return files, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the calls in %s: %w", folder, err)
	}
	for _, c := range own {
		if i := slices.IndexFunc(files, func(f *call.Call) bool { return f.ID == c.ID }); i >= 0 {
			files[i] = c
			continue
		}
		files = append(files, c)
	}
	return files, nil
}

// followCalls keeps the calls as they are filled on any node, and their editions with the days.
func (p *Platform) followCalls(ctx context.Context) {
	ticker := time.NewTicker(15 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		changed := false
		err := p.DB.Update(ctx, func(tx *store.Tx) (err error) {
			changed, err = p.Calls.Settle(ctx, tx, p.now())
			return err
		})
		if err == nil && changed {
			err = p.Desks.Prepare(ctx)
		}
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "calls could not be brought up to date", "error", err)
		}
	}
}

// renewFigures makes the figures of the calls that anybody may read, once a week.
func (p *Platform) renewFigures(ctx context.Context) error {
	for _, c := range p.Calls.All() {
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
