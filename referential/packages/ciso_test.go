package packages

import (
	"reflect"
	"testing"

	"hygie/referential"
)

// What comes with hygie goes to CISO Assistant and back; from then on nothing changes any more, and sources keep their marks.
func TestCISOAndBackIsStable(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	through := func(p *referential.Package) *referential.Package {
		data, _, err := referential.WriteCISO(p)
		if err != nil {
			t.Fatal(err)
		}
		q, _, err := referential.ReadCISO(p.ID, data)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	for _, p := range all {
		t.Run(p.ID, func(t *testing.T) {
			once := through(p)
			if once.Version != p.Version || once.Source.Mark != p.Source.Mark || once.Source.Text != p.Source.Text {
				t.Errorf("version %s, source %+v", once.Version, once.Source)
			}
			after := once.Requirements()
			for i, r := range p.Requirements() {
				if after[i].Code != r.Code || after[i].Title != r.Title || after[i].Source.Mark != r.Source.Mark || after[i].Source.Text != r.Source.Text {
					t.Errorf("%s becomes %+v", r.Code, after[i].Line)
				}
			}
			for _, c := range referential.Diff(once, through(once)) {
				t.Errorf("the second time: %s %s: %.300v", c.What, c.Code, c.Fields)
			}
		})
	}
}

// The links between the packages go there and come back too.
func TestLinksGoToCISOAndBack(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Links()
	if err != nil {
		t.Fatal(err)
	}
	data, err := referential.WriteCISOMap(m, all)
	if err != nil {
		t.Fatal(err)
	}
	back, notes, err := referential.ReadCISOMap("links.yaml", data, all)
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	back.Source, m.Source = referential.Source{}, referential.Source{}
	for i := range m.Pairs { // addresses and days of sources have no place there
		m.Pairs[i].Source.URL, m.Pairs[i].Source.ReadOn = "", back.Pairs[i].Source.ReadOn
	}
	if !reflect.DeepEqual(m, back) {
		t.Errorf("%+v\nbecomes\n%+v", m, back)
	}
}
