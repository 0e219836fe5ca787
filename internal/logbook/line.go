package logbook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/journal"
)

// Kind says what a line tells.
type Kind string

// The kinds of line.
const (
	Fact        Kind = "fact"        // what was seen or is known
	Decision    Kind = "decision"    // what was decided
	Act         Kind = "action"      // what was done
	Call        Kind = "call"        // who spoke to whom
	Instruction Kind = "instruction" // what somebody was told to do
	Stimulus    Kind = "stimulus"    // what an animator brought into an exercise
	State       Kind = "state"       // what the platform notes by itself: a state that somebody changed in a form
)

// Kinds lists what people choose from when they note a line.
func Kinds() []Kind { return []Kind{Fact, Decision, Act, Call, Instruction} }

// MessageKey is the key of the kind's name.
func (k Kind) MessageKey() string { return "logbook.kind." + string(k) }

// Limits of a line.
const (
	MaxText  = 4000 // characters
	maxWords = 200  // characters of a name, a role, a cell, a channel
	maxLinks = 20
	maxFiles = 10
	// MaxBatch is how many lines may be sent at once.
	MaxBatch = 200
)

// File is a file behind a line, named by its content.
type File struct {
	SHA256 string `json:"sha256"` // 64 lower-case hexadecimal digits
	Name   string `json:"name"`
	Media  string `json:"media,omitempty"`
	Size   int64  `json:"size"` // bytes
}

// Draft is a line as somebody writes it: in the page, on a phone without network, on paper.
type Draft struct {
	ID       string    // made where it is written; the same line sent again has the same
	Kind     Kind      // what it tells
	Text     string    // in the writer's words
	At       time.Time // when the fact happened; Written when zero
	About    bool      // At is only about right
	Written  time.Time // when it was noted, by the clock of where it was; the time of arrival when zero
	Role     string    // of the writer in the crisis: "directeur de garde"
	Cell     string    // cell or post: "cellule de crise", "réanimation"
	From, To string    // of a call or an instruction
	Channel  string    // telephone, radio, runner
	Corrects int64     // number of the line that this one corrects; 0 for none
	Files    []File
	Links    []string // what it is about: addresses, or things such as "service/ID"
	Device   string   // where it was written, a random word kept by the browser; may be empty
	Seq      int64    // order on that device, from 1; 0 when the device does not count
	Source   string   // "" typed in the page; "offline"; "paper 3.7": sheet and line; "card ID"
	Offset   time.Duration
}

// Author is who wrote.
type Author struct {
	Person string // id of the account, or the name of the part of the program
	Name   string // as it stood then, so that an export is readable by itself
}

// Line is a line of a main courante as it is kept. Three times are apart: of the fact (At), of noting (Written), of arrival (Received).
type Line struct {
	Number int64
	Draft
	Author
	Received  time.Time
	Late      bool // lines written after it stand before it
	ClockBack bool // the clock of its device went back since the line before of that device
	Hash      journal.Hash
}

// data is what a line of the journal holds beside what every journal line has. docs/formats/logbook.md describes it.
type data struct {
	ID        string   `json:"id"`
	Kind      Kind     `json:"kind"`
	Name      string   `json:"name"`
	Written   string   `json:"written"`
	About     bool     `json:"about,omitempty"`
	Role      string   `json:"role,omitempty"`
	Cell      string   `json:"cell,omitempty"`
	From      string   `json:"from,omitempty"`
	To        string   `json:"to,omitempty"`
	Channel   string   `json:"channel,omitempty"`
	Corrects  int64    `json:"corrects,omitempty"`
	Files     []File   `json:"files,omitempty"`
	Links     []string `json:"links,omitempty"`
	Device    string   `json:"device,omitempty"`
	Seq       int64    `json:"seq,omitempty"`
	Source    string   `json:"source,omitempty"`
	Late      bool     `json:"late,omitempty"`
	ClockBack bool     `json:"clock_back,omitempty"`
	Offset    int64    `json:"offset_ms,omitempty"` // what to add to the clock of the device to have that of the keeper
}

const timeForm = "2006-01-02T15:04:05.000Z07:00"

// entry is a placed line as the journal keeps it.
func (p Placed) entry(book, structure string, by Author, now time.Time) (journal.Entry, error) {
	d := data{
		ID: p.ID, Kind: p.Kind, Name: by.Name, Written: p.Written.UTC().Format(timeForm), About: p.About, Role: p.Role, Cell: p.Cell, From: p.From, To: p.To,
		Channel: p.Channel, Corrects: p.Corrects, Files: p.Files, Links: p.Links, Device: p.Device, Seq: p.Seq, Source: p.Source, Late: p.Late, ClockBack: p.ClockBack,
		Offset: p.Offset.Milliseconds(),
	}
	text, err := json.Marshal(d)
	if err != nil {
		return journal.Entry{}, fmt.Errorf("write line %s: %w", p.ID, err)
	}
	return journal.Entry{Noted: now, At: p.At, Actor: by.Person, Action: "logbook." + string(p.Kind), Structure: structure, Subject: journalOf(book), Text: p.Text, Data: text}, nil
}

// ReadLine reads a line of the journal of a main courante.
func ReadLine(l journal.Line) (Line, error) {
	var d data
	if err := json.Unmarshal(l.Data, &d); err != nil {
		return Line{}, fmt.Errorf("read line %d: %w", l.Number, err)
	}
	written, err := time.Parse(timeForm, d.Written)
	if err != nil {
		return Line{}, fmt.Errorf("read line %d: %w", l.Number, err)
	}
	at := l.At
	if at.IsZero() {
		at = l.Noted
	}
	return Line{
		Number: l.Number, Received: l.Noted, Late: d.Late, ClockBack: d.ClockBack, Hash: l.Hash(), Author: Author{Person: l.Actor, Name: d.Name},
		Draft: Draft{ID: d.ID, Kind: d.Kind, Text: l.Text, At: at, About: d.About, Written: written.UTC(), Role: d.Role, Cell: d.Cell, From: d.From, To: d.To, Channel: d.Channel,
			Corrects: d.Corrects, Files: d.Files, Links: d.Links, Device: d.Device, Seq: d.Seq, Source: d.Source, Offset: time.Duration(d.Offset) * time.Millisecond},
	}, nil
}

// errors that a draft can have; their texts are keys of messages.
var (
	errID    = errors.New("logbook.wrong_id")
	errKind  = errors.New("logbook.wrong_kind")
	errText  = errors.New("logbook.text_missing")
	errLong  = errors.New("logbook.too_long")
	errTime  = errors.New("logbook.wrong_time")
	errLinks = errors.New("logbook.wrong_links")
)

// Check says why a draft cannot be kept, as the key of a message, or "". What passes is never refused by the journal.
func (d Draft) Check() string {
	if err := d.check(); err != nil {
		return err.Error()
	}
	return ""
}

func (d Draft) check() error {
	switch {
	case !plain(d.ID, 1, 80):
		return errID
	case !slices.Contains(append(Kinds(), Stimulus, State), d.Kind):
		return errKind
	case strings.TrimSpace(d.Text) == "":
		return errText
	case utf8.RuneCountInString(d.Text) > MaxText || !utf8.ValidString(d.Text) || strings.ContainsRune(d.Text, 0):
		return errLong
	case !sensible(d.At) || !sensible(d.Written) || d.Seq < 0 || d.Corrects < 0:
		return errTime
	case len(d.Links) > maxLinks || len(d.Files) > maxFiles || !plain(d.Device, 0, 80):
		return errLinks
	}
	for _, words := range append([]string{d.Role, d.Cell, d.From, d.To, d.Channel, d.Source}, d.Links...) {
		if !short(words) {
			return errLong
		}
	}
	for _, f := range d.Files {
		if b, err := hex.DecodeString(f.SHA256); err != nil || len(b) != sha256.Size || f.SHA256 != strings.ToLower(f.SHA256) || !short(f.Name) || !short(f.Media) || f.Size < 0 {
			return errLinks
		}
	}
	return nil
}

// short tells whether words fit in a field of one line.
func short(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxWords && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// plain tells whether a word is made of letters, digits, dots and hyphens.
func plain(s string, least, most int) bool {
	return least <= len(s) && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.' || r == '_')
	})
}

// sensible tells whether a moment can be kept: not said, or within what a calendar on a wall has.
func sensible(t time.Time) bool { return t.IsZero() || t.Year() >= 1990 && t.Year() < 2200 }

// digest is the SHA-256 of what a draft says, whatever way it came.
func (d Draft) digest() string {
	h := sha256.New()
	at := int64(0)
	if !d.At.IsZero() {
		at = d.At.UnixMilli()
	}
	// %q keeps the parts apart whatever they hold.
	fmt.Fprintf(h, "%q %q %d %t %q %q %q %q %q %d", d.Kind, d.words(), at, d.About, d.Role, d.Cell, d.From, d.To, d.Channel, d.Corrects)
	for _, f := range d.Files {
		fmt.Fprintf(h, " %q", f.SHA256)
	}
	for _, l := range d.Links {
		fmt.Fprintf(h, " %q", l)
	}
	return hex.EncodeToString(h.Sum(nil))
}
