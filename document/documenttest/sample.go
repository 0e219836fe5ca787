// Package documenttest holds documents that the tests of every writer share: one of each block, and one of hostile text.
package documenttest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"time"

	"hygie/document"
)

// Sample shows each kind of block once. All of it is invented.
func Sample() document.Document {
	return document.Document{
		Title: "Récépissé de dépôt", Subtitle: "Hôpital du Lac (fictif)", Language: "fr", Author: "hygie",
		Date: time.Date(2026, 3, 29, 1, 59, 59, 0, time.UTC), Header: "Hôpital du Lac (fictif)", Footer: "Dossier D1-0042", Banner: "EXERCICE",
		Blocks: []document.Block{
			document.Heading{Level: 2, Text: "Ce qui a été déposé"},
			document.Paragraph{Spans: []document.Span{{Text: "Le dossier "}, {Text: "D1-0042", Bold: true}, {Text: " est vérifiable ; voir "},
				{Text: "la notice", Link: "https://hygie.example/notice?a=(b)"}, {Text: "."}}},
			document.List{Items: document.Items("un œuf", "deux « œufs »")},
			document.List{Style: document.Numbers, Items: document.Items("d’abord", "ensuite")},
			document.List{Style: document.Boxes, Items: document.Items("débrancher le réseau", "ne pas éteindre")},
			document.Heading{Level: 3, Text: "Montants"},
			document.Pairs{Rows: []document.Pair{{Name: "Plafond", Value: "1 234,56 €"}, {Name: "Date", Value: "29 mars 2026"}}},
			document.Table{Caption: "Preuves", Columns: []document.Column{{Name: "Nom", Header: true}, {Name: "Taille", Right: true}},
				Rows: [][]string{{"rapport.pdf", "12 ko"}, {"annexe.ods"}}},
			document.Note{Label: "Attention", Spans: document.Text("Ceci est un exemple.")},
			document.Image{Data: Picture(), Alt: "Un dégradé", Caption: "Figure 1", Width: 0.2},
			document.Code{Text: "HYGIE:FEUILLE:12", Caption: "Feuille 12"},
			document.PageBreak{},
			document.Form{Label: "Qui a appelé, à quelle heure ?", Lines: 3},
		},
	}
}

// Long is a table of rows rows, as a register is.
func Long(rows int) document.Document {
	t := document.Table{Caption: "Registre", Columns: []document.Column{{Name: "Ligne", Header: true, Right: true}, {Name: "Heure"}, {Name: "Texte"}}}
	for i := range rows {
		t.Rows = append(t.Rows, []string{strconv.Itoa(i + 1), "03:14", "Le laboratoire travaille sur papier depuis la coupure " + strings.Repeat("et prévient chaque service ", i%4)})
	}
	return document.Document{Title: "Main courante", Language: "fr", Blocks: []document.Block{t}}
}

// Hostile holds what people and files may bring: endless words, characters without glyph, control characters, changes of direction, rows too
// short, rows higher than a page, pictures that are none, tables without a column.
func Hostile() document.Document {
	endless := strings.Repeat("W", 10000)
	return document.Document{
		Title: "\x00\u202etitre ( \\ ) <b>&amp; ]]>", Banner: endless, Header: endless, Footer: "a\nb", Language: "",
		Blocks: []document.Block{
			document.Heading{Level: -3, Text: "\x1b[31m"}, document.Heading{Level: 99, Text: endless}, document.Heading{},
			document.P("😀 漢字 שלום \u202eغ\u202c \xff\xfe end"), document.P(endless), document.P(""), document.Paragraph{},
			document.List{}, document.List{Items: [][]document.Span{nil, document.Text(endless)}},
			document.Pairs{}, document.Pairs{Rows: []document.Pair{{Name: endless, Value: endless}}},
			document.Table{}, document.Table{Rows: [][]string{{"a"}}},
			document.Table{Columns: []document.Column{{Name: endless}, {Name: endless, Right: true}, {}}, Rows: [][]string{{}, {"a"}, {"a", "b", "c", "too many"}, {strings.Repeat("high\n", 300)}}},
			document.Note{}, document.Note{Label: endless}, document.Image{}, document.Image{Data: []byte("\x89PNG\r\n\x1a\n"), Alt: "cut"},
			document.Code{}, document.Code{Text: endless}, document.Form{Lines: -1}, document.Form{Lines: 1 << 30},
			document.PageBreak{}, document.PageBreak{},
			document.Paragraph{Spans: []document.Span{{Text: "x", Link: "javascript:alert(1)"}, {Text: endless, Link: "https://h.example/" + endless}}},
		},
	}
}

// Picture is a small PNG file with transparency.
func Picture() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 16, 8))
	for x := range 16 {
		for y := range 8 {
			img.Set(x, y, color.NRGBA{R: uint8(16 * x), G: uint8(32 * y), A: uint8(128 + 8*x - 1)})
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes everything
	return b.Bytes()
}
