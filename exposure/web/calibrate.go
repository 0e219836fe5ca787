package web

import (
	"bytes"
	"net/http"
	"path"
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
	return bytes.Equal(missing.Body, answer.Body) || alike(missing.Body, answer.Body)
}

// alike tells whether two pages differ only by little, as error pages that repeat the address do: same title, nearly the same length.
func alike(a, b []byte) bool {
	if title(a) != title(b) || !looksHTML(a) || !looksHTML(b) {
		return false
	}
	small, large := min(len(a), len(b)), max(len(a), len(b))
	return large-small <= large/20+64
}
