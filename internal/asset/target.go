package asset

import (
	"cmp"
	"context"

	"hygie/internal/bring"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// mostRows is how many assets one file may bring: more than anybody names when care stops, few enough to be written while a person waits.
const mostRows = 20_000

// target is what a table of assets may say.
func (m *Module) target(c *web.Context) (bring.Target, error) {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return bring.Target{}, err
	}
	structure := string(s.ID)
	t := bring.Target{Kind: "assets", Structure: structure, Address: address(structure) + "/import", Back: address(structure), Title: c.T("asset.bring"), Lead: c.T("asset.bring_lead"),
		Place: at, Crumbs: []ui.Link{{Href: address(structure), Text: c.T("asset.title")}}, Columns: assetColumns(c.Ctx), Most: mostRows, Retire: "asset.retire_absent"}
	var present map[string]Asset // by the id, as Present read them last
	named, referenced := map[string]string{}, map[string]string{}
	read := func(ctx context.Context, tx *store.Tx) error {
		present = map[string]Asset{}
		clear(named)
		clear(referenced)
		all, _, err := List(ctx, tx, c.Scope, structure, Filter{}, mostRows*2, 0)
		for _, a := range all {
			present[a.ID] = a
			if a.Reference != "" {
				referenced[sheet.Fold(a.Reference)] = a.ID
			}
			if _, twice := named[sheet.Fold(a.Name)]; twice {
				named[sheet.Fold(a.Name)] = "" // a name that tells nothing
			} else {
				named[sheet.Fold(a.Name)] = a.ID
			}
		}
		return err
	}
	if err := m.db.View(c.Ctx, func(tx *store.Tx) error { return read(c.Ctx, tx) }); err != nil {
		return t, err
	}
	t.Identify = func(i *bring.Item) *bring.Wrong {
		name, ref := sheet.Fold(i.Values["name"]), sheet.Fold(i.Values["reference"])
		i.Title = cmp.Or(i.Values["name"], i.Values["reference"])
		if id := referenced[ref]; ref != "" && id != "" {
			i.Key = id
			return nil
		}
		if id := named[name]; name != "" && id != "" && (ref == "" || present[id].Reference == "") {
			i.Key = id
			return nil
		}
		if name == "" {
			return &bring.Wrong{Key: "asset.row_name"}
		}
		i.Key = newAsset(i.Values).identity()
		return nil
	}
	t.Present = func(ctx context.Context, tx *store.Tx) (map[string]bring.Item, error) {
		if err := read(ctx, tx); err != nil {
			return nil, err
		}
		items := make(map[string]bring.Item, len(present))
		for id, a := range present {
			items[id] = bring.Item{Key: id, Title: a.Name, Values: a.values()}
		}
		return items, nil
	}
	t.Write = func(ctx context.Context, tx *store.Tx, d bring.Difference) error {
		return m.write(ctx, tx, c, structure, present, d)
	}
	return t, nil
}

// write writes what was accepted of a table.
func (m *Module) write(ctx context.Context, tx *store.Tx, c *web.Context, structure string, present map[string]Asset, d bring.Difference) error {
	now := m.now()
	for _, gone := range d.Absent {
		if err := Retire(ctx, tx, c.Scope, present[gone.Key], now); err != nil {
			return err
		}
	}
	for _, one := range d.Changed {
		a := present[one.Key]
		a.put(one.Values)
		if err := Change(ctx, tx, c.Scope, a, now); err != nil {
			return err
		}
	}
	added := make([]Asset, len(d.New))
	for i, one := range d.New {
		added[i] = newAsset(one.Values)
	}
	if err := Add(ctx, tx, c.Scope, structure, added, c.Actor.Person, now); err != nil {
		return err
	}
	return state(ctx, tx, c.Scope, structure, c.Actor.Person, now)
}

func newAsset(values map[string]string) (a Asset) {
	a.put(values)
	return a
}

// fields are the texts of an asset by the keys of their columns.
func (a *Asset) fields() map[string]*string {
	return map[string]*string{"reference": &a.Reference, "name": &a.Name, "kind": (*string)(&a.Kind), "criticality": (*string)(&a.Criticality), "service": &a.Service, "owner": &a.Owner,
		"supplier": &a.Supplier, "product": &a.Product, "address": &a.Address, "end": &a.EndOfSupport, "note": &a.Note}
}

// put writes what a row says into an asset.
func (a *Asset) put(values map[string]string) {
	for key, field := range a.fields() {
		if value := values[key]; value != "" {
			*field = value
		}
	}
}

// values are what an asset says, by column.
func (a Asset) values() map[string]string {
	values := map[string]string{}
	for key, field := range a.fields() {
		if *field != "" {
			values[key] = *field
		}
	}
	return values
}

// assetColumns are what a table may say, in the order of the list. The names are those that inventories in use give, GLPI and CISO Assistant among
// them.
func assetColumns(ctx context.Context) []bring.Column {
	p := locale.From(ctx)
	column := func(key string, names ...string) bring.Column {
		return bring.Column{Field: sheet.Field{Key: key, Names: names}, Label: p.T("asset.field_" + key), Read: bring.Text(maxText)}
	}
	list := []bring.Column{
		column("name", "nom", "désignation", "libellé", "intitulé", "équipement", "actif", "bien", "bien support", "application", "asset", "asset name", "hostname", "nom machine", "title"),
		column("reference", "référence", "ref", "ref id", "id", "identifiant", "numéro d'inventaire", "n° inventaire", "inventory number", "numéro de série", "serial", "serial number", "code", "asset tag"),
		column("kind", "type", "type d'actif", "catégorie", "category", "nature", "famille"),
		column("criticality", "criticité", "criticality", "importance", "priorité", "niveau de criticité", "sensibilité"),
		column("service", "service de soins", "métier", "unité", "ua", "pôle", "département", "department", "business unit", "utilisateurs", "lieu", "localisation", "location"),
		column("owner", "responsable", "propriétaire", "référent", "owner", "responsable technique", "administrateur", "contact", "gestionnaire"),
		column("supplier", "fournisseur", "éditeur", "fabricant", "constructeur", "supplier", "vendor", "manufacturer", "prestataire", "mainteneur", "marque"),
		column("product", "produit", "version", "modèle", "model", "système", "système d'exploitation", "os", "operating system", "logiciel", "product"),
		column("address", "adresse", "adresse ip", "ip", "ip address", "url", "fqdn", "nom dns", "domaine", "domain"),
		column("end", "fin de support", "fin de maintenance", "obsolescence", "end of support", "end of life", "eol", "eos", "date de fin", "fin de garantie", "expiry date"),
		column("note", "remarque", "commentaire", "description", "observation", "notes", "comment"),
	}
	for i := range list {
		c := &list[i]
		switch c.Key {
		case "name":
			c.Required = true
		case "kind":
			c.Read, c.Show, c.Help = bring.OneOf(kindChoices(p)), func(v string) string { return p.T("asset.kind_" + v) }, p.T("asset.help_kind")
		case "criticality":
			c.Read, c.Show, c.Help = bring.OneOf(criticalityChoices(p)), func(v string) string { return p.T("asset.criticality_" + v) }, p.T("asset.help_criticality")
		case "end":
			c.Read, c.Show, c.Help = bring.Day, func(v string) string { return p.ShortDate(bring.DayIn(v, p.Zone())) }, p.T("asset.help_day")
		case "note":
			c.Read = bring.Text(maxNote)
		}
	}
	return list
}

// kindChoices are the words for each kind: ours in both languages, and those of inventories.
func kindChoices(p *locale.Printer) []bring.Choice {
	words := map[Kind][]string{
		Application: {"logiciel", "software", "appli", "progiciel", "business application"},
		Server:      {"serveur", "serveurs", "vm", "machine virtuelle", "virtual machine", "hyperviseur", "base de données"},
		Workstation: {"poste", "poste de travail", "pc", "ordinateur", "portable", "computer", "laptop", "desktop", "tablette"},
		Medical:     {"dispositif médical", "dm", "biomédical", "équipement biomédical", "modalité", "imagerie", "automate"},
		Network:     {"réseau", "équipement réseau", "switch", "commutateur", "routeur", "router", "pare-feu", "firewall", "borne wifi", "network equipment"},
		Hosted:      {"saas", "hébergé", "service hébergé", "cloud", "prestation"},
		Building:    {"gtb", "gtc", "technique", "contrôle d'accès", "climatisation", "onduleur", "vidéosurveillance"},
		Other:       {"autre", "divers", "imprimante", "printer", "téléphonie", "phone", "pr", "sp", "primary", "supporting"},
	}
	return choicesOf(p, kinds(), "asset.kind_", words)
}

// criticalityChoices are the words for each criticality. Figures are those of scales of four, where 4 is the gravest.
func criticalityChoices(p *locale.Printer) []bring.Choice {
	words := map[Criticality][]string{
		Vital:  {"vitale", "critique", "critical", "très forte", "très élevée", "majeure", "c4", "4", "bloquant", "very high"},
		High:   {"haute", "élevée", "forte", "important", "importante", "c3", "3"},
		Medium: {"moyenne", "modérée", "normale", "normal", "moderate", "c2", "2"},
		Low:    {"basse", "faible", "mineure", "minor", "c1", "1"},
	}
	return choicesOf(p, criticalities(), "asset.criticality_", words)
}

// choicesOf makes the choices of a closed list, with its words in both languages.
func choicesOf[T ~string](p *locale.Printer, all []T, prefix string, words map[T][]string) []bring.Choice {
	var choices []bring.Choice
	for _, one := range all {
		key := prefix + string(one)
		choices = append(choices, bring.Choice{Value: string(one), Words: append([]string{p.T(key), p.For(locale.French).T(key), p.For(locale.English).T(key)}, words[one]...)})
	}
	return choices
}
