// Package html writes a document as one page that needs nothing else: no script, no network, no file beside it. It opens from a USB key on a
// machine that is cut off, and prints on A4 as the PDF does.
package html

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"rsc.io/qr"

	"hygie/document"
)

// Write writes d to w. It fails only where w does.
func Write(w io.Writer, d document.Document) error {
	return page.Execute(w, d)
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"clean": document.Clean,
	"kind":  func(b document.Block) string { return strings.TrimPrefix(fmt.Sprintf("%T", b), "document.") },
	"level": func(h document.Heading) int { return min(max(h.Level, 2), 4) },
	"cell":  document.Cell,
	"named": func(t document.Table) bool {
		for _, c := range t.Columns {
			if c.Name != "" {
				return true
			}
		}
		return false
	},
	"boxes":   func(l document.List) bool { return l.Style == document.Boxes },
	"numbers": func(l document.List) bool { return l.Style == document.Numbers },
	"picture": picture,
	"squares": squares,
	"lines":   func(f document.Form) []struct{} { return make([]struct{}, min(max(f.Lines, 0), 200)) },
	"percent": func(i document.Image) int {
		if i.Width <= 0 || i.Width > 1 {
			return 100
		}
		return int(i.Width*100 + 0.5)
	},
}).Parse(`{{define "spans"}}{{range .}}{{$a := .Address}}{{if $a}}<a href="{{$a}}">{{end}}{{if .Bold}}<strong>{{clean .Text}}</strong>{{else}}{{clean .Text}}{{end}}{{if $a}}</a>{{end}}{{end}}{{end -}}
<!doctype html>
<html lang="{{or .Language "fr"}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{{clean .Title}}</title>
{{with .Author}}<meta name="author" content="{{clean .}}">
{{end}}<style>
@page{size:A4{{if .Wide}} landscape{{end}};margin:18mm 20mm}
:root{color-scheme:light dark}
body{font:1rem/1.5 "Atkinson Hyperlegible Next","Atkinson Hyperlegible",Verdana,sans-serif;max-width:{{if .Wide}}75rem{{else}}48rem{{end}};margin:0 auto;padding:1rem;overflow-wrap:break-word}
h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.3rem;margin-top:2rem}h3{font-size:1.1rem}h4{font-size:1rem}
h2,h3,h4{break-after:avoid}
p,li,dd,td,th{white-space:pre-line}
.banner{border:.2rem solid;font-size:1.5rem;font-weight:bold;text-align:center;padding:.25rem;position:sticky;top:0;background:Canvas}
.furniture{font-size:.85rem}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:bold;padding:.5rem 0}
thead{display:table-header-group}tr{break-inside:avoid}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid GrayText}
.right{text-align:right}
dl{display:grid;grid-template-columns:minmax(8rem,auto) 1fr;gap:.25rem 1rem}dt{font-weight:bold}dd{margin:0}
.note{border-left:.25rem solid;padding-left:.75rem}
.boxes{list-style:none;padding-left:0}.boxes li{padding-left:1.75rem;position:relative}
.boxes li::before{content:"";position:absolute;left:0;top:.25rem;width:1rem;height:1rem;border:.1rem solid;box-sizing:border-box}
figure{margin:1rem 0;break-inside:avoid}img{max-width:100%;height:auto}svg{background:#fff}
.line{border-bottom:1px solid GrayText;height:2rem}
@media print{body{max-width:none;padding:0}.break{break-before:page}}
{{with .Banner}}@page{@top-center{content:"{{clean .}}";font-weight:bold;font-size:14pt}}
{{end}}{{with .Header}}@page{@top-left{content:"{{clean .}}";font-size:8pt}}
{{end}}{{with .Footer}}@page{@bottom-left{content:"{{clean .}}";font-size:8pt}}
{{end}}@page{@bottom-right{content:counter(page);font-size:8pt}}
@media (max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
</style>
</head>
<body>
{{with .Banner}}<p class="banner">{{clean .}}</p>
{{end}}{{with .Header}}<p class="furniture">{{clean .}}</p>
{{end}}<main>
<h1>{{clean .Title}}</h1>
{{with .Subtitle}}<p>{{clean .}}</p>
{{end}}{{range .Blocks}}{{$k := kind .}}
{{- if eq $k "Heading"}}{{$l := level .}}{{if eq $l 2}}<h2>{{clean .Text}}</h2>{{else if eq $l 3}}<h3>{{clean .Text}}</h3>{{else}}<h4>{{clean .Text}}</h4>{{end}}
{{else if eq $k "Paragraph"}}<p>{{template "spans" .Spans}}</p>
{{else if eq $k "List"}}{{if numbers .}}<ol>{{else}}<ul{{if boxes .}} class="boxes"{{end}}>{{end}}{{range .Items}}<li>{{template "spans" .}}</li>{{end}}{{if numbers .}}</ol>{{else}}</ul>{{end}}
{{else if eq $k "Pairs"}}<dl>{{range .Rows}}<dt>{{clean .Name}}</dt><dd>{{clean .Value}}</dd>{{end}}</dl>
{{else if eq $k "Table"}}{{if .Columns}}{{$columns := .Columns}}<div class="table" tabindex="0"><table>{{with .Caption}}<caption>{{clean .}}</caption>{{end}}
{{if named .}}<thead><tr>{{range .Columns}}<th scope="col"{{if .Right}} class="right"{{end}}>{{clean .Name}}</th>{{end}}</tr></thead>
{{end}}<tbody>{{range .Rows}}{{$row := .}}<tr>{{range $i, $c := $columns}}{{if $c.Header}}<th scope="row"{{if $c.Right}} class="right"{{end}}>{{clean (cell $row $i)}}</th>{{else}}<td{{if $c.Right}} class="right"{{end}}>{{clean (cell $row $i)}}</td>{{end}}{{end}}</tr>
{{end}}</tbody></table></div>
{{end}}{{else if eq $k "Note"}}<p class="note">{{with .Label}}<strong>{{clean .}}</strong> — {{end}}{{template "spans" .Spans}}</p>
{{else if eq $k "Image"}}{{$p := picture .}}{{if $p}}<figure><img src="{{$p}}" alt="{{clean .Alt}}" width="{{percent .}}%">{{with .Caption}}<figcaption>{{clean .}}</figcaption>{{end}}</figure>{{else}}<p class="note">{{clean .Alt}}</p>{{end}}
{{else if eq $k "Code"}}<figure>{{with squares .Text}}{{.}}{{end}}<figcaption>{{clean (or .Caption .Text)}}</figcaption></figure>
{{else if eq $k "Form"}}{{with .Label}}<p><strong>{{clean .}}</strong></p>{{end}}{{range lines .}}<div class="line"></div>{{end}}
{{else if eq $k "PageBreak"}}<div class="break"></div>
{{end}}{{end}}</main>
{{with .Footer}}<p class="furniture">{{clean .}}</p>
{{end}}</body>
</html>
`))

// picture is the address of an image inside the page, empty when it is neither JPEG nor PNG.
func picture(i document.Image) template.URL {
	kind := http.DetectContentType(i.Data)
	if kind != "image/jpeg" && kind != "image/png" {
		return ""
	}
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(i.Data))
}

// squares draws a QR code of medium correction.
func squares(text string) template.HTML {
	q, err := qr.Encode(text, qr.M)
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg role="img" aria-label="QR" width="128" height="128" viewBox="-4 -4 %d %[1]d"><path d="`, q.Size+8)
	for y := range q.Size {
		for x := range q.Size {
			if q.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String())
}
