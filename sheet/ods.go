package sheet

import (
	"archive/zip"
	"bufio"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Document is what a file says of itself.
type Document struct {
	Title    string
	Language string    // "fr" or "en"; of the texts
	Created  time.Time // zero: not said, so that the same tables give the same bytes
}

// mediaType of a spreadsheet (ISO 26300-3, 3.3): the first entry of the archive, not compressed.
const mediaType = "application/vnd.oasis.opendocument.spreadsheet"

// maxRows is what spreadsheets can hold below the header; a longer table continues in another one.
const maxRows = 1<<20 - 1

// WriteODS writes tables as an OpenDocument spreadsheet. Tables without a name are numbered; names are made unique.
func WriteODS(w io.Writer, doc Document, tables ...Table) error {
	archive := zip.NewWriter(w)
	err := errors.Join(
		writeMediaType(archive),
		writePart(archive, "META-INF/manifest.xml", manifest),
		writePart(archive, "meta.xml", meta(doc)),
		writePart(archive, "styles.xml", styles),
	)
	if err == nil {
		err = writeContent(archive, doc, tables)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return fmt.Errorf("write spreadsheet: %w", err)
	}
	return nil
}

// writeMediaType writes the first entry with its size in its header, without the extra fields that some readers refuse there.
func writeMediaType(archive *zip.Writer) error {
	part, err := archive.CreateRaw(&zip.FileHeader{
		Name: "mimetype", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(mediaType)),
		CompressedSize64: uint64(len(mediaType)), UncompressedSize64: uint64(len(mediaType)),
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, mediaType)
	return err
}

func writePart(archive *zip.Writer, name, text string) error {
	part, err := archive.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, text)
	return err
}

const (
	declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	spaces      = ` xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"` +
		` xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"` +
		` xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" office:version="1.3"`
	manifest = declaration + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">` +
		`<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="` + mediaType + `"/>` +
		`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>` +
		`<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>` +
		`<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	styles = declaration + `<office:document-styles` + spaces + `><office:styles>` +
		`<style:default-style style:family="table-cell"><style:paragraph-properties/></style:default-style>` +
		`<style:style style:name="Default" style:family="table-cell"/></office:styles></office:document-styles>`
	usualWidth = 4.5 // centimetres
)

func meta(doc Document) string {
	var b strings.Builder
	b.WriteString(declaration + `<office:document-meta` + spaces + `><office:meta><meta:generator>hygie</meta:generator>`)
	if doc.Title != "" {
		b.WriteString("<dc:title>" + escape(doc.Title) + "</dc:title>")
	}
	if doc.Language != "" {
		b.WriteString("<dc:language>" + escape(doc.Language) + "</dc:language>")
	}
	if !doc.Created.IsZero() {
		b.WriteString("<meta:creation-date>" + doc.Created.UTC().Format("2006-01-02T15:04:05Z") + "</meta:creation-date>")
	}
	b.WriteString(`</office:meta></office:document-meta>`)
	return b.String()
}

// escape writes a text for XML; characters that XML cannot hold become U+FFFD.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}

func writeContent(archive *zip.Writer, doc Document, tables []Table) error {
	part, err := archive.Create("content.xml")
	if err != nil {
		return err
	}
	c := &content{Writer: bufio.NewWriterSize(part, 64<<10), names: make(map[string]bool)}
	c.WriteString(declaration + `<office:document-content` + spaces + `>`)
	c.styles(tables)
	c.WriteString(`<office:body><office:spreadsheet>`)
	if len(tables) == 0 {
		tables = []Table{{Name: cmp.Or(doc.Title, "1"), Rows: Slice[any](nil, nil)}}
	}
	for i, t := range tables {
		if err := c.table(i, t); err != nil {
			return err
		}
	}
	c.WriteString(`</office:spreadsheet></office:body></office:document-content>`)
	return c.Flush()
}

type content struct {
	*bufio.Writer
	names map[string]bool
}

// styles writes the styles of cells and one for each width.
func (c *content) styles(tables []Table) {
	c.WriteString(`<office:automatic-styles>` +
		`<number:date-style style:name="D"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/>` +
		`<number:text>-</number:text><number:day number:style="long"/><number:text> </number:text><number:hours number:style="long"/>` +
		`<number:text>:</number:text><number:minutes number:style="long"/></number:date-style>` +
		`<style:style style:name="head" style:family="table-cell"><style:table-cell-properties fo:background-color="#e6f2f0" fo:wrap-option="wrap"/><style:text-properties fo:font-weight="bold"/></style:style>` +
		`<style:style style:name="cell" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/></style:style>` +
		`<style:style style:name="date" style:family="table-cell" style:data-style-name="D"><style:table-cell-properties style:vertical-align="top"/></style:style>`)
	for i, t := range tables {
		for j := range t.Header {
			width := usualWidth
			if j < len(t.Widths) && t.Widths[j] > 0 {
				width = t.Widths[j]
			}
			fmt.Fprintf(c, `<style:style style:name="c%d.%d" style:family="table-column"><style:table-column-properties style:column-width="%scm"/></style:style>`,
				i, j, strconv.FormatFloat(width, 'f', -1, 64))
		}
	}
	c.WriteString(`</office:automatic-styles>`)
}

// table writes a table, and goes on in another when it is longer than spreadsheets can hold.
func (c *content) table(index int, t Table) error {
	rows := 0
	c.begin(index, t)
	for row, err := range t.Rows {
		if err != nil {
			return fmt.Errorf("table %s: row %d: %w", t.Name, rows+1, err)
		}
		if rows > 0 && rows%maxRows == 0 {
			c.WriteString(`</table:table>`)
			c.begin(index, t)
		}
		rows++
		c.WriteString(`<table:table-row>`)
		for _, cell := range row {
			c.cell(cell)
		}
		if len(row) == 0 {
			c.WriteString(`<table:table-cell/>`)
		}
		if _, err := c.WriteString(`</table:table-row>`); err != nil {
			return err
		}
	}
	if rows == 0 && len(t.Header) == 0 { // a table has at least one row
		c.WriteString(`<table:table-row><table:table-cell/></table:table-row>`)
	}
	_, err := c.WriteString(`</table:table>`)
	return err
}

func (c *content) begin(index int, t Table) {
	c.WriteString(`<table:table table:name="` + escape(c.name(t.Name, index)) + `">`)
	for j := range t.Header {
		fmt.Fprintf(c, `<table:table-column table:style-name="c%d.%d"/>`, index, j)
	}
	if len(t.Header) == 0 {
		c.WriteString(`<table:table-column/>`)
		return
	}
	c.WriteString(`<table:table-header-rows><table:table-row>`)
	for _, text := range t.Header {
		c.WriteString(`<table:table-cell table:style-name="head" office:value-type="string">`)
		c.text(SafeCell(text))
		c.WriteString(`</table:table-cell>`)
	}
	c.WriteString(`</table:table-row></table:table-header-rows>`)
}

// name gives a name that every spreadsheet accepts, and that no other table of the file has.
func (c *content) name(name string, index int) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]*?:/\'`, r) || r < ' ' {
			return ' '
		}
		return r
	}, name))
	const longest = 28 // of 31, so that a number fits
	if r := []rune(name); len(r) > longest {
		name = strings.TrimSpace(string(r[:longest]))
	}
	name = cmp.Or(name, strconv.Itoa(index+1))
	unique := name
	for n := 2; c.names[strings.ToLower(unique)]; n++ {
		unique = name + " " + strconv.Itoa(n)
	}
	c.names[strings.ToLower(unique)] = true
	return unique
}

func (c *content) cell(cell any) {
	switch v := cell.(type) {
	case nil:
		c.WriteString(`<table:table-cell/>`)
	case string:
		c.textCell(SafeCell(v))
	case bool:
		fmt.Fprintf(c, `<table:table-cell office:value-type="boolean" office:boolean-value="%t"><text:p>%t</text:p></table:table-cell>`, v, v)
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		c.number(fmt.Sprint(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			c.WriteString(`<table:table-cell/>`)
			return
		}
		c.number(strconv.FormatFloat(v, 'f', -1, 64))
	case time.Time:
		if v.IsZero() {
			c.WriteString(`<table:table-cell/>`)
			return
		}
		fmt.Fprintf(c, `<table:table-cell table:style-name="date" office:value-type="date" office:date-value="%s"><text:p>%s</text:p></table:table-cell>`,
			v.Format("2006-01-02T15:04:05"), v.Format("2006-01-02 15:04"))
	default:
		c.textCell(SafeCell(fmt.Sprint(cell)))
	}
}

func (c *content) number(text string) {
	c.WriteString(`<table:table-cell office:value-type="float" office:value="` + text + `"><text:p>` + text + `</text:p></table:table-cell>`)
}

// textCell writes a text as a text: its type tells spreadsheets not to read a formula in it.
func (c *content) textCell(text string) {
	c.WriteString(`<table:table-cell table:style-name="cell" office:value-type="string">`)
	c.text(text)
	c.WriteString(`</table:table-cell>`)
}

// text writes paragraphs: XML would join spaces and lose line ends (ISO 26300-1, 6.1.2).
func (c *content) text(text string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		c.WriteString(`<text:p>`)
		for line != "" {
			at := strings.IndexAny(line, " \t\r")
			if at < 0 {
				at = len(line)
			}
			c.WriteString(escape(line[:at]))
			line = line[at:]
			if line == "" {
				break
			}
			if line[0] != ' ' {
				c.WriteString(`<text:tab/>`)
				line = line[1:]
				continue
			}
			run := len(line) - len(strings.TrimLeft(line, " "))
			if run == 1 && at > 0 && len(line) > 1 {
				c.WriteByte(' ')
			} else {
				fmt.Fprintf(c, `<text:s text:c="%d"/>`, run)
			}
			line = line[run:]
		}
		c.WriteString(`</text:p>`)
	}
}
