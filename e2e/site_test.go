package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hygie/internal/app"
	"hygie/internal/config"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

// site is an installation that runs, reached over the network.
type site struct {
	*app.Platform
	url    string
	data   string       // its folder
	ahead  atomic.Int64 // how far the platform's clock is ahead of the real one, a time.Duration
	faults faults       // what it logged as errors
}

// options of a site. The zero value is an empty installation on SQLite.
type options struct {
	demo     bool                // with the demonstration region
	database string              // address; SQLite in the data folder when empty
	data     string              // folder; a temporary one when empty
	noisy    bool                // errors in the log are expected
	prepare  func(*app.Platform) // before anything runs
}

// start starts an installation, which stops with the test. An error in its log fails the test.
func start(t *testing.T, o options) *site {
	t.Helper()
	s := &site{data: o.data}
	if s.data == "" {
		s.data = t.TempDir()
	}
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Demo, c.Storage.Data, c.Storage.Database = o.demo, s.data, o.database
	// A name and not an address: browsers bind passkeys to names only.
	c.Server.Listen = fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port)
	log := slog.New(slog.NewTextHandler(&s.faults, &slog.HandlerOptions{Level: slog.LevelError}))
	if s.Platform, err = app.NewPlatform(t.Context(), c, log, s.now); err != nil {
		t.Fatal(err)
	}
	s.url = c.Address()
	if o.demo {
		if err := s.Furnish(t.Context(), s.now()); err != nil {
			t.Fatal(err)
		}
	}
	if o.prepare != nil {
		o.prepare(s.Platform)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !o.noisy {
			t.Errorf("serve: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if text := s.faults.String(); text != "" && !o.noisy {
			t.Errorf("the platform logged errors:\n%s", text)
		}
	})
	return s
}

// now is the platform's clock.
func (s *site) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// pass lets time pass for the platform.
func (s *site) pass(d time.Duration) { s.ahead.Add(int64(d)) }

// idle waits until no job waits or runs.
func (s *site) idle(t *testing.T) {
	t.Helper()
	await(t, "the jobs end", func() bool {
		return count(t, s.DB, `select count(*) from job where state in ('waiting', 'running')`) == 0
	})
}

// person makes an account with a role and returns its address. An empty structure is the whole installation, an empty role none.
func (s *site) person(t *testing.T, name string, role right.Role, structure string) (email string) {
	t.Helper()
	email = strings.ToLower(strings.Join(strings.Fields(name), ".")) + "@essai.invalid"
	err := s.DB.Update(t.Context(), func(tx *store.Tx) error {
		p, err := s.People.CreatePerson(t.Context(), tx, email, name, "", "")
		if err != nil || role == "" {
			return err
		}
		_, err = s.People.Appoint(t.Context(), tx, people.Giving{Person: p.ID, Role: role, Structure: structure})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return email
}

// link is the one-click sign-in of somebody of the demonstration.
func (s *site) link(t *testing.T, email string) string {
	t.Helper()
	links, err := s.SignIn.DemoLinks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if l.Person.Email == email {
			return l.Path
		}
	}
	t.Fatalf("nobody of the demonstration is %s", email)
	return ""
}

// count reads one number.
func count(t *testing.T, db *store.DB, query string, args ...any) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One(t.Context(), tx, store.Column[int], query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// patience is how long something may take on a busy machine.
const patience = 90 * time.Second

// await waits until something is true.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not after %s", what, patience)
		}
	}
}

// faults keeps what is logged.
type faults struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (f *faults) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.Write(p)
}

func (f *faults) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}
