package actionplan

import (
	"context"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// owners lists who may answer for an action of the structure in the path: whoever may work on its plan by a role held on it, below it or above
// it. Whoever answers for it already stays in the list after they left.
func (m *Module) owners(c *web.Context, structure territory.Structure, a plan.Action) (owners []people.Person, err error) {
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		within, err := m.people.Holders(c.Ctx, tx, territory.NewScope(0, structure.Interval))
		if err != nil {
			return err
		}
		above, err := m.people.Above(c.Ctx, tx, string(structure.ID))
		if err != nil {
			return err
		}
		for _, held := range slices.Concat(within, above) {
			if right.Allowed(held.Role, right.EditActions) {
				owners = append(owners, held.Person)
			}
		}
		known := func(p people.Person) bool { return p.ID == a.OwnerID }
		if a.OwnerID == "" || slices.ContainsFunc(owners, known) {
			return nil
		}
		names, err := people.Names(c.Ctx, tx, a.OwnerID)
		if name := names[a.OwnerID]; name != "" {
			owners = append(owners, people.Person{ID: a.OwnerID, Name: name})
		}
		return err
	})
	slices.SortFunc(owners, func(a, b people.Person) int {
		return strings.Compare(territory.Fold(a.Name)+"\x00"+a.ID, territory.Fold(b.Name)+"\x00"+b.ID)
	})
	return slices.CompactFunc(owners, func(a, b people.Person) bool { return a.ID == b.ID }), err
}

// own puts the chosen owner into an action: a person with an account, whose name is kept as it is now, else the words that were typed.
func (d draft) own(a *plan.Action, owners []people.Person) error {
	a.OwnerID, a.OwnerName = "", d.Owner
	if d.OwnerID == "" {
		return nil
	}
	i := slices.IndexFunc(owners, func(p people.Person) bool { return p.ID == d.OwnerID })
	if i < 0 {
		return fault.Invalid(fault.Field{Name: "owner-id", Key: "actionplan.owner_unknown"})
	}
	a.OwnerID, a.OwnerName = owners[i].ID, owners[i].Name
	return nil
}

// ownerOptions are the people to choose from; two of one name are told apart by their address.
func ownerOptions(ctx context.Context, owners []people.Person) []ui.Option {
	options := []ui.Option{{Value: "", Text: locale.T(ctx, "actionplan.owner_other")}}
	count := map[string]int{}
	for _, p := range owners {
		count[p.Name]++
	}
	for _, p := range owners {
		text := p.Name
		if count[p.Name] > 1 && p.Email != "" {
			text += " (" + p.Email + ")"
		}
		options = append(options, ui.Option{Value: p.ID, Text: text})
	}
	return options
}
