package cli

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"hygie/seal"
)

// DossierVerify checks a sealed pack without network or account.
type DossierVerify struct {
	File   string   `arg:"" help:"Sealed pack (ZIP file)." type:"existingfile"`
	Key    []string `help:"Public key you trust (PEM file), received by another way than the pack; may be given several times." type:"existingfile" placeholder:"FILE"`
	Format string   `help:"Output: text or json." enum:"text,json" default:"text"`
}

// Help shows examples.
func (DossierVerify) Help() string {
	return "hygie dossier verify dossier.zip --key hygie-public.pem\nhygie dossier verify dossier.zip --format json"
}

// Run prints what is proven; it ends with 1 when something is wrong with the pack.
func (d DossierVerify) Run(_ context.Context, s *Streams) error {
	keys, err := publicKeys(d.Key)
	if err != nil {
		return err
	}
	f, err := os.Open(d.File)
	if err != nil {
		return fmt.Errorf("read the pack: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the pack: %w", err)
	}
	result, err := seal.Verify(f, info.Size(), keys...)
	if errors.Is(err, seal.ErrFormat) {
		return fmt.Errorf("%s: %w", d.File, err)
	} else if err != nil {
		return fmt.Errorf("verify %s: %w", d.File, err)
	}
	if d.Format == "json" {
		err = writePack(s.Out, result)
	} else {
		err = result.WriteText(s.Out, Language(s.Env))
	}
	if err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	if !result.Intact() || len(keys) > 0 && !result.Trusted {
		return Exit{Code: Failed}
	}
	return nil
}

// publicKeys reads the keys that a person trusts.
func publicKeys(names []string) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the key: %w", err)
		}
		key, err := publicKey(text)
		if err != nil {
			return nil, UsageError("read the key %s: %w", name, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// writePack prints the result as docs/schema/dossier-verify.schema.json describes.
func writePack(w io.Writer, r seal.Result) error {
	type problem struct {
		Kind   string `json:"kind"`
		File   string `json:"file,omitempty"`
		Detail string `json:"detail"`
	}
	type head struct {
		Origin string `json:"origin"`
		Lines  int64  `json:"lines"`
		Time   string `json:"time"`
	}
	report := struct {
		Intact   bool      `json:"intact"`
		Signed   bool      `json:"signed"`
		Trusted  bool      `json:"trusted"`
		Files    int       `json:"files"`
		Bytes    int64     `json:"bytes"`
		Journals int       `json:"journals"`
		Key      string    `json:"key_fingerprint,omitempty"`
		Head     *head     `json:"journal_head,omitempty"`
		Problems []problem `json:"problems"`
	}{Intact: r.Intact(), Signed: r.Signed, Trusted: r.Trusted, Files: r.Files, Bytes: r.Bytes, Journals: r.Journals, Key: r.Fingerprint, Problems: []problem{}}
	if r.Head != nil {
		report.Head = &head{r.Head.Origin, r.Head.Size, r.Head.Time.UTC().Format("2006-01-02T15:04:05.000Z")}
	}
	for _, p := range r.Problems {
		report.Problems = append(report.Problems, problem{string(p.Kind), p.File, p.Detail})
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(report)
}
