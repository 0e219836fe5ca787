package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"hygie/internal/cli"
	"hygie/internal/config"
	"hygie/internal/locale"
	"hygie/internal/store"
)

// Settings are the options that say which installation a command is about.
type Settings struct {
	Config   string `help:"Settings file (TOML)." type:"path" placeholder:"FILE" env:"HYGIE_CONFIG"`
	Data     string `help:"Data folder: keys, evidence and, by default, the database." type:"path" placeholder:"DIR"`
	Database string `help:"Database: sqlite:PATH or postgres://… (default: hygie.db in the data folder)." placeholder:"URL"`
}

// load reads the settings and puts the command line's over them.
func (o Settings) load(s *cli.Streams) (config.Config, error) {
	c, err := config.Load(o.Config, s.Env)
	if err != nil {
		return c, cli.Exit{Code: cli.Usage, Err: err}
	}
	if o.Data != "" {
		c.Storage.Data = o.Data
	}
	if o.Database != "" {
		c.Storage.Database = o.Database
	}
	return c, nil
}

// open opens the database of an installation without changing it.
func (o Settings) open(ctx context.Context, c config.Config) (*store.DB, error) {
	db, err := store.Open(ctx, c.DatabaseURL())
	if err != nil {
		return nil, fmt.Errorf("%w\n(\"hygie doctor\" examines the installation)", err)
	}
	return db, nil
}

// makeDataFolder makes the data folder, for this account only.
func makeDataFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

// logger writes to standard error as the settings say.
func logger(c config.Log, s *cli.Streams) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.ToUpper(c.Level))); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(s.Err, options))
	}
	return slog.New(slog.NewTextHandler(s.Err, options))
}

// printer speaks the language of the command line.
func printer(s *cli.Streams) (*locale.Printer, error) {
	catalogue, err := locale.Default()
	if err != nil {
		return nil, err
	}
	return catalogue.Printer(locale.Lang(cli.Language(s.Env)), time.Local), nil
}
