package funding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Content is what a deposit freezes; docs/formats/dossier-deposit.md says how it is written. It holds no time and no signer, so that the same application
// deposited twice is the same bytes.
type Content struct {
	Format      int              `json:"format"` // [ContentFormat]
	Number      string           `json:"number"`
	Call        string           `json:"call"`
	CallVersion string           `json:"call_version"`
	Candidate   Party            `json:"candidate"`
	Members     []Party          `json:"members"` // full members of a group, by name
	Asked       int64            `json:"asked_cents"`
	Fields      []ContentField   `json:"fields"`
	Evidence    []ContentFile    `json:"evidence"`
	Expenses    []ContentExpense `json:"expenses"`
}

// ContentFormat is the version of the form of [Content].
const ContentFormat = 1

// Party is a structure as it was called at the deposit.
type Party struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Finess string `json:"finess,omitempty"`
	Siren  string `json:"siren,omitempty"`
}

// ContentField is the value of a field.
type ContentField struct {
	Member string `json:"member,omitempty"`
	Name   string `json:"name"`
	Value  string `json:"value"`
}

// ContentFile is evidence as it was at the deposit; its bytes lie in the blob store under their digest.
type ContentFile struct {
	Member      string `json:"member,omitempty"`
	Requirement string `json:"requirement"`
	Evidence    string `json:"evidence"`
	Kind        string `json:"kind"`
	Name        string `json:"name"`
	SHA256      string `json:"sha256"`
	Size        int64  `json:"size"`
	From        string `json:"from,omitempty"` // RFC 3339, UTC
	Until       string `json:"until,omitempty"`
}

// ContentExpense is a line of expense.
type ContentExpense struct {
	Member   string `json:"member,omitempty"`
	Kind     string `json:"kind"`
	Label    string `json:"label"`
	Supplier string `json:"supplier,omitempty"`
	Amount   int64  `json:"amount_cents"`
	On       string `json:"on"` // YYYY-MM-DD
	Invoice  string `json:"invoice,omitempty"`
}

// Bytes is the content as it is hashed: JSON without spaces, keys in the order of the struct, "<", ">" and "&" escaped, one line, no line end.
func (c Content) Bytes() ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write the content of dossier %s: %w", c.Number, err)
	}
	return b, nil
}

// Receipt proves a deposit.
type Receipt struct {
	Dossier  string
	Number   string
	Revision int64 // 1, 2 …
	SHA256   string
	Content  []byte
	At       time.Time // by the clock of the server, when the deposit arrived
	By       string
	OnBehalf string // person who delegated the right to sign; empty: the legal representative's own
	Grant    string // the role by which it was signed
	Closes   time.Time
	Again    bool // the same content was deposited before: this is that receipt
}

// Open reads the content of a receipt.
func (r Receipt) Open() (c Content, err error) {
	if err := json.Unmarshal(r.Content, &c); err != nil {
		return c, fmt.Errorf("read the content of deposit %s/%d: %w", r.Number, r.Revision, err)
	}
	return c, nil
}

// Prepare gives what a deposit of a dossier in scope would freeze now, with its SHA-256.
func (s *Service) Prepare(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string, asked Cents) (Content, string, error) {
	d, err := ByID(ctx, tx, scope, dossier)
	if err != nil {
		return Content{}, "", err
	}
	c := Content{Format: ContentFormat, Number: d.Number, Call: d.Call, CallVersion: d.CallVersion, Asked: int64(asked), Members: []Party{}, Fields: []ContentField{}, Evidence: []ContentFile{},
		Expenses: []ContentExpense{}}
	candidate, err := territory.Get(ctx, tx, scope, territory.ID(d.Structure))
	if err != nil {
		return c, "", err
	}
	c.Candidate = party(candidate)
	if candidate.Kind == territory.Group {
		members, err := territory.Members(ctx, tx, scope, candidate.ID)
		if err != nil {
			return c, "", err
		}
		for _, m := range members {
			if m.Role.Full() {
				c.Members = append(c.Members, party(m.Subject))
			}
		}
	}
	if err := s.gather(ctx, tx, scope, d.ID, &c); err != nil {
		return c, "", err
	}
	b, err := c.Bytes()
	digest := sha256.Sum256(b)
	return c, hex.EncodeToString(digest[:]), err
}

func party(s territory.Structure) Party {
	return Party{ID: string(s.ID), Name: s.Name, Finess: s.Finess, Siren: s.Siren}
}

// gather reads what was written, picked and spent.
func (s *Service) gather(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string, c *Content) error {
	fields, err := Fields(ctx, tx, scope, dossier)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.Value != "" {
			c.Fields = append(c.Fields, ContentField{Member: f.Member, Name: f.Name, Value: f.Value})
		}
	}
	picked, err := Evidence(ctx, tx, scope, dossier)
	if err != nil {
		return err
	}
	for _, p := range picked {
		c.Evidence = append(c.Evidence, ContentFile{Member: p.Member, Requirement: p.Requirement, Evidence: p.Evidence, Kind: string(p.Kind), Name: p.Name, SHA256: p.SHA256, Size: p.Size,
			From: stamp(p.From), Until: stamp(p.Until)})
	}
	expenses, err := s.Expenses(ctx, tx, scope, dossier)
	if err != nil {
		return err
	}
	for _, x := range expenses {
		c.Expenses = append(c.Expenses, ContentExpense{Member: x.Member, Kind: x.Kind, Label: x.Label, Supplier: x.Supplier, Amount: int64(x.Amount), On: x.On.Format(time.DateOnly), Invoice: x.Invoice})
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Depositing is what somebody signs.
type Depositing struct {
	Dossier string
	Asked   Cents
	Seen    string    // SHA-256 of the content that was shown to the signer
	At      time.Time // when the deposit arrived: a transaction that waits does not make it late
	Terms   Terms
}

// Deposit freezes the content of a dossier and sends it, in the name of the structure: the actor needs right.SubmitDossier, its own or delegated. What was
// deposited already is given its receipt again, also after the window has closed: a signer whose network broke loses nothing by trying twice. Content that
// changed since it was shown is refused with fault.Conflict.
func (s *Service) Deposit(ctx context.Context, tx *store.Tx, actor right.Actor, p Depositing) (Receipt, error) {
	d, err := store.One(ctx, tx, scan, `select `+columns+` from dossier d where d.id = $1`, p.Dossier)
	if errors.Is(err, store.ErrNotFound) {
		return Receipt{}, errNotFound
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("read dossier %s: %w", p.Dossier, err)
	}
	scope, err := right.Authorize(ctx, tx, actor, right.SubmitDossier, d.Structure)
	if err != nil {
		return Receipt{}, hide(err)
	}
	if last, err := LatestReceipt(ctx, tx, scope, d.ID); err == nil && last.SHA256 == p.Seen {
		last.Again = true
		return last, nil
	} else if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Receipt{}, err
	}
	if p.Asked <= 0 || p.Asked > mostAmount {
		return Receipt{}, fault.Invalid(fault.Field{Name: "asked", Key: "funding.asked_missing", Args: []any{"most", money(mostAmount)}})
	}
	content, digest, err := s.Prepare(ctx, tx, scope, d.ID, p.Asked)
	if err != nil {
		return Receipt{}, err
	}
	life, err := s.full(ctx, tx, scope, d)
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{Dossier: d.ID, Number: d.Number, SHA256: digest, At: p.At, By: actor.Person, Closes: p.Terms.Closes}
	if r.OnBehalf, r.Grant, err = Signer(ctx, tx, actor, right.SubmitDossier, d.Structure); err != nil {
		return r, err
	}
	e, _, err := Next(life, Attempt{Act: Deposit, By: actor.Person, OnBehalf: r.OnBehalf, At: p.At, Amount: p.Asked, Reference: digest, Terms: p.Terms, Zone: s.zone})
	if err != nil {
		return r, err
	}
	if digest != p.Seen {
		return r, fault.Conflict("funding.changed_since_shown")
	}
	e.Dossier, d.Life = d.ID, life
	if err := s.record(ctx, tx, &d, e); err != nil {
		return r, err
	}
	if r.Content, err = content.Bytes(); err != nil {
		return r, err
	}
	return r, s.freeze(ctx, tx, &r)
}

// freeze keeps what was deposited under the next revision.
func (s *Service) freeze(ctx context.Context, tx *store.Tx, r *Receipt) (err error) {
	r.Revision, err = store.One(ctx, tx, store.Column[int64], `select coalesce(max(revision), 0) + 1 from dossier_deposit where dossier_id = $1`, r.Dossier)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into dossier_deposit (dossier_id, revision, sha256, content, deposited_at, deposited_by, on_behalf, grant_id, closes_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.Dossier, r.Revision, r.SHA256, string(r.Content), store.Millis(r.At), r.By, r.OnBehalf, r.Grant, store.Millis(r.Closes))
	if err != nil {
		return fmt.Errorf("keep deposit %s/%d: %w", r.Number, r.Revision, err)
	}
	return nil
}

// Receipts lists the deposits of a dossier in scope, the latest first.
func Receipts(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]Receipt, error) {
	var w store.Where
	w.And("p.dossier_id = ?", dossier)
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, scanReceipt, receiptSQL+w.SQL()+` order by p.revision desc`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the deposits of a dossier: %w", err)
	}
	return list, nil
}

// LatestReceipt is the deposit that counts, or store.ErrNotFound.
func LatestReceipt(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) (Receipt, error) {
	var w store.Where
	w.And("p.dossier_id = ?", dossier)
	scope.Within(&w, "d.structure_id")
	return store.One(ctx, tx, scanReceipt, receiptSQL+w.SQL()+` order by p.revision desc limit 1`, w.Args()...)
}

const receiptSQL = `select p.dossier_id, d.number, p.revision, p.sha256, p.content, p.deposited_at, p.deposited_by, p.on_behalf, p.grant_id, p.closes_at
	from dossier_deposit p join dossier d on d.id = p.dossier_id`

func scanReceipt(row store.Row) (r Receipt, err error) {
	var at, closes int64
	var content string
	err = row.Scan(&r.Dossier, &r.Number, &r.Revision, &r.SHA256, &content, &at, &r.By, &r.OnBehalf, &r.Grant, &closes)
	r.Content, r.At, r.Closes = []byte(content), store.Time(at), store.Time(closes)
	return r, err
}

// Fate is what became of evidence since it was deposited with a dossier. What was deposited stays what it was.
type Fate struct {
	ContentFile
	ReplacedBy string // id of evidence that took its place since; empty: none
	Unpicked   bool   // the dossier of today does not name it any more
}

// Fates tells what became of the evidence of a deposit, for a dossier in scope.
func Fates(ctx context.Context, tx *store.Tx, scope territory.Scope, r Receipt) ([]Fate, error) {
	content, err := r.Open()
	if err != nil {
		return nil, err
	}
	picked, err := Evidence(ctx, tx, scope, r.Dossier)
	if err != nil {
		return nil, err
	}
	type place struct{ member, requirement, evidence string }
	there := map[place]bool{}
	for _, p := range picked {
		there[place{p.Member, p.Requirement, p.Evidence}] = true
	}
	fates := make([]Fate, 0, len(content.Evidence))
	for _, file := range content.Evidence {
		f := Fate{ContentFile: file, Unpicked: !there[place{file.Member, file.Requirement, file.Evidence}]}
		f.ReplacedBy, err = store.One(ctx, tx, store.Column[string], `select coalesce(min(id), '') from evidence where supersedes = $1`, file.Evidence)
		if err != nil {
			return nil, err
		}
		fates = append(fates, f)
	}
	return fates, nil
}
