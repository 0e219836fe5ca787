package territory

import (
	"context"
	"fmt"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// longestChain is how many mergers one after the other are followed.
const longestChain = 16

// Origins lists the structures that merged into one of the scope, directly or by way of others that merged in turn, the latest merger first. They lie
// wherever they lay: whoever answers for the one that took them over may know them.
func Origins(ctx context.Context, tx *store.Tx, scope Scope, into ID) ([]Structure, error) {
	if _, err := Get(ctx, tx, scope, into); err != nil {
		return nil, err
	}
	list, err := store.All(ctx, tx, scan, `with recursive origin (id) as (
  select m.id from structure m where m.merged_into = $1
  union
  select m.id from origin o join structure m on m.merged_into = o.id)
 select `+columns+` from origin o join structure s on s.id = o.id order by s.closed_at desc, s.name_key, s.id`, into)
	if err != nil {
		return nil, fmt.Errorf("read what merged into structure %s: %w", into, err)
	}
	return list, nil
}

// Heir gives the first structure of the scope into which one merged, directly or by way of others; fault.NotFound when there is none. The structure itself
// need not be in scope.
func Heir(ctx context.Context, tx *store.Tx, scope Scope, id ID) (Structure, error) {
	for range longestChain {
		s, err := Get(ctx, tx, Everything(), id)
		if err != nil {
			return s, err
		}
		if s.MergedInto == "" {
			break
		}
		into, err := Get(ctx, tx, scope, s.MergedInto)
		if err == nil || fault.KindOf(err) != fault.KindNotFound {
			return into, err
		}
		id = s.MergedInto
	}
	return Structure{}, notFound()
}
