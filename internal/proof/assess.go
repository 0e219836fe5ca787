package proof

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Assess judges a structure in scope against a package as of a moment, with what had been recorded by then. Days begin and end in the zone.
//
// A verdict does not depend on who reads it: for a group the facts and documents of its full members count, and for a member those of its
// group, whether or not the reader could open them. The reasons tell of them only what the verdict rests on.
func Assess(ctx context.Context, tx *store.Tx, scope territory.Scope, p *referential.Package, structure territory.Structure, at time.Time, zone *time.Location) (referential.Assessment, error) {
	w, err := World(ctx, tx, scope, p, structure, at, zone)
	if err != nil {
		return referential.Assessment{}, err
	}
	return p.Evaluate(w, at), nil
}

// World is everything that [Assess] judges a structure in scope by.
func World(ctx context.Context, tx *store.Tx, scope territory.Scope, p *referential.Package, structure territory.Structure, at time.Time, zone *time.Location) (referential.World, error) {
	if _, err := territory.Get(ctx, tx, scope, structure.ID); err != nil {
		return referential.World{}, err
	}
	w, err := world(ctx, tx, structure, at)
	if err != nil {
		return w, fmt.Errorf("assess %s: %w", structure.ID, err)
	}
	w.Zone = zone
	w.Parameters, err = Parameters(ctx, tx, p.ID)
	return w, err
}

// world gathers what is known of a structure, of the members of a group and of the group of a member.
func world(ctx context.Context, tx *store.Tx, structure territory.Structure, at time.Time) (w referential.World, err error) {
	if w.Subject, err = subject(ctx, tx, structure); err != nil {
		return w, err
	}
	concerned := []string{w.Subject.Structure}
	for _, m := range w.Subject.Members {
		concerned = append(concerned, m.Structure)
	}
	if w.Subject.Group != "" {
		concerned = append(concerned, w.Subject.Group)
	}
	for _, id := range concerned {
		facts, err := FactsKnownAt(ctx, tx, territory.Everything(), id, at)
		if err != nil {
			return w, err
		}
		for _, f := range facts {
			w.Facts = append(w.Facts, referential.Fact{Structure: f.Structure, Key: f.Key, Value: f.Value, ObservedAt: f.ObservedAt, Source: f.Source, Evidence: f.Evidence})
		}
		documents, err := Of(ctx, tx, territory.Everything(), id)
		if err != nil {
			return w, err
		}
		replaced := Superseded(documents, at)
		for _, e := range documents {
			if replaced[e.ID] != "" {
				continue
			}
			w.Documents = append(w.Documents, referential.Document{Structure: e.Structure, ID: e.ID, Kind: string(e.Kind), From: e.EffectiveFrom, Until: e.EffectiveUntil, DepositedAt: e.DepositedAt})
		}
	}
	return w, nil
}

// Parameters returns the values that an administrator gave to a package, by code.
func Parameters(ctx context.Context, tx *store.Tx, packageID string) (map[string]referential.Value, error) {
	type given struct {
		code  string
		value referential.Value
	}
	all, err := store.All(ctx, tx, func(row store.Row) (given, error) {
		var g given
		var kind referential.ValueKind
		var number float64
		var text string
		err := row.Scan(&g.code, &kind, &number, &text)
		g.value = value(kind, number, text)
		return g, err
	}, `select code, kind, number, text from referential_parameter where package_id = $1 order by code`, packageID)
	if err != nil {
		return nil, fmt.Errorf("read parameters of %s: %w", packageID, err)
	}
	values := make(map[string]referential.Value, len(all))
	for _, g := range all {
		values[g.code] = g.value
	}
	return values, nil
}

// SetParameter gives a parameter of a package its value, or takes it back with the zero value.
func SetParameter(ctx context.Context, tx *store.Tx, packageID, code string, v referential.Value, person string, at time.Time) error {
	if packageID == "" || code == "" {
		return errors.New("set parameter: package and code are needed")
	}
	if v == (referential.Value{}) {
		_, err := tx.Exec(ctx, `delete from referential_parameter where package_id = $1 and code = $2`, packageID, code)
		return err
	}
	_, err := tx.Exec(ctx, `insert into referential_parameter (package_id, code, kind, number, text, set_at, set_by) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (package_id, code) do update set kind = excluded.kind, number = excluded.number, text = excluded.text, set_at = excluded.set_at, set_by = excluded.set_by`,
		packageID, code, string(v.Kind), number(v), v.Text, store.Millis(at), person)
	if err != nil {
		return fmt.Errorf("set parameter %s of %s: %w", code, packageID, err)
	}
	return nil
}
