package cli

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"hygie/exposure/knowledge"
)

// ExposureKnowledge distils publications into one signed bundle.
type ExposureKnowledge struct {
	Files []string `arg:"" name:"file" placeholder:"FILE" help:"Publications: CISA KEV (json), EPSS (csv, gz), NVD 2.0 (json, gz), advisories of CERT-FR (json), ends of support (csv: product,cycle,end,source)."`
	Out   string   `short:"o" required:"" placeholder:"FILE" help:"Bundle to write."`
	Key   string   `placeholder:"FILE" help:"Ed25519 private key (PEM) that signs; made and kept when the file does not exist. By default beside the bundle, with the ending .key."`
}

// Help shows examples.
func (*ExposureKnowledge) Help() string {
	return "hygie exposure knowledge --out connaissances.hygie known_exploited_vulnerabilities.json epss_scores-current.csv.gz nvdcve-2.0-2026.json.gz CERTFR-2026-AVI-0001.json fins.csv"
}

// Run distils.
func (c *ExposureKnowledge) Run(s *Streams) error {
	say := sayer(Language(s.Env))
	var files []knowledge.File
	for _, name := range c.Files {
		files = append(files, knowledge.File{Name: filepath.Base(name), Open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	bundle, err := knowledge.Distil(s.Now(), files)
	if err != nil {
		return Exit{Failed, err}
	}
	path := c.Key
	if path == "" {
		path = c.Out + ".key"
	}
	key, made, err := signingKey(path)
	if err != nil {
		return Exit{Failed, err}
	}
	if err := writePrivate(c.Out, func(w io.Writer) error { return knowledge.Write(w, bundle, key) }); err != nil {
		return Exit{Failed, err}
	}
	for _, source := range bundle.Sources {
		day := "–"
		if !source.Date.IsZero() {
			day = source.Date.Format(time.DateOnly)
		}
		fmt.Fprintf(s.Out, "%-8s %-40s %s  %d\n", source.Kind, source.Name, day, source.Entries) //nolint:errcheck // shown below if the output is gone
	}
	if made {
		fmt.Fprintf(s.Err, say("Clé de signature faite : %s. Gardez-la hors de la machine qui audite.\n", "Signing key made: %s. Keep it away from the machine that audits.\n"), path) //nolint:errcheck // a remark
	}
	public := base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	_, err = fmt.Fprintf(s.Out, say("%d vulnérabilités, %d avis, %d fins de support ; clé publique %s\n", "%d vulnerabilities, %d advisories, %d ends of support; public key %s\n"),
		len(bundle.Vulnerabilities), len(bundle.Advisories), len(bundle.Cycles), public)
	return err
}

// signingKey reads a private key, or makes one.
func signingKey(path string) (key ed25519.PrivateKey, made bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, key, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return nil, false, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, false, err
		}
		return key, true, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	}
	if err != nil {
		return nil, false, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, false, fmt.Errorf("read the key %s: not a PEM file", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, false, fmt.Errorf("read the key %s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, false, fmt.Errorf("read the key %s: not an Ed25519 key", path)
	}
	return key, false, nil
}
