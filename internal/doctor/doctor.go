// Package doctor examines an installation and says in plain words what is wrong with it and what to do.
//
// Each check is one function that looks, changes nothing, and returns a [Finding]. Texts are message keys, because the
// administrator reads them in French or English.
package doctor

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"hygie/internal/config"
	"hygie/internal/store"
)

// State is the outcome of one check.
type State string

// The outcomes, from good to bad. Unknown means that another fault prevented the check.
const (
	Fine    State = "fine"
	Unknown State = "unknown"
	Warning State = "warning"
	Broken  State = "broken"
)

// Finding is what one check saw. Key, with "doctor." before it, is a message that says it; when the state is Warning or Broken, the message
// Key + "_mend" says what to do.
type Finding struct {
	State  State  `json:"state"`
	Key    string `json:"check"`
	Args   []any  `json:"-"`
	Detail string `json:"detail,omitempty"` // the technical cause, when there is one
}

// Outside is what the checks ask of the world, so that a test owns it.
type Outside struct {
	FreeBytes func(folder string) (uint64, error)
	Now       func() time.Time
	OpenDB    func(ctx context.Context, url string) (*store.DB, error)
}

// Examine runs every check; the result is in the order of the checks and never empty.
func Examine(ctx context.Context, c config.Config, o Outside) []Finding {
	findings := []Finding{settings(c), dataFolder(c)}
	findings = append(findings, privacy(c)...)
	findings = append(findings, space(c, o), clock(o))
	findings = append(findings, database(ctx, c, o)...)
	return append(findings, listening(c), address(c))
}

// Worst is the worst state among findings.
func Worst(findings []Finding) State {
	order := []State{Fine, Unknown, Warning, Broken}
	worst := Fine
	for _, f := range findings {
		if slices.Index(order, f.State) > slices.Index(order, worst) {
			worst = f.State
		}
	}
	return worst
}

func settings(c config.Config) Finding {
	if err := c.Check(); err != nil {
		return Finding{State: Broken, Key: "settings_wrong", Detail: err.Error()}
	}
	return Finding{State: Fine, Key: "settings"}
}

func dataFolder(c config.Config) Finding {
	folder := c.Storage.Data
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Finding{State: Warning, Key: "data_absent", Args: []any{"folder", folder}}
	case err != nil:
		return Finding{State: Broken, Key: "data_unreadable", Args: []any{"folder", folder}, Detail: err.Error()}
	case !info.IsDir():
		return Finding{State: Broken, Key: "data_not_folder", Args: []any{"folder", folder}}
	}
	probe, err := os.CreateTemp(folder, ".doctor-*")
	if err != nil {
		return Finding{State: Broken, Key: "data_not_writable", Args: []any{"folder", folder}, Detail: err.Error()}
	}
	err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return Finding{State: Broken, Key: "data_not_writable", Args: []any{"folder", folder}, Detail: err.Error()}
	}
	return Finding{State: Fine, Key: "data", Args: []any{"folder", folder}}
}

// privacy looks whether others on the machine can read the keys, and whether there are keys for the evidence there is.
func privacy(c config.Config) []Finding {
	keys := filepath.Join(c.Storage.Data, "keys")
	if lost := KeysLost(c); lost != nil {
		return []Finding{*lost}
	}
	entries, err := os.ReadDir(keys)
	if err != nil || len(entries) == 0 {
		return nil // nothing yet to protect
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && readable(info) {
			return []Finding{{State: Broken, Key: "keys_open", Args: []any{"file", filepath.Join(keys, entry.Name())}, Detail: info.Mode().Perm().String()}}
		}
	}
	return []Finding{{State: Fine, Key: "keys"}}
}

// KeysLost tells whether there is evidence and no key to open it; nil when all is well.
func KeysLost(c config.Config) *Finding {
	keys := filepath.Join(c.Storage.Data, "keys")
	if _, err := os.Stat(filepath.Join(keys, "evidence.age")); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	evidence := false
	root := filepath.Join(c.Storage.Data, "blobs")
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what cannot be listed is another check's subject
		case d.IsDir() && path == filepath.Join(root, "incoming"):
			return fs.SkipDir // uploads that never ended
		case d.Type().IsRegular():
			evidence = true
			return fs.SkipAll
		}
		return nil
	})
	if !evidence {
		return nil
	}
	return &Finding{State: Broken, Key: "keys_lost", Args: []any{"folder", keys}}
}

// readable tells whether other accounts of the machine may read a file or enter a folder, as far as its mode says.
func readable(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

// exposed looks whether others on the machine can read the database file: its folder usually keeps them out, whatever the mode of the file.
func exposed(path string) []Finding {
	file, err := os.Stat(path)
	folder, folderErr := os.Stat(filepath.Dir(path))
	if err != nil || folderErr != nil || !readable(file) || !readable(folder) {
		return nil
	}
	return []Finding{{State: Broken, Key: "database_open", Args: []any{"file", path}, Detail: file.Mode().Perm().String()}}
}

// Free space below which the administrator is warned, and below which work must stop.
const (
	littleSpace = 2 << 30
	noSpace     = 200 << 20
)

func space(c config.Config, o Outside) Finding {
	free, err := o.FreeBytes(existing(c.Storage.Data))
	if err != nil {
		return Finding{State: Unknown, Key: "space_unknown", Detail: err.Error()}
	}
	args := []any{"free", math.Round(10*float64(free)/(1<<30)) / 10}
	switch {
	case free < noSpace:
		return Finding{State: Broken, Key: "space_none", Args: args}
	case free < littleSpace:
		return Finding{State: Warning, Key: "space_little", Args: args}
	}
	return Finding{State: Fine, Key: "space", Args: args}
}

// existing is the nearest folder above path that exists.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil {
			return path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return "."
		}
		path = parent
	}
}

// builtIn is a date before which no clock can be right.
var builtIn = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func clock(o Outside) Finding {
	now := o.Now()
	if now.Before(builtIn) {
		return Finding{State: Broken, Key: "clock_behind", Args: []any{"now", now.UTC().Format("2006-01-02 15:04 UTC")}}
	}
	return Finding{State: Fine, Key: "clock", Args: []any{"now", now.UTC().Format("2006-01-02 15:04 UTC")}}
}

func database(ctx context.Context, c config.Config, o Outside) []Finding {
	address := c.DatabaseURL()
	var findings []Finding
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		path, _, _ = strings.Cut(path, "?")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return []Finding{{State: Warning, Key: "database_absent", Args: []any{"path", path}}}
		}
		findings = exposed(path)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	db, err := o.OpenDB(ctx, address)
	if err != nil {
		key := "database_closed"
		if strings.HasPrefix(address, "sqlite:") {
			key = "database_file_closed"
		}
		return append(findings, Finding{State: Broken, Key: key, Detail: err.Error()})
	}
	defer db.Close()
	return append(findings, schema(ctx, db), integrity(ctx, db))
}

func schema(ctx context.Context, db *store.DB) Finding {
	applied, known, err := db.Version(ctx)
	args := []any{"applied", applied, "known", known}
	switch {
	case err != nil:
		return Finding{State: Broken, Key: "schema_unreadable", Detail: err.Error()}
	case applied > known:
		return Finding{State: Broken, Key: "schema_newer", Args: args}
	case applied < known:
		return Finding{State: Warning, Key: "schema_older", Args: args}
	}
	return Finding{State: Fine, Key: "schema", Args: []any{"engine", string(db.Engine()), "applied", applied}}
}

// integrity asks the engine whether the file is whole. PostgreSQL looks after that itself; there a reading transaction is enough.
func integrity(ctx context.Context, db *store.DB) Finding {
	question := `select 'ok'`
	if db.Engine() == store.SQLite {
		question = `pragma quick_check(1)`
	}
	var answer string
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		answer, err = store.One(ctx, tx, store.Column[string], question)
		return err
	})
	if err != nil || answer != "ok" {
		if err != nil {
			answer = err.Error()
		}
		return Finding{State: Broken, Key: "database_damaged", Detail: answer}
	}
	return Finding{State: Fine, Key: "database"}
}

// listening tells whether the address is free, or held by somebody: perhaps the platform itself, running.
func listening(c config.Config) Finding {
	args := []any{"address", c.Server.Listen}
	l, err := net.Listen("tcp", c.Server.Listen)
	if err == nil {
		l.Close()
		return Finding{State: Fine, Key: "port_free", Args: args}
	}
	if conn, dialErr := net.DialTimeout("tcp", c.Server.Listen, time.Second); dialErr == nil {
		conn.Close()
		return Finding{State: Fine, Key: "port_answers", Args: args}
	}
	return Finding{State: Broken, Key: "port_refused", Args: args, Detail: err.Error()}
}

// address tells whether passkeys can work: browsers want https, except on the machine itself.
func address(c config.Config) Finding {
	args := []any{"address", c.Address()}
	u, err := url.Parse(c.Address())
	if err != nil {
		return Finding{State: Broken, Key: "address_wrong", Args: args, Detail: err.Error()}
	}
	local := u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost")
	switch {
	case u.Scheme == "https" && net.ParseIP(u.Hostname()) == nil, local:
		return Finding{State: Fine, Key: "address", Args: args}
	case net.ParseIP(u.Hostname()) != nil:
		return Finding{State: Warning, Key: "address_number", Args: args}
	}
	return Finding{State: Warning, Key: "address_plain", Args: args}
}
