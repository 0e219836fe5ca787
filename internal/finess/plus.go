package finess

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"hygie/internal/territory/official"
)

// The JSON shapes, after schema-structures-v1. Only what is used is listed. Names are compared without regard to case, which
// covers the variants met so far (informationsGeneralesPMEJ, …Pmej); the identifier of a legal person was also published as pm_smsseId.
type (
	plusEntity struct {
		Info struct {
			plusPersonID
			Finess    string `json:"numFinessPm"`
			Siren     string `json:"siren"`
			Name      string `json:"denominationPm"`
			LongName  string `json:"denominationLonguePmSmsse"`
			ClosedOn  string `json:"dateFermeture"`
			StateHere string `json:"etatObjet"`
		} `json:"informationsGeneralesPMEJ"`
		Addresses []plusAddress `json:"adresse"`
		Sites     []plusSite    `json:"ege"`
		State     string        `json:"etatObjet"`
	}
	plusSite struct {
		Info struct {
			ID       string `json:"egeId"`
			Finess   string `json:"numFinessEge"`
			Siret    string `json:"siret"`
			Name     string `json:"nomEgeCourt"`
			LongName string `json:"nomEgeLong"`
			ClosedOn string `json:"dateFermeture"`
		} `json:"informationsGeneralesEGE"`
		Category  string        `json:"categorieentiteGeographiqueExercice"`
		Addresses []plusAddress `json:"adresse"`
		State     string        `json:"etatObjet"`
	}
	plusAddress struct {
		Use        string `json:"usageAdresse"`
		Commune    string `json:"cogCommune"`
		City       string `json:"ligneAcheminement"`
		PostalCode string `json:"codePostal"`
	}
	plusGroup struct {
		ID       string       `json:"gccId"`
		Name     string       `json:"nomGcc"`
		Kind     string       `json:"typeGcc"`
		External string       `json:"gccIdentifiantExterne"`
		Number   string       `json:"numFinessGcc"` // what later files call the external identifier
		State    string       `json:"etatObjet"`
		Persons  []plusMember `json:"pmejDuGcc"`
		Sites    []plusMember `json:"egeDuGcc"`
	}
	plusMember struct {
		plusPersonID
		SiteID string `json:"egeId"`
		Role   string `json:"typeRoleEntiteGroupe"`
	}
	plusPersonID struct {
		PersonID  string `json:"pmSmsseId"`
		PersonID2 string `json:"pm_smsseId"`
	}
)

func (id plusPersonID) person() string { return cmp.Or(id.PersonID, id.PersonID2) }

// Address uses of the nomenclature TRE-R377.
const (
	useSeat = "02"
	useSite = "03"
)

// plusReader reads the FINESS+ form.
type plusReader struct {
	file    *File
	limits  Limits
	meter   *meter
	decoder *json.Decoder
	path    string            // where we are
	persons map[string]string // technical identifier of a legal person → FINESS number
	sites   map[string]string // of an establishment
	seen    map[string]string // FINESS number with its kind → path
	groups  []plusGroup       // the groups come before their members
	places  []string          // the path of each group
	intern  map[string]string
	found   bool // the list of legal persons was there
}

func readPlus(r *bufio.Reader, m *meter, limits Limits) (*File, error) {
	p := &plusReader{
		file: &File{Form: Plus}, limits: limits, meter: m, decoder: json.NewDecoder(r),
		persons: make(map[string]string), sites: make(map[string]string), seen: make(map[string]string), intern: make(map[string]string),
	}
	if err := p.document(); err != nil {
		return nil, p.explain(err)
	}
	if !p.found {
		return nil, errors.New(`the JSON has no list "pmej": this is not the FINESS+ file of the structures`)
	}
	p.resolve()
	return p.file, nil
}

// explain adds the place to an error that ends the reading.
func (p *plusReader) explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errors.New("the file ends too early: it was not downloaded whole")
	}
	if p.path == "" {
		return fmt.Errorf("byte %d: %w", p.decoder.InputOffset(), err)
	}
	return fmt.Errorf("%s, byte %d: %w", p.path, p.decoder.InputOffset(), err)
}

// document reads the outermost object.
func (p *plusReader) document() error {
	if _, err := p.decoder.Token(); err != nil { // the opening brace, seen before
		return err
	}
	for p.decoder.More() {
		p.allow()
		token, err := p.decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // an object's key is always text
		p.path = shorten(key)
		switch strings.ToLower(key) {
		case "generatedat":
			err = p.date()
		case "pmej":
			p.found = true
			err = p.each(key, p.entity)
		case "gcc":
			err = p.each(key, p.group)
		default: // schemaVersion, gco and whatever comes later
			err = p.skip()
		}
		if err != nil {
			return err
		}
	}
	p.allow()
	if _, err := p.decoder.Token(); err != nil {
		return err
	}
	p.path = ""
	if _, err := p.decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end of the JSON")
	}
	return nil
}

// allow gives the next value its share of bytes.
func (p *plusReader) allow() { p.meter.element = p.meter.n + p.limits.Element }

func (p *plusReader) date() error {
	var text any
	if err := p.decoder.Decode(&text); err != nil {
		return err
	}
	value, _ := text.(string)
	if p.file.Date = day(value); p.file.Date == "" {
		p.wrong(false, NoHeader, fmt.Sprint(text), "")
	}
	return nil
}

// skip passes over a value without keeping it.
func (p *plusReader) skip() error {
	depth := 0
	for {
		p.allow()
		token, err := p.decoder.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// each calls read at every element of a list. Null stands for an empty list.
func (p *plusReader) each(key string, read func() error) error {
	token, err := p.decoder.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return fmt.Errorf("%s is not a list", key)
	}
	for i := 0; p.decoder.More(); i++ {
		p.path = fmt.Sprintf("%s[%d]", key, i)
		p.allow()
		if err := read(); err != nil {
			return err
		}
	}
	p.allow()
	_, err = p.decoder.Token()
	return err
}

// decode reads one element; ok is false when it has not the shape of the schema, which leaves it out.
func (p *plusReader) decode(into any) (ok bool, err error) {
	err = p.decoder.Decode(into)
	if shape, wrong := errors.AsType[*json.UnmarshalTypeError](err); wrong {
		p.wrong(true, BadShape, shape.Value, shape.Field)
		return false, nil
	}
	return err == nil, err
}

func (p *plusReader) wrong(fatal bool, code Code, value, detail string) {
	p.file.report(p.limits.Problems, Problem{Path: p.path, Fatal: fatal, Code: code, Value: value, Detail: detail})
}

func (p *plusReader) count() error {
	p.file.Rows++
	if p.file.Rows > p.limits.Rows {
		return fmt.Errorf("more than %d structures", p.limits.Rows)
	}
	return nil
}

func (p *plusReader) entity() error {
	var raw plusEntity
	if err := p.count(); err != nil {
		return err
	}
	if ok, err := p.decode(&raw); !ok {
		return err
	}
	number := official.CleanFiness(raw.Info.Finess)
	if !p.number("EJ", number, raw.Info.Finess) {
		return nil // its establishments would have no place
	}
	e := Entity{
		Finess: number, Siren: strings.Join(strings.Fields(raw.Info.Siren), ""),
		Name:     cmp.Or(clean(raw.Info.LongName), clean(raw.Info.Name)),
		ClosedOn: day(raw.Info.ClosedOn), Active: active(cmp.Or(raw.State, raw.Info.StateHere), raw.Info.ClosedOn),
	}
	p.name(e.Name, number)
	if e.Siren != "" && (len(e.Siren) != 9 || !onlyDigits(e.Siren)) {
		p.wrong(false, BadSiren, e.Siren, "")
		e.Siren = ""
	}
	e.PostalCode, e.City, e.Department = p.address(raw.Addresses, useSeat, number)
	if e.Department == "" && e.Active {
		p.wrong(true, BadDepartment, number, "")
		return nil
	}
	e.Name = cmp.Or(e.Name, number)
	p.file.Entities = append(p.file.Entities, e)
	if id := raw.Info.person(); id != "" {
		p.persons[id] = number
	}
	place := p.path
	for i := range raw.Sites {
		p.path = fmt.Sprintf("%s.ege[%d]", place, i)
		if err := p.site(&raw.Sites[i], &e); err != nil {
			return err
		}
	}
	p.path = place
	return nil
}

func (p *plusReader) site(raw *plusSite, owner *Entity) error {
	if err := p.count(); err != nil {
		return err
	}
	number := official.CleanFiness(raw.Info.Finess)
	if !p.number("ET", number, raw.Info.Finess) {
		return nil
	}
	e := Establishment{
		Finess: number, Entity: owner.Finess, Siret: strings.Join(strings.Fields(raw.Info.Siret), ""),
		Name:     cmp.Or(clean(raw.Info.LongName), clean(raw.Info.Name)),
		Category: strings.TrimSpace(raw.Category),
		ClosedOn: day(raw.Info.ClosedOn), Active: active(raw.State, raw.Info.ClosedOn),
	}
	p.name(e.Name, number)
	e.Name = cmp.Or(e.Name, number)
	if e.Siret != "" && (len(e.Siret) != 14 || !onlyDigits(e.Siret)) {
		p.wrong(false, BadSiret, e.Siret, "")
		e.Siret = ""
	}
	if known, ok := CategoryOf(e.Category); ok {
		e.Category, e.CategoryLabel = known.Code, known.Label
	} else if e.Active { // closed sites carry codes of former nomenclatures
		p.wrong(false, BadCategory, e.Category, "")
		if len(e.Category) != 3 || !onlyDigits(e.Category) {
			e.Category = ""
		}
	}
	e.PostalCode, e.City, e.Department = p.address(raw.Addresses, useSite, number)
	e.Department = cmp.Or(e.Department, owner.Department)
	p.file.Establishments = append(p.file.Establishments, e)
	if raw.Info.ID != "" {
		p.sites[raw.Info.ID] = number
	}
	return nil
}

// number checks the FINESS number of an entity (EJ) or an establishment (ET), and that it is new.
func (p *plusReader) number(kind, number, published string) bool {
	if !official.ValidFiness(number) {
		p.wrong(true, BadFiness, published, "")
		return false
	}
	if before, twice := p.seen[kind+number]; twice {
		p.wrong(true, Duplicate, number, before)
		return false
	}
	p.seen[kind+number] = p.path
	if !official.FinessKey(number) {
		p.wrong(false, BadKey, number, "")
	}
	return true
}

// name checks a name; the number stands in when there is none.
func (p *plusReader) name(name, number string) {
	switch {
	case name == "":
		p.wrong(false, NoName, number, "")
	case damaged(name):
		p.wrong(false, BadEncoding, name, "")
	}
}

// address chooses the address of the wanted use, else the first.
func (p *plusReader) address(all []plusAddress, use, number string) (postalCode, city, department string) {
	var chosen plusAddress
	for i, a := range all {
		if i == 0 || a.Use == use && chosen.Use != use {
			chosen = a
		}
	}
	_, city = routing(chosen.City)
	postalCode = strings.TrimSpace(chosen.PostalCode)
	if len(postalCode) != 5 || !onlyDigits(postalCode) {
		postalCode = ""
	}
	department = cmp.Or(official.DepartmentOfCommune(strings.ToUpper(strings.TrimSpace(chosen.Commune))), official.DepartmentOfFiness(number))
	return p.same(postalCode), p.same(city), department
}

// active reads the administrative state (nomenclature TRE-R386: A or I); without one, a date of closing decides.
func active(state, closedOn string) bool {
	switch strings.ToUpper(strings.TrimSpace(state)) {
	case "A":
		return true
	case "I":
		return false
	}
	return strings.TrimSpace(closedOn) == ""
}

func (p *plusReader) same(text string) string {
	if one, known := p.intern[text]; known {
		return one
	}
	p.intern[text] = text
	return text
}
