package continuity

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// listed are the contacts of the hospital as a test compares them: name, role, telephones, mail.
func (h *house) listed() (all []string) {
	h.View(func(ctx context.Context, tx *store.Tx) error {
		contacts, err := Contacts(ctx, tx, territory.Everything(), pagetest.Hospital)
		for _, c := range contacts {
			all = append(all, strings.Join([]string{c.Name, c.Role, strings.ReplaceAll(c.Phones, "\n", " + "), c.Mail}, "|"))
		}
		return err
	})
	return all
}

// A list that an establishment has comes in as it is, is shown before it is written, and changes nothing when it comes again.
func TestAListOfContactsIsBrought(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		officer := h.officer()
		page := at + "/contacts/import"
		officer.Want("typed", officer.Post(at+"/contacts", "name", "Sacha Fictif", "role", "Direction", "phones", "01 00", "note", "a la clé"), http.StatusSeeOther)
		h.work(t)
		has(t, "the way in", officer.Get(at), "Importer une liste")
		list := "Annuaire de crise;;;;;\nNom;Prénom;Fonction;Téléphone;Portable;Mél\nFictif;Sacha;Direction;01 00;600000001;\nExemple;Alix;RSSI;02 00 / 02 01;;alix@hopital.invalid\n;;Standard;;; \n;;;03 00;;\n"
		address, shown := bringtest.Preview(t, officer, page, "annuaire.csv", []byte(list))
		has(t, "preview", shown, "Alix Exemple", "Standard", "0600000001", "La ligne n’a ni nom ni fonction.")
		if got := fmt.Sprint(h.listed()); got != "[Sacha Fictif|Direction|01 00|]" {
			t.Errorf("written before anybody agreed: %s", got)
		}
		if to := bringtest.AcceptAll(t, officer, address, shown).To(); to != at {
			t.Errorf("leads to %s", to)
		}
		want := "[Sacha Fictif|Direction|01 00 + 0600000001| Alix Exemple|RSSI|02 00 + 02 01|alix@hopital.invalid Standard|||]"
		if got := fmt.Sprint(h.listed()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		h.work(t)
		has(t, "made again, once", officer.Get(at), "n° 2")
		has(t, "in the folder", officer.Get(at+"/folder/html"), "Alix Exemple", "0600000001", "a la clé")
		_, again := bringtest.Preview(t, officer, page, "annuaire.csv", []byte(list))
		has(t, "again", again, "!rest-new", "!rest-changed")
		// An address book of a telephone: the same person with another title is known by a number, and a list that leaves somebody out may take them out.
		book := "BEGIN:VCARD\nVERSION:3.0\nFN:Alix Exemple\nTITLE:Responsable de la sécurité\nTEL:0200\nTEL:04 00\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:Biologiste d’astreinte\nORG:Laboratoire\nTEL:05 00\nEND:VCARD\n"
		address, shown = bringtest.Preview(t, officer, page, "crise.vcf", []byte(book))
		bringtest.AcceptAll(t, officer, address, shown, "retire", "1")
		want = "[Alix Exemple|Responsable de la sécurité|0200 + 04 00|alix@hopital.invalid Biologiste d’astreinte|Laboratoire|05 00|]"
		if got := fmt.Sprint(h.listed()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		var many strings.Builder
		many.WriteString("nom\n")
		for n := range maxContacts {
			fmt.Fprintf(&many, "Personne inventée %d\n", n)
		}
		address, shown = bringtest.Preview(t, officer, page, "long.csv", []byte(many.String()))
		if p := bringtest.AcceptAll(t, officer, address, shown); p.Status != http.StatusUnprocessableEntity || len(h.listed()) != 2 {
			t.Errorf("status %d, %d contacts", p.Status, len(h.listed()))
		}
	})
}

// Two people of one name are two contacts; who is told to be known keeps what the list does not say.
func TestKnown(t *testing.T) {
	list := contactList{{ID: "1", Name: "Standard", Role: "jour"}, {ID: "2", Name: "Standard", Role: "nuit"}, {ID: "3", Name: "Léo Fictif", Role: "cadre", Phones: "06 00 00 00 01"}, {ID: "4", Name: "Garde", Mail: "garde@hopital.invalid"}}
	for _, row := range []struct {
		name   string
		values map[string]string
		want   string
	}{
		{"name and role", map[string]string{"name": "STANDARD", "role": "Nuit"}, "2"},
		{"a name that tells nothing", map[string]string{"name": "Standard"}, ""},
		{"a role more", map[string]string{"name": "Garde", "role": "direction"}, "4"},
		{"the same number, written otherwise", map[string]string{"name": "leo fictif", "role": "directeur", "phones": "0600000001"}, "3"},
		{"another role and number", map[string]string{"name": "Léo Fictif", "role": "directeur", "phones": "07"}, ""},
		{"nobody", map[string]string{"name": "Autre"}, ""},
	} {
		got, ok := list.known(row.values)
		if got.ID != row.want || ok != (row.want != "") {
			t.Errorf("%s: %q", row.name, got.ID)
		}
	}
}

// A folder is in the language that the establishment chose: its words, whom to call, cards; what people wrote stays as it is.
func TestTheLanguageOfAFolder(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	officer := h.officer()
	officer.Want("service", officer.Post(at+"/services", "name", "Urgences", "procedure", "- écrire"), http.StatusSeeOther)
	h.work(t)
	has(t, "French", officer.Get(at+"/folder/html"), "lang=\"fr\"", "Qui appeler", "Dossier de crise", "!Whom to call")
	officer.Want("no such language", officer.Post(at+"/language", "language", "de"), http.StatusNotFound)
	officer.Want("English", officer.Post(at+"/language", "language", "en"), http.StatusSeeOther)
	h.work(t)
	has(t, "English", officer.Get(at+"/folder/html"), "lang=\"en\"", "Whom to call", "Crisis folder", "écrire", "Urgences", "Main courante, sheet 1 of", "!Qui appeler", "!Dossier de crise")
	has(t, "what changed", officer.Get(at), "à jour", "n° 2")
}
