package exposure

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"hygie/exposure/report"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
)

// signingKey is the file of the key that signs packs of an audit.
const signingKey = "exposure"

// download gives the report in a format, or the whole signed pack.
func (m *Module) download(c *web.Context) error {
	var run Run
	var kept, seen proof.Evidence
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if run, err = m.found(c, tx); err != nil {
			return err
		}
		if run.State != Done {
			return fault.Conflict("exposure.not_done")
		}
		if kept, err = proof.ByID(c.Ctx, tx, c.Scope, run.ReportID); err != nil {
			return err
		}
		seen, err = proof.ByID(c.Ctx, tx, c.Scope, run.FactsID)
		return err
	})
	if err != nil {
		return err
	}
	r, err := m.report(c, kept)
	if err != nil {
		return err
	}
	format := c.Query("format")
	write := map[string]struct {
		ending, media string
		write         func(io.Writer, *report.Report) error
	}{
		"html":  {".html", "text/html; charset=utf-8", report.WriteHTML},
		"json":  {".json", "application/json", report.WriteJSON},
		"sarif": {".sarif", "application/sarif+json", report.WriteSARIF},
		"ods":   {".ods", "application/vnd.oasis.opendocument.spreadsheet", report.WriteODS},
	}
	w, known := write[format]
	if !known && format != "pack" {
		return fault.NotFound("exposure.no_format")
	}
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error { // before the first byte of the map of weaknesses leaves
		return m.service.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "exposure.download", Structure: run.Structure, Subject: "exposure/" + run.ID, Data: trail.Data(map[string]any{"format": format})})
	})
	if err != nil {
		return err
	}
	name := "exposition-" + run.AsOf.In(paris()).Format(time.DateOnly)
	if format == "pack" {
		c.Download(name+".zip", "application/zip")
		return m.pack(c, run, r, kept, seen)
	}
	c.Download(name+w.ending, w.media)
	return w.write(c.W, r)
}

// pack writes the evidence of an audit as one ZIP: the report, what was seen, the digests of both, signed. It is checked with sha256sum and openssl alone;
// LISEZMOI.txt says how.
func (m *Module) pack(c *web.Context, run Run, r *report.Report, kept, seen proof.Evidence) error {
	key, err := m.service.o.Keys.Ed25519(signingKey)
	if err != nil {
		return err
	}
	public, err := journal.PublicPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	z := zip.NewWriter(c.W)
	var digests bytes.Buffer
	add := func(name string, write func(io.Writer) error) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: run.FinishedAt.UTC()})
		if err != nil {
			return err
		}
		sum := sha256.New()
		if err := write(io.MultiWriter(f, sum)); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		fmt.Fprintf(&digests, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), name)
		return nil
	}
	stored := func(e proof.Evidence) func(io.Writer) error {
		return func(w io.Writer) error {
			content, err := e.Open(c.Ctx, m.service.vault)
			if err != nil {
				return err
			}
			defer content.Close()
			_, err = io.Copy(w, content)
			return err
		}
	}
	bytesOf := func(data []byte) func(io.Writer) error {
		return func(w io.Writer) error { _, err := w.Write(data); return err }
	}
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"rapport.json", stored(kept)}, {"constats.json", stored(seen)},
		{"rapport.html", func(w io.Writer) error { return report.WriteHTML(w, r) }}, {"rapport.ods", func(w io.Writer) error { return report.WriteODS(w, r) }},
		{"LISEZMOI.txt", bytesOf([]byte(c.T("exposure.pack_readme", "date", c.Printer.Date(run.AsOf), "perimeter", run.PerimeterHash, "tool", run.ToolVersion, "rules", r.RulesVersion)))},
	} {
		if err := add(part.name, part.write); err != nil {
			return err
		}
	}
	signed := bytes.Clone(digests.Bytes())
	for _, part := range []struct {
		name string
		data []byte
	}{{"SHA256SUMS", signed}, {"SHA256SUMS.sig", ed25519.Sign(key, signed)}, {"cle-publique.pem", public}} {
		if err := add(part.name, bytesOf(part.data)); err != nil {
			return err
		}
	}
	return z.Close()
}
