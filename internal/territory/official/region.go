package official

import (
	"slices"
	"strings"
)

// Region is a region of France, or an overseas collectivity that has no region.
type Region struct {
	Code        string // INSEE code of the region (COG); of the collectivity when there is no region
	Name        string
	Departments []string
}

// regions follows the Code officiel géographique of INSEE (regions in force since 2016). Saint-Barthélemy and
// Saint-Martin depend on the agency of Guadeloupe (Code de la santé publique, L1441-1).
var regions = []Region{
	{"01", "Guadeloupe", []string{"971", "977", "978"}},
	{"02", "Martinique", []string{"972"}},
	{"03", "Guyane", []string{"973"}},
	{"04", "La Réunion", []string{"974"}},
	{"06", "Mayotte", []string{"976"}},
	{"11", "Île-de-France", []string{"75", "77", "78", "91", "92", "93", "94", "95"}},
	{"24", "Centre-Val de Loire", []string{"18", "28", "36", "37", "41", "45"}},
	{"27", "Bourgogne-Franche-Comté", []string{"21", "25", "39", "58", "70", "71", "89", "90"}},
	{"28", "Normandie", []string{"14", "27", "50", "61", "76"}},
	{"32", "Hauts-de-France", []string{"02", "59", "60", "62", "80"}},
	{"44", "Grand Est", []string{"08", "10", "51", "52", "54", "55", "57", "67", "68", "88"}},
	{"52", "Pays de la Loire", []string{"44", "49", "53", "72", "85"}},
	{"53", "Bretagne", []string{"22", "29", "35", "56"}},
	{"75", "Nouvelle-Aquitaine", []string{"16", "17", "19", "23", "24", "33", "40", "47", "64", "79", "86", "87"}},
	{"76", "Occitanie", []string{"09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"}},
	{"84", "Auvergne-Rhône-Alpes", []string{"01", "03", "07", "15", "26", "38", "42", "43", "63", "69", "73", "74"}},
	{"93", "Provence-Alpes-Côte d’Azur", []string{"04", "05", "06", "13", "83", "84"}},
	{"94", "Corse", []string{"2A", "2B"}},
	{"975", "Saint-Pierre-et-Miquelon", []string{"975"}},
	{"986", "Wallis-et-Futuna", []string{"986"}},
	{"987", "Polynésie française", []string{"987"}},
	{"988", "Nouvelle-Calédonie", []string{"988"}},
}

// Regions lists the regions in order of their code.
func Regions() []Region {
	all := slices.Clone(regions)
	for i := range all {
		all[i].Departments = slices.Clone(all[i].Departments)
	}
	return all
}

// RegionOf returns the region that a department belongs to; false for a code that is no department.
func RegionOf(department string) (Region, bool) {
	for _, region := range regions {
		if slices.Contains(region.Departments, department) {
			return region, true
		}
	}
	return Region{}, false
}

// finessDepartments are the codes that FINESS's stock file uses overseas instead of the official ones.
var finessDepartments = map[string]string{
	"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976", "9J": "986", "9K": "987", "9L": "988",
}

// DepartmentOf turns a department as sources write it into the official code: "1" and "01" are 01, "9A" is 971, "20" stays unknown, since Corsica has
// two. It returns an empty text for what is no department.
func DepartmentOf(code string) string {
	code = strings.ToUpper(strings.TrimSpace(code))
	if official, known := finessDepartments[code]; known {
		return official
	}
	if len(code) == 1 {
		code = "0" + code
	}
	if _, known := RegionOf(code); known {
		return code
	}
	return ""
}

// DepartmentOfCommune gives the department of an INSEE commune code of five characters, or an empty text.
func DepartmentOfCommune(commune string) string {
	if len(commune) != 5 {
		return ""
	}
	if strings.HasPrefix(commune, "97") || strings.HasPrefix(commune, "98") {
		return DepartmentOf(commune[:3])
	}
	return DepartmentOf(commune[:2])
}

// DepartmentOfFiness gives the department in which a FINESS number was first given: its first two characters, or four
// overseas (9701 is Guadeloupe, 9805 Mayotte, 9806 Wallis-et-Futuna). A structure may have moved since, so its address is better.
func DepartmentOfFiness(number string) string {
	if len(number) != 9 {
		return ""
	}
	if !strings.HasPrefix(number, "97") && !strings.HasPrefix(number, "98") {
		return DepartmentOf(number[:2])
	}
	switch number[:4] {
	case "9701", "9702", "9703", "9704", "9705", "9706":
		return "97" + number[3:4]
	case "9805":
		return "976"
	case "9806":
		return "986"
	}
	return ""
}
