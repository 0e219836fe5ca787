package incident

import (
	"context"
	"slices"

	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// A Call is somebody outside to call.
type Call struct {
	Name, For                 string
	Phone, Web, Hours, Source string // Phone and Web may be empty
	Unsure                    bool   // the number was not checked
}

// Calls are the contacts of a structure in scope before anything has happened: whom it calls first, then who else may help, in the language of ctx.
func (m *Module) Calls(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Call, error) {
	s, err := territory.Get(ctx, tx, scope, territory.ID(structure))
	if err != nil {
		return nil, err
	}
	of, err := families(ctx, tx, scope, s)
	if err != nil {
		return nil, err
	}
	region, err := regionOf(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	own, err := numbersAbove(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	found := m.data.callsFor(of, region, nil, own)
	var all []Call
	for _, k := range slices.Concat(found.First, found.Also) {
		hours := k.Hours
		if k.Fill && k.Phone == "" {
			hours = locale.T(ctx, "incident.number_missing")
		}
		all = append(all, Call{Name: contactName(ctx, k), For: contactFor(ctx, k), Phone: k.Phone, Web: k.Web, Hours: hours, Source: contactSource(ctx, k), Unsure: k.Mark == "unsure"})
	}
	return all, nil
}
