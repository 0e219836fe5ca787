package notice

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
)

// When the end of the period of evidence is told: in the digest as on its page, in a mail of its own a month and a week before.
const (
	endsInDigest = 60
	endsFirst    = 30
	endsLast     = ahead
)

// ending is the evidence that a person may replace and whose period ends today or within some days.
func (s *Service) ending(ctx context.Context, tx *store.Tx, actor right.Actor, days int, now time.Time) ([]proof.Evidence, error) {
	scope := right.Visible(actor, right.AddProof)
	if scope.Empty() {
		return nil, nil
	}
	today := midnight(now)
	return proof.Ending(ctx, tx, scope, today, today.AddDate(0, 0, days+1), mostLooked)
}

// remindEvidence writes one mail of the evidence that ends within a month or within a week, each once for each of the two.
func (s *Service) remindEvidence(ctx context.Context, tx *store.Tx, actor right.Actor, p people.Person, now time.Time) (int, error) {
	all, err := s.ending(ctx, tx, actor, endsFirst, now)
	if err != nil {
		return 0, err
	}
	var fresh []proof.Evidence
	last := midnight(now).AddDate(0, 0, endsLast+1)
	for _, e := range all {
		kind := "month"
		if e.EffectiveUntil.Before(last) {
			kind = "week"
		}
		unheard, err := tell(ctx, tx, p.ID, "evidence-"+kind+"/"+e.ID, now)
		if err != nil {
			return 0, err
		}
		if unheard {
			fresh = append(fresh, e)
		}
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	w := s.words(p)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n", w.T("notice.hello", "name", p.Name), w.T("notice.evidence_why"))
	s.evidenceLines(&b, w, fresh)
	s.foot(&b, w)
	return 1, write(ctx, tx, p, w.T("notice.evidence_subject", "count", len(fresh)), b.String(), now)
}

// evidenceLines writes evidence one under another, each with its last day and where it is found.
func (s *Service) evidenceLines(b *strings.Builder, w *locale.Printer, all []proof.Evidence) {
	for i, e := range all {
		if i == mostInMail {
			fmt.Fprintf(b, "%s\n\n", w.T("notice.evidence_more", "count", len(all)-i))
			break
		}
		fmt.Fprintf(b, "- %s\n  %s\n  %s/structures/%s/evidence/%s\n\n", e.Name, w.T("notice.evidence_ends", "day", w.Date(e.EffectiveUntil.In(s.Zone))), s.Address, e.Structure, e.ID)
	}
}
