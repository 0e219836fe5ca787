package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hygie/internal/config"
	"hygie/internal/doctor"
	"hygie/internal/locale"
	"hygie/internal/store"
)

// healthy is a working installation and the world around it.
func healthy(t *testing.T) (config.Config, doctor.Outside) {
	t.Helper()
	c := config.Default()
	c.Storage.Data = t.TempDir()
	c.Server.Listen = "localhost:0"
	c.Server.PublicURL = "https://hygie.example.fr"
	for _, folder := range []string{"keys", "blobs"} {
		if err := os.MkdirAll(filepath.Join(c.Storage.Data, folder), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.Storage.Data, folder, "evidence.age"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(t.Context(), c.DatabaseURL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c, doctor.Outside{
		FreeBytes: func(string) (uint64, error) { return 50 << 30, nil },
		Now:       func() time.Time { return time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC) },
		OpenDB:    store.Open,
	}
}

func keys(findings []doctor.Finding) map[string]doctor.State {
	m := map[string]doctor.State{}
	for _, f := range findings {
		m[f.Key] = f.State
	}
	return m
}

func TestAHealthyInstallationIsFine(t *testing.T) {
	c, o := healthy(t)
	findings := doctor.Examine(t.Context(), c, o)
	if worst := doctor.Worst(findings); worst != doctor.Fine {
		t.Errorf("worst %s: %v", worst, keys(findings))
	}
	if len(findings) < 8 {
		t.Errorf("only %d checks ran: %v", len(findings), keys(findings))
	}
}

func TestEachFaultIsNamed(t *testing.T) {
	for want, row := range map[string]struct {
		state doctor.State
		harm  func(t *testing.T, c *config.Config, o *doctor.Outside)
	}{
		"settings_wrong": {doctor.Broken, func(_ *testing.T, c *config.Config, _ *doctor.Outside) { c.Log.Level = "loud" }},
		"data_absent": {doctor.Warning, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			c.Storage.Data = filepath.Join(t.TempDir(), "none")
		}},
		"data_not_folder": {doctor.Broken, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			c.Storage.Data = filepath.Join(c.Storage.Data, "keys", "evidence.age")
		}},
		"keys_open": {doctor.Broken, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			if err := os.Chmod(filepath.Join(c.Storage.Data, "keys", "evidence.age"), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		"database_open": {doctor.Broken, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			if err := errors.Join(os.Chmod(filepath.Join(c.Storage.Data, "hygie.db"), 0o644), os.Chmod(c.Storage.Data, 0o755)); err != nil {
				t.Fatal(err)
			}
		}},
		"keys_lost": {doctor.Broken, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			if err := os.RemoveAll(filepath.Join(c.Storage.Data, "keys")); err != nil {
				t.Fatal(err)
			}
		}},
		"space_none": {doctor.Broken, func(_ *testing.T, _ *config.Config, o *doctor.Outside) {
			o.FreeBytes = func(string) (uint64, error) { return 1 << 20, nil }
		}},
		"space_little": {doctor.Warning, func(_ *testing.T, _ *config.Config, o *doctor.Outside) {
			o.FreeBytes = func(string) (uint64, error) { return 1 << 30, nil }
		}},
		"space_unknown": {doctor.Unknown, func(_ *testing.T, _ *config.Config, o *doctor.Outside) {
			o.FreeBytes = func(string) (uint64, error) { return 0, errors.ErrUnsupported }
		}},
		"clock_behind": {doctor.Broken, func(_ *testing.T, _ *config.Config, o *doctor.Outside) {
			o.Now = func() time.Time { return time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) }
		}},
		"database_absent": {doctor.Warning, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			c.Storage.Database = "sqlite:" + filepath.Join(t.TempDir(), "other.db")
		}},
		"database_closed": {doctor.Broken, func(_ *testing.T, c *config.Config, _ *doctor.Outside) {
			c.Storage.Database = "postgres://nobody@127.0.0.1:1/none?connect_timeout=1"
		}},
		"database_file_closed": {doctor.Broken, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			c.Storage.Database = "sqlite:" + t.TempDir() // a folder, where a file should be
		}},
		"schema_unreadable": {doctor.Broken, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			file := filepath.Join(t.TempDir(), "x.db")
			if err := os.WriteFile(file, []byte(strings.Repeat("this is not a database ", 400)), 0o600); err != nil {
				t.Fatal(err)
			}
			c.Storage.Database = "sqlite:" + file
		}},
		"schema_older": {doctor.Warning, func(t *testing.T, c *config.Config, o *doctor.Outside) {
			o.OpenDB = func(ctx context.Context, _ string) (*store.DB, error) {
				db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "old.db"))
				if err != nil {
					return nil, err
				}
				return db, db.MigrateTo(ctx, 1)
			}
		}},
		"port_refused":   {doctor.Broken, func(_ *testing.T, c *config.Config, _ *doctor.Outside) { c.Server.Listen = "192.0.2.1:80" }},
		"address_number": {doctor.Warning, func(_ *testing.T, c *config.Config, _ *doctor.Outside) { c.Server.PublicURL = "https://192.0.2.1" }},
		"address_plain": {doctor.Warning, func(_ *testing.T, c *config.Config, _ *doctor.Outside) {
			c.Server.PublicURL = "http://hygie.example.fr"
		}},
		"port_answers": {doctor.Fine, func(t *testing.T, c *config.Config, _ *doctor.Outside) {
			l, err := net.Listen("tcp", "localhost:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			c.Server.Listen = l.Addr().String()
		}},
	} {
		t.Run(want, func(t *testing.T) {
			c, o := healthy(t)
			row.harm(t, &c, &o)
			got := keys(doctor.Examine(t.Context(), c, o))
			// An unreadable file may already be refused on opening.
			if want == "schema_unreadable" && got["database_file_closed"] == doctor.Broken {
				return
			}
			if got[want] != row.state {
				t.Errorf("%s is %q, want %q; all: %v", want, got[want], row.state, got)
			}
		})
	}
}

// TestWhatIsNoEvidence: an upload that never ended needs no key; a key that is lost among others is lost.
func TestWhatIsNoEvidence(t *testing.T) {
	c, _ := healthy(t)
	if lost := doctor.KeysLost(c); lost != nil {
		t.Errorf("%s with its keys", lost.Key)
	}
	key := filepath.Join(c.Storage.Data, "keys", "evidence.age")
	if err := errors.Join(os.WriteFile(filepath.Join(c.Storage.Data, "keys", "web"), []byte("x"), 0o600), os.Remove(key)); err != nil {
		t.Fatal(err)
	}
	if lost := doctor.KeysLost(c); lost == nil || lost.Key != "keys_lost" {
		t.Errorf("%v, want the keys to be lost", lost)
	}
	blobs := filepath.Join(c.Storage.Data, "blobs")
	if err := errors.Join(os.RemoveAll(blobs), os.MkdirAll(filepath.Join(blobs, "incoming"), 0o700),
		os.WriteFile(filepath.Join(blobs, "incoming", "half"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if lost := doctor.KeysLost(c); lost != nil {
		t.Errorf("%s without evidence", lost.Key)
	}
}

func TestReportsInBothLanguages(t *testing.T) {
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	c, o := healthy(t)
	c.Server.PublicURL = "http://hygie.example.fr"
	o.FreeBytes = func(string) (uint64, error) { return 69<<30 + 400<<20, nil }
	findings := doctor.Examine(t.Context(), c, o)
	for _, lang := range locale.Langs() {
		p := catalogue.Printer(lang, time.UTC)
		var text, js bytes.Buffer
		if err := errors.Join(doctor.WriteText(&text, p, findings), doctor.WriteJSON(&js, p, findings)); err != nil {
			t.Fatal(err)
		}
		free := map[locale.Lang]string{"fr": "69,4 Gio", "en": "69.4 GiB"}[lang]
		for _, want := range []string{free, "2026-11-21 08:00 UTC", "http://hygie.example.fr", p.T("doctor.address_plain_mend"), p.T("doctor.verdict_warning")} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%s: %q is missing in\n%s", lang, want, &text)
			}
		}
		if strings.Contains(text.String(), "doctor.") {
			t.Errorf("%s: a key shows in\n%s", lang, &text)
		}
		var report struct {
			State  string
			Checks []struct{ State, Check, Text, Advice string }
		}
		if err := json.Unmarshal(js.Bytes(), &report); err != nil || report.State != "warning" || len(report.Checks) != len(findings) {
			t.Errorf("%s: %v in\n%s", lang, err, &js)
		}
	}
}
