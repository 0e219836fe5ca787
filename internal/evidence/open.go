package evidence

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
)

// download gives the file as it was deposited, to keep and never to run in the page.
func (m *Module) download(c *web.Context) error {
	e, content, err := m.open(c, "evidence.download", nil)
	if err != nil {
		return err
	}
	defer content.Close()
	c.Download(e.Name, e.MediaType)
	return send(c, e, content)
}

// previewPolicy keeps what a file shows away from everything: it has no origin, runs no script, loads and sends nothing. Viewers of browsers style
// what they show, and the one for PDF is an object; a browser that refuses to start it in a sandbox still downloads.
const previewPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"

// framed asks for a preview that stands in a frame of one of our pages, beside what the document is to prove.
func framed(c *web.Context) bool { return c.Query("framed") != "" }

// preview shows the file in the browser, when it is of a kind that cannot do harm.
func (m *Module) preview(c *web.Context) error {
	e, content, err := m.open(c, "evidence.preview", func(e proof.Evidence) error {
		if !e.Showable() {
			return fault.NotFound("evidence.no_preview")
		}
		return nil
	})
	if err != nil {
		return err
	}
	defer content.Close()
	if tabular(e.MediaType) {
		return m.tables(c, e, content)
	}
	h := c.W.Header()
	h.Set("Content-Type", e.MediaType)
	h.Set("Content-Disposition", "inline")
	h.Set("Content-Security-Policy", previewPolicy)
	if framed(c) {
		if e.MediaType == proof.PDF { // viewers of PDF do not start in a sandbox; they have no origin of ours anyway, and the policy leaves them nothing to load
			h.Set("Content-Security-Policy", strings.TrimSuffix(previewPolicy, "; sandbox"))
		}
		c.Framed()
	}
	return send(c, e, content)
}

// open finds the evidence of the path, checks that this reader may open it, writes the line of the trail, and only then gives the content,
// which the caller closes. Who read what must be known even when the reading fails halfway.
func (m *Module) open(c *web.Context, act string, allow func(proof.Evidence) error) (proof.Evidence, io.ReadCloser, error) {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return proof.Evidence{}, nil, err
	}
	e, err := m.find(c, c.Path("evidence"))
	if err != nil {
		return e, nil, err
	}
	if !mayOpen(c, at, e.Kind) {
		return e, nil, fault.Refused("evidence.sealed", "roles", right.RolesWith(right.SeeAudit))
	}
	if allow != nil {
		if err := allow(e); err != nil {
			return e, nil, err
		}
	}
	content, err := e.Open(c.Ctx, m.vault)
	if err != nil {
		return e, nil, err
	}
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act, Structure: at.ID, Subject: "evidence/" + e.ID,
			Data: trail.Data(map[string]any{"name": e.Name, "kind": string(e.Kind), "sha256": e.SHA256})})
	})
	if err != nil {
		content.Close()
		return e, nil, err
	}
	return e, content, nil
}

// send writes the content. Its length is announced, and what proves damaged at its end cuts the answer, so that a browser never takes it for a whole file.
func send(c *web.Context, e proof.Evidence, content io.Reader) error {
	c.W.Header().Set("Content-Length", strconv.FormatInt(e.Size, 10))
	if c.R.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(c.W, content); err != nil && c.R.Context().Err() == nil {
		return fmt.Errorf("send evidence %s: %w", e.ID, err)
	}
	return nil
}
