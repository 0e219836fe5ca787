package proof

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// Kind says what sort of document a piece of evidence is; referentials ask for kinds.
type Kind string

// The kinds the platform itself makes. Referentials may name others.
const (
	DirectoryDump   Kind = "directory-dump"   // what a directory collection read
	DirectoryReport Kind = "directory-report" // what a directory audit concluded

	ExposureFacts   Kind = "exposure-facts"          // what an exposure audit saw
	ExposureReport  Kind = "exposure-report"         // what it concluded
	ExposureForeign Kind = "exposure-foreign-report" // what somebody else found on the same perimeter
	ExposureSource  Kind = "exposure-source"         // tells of names and addresses: zone, registrar, certificates
	ExposureMandate Kind = "exposure-mandate"        // signed permission to look
)

// Weaknesses tells whether such a document is the map of a structure's weak points: opening it asks for right.SeeAudit beside right.SeeProof.
func (k Kind) Weaknesses() bool {
	switch k {
	case DirectoryDump, DirectoryReport, ExposureFacts, ExposureReport, ExposureForeign, ExposureSource:
		return true
	}
	return false
}

// Evidence is a deposited file: what it is, the period it speaks of, and where its bytes are.
type Evidence struct {
	ID             string
	Structure      string
	Kind           Kind
	Name           string
	MediaType      string
	SHA256         string // of the plain bytes, hexadecimal: the name of the blob
	Size           int64
	EffectiveFrom  time.Time // the document speaks of this period, whenever it was deposited
	EffectiveUntil time.Time // zero when it has no known end
	DepositedAt    time.Time
	DepositedBy    string
	Note           string
	Supersedes     string // id of the evidence this one replaces, or empty
	SignerRole     string // role of who signed the document, as the referentials name roles; empty: not recorded
}

// Media types that a browser shows beside images. What a file is, its first bytes decide (package evidence).
const (
	PDF       = "application/pdf"
	PlainText = "text/plain; charset=utf-8"
	ODS       = "application/vnd.oasis.opendocument.spreadsheet"
	XLSX      = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Showable tells whether a browser may show the document: text, images and PDF itself, spreadsheets as tables that we write.
func (e Evidence) Showable() bool {
	switch e.MediaType {
	case PDF, ODS, XLSX:
		return true
	}
	if strings.HasPrefix(e.MediaType, "text/plain;") { // in any characters that browsers know
		return true
	}
	return strings.HasPrefix(e.MediaType, "image/") && e.MediaType != "image/svg+xml"
}

// Bytes is where the content of evidence is kept; internal/blob provides it.
type Bytes interface {
	Put(ctx context.Context, r io.Reader) (digest [32]byte, size int64, err error)
	Open(ctx context.Context, digest [32]byte) (io.ReadCloser, error)
}

// Add records evidence whose bytes are already stored, for a structure in scope, and returns its id.
func Add(ctx context.Context, tx *store.Tx, scope territory.Scope, e Evidence) (string, error) {
	if len(e.SHA256) != 64 || e.Structure == "" || e.Kind == "" || e.DepositedAt.IsZero() {
		return "", errors.New("record evidence: structure, kind, digest and date are needed")
	}
	if !e.EffectiveUntil.IsZero() && e.EffectiveUntil.Before(e.EffectiveFrom) {
		return "", errors.New("record evidence: the period it covers ends before it begins")
	}
	e.ID = store.NewID(e.DepositedAt)
	var w store.Where
	marks := ""
	for _, v := range []any{e.ID, string(e.Kind), SafeName(e.Name), e.MediaType, e.SHA256, e.Size, store.Millis(e.EffectiveFrom),
		store.Millis(e.EffectiveUntil), store.Millis(e.DepositedAt), e.DepositedBy, e.Note, nullable(e.Supersedes), e.SignerRole} {
		marks += ", " + w.Arg(v)
	}
	w.And("s.id = ?", e.Structure)
	scope.Within(&w, "s.id")
	n, err := tx.Exec(ctx, `insert into evidence (structure_id, id, kind, name, media_type, sha256, size, effective_from, effective_until, deposited_at, deposited_by, note, supersedes, signer_role)
		select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
	if err != nil {
		return "", fmt.Errorf("record evidence: %w", err)
	}
	if n != 1 {
		return "", fmt.Errorf("record evidence for %s: %w", e.Structure, store.ErrNotFound)
	}
	tx.Note(news{structure: e.Structure, document: string(e.Kind)})
	return e.ID, nil
}

const evidenceColumns = `e.id, e.structure_id, e.kind, e.name, e.media_type, e.sha256, e.size, e.effective_from, e.effective_until, e.deposited_at, e.deposited_by, e.note, coalesce(e.supersedes, ''), e.signer_role`

func scanEvidence(row store.Row) (Evidence, error) {
	var e Evidence
	var from, until, deposited int64
	err := row.Scan(&e.ID, &e.Structure, &e.Kind, &e.Name, &e.MediaType, &e.SHA256, &e.Size, &from, &until, &deposited, &e.DepositedBy, &e.Note, &e.Supersedes, &e.SignerRole)
	e.EffectiveFrom, e.EffectiveUntil, e.DepositedAt = store.Time(from), store.Time(until), store.Time(deposited)
	return e, err
}

// ByID returns one piece of evidence in scope, or [store.ErrNotFound].
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Evidence, error) {
	var w store.Where
	w.And("e.id = ?", id)
	scope.Within(&w, "e.structure_id")
	return store.One(ctx, tx, scanEvidence, `select `+evidenceColumns+` from evidence e`+w.SQL(), w.Args()...)
}

// Of returns the evidence of one structure in scope, latest deposit first.
func Of(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Evidence, error) {
	var w store.Where
	w.And("e.structure_id = ?", structure)
	scope.Within(&w, "e.structure_id")
	return store.All(ctx, tx, scanEvidence, `select `+evidenceColumns+` from evidence e`+w.SQL()+` order by e.deposited_at desc, e.id desc`, w.Args()...)
}

// Ending returns evidence in scope whose period ends from one moment to before another and that nothing replaced, the first to end first, at most some. What is
// made again by being measured again, such as collections, is left out.
func Ending(ctx context.Context, tx *store.Tx, scope territory.Scope, from, before time.Time, most int) ([]Evidence, error) {
	var w store.Where
	w.And("e.effective_until >= ? and e.effective_until < ?", store.Millis(from), store.Millis(before))
	w.And("not exists (select 1 from evidence n where n.structure_id = e.structure_id and n.supersedes = e.id)")
	scope.Within(&w, "e.structure_id")
	all, err := store.All(ctx, tx, scanEvidence, `select `+evidenceColumns+` from evidence e`+w.SQL()+` order by e.effective_until, e.id limit `+w.Arg(most), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read which evidence ends soon: %w", err)
	}
	return slices.DeleteFunc(all, func(e Evidence) bool { return e.Kind.Weaknesses() }), nil
}

// Superseded returns, for each of some evidence that another of them had replaced by a moment, the id of what replaced it.
func Superseded(all []Evidence, at time.Time) map[string]string {
	replaced := map[string]string{}
	for _, e := range all {
		if e.Supersedes != "" && !e.DepositedAt.After(at) {
			replaced[e.Supersedes] = e.ID
		}
	}
	return replaced
}

// Open reads the content of evidence.
func (e Evidence) Open(ctx context.Context, bytes Bytes) (io.ReadCloser, error) {
	raw, err := hex.DecodeString(e.SHA256)
	if err != nil || len(raw) != 32 {
		return nil, fmt.Errorf("open evidence %s: its digest is damaged", e.ID)
	}
	content, err := bytes.Open(ctx, [32]byte(raw))
	if err != nil {
		return nil, fmt.Errorf("open evidence %s: %w", e.ID, err)
	}
	return content, nil
}

// SafeName is a file name without folders, control characters or excess length, fit for display and download.
func SafeName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	runes := []rune(name)
	if len(runes) > 120 { // keep the end: it holds the extension
		runes = append(append(runes[:90:90], '…'), runes[len(runes)-29:]...)
	}
	if len(runes) == 0 {
		return "document"
	}
	return string(runes)
}
