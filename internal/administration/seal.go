package administration

import (
	"errors"

	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/journal"
)

// journal gives the sealed audit trail as a file that verifies with no network and no account. That it was taken out is itself a line, the
// last one in the file.
func (m *Module) journal(c *web.Context) error {
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "trail.export"})
	})
	if err != nil {
		return err
	}
	c.Download("journal-"+c.Printer.ISODay(m.Now())+".hygie-journal", "text/plain; charset=utf-8")
	if err := m.Trail.Export(c.Ctx, c.W); err != nil && !errors.Is(err, journal.ErrDiffers) {
		return err
	}
	// What differs from its seal is in the file whole, and verifying the file shows where: cutting it would hide that.
	return nil
}

// key gives the public key that verifies exports.
func (m *Module) key(c *web.Context) error {
	text, err := journal.PublicPEM(m.Trail.Public())
	if err != nil {
		return err
	}
	c.Download("hygie-journal.pem", "application/x-pem-file")
	_, err = c.W.Write(text)
	return err
}
