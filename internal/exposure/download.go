package exposure

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"hygie/exposure/report"
	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
	"hygie/seal"
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
	r = r.Marked(c.T("exposure.handed", "who", c.Actor.Name, "date", c.Printer.DateTime(c.Now())))
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

// pack seals the evidence of an audit: the report, what was seen, and how to check both. hygie dossier verify checks it, and so do sha256sum and openssl alone;
// LISEZMOI.txt says how.
func (m *Module) pack(c *web.Context, run Run, r *report.Report, kept, seen proof.Evidence) error {
	key, err := m.service.o.Keys.Ed25519(signingKey)
	if err != nil {
		return err
	}
	readme := c.T("exposure.pack_readme", "date", c.Printer.Date(run.AsOf), "perimeter", run.PerimeterHash, "tool", run.ToolVersion, "rules", r.RulesVersion)
	pack := seal.NewWriter(c.W, key, readme)
	for _, part := range []struct {
		name string
		of   proof.Evidence
	}{{"rapport.json", kept}, {"constats.json", seen}} {
		if err := sealStored(c, m.service.vault, pack, part.name, part.of); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		name  string
		write func(io.Writer, *report.Report) error
	}{{"rapport.html", report.WriteHTML}, {"rapport.ods", report.WriteODS}} {
		var content bytes.Buffer
		if err := part.write(&content, r); err != nil {
			return fmt.Errorf("write %s: %w", part.name, err)
		}
		if _, err := pack.Add(part.name, &content); err != nil {
			return err
		}
	}
	return pack.Close()
}

// sealStored puts evidence into a pack as it was deposited.
func sealStored(c *web.Context, vault *blob.Vault, pack *seal.Writer, name string, e proof.Evidence) error {
	content, err := e.Open(c.Ctx, vault)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = pack.Add(name, content)
	return err
}
