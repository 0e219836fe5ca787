package demo

import (
	"fmt"
	"strings"

	"hygie/internal/territory"
)

// towns are made up, each chosen to sound like none that exists.
var towns = [...]string{
	"Ormelune", "Sorbefont", "Tiliaume", "Vernoisec", "Aubréelle", "Castelombre", "Fontégrise", "Lunerive", "Noirétang", "Pierrelande",
	"Roselargue", "Sauvelière", "Trembleroy", "Ysoline", "Bourvallon", "Chantebrise", "Doucelune", "Épinerolle", "Gravelombe", "Hêtrenoir",
	"Joncheveille", "Larmandelle", "Mirevolte", "Nacrefeuille", "Ombrevigne", "Passeloup-le-Gris", "Quercelune", "Rivebrune-les-Eaux",
	"Sablombre", "Tournefeuil-le-Vieux", "Vaucendre", "Zéphirolles", "Brumevallée", "Clairétoile", "Dormelande", "Feuillardises",
}

// flowers name the residences.
var flowers = [...]string{"Glycines", "Tilleuls", "Mésanges", "Aubépines", "Genêts", "Bruyères", "Coquelicots", "Marronniers", "Hirondelles", "Lavandes", "Noisetiers", "Pervenches"}

// place gives the next town with its postal code.
func (b *builder) place() (city, postalCode string) {
	i := b.town % len(towns)
	b.town++
	return towns[i], fmt.Sprintf("99%03d", 100+10*i)
}

// of writes "de" before a town, with its elision.
func of(city string) string {
	if strings.ContainsAny(territory.Fold(city)[:1], "aeiouyh") {
		return "d’" + city
	}
	return "de " + city
}

func (b *builder) build() World {
	var w World
	w.Nation = b.add(territory.Draft{Kind: territory.Nation, Name: "France (démonstration)"})
	w.Region = b.add(territory.Draft{Parent: w.Nation, Kind: territory.Region, Code: "DEMO", Name: "Région de démonstration"})
	w.Agency = b.entity(w.Region, "ARS de démonstration", "", "")
	w.Support = b.entity(w.Region, "GRADeS de démonstration", "", "")
	for i, name := range []string{"GHT de la Brume", "GHT des Trois-Lunes", "GHT du Val d’Ambrelle"} {
		w.Groups = append(w.Groups, b.ght(w.Region, name, fmt.Sprintf("DEMO-%02d", i+1), 5+i))
	}
	w.Hospital, w.SmallHospital = w.Groups[0].Support, w.Groups[0].Members[1]
	for i := range 24 {
		clinic := b.clinic(w.Region, i)
		if i == 0 {
			w.Clinic = clinic
			b.join(w.Groups[0].ID, clinic, territory.Partner)
		}
	}
	for i, name := range []string{"Fondation des Quatre-Brumes", "Union mutualiste de démonstration", "Groupe d’essai Âge et Douceur"} {
		operator, first := b.operator(w.Region, name, fmt.Sprintf("DEMO-OG-%d", i+1), 3+i)
		if i == 0 {
			w.Operator, w.NursingHome = operator, first
		}
	}
	for i := range 10 {
		b.association(w.Region, i)
	}
	return w
}

func (b *builder) entity(parent territory.ID, name, city, postalCode string) territory.ID {
	siren := b.siren()
	id := b.add(territory.Draft{Parent: parent, Kind: territory.Entity, Name: name, Finess: b.finess(), Siren: siren, City: city, PostalCode: postalCode})
	b.sirens[id] = siren
	return id
}

func (b *builder) site(entity territory.ID, name, category, label, city, postalCode string) territory.ID {
	b.sites[entity]++
	siret := withKey(fmt.Sprintf("%s%04d", b.sirens[entity], b.sites[entity]))
	return b.add(territory.Draft{
		Parent: entity, Kind: territory.Establishment, Name: name, Finess: b.finess(), Siret: siret, Category: category, CategoryLabel: label, City: city, PostalCode: postalCode,
	})
}

// Labels of the categories in use here.
const (
	labelHospital   = "Centre hospitalier (CH)"
	labelPsychiatry = "Centre hospitalier spécialisé de lutte contre les maladies mentales"
	labelCare       = "Établissement de soins pluridisciplinaire"
	labelDialysis   = "Structure d’alternative à la dialyse en centre"
	labelNursing    = "Établissement d’hébergement pour personnes âgées dépendantes (EHPAD)"
	labelHome       = "Service de soins infirmiers à domicile (SSIAD)"
	labelDisabled   = "Maison d’accueil spécialisée (MAS)"
)

// ght makes a group with a support hospital and members, the last of them for psychiatry.
func (b *builder) ght(region territory.ID, name, code string, members int) GroupOf {
	g := GroupOf{ID: b.add(territory.Draft{Parent: region, Kind: territory.Group, GroupKind: territory.GHT, Code: code, Name: name})}
	for i := range members {
		city, postalCode := b.place()
		title, beds, role := "Centre hospitalier "+of(city), 80+b.random.IntN(220), territory.Party
		if i == 0 {
			title, beds, role = "Centre hospitalier intercommunal "+of(city), 700+b.random.IntN(500), territory.Support
		}
		category, label := "355", labelHospital
		if i == members-1 {
			title, category, label = "Centre hospitalier spécialisé "+of(city), "292", labelPsychiatry
		}
		id := b.entity(g.ID, title, city, postalCode)
		b.join(g.ID, id, role)
		b.measure(id, beds)
		b.hospitalSites(id, i, title, category, label, city, postalCode)
		g.Members = append(g.Members, id)
	}
	g.Support = g.Members[0]
	return g
}

func (b *builder) hospitalSites(id territory.ID, rank int, title, category, label, city, postalCode string) {
	b.site(id, title+", site principal", category, label, city, postalCode)
	b.site(id, "EHPAD du "+strings.ToLower(title[:1])+title[1:], "500", labelNursing, city, postalCode)
	if rank == 0 {
		b.site(id, "Unité de dialyse "+of(city), "146", labelDialysis, city, postalCode)
		b.site(id, "SSIAD "+of(city), "354", labelHome, city, postalCode)
	}
}

// clinic makes a private company with one or two sites.
func (b *builder) clinic(region territory.ID, i int) territory.ID {
	city, postalCode := b.place()
	name := "Clinique " + of(city)
	if i >= 18 {
		name = "Polyclinique " + of(city)
	}
	id := b.entity(region, name, city, postalCode)
	b.measure(id, 40+b.random.IntN(160))
	b.site(id, name, "365", labelCare, city, postalCode)
	if i%3 == 0 {
		b.site(id, name+", hôpital de jour", "365", labelCare, city, postalCode)
	}
	return id
}

// operator makes an organisme gestionnaire of several legal entities, each with nursing homes.
func (b *builder) operator(region territory.ID, name, code string, entities int) (group, first territory.ID) {
	group = b.add(territory.Draft{Parent: region, Kind: territory.Group, GroupKind: territory.Operator, Code: code, Name: name})
	for i := range entities {
		city, postalCode := b.place()
		id := b.entity(group, fmt.Sprintf("%s, pôle %s", name, of(city)), city, postalCode)
		b.join(group, id, territory.Party)
		b.homes(id, 4, city, postalCode)
		if i == 0 {
			first = id
		}
	}
	return group, first
}

// association makes a legal entity with a few establishments of its own.
func (b *builder) association(region territory.ID, i int) {
	city, postalCode := b.place()
	id := b.entity(region, fmt.Sprintf("Association %s d’entraide (démonstration)", city), city, postalCode)
	b.homes(id, 2+i%3, city, postalCode)
	b.site(id, "MAS "+of(city), "255", labelDisabled, city, postalCode)
}

// homes adds nursing homes to an entity.
func (b *builder) homes(id territory.ID, n int, city, postalCode string) {
	beds := 0
	for range n {
		b.site(id, fmt.Sprintf("Résidence Les %s %s", flowers[b.number%len(flowers)], of(city)), "500", labelNursing, city, postalCode)
		beds += 60 + b.random.IntN(40)
	}
	b.measure(id, beds)
}
