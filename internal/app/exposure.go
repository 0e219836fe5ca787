package app

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"hygie/exposure/dns"
	"hygie/internal/exposure"
)

// oldMemory is the age at which what an interrupted exposure audit had seen serves nobody: the engine takes it up within a day only.
const oldMemory = 48 * time.Hour

// exposures makes the service of the exposure audits. Its folder holds what an audit under way has seen, so that a killed one goes on.
func (p *Platform) exposures(secret secrets, now func() time.Time) (*exposure.Service, error) {
	folder := filepath.Join(p.Config.Storage.Data, "exposure")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("prepare the exposure audits: %w", err)
	}
	if err := forgetOlder(folder, now().Add(-oldMemory)); err != nil {
		return nil, fmt.Errorf("prepare the exposure audits: %w", err)
	}
	signers, err := authorities(p.Config.Exposure.Signers)
	if err != nil {
		return nil, fmt.Errorf("prepare the exposure audits: %w", err)
	}
	return exposure.New(exposure.Options{
		DB: p.DB, Vault: p.Vault, Queue: p.Queue, Trail: p.Trail, Keys: secret.folder, Now: now, Log: p.log, Memory: folder, Version: Version,
		Resolvers: func() ([]netip.AddrPort, error) { return resolvers(p.Config.Exposure.Resolvers) }, Deposits: p.Config.Exposure.DepositsOnly, Signers: signers,
	}), nil
}

// authorities reads those of who signs mandates; nil without a file.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read exposure.signers: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("exposure.signers: %s holds no certificate in PEM form", file)
	}
	return pool, nil
}

// resolvers are those of the configuration, or of the machine.
func resolvers(chosen []string) (list []netip.AddrPort, err error) {
	if len(chosen) == 0 {
		return dns.System("/etc/resolv.conf")
	}
	for _, text := range chosen {
		r, err := dns.ParseResolver(text)
		if err != nil {
			return nil, fmt.Errorf("exposure.resolvers: %w", err)
		}
		list = append(list, r)
	}
	return list, nil
}

// forgetOlder removes the files of a folder that were last written before a moment.
func forgetOlder(folder string, before time.Time) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // gone meanwhile, or still of use
		}
		if err := os.Remove(filepath.Join(folder, f.Name())); err != nil {
			return err
		}
	}
	return nil
}
