package custody

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/document"
	"hygie/journal"
)

// Bounds of a register. A line is bounded by [journal.MaxLine].
const (
	MaxFile  = 64 << 20 // bytes of a register
	MaxLines = 100_000
	maxName  = 1024 // bytes of a name, a place, a person
	maxText  = 16 << 10
)

// format is the first line of a register.
const format = "hygie custody 1"

// Actions of lines.
const (
	actOpen = "custody.open"
	actAdd  = "custody.add"
	actHand = "custody.hand"

	actCorrect = "custody.correct"
	actTakeIn  = "custody.take_in"
)

// ErrFormat tells that a file is not a register of a known version.
var ErrFormat = errors.New("not a custody register, or of a version that this program does not know")

// A Piece is what is entered: a file, measured, or a thing such as a sealed machine, that has no measure.
type Piece struct {
	Name    string    // file name, or what the thing is called; required
	Measure *Measure  // nil for a thing that is no file
	Place   string    // where it was found; may be empty
	Seal    string    // number of the seal it is under; may be empty
	By      string    // who took it and enters it; required
	Holder  string    // who keeps it from now on; By when empty
	Taken   time.Time // when; the time of noting when zero
	Note    string    // may be empty
	Source  *Source   // what the file says of itself; nil for most
}

// An Item is a piece of a register as its lines leave it.
type Item struct {
	Number int   // from 1, in the order of entry
	Line   int64 // of its entry
	Mark   Mark  // of its entry
	Noted  time.Time
	Piece
	Moves       []Move
	Void        bool // entered by mistake: a correction said so
	Corrections []Correction
}

// A Move is a hand-over as it was noted.
type Move struct {
	Line     int64
	At       time.Time
	From, To string
	Place    string
	Seal     string
	Note     string
	By       string
	Void     bool // it never took place: a correction said so
}

// standing is the place in Moves of the last hand-over that was not voided, -1 when there is none.
func (i Item) standing() int {
	for n := len(i.Moves) - 1; n >= 0; n-- {
		if !i.Moves[n].Void {
			return n
		}
	}
	return -1
}

// Keeper tells who holds the item now.
func (i Item) Keeper() string {
	if n := i.standing(); n >= 0 {
		return i.Moves[n].To
	}
	return i.Holder
}

// Where tells where the item was last said to be; empty when nobody said.
func (i Item) Where() string {
	for _, m := range slices.Backward(i.Moves) {
		if !m.Void && m.Place != "" {
			return m.Place
		}
	}
	return i.Place
}

// SealNow is the number of the seal that the item was last put under; empty when nobody said.
func (i Item) SealNow() string {
	for _, m := range slices.Backward(i.Moves) {
		if !m.Void && m.Seal != "" {
			return m.Seal
		}
	}
	return i.Seal
}

// last tells when the item was last in known hands.
func (i Item) last() time.Time {
	if n := i.standing(); n >= 0 {
		return i.Moves[n].At
	}
	return i.Taken
}

// A HandOver gives an item to somebody else.
type HandOver struct {
	Item  int
	From  string    // who gives; the keeper when empty, and nobody else
	To    string    // who receives; required
	By    string    // who writes it down; From when empty
	At    time.Time // when; the time of noting when zero
	Place string    // where it is kept from now on; may be empty
	Seal  string    // number of the seal it is under from now on; may be empty
	Note  string    // its state, why; may be empty
}

// A Register is a list of items and of what became of them. It is not to be used by several goroutines at once.
type Register struct {
	Origin string // name of the register, without space or plus sign
	Title  string
	Items  []Item

	taken map[string]taken // what was taken in from other registers, by their origin
	lines journal.Memory
	last  journal.Line
}

// addData and handData are the members of data; docs/formats/custody.md describes them.
type addData struct {
	Item   int     `json:"item"`
	Name   string  `json:"name"`
	Size   *int64  `json:"size,omitempty"`
	SHA256 string  `json:"sha256,omitempty"`
	SHA1   string  `json:"sha1,omitempty"`
	Place  string  `json:"place,omitempty"`
	Holder string  `json:"holder"`
	Seal   string  `json:"seal,omitempty"`
	Source *Source `json:"source,omitempty"`
	Copied *Copied `json:"copied,omitempty"`
}

type handData struct {
	Item  int    `json:"item"`
	From  string `json:"from"`
	To    string `json:"to"`
	Place string `json:"place,omitempty"`
	Seal  string `json:"seal,omitempty"`

	Copied *Copied `json:"copied,omitempty"`
}

// New opens an empty register. Origin names it in the whole world if possible, such as "chu-du-lac-2026-03".
func New(origin, title, by string, now time.Time) (*Register, error) {
	if origin == "" || strings.ContainsAny(origin, " +\t\n") || len(origin) > 200 || document.Clean(origin) != origin {
		return nil, fmt.Errorf("open a register: its name %q is empty, too long, or has a space or a plus sign", origin)
	}
	r := &Register{}
	return r, r.note(journal.Entry{Noted: now, Actor: by, Action: actOpen, Subject: origin, Text: title})
}

// note appends a line and takes it into account; a line that would not be accepted when read is not appended.
func (r *Register) note(e journal.Entry) error {
	e, err := journal.Check(e)
	if err != nil {
		return err
	}
	tip, err := r.lines.Tip()
	if err != nil {
		return err
	}
	if tip.Size >= MaxLines {
		return fmt.Errorf("a register has at most %d lines: open another one", MaxLines)
	}
	line := journal.Line{Number: tip.Size + 1, Prev: tip.Last, Entry: e}
	if err := r.take(line); err != nil {
		return err
	}
	r.last, err = r.lines.Append(e)
	return err
}

// Add enters a piece and gives the item it became. A file that an earlier DFIR-ORC outcome names is compared with it.
func (r *Register) Add(p Piece, now time.Time) (Item, error) {
	if p.By == "" || p.Name == "" {
		return Item{}, errors.New("enter a piece: it needs a name, and who enters it")
	}
	return r.add(p, now, nil)
}

func (r *Register) add(p Piece, now time.Time, copied *Copied) (Item, error) {
	if p.Holder == "" {
		p.Holder = p.By
	}
	d := addData{Item: len(r.Items) + 1, Name: p.Name, Place: p.Place, Holder: p.Holder, Seal: p.Seal, Source: p.Source, Copied: copied}
	if p.Measure != nil {
		d.Size, d.SHA256, d.SHA1 = &p.Measure.Size, p.Measure.SHA256, p.Measure.SHA1
		d.Source = r.compared(p)
	}
	data, err := json.Marshal(d)
	if err != nil {
		return Item{}, fmt.Errorf("enter %s: %w", p.Name, err)
	}
	e := journal.Entry{Noted: now, At: p.Taken, Actor: p.By, Action: actAdd, Subject: subject(d.Item), Text: p.Note, Data: data}
	if err := r.note(e); err != nil {
		return Item{}, fmt.Errorf("enter %s: %w", p.Name, err)
	}
	return r.Items[len(r.Items)-1], nil
}

func subject(item int) string { return "piece/" + strconv.Itoa(item) }

// Hand notes that an item changes hands. It refuses a giver who is not the keeper: the hand-over that is missing is to be noted first.
func (r *Register) Hand(h HandOver, now time.Time) (Item, error) { return r.hand(h, now, nil) }

func (r *Register) hand(h HandOver, now time.Time, copied *Copied) (Item, error) {
	if h.Item < 1 || h.Item > len(r.Items) {
		return Item{}, fmt.Errorf("hand over piece %d: the register has pieces 1 to %d", h.Item, len(r.Items))
	}
	if h.From == "" {
		h.From = r.Items[h.Item-1].Keeper()
	}
	if h.By == "" {
		h.By = h.From
	}
	data, err := json.Marshal(handData{Item: h.Item, From: h.From, To: h.To, Place: h.Place, Seal: h.Seal, Copied: copied})
	if err != nil {
		return Item{}, fmt.Errorf("hand over piece %d: %w", h.Item, err)
	}
	e := journal.Entry{Noted: now, At: h.At, Actor: h.By, Action: actHand, Subject: subject(h.Item), Text: h.Note, Data: data}
	if err := r.note(e); err != nil {
		return Item{}, fmt.Errorf("hand over piece %d: %w", h.Item, err)
	}
	return r.Items[h.Item-1], nil
}

// Mark is that of the last line: what to write on paper after each entry.
func (r *Register) Mark() Mark { return Mark{r.last.Number, r.last.Hash()} }

// head states what the register holds. Its time is that of the last line, so that nothing in the file is free to be changed.
func (r *Register) head() (journal.Head, error) {
	return journal.ReadHead(&r.lines, r.Origin, r.last.Noted)
}

// WriteTo writes the register.
func (r *Register) WriteTo(w io.Writer) (int64, error) {
	h, err := r.head()
	if err != nil {
		return 0, fmt.Errorf("write the register: %w", err)
	}
	b, err := r.text(format, h.Text())
	if err != nil {
		return 0, fmt.Errorf("write the register: %w", err)
	}
	n, err := w.Write(b)
	if err != nil {
		err = fmt.Errorf("write the register: %w", err)
	}
	return int64(n), err
}

// text is the register as a file.
func (r *Register) text(format string, head []byte) ([]byte, error) {
	b := slices.Concat([]byte(format+"\n\n"), head, []byte("\n"))
	for line, err := range r.lines.Lines() {
		if err != nil {
			return nil, err
		}
		b = append(append(b, line...), '\n')
	}
	if len(b) > MaxFile {
		return nil, fmt.Errorf("it is longer than %d bytes: open another one", MaxFile)
	}
	return b, nil
}

// Read reads a register to go on with it. One in which [Verify] finds a problem is refused: nothing is added to what was altered.
func Read(in io.Reader) (*Register, error) {
	res, err := Verify(in)
	if err != nil {
		return nil, err
	}
	if !res.Intact() {
		p := res.Problems[0]
		return nil, fmt.Errorf("read the register: line %d is not as it was written (%s): nothing is added to it", p.Line, p.Cause)
	}
	return res.Register, nil
}
