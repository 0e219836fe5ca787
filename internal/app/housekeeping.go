package app

import (
	"context"
	"runtime"
	"time"

	"hygie/internal/job"
	"hygie/internal/notice"
	"hygie/internal/store"
)

// How often the platform tidies up, and how long ended jobs and mail are kept: long enough to answer "what happened last quarter".
const (
	tidyEvery = time.Hour
	keepJobs  = 92 * 24 * time.Hour
)

// tidy removes what has run out: sessions, invitations, attempts, old jobs and mail. A failure is logged and tried again the next hour.
func (p *Platform) tidy(ctx context.Context, now func() time.Time) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		if err := p.People.Tidy(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "old sessions could not be removed", "error", err)
		}
		if err := p.Bring.Tidy(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "old drafts of imports could not be removed", "error", err)
		}
		err := p.DB.Update(ctx, func(tx *store.Tx) error {
			_, err := p.Funding.FollowMerges(ctx, tx)
			return err
		})
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "dossiers of merged structures could not be handed over", "error", err)
		}
		if err := p.renewFigures(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "the public figures of calls could not be made", "error", err)
		}
		err = p.DB.Update(ctx, func(tx *store.Tx) error {
			if _, err := job.Prune(ctx, tx, now().Add(-keepJobs)); err != nil {
				return err
			}
			return notice.Prune(ctx, tx, now().Add(-keepJobs))
		})
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "old jobs and mail could not be removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// How often the platform looks whether the country has to be counted again.
const countEvery = 15 * time.Minute

// count keeps where structures stand: at once for those on whom news bears through others, and as a whole with the days (see [proof.Standings]).
func (p *Platform) count(ctx context.Context) {
	ticker := time.NewTicker(countEvery)
	defer ticker.Stop()
	for {
		if _, err := p.Standings.CatchUp(ctx, p.DB); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "where structures stand could not be brought up to date", "error", err)
		}
		if err := p.countStale(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "the country could not be counted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-p.Standings.Woken():
		}
	}
}

func (p *Platform) countStale(ctx context.Context) error {
	stale := false
	err := p.DB.View(ctx, func(tx *store.Tx) (err error) {
		stale, err = p.Standings.Stale(ctx, tx)
		return err
	})
	if err != nil || !stale {
		return err
	}
	done, err := p.Standings.Count(ctx, p.DB, max(1, runtime.GOMAXPROCS(0)/2))
	if err == nil {
		p.log.InfoContext(ctx, "counted where structures stand", "structures", done.Structures, "changed", done.Changed, "took", done.Ended.Sub(done.Begun))
	}
	return err
}
