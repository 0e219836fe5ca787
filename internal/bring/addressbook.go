package bring

import (
	"fmt"
	"strings"

	"hygie/sheet"
	"hygie/vcard"
)

// AddressBook is the format of address books (vCard), a card a row, under the names "name", "title", "organisation", "phones", "mails" and "note". Several telephones
// and several addresses stand one a line.
func AddressBook() Format {
	return Format{Is: vcard.Is, Read: func(file []byte) (sheet.Book, error) {
		cards, err := vcard.Read(file)
		if err != nil {
			return sheet.Book{}, fmt.Errorf("%w: %w", sheet.ErrNotTable, err)
		}
		rows := make([][]string, len(cards))
		for i, c := range cards {
			rows[i] = []string{c.Name, c.Title, c.Organisation, strings.Join(c.Phones, "\n"), strings.Join(c.Mails, "\n"), c.Note}
		}
		return Tabled("vCard", []string{"name", "title", "organisation", "phones", "mails", "note"}, rows), nil
	}}
}

// ContactFormats are the endings of files that lists of people come in.
const ContactFormats = ".csv,.xlsx,.ods,.vcf"
