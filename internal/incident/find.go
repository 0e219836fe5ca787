package incident

import (
	"context"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// Find finds an incident of a structure in scope, a fault.NotFound otherwise: for what stands beside incidents and is kept elsewhere.
func Find(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Incident, error) {
	return byID(ctx, tx, scope, structure, id)
}
