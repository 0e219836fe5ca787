package incident

import (
	"maps"
	"slices"
	"testing"

	"hygie/internal/territory/official"
)

// published are the figures as they were printed, copied by hand from the documents and not from the data file.
var published = map[string]map[int]int64{
	"declarations": {2018: 327, 2019: 392, 2020: 369, 2021: 733, 2022: 592, 2023: 581}, // Pays de la Loire, November 2023 (2019 to 2022); press (2018); observatory (2023)
	"region":       {2019: 36, 2020: 31, 2021: 54, 2022: 49, 2023: 43},                 // Pays de la Loire, until November 2023
	"structures":   {2018: 247, 2019: 300, 2021: 582, 2022: 432},
	"ransomware":   {2023: 32, 2024: 40},
	"social":       {2022: 87}, // regional presentation, 2023
	"malicious":    {2023: 50},
	"care":         {2023: 35},
	"no_effect":    {2022: 58, 2023: 53},
	"degraded":     {2022: 39, 2023: 32},
	"data":         {2022: 63},
}

func TestHistoryIsWhatWasPublished(t *testing.T) {
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, s := range d.Series {
		seen = append(seen, s.ID)
		got := map[int]int64{}
		for _, p := range s.Points {
			got[p.Year] = p.Count
		}
		if !maps.Equal(got, published[s.ID]) || len(got) != len(s.Points) {
			t.Errorf("%s is %v, want %v", s.ID, got, published[s.ID])
		}
		if s.Source == "" || s.Mark != "sourced" && s.Mark != "unsure" {
			t.Errorf("%s: source %q, mark %q", s.ID, s.Source, s.Mark)
		}
	}
	if slices.Sort(seen); !slices.Equal(seen, slices.Sorted(maps.Keys(published))) {
		t.Errorf("the series are %v", seen)
	}
}

// Every region has somebody to call or says that it must write the number, and every number has its source.
func TestContactsOfEveryRegion(t *testing.T) {
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range d.Contacts {
		if k.Source == "" || k.Mark != "sourced" && k.Mark != "unsure" || k.Phone == "" && k.Web == "" && !k.Fill || k.Fill && k.Phone != "" {
			t.Errorf("%s: %+v", k.ID, k)
		}
	}
	without := []string{"84", "94", "975", "986", "987"} // nobody is named for these, but in Corsica, which has an address and no number
	for _, r := range official.Regions() {
		c := d.callsFor([]Family{"nursing"}, r.Code, nil, nil)
		phones := map[string]int{}
		for _, k := range slices.Concat(c.First, c.Also) {
			if k.For == "csirt" || k.ID == "csirt" {
				phones[k.Phone]++
			}
		}
		if len(phones) != 1 || (phones[""] == 1) != slices.Contains(without, r.Code) {
			t.Errorf("%s %s: %v", r.Code, r.Name, phones)
		}
		if c.First[0].ID != "cert-sante" || c.First[0].Phone != "09 72 43 91 25" {
			t.Errorf("%s calls %s first", r.Name, c.First[0].ID)
		}
	}
}
