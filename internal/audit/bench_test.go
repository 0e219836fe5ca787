package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"hygie/directory/dump"
	"hygie/directory/generate"
	"hygie/directory/model"
	"hygie/internal/audit"
	"hygie/internal/blob"
	"hygie/internal/job"
	"hygie/internal/pagetest"
	"hygie/internal/store"
)

// bench is the module with its background work, on one database.
type bench struct {
	*pagetest.Site
	service *audit.Service
	runner  *job.Runner
	backend *fullable
}

// fullable is an evidence store whose disk can be filled.
type fullable struct {
	*blob.Memory
	full  bool
	begun func() // called when an object is begun; may be nil
}

func (f *fullable) Create(ctx context.Context) (blob.Pending, error) {
	if f.full {
		return nil, blob.ErrFull
	}
	if f.begun != nil {
		f.begun()
	}
	return f.Memory.Create(ctx)
}

func newBench(t *testing.T, db *store.DB, changes ...func(*audit.Options)) *bench {
	t.Helper()
	b := &bench{Site: pagetest.New(t, db), backend: &fullable{Memory: &blob.Memory{}}}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := blob.NewVault(b.backend, blob.Secrets{Names: []byte("a secret of sixteen bytes"), Recipients: []age.Recipient{identity.Recipient()}, Identities: []age.Identity{identity}})
	if err != nil {
		t.Fatal(err)
	}
	queue := job.NewQueue(db, b.Now)
	options := audit.Options{DB: db, Vault: vault, Queue: queue, Trail: b.Trail, Now: b.Now, Log: slog.New(slog.DiscardHandler), Scratch: t.TempDir(), Version: "test"}
	for _, change := range changes {
		change(&options)
	}
	b.service = audit.New(options)
	b.runner = job.NewRunner(queue, job.Options{Backoff: func(int) time.Duration { return 0 }})
	b.runner.Handle(audit.JobKind, b.service.Work)
	module, err := audit.NewModule(b.service)
	if err != nil {
		t.Fatal(err)
	}
	b.Serve(module.Routes)
	return b
}

// work lets the background work until no job is left.
func (b *bench) work(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.runner.Run(ctx) }()
	for deadline := time.Now().Add(time.Minute); ; {
		open := 0
		b.View(func(ctx context.Context, tx *store.Tx) (err error) {
			open, err = store.One(ctx, tx, store.Column[int], `select count(*) from job where state in ('waiting', 'running')`)
			return err
		})
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the jobs do not end")
		}
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// directoryOf generates a small domain as it was collected on a day.
func directoryOf(t *testing.T, day time.Time, weaknesses generate.Weaknesses) []byte {
	t.Helper()
	return directoryWith(t, day, weaknesses, func(*model.Entry) {})
}

// changing passes entries on, changed.
type changing struct {
	to     generate.Sink
	change func(*model.Entry)
}

func (c changing) WriteEntry(e model.Entry) error {
	c.change(&e)
	return c.to.WriteEntry(e)
}

// directoryWith generates the domain of directoryOf with some entries changed and more after them.
func directoryWith(t *testing.T, day time.Time, weaknesses generate.Weaknesses, change func(*model.Entry), more ...model.Entry) []byte {
	t.Helper()
	options := generate.Options{Objects: 200, Seed: 7, AsOf: day, DNSName: "val.test", Weaknesses: weaknesses}
	header, err := generate.Header(options)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := dump.NewWriter(&file, header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate.Hospital(options, changing{w, change}); err != nil {
		t.Fatal(err)
	}
	for _, e := range more {
		if err := w.WriteEntry(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// plain writes the spaces that do not break as ordinary ones.
func plain(text string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
}

func says(p pagetest.Page, want string) bool { return strings.Contains(plain(p.Text), want) }

const home = "/structures/" + pagetest.Hospital + "/directory"

// deposit sends a file and gives the address of its run.
func deposit(t *testing.T, v *pagetest.Visitor, name string, content []byte, fields ...string) string {
	t.Helper()
	p := v.Want("deposit "+name, v.Upload(home+"/deposits", "dump", name, content, fields...), http.StatusSeeOther)
	if !strings.HasPrefix(p.To(), home+"/runs/") {
		t.Fatalf("the deposit leads to %q", p.To())
	}
	return p.To()
}
