package app

import (
	"context"
	"errors"

	"hygie/internal/cli"
)

// FinessCommands are the commands about the national register of establishments.
type FinessCommands struct {
	Import FinessImport `cmd:"" help:"Bring a publication of FINESS into the territory."`
}

// FinessImport is the import on the database of an installation.
type FinessImport struct {
	Settings
	cli.FinessImport
}

// Run opens the database, made when it does not exist, and imports.
func (f FinessImport) Run(ctx context.Context, s *cli.Streams) (err error) {
	c, err := f.load(s)
	if err != nil {
		return err
	}
	if err := makeDataFolder(c.Storage.Data); err != nil {
		return err
	}
	db, err := f.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Migrate(ctx); err != nil {
		return err
	}
	return f.Import(ctx, s, db)
}
