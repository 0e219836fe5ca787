package trend

import (
	"context"
	"time"

	"hygie/directory/pingcastle"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Record records the scores of reports about a structure in scope.
func Record(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, scores []pingcastle.Scores, by string, now time.Time) error {
	var facts []proof.Fact
	for _, s := range scores {
		for part, n := range map[string]int{"score": s.Global, "stale": s.Stale, "privileged": s.Privileged, "trusts": s.Trusts, "anomalies": s.Anomalies, "maturity": s.Maturity} {
			if part == "maturity" && n == 0 {
				continue
			}
			facts = append(facts, proof.Fact{Structure: structure, Key: factPrefix + part, Value: referential.Number(float64(n)), ObservedAt: s.At, Source: sourcePrefix + s.Domain, RecordedAt: now, RecordedBy: by})
		}
	}
	return proof.Record(ctx, tx, scope, facts...)
}
