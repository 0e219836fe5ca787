package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"hygie/internal/fault"

	"github.com/google/go-cmp/cmp"
)

func TestKindOf(t *testing.T) {
	cause := errors.New("disk gone")
	for _, row := range []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"nil", nil, fault.KindNone},
		{"plain error", cause, fault.KindInternal},
		{"invalid", fault.Invalid(fault.Field{Name: "a", Key: "k"}), fault.KindInvalid},
		{"not found", fault.NotFound("k"), fault.KindNotFound},
		{"refused, wrapped twice", fmt.Errorf("b: %w", fmt.Errorf("a: %w", fault.Refused("k"))), fault.KindRefused},
		{"conflict, joined", errors.Join(cause, fault.Conflict("k")), fault.KindConflict},
		{"made by hand without a kind", &fault.Error{}, fault.KindInternal},
		{"made by hand with a wrong kind", &fault.Error{Kind: "odd"}, fault.KindInternal},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := fault.KindOf(row.err); got != row.want {
				t.Errorf("KindOf(%v) = %q, want %q", row.err, got, row.want)
			}
		})
	}
}

func TestBecauseKeepsTheOriginal(t *testing.T) {
	plain := fault.Conflict("dossier.closed", "day", 3)
	cause := errors.New("late")
	with := plain.Because(cause)
	if !errors.Is(with, cause) {
		t.Error("the cause is not found in the chain")
	}
	if errors.Is(plain, cause) {
		t.Error("Because changed the error it was called on")
	}
	if got, want := with.Error(), "conflict: dossier.closed day=3: late"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestFieldsAreGatheredInOrder(t *testing.T) {
	one := fault.Field{Name: "name", Key: "field.required"}
	two := fault.Field{Name: "end", Key: "field.before", Args: []any{"limit", "2026"}}
	err := errors.Join(fmt.Errorf("first: %w", fault.Invalid(one)), fault.Invalid(two))
	if diff := cmp.Diff([]fault.Field{one, two}, fault.Fields(err)); diff != "" {
		t.Errorf("fields differ (-want +got):\n%s", diff)
	}
	if got := fault.Fields(nil); got != nil {
		t.Errorf("Fields(nil) = %v", got)
	}
	if got, want := fault.Invalid(one, two).Error(), "invalid: name field.required, end field.before limit=2026"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}
