package logbook_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/journal"
	"hygie/seal"
)

var (
	seed   = bytes.Repeat([]byte{7}, ed25519.SeedSize)
	author = logbook.Author{Person: "p1", Name: "Camille Fictif"}
	start  = time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC) // 2 h 30 in France, for the first time
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func books(db *store.DB, now func() time.Time) *logbook.Books {
	return logbook.New(logbook.Options{DB: db, Private: ed25519.NewKeyFromSeed(seed), Now: now})
}

// open makes a hospital and a main courante.
func open(t testing.TB, db *store.DB, b *logbook.Books) string {
	t.Helper()
	var id string
	err := db.Update(context.Background(), func(tx *store.Tx) error {
		s, err := territory.Insert(t.Context(), tx, territory.Everything(), territory.Draft{Kind: territory.Nation, Name: "France"}, start)
		if err != nil {
			return err
		}
		book, err := b.Open(t.Context(), tx, territory.Everything(), logbook.Book{Structure: string(s.ID), Kind: logbook.Incident, Title: "Nuit fictive", OpenedBy: "p1"})
		id = book.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func draft(id, text string) logbook.Draft {
	return logbook.Draft{ID: id, Kind: logbook.Fact, Text: text}
}

func lines(t testing.TB, db *store.DB, b *logbook.Books, id string, f logbook.Filter) (all []logbook.Line) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		all, err = b.Lines(t.Context(), tx, territory.Everything(), id, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLinesComeBackAsWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: start}
		b := books(db, c.Now)
		id := open(t, db, b)
		sent := logbook.Draft{ID: "x1", Kind: logbook.Call, Text: "Appel au support, rappel promis", At: start.Add(-time.Hour), About: true, Written: start.Add(-time.Minute), Role: "directrice de garde", Cell: "cellule de crise",
			From: "cellule", To: "support", Channel: "téléphone", Links: []string{"service/urgences"}, Device: "ph1", Seq: 1, Source: "offline", Offset: 7 * time.Second,
			Files: []logbook.File{{SHA256: strings.Repeat("ab", 32), Name: "photo.jpg", Media: "image/jpeg", Size: 10}}}
		receipts, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{sent, draft("x2", "deux"), {ID: "x3", Kind: "rumour", Text: "non"}, draft("x2", "deux")})
		if err != nil {
			t.Fatal(err)
		}
		if receipts[0].Number != 1 || !receipts[0].New || len(receipts[0].Hash) != 64 || receipts[1].Number != 2 || receipts[2].Number != 0 || receipts[2].Reason == "" || receipts[3].Number != 2 || receipts[3].New {
			t.Errorf("receipts %+v", receipts)
		}
		all := lines(t, db, b, id, logbook.Filter{Oldest: true})
		if len(all) != 2 {
			t.Fatalf("%d lines", len(all))
		}
		got := all[0]
		if got.Text != sent.Text || !got.At.Equal(sent.At) || !got.Written.Equal(sent.Written) || !got.Received.Equal(start) || got.Role != sent.Role || got.To != sent.To ||
			!got.About || got.Name != author.Name || got.Offset != sent.Offset || !slices.Equal(got.Files, sent.Files) || fmt.Sprintf("%x", got.Hash[:]) != receipts[0].Hash {
			t.Errorf("line 1 is %+v", got)
		}
	})
}

func TestClockSetBackIsSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: start}
		b := books(db, c.Now)
		id := open(t, db, b)
		for i, back := range []time.Duration{0, -2 * time.Hour, time.Second} {
			c.Add(back)
			d := draft(fmt.Sprint("c", i), "ligne")
			d.Device, d.Seq = "pc", int64(i)+1
			if _, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{d}); err != nil {
				t.Fatal(err)
			}
		}
		all := lines(t, db, b, id, logbook.Filter{Oldest: true})
		if all[0].Late || !all[1].Late || !all[1].ClockBack || !all[2].Late || all[2].ClockBack {
			t.Errorf("late, clock back: %v %v, %v %v, %v %v", all[0].Late, all[0].ClockBack, all[1].Late, all[1].ClockBack, all[2].Late, all[2].ClockBack)
		}
		proven(t, b, id, 3)
	})
}

// proven exports a book and verifies it as somebody without network does.
func proven(t *testing.T, b *logbook.Books, id string, want int64) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := b.WriteJournal(t.Context(), territory.Everything(), id, &out); err != nil {
		t.Fatal(err)
	}
	res, err := journal.VerifyExport(bytes.NewReader(out.Bytes()), b.Public())
	if err != nil || !res.Proven() || res.Lines != want {
		t.Fatalf("%d lines, problems %v, %v", res.Lines, res.Problems, err)
	}
	return out.Bytes()
}

func TestOneBitChangedIsFound(t *testing.T) {
	db := storetest.SQLite(t)
	c := &clock{now: start}
	b := books(db, c.Now)
	id := open(t, db, b)
	for i := range 3 {
		if _, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{draft(fmt.Sprint("b", i), "ligne accentuée à vérifier")}); err != nil {
			t.Fatal(err)
		}
	}
	sealed := proven(t, b, id, 3)
	for bit := range len(sealed) * 8 {
		broken := slices.Clone(sealed)
		broken[bit/8] ^= 1 << (bit % 8)
		res, err := journal.VerifyExport(bytes.NewReader(broken), b.Public())
		if err == nil && res.Proven() {
			t.Fatalf("bit %d of byte %d changed unseen: %q", bit%8, bit/8, sealed[max(0, bit/8-20):min(len(sealed), bit/8+20)])
		}
	}
}

func TestManyWriteAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: start}
		b := books(db, c.Now)
		id := open(t, db, b)
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for i := range 10 {
					d := draft(fmt.Sprintf("w%d-%d", n, i), "ligne")
					d.Device, d.Seq = fmt.Sprint("w", n), int64(i)+1
					for range 2 { // each is sent twice
						if _, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{d}); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		proven(t, b, id, 80)
	})
}

func TestClosedAndForeignBooksTakeNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: start}
		b := books(db, c.Now)
		id := open(t, db, b)
		if _, err := b.Receive(t.Context(), territory.Scope{}, id, author, []logbook.Draft{draft("a", "x")}); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("outside of the scope: %v", err)
		}
		if _, err := b.Receive(t.Context(), territory.Everything(), "none", author, []logbook.Draft{draft("a", "x")}); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("no such book: %v", err)
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return b.Close(t.Context(), tx, territory.Everything(), id) }); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{draft("a", "x")}); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("closed: %v", err)
		}
		proven(t, b, id, 0)
	})
}

func TestExports(t *testing.T) {
	db := storetest.SQLite(t)
	c := &clock{now: start}
	b := books(db, c.Now)
	id := open(t, db, b)
	drafts := []logbook.Draft{{ID: "a", Kind: logbook.Fact, Text: "=cmd()", At: start.Add(-2 * time.Hour)}, {ID: "b", Kind: logbook.Decision, Text: "couper \"internet\"\nligne 2", Corrects: 1}, {ID: "c", Kind: logbook.Fact, Text: "corrige l’avenir", Corrects: 9}}
	if _, err := b.Receive(t.Context(), territory.Everything(), id, author, drafts); err != nil {
		t.Fatal(err)
	}
	all := lines(t, db, b, id, logbook.Filter{Oldest: true})
	if all[2].Corrects != 0 {
		t.Error("a line corrects one that is not there yet")
	}
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := logbook.WriteCSV(&out, all, zone); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][9] != "'=cmd()" || rows[2][3] != "2026-10-25T02:30:00+02:00" || rows[2][15] != "1" {
		t.Errorf("csv: %q, %v", rows, err)
	}
	out.Reset()
	if err := logbook.WriteTimesketch(&out, all); err != nil {
		t.Fatal(err)
	}
	events := 0
	for line := range strings.Lines(out.String()) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"message", "datetime", "timestamp_desc"} {
			if e[name] == "" || e[name] == nil {
				t.Errorf("event without %s: %s", name, line)
			}
		}
		events++
	}
	if events != 4 {
		t.Errorf("%d events", events)
	}
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := b.WritePack(t.Context(), territory.Everything(), id, catalogue.Printer(locale.French, zone), "CH fictif", "", &out); err != nil {
		t.Fatal(err)
	}
	res, err := seal.Verify(bytes.NewReader(out.Bytes()), int64(out.Len()), b.Public())
	if err != nil || !res.Intact() || !res.Trusted || res.Journals == 0 {
		t.Errorf("pack: %+v, %v", res, err)
	}
	if z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil || len(z.File) < 8 {
		t.Errorf("pack holds %d files, %v", len(z.File), err)
	}
}

// TestHelperStorm is no test: it is the process that [TestKilledInAStorm] kills.
func TestHelperStorm(t *testing.T) {
	address, id := os.Getenv("HYGIE_STORM_DB"), os.Getenv("HYGIE_STORM_BOOK")
	if address == "" {
		t.Skip("run by TestKilledInAStorm")
	}
	db, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	b := books(db, time.Now)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				d := draft(fmt.Sprintf("s%d-%d", n, i), "dans la tempête")
				receipts, err := b.Receive(context.Background(), territory.Everything(), id, author, []logbook.Draft{d})
				if err == nil {
					mu.Lock()
					fmt.Printf("receipt %s %d\n", d.ID, receipts[0].Number)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
}

func TestKilledInAStorm(t *testing.T) {
	address := "sqlite:" + filepath.Join(t.TempDir(), "storm.db")
	db, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := books(db, time.Now)
	id := open(t, db, b)
	for round := range 3 {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperStorm$")
		command.Env = append(os.Environ(), "HYGIE_STORM_DB="+address, "HYGIE_STORM_BOOK="+id)
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		for read := bufio.NewReader(io.TeeReader(stdout, &out)); bytes.Count(out.Bytes(), []byte("receipt ")) < 5*(1+round); {
			if _, err := read.ReadString('\n'); err != nil {
				t.Fatalf("the storm ended by itself: %v\n%s", err, out.Bytes())
			}
		}
		if err := command.Process.Kill(); err != nil { // SIGKILL
			t.Fatal(err)
		}
		io.Copy(&out, stdout) //nolint:errcheck // the rest of what it said
		command.Wait()        //nolint:errcheck // it was killed
		kept := map[string]int64{}
		for _, l := range lines(t, db, b, id, logbook.Filter{Oldest: true}) {
			kept[l.ID] = l.Number
		}
		promised := 0
		for text := range strings.Lines(out.String()) {
			var name string
			var number int64
			if n, _ := fmt.Sscanf(text, "receipt %s %d\n", &name, &number); n == 2 && strings.HasSuffix(text, "\n") {
				if promised++; kept[name] != number {
					t.Errorf("round %d: line %s was promised number %d and has %d", round, name, number, kept[name])
				}
			}
		}
		if promised < 5 {
			t.Errorf("round %d: the storm promised %d lines", round, promised)
		}
		proven(t, b, id, int64(len(kept)))
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestFullDiskPromisesNothing(t *testing.T) {
	db := storetest.SQLite(t)
	c := &clock{now: start}
	b := books(db, c.Now)
	id := open(t, db, b)
	limit := func(pages int) {
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), fmt.Sprintf("pragma max_page_count = %d", pages))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes this as "what is used now": the file cannot grow
	var failed error
	kept := int64(0)
	for i := range 200 {
		receipts, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{draft(fmt.Sprint("f", i), strings.Repeat("long ", 500))})
		if failed = err; err != nil {
			break
		}
		kept = receipts[0].Number
	}
	if failed == nil || !strings.Contains(failed.Error(), "full") {
		t.Fatalf("a full disk gave %v", failed)
	}
	if errors.Is(failed, context.Canceled) {
		t.Error(failed)
	}
	proven(t, b, id, kept)
	limit(1 << 30)
	receipts, err := b.Receive(t.Context(), territory.Everything(), id, author, []logbook.Draft{draft(fmt.Sprint("f", kept), strings.Repeat("long ", 500))})
	if err != nil || receipts[0].Number != kept+1 {
		t.Errorf("with room again: %+v, %v", receipts, err)
	}
	proven(t, b, id, kept+1)
}

// BenchmarkLine is one durable line, with the slowest of a hundred beside the mean.
func BenchmarkLine(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			db := durable(b, engine)
			all := books(db, time.Now)
			id := open(b, db, all)
			var took []time.Duration
			for b.Loop() {
				from := time.Now()
				d := draft(store.NewID(from), "Le service de réanimation passe en procédure dégradée")
				if _, err := all.Receive(b.Context(), territory.Everything(), id, author, []logbook.Draft{d}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(from))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// durable opens a database that loses nothing when the power fails.
func durable(b *testing.B, engine string) *store.DB {
	if engine == "postgres" {
		db := storetest.PostgreSQL(b)
		return db
	}
	db, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return db
}
