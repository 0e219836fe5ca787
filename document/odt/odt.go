// Package odt writes a document as OpenDocument text (ISO/IEC 26300-3, version 1.3), to go on writing in with LibreOffice or Word: real
// headings, lists, tables with heading rows, words for pictures.
package odt

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"image"
	_ "image/jpeg" // photographs
	_ "image/png"  // drawings and QR codes
	"io"
	"strconv"
	"strings"

	"rsc.io/qr"

	"hygie/document"
)

const (
	kind       = "application/vnd.oasis.opendocument.text"
	namespaces = ` xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"` +
		` xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"` +
		` xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"` +
		` xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" office:version="1.3"`
)

// Write writes d to w. It fails only where w does.
func Write(w io.Writer, d document.Document) error {
	b := &body{doc: d}
	b.document()
	z := zip.NewWriter(w)
	put := func(name string, data []byte, method uint16) error {
		entry, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			return err
		}
		_, err = entry.Write(data)
		return err
	}
	// The type comes first, uncompressed and with its size in its header, so that it stands at a known place of the file (part 2, 3.3).
	entry, err := z.CreateRaw(&zip.FileHeader{Name: "mimetype", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(kind)),
		CompressedSize64: uint64(len(kind)), UncompressedSize64: uint64(len(kind))})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(entry, kind); err != nil {
		return err
	}
	manifest := `<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">` +
		`<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="` + kind + `"/>`
	for _, part := range []struct{ name, text string }{{"content.xml", b.content()}, {"styles.xml", b.styles()}, {"meta.xml", b.meta()}} {
		if err := put(part.name, []byte(part.text), zip.Deflate); err != nil {
			return err
		}
		manifest += `<manifest:file-entry manifest:full-path="` + part.name + `" manifest:media-type="text/xml"/>`
	}
	for _, p := range b.pictures {
		if err := put(p.name, p.data, zip.Store); err != nil {
			return err
		}
		manifest += `<manifest:file-entry manifest:full-path="` + p.name + `" manifest:media-type="image/` + p.kind + `"/>`
	}
	if err := put("META-INF/manifest.xml", []byte(manifest+`</manifest:manifest>`), zip.Deflate); err != nil {
		return err
	}
	return z.Close()
}

// A body is the text being written, and the pictures it shows.
type body struct {
	doc      document.Document
	out      strings.Builder
	pictures []picture
	broken   bool // the next paragraph begins a page
	tables   int
}

type picture struct {
	name, kind string
	data       []byte
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(document.Clean(s))) // a buffer takes everything
	return b.String()
}

// lines is escape with the line feeds that readers keep.
func lines(s string) string {
	return strings.ReplaceAll(escape(s), "&#xA;", "<text:line-break/>")
}

// style names the style of the next paragraph: the twin that begins a page after a page break.
func (b *body) style(name string) string {
	if b.broken {
		b.broken = false
		return name + "Break"
	}
	return name
}

func (b *body) paragraph(style string, spans []document.Span) {
	fmt.Fprintf(&b.out, `<text:p text:style-name="%s">`, b.style(style))
	for _, s := range spans {
		inner := lines(s.Text)
		if s.Bold {
			inner = `<text:span text:style-name="Strong">` + inner + `</text:span>`
		}
		if a := s.Address(); a != "" {
			inner = `<text:a xlink:type="simple" xlink:href="` + escape(a) + `">` + inner + `</text:a>`
		}
		b.out.WriteString(inner)
	}
	b.out.WriteString("</text:p>")
}

func (b *body) document() {
	fmt.Fprintf(&b.out, `<text:h text:style-name="H1" text:outline-level="1">%s</text:h>`, lines(b.doc.Title))
	if b.doc.Subtitle != "" {
		b.paragraph("Body", document.Text(b.doc.Subtitle))
	}
	for _, block := range b.doc.Blocks {
		b.block(block)
	}
}

func (b *body) block(block document.Block) {
	switch v := block.(type) {
	case document.Heading:
		level := min(max(v.Level, 2), 4)
		fmt.Fprintf(&b.out, `<text:h text:style-name="%s" text:outline-level="%d">%s</text:h>`, b.style("H"+strconv.Itoa(level)), level, lines(v.Text))
	case document.Paragraph:
		b.paragraph("Body", v.Spans)
	case document.List:
		b.list(v)
	case document.Pairs:
		t := document.Table{Columns: []document.Column{{Header: true}, {}}}
		for _, r := range v.Rows {
			t.Rows = append(t.Rows, []string{r.Name, r.Value})
		}
		b.table(t)
	case document.Table:
		b.table(v)
	case document.Note:
		spans := v.Spans
		if v.Label != "" {
			spans = append([]document.Span{{Text: v.Label + " — ", Bold: true}}, spans...)
		}
		b.paragraph("Note", spans)
	case document.Image:
		b.image(v.Data, v.Alt, v.Caption, v.Width)
	case document.Code:
		code, err := qr.Encode(v.Text, qr.M)
		if err != nil {
			b.paragraph("Body", document.Text(v.Text))
			return
		}
		b.image(code.PNG(), "QR: "+v.Text, cmp.Or(v.Caption, v.Text), 0.2)
	case document.Form:
		b.paragraph("Body", []document.Span{{Text: v.Label, Bold: true}})
		for range min(max(v.Lines, 0), 200) {
			b.paragraph("Line", nil)
		}
	case document.PageBreak:
		b.broken = true
	}
}

func (b *body) list(l document.List) {
	if len(l.Items) == 0 {
		return
	}
	fmt.Fprintf(&b.out, `<text:list text:style-name="%s">`, [...]string{"Bullets", "Numbers", "Boxes"}[l.Style])
	for _, item := range l.Items {
		b.out.WriteString("<text:list-item>")
		b.paragraph("Body", item)
		b.out.WriteString("</text:list-item>")
	}
	b.out.WriteString("</text:list>")
}

func (b *body) table(t document.Table) {
	if len(t.Columns) == 0 {
		return
	}
	if t.Caption != "" {
		b.paragraph("Caption", document.Text(t.Caption))
	}
	b.tables++
	fmt.Fprintf(&b.out, `<table:table table:name="T%d"><table:table-column table:number-columns-repeated="%d"/>`, b.tables, len(t.Columns))
	row := func(cell func(i int) string, head bool) {
		b.out.WriteString("<table:table-row>")
		for i, c := range t.Columns {
			style := "Cell"
			switch {
			case head || c.Header:
				style = "CellHead"
			case c.Right:
				style = "CellRight"
			}
			fmt.Fprintf(&b.out, `<table:table-cell office:value-type="string"><text:p text:style-name="%s">%s</text:p></table:table-cell>`, style, lines(cell(i)))
		}
		b.out.WriteString("</table:table-row>")
	}
	named := ""
	for _, c := range t.Columns {
		named += c.Name
	}
	if named != "" {
		b.out.WriteString("<table:table-header-rows>")
		row(func(i int) string { return t.Columns[i].Name }, true)
		b.out.WriteString("</table:table-header-rows>")
	}
	for _, texts := range t.Rows {
		row(func(i int) string { return document.Cell(texts, i) }, false)
	}
	if len(t.Rows) == 0 {
		row(func(int) string { return "" }, false) // a table has a row (part 3, 9.1.2)
	}
	b.out.WriteString("</table:table>")
}

// image shows a picture, or its words where it cannot be read.
func (b *body) image(data []byte, alt, caption string, share float64) {
	c, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		b.paragraph("Note", document.Text(alt))
		return
	}
	if share <= 0 || share > 1 {
		share = 1
	}
	name := fmt.Sprintf("Pictures/%d.%s", len(b.pictures)+1, kind)
	b.pictures = append(b.pictures, picture{name, kind, data})
	w := 17 * share // centimetres of text on A4
	h := w * float64(c.Height) / float64(c.Width)
	if h > 20 {
		w, h = w*20/h, 20
	}
	fmt.Fprintf(&b.out, `<text:p text:style-name="%s"><draw:frame draw:name="P%d" text:anchor-type="as-char" svg:width="%.2fcm" svg:height="%.2fcm">`+
		`<draw:image xlink:href="%s" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/><svg:desc>%s</svg:desc></draw:frame></text:p>`,
		b.style("Body"), len(b.pictures), w, h, name, escape(alt))
	if caption != "" {
		b.paragraph("Caption", document.Text(caption))
	}
}
