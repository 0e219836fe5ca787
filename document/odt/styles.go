package odt

import (
	"cmp"
	"fmt"
	"strings"

	"hygie/document"
)

const declaration = `<?xml version="1.0" encoding="UTF-8"?>`

// content is the main part of the file.
func (b *body) content() string {
	return declaration + `<office:document-content` + namespaces + `><office:automatic-styles/><office:body><office:text>` +
		b.out.String() + `</office:text></office:body></office:document-content>`
}

// meta is the properties of the file.
func (b *body) meta() string {
	var m strings.Builder
	m.WriteString(declaration + `<office:document-meta` + namespaces + `><office:meta><meta:generator>hygie</meta:generator>`)
	fmt.Fprintf(&m, `<dc:title>%s</dc:title><dc:language>%s</dc:language>`, escape(b.doc.Title), escape(cmp.Or(b.doc.Language, "fr")))
	if b.doc.Author != "" {
		fmt.Fprintf(&m, `<dc:creator>%s</dc:creator>`, escape(b.doc.Author))
	}
	if !b.doc.Date.IsZero() {
		fmt.Fprintf(&m, `<dc:date>%s</dc:date>`, b.doc.Date.UTC().Format("2006-01-02T15:04:05"))
	}
	m.WriteString(`</office:meta></office:document-meta>`)
	return m.String()
}

// styles is how paragraphs, lists and pages look. Each paragraph style has a twin that begins a page.
func (b *body) styles() string {
	var s strings.Builder
	s.WriteString(declaration + `<office:document-styles` + namespaces + `><office:styles>`)
	language, country, _ := strings.Cut(cmp.Or(b.doc.Language, "fr"), "-")
	if country == "" {
		country = map[string]string{"fr": "FR", "en": "GB"}[language]
	}
	fmt.Fprintf(&s, `<style:default-style style:family="paragraph"><style:text-properties fo:font-size="10.5pt" fo:language="%s" fo:country="%s"/></style:default-style>`,
		escape(language), escape(cmp.Or(country, "none")))
	paragraph := func(name, paragraphs, texts string) {
		for _, p := range []struct{ name, extra string }{{name, ""}, {name + "Break", ` fo:break-before="page"`}} {
			fmt.Fprintf(&s, `<style:style style:name="%s" style:family="paragraph"><style:paragraph-properties %s%s/><style:text-properties %s/></style:style>`,
				p.name, paragraphs, p.extra, texts)
		}
	}
	paragraph("Body", `fo:margin-bottom="0.2cm"`, "")
	for level, size := range []string{"20pt", "15pt", "12pt", "10.5pt"} {
		paragraph(fmt.Sprintf("H%d", level+1), `fo:margin-top="0.5cm" fo:margin-bottom="0.2cm" fo:keep-with-next="always"`, `fo:font-weight="bold" fo:font-size="`+size+`"`)
	}
	paragraph("Caption", `fo:margin-top="0.2cm" fo:margin-bottom="0.1cm" fo:keep-with-next="always"`, `fo:font-weight="bold"`)
	paragraph("Note", `fo:margin-left="0.3cm" fo:padding-left="0.3cm" fo:border-left="2pt solid #555555" fo:margin-bottom="0.2cm"`, "")
	paragraph("Line", `fo:border-bottom="0.5pt solid #808080" fo:margin-bottom="0.4cm"`, "")
	paragraph("Cell", `fo:margin-bottom="0.1cm"`, `fo:font-size="9pt"`)
	paragraph("CellHead", `fo:margin-bottom="0.1cm"`, `fo:font-size="9pt" fo:font-weight="bold"`)
	paragraph("CellRight", `fo:margin-bottom="0.1cm" fo:text-align="end"`, `fo:font-size="9pt"`)
	paragraph("Banner", `fo:text-align="center" fo:border="1.5pt solid #000000"`, `fo:font-size="16pt" fo:font-weight="bold"`)
	s.WriteString(`<style:style style:name="Strong" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>`)
	const indent = `<style:list-level-properties text:list-level-position-and-space-mode="label-alignment"><style:list-level-label-alignment text:label-followed-by="listtab" fo:text-indent="-0.6cm" fo:margin-left="0.6cm"/></style:list-level-properties>`
	s.WriteString(`<text:list-style style:name="Bullets"><text:list-level-style-bullet text:level="1" text:bullet-char="•">` + indent + `</text:list-level-style-bullet></text:list-style>`)
	s.WriteString(`<text:list-style style:name="Boxes"><text:list-level-style-bullet text:level="1" text:bullet-char="☐">` + indent + `</text:list-level-style-bullet></text:list-style>`)
	s.WriteString(`<text:list-style style:name="Numbers"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix=".">` + indent + `</text:list-level-style-number></text:list-style>`)
	width, height, way := "21cm", "29.7cm", "portrait"
	if b.doc.Wide {
		width, height, way = height, width, "landscape"
	}
	fmt.Fprintf(&s, `</office:styles><office:automatic-styles><style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="%s" fo:page-height="%s" `+
		`style:print-orientation="%s" fo:margin="2cm"/><style:header-style/><style:footer-style/></style:page-layout></office:automatic-styles>`, width, height, way)
	s.WriteString(`<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="Page"><style:header>`)
	if b.doc.Banner != "" {
		fmt.Fprintf(&s, `<text:p text:style-name="Banner">%s</text:p>`, escape(strings.Join(strings.Fields(document.Clean(b.doc.Banner)), " ")))
	}
	fmt.Fprintf(&s, `<text:p text:style-name="Cell">%s</text:p></style:header><style:footer><text:p text:style-name="Cell">%s — <text:page-number>1</text:page-number> / `+
		`<text:page-count>1</text:page-count></text:p></style:footer></style:master-page></office:master-styles></office:document-styles>`, escape(b.doc.Header), escape(b.doc.Footer))
	return s.String()
}
