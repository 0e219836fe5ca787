package actionplan

import (
	"context"
	"slices"
	"time"

	"hygie/internal/bring"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// mostRows is how many actions one file may bring: a longer list is no plan.
const mostRows = 5000

// held is the plan as a table is compared with it.
type held struct {
	all        map[string]plan.Action // by id
	byRef      map[string]string      // by folded reference: id of the action it was brought as
	byTitle    map[string]string      // by folded title; empty when several have it
	dropped    map[string]string      // by folded reference: id of an action that was brought and then decided against
	again      map[string]bool        // ids of those of the dropped that the table names
	zone       *time.Location
	owners     []people.Person
	ownerNames map[string]string // folded name or address: id
}

// target is what a table of actions may say. An action is known by the reference it was brought with, else by its title.
func (m *Module) target(c *web.Context) (bring.Target, error) {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return bring.Target{}, err
	}
	structure := string(s.ID)
	h := &held{zone: c.Printer.Zone(), again: map[string]bool{}}
	if h.owners, err = m.owners(c, s, plan.Action{}); err != nil {
		return bring.Target{}, err
	}
	h.ownerNames = ownerNames(h.owners)
	if err := m.db.View(c.Ctx, func(tx *store.Tx) error { return h.read(c.Ctx, tx, c.Scope, structure) }); err != nil {
		return bring.Target{}, err
	}
	return bring.Target{Kind: "actions", Structure: structure, Address: address(structure) + "/import", Back: address(structure), Title: c.T("actionplan.bring"), Lead: c.T("actionplan.bring_lead"),
		Place: at, Crumbs: []ui.Link{{Href: address(structure), Text: c.T("actionplan.title")}}, Columns: actionColumns(c.Ctx), Most: mostRows, Identify: h.identify,
		Present: func(ctx context.Context, tx *store.Tx) (map[string]bring.Item, error) {
			if err := h.read(ctx, tx, c.Scope, structure); err != nil {
				return nil, err
			}
			return h.items(), nil
		},
		Write: func(ctx context.Context, tx *store.Tx, d bring.Difference) error {
			return m.brought(ctx, tx, c, structure, h, d)
		},
	}, nil
}

// ownerNames finds people by their name or their address. A name that several have finds nobody.
func ownerNames(owners []people.Person) map[string]string {
	names := map[string]string{}
	for _, p := range owners {
		for _, text := range []string{p.Name, p.Email} {
			key := sheet.Fold(text)
			if id, taken := names[key]; taken && id != p.ID {
				names[key] = ""
			} else {
				names[key] = p.ID
			}
		}
	}
	return names
}

// person finds who may answer for actions by a name or an address.
func (h *held) person(name string) (people.Person, bool) {
	id := h.ownerNames[sheet.Fold(name)]
	i := slices.IndexFunc(h.owners, func(p people.Person) bool { return p.ID == id })
	if i < 0 || name == "" {
		return people.Person{}, false
	}
	return h.owners[i], true
}

// mostHeld bounds the plan that a table is compared with.
const mostHeld = 50_000

// read reads the plan of the structure.
func (h *held) read(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) error {
	h.all, h.byRef, h.byTitle, h.dropped = map[string]plan.Action{}, map[string]string{}, map[string]string{}, map[string]string{}
	current := []plan.State{plan.Open, plan.Doing, plan.Done}
	actions, _, err := plan.List(ctx, tx, scope, plan.Filter{Structure: structure, States: current}, mostHeld, 0)
	if err != nil {
		return err
	}
	for _, a := range actions {
		h.all[a.ID] = a
		title := sheet.Fold(a.Title)
		if _, twice := h.byTitle[title]; twice {
			h.byTitle[title] = ""
		} else {
			h.byTitle[title] = a.ID
		}
	}
	brought, _, err := plan.List(ctx, tx, scope, plan.Filter{Structure: structure, Origin: plan.Brought}, mostHeld, 0)
	for _, a := range brought {
		if a.State == plan.Dropped {
			h.dropped[a.OriginRef] = a.ID
		} else {
			h.byRef[a.OriginRef] = a.ID
		}
	}
	return err
}

// refOf is the identity of a row among those that were brought.
func refOf(values map[string]string) string {
	if ref := sheet.Fold(values["reference"]); ref != "" {
		return "ref:" + ref
	}
	return "title:" + sheet.Fold(values["title"])
}

// identify finds the action that a row is about.
func (h *held) identify(i *bring.Item) *bring.Wrong {
	title := sheet.Fold(i.Values["title"])
	if title == "" {
		return &bring.Wrong{Key: "actionplan.row_title"}
	}
	i.Title = i.Values["title"]
	ref, numbered := refOf(i.Values), i.Values["reference"] != ""
	delete(i.Values, "reference") // it finds the action; it is nothing to compare
	if p, ok := h.person(i.Values["owner"]); ok {
		i.Values["owner"] = p.Name
	}
	switch known, titled := h.all[h.byRef[ref]], h.all[h.byTitle[title]]; {
	case known.ID != "":
		i.Key = known.ID
		if known.OriginRef != ref { // it serves other things too, in their words: the row has nothing to add
			i.Values = map[string]string{}
		}
	case titled.ID != "" && (!numbered || titled.Origin != plan.Brought || titled.OriginRef == "title:"+title):
		i.Key = titled.ID
	case h.dropped[ref] != "": // decided against: a table does not ask for it again
		i.Key, i.Values = h.dropped[ref], map[string]string{}
		h.again[i.Key] = true
	case i.Values["state"] == string(plan.Dropped): // decided against before it came here
	default:
		i.Key = ref
	}
	return nil
}

// items are the actions as a table would say them.
func (h *held) items() map[string]bring.Item {
	items := make(map[string]bring.Item, len(h.all))
	for id := range h.again {
		items[id] = bring.Item{Key: id, Values: map[string]string{}}
	}
	for id, a := range h.all {
		values := map[string]string{"title": a.Title, "detail": a.Detail, "state": string(a.State), "owner": a.OwnerName, "effort": string(a.Effort), "gain": string(a.Gain), "cost": costText(a.Cost)}
		if !a.DueOn.IsZero() {
			values["due"] = a.DueOn.In(h.zone).Format(time.DateOnly)
		}
		for key, value := range values {
			if value == "" {
				delete(values, key)
			}
		}
		items[id] = bring.Item{Key: id, Title: a.Title, Values: values}
	}
	return items
}

// put writes what a row says into an action. An owner who has an account here is that person, found by name or address.
func (h *held) put(a *plan.Action, values map[string]string) {
	set := func(key string, into *string) {
		if value := values[key]; value != "" {
			*into = value
		}
	}
	set("title", &a.Title)
	set("detail", &a.Detail)
	set("state", (*string)(&a.State))
	set("effort", (*string)(&a.Effort))
	set("gain", (*string)(&a.Gain))
	if day := bring.DayIn(values["due"], h.zone); !day.IsZero() {
		a.DueOn = day
	}
	if values["cost"] != "" {
		a.Cost = bring.WholeOf(values["cost"])
	}
	if name := values["owner"]; name != "" {
		a.OwnerID, a.OwnerName = "", name
		if p, ok := h.person(name); ok {
			a.OwnerID, a.OwnerName = p.ID, p.Name
		}
	}
}

// brought writes what was accepted of a table.
func (m *Module) brought(ctx context.Context, tx *store.Tx, c *web.Context, structure string, h *held, d bring.Difference) error {
	now := m.now()
	for _, one := range d.Changed {
		a := h.all[one.Key]
		h.put(&a, one.Values)
		a.ChangedBy = c.Actor.Person
		if err := plan.Change(ctx, tx, c.Scope, a, now); err != nil {
			return err
		}
	}
	for _, one := range d.New {
		a := plan.Action{Structure: structure, Origin: plan.Brought, OriginRef: one.Key, CreatedBy: c.Actor.Person}
		h.put(&a, one.Values)
		if _, _, err := plan.Add(ctx, tx, c.Scope, a, now); err != nil {
			return err
		}
	}
	return nil
}

// actionColumns are what a table of actions may say: our own export, a spreadsheet, or the applied controls that CISO Assistant exports.
func actionColumns(ctx context.Context) []bring.Column {
	p := locale.From(ctx)
	column := func(key, label string, read func(string) (string, *bring.Wrong), names ...string) bring.Column {
		return bring.Column{Field: sheet.Field{Key: key, Names: names}, Label: p.T("actionplan." + label), Read: read}
	}
	weights := bring.OneOf(weightChoices(p))
	list := []bring.Column{
		column("title", "title_field", bring.Text(200), "titre", "action", "tâche", "mesure", "intitulé", "libellé", "recommandation", "name", "title", "task"),
		column("detail", "detail", bring.Text(10_000), "détail", "description", "commentaire", "remarque", "observation", "note", "details"),
		column("state", "state", bring.OneOf(stateChoices(p)), "état", "statut", "avancement", "status", "progress"),
		column("owner", "owner", bring.Text(200), "responsable", "porteur", "pilote", "affecté à", "propriétaire", "assigned to", "assignee", "acteur"),
		column("due", "due", bring.Day, "échéance", "date d'échéance", "date cible", "pour le", "fin prévue", "eta", "due date", "deadline", "date de fin"),
		column("effort", "effort", weights, "charge", "difficulté", "workload"),
		column("gain", "gain", weights, "bénéfice", "priorité", "importance", "impact", "control impact", "benefit"),
		column("cost", "cost_short", bring.Whole(0, 1_000_000_000), "coût", "budget", "montant", "cost", "coût en euros", "cost build fixe"),
		column("reference", "reference", bring.Text(200), "référence", "ref", "ref id", "id", "n°", "numéro", "code", "identifiant", "key"),
	}
	for i := range list {
		c := &list[i]
		switch c.Key {
		case "title":
			c.Required = true
		case "state":
			c.Show, c.Help = func(v string) string { return p.T(stateKey(plan.State(v))) }, p.T("actionplan.help_state")
		case "effort", "gain":
			c.Show, c.Help = func(v string) string { return p.T("actionplan.weight_" + v) }, p.T("actionplan.help_weight")
		case "due":
			c.Show, c.Help = func(v string) string { return p.ShortDate(bring.DayIn(v, p.Zone())) }, p.T("actionplan.help_day")
		case "cost":
			c.Show, c.Help = func(v string) string { return euros(ctx, bring.WholeOf(v)) }, p.T("actionplan.help_cost")
		case "reference":
			c.Help = p.T("actionplan.help_reference")
		}
	}
	return list
}

// stateChoices are the words for each state, ours and those of other plans.
func stateChoices(p *locale.Printer) []bring.Choice {
	words := map[plan.State][]string{
		plan.Open:    {"à faire", "todo", "to do", "to_do", "ouvert", "ouverte", "non commencé", "planifié", "planned", "open", "0", "on hold", "on_hold", "en attente", "--"},
		plan.Doing:   {"en cours", "in progress", "in_progress", "commencé", "démarré", "doing", "started"},
		plan.Done:    {"fait", "faite", "terminé", "terminée", "réalisé", "clos", "close", "closed", "done", "completed", "active", "actif", "100", "100 %"},
		plan.Dropped: {"abandonné", "abandonnée", "annulé", "annulée", "cancelled", "dropped", "deprecated", "sans objet"},
	}
	var choices []bring.Choice
	for _, s := range plan.States() {
		choices = append(choices, bring.Choice{Value: string(s), Words: append(inBoth(p, stateKey(s)), words[s]...)})
	}
	return choices
}

// weightChoices are the words for each weight; the sizes and the figures from 1 to 5 are those of CISO Assistant.
func weightChoices(p *locale.Printer) []bring.Choice {
	words := map[plan.Weight][]string{
		plan.Low:    {"faible", "bas", "basse", "petit", "xs", "s", "extra small", "small", "low", "1", "2", "facile", "mineur"},
		plan.Medium: {"moyen", "moyenne", "m", "medium", "3", "modéré"},
		plan.High:   {"élevé", "élevée", "fort", "forte", "haut", "haute", "l", "xl", "large", "extra large", "high", "4", "5", "difficile", "majeur", "critique"},
	}
	var choices []bring.Choice
	for _, w := range []plan.Weight{plan.Low, plan.Medium, plan.High} {
		choices = append(choices, bring.Choice{Value: string(w), Words: append(inBoth(p, "actionplan.weight_"+string(w)), words[w]...)})
	}
	return choices
}

// inBoth is a message in the reader's language, then in each.
func inBoth(p *locale.Printer, key string) []string {
	return []string{p.T(key), p.For(locale.French).T(key), p.For(locale.English).T(key)}
}
