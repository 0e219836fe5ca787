// Package funding holds applications for funding: the dossier, its life, what was deposited, and what an envelope has left.
//
// # The dossier
//
// A [Dossier] belongs to a structure, or to a group for its members; never to a person. Whoever has the right on that structure works on it, and
// it stays when people leave. What several people write at once is all kept ([Save]): the latest value of a field counts, and who overtook somebody is
// told. Depositing ([Service.Deposit]) freezes the content; until the window closes it may be deposited anew.
//
// # Its life
//
// The life of a dossier is one table, [Table]: from which state, by which act, of whom, under which condition, to which state, and what becomes of
// the clock of instruction. [Next] applies it to plain values; [Service.Do] does so in a transaction: it asks package right, moves the row only when nobody
// was quicker, moves the envelope, adds the event and the line of the audit trail. [Replay] gives the state back from the events alone. The diagram
// in docs/formats/dossier-life.md is drawn from the table.
//
// # Money
//
// Amounts are whole cents. An [Envelope] never commits more than it holds: what is committed and what is left add up to its total at every moment, whoever
// decides at once. What a dossier holds of its envelope follows from its life ([Life.Committed]).
//
// # What the caller brings
//
// Of the data of a call a dossier keeps the id and the version. An act is judged by the [Terms] that count for it: the window, from which amount on two
// people decide, what may be paid in advance. [TermsOf] takes them from the data of the call.
package funding

import (
	"time"

	"hygie/internal/trail"
	"hygie/referential/call"
)

// Cents is an amount of money in hundredths of a euro, as calls have it.
type Cents = call.Cents

// Options are what the service needs; all of it is required.
type Options struct {
	Trail *trail.Trail
	Now   func() time.Time
	Zone  *time.Location // in which days begin and end and receipts are dated: Europe/Paris
}

// Service does what moves a dossier or an envelope. It is safe for concurrent use.
type Service struct {
	trail *trail.Trail
	now   func() time.Time
	zone  *time.Location
}

// New makes the service.
func New(o Options) *Service { return &Service{trail: o.Trail, now: o.Now, zone: o.Zone} }

// Now is the clock of the service.
func (s *Service) Now() time.Time { return s.now() }

// Zone is where days begin and end.
func (s *Service) Zone() *time.Location { return s.zone }
