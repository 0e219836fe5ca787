package world

import (
	"fmt"
	"strings"
)

// People are made of common first names and of surnames put together from syllables: the result sounds French and is nobody.

var firstNames = strings.Fields("Agathe Alban Aline Amélie Anatole Anna Antonin Arthur Aude Axel Basile Bérénice Blaise Brune Camille " +
	"Capucine Céleste Chloé Clarisse Cléo Colin Constance Corentin Cyprien Daphné Diane Edgar Eléonore Élie Élise Éloïse Émile Estelle " +
	"Fanny Félix Flavie Florian Gabin Gaspard Hélène Héloïse Hermine Honorine Inès Iris Isaure Jeanne Joachim Jules Justine Lazare " +
	"Léonie Léopold Lila Lise Lison Louise Lubin Lucie Ludivine Maël Maïa Malo Margot Marin Mathilde Maud Maxence Mélina Modeste Nina " +
	"Noé Octave Odile Oriane Pauline Perrine Prune Quentin Raphaël Rémi Romane Rose Sabine Salomé Siméon Solène Suzanne Tess Théa " +
	"Théodore Thibault Tristan Ulysse Valentin Victoire Violette Xavier Yaël Ysé Zélie Zoé")

var surnameStarts = strings.Fields("Arbel Auvri Balan Bercou Bréva Calvé Cerno Charvel Cordé Corval Daubre Délan Dorvi Escar Évrel Falvi " +
	"Ferno Galva Gerbi Hauvel Hermo Jarlan Jolvé Kerva Lambré Lorvé Mauvi Merval Morlan Naubri Nervi Orvel Palvé Perlo Quérvi Ravel " +
	"Renvi Rolvé Salvri Servo Talvé Tournel Ulvri Valdré Vernou Volvi Yverno")

var surnameEnds = strings.Fields("aille andin ard audin bert bier bois chard chet court dier dray ette fort gnon guet lain landes lier " +
	"meau mont nard neuil nier pont quin rand reau rel rieu rol rond saint ssac taud tier tonne val vert vigne ville voix")

// Services are the departments of the hospital; each has its units, groups and delegations (docs/formats/directory-generated.md).
var Services = []string{
	"Urgences", "Réanimation", "Cardiologie", "Pneumologie", "Neurologie", "Pédiatrie", "Maternité", "Gériatrie", "Chirurgie",
	"Bloc opératoire", "Anesthésie", "Oncologie", "Néphrologie", "Psychiatrie", "Imagerie", "Biologie", "Pharmacie", "Stérilisation",
	"Admissions", "Secrétariat médical", "Ressources humaines", "Finances", "Logistique", "Services techniques",
}

// person is an invented employee.
type person struct {
	name    string // as it stands in the directory
	Account string
}

// Person gives employee number i; two numbers never give the same name.
func (w *World) Person(i int) person {
	// An affine walk through the combinations: a prime step reaches each of them once before the first comes back.
	n := len(firstNames) * len(surnameStarts) * len(surnameEnds)
	k := (i*104729 + int(w.Asked.Seed%1_000_003)*7919) % n
	first := firstNames[k%len(firstNames)]
	k /= len(firstNames)
	last := surnameStarts[k%len(surnameStarts)] + surnameEnds[k/len(surnameStarts)]
	name := fmt.Sprintf("%s %s", strings.ToUpper(last), first)
	if round := i / n; round > 0 {
		name = fmt.Sprintf("%s %d", name, round+1)
	}
	return person{name: name, Account: fmt.Sprintf("%s%06d", plain(first)[:1]+plain(last)[:3], i)}
}

// plain keeps the letters of a name, accents dropped, in lower case, and makes sure that there are four.
func plain(s string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		switch c {
		case 'à', 'â':
			c = 'a'
		case 'ç':
			c = 'c'
		case 'é', 'è', 'ê', 'ë':
			c = 'e'
		case 'ï', 'î':
			c = 'i'
		case 'ô':
			c = 'o'
		case 'ù', 'û':
			c = 'u'
		}
		if c >= 'a' && c <= 'z' {
			b.WriteRune(c)
		}
	}
	return b.String() + "xxxx"
}
