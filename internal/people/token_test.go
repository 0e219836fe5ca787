package people_test

import (
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

// token makes a token of somebody.
func (w *world) token(p people.Person, t people.Token) (secret string, made people.Token, err error) {
	a := w.actor(p)
	err = w.try(func(tx *store.Tx) (err error) {
		secret, made, err = w.MakeToken(w.t.Context(), tx, a, t)
		return err
	})
	return secret, made, err
}

// may tells whether a token lets do the action on the structure now.
func (w *world) may(secret string, action right.Action, structure string) bool {
	w.t.Helper()
	a, _, err := w.ByToken(w.t.Context(), secret)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.try(func(tx *store.Tx) error {
		_, err := right.Authorize(w.t.Context(), tx, a, action, structure)
		return err
	}) == nil
}

func TestTokenNeverGoesBeyondItsPerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		coordinator := w.person("coordinator", right.GroupCoordinator, "ght")
		until := w.clock.AddDate(0, 3, 0)
		whole, _, err := w.token(coordinator, people.Token{Name: "tout", Expires: until})
		if err != nil || !strings.HasPrefix(whole, people.TokenPrefix) {
			t.Fatal(whole, err)
		}
		bound, made, err := w.token(coordinator, people.Token{Name: "un hôpital", Structure: "hospital", Expires: until})
		if err != nil {
			t.Fatal(err)
		}
		reading, _, err := w.token(coordinator, people.Token{Name: "lecture", ReadOnly: true, Expires: until})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			name, secret string
			action       right.Action
			structure    string
			want         bool
		}{
			{"as far as the person", whole, right.EditActions, "clinic", true}, {"not further", whole, right.SeeStructure, "far", false},
			{"bound, there", bound, right.EditActions, "hospital", true}, {"bound, below", bound, right.SeeAudit, "ward", true},
			{"bound, beside", bound, right.SeeStructure, "clinic", false}, {"bound, above", bound, right.SeeStructure, "ght", false},
			{"reading reads", reading, right.SeeAudit, "clinic", true}, {"reading writes nothing", reading, right.AddProof, "clinic", false},
			{"not a token", "hygie_x", right.SeeStructure, "ght", false}, {"nothing", "", right.SeeStructure, "ght", false},
		} {
			if got := w.may(row.secret, row.action, row.structure); got != row.want {
				t.Errorf("%s: %v, want %v", row.name, got, row.want)
			}
		}
		w.update(func(tx *store.Tx) error {
			grants, err := w.GrantsOf(t.Context(), tx, coordinator.ID)
			if err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `update role_grant set revoked_at = $1 where id = $2`, store.Millis(w.clock), grants[0].ID)
			return err
		})
		if w.may(whole, right.SeeStructure, "ght") || w.may(bound, right.SeeStructure, "hospital") {
			t.Error("a token outlives the role of its person")
		}
		if last := w.trail[len(w.trail)-1]; last.Action != "people.add_token" || strings.Contains(last.Detail["name"], "hygie_") {
			t.Errorf("trail %+v", last)
		}
		if made.ID == "" || made.Person != coordinator.ID {
			t.Errorf("token %+v", made)
		}
	})
}

func TestTokenEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		officer, other := w.person("officer", right.SecurityOfficer, "hospital"), w.person("other", right.SecurityOfficer, "hospital")
		make := func() (string, people.Token) {
			secret, made, err := w.token(officer, people.Token{Name: "x", Expires: w.clock.AddDate(0, 1, 0)})
			if err != nil {
				t.Fatal(err)
			}
			return secret, made
		}
		secret, made := make()
		w.wantKind("revoked by another", w.try(func(tx *store.Tx) error { return w.RevokeToken(t.Context(), tx, other.ID, made.ID) }), fault.KindNotFound)
		w.update(func(tx *store.Tx) error { return w.RevokeToken(t.Context(), tx, officer.ID, made.ID) })
		if w.may(secret, right.SeeStructure, "hospital") {
			t.Error("a revoked token works")
		}
		secret, _ = make()
		w.update(func(tx *store.Tx) error {
			list, err := w.Tokens(t.Context(), tx, officer.ID)
			if len(list) != 1 || !list[0].Used.IsZero() {
				t.Errorf("tokens %+v", list)
			}
			return err
		})
		if !w.may(secret, right.SeeStructure, "hospital") {
			t.Fatal("a new token does not work")
		}
		w.update(func(tx *store.Tx) error {
			list, err := w.Tokens(t.Context(), tx, officer.ID)
			if !list[0].Used.Equal(w.clock) {
				t.Errorf("used %v, want %v", list[0].Used, w.clock)
			}
			return err
		})
		w.clock = w.clock.AddDate(0, 1, 0)
		if w.may(secret, right.SeeStructure, "hospital") {
			t.Error("a token works after its end")
		}
		secret, _ = make()
		w.update(func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `update person set disabled_at = 1 where id = $1`, officer.ID)
			return err
		})
		if w.may(secret, right.SeeStructure, "hospital") {
			t.Error("a token of a closed account works")
		}
	})
}

func TestTokenIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		officer := w.person("officer", right.SecurityOfficer, "hospital")
		soon := w.clock.Add(time.Hour)
		for name, row := range map[string]struct {
			token people.Token
			want  fault.Kind
		}{
			"no name":        {people.Token{Expires: soon}, fault.KindInvalid},
			"long name":      {people.Token{Name: strings.Repeat("é", 101), Expires: soon}, fault.KindInvalid},
			"no end":         {people.Token{Name: "x"}, fault.KindInvalid},
			"ended":          {people.Token{Name: "x", Expires: w.clock}, fault.KindInvalid},
			"two years":      {people.Token{Name: "x", Expires: w.clock.AddDate(2, 0, 0)}, fault.KindInvalid},
			"elsewhere":      {people.Token{Name: "x", Expires: soon, Structure: "far"}, fault.KindNotFound},
			"no such place":  {people.Token{Name: "x", Expires: soon, Structure: "nowhere"}, fault.KindNotFound},
			"above the role": {people.Token{Name: "x", Expires: soon, Structure: "ght"}, fault.KindNotFound},
		} {
			_, _, err := w.token(officer, row.token)
			w.wantKind(name, err, row.want)
		}
		weak := w.actor(officer)
		weak.Strong = false
		err := w.try(func(tx *store.Tx) error {
			_, _, err := w.MakeToken(t.Context(), tx, weak, people.Token{Name: "x", Expires: soon})
			return err
		})
		w.wantKind("in a weak session", err, fault.KindRefused)
	})
}
