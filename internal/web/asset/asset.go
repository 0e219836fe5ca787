// Package asset holds what pages load: the style sheet, two scripts, the typeface and the mark.
//
// Everything is embedded, so the program is one file and a page loads nothing from elsewhere. The style sheets of css/ are
// joined in the order of their names into one, with the tokens first. Each file is served under a name that holds the hash
// of its content, may be cached for a year, and is compressed once, when the set is made.
//
// Sources kept here as they came, with their licence beside them: the typeface Atkinson Hyperlegible Next (SIL Open Font License
// 1.1, Latin subset, weights 200 to 800 in one file, with tabular figures) and htmx 4.0.1 (Zero-Clause BSD).
package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed css/*.css js/*.js font/*.woff2 icon/*.svg vendor/*.js
var embedded embed.FS

// Prefix is the folder under which a Set is served.
const Prefix = "/assets/"

// Names of the files of a Set, for Set.URL.
const (
	Style   = "hygie.css"
	Script  = "hygie.js"
	Passkey = "passkey.js" // loaded by the pages that open a passkey dialog
	HTMX    = "htmx.js"
	Font    = "atkinson-hyperlegible-next.woff2"
	Mark    = "mark.svg"
)

// Set is the files, ready to be served. It does not change after New.
type Set struct {
	urls  map[string]string
	files map[string]file // by name with hash
}

type file struct {
	contentType string
	plain       []byte
	gzip        []byte // nil when compression does not help
}

// File is a file that comes from elsewhere in the program.
type File struct {
	Name    string
	Content []byte
}

// New reads the embedded files, names and compresses them.
func New() (*Set, error) { return NewWith() }

// NewWith is New with files of other packages: a style sheet is joined into ours, among the components, anything else is served by its name.
func NewWith(more ...File) (*Set, error) {
	s := &Set{urls: make(map[string]string), files: make(map[string]file)}
	// The typeface comes first, since the style sheet names it.
	for _, one := range []struct{ name, from string }{
		{Font, "font/" + Font},
		{Mark, "icon/" + Mark},
		{HTMX, "vendor/" + HTMX},
		{Script, "js/" + Script},
		{Passkey, "js/" + Passkey},
	} {
		content, err := embedded.ReadFile(one.from)
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		if err := s.add(one.name, content); err != nil {
			return nil, err
		}
	}
	style, err := s.style()
	if err != nil {
		return nil, err
	}
	for _, f := range more {
		if path.Ext(f.Name) == ".css" {
			style = slices.Concat(style, []byte("@layer components {\n"), f.Content, []byte("}\n"))
			continue
		}
		if err := s.add(f.Name, f.Content); err != nil {
			return nil, err
		}
	}
	return s, s.add(Style, style)
}

var cssComment = regexp.MustCompile(`(?s)/\*.*?\*/\s*`)

// style joins the style sheets and gives url(…) its hashed names.
func (s *Set) style() ([]byte, error) {
	names, err := fs.Glob(embedded, "css/*.css") // sorted, and the names are numbered
	if err != nil {
		return nil, fmt.Errorf("list style sheets: %w", err)
	}
	var sheet bytes.Buffer
	for _, name := range names {
		content, err := embedded.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read style sheet: %w", err)
		}
		sheet.Write(cssComment.ReplaceAll(content, nil))
	}
	text := sheet.String()
	for name, url := range s.urls {
		text = strings.ReplaceAll(text, `url("`+name+`")`, `url("`+url+`")`)
	}
	return []byte(text), nil
}

func (s *Set) add(name string, content []byte) error {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext
	f := file{contentType: contentType(ext), plain: content}
	if ext != ".woff2" { // compressed by itself
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return fmt.Errorf("compress asset %s: %w", name, err)
		}
		if _, err := w.Write(content); err != nil {
			return fmt.Errorf("compress asset %s: %w", name, err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("compress asset %s: %w", name, err)
		}
		f.gzip = packed.Bytes()
	}
	s.files[hashed] = f
	s.urls[name] = Prefix + hashed
	return nil
}

func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return "application/octet-stream"
}

// URL returns the address of a file of the set. An unknown name is a mistake in the program, and gives an address that answers
// 404.
func (s *Set) URL(name string) string {
	if url, ok := s.urls[name]; ok {
		return url
	}
	return Prefix + name
}

// Size returns how many bytes a browser that accepts compression loads for a file, 0 for an unknown one.
func (s *Set) Size(name string) int {
	f := s.files[strings.TrimPrefix(s.urls[name], Prefix)]
	if f.gzip != nil {
		return len(f.gzip)
	}
	return len(f.plain)
}

// ServeHTTP answers GET and HEAD under Prefix.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body := f.plain
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	if f.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
		if AcceptsGzip(r) {
			body = f.gzip
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader went away: nothing to do
	}
}

// AcceptsGzip reports whether a request accepts a gzip body (RFC 9110 12.5.3); "gzip;q=0" refuses it.
func AcceptsGzip(r *http.Request) bool {
	for _, entry := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(entry, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, given := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !given {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}
