package custody

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"
)

func later() time.Time { return night().Add(12 * time.Hour) }

func TestCorrections(t *testing.T) {
	for _, row := range []struct {
		name  string
		of    int64
		a     Amendment
		why   string
		check func(r *Register) bool // nil: refused
	}{
		{"name of a piece", 3, Amendment{Name: "collecte-pc12.zip", Seal: "4417"}, "faute de frappe", func(r *Register) bool {
			return r.Items[1].Name == "collecte-pc12.zip" && r.Items[1].SealNow() == "4417" && r.Items[1].Place == "salle serveurs"
		}},
		{"first keeper", 3, Amendment{Holder: "D. Roux"}, "erreur", func(r *Register) bool { return r.Items[1].Keeper() == "D. Roux" }},
		{"first keeper after hand-overs", 2, Amendment{Holder: "D. Roux"}, "erreur", nil},
		{"last hand-over, who received", 6, Amendment{To: "Police", Place: "hôtel de police"}, "erreur", func(r *Register) bool {
			return r.Items[0].Keeper() == "Police" && r.Items[0].Where() == "hôtel de police"
		}},
		{"earlier hand-over, who received", 5, Amendment{To: "Police"}, "erreur", nil},
		{"earlier hand-over, its place", 5, Amendment{Place: "coffre"}, "oubli", func(r *Register) bool { return r.Items[0].Where() == "coffre" && r.Items[0].Keeper() == "Gendarmerie" }},
		{"last hand-over voided", 6, Amendment{Void: true}, "n’a pas eu lieu", func(r *Register) bool { return r.Items[0].Keeper() == "C. Petit" && r.Items[0].Moves[1].Void }},
		{"earlier hand-over voided", 5, Amendment{Void: true}, "n’a pas eu lieu", nil},
		{"piece voided", 4, Amendment{Void: true}, "autre affaire", func(r *Register) bool { return r.Items[2].Void }},
		{"piece voided after hand-overs", 2, Amendment{Void: true}, "autre affaire", nil},
		{"without reason", 3, Amendment{Name: "x"}, " ", nil},
		{"nothing", 3, Amendment{}, "pourquoi", nil},
		{"void and more", 4, Amendment{Void: true, Name: "x"}, "pourquoi", nil},
		{"to the giver", 6, Amendment{To: "C. Petit"}, "pourquoi", nil},
		{"opening", 1, Amendment{Name: "x"}, "pourquoi", nil},
		{"line that is not there", 9, Amendment{Name: "x"}, "pourquoi", nil},
		{"name of a hand-over", 6, Amendment{Name: "x"}, "pourquoi", nil},
		{"receiver of an entry", 3, Amendment{To: "x"}, "pourquoi", nil},
		{"name that turns writing", 3, Amendment{Name: "a\u202eb"}, "pourquoi", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := sample(t)
			before := written(t, r)
			_, err := r.Correct(row.of, row.a, "A. Martin", row.why, later())
			if row.check == nil {
				if err == nil || !bytes.Equal(before, written(t, r)) {
					t.Errorf("error %v, or the register changed", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			back, err := Read(bytes.NewReader(written(t, r)))
			if err != nil || !row.check(r) || !row.check(back) {
				t.Errorf("%v\n%+v", err, r.Items)
			}
		})
	}
}

func TestNothingHappensToWhatIsVoided(t *testing.T) {
	r := sample(t)
	for _, line := range []int64{6, 5, 2} {
		if _, err := r.Correct(line, Amendment{Void: true}, "A. Martin", "erreur", later()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Correct(2, Amendment{Name: "x"}, "A. Martin", "erreur", later()); err == nil {
		t.Error("a voided piece was corrected")
	}
	if _, err := r.Hand(HandOver{Item: 1, To: "X"}, later()); err == nil {
		t.Error("a voided piece was handed over")
	}
}

// here is the register of a platform that takes others in.
func here(t testing.TB) *Register {
	t.Helper()
	r, err := New("plateforme-1", "", "hygie", night())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Add(Piece{Name: "notée ici", By: "Z. Ici"}, night()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnotherRegisterIsTakenIn(t *testing.T) {
	r, other := here(t), sample(t)
	take := func() int {
		t.Helper()
		back, err := Read(bytes.NewReader(written(t, other))) // as it comes from a file
		if err != nil {
			t.Fatal(err)
		}
		n, err := r.TakeIn(back, strings.Repeat("a", 64), "A. Martin", later())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := take(); n != 6 || len(r.Items) != 4 || r.Items[1].Keeper() != "Gendarmerie" || r.Items[1].Name != "pare-feu.log" || !r.Items[1].Taken.Equal(night()) || r.Items[1].By != "A. Martin" {
		t.Fatalf("%d lines, %+v", n, r.Items)
	}
	size := r.Size()
	if n := take(); n != 0 || r.Size() != size {
		t.Errorf("taken in again: %d lines", n)
	}
	if _, err := other.Hand(HandOver{Item: 2, To: "D. Roux"}, later()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Correct(7, Amendment{Place: "coffre"}, "D. Roux", "oubli", later()); err != nil {
		t.Fatal(err)
	}
	if n := take(); n != 2 || len(r.Items) != 4 || r.Items[2].Keeper() != "D. Roux" || r.Items[2].Where() != "coffre" || len(r.Items[2].Corrections) != 1 {
		t.Errorf("%d lines, %+v", n, r.Items)
	}
	if back, err := Read(bytes.NewReader(written(t, r))); err != nil || back.Size() != r.Size() {
		t.Errorf("%v", err)
	}
}

func TestAnotherHistoryIsNotTakenIn(t *testing.T) {
	r := here(t)
	if _, err := r.TakeIn(sample(t), "", "A. Martin", later()); err != nil {
		t.Fatal(err)
	}
	forged, err := New("hopital-du-lac", "Attaque du 10 mars", "A. Martin", night())
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := forged.Add(Piece{Name: "autre", By: "X"}, night()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.TakeIn(forged, "", "A. Martin", later()); !errors.Is(err, ErrOther) {
		t.Errorf("error %v", err)
	}
	if _, err := r.TakeIn(r, "", "A. Martin", later()); err == nil {
		t.Error("a register was taken into itself")
	}
}

func TestPieceHandedOverHereMeanwhile(t *testing.T) {
	r, other := here(t), sample(t)
	if _, err := r.TakeIn(other, "", "A. Martin", later()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Hand(HandOver{Item: 3, To: "Z. Ici"}, later()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Hand(HandOver{Item: 2, To: "D. Roux"}, later()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.TakeIn(other, "", "A. Martin", later()); !errors.Is(err, ErrKeeper) {
		t.Errorf("error %v", err)
	}
}

func signed(t testing.TB, r *Register) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteSigned(&b, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rich is a register with lines of every kind.
func rich(t testing.TB) *Register {
	t.Helper()
	r := here(t)
	other := sample(t)
	if _, err := other.Correct(3, Amendment{Seal: "4417"}, "A. Martin", "oubli", later()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.TakeIn(other, "", "A. Martin", later()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnyBitOfASignedRegisterIsFound(t *testing.T) {
	b := signed(t, rich(t))
	if res, err := Verify(bytes.NewReader(b)); err != nil || !res.Intact() || len(res.Key) == 0 {
		t.Fatalf("%+v %v\n%s", res.Problems, err, b)
	}
	head := bytes.Index(b, []byte("{"))
	for at := range b {
		for bit := range 8 {
			if at > head && bit != at%8 { // every bit of the lines is tried unsigned; here one of each byte, of lines of every kind
				continue
			}
			b[at] ^= 1 << bit
			if res, err := Verify(bytes.NewReader(b)); err == nil && res.Intact() {
				t.Fatalf("bit %d of byte %d changed unseen:\n%s", bit, at, b)
			}
			b[at] ^= 1 << bit
		}
	}
	for n := range len(b) {
		if n > head && n%16 != 0 && b[n] != '\n' && b[n-1] != '\n' {
			continue
		}
		if res, err := Verify(bytes.NewReader(b[:n])); err == nil && res.Intact() {
			t.Fatalf("cut at %d unseen", n)
		}
	}
	// What an unsigned file of the same lines says cannot be passed off as signed, nor the other way round.
	for _, swap := range [][2]string{{signedFormat, format}, {format, signedFormat}} {
		whole := b
		if swap[0] == format {
			whole = written(t, rich(t))
		}
		if res, err := Verify(bytes.NewReader(bytes.Replace(whole, []byte(swap[0]), []byte(swap[1]), 1))); err == nil && res.Intact() {
			t.Errorf("%s read as %s", swap[0], swap[1])
		}
	}
}

func TestRestore(t *testing.T) {
	r := rich(t)
	lines, err := r.After(0)
	if err != nil {
		t.Fatal(err)
	}
	stored := func(yield func([]byte, error) bool) {
		for _, l := range lines {
			if !yield(l.Bytes(), nil) {
				return
			}
		}
	}
	back, err := Restore(stored)
	if err != nil || !bytes.Equal(written(t, r), written(t, back)) {
		t.Fatalf("%v", err)
	}
	lines[2].Text = "autre"
	if _, err := Restore(stored); err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("an altered line was restored: %v", err)
	}
	lines = lines[:1]
	if r, err := Restore(stored); err != nil || r.Size() != 1 {
		t.Errorf("a register of one line: %v", err)
	}
}
