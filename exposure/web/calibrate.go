package web

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// impossible paths, one of each shape that signatures ask for. What they answer is what the server says of anything at all.
var impossible = map[string]string{
	"":     "/hygie-audit-9f2c6b7e/absent",
	"/":    "/hygie-audit-9f2c6b7e-absent/",
	"dot":  "/.hygie-audit-9f2c6b7e",
	".php": "/hygie-audit-9f2c6b7e.php",
	".sql": "/hygie-audit-9f2c6b7e.sql",
	".zip": "/hygie-audit-9f2c6b7e.zip",
	".gz":  "/hygie-audit-9f2c6b7e.tar.gz",
	".txt": "/hygie-audit-9f2c6b7e.txt",
}

// shape names the impossible path that a real one is compared with.
func shape(p string) string {
	if len(p) > 1 && p[len(p)-1] == '/' {
		return "/"
	}
	if base := path.Base(p); base[0] == '.' {
		return "dot"
	}
	if _, ok := impossible[path.Ext(p)]; ok {
		return path.Ext(p)
	}
	return ""
}

// calibrate learns how the server answers paths that cannot exist.
func (p *probe) calibrate() {
	p.missing = make(map[string]*Answer, len(impossible))
	for kind, at := range impossible {
		answer := p.answers[at]
		if answer == nil {
			continue
		}
		p.missing[kind] = answer
		if answer.Status == http.StatusOK {
			p.facts.SoftError = true
		}
	}
}

// sameAsMissing tells whether an answer is what the server says of an impossible path of the same shape. A shape that could not be learnt
// makes every answer suspect: nothing is then found by it.
func (p *probe) sameAsMissing(at string, answer *Answer) bool {
	missing := p.missing[shape(at)]
	if missing == nil {
		return true
	}
	if missing.Status != answer.Status {
		return false
	}
	return alike(missing.own(), answer.own())
}

// own is what an answer says of itself: its text without the address it was asked for, which many servers repeat, as it is or escaped.
func (a *Answer) own() []byte {
	text := a.Body
	for _, repeated := range []string{a.Path, html.EscapeString(a.Path), url.QueryEscape(a.Path), strings.ReplaceAll(a.Path, "/", `\/`), strings.Trim(a.Path, "/")} {
		if len(repeated) > 1 {
			text = bytes.ReplaceAll(text, []byte(repeated), nil)
		}
	}
	return text
}

// alike tells whether two texts differ only by little, as error pages do that tell the time: the same, or pages with the same title and nearly
// the same length.
func alike(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if title(a) != title(b) || looksHTML(a) != looksHTML(b) || !looksHTML(a) && max(len(a), len(b)) > 1024 {
		return false
	}
	small, large := min(len(a), len(b)), max(len(a), len(b))
	return large-small <= large/20+64
}
