package exercise

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"hygie/internal/bring"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// seatTarget is what a list of participants may say: who they are, which role each has, how to reach them.
func (m *Module) seatTarget(c *web.Context) (bring.Target, error) {
	v, at, err := m.load(c)
	if err != nil {
		return bring.Target{}, err
	}
	t := bring.Target{Kind: "exercise-seats", Structure: v.Structure, Address: v.address() + "/import", Back: v.address() + "#seats", Title: c.T("exercise.bring_seats"), Lead: c.T("exercise.bring_seats_lead"), Place: at,
		Crumbs: append(m.crumbs(c, at.ID), ui.Link{Href: v.address(), Text: words(c.Ctx, v.Scenario.Title)}), Columns: listColumns(c, v.Exercise), Most: maxSeats, Formats: []bring.Format{bring.AddressBook()}, Accept: bring.ContactFormats}
	known := map[string]Seat{}
	read := func(ctx context.Context, tx *store.Tx) error {
		all, err := Seats(ctx, tx, v.Exercise)
		clear(known)
		for _, s := range all {
			known[sheet.Fold(s.Name)] = s
		}
		return err
	}
	t.Identify = identifySeat
	t.Present = func(ctx context.Context, tx *store.Tx) (map[string]bring.Item, error) {
		if err := read(ctx, tx); err != nil {
			return nil, err
		}
		items := map[string]bring.Item{}
		for key, s := range known {
			values := map[string]string{"name": s.Name, "role": cmp.Or(s.Role, observer)}
			if s.Contact != "" {
				values["contact"] = s.Contact
			}
			items[key] = bring.Item{Key: key, Title: s.Name, Values: values}
		}
		return items, nil
	}
	t.Write = func(ctx context.Context, tx *store.Tx, d bring.Difference) error {
		return m.writeSeats(ctx, tx, v, known, d)
	}
	return t, nil
}

// listColumns are what a row may say.
func listColumns(c *web.Context, e Exercise) (all []bring.Column) {
	for _, column := range []struct {
		key   string
		names []string
	}{
		{"name", []string{"nom", "nom et prénom", "nom de famille", "participant", "personne", "name", "full name", "last name"}},
		{"first", []string{"prénom", "first name"}},
		{"role", []string{"rôle", "rôle dans l’exercice", "place", "role", "role in the exercise", "seat"}},
		{"mail", []string{"courriel", "mail", "mél", "e-mail", "email", "mails"}},
		{"contact", []string{"contact", "téléphone", "tél", "portable", "mobile", "téléphone ou courriel professionnel", "phone", "telephone", "phones"}},
	} {
		one := bring.Column{Field: sheet.Field{Key: column.key, Names: column.names, Required: column.key == "name"}, Label: c.T("exercise.seat_" + column.key), Read: bring.Text(maxWords)}
		if column.key == "role" {
			one.Help, one.Read, one.Show = c.T("exercise.seat_role_help"), bring.OneOf(seatChoices(c.Printer, e)), func(id string) string { return e.roleName(c.Ctx, id) }
		}
		all = append(all, one)
	}
	return all
}

// seatChoices are the roles that a list may name, in both languages.
func seatChoices(p *locale.Printer, e Exercise) (all []bring.Choice) {
	for _, r := range e.Scenario.Roles {
		all = append(all, bring.Choice{Value: r.ID, Words: []string{r.Name.FR, r.Name.EN}})
	}
	return append(all, bring.Choice{Value: observer, Words: []string{p.T("exercise.observer"), p.For(locale.French).T("exercise.observer"), p.For(locale.English).T("exercise.observer")}})
}

// identifySeat completes a row: one name, one way to reach, a mail address before a telephone because the exercise can write to it. Who has no role observes.
func identifySeat(i *bring.Item) *bring.Wrong {
	v := i.Values
	name := strings.TrimSpace(v["first"] + " " + v["name"])
	mail, _, _ := strings.Cut(v["mail"], "\n")
	phone, _, _ := strings.Cut(v["contact"], "\n")
	if contact := cmp.Or(strings.TrimSpace(mail), strings.TrimSpace(phone)); contact != "" {
		v["contact"] = contact
	}
	delete(v, "first")
	delete(v, "mail")
	v["name"], v["role"] = name, cmp.Or(v["role"], observer)
	i.Key, i.Title = sheet.Fold(name), name
	if _, wrong := bring.Text(maxWords)(name); wrong != nil {
		return wrong
	}
	return nil // a row without a name tells of nobody
}

// writeSeats writes what was accepted. Who gets another address is to be reached anew; what a seat does stays as it is once the exercise began.
func (m *Module) writeSeats(ctx context.Context, tx *store.Tx, v view, known map[string]Seat, d bring.Difference) error {
	if len(known)+len(d.New) > maxSeats {
		return fault.Conflict("exercise.too_many_seats")
	}
	for _, one := range d.Changes() {
		role := strings.TrimPrefix(one.Values["role"], observer)
		if one.New() {
			if err := AddSeat(ctx, tx, Seat{Exercise: v.ID, Role: role, Name: one.Values["name"], Contact: one.Values["contact"]}, m.Now()); err != nil {
				return err
			}
			continue
		}
		s := known[one.Key]
		contact := cmp.Or(one.Values["contact"], s.Contact)
		if role != s.Role && !v.Started.IsZero() {
			return fault.Conflict("exercise.not_now")
		}
		tested := store.Millis(s.Tested)
		if contact != s.Contact {
			tested = 0
		}
		if _, err := tx.Exec(ctx, `update exercise_seat set role = $1, name = $2, contact = $3, tested_at = $4 where id = $5`, role, one.Values["name"], contact, tested, s.ID); err != nil {
			return fmt.Errorf("change seat %s: %w", s.ID, err)
		}
	}
	return nil
}
