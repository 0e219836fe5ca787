package instruction

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"hygie/internal/store"
)

// saltBytes is the length of the secret of a draw.
const saltBytes = 16

// salt gives the secret of the draw of a call, or nothing while none was made: see [Module.Prepare].
func (m *Module) salt(ctx context.Context, tx *store.Tx, call string) (string, error) {
	salt, err := store.One(ctx, tx, store.Column[string], `select salt from instruction_draw where call_id = $1`, call)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the secret of the draw of %s: %w", call, err)
	}
	return salt, nil
}

// Prepare makes the secrets of draws that are missing, one for each call. It is called once, before pages are served.
func (m *Module) Prepare(ctx context.Context) error {
	return m.db.Update(ctx, func(tx *store.Tx) error {
		for _, c := range m.calls.All() {
			raw := make([]byte, saltBytes)
			if _, err := io.ReadFull(m.random, raw); err != nil {
				return fmt.Errorf("make the secret of the draw of %s: %w", c.ID, err)
			}
			_, err := tx.Exec(ctx, `insert into instruction_draw (call_id, salt, made_at) values ($1, $2, $3) on conflict (call_id) do nothing`, c.ID, hex.EncodeToString(raw), store.Millis(m.now()))
			if err != nil {
				return fmt.Errorf("keep the secret of the draw of %s: %w", c.ID, err)
			}
		}
		return nil
	})
}
