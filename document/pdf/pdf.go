// Package pdf writes a document as a tagged PDF 1.7 file (ISO 32000-1) laid out for A4, with the structure, language, title and reading order
// that PDF/UA (ISO 14289-1) asks for: headings, lists, tables with their headers, words for pictures; page furniture marked as such. The
// typeface is embedded, reduced to what the document shows; text can be searched and copied. No date but the document's own, no random
// identifier: the same document gives the same bytes.
//
// No Go library writes tags; conformance to PDF/UA itself was not checked by a validator.
package pdf

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"strings"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"hygie/document"
)

// Write writes d to w. It fails only where w does.
func Write(w io.Writer, d document.Document) error {
	plain, err := newFace("F1", goregular.TTF)
	if err != nil {
		return err
	}
	strong, err := newFace("F2", gobold.TTF)
	if err != nil {
		return err
	}
	p := &painter{doc: d, plain: plain, strong: strong, width: shortSide, height: longSide, root: &node{kind: "Document"}}
	if d.Wide {
		p.width, p.height = longSide, shortSide
	}
	p.doc.Title = cmp.Or(strings.TrimSpace(document.Clean(d.Title)), "—")
	p.newPage()
	p.title()
	for _, b := range d.Blocks {
		p.block(b)
	}
	p.furniture()
	return p.write(w)
}

// write puts the laid-out pages into a file.
func (p *painter) write(w io.Writer) error {
	f := newFile(w)
	catalog, info, pages, tree, parents := f.reserve(), f.reserve(), f.reserve(), f.reserve(), f.reserve()
	for _, pg := range p.pages {
		pg.id = f.reserve()
	}
	p.root.number(f)
	fonts := fmt.Sprintf("<</%s %d 0 R /%s %d 0 R>>", p.plain.name, p.plain.write(f), p.strong.name, p.strong.write(f))
	for _, pic := range p.pictures {
		pic.id = f.reserve()
		f.stream(pic.id, pic.entries, pic.data, pic.plain)
	}
	key := len(p.pages) // keys of the parent tree: pages first, then links
	var linked []*link
	for _, pg := range p.pages {
		for _, l := range pg.links {
			l.id, l.key = f.reserve(), key
			key++
			linked = append(linked, l)
		}
	}
	ids := make([]int, len(p.pages))
	for i, pg := range p.pages {
		ids[i] = pg.id
		p.writePage(f, i, pages, fonts)
	}
	f.object(pages, fmt.Sprintf("<</Type /Pages /Count %d /Kids [%s]>>", len(ids), refs(ids)))
	f.object(tree, fmt.Sprintf("<</Type /StructTreeRoot /K [%d 0 R] /ParentTree %d 0 R /ParentTreeNextKey %d>>", p.root.id, parents, key))
	p.root.write(f, tree)
	p.writeParents(f, parents, linked)
	outline := p.writeOutline(f)
	metadata := f.reserve()
	f.stream(metadata, "/Type /Metadata /Subtype /XML", []byte(p.xmp()), true)
	f.object(catalog, fmt.Sprintf("<</Type /Catalog /Pages %d 0 R /StructTreeRoot %d 0 R /MarkInfo <</Marked true>> /Lang %s "+
		"/ViewerPreferences <</DisplayDocTitle true>> /Metadata %d 0 R /Outlines %d 0 R>>", pages, tree, text(p.language()), metadata, outline))
	entries := "<</Title " + text(p.doc.Title) + " /Producer " + text("hygie")
	if p.doc.Author != "" {
		entries += " /Author " + text(document.Clean(p.doc.Author))
	}
	if !p.doc.Date.IsZero() {
		entries += " /CreationDate (D:" + p.doc.Date.UTC().Format("20060102150405") + "Z)"
	}
	f.object(info, entries+">>")
	return f.end(catalog, info)
}

func (p *painter) language() string { return cmp.Or(p.doc.Language, "fr") }

func (p *painter) writePage(f *file, index, pages int, fonts string) {
	pg := p.pages[index]
	content := f.reserve()
	f.stream(content, "", pg.content.Bytes(), false)
	var images, notes strings.Builder
	for _, pic := range pg.images {
		fmt.Fprintf(&images, "/%s %d 0 R ", pic.name, pic.id)
	}
	for _, l := range pg.links {
		f.object(l.id, fmt.Sprintf("<</Type /Annot /Subtype /Link /Rect [%s %s %s %s] /Border [0 0 0] /StructParent %d /Contents %s /A <</S /URI /URI %s>>>>",
			number(l.x), number(l.y), number(l.x+l.w), number(l.y+l.h), l.key, text(l.address), literal(l.address)))
		fmt.Fprintf(&notes, "%d 0 R ", l.id)
	}
	f.object(pg.id, fmt.Sprintf("<</Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /Resources <</Font %s /XObject <<%s>>>> "+
		"/Annots [%s] /StructParents %d /Tabs /S>>", pages, number(p.width), number(p.height), content, fonts, images.String(), notes.String(), index))
}

// writeParents writes which element each marked piece and each link belongs to (14.7.4.4).
func (p *painter) writeParents(f *file, id int, linked []*link) {
	var b strings.Builder
	for i, pg := range p.pages {
		fmt.Fprintf(&b, "%d [", i)
		for _, n := range pg.marks {
			fmt.Fprintf(&b, "%d 0 R ", n.id)
		}
		b.WriteString("] ")
	}
	for _, l := range linked {
		fmt.Fprintf(&b, "%d %d 0 R ", l.key, l.parent.id)
	}
	f.object(id, "<</Nums ["+b.String()+"]>>")
}

// write puts the face into the file as a font whose codes are glyph numbers, with the way back to characters (9.7, 9.10.3).
func (f *face) write(out *file) int {
	subset, err := f.subset()
	if err != nil && out.err == nil {
		out.err = err
	}
	program, descriptor, descendant, unicode, id := out.reserve(), out.reserve(), out.reserve(), out.reserve(), out.reserve()
	out.stream(program, fmt.Sprintf(" /Length1 %d", len(subset)), subset, false)
	name := "HYGIEA+" + f.family
	out.object(descriptor, fmt.Sprintf("<</Type /FontDescriptor /FontName /%s /Flags 32 /FontBBox [-250 -250 1200 1000] /ItalicAngle 0 "+
		"/Ascent 945 /Descent -211 /CapHeight 720 /StemV 80 /FontFile2 %d 0 R>>", name, program))
	var widths, ranges strings.Builder
	indices := f.indices()
	for i, index := range indices {
		char := f.used[index]
		fmt.Fprintf(&widths, "%d [%s] ", index, number(f.glyph(char).width*1000))
		if i%100 == 0 {
			if i > 0 {
				ranges.WriteString("endbfchar\n")
			}
			fmt.Fprintf(&ranges, "%d beginbfchar\n", min(100, len(indices)-i))
		}
		fmt.Fprintf(&ranges, "<%04X> <%s>\n", index, strings.TrimSuffix(strings.TrimPrefix(text(string(char)), "<FEFF"), ">"))
	}
	if len(indices) > 0 {
		ranges.WriteString("endbfchar\n")
	}
	out.object(descendant, fmt.Sprintf("<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> "+
		"/FontDescriptor %d 0 R /CIDToGIDMap /Identity /DW 0 /W [%s]>>", name, descriptor, widths.String()))
	out.stream(unicode, "", []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"+
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"+
		ranges.String()+"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"), false)
	out.object(id, fmt.Sprintf("<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>", name, descendant, unicode))
	return id
}

// literal writes an address as a string of ASCII (12.6.4.7); other characters are percent-encoded.
func literal(s string) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '(' || c == ')' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c <= ' ' || c > '~':
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(')')
	return b.String()
}

// xmp is the description of the file that archives read (ISO 16684-1).
func (p *painter) xmp() string {
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">" +
		"<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" " +
		"xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\"><pdfuaid:part>1</pdfuaid:part>")
	fmt.Fprintf(&b, "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">%s</rdf:li></rdf:Alt></dc:title><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>",
		html.EscapeString(p.doc.Title), html.EscapeString(p.language()))
	if p.doc.Author != "" {
		fmt.Fprintf(&b, "<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>", html.EscapeString(document.Clean(p.doc.Author)))
	}
	if !p.doc.Date.IsZero() {
		fmt.Fprintf(&b, "<xmp:CreateDate>%s</xmp:CreateDate>", p.doc.Date.UTC().Format("2006-01-02T15:04:05Z"))
	}
	b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return b.String()
}
