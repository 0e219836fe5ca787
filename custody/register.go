package custody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
)

// ErrFormat tells that a file is not a register of a known version.
var ErrFormat = errors.New("not a custody register, or of a version that this program does not know")

// A Piece is what is entered: a file, measured, or a thing such as a sealed machine, that has no measure.
type Piece struct {
	Name    string    // file name, or what the thing is called; required
	Measure *Measure  // nil for a thing that is no file
	Place   string    // where it was found; may be empty
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
	Moves []Move
}

// A Move is a hand-over as it was noted.
type Move struct {
	Line     int64
	At       time.Time
	From, To string
	Place    string
	Note     string
	By       string
}

// Keeper tells who holds the item now.
func (i Item) Keeper() string {
	if len(i.Moves) > 0 {
		return i.Moves[len(i.Moves)-1].To
	}
	return i.Holder
}

// last tells when the item was last in known hands.
func (i Item) last() time.Time {
	if len(i.Moves) > 0 {
		return i.Moves[len(i.Moves)-1].At
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
	Note  string    // its state, the seal, why; may be empty
}

// A Register is a list of items and of what became of them. It is not to be used by several goroutines at once.
type Register struct {
	Origin string // name of the register, without space or plus sign
	Title  string
	Items  []Item

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
	Source *Source `json:"source,omitempty"`
}

type handData struct {
	Item  int    `json:"item"`
	From  string `json:"from"`
	To    string `json:"to"`
	Place string `json:"place,omitempty"`
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
	if p.Holder == "" {
		p.Holder = p.By
	}
	d := addData{Item: len(r.Items) + 1, Name: p.Name, Place: p.Place, Holder: p.Holder, Source: p.Source}
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
func (r *Register) Hand(h HandOver, now time.Time) (Item, error) {
	if h.Item < 1 || h.Item > len(r.Items) {
		return Item{}, fmt.Errorf("hand over piece %d: the register has pieces 1 to %d", h.Item, len(r.Items))
	}
	if h.From == "" {
		h.From = r.Items[h.Item-1].Keeper()
	}
	if h.By == "" {
		h.By = h.From
	}
	data, err := json.Marshal(handData{Item: h.Item, From: h.From, To: h.To, Place: h.Place})
	if err != nil {
		return Item{}, fmt.Errorf("hand over piece %d: %w", h.Item, err)
	}
	e := journal.Entry{Noted: now, At: h.At, Actor: h.By, Action: actHand, Subject: subject(h.Item), Text: h.Note, Data: data}
	if err := r.note(e); err != nil {
		return Item{}, fmt.Errorf("hand over piece %d: %w", h.Item, err)
	}
	return r.Items[h.Item-1], nil
}

// take applies a line to the register, or says why it cannot follow what stands there.
func (r *Register) take(l journal.Line) error {
	if len(l.Actor) > maxName || len(l.Text) > maxText {
		return fmt.Errorf("a name has at most %d bytes, a note %d", maxName, maxText)
	}
	if l.At.After(l.Noted) {
		return fmt.Errorf("it happened at %s, after it was noted, at %s", l.At.Format(time.RFC3339), l.Noted.Format(time.RFC3339))
	}
	if (l.Number == 1) != (l.Action == actOpen) {
		return fmt.Errorf("the first line opens the register, and no other does")
	}
	switch l.Action {
	case actOpen:
		r.Origin, r.Title = l.Subject, l.Text
		return nil
	case actAdd:
		return r.takeAdd(l)
	case actHand:
		return r.takeHand(l)
	}
	return fmt.Errorf("no register has an action %q", l.Action)
}

func (r *Register) takeAdd(l journal.Line) error {
	var d addData
	if err := strict(l.Data, &d); err != nil {
		return err
	}
	switch {
	case d.Item != len(r.Items)+1 || l.Subject != subject(d.Item):
		return fmt.Errorf("the piece has number %d, the next one is %d", d.Item, len(r.Items)+1)
	case bad(d.Name) || bad(d.Holder) || d.Place != "" && bad(d.Place):
		return fmt.Errorf("a name or a place is empty, longer than %d bytes, or has characters that cannot be shown", maxName)
	case (d.Size == nil) != (d.SHA256 == "") || d.SHA256 != "" && !isHex(d.SHA256, 64) || d.SHA1 != "" && !isHex(d.SHA1, 40):
		return errors.New("size and hashes of the file do not go together")
	}
	i := Item{Number: d.Item, Line: l.Number, Mark: Mark{l.Number, l.Hash()}, Noted: l.Noted,
		Piece: Piece{Name: d.Name, Place: d.Place, By: l.Actor, Holder: d.Holder, Taken: l.At, Note: l.Text, Source: d.Source}}
	if d.Size != nil {
		i.Measure = &Measure{Size: *d.Size, SHA256: d.SHA256, SHA1: d.SHA1}
	}
	r.Items = append(r.Items, i)
	return nil
}

func (r *Register) takeHand(l journal.Line) error {
	var d handData
	if err := strict(l.Data, &d); err != nil {
		return err
	}
	if d.Item < 1 || d.Item > len(r.Items) || l.Subject != subject(d.Item) {
		return fmt.Errorf("the register has no piece %d", d.Item)
	}
	i := &r.Items[d.Item-1]
	switch {
	case bad(d.From) || bad(d.To) || d.Place != "" && bad(d.Place):
		return fmt.Errorf("a name or a place is empty, longer than %d bytes, or has characters that cannot be shown", maxName)
	case d.From != i.Keeper():
		return fmt.Errorf("%q holds the piece, not %q: note the hand-over that is missing first", i.Keeper(), d.From)
	case d.To == d.From:
		return fmt.Errorf("%q holds the piece already", d.To)
	case l.At.Before(i.last()):
		return fmt.Errorf("it happened at %s, before %q had the piece, at %s", l.At.Format(time.RFC3339), d.From, i.last().Format(time.RFC3339))
	}
	i.Moves = append(i.Moves, Move{Line: l.Number, At: l.At, From: d.From, To: d.To, Place: d.Place, Note: l.Text, By: l.Actor})
	return nil
}

// bad tells names that cannot stand on a label.
func bad(s string) bool {
	return strings.TrimSpace(s) == "" || len(s) > maxName || !utf8.ValidString(s) || document.Clean(s) != s || strings.Contains(s, "\n")
}

func isHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}

// strict reads the data of a line; a member that this version does not know is refused, since its meaning would be lost.
func strict(data json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("its data: %w", err)
	}
	return nil
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
	b := slices.Concat([]byte(format+"\n\n"), h.Text(), []byte("\n"))
	for line, err := range r.lines.Lines() {
		if err != nil {
			return 0, fmt.Errorf("write the register: %w", err)
		}
		b = append(append(b, line...), '\n')
	}
	if len(b) > MaxFile {
		return 0, fmt.Errorf("write the register: it is longer than %d bytes: open another one", MaxFile)
	}
	n, err := w.Write(b)
	if err != nil {
		err = fmt.Errorf("write the register: %w", err)
	}
	return int64(n), err
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
