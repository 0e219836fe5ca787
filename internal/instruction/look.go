package instruction

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
)

// look is what an instructor saw of one point.
type look struct {
	Position int64
	Version  int64 // of the dossier that was looked at
	Level    funding.Level
	Point    string
	Fine     bool
	Note     string
	At       time.Time
	By       string
}

// looks lists what was looked at in a dossier in scope, in order.
func looks(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]look, error) {
	var w store.Where
	w.And("l.dossier_id = ?", dossier)
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (l look, err error) {
		var at int64
		err = row.Scan(&l.Position, &l.Version, &l.Level, &l.Point, &l.Fine, &l.Note, &at, &l.By)
		l.At = store.Time(at)
		return l, err
	}, `select l.position, l.version, l.level, l.point, l.fine, l.note, l.at, l.by_whom from instruction_look l join dossier d on d.id = l.dossier_id`+w.SQL()+` order by l.position`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read what was looked at in a dossier: %w", err)
	}
	return list, nil
}

// changed is the position of the latest event by which the candidate changed something: what was looked at before does not count any more.
func changed(events []funding.Event) (position int64) {
	for _, e := range events {
		switch e.Act {
		case funding.Deposit, funding.Answer, funding.Declare, funding.Contest:
			position = e.Position
		}
	}
	return position
}

// standing are the looks of a level that count, by point.
func standing(list []look, level funding.Level, since int64) map[string]look {
	by := map[string]look{}
	for _, l := range list {
		if l.Level == level && l.Version >= since {
			by[l.Point] = l
		}
	}
	return by
}

// unseen are the points that a level has to look at and has not, or found wanting.
func unseen(k check, by map[string]look, fineOnly bool) (list []point) {
	for _, p := range k.toLook() {
		if l, ok := by[p.Code]; !ok || fineOnly && !l.Fine {
			list = append(list, p)
		}
	}
	return list
}

const maxLooks = 5000 // of one dossier

// look notes what the reader saw of a point.
func (m *Module) look(c *web.Context, d desk) error {
	var form struct {
		Version int64  `form:"version"`
		Point   string `form:"point,max=120"`
		Fine    bool   `form:"fine"`
		Note    string `form:"note,max=1000"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	err := m.db.Update(c.Ctx, func(tx *store.Tx) error {
		s, err := m.read(c.Ctx, tx, c.Scope, c.Path("dossier"))
		if err != nil {
			return err
		}
		if s.Version != form.Version {
			return fault.Conflict("funding.moved_meanwhile")
		}
		if at, ok := deskOf(s.State); !ok || at.Level != d.Level || s.State.Correcting() {
			return fault.Conflict("funding.not_now", "state", s.State)
		}
		k, err := m.check(c.Ctx, tx, c.Scope, s)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(k.Points, func(p point) bool { return p.Code == form.Point }) {
			return fault.NotFound("instruction.no_point")
		}
		return m.addLook(c.Ctx, tx, s, look{Version: s.Version, Level: d.Level, Point: form.Point, Fine: form.Fine, Note: form.Note, At: m.now(), By: c.Actor.Person})
	})
	if err != nil {
		return err
	}
	return c.Redirect(m.href(c, d, c.Path("dossier")) + "#" + anchor(form.Point))
}

func (m *Module) addLook(ctx context.Context, tx *store.Tx, s subject, l look) error {
	last, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(position), 0) from instruction_look where dossier_id = $1`, s.ID)
	if err != nil {
		return err
	}
	if last >= maxLooks {
		return fault.Conflict("instruction.too_many_looks", "most", maxLooks)
	}
	_, err = tx.Exec(ctx, `insert into instruction_look (dossier_id, position, version, level, point, fine, note, at, by_whom) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.ID, last+1, l.Version, string(l.Level), l.Point, l.Fine, l.Note, store.Millis(l.At), l.By)
	if store.IsUnique(err) {
		return fault.Conflict("funding.moved_meanwhile")
	}
	if err != nil {
		return fmt.Errorf("note what was looked at in dossier %s: %w", s.Number, err)
	}
	return m.trail.Append(ctx, tx, journal.Entry{At: l.At, Actor: l.By, Action: "instruction.look", Structure: s.Dossier.Structure, Subject: "dossier/" + s.ID,
		Data: trail.Data(map[string]any{"number": s.Number, "point": l.Point})}) // what was thought of it is not for the structure, which reads its trail
}

// anchor is the id of a point on a page.
func anchor(point string) string { return "p-" + strings.ReplaceAll(point, "/", "-") }
