package app

import (
	"context"
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
		err := p.DB.Update(ctx, func(tx *store.Tx) error {
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
