package pack

import (
	"slices"

	"hygie/internal/funding"
	"hygie/journal"
)

// Form is the name and version of dossier.json; docs/formats/sealed-dossier.md describes it.
const Form = "hygie dossier 1"

// described is dossier.json. Amounts are whole cents, moments RFC 3339 in UTC, people are named by their ids with their names beside.
type described struct {
	Format      string             `json:"format"`
	SealedAt    string             `json:"sealed_at"`
	Key         string             `json:"key"` // fingerprint of the key that sealed it
	Number      string             `json:"number"`
	ID          string             `json:"id"`
	Call        string             `json:"call"`
	CallVersion string             `json:"call_version"`
	CallTitle   string             `json:"call_title,omitempty"`
	Candidate   funding.Party      `json:"candidate"`
	State       string             `json:"state"`
	Since       string             `json:"since"`
	Asked       int64              `json:"asked_cents"`
	Granted     int64              `json:"granted_cents"`
	Paid        int64              `json:"paid_cents"`
	DueBack     int64              `json:"due_back_cents"`
	PaidBack    int64              `json:"paid_back_cents"`
	Committed   int64              `json:"committed_cents"`
	Deposits    []describedDeposit `json:"deposits"`
	Fields      []describedField   `json:"fields"`
	Evidence    []describedPiece   `json:"evidence"`
	Expenses    []describedExpense `json:"expenses"`
	Events      []describedEvent   `json:"events"`
	Corrections []describedCorrect `json:"corrections"`
	Messages    []describedMessage `json:"messages"`
	Names       map[string]string  `json:"names"` // of people and structures, by id
}

type describedDeposit struct {
	Revision int64  `json:"revision"`
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	At       string `json:"at"`
	By       string `json:"by"`
	OnBehalf string `json:"on_behalf,omitempty"`
	Closes   string `json:"closes,omitempty"`
}

type describedField struct {
	funding.ContentField
	At string `json:"at"`
	By string `json:"by"`
}

type describedPiece struct {
	File     string  `json:"file,omitempty"`
	Missing  string  `json:"missing,omitempty"` // why there is no file: "withheld" or "absent"
	Evidence string  `json:"evidence"`
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	SHA256   string  `json:"sha256"`
	Size     int64   `json:"size"`
	From     string  `json:"from,omitempty"`
	Until    string  `json:"until,omitempty"`
	Uses     []use   `json:"uses"`
	Deposits []int64 `json:"deposits,omitempty"` // revisions that named it
	Current  bool    `json:"current"`            // the dossier names it still
}

type describedExpense struct {
	ID string `json:"id"`
	funding.ContentExpense
}

type describedEvent struct {
	Position  int64  `json:"position"`
	At        string `json:"at"`
	By        string `json:"by"`
	OnBehalf  string `json:"on_behalf,omitempty"`
	Act       string `json:"act"`
	From      string `json:"from"`
	To        string `json:"to"`
	Clock     string `json:"clock,omitempty"`
	Amount    int64  `json:"amount_cents,omitempty"`
	Outcome   string `json:"outcome,omitempty"`
	Reference string `json:"reference,omitempty"`
	Note      string `json:"note,omitempty"`
}

type describedCorrect struct {
	Round      int64  `json:"round"`
	Target     string `json:"target"`
	Member     string `json:"member,omitempty"`
	Kind       string `json:"kind"`
	Reason     string `json:"reason,omitempty"`
	Note       string `json:"note"`
	Answer     string `json:"answer,omitempty"`
	AnsweredAt string `json:"answered_at,omitempty"`
	AnsweredBy string `json:"answered_by,omitempty"`
}

type describedMessage struct {
	Position int64  `json:"position"`
	Side     string `json:"side"`
	At       string `json:"at"`
	By       string `json:"by"`
	Note     string `json:"note"`
}

// describe makes what dossier.json says.
func (s *Sealing) describe() described {
	w := s.w
	d := described{Format: Form, SealedAt: stamp(s.at), Key: journal.Fingerprint(s.packer.Public()), Number: w.Number, ID: w.ID, Call: w.Dossier.Call, CallVersion: w.CallVersion,
		Candidate: funding.Party{ID: string(w.Candidate.ID), Name: w.Candidate.Name, Finess: w.Candidate.Finess, Siren: w.Candidate.Siren}, State: string(w.State), Since: stamp(w.Since),
		Asked: int64(w.Asked), Granted: int64(w.Granted), Paid: int64(w.Paid), DueBack: int64(w.DueBack), PaidBack: int64(w.PaidBack), Committed: int64(w.Held), Names: w.names,
		Deposits: []describedDeposit{}, Fields: []describedField{}, Evidence: []describedPiece{}, Expenses: []describedExpense{}, Events: []describedEvent{}, Corrections: []describedCorrect{},
		Messages: []describedMessage{}}
	if w.Call != nil {
		d.CallTitle = w.Call.Title.FR
	}
	for _, r := range w.Receipts {
		d.Deposits = append(d.Deposits, describedDeposit{Revision: r.Revision, File: depositName(r.Revision), SHA256: r.SHA256, At: stamp(r.At), By: r.By, OnBehalf: r.OnBehalf, Closes: stamp(r.Closes)})
	}
	for _, f := range w.Fields {
		d.Fields = append(d.Fields, describedField{funding.ContentField{Member: f.Member, Name: f.Name, Value: f.Value}, stamp(f.At), f.By})
	}
	for _, one := range w.Pieces {
		d.Evidence = append(d.Evidence, describedPiece{File: one.Path, Missing: one.Why, Evidence: one.Evidence, Kind: one.Kind, Name: one.Name, SHA256: one.SHA256, Size: one.Size, From: one.From,
			Until: one.Until, Uses: slices.Clone(one.Uses), Deposits: one.DepositedIn, Current: one.StillInPlace})
	}
	for _, x := range w.Expenses {
		d.Expenses = append(d.Expenses, describedExpense{x.ID, funding.ContentExpense{Member: x.Member, Kind: x.Kind, Label: x.Label, Supplier: x.Supplier, Amount: int64(x.Amount),
			On: x.On.Format("2006-01-02"), Invoice: x.Invoice}})
	}
	for _, e := range w.Events {
		d.Events = append(d.Events, describedEvent{e.Position, stamp(e.At), e.By, e.OnBehalf, string(e.Act), string(e.From), string(e.To), string(e.Clock), int64(e.Amount), e.Outcome, e.Reference, e.Note})
	}
	for _, c := range w.Corrections {
		d.Corrections = append(d.Corrections, describedCorrect{c.Round, c.Target, c.Member, string(c.Kind), c.Reason, c.Note, c.Answer, stamp(c.AnsweredAt), c.AnsweredBy})
	}
	for _, m := range w.Messages {
		d.Messages = append(d.Messages, describedMessage{m.Position, string(m.Side), stamp(m.At), m.By, m.Note})
	}
	return d
}
