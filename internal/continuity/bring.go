package continuity

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"hygie/internal/bring"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// target is what a list of contacts may say: a table of people, on-call posts or services, or an address book.
func (m *Module) target(c *web.Context) (bring.Target, error) {
	at, s, err := place.Of(c, m.o.DB)
	if err != nil {
		return bring.Target{}, err
	}
	structure := string(s.ID)
	t := bring.Target{Kind: "contacts", Structure: structure, Address: address(structure) + "/contacts/import", Back: address(structure), Title: c.T("continuity.bring"), Lead: c.T("continuity.bring_lead"),
		Place: at, Crumbs: []ui.Link{{Href: address(structure), Text: c.T("continuity.title")}}, Columns: listColumns(c), OneOf: []string{"name", "role"}, Most: maxContacts,
		Formats: []bring.Format{bring.AddressBook()}, Accept: bring.ContactFormats, Retire: "continuity.retire_absent"}
	var list contactList
	read := func(ctx context.Context, tx *store.Tx) error {
		all, err := Contacts(ctx, tx, c.Scope, structure)
		list = contactList(all)
		return err
	}
	if err := m.o.DB.View(c.Ctx, func(tx *store.Tx) error { return read(c.Ctx, tx) }); err != nil {
		return t, err
	}
	t.Identify = func(i *bring.Item) *bring.Wrong { return list.identify(i) }
	t.Present = func(ctx context.Context, tx *store.Tx) (map[string]bring.Item, error) {
		if err := read(ctx, tx); err != nil {
			return nil, err
		}
		items := map[string]bring.Item{}
		for _, one := range list {
			items[one.ID] = bring.Item{Key: one.ID, Title: one.Name, Values: one.values()}
		}
		return items, nil
	}
	t.Write = func(ctx context.Context, tx *store.Tx, d bring.Difference) error { return m.write(ctx, tx, c, list, d) }
	return t, nil
}

// listColumns are what a row may say. The first name, the mobile and the extension of a usual list go into the name and the telephones.
func listColumns(c *web.Context) (all []bring.Column) {
	for _, column := range []struct {
		key   string
		most  int
		names []string
	}{
		{"name", maxText, []string{"nom", "nom et prénom", "nom de famille", "contact", "personne", "astreinte", "intitulé", "name", "full name", "last name", "surname"}},
		{"first", maxText, []string{"prénom", "first name", "given name"}},
		{"role", maxText, []string{"fonction", "rôle", "qualité", "titre", "pour quoi", "métier", "role", "title", "job title", "position"}},
		{"organisation", maxText, []string{"service", "organisme", "société", "entreprise", "établissement", "organisation", "organization", "company", "department"}},
		{"phones", maxText, []string{"téléphones", "téléphone", "tél", "tel", "numéro", "téléphone fixe", "fixe", "ligne directe", "phone", "telephone", "phone number", "phones"}},
		{"mobile", maxText, []string{"portable", "mobile", "téléphone portable", "tél portable", "gsm", "cell phone"}},
		{"extension", maxText, []string{"poste", "numéro interne", "poste interne", "dect", "extension"}},
		{"mail", maxText, []string{"courriel", "mail", "mél", "e-mail", "adresse électronique", "email", "mails"}},
		{"hours", maxText, []string{"quand il répond", "horaires", "heures", "disponibilité", "plage", "hours", "availability"}},
		{"note", maxNote, []string{"à savoir", "remarque", "remarques", "commentaire", "observations", "note", "notes", "comment"}},
		{"place", maxText, []string{"rang", "ordre", "priorité", "rang dans la liste", "order", "rank", "priority"}},
	} {
		one := bring.Column{Field: sheet.Field{Key: column.key, Names: column.names}, Label: c.T("continuity.column_" + column.key), Read: bring.Text(column.most)}
		switch column.key {
		case "place":
			one.Read = bring.Whole(1, 10_000)
		case "phones":
			one.Show = func(value string) string { return strings.ReplaceAll(value, "\n", ", ") }
		}
		all = append(all, one)
	}
	return all
}

// values are what a contact says, by column.
func (c Contact) values() map[string]string {
	values := map[string]string{"name": c.Name, "role": c.Role, "phones": c.Phones, "mail": c.Mail, "hours": c.Hours, "note": c.Note, "place": positive(c.Place)}
	for key, text := range values {
		if text == "" {
			delete(values, key)
		}
	}
	return values
}

// fill writes what a row says into a contact.
func (c *Contact) fill(values map[string]string) {
	for key, field := range map[string]*string{"name": &c.Name, "role": &c.Role, "phones": &c.Phones, "mail": &c.Mail, "hours": &c.Hours, "note": &c.Note} {
		if text, ok := values[key]; ok {
			*field = text
		}
	}
	if n := bring.WholeOf(values["place"]); n > 0 {
		c.Place = n
	}
}

// contactList is the list of a structure, against which rows are told to be known.
type contactList []Contact

// identify completes a row: one name, one list of telephones, and which contact it tells of.
func (l contactList) identify(i *bring.Item) *bring.Wrong {
	v := i.Values
	v["name"] = strings.TrimSpace(v["first"] + " " + v["name"])
	v["role"] = joined(", ", v["role"], v["organisation"])
	if v["name"] == "" { // a post that somebody or other holds
		v["name"], v["role"] = v["role"], ""
	}
	v["phones"] = joined("\n", slices.Concat(numbers(v["phones"]), numbers(v["mobile"]), numbers(v["extension"]))...)
	v["mail"] = joined(", ", strings.Split(v["mail"], "\n")...)
	for key, text := range v {
		if text == "" || slices.Contains([]string{"first", "organisation", "mobile", "extension"}, key) {
			delete(v, key)
		}
	}
	if sheet.Fold(v["name"]) == "" {
		return &bring.Wrong{Key: "continuity.row_name"}
	}
	for _, key := range []string{"name", "role", "phones", "mail"} {
		if _, wrong := bring.Text(maxText)(v[key]); wrong != nil {
			return wrong
		}
	}
	i.Title, i.Key = v["name"], "new/"+sheet.Fold(v["name"])+"/"+sheet.Fold(v["role"])
	if known, ok := l.known(v); ok {
		i.Key = known.ID
	}
	return nil
}

// known finds the contact that a row tells of: the same name and the same role; else the only one of that name whose role is not told twice, or with which it shares a
// number or an address.
func (l contactList) known(v map[string]string) (Contact, bool) {
	var named []Contact
	for _, c := range l {
		if sheet.Fold(c.Name) != sheet.Fold(v["name"]) {
			continue
		}
		if sheet.Fold(c.Role) == sheet.Fold(v["role"]) {
			return c, true
		}
		named = append(named, c)
	}
	if len(named) != 1 {
		return Contact{}, false
	}
	c := named[0]
	shared := slices.ContainsFunc(numbers(c.Phones), func(n string) bool {
		return slices.ContainsFunc(numbers(v["phones"]), func(o string) bool { return digits(o) == digits(n) })
	})
	if c.Role == "" || v["role"] == "" || shared || c.Mail != "" && strings.EqualFold(c.Mail, v["mail"]) {
		return c, true
	}
	return Contact{}, false
}

// numbers are the telephones of a cell: one a line, or between slashes and semicolons.
func numbers(text string) (all []string) {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ';' || r == '/' }) {
		part = strings.TrimSpace(part)
		if len(part) == 9 && digits(part) == part && part[0] != '0' {
			part = "0" + part // a French number that a spreadsheet took for an amount
		}
		if part != "" && !slices.Contains(all, part) {
			all = append(all, part)
		}
	}
	return all
}

// digits are the figures of a number, by which two ways to write it are told to be one.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, number)
}

// joined puts texts together without those that are empty or came before.
func joined(between string, texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(kept, t) {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, between)
}

// write writes what was accepted of a list, and asks for the folder once.
func (m *Module) write(ctx context.Context, tx *store.Tx, c *web.Context, list contactList, d bring.Difference) error {
	if len(list)-len(d.Absent)+len(d.New) > maxContacts {
		return fault.Invalid(fault.Field{Key: "continuity.too_many", Args: []any{"limit", maxContacts}})
	}
	structure, now := c.Path("structure"), m.o.Now()
	known := map[string]Contact{}
	for _, one := range list {
		known[one.ID] = one
	}
	for _, gone := range d.Absent {
		if err := remove(ctx, tx, known[gone.Key]); err != nil {
			return err
		}
	}
	for _, change := range d.Changes() {
		one := known[change.Key]
		one.Structure = structure
		one.fill(change.Values)
		if err := one.check(); err != nil {
			return err
		}
		if err := one.put(ctx, tx, now); err != nil {
			return err
		}
	}
	return m.Changed(ctx, tx, c.Scope, structure, "contact.bring", "", c.Actor.Person)
}
