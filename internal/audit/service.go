package audit

import (
	"log/slog"
	"time"

	"hygie/directory/report"
	"hygie/internal/blob"
	"hygie/internal/job"
	"hygie/internal/recent"
	"hygie/internal/store"
	"hygie/internal/trail"
)

// Options is what the service needs; all of it is required but Deposits.
type Options struct {
	DB      *store.DB
	Vault   *blob.Vault
	Queue   *job.Queue
	Trail   *trail.Trail
	Now     func() time.Time
	Log     *slog.Logger
	Scratch string // folder for a collection under way
	Version string

	// Deposits only: the server never connects to a directory itself. A regional installation, from which no controller should be reachable, sets it.
	Deposits bool

	// DrawingScript is the address of the script that makes drawings of paths an instrument; empty: they stay pictures.
	DrawingScript string
}

// Service holds the use-cases of the module.
type Service struct {
	db      *store.DB
	vault   *blob.Vault
	queue   *job.Queue
	trail   *trail.Trail
	now     func() time.Time
	log     *slog.Logger
	scratch string
	version string
	secrets *secrets
	reports recent.Cache[*report.Report]

	depositsOnly  bool
	drawingScript string
	trials        trials
}

// New makes the service.
func New(o Options) *Service {
	return &Service{db: o.DB, vault: o.Vault, queue: o.Queue, trail: o.Trail, now: o.Now, log: o.Log, scratch: o.Scratch, version: o.Version, secrets: newSecrets(o.Now), reports: recent.Cache[*report.Report]{Most: mostReports}, depositsOnly: o.Deposits, drawingScript: o.DrawingScript, trials: newTrials()}
}
