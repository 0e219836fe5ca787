package logbook

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/seal"
)

// Keep stores the bytes of a file and names it in a book in scope, for a line to tell of it. A file that is there already is named once.
func (b *Books) Keep(ctx context.Context, scope territory.Scope, book, person, name string, content io.Reader) (File, error) {
	if b.o.Vault == nil {
		return File{}, errNoVault
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(content, head)
	if n == 0 {
		return File{}, fault.Invalid(fault.Field{Name: "file", Key: "logbook.file_empty"})
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return File{}, err
	}
	head = head[:n]
	digest, size, err := b.o.Vault.Put(ctx, io.MultiReader(strings.NewReader(string(head)), content))
	switch {
	case errors.Is(err, blob.ErrFull):
		return File{}, fault.Conflict("logbook.disk_full").Because(err)
	case err != nil:
		return File{}, fmt.Errorf("store a file of %s: %w", book, err)
	}
	media, _, _ := strings.Cut(http.DetectContentType(head), ";")
	f := File{SHA256: hex.EncodeToString(digest[:]), Name: seal.SafeName(name, 120), Media: media, Size: size}
	err = b.o.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := ByID(ctx, tx, scope, book); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into logbook_file (book_id, sha256, name, media, size, at, by) values ($1, $2, $3, $4, $5, $6, $7) on conflict (book_id, sha256) do nothing`,
			book, f.SHA256, f.Name, f.Media, f.Size, store.Millis(b.o.Now()), person)
		return err
	})
	return f, err
}

// attach takes a file with the line that tells of it.
func (p Pages) attach(c *web.Context, t Target) error {
	var in form
	var f File
	err := c.Upload(&in, "file", maxFile, func(name string, content io.Reader) (err error) {
		f, err = p.Books.Keep(c.Ctx, c.Scope, t.Book, c.Actor.Person, name, content)
		return err
	})
	if err == nil {
		if in.Text == "" {
			in.Text = c.T("logbook.attached", "name", f.Name)
		}
		var d Draft
		if d, err = in.draft(p.Books.o.Now(), c.Printer.Zone()); err == nil {
			d.Files = []File{f}
			var receipts []Receipt
			receipts, err = p.Books.Receive(c.Ctx, c.Scope, t.Book, t.Author, []Draft{d})
			if err == nil && receipts[0].Number == 0 {
				err = fault.Invalid(fault.Field{Name: "file", Key: receipts[0].Reason})
			}
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return p.show(c, t, form{Kind: Fact}, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "logbook.attached", "name", f.Name)
	return c.Redirect(t.Address)
}

// find names a file of a book in scope.
func (b *Books) find(ctx context.Context, tx *store.Tx, book, sha string) (File, error) {
	f, err := store.One(ctx, tx, func(row store.Row) (f File, err error) {
		return f, row.Scan(&f.SHA256, &f.Name, &f.Media, &f.Size)
	}, `select sha256, name, media, size from logbook_file where book_id = $1 and sha256 = $2`, book, sha)
	if errors.Is(err, store.ErrNotFound) {
		return f, fault.NotFound("logbook.no_file")
	}
	return f, err
}

// open opens the bytes of a file.
func (b *Books) open(ctx context.Context, f File) (io.ReadCloser, error) {
	if b.o.Vault == nil {
		return nil, errNoVault
	}
	digest, err := hex.DecodeString(f.SHA256)
	if err != nil {
		return nil, fmt.Errorf("digest of %s: %w", f.Name, err)
	}
	content, err := b.o.Vault.Open(ctx, blob.Digest(digest))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.Name, err)
	}
	return content, nil
}

// shown are the kinds of file that a page may show; everything else is only kept.
func shown(media string) bool {
	return media == "image/jpeg" || media == "image/png" || media == "image/webp" || media == "image/gif"
}

// file gives a file behind a line.
func (p Pages) file(c *web.Context, t Target) error {
	var f File
	err := p.Books.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if _, err = ByID(c.Ctx, tx, c.Scope, t.Book); err != nil {
			return err
		}
		f, err = p.Books.find(c.Ctx, tx, t.Book, c.Path("sha256"))
		return err
	})
	if err != nil {
		return err
	}
	content, err := p.Books.open(c.Ctx, f)
	if err != nil {
		return err
	}
	defer content.Close()
	if shown(f.Media) {
		c.W.Header().Set("Content-Type", f.Media)
		c.W.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	} else {
		c.Download(f.Name, "application/octet-stream")
	}
	if _, err := io.Copy(c.W, content); err != nil {
		panic(http.ErrAbortHandler) // what is damaged must not look whole
	}
	return nil
}
