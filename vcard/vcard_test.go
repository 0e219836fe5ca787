package vcard_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hygie/vcard"
)

const (
	old = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Fictif;Andr=C3=A9;;Dr\r\nTITLE:Biologiste\r\nTEL;CELL;VOICE:06 00 00 00 01\r\nTEL;WORK:poste 12\r\nTEL;WORK:poste 12\r\n" +
		"NOTE;ENCODING=QUOTED-PRINTABLE:premi=E8re ligne=0D=0A=\r\nseconde\r\nPHOTO;ENCODING=BASE64;JPEG:AAAA\r\n BBBB\r\n\r\nEND:VCARD\r\n"
	middle = "BEGIN:VCARD\nVERSION:3.0\nFN:Astreinte\\, informatique\nN:;Astreinte;;;\nORG:Hôpital;Informatique\nitem1.EMAIL;TYPE=INTERNET:astreinte@ho\n pital.invalid\nTEL;TYPE=CELL:0600000002\nEND:VCARD\n"
	newest = "begin:vcard\nversion:4.0\nfn:Standard\ntel;value=uri;type=\"voice,work\":tel:+33-2-00-00-00-00\nnote:Jour\\net nuit\nEND:VCARD\n"
)

func TestRead(t *testing.T) {
	cards, err := vcard.Read([]byte("\xef\xbb\xbf" + old + middle + newest))
	if err != nil || len(cards) != 3 {
		t.Fatalf("%d cards, %v", len(cards), err)
	}
	for i, want := range []vcard.Card{
		{Line: 1, Name: "Dr André Fictif", Title: "Biologiste", Phones: []string{"06 00 00 00 01", "poste 12"}, Note: "première ligne\nseconde"},
		{Line: 14, Name: "Astreinte, informatique", Organisation: "Hôpital, Informatique", Phones: []string{"0600000002"}, Mails: []string{"astreinte@hopital.invalid"}},
		{Line: 23, Name: "Standard", Phones: []string{"+33-2-00-00-00-00"}, Note: "Jour\net nuit"},
	} {
		got := cards[i]
		if !slices.Equal(got.Phones, want.Phones) || !slices.Equal(got.Mails, want.Mails) {
			t.Errorf("card %d: %q %q", i, got.Phones, got.Mails)
		}
		got.Phones, got.Mails, want.Phones, want.Mails = nil, nil, nil, nil
		if got.Line != want.Line || got.Name != want.Name || got.Title != want.Title || got.Organisation != want.Organisation || got.Note != want.Note {
			t.Errorf("card %d: %+v, want %+v", i, got, want)
		}
	}
}

func TestOddities(t *testing.T) {
	for _, row := range []struct{ name, file, want string }{
		{"Windows-1252", "BEGIN:VCARD\nFN:H\xe9l\xe8ne Fictive\nEND:VCARD\n", "Hélène Fictive"},
		{"a card within a card", "BEGIN:VCARD\nFN:Chef\nAGENT:\nBEGIN:VCARD\nFN:Secrétaire\nEND:VCARD\nTEL:1\nEND:VCARD\n", "Chef"},
		{"no name: the organisation", "BEGIN:VCARD\nORG:Laboratoire\nTEL:1\nEND:VCARD\n", "Laboratoire"},
		{"nothing in it", "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", ""},
		{"a picture of a megabyte", "BEGIN:VCARD\nFN:Avec photo\nPHOTO:" + strings.Repeat("A", 1<<20) + "\nPHOTO:\n" + strings.Repeat(" AAAA\n", 20_000) + "END:VCARD\n", "Avec photo"},
		{"words between cards", "BEGIN:VCARD\nFN:Un\nEND:VCARD\n\nrien\nBEGIN:VCARD\nFN:Deux\nEND:VCARD", "Un Deux"},
	} {
		cards, err := vcard.Read([]byte(row.file))
		var names []string
		for _, c := range cards {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != row.want {
			t.Errorf("%s: %q, %v", row.name, got, err)
		}
	}
}

func TestFaults(t *testing.T) {
	if _, err := vcard.Read([]byte("Nom;Téléphone\n")); !errors.Is(err, vcard.ErrNotCards) || vcard.Is([]byte("Nom;Téléphone\n")) {
		t.Errorf("a table: %v", err)
	}
	for _, row := range []struct{ name, file, want string }{
		{"cut", middle[:40], "line 3: the card of line 1 does not end"},
		{"too many", strings.Repeat("BEGIN:VCARD\nFN:x\nEND:VCARD\n", vcard.MaxCards+1), "more than 5000 cards"},
	} {
		if _, err := vcard.Read([]byte(row.file)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	for _, file := range []string{old, "\r\n" + newest, "\xef\xbb\xbf" + middle} {
		if !vcard.Is([]byte(file)) {
			t.Errorf("%.20q is an address book", file)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{old, middle, newest, old[:90]} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		cards, err := vcard.Read(file)
		if err != nil && cards != nil || len(cards) > vcard.MaxCards {
			t.Fatalf("%d cards, %v", len(cards), err)
		}
		for _, c := range cards {
			for _, text := range append([]string{c.Name, c.Title, c.Organisation, c.Note}, append(c.Phones, c.Mails...)...) {
				if !utf8.ValidString(text) || strings.TrimSpace(text) != text {
					t.Fatalf("%q", text)
				}
			}
		}
	})
}
