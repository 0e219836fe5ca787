package exposure

import (
	"crypto/x509"
	"log/slog"
	"net/netip"
	"time"

	"hygie/exposure/dns"
	"hygie/exposure/report"
	"hygie/internal/blob"
	"hygie/internal/job"
	"hygie/internal/keys"
	"hygie/internal/recent"
	"hygie/internal/store"
	"hygie/internal/trail"
)

// Options is what the service needs.
type Options struct {
	DB      *store.DB
	Vault   *blob.Vault
	Queue   *job.Queue
	Trail   *trail.Trail
	Keys    keys.Folder // signs reports
	Now     func() time.Time
	Log     *slog.Logger
	Memory  string // folder of the audits under way: a killed one goes on
	Version string

	Signers   *x509.CertPool                   // authorities of those who sign mandates; nil leaves their certificates unverified
	Resolvers func() ([]netip.AddrPort, error) // of the machine
	Anchors   []dns.Anchor                     // beside the root's, for tests
	Deposits  bool                             // only: the server looks at nothing itself
	Local     bool                             // allows this machine and private networks; never on a shared platform
}

// Service holds the use-cases of the module.
type Service struct {
	o       Options
	db      *store.DB
	vault   *blob.Vault
	queue   *job.Queue
	trail   *trail.Trail
	now     func() time.Time
	reports recent.Cache[*report.Report]
}

// New makes the service.
func New(o Options) *Service {
	return &Service{o: o, db: o.DB, vault: o.Vault, queue: o.Queue, trail: o.Trail, now: o.Now, reports: recent.Cache[*report.Report]{Most: 8}}
}
