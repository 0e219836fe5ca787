package actionplan

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// mostAtOnce bounds how many actions one act moves: a page of the list.
const mostAtOnce = 500

// moved is an action as an act found it. It travels in the address of the list, so that the act can be taken back: the version is the one
// that the act left.
type moved struct {
	ID      string
	Version int64
	State   plan.State // before the act
}

// String writes the action for an address.
func (m moved) String() string {
	return m.ID + "." + strconv.FormatInt(m.Version, 10) + "." + string(m.State)
}

// readMoved reads what String wrote, or tells false.
func readMoved(text string) (moved, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return moved{}, false
	}
	version, err := strconv.ParseInt(parts[1], 10, 64)
	m := moved{ID: parts[0], Version: version, State: plan.State(parts[2])}
	return m, err == nil && m.ID != "" && version > 0 && m.State.Valid()
}

// readAllMoved reads the actions of a list, leaving out what is not one.
func readAllMoved(texts []string) []moved {
	var all []moved
	for _, text := range texts {
		if m, ok := readMoved(text); ok && len(all) < mostAtOnce {
			all = append(all, m)
		}
	}
	return all
}

// bulk moves the chosen actions of a structure to another state. Whoever changed one of them meanwhile is not overruled: it is left as it is, and said.
func (m *Module) bulk(c *web.Context) error {
	var form struct {
		Actions []string   `form:"action,max=100"` // id.version.state, as the list showed them
		Do      plan.State `form:"do"`
		Back    string     `form:"back,max=2000"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	back := web.LocalPath(form.Back)
	if back == "/" {
		back = address(c.Path("structure"))
	}
	chosen := readAllMoved(form.Actions)
	if len(chosen) == 0 {
		c.Flash(ui.Warn, "actionplan.none_chosen")
		return c.Redirect(back)
	}
	if form.Do == doMerge {
		return c.Redirect(mergeAddress(c.Path("structure"), chosen))
	}
	done, skipped, err := m.move(c, chosen, func(moved) plan.State { return form.Do })
	if err != nil {
		return err
	}
	if skipped > 0 {
		c.Flash(ui.Warn, "actionplan.skipped", "count", skipped)
	}
	if len(done) == 0 {
		return c.Redirect(back)
	}
	return c.Redirect(withUndo(back, form.Do, done))
}

// undo takes an act back: each action that nobody changed since returns to the state it had.
func (m *Module) undo(c *web.Context) error {
	var form struct {
		Actions []string `form:"action,max=100"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	done, skipped, err := m.move(c, readAllMoved(form.Actions), func(was moved) plan.State { return was.State })
	if err != nil {
		return err
	}
	if skipped > 0 {
		c.Flash(ui.Warn, "actionplan.skipped", "count", skipped)
	}
	if len(done) > 0 {
		c.Flash(ui.Good, "actionplan.undone", "count", len(done))
	}
	return c.Redirect(address(c.Path("structure")))
}

// move changes the state of actions of the structure in the path and returns them as they were, with their new versions. Actions that are in the state
// already are passed over; those changed meanwhile are skipped.
func (m *Module) move(c *web.Context, chosen []moved, to func(moved) plan.State) (done []moved, skipped int, err error) {
	for _, one := range chosen { // each by itself: one that cannot be moved keeps no other from it
		var was plan.Action
		state := to(one)
		err := m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
			if was, err = plan.ByID(c.Ctx, tx, c.Scope, one.ID); err != nil {
				return err
			}
			if was.Structure != c.Path("structure") {
				return store.ErrNotFound
			}
			if was.State == state {
				return nil
			}
			if err := plan.SetState(c.Ctx, tx, c.Scope, one.ID, one.Version, state, c.Actor.Person, m.now()); err != nil {
				return err
			}
			next := was
			next.State = state
			return m.trail.Append(c.Ctx, tx, m.line(c, "action.change", one.ID, next))
		})
		switch {
		case errors.Is(err, store.ErrNotFound):
			return done, skipped, fault.NotFound("actionplan.not_found")
		case fault.KindOf(err) == fault.KindConflict:
			skipped++
		case err != nil:
			return done, skipped, err
		case was.State != state:
			done = append(done, moved{ID: one.ID, Version: one.Version + 1, State: was.State})
		}
	}
	return done, skipped, nil
}

// Parameters of the address that offers to take an act back.
const (
	undoParam = "undo"
	didParam  = "did"
)

// withUndo adds to the address of a list what is needed to take an act back.
func withUndo(back string, did plan.State, done []moved) string {
	u, err := url.Parse(back)
	if err != nil {
		return back
	}
	q := u.Query()
	q.Del(undoParam)
	for _, one := range done {
		q.Add(undoParam, one.String())
	}
	q.Set(didParam, string(did))
	u.RawQuery = q.Encode()
	return u.String()
}

// taken is what the last act did, as the page offers to take it back.
type taken struct {
	Did     plan.State
	Actions []moved
	Action  string // address of the act that takes it back
}

// takenOf reads the last act from the address of a list.
func takenOf(c *web.Context, structure string) taken {
	did := plan.State(c.Query(didParam))
	if structure == "" || !did.Valid() {
		return taken{}
	}
	return taken{Did: did, Actions: readAllMoved(c.R.URL.Query()[undoParam]), Action: address(structure) + "/undo"}
}

// here is the address of the list without the last act.
func here(u *url.URL) string {
	q := u.Query()
	q.Del(undoParam)
	q.Del(didParam)
	if len(q) == 0 {
		return u.Path
	}
	return u.Path + "?" + q.Encode()
}

// movesFrom are the states that an action may be moved to, in the order of work.
func movesFrom(state plan.State) []plan.State {
	return slices.DeleteFunc(plan.States(), func(s plan.State) bool { return s == state })
}

// movesShown are the states that the actions of a view may be moved to.
func movesShown(v view) []plan.State {
	switch v {
	case done:
		return movesFrom(plan.Done)
	case dropped:
		return movesFrom(plan.Dropped)
	case all:
		return plan.States()
	}
	return movesFrom(plan.Open)
}
