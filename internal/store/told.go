package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// toldVersion is the migration that marks what happens to applications for funding, to tell other programs of it. A draft that is written is told to nobody: its
// version does not move.
const toldVersion = 63

// toldDossiers is that migration, in the words of an engine.
func toldDossiers(engine Engine) *goose.Migration {
	m := mark{name: "webhook_dossier_moved", due: "webhook_due", on: "after update of version on dossier", when: "new.version <> old.version", kind: "dossier", ref: "new.id",
		extra: "exists (select 1 from webhook)"}
	return goose.NewGoMigration(toldVersion, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, m.statement(engine)); err != nil {
			return fmt.Errorf("mark what happens to dossiers: %w", err)
		}
		return nil
	}}, nil)
}
