package logbook_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/journal/stamp"
	"hygie/journal/stamp/stamptest"
)

// switched is an authority of time that can be made to fail.
type switched struct {
	stamp.Authority
	failure error
}

func (s *switched) Stamp(ctx context.Context, digest [32]byte) ([]byte, time.Time, error) {
	if s.failure != nil {
		return nil, time.Time{}, s.failure
	}
	return s.Authority.Stamp(ctx, digest)
}

func TestStampedByOpenSSL(t *testing.T) {
	peer := stamptest.Start(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		authority := &switched{Authority: stamp.Authority{Address: peer.Address, Roots: peer.Roots, Client: &http.Client{Timeout: time.Minute}, Random: rand.Reader}}
		c := &clock{now: start}
		b := logbook.New(logbook.Options{DB: db, Private: ed25519.NewKeyFromSeed(seed), Now: c.Now, Stamper: authority})
		id := open(t, db, b)
		write := func(name string) {
			t.Helper()
			if _, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{draft(name, "Fait "+name)}); err != nil {
				t.Fatal(err)
			}
		}
		state := func() (s logbook.Stamped) {
			t.Helper()
			if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				s, err = b.Stamped(t.Context(), tx, territory.Everything(), id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return s
		}
		if s := state(); s.Authority != peer.Address || s.Size != 0 || s.Reason != "" {
			t.Errorf("before anything: %+v", s)
		}
		write("a")
		write("b")
		if err := b.StampAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := state(); s.Size != 2 || s.Reason != "" || s.At.IsZero() {
			t.Errorf("stamped: %+v", s)
		}
		// An authority that is away is said, and lines are taken all the same.
		authority.failure = io.ErrUnexpectedEOF
		write("c")
		if err := b.StampAll(t.Context()); err == nil {
			t.Error("a failure was kept silent")
		}
		if s := state(); s.Size != 2 || s.Reason != "unreachable" || !s.Tried.Equal(start) {
			t.Errorf("away: %+v", s)
		}
		authority.failure = stamp.ErrUnsound
		if err := b.StampAll(t.Context()); err == nil || state().Reason != "unsound" {
			t.Errorf("an answer that does not hold: %v, %+v", err, state())
		}
		authority.failure = nil
		for range 2 { // the second has nothing to do
			if err := b.StampAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if s := state(); s.Size != 3 || s.Reason != "" {
			t.Errorf("back: %+v", s)
		}
		packed(t, b, id, peer)
	})
}

// packed checks the stamps of a pack with openssl alone.
func packed(t *testing.T, b *logbook.Books, id string, peer *stamptest.Authority) {
	t.Helper()
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	if err := b.WritePack(t.Context(), territory.Everything(), id, catalogue.Printer(locale.French, time.UTC), "Structure fictive", "", &pack); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(pack.Bytes()), int64(pack.Len()))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		t.Helper()
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		content, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	checked := 0
	for _, f := range z.File {
		if name, ok := strings.CutSuffix(f.Name, ".tsr"); ok {
			peer.Verify(t, read(f.Name), read(name+".txt"))
			checked++
		}
	}
	if checked != 2 {
		t.Errorf("%d stamps are in the pack", checked)
	}
}

func TestNothingIsStampedWithoutAnAuthority(t *testing.T) {
	db := storetest.SQLite(t)
	b := books(db, func() time.Time { return start })
	id := open(t, db, b)
	b.Stamping(t.Context(), time.Nanosecond, nil) // comes back at once
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		s, err := b.Stamped(t.Context(), tx, territory.Everything(), id)
		if s != (logbook.Stamped{}) {
			t.Errorf("%+v", s)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
