package cli

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"hygie/journal"
)

// JournalVerify checks an exported journal without network or account.
type JournalVerify struct {
	File   string   `arg:"" help:"Exported journal; - reads it from standard input."`
	Key    []string `help:"Public key you trust (PEM file), received by another way than the journal; may be given several times." type:"existingfile" placeholder:"FILE"`
	Known  []string `help:"Signed head you kept earlier: proves that the journal still begins with what it said then." type:"existingfile" placeholder:"FILE"`
	Format string   `help:"Output: text or json." enum:"text,json" default:"text"`
}

// Help shows examples.
func (JournalVerify) Help() string {
	return "hygie journal verify journal.jsonl --key hygie-public.pem\nhygie journal verify journal.jsonl --known head-of-march.txt --format json"
}

// Run prints what is proven; it ends with 1 when something is wrong with the journal.
func (j JournalVerify) Run(_ context.Context, s *Streams) error {
	verifier, err := j.verifier()
	if err != nil {
		return err
	}
	in := s.In
	if j.File != "-" {
		f, err := os.Open(j.File)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		defer f.Close()
		in = f
	}
	result, err := verifier.Verify(in)
	if err != nil {
		return fmt.Errorf("verify %s: %w", j.File, err)
	}
	if j.Format == "json" {
		err = writeResult(s.Out, result)
	} else {
		err = result.WriteText(s.Out, Language(s.Env))
	}
	if err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	if !result.Intact() || len(j.Key) > 0 && !result.Trusted {
		return Exit{Code: Failed}
	}
	return nil
}

func (j JournalVerify) verifier() (journal.Verifier, error) {
	keys, err := publicKeys(j.Key)
	v := journal.Verifier{Trusted: keys}
	if err != nil {
		return v, err
	}
	for _, name := range j.Known {
		text, err := os.ReadFile(name)
		if err != nil {
			return v, fmt.Errorf("read the head: %w", err)
		}
		head, err := journal.ParseSignedHead(text)
		if err != nil {
			return v, UsageError("read the head %s: %w", name, err)
		}
		v.Known = append(v.Known, head.Head)
	}
	return v, nil
}

func publicKey(text []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is not a PEM file")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("it is a %T, want Ed25519", parsed)
	}
	return key, nil
}

// writeResult prints the result as docs/schema/journal-verify.schema.json describes.
func writeResult(w io.Writer, r journal.Result) error {
	type problem struct {
		Kind     string `json:"kind"`
		Line     int64  `json:"line,omitempty"`
		To       int64  `json:"to,omitempty"`
		FileLine int64  `json:"file_line,omitempty"`
		Cause    string `json:"cause,omitempty"`
	}
	report := struct {
		Intact   bool      `json:"intact"`
		Signed   bool      `json:"signed"`
		Trusted  bool      `json:"trusted"`
		Extended int       `json:"extended_heads"`
		Lines    int64     `json:"lines"`
		Key      string    `json:"key_fingerprint,omitempty"`
		Problems []problem `json:"problems"`
		More     int64     `json:"more_problems"`
	}{Intact: r.Intact(), Signed: r.Signed, Trusted: r.Trusted, Extended: r.Extended, Lines: r.Lines, Problems: []problem{}, More: r.More}
	if r.Key != nil {
		report.Key = journal.Fingerprint(r.Key)
	}
	for _, p := range r.Problems {
		report.Problems = append(report.Problems, problem{Kind: string(p.Kind), Line: p.Line, To: p.To, FileLine: p.FileLine, Cause: p.Cause})
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(report)
}
