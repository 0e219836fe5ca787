package exhibit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hygie/custody"
	"hygie/document"
	"hygie/document/pdf"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// maxRegister is how large a register may be that is taken in.
const maxRegister = custody.MaxFile

// tool takes a file that a tool wrote: it is measured, what it says of itself is read, and its bytes are forgotten.
func (m *Module) tool(c *web.Context) error {
	var d draft
	var number int
	err := c.Upload(&d, "file", maxTool, func(name string, content io.Reader) error {
		p, err := d.piece(m.o.Now(), c.Printer.Zone())
		if err != nil {
			return err
		}
		measure, source, err := m.read(c, name, content)
		if err != nil {
			return err
		}
		if p.Name == "" {
			p.Name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
		}
		p.Measure, p.Source = &measure, source
		number, err = m.Add(c.Ctx, act(c), p)
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showTool(c, d, wrong)
	}
	if err != nil {
		return err
	}
	return m.entered(c, number)
}

// read measures a file and says what it says of itself, through a file of the scratch folder that is then removed.
func (m *Module) read(c *web.Context, name string, content io.Reader) (measure custody.Measure, source *custody.Source, err error) {
	f, err := os.CreateTemp(m.o.Scratch, "exhibit-*.tmp")
	if err != nil {
		return measure, nil, fmt.Errorf("read a file of a tool: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if measure, err = custody.MeasureOf(c.Ctx, io.TeeReader(content, f)); err != nil {
		return measure, nil, err
	}
	source, err = custody.Identify(name, f, measure.Size)
	return measure, source, err
}

// takeIn takes a register in that was written elsewhere.
func (m *Module) takeIn(c *web.Context) error {
	var none struct{}
	var added int
	err := c.Upload(&none, "file", maxRegister, func(_ string, content io.Reader) error {
		hash := sha256.New()
		res, err := custody.Verify(io.TeeReader(content, hash))
		switch {
		case errors.Is(err, custody.ErrFormat):
			return fault.Invalid(fault.Field{Name: "file", Key: "exhibit.not_register"})
		case err != nil:
			return err
		case !res.Intact():
			return fault.Invalid(fault.Field{Name: "file", Key: "exhibit.altered", Args: []any{"line", res.Problems[0].Line}})
		}
		added, err = m.TakeIn(c.Ctx, act(c), res.Register, hex.EncodeToString(hash.Sum(nil)))
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showList(c, wrong)
	}
	if err != nil {
		return err
	}
	if added == 0 {
		c.Flash(ui.Info, "exhibit.taken_none")
	} else {
		c.Flash(ui.Good, "exhibit.taken_in", "count", added)
	}
	a := act(c)
	return c.Redirect(Incident{Structure: a.Structure, ID: a.Incident}.exhibits())
}

// labels are those of all pieces that stand.
func (m *Module) labels(c *web.Context) error {
	v, err := m.kept(c)
	if err != nil {
		return err
	}
	var standing []custody.Item
	for _, i := range v.Register.Items {
		if !i.Void {
			standing = append(standing, i)
		}
	}
	return m.send(c, c.T("exhibit.labels_file")+".pdf", custody.Labels(v.Register, standing, string(c.Printer.Lang()), c.Printer.Zone()))
}

func (m *Module) label(c *web.Context) error {
	v, err := m.loadOne(c)
	if err != nil {
		return err
	}
	d := custody.Labels(v.Register, []custody.Item{v.Piece}, string(c.Printer.Lang()), c.Printer.Zone())
	return m.send(c, fmt.Sprintf("%s-%d.pdf", c.T("exhibit.label_file"), v.Piece.Number), d)
}

// print is the register on paper.
func (m *Module) print(c *web.Context) error {
	v, err := m.kept(c)
	if err != nil {
		return err
	}
	return m.send(c, c.T("exhibit.register_file")+".pdf", custody.Printed(v.Register, string(c.Printer.Lang()), c.Printer.Zone()))
}

func (m *Module) send(c *web.Context, name string, d document.Document) error {
	var b bytes.Buffer
	if err := pdf.Write(&b, d); err != nil {
		return fmt.Errorf("print %s: %w", name, err)
	}
	c.Download(name, "application/pdf")
	_, err := c.W.Write(b.Bytes())
	return err
}

// kept is the register of the path, which must hold something.
func (m *Module) kept(c *web.Context) (view, error) {
	v, err := m.load(c)
	if err == nil && v.Register == nil {
		err = fault.NotFound("exhibit.empty")
	}
	return v, err
}

// signed is the register as a file that proves itself. That it left is in the audit trail.
func (m *Module) signed(c *web.Context) error {
	v, err := m.kept(c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := v.Register.WriteSigned(&b, m.o.Private); err != nil {
		return err
	}
	err = m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
		return m.o.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "custody.export", Structure: v.Structure, Subject: "incident/" + v.ID,
			Data: trail.Data(map[string]any{"mark": v.Register.Mark().String()})})
	})
	if err != nil {
		return err
	}
	c.Download(v.Register.Origin+".registre", "text/plain; charset=utf-8")
	_, err = c.W.Write(b.Bytes())
	return err
}

// key is the public key that verifies what is signed here.
func (m *Module) key(c *web.Context) error {
	if _, err := m.load(c); err != nil {
		return err
	}
	text, err := journal.PublicPEM(m.o.Private.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	c.Download("hygie.pem", "application/x-pem-file")
	_, err = c.W.Write(text)
	return err
}
