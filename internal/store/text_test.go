package store_test

import (
	"testing"

	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func TestText(t *testing.T) {
	for name, row := range map[string]struct{ in, want string }{
		"text":         {"Hôpital d’essai", "Hôpital d’essai"},
		"zero byte":    {"a\x00b\x00", "a?b?"},
		"broken UTF-8": {"a\xff\xfeb\xc3", "a?b?"},
		"nothing":      {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := store.Text(row.in); got != row.want {
				t.Errorf("Text(%q) = %q, want %q", row.in, got, row.want)
			}
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				err := db.View(t.Context(), func(tx *store.Tx) error {
					back, err := store.One(t.Context(), tx, store.Column[string], `select cast($1 as text)`, store.Text(row.in))
					if back != row.want {
						t.Errorf("the database gives %q back, want %q", back, row.want)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}
