package instruction

import (
	"context"
	"errors"
	"fmt"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// mine are the people whose dossiers the reader has in hand: oneself, and whoever passed the role of this level on.
func mine(actor right.Actor, d desk) []string {
	list := []string{actor.Person}
	for _, g := range actor.Grants {
		if g.DelegatedBy != "" && right.Allowed(g.Role, d.Right) {
			list = append(list, g.DelegatedBy)
		}
	}
	return list
}

// holder is who has a dossier in hand at a level, empty when nobody has.
func holder(ctx context.Context, tx *store.Tx, dossier string, level funding.Level) (string, error) {
	person, err := store.One(ctx, tx, store.Column[string], `select person_id from instruction_hand where dossier_id = $1 and level = $2`, dossier, string(level))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read who has a dossier in hand: %w", err)
	}
	return person, nil
}

// give puts a dossier into the hands of somebody, or of nobody when person is empty.
func (m *Module) give(ctx context.Context, tx *store.Tx, d funding.Dossier, level funding.Level, person, by string) error {
	now := m.now()
	query, args := `insert into instruction_hand (dossier_id, level, person_id, at, by_whom) values ($1, $2, $3, $4, $5)
		on conflict (dossier_id, level) do update set person_id = excluded.person_id, at = excluded.at, by_whom = excluded.by_whom`, []any{d.ID, string(level), person, store.Millis(now), by}
	if person == "" {
		query, args = `delete from instruction_hand where dossier_id = $1 and level = $2`, args[:2]
	}
	if _, err := tx.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("give dossier %s: %w", d.Number, err)
	}
	return m.trail.Append(ctx, tx, journal.Entry{At: now, Actor: by, Action: "instruction.hand", Structure: d.Structure, Subject: "dossier/" + d.ID,
		Data: trail.Data(map[string]any{"number": d.Number, "to": person})})
}

// takeIfFree gives a dossier that nobody has in hand to who acts on it.
func (m *Module) takeIfFree(ctx context.Context, tx *store.Tx, d funding.Dossier, level funding.Level, person string) error {
	who, err := holder(ctx, tx, d.ID, level)
	if err != nil || who != "" {
		return err
	}
	return m.give(ctx, tx, d, level, person, person)
}

// hand takes a dossier in hand, or lets it go. Taking it from a colleague says from whom it was taken: two who take at once do not undo each other unseen.
func (m *Module) hand(c *web.Context, d desk) error {
	var form struct {
		From string `form:"from,max=40"` // who had it when the page was made
		Take bool   `form:"take"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	err := m.db.Update(c.Ctx, func(tx *store.Tx) error {
		one, err := funding.ByID(c.Ctx, tx, c.Scope, c.Path("dossier"))
		if err != nil {
			return err
		}
		if one.State == funding.Draft {
			return fault.NotFound("funding.not_found")
		}
		who, err := holder(c.Ctx, tx, one.ID, d.Level)
		if err != nil {
			return err
		}
		person := ""
		if form.Take {
			person = c.Actor.Person
		}
		if who == person {
			return nil
		}
		if who != form.From {
			return fault.Conflict("instruction.hand_meanwhile")
		}
		return m.give(c.Ctx, tx, one, d.Level, person, c.Actor.Person)
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "instruction.hand_done")
	return c.Redirect(m.href(c, d, c.Path("dossier")))
}
