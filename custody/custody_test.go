package custody

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/document/pdf"
	"hygie/document/text"
)

func night() time.Time { return time.Date(2026, 3, 10, 3, 14, 0, 0, time.UTC) }

// sample is a register of three pieces and two hand-overs.
func sample(t testing.TB) *Register {
	t.Helper()
	r, err := New("hopital-du-lac", "Attaque du 10 mars", "A. Martin", night())
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"pare-feu.log", "collecte.zip"} {
		m, err := MeasureOf(t.Context(), strings.NewReader(name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Add(Piece{Name: name, Measure: &m, By: "A. Martin", Place: "salle serveurs", Taken: night()}, night().Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Add(Piece{Name: "Poste PC-12", By: "B. Durand", Note: "allumé, isolé"}, night().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for i, to := range []string{"C. Petit", "Gendarmerie"} {
		if _, err := r.Hand(HandOver{Item: 1, To: to}, night().Add(time.Duration(2+i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func written(t testing.TB, r *Register) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRegisterIsReadBack(t *testing.T) {
	first := sample(t)
	b := written(t, first)
	r, err := Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if again := written(t, r); !bytes.Equal(again, b) {
		t.Errorf("written again it differs:\n%s\n%s", b, again)
	}
	if len(r.Items) != 3 || r.Items[0].Keeper() != "Gendarmerie" || r.Items[2].Measure != nil || r.Items[1].Measure.Size != int64(len("collecte.zip")) {
		t.Errorf("items %+v", r.Items)
	}
	if r.Mark() != first.Mark() {
		t.Errorf("mark %s, want %s", r.Mark(), first.Mark())
	}
}

func TestAnyBitIsFound(t *testing.T) {
	b := written(t, sample(t))
	for at := range b {
		for bit := range 8 {
			b[at] ^= 1 << bit
			if res, err := Verify(bytes.NewReader(b)); err == nil && res.Intact() {
				t.Fatalf("bit %d of byte %d changed unseen:\n%s", bit, at, b)
			}
			b[at] ^= 1 << bit
		}
	}
}

func TestAnyCutOrAdditionIsFound(t *testing.T) {
	b := written(t, sample(t))
	for n := range b {
		if res, err := Verify(bytes.NewReader(b[:n])); err == nil && res.Intact() {
			t.Fatalf("cut at %d unseen", n)
		}
	}
	for _, more := range []string{"\n", " ", "{}\n", "\x00"} {
		if res, err := Verify(strings.NewReader(string(b) + more)); err == nil && res.Intact() {
			t.Errorf("%q at the end unseen", more)
		}
	}
}

func TestAlteredLineIsNamed(t *testing.T) {
	b := written(t, sample(t))
	for _, row := range []struct {
		name, from, to string
		line           int64
	}{
		{"first", "Attaque du 10", "Attaque du 11", 1},
		{"piece", `"name":"pare-feu.log"`, `"name":"pare-fou.log"`, 2},
		{"last", `"to":"Gendarmerie"`, `"to":"Gendarmarie"`, 6},
		{"hash held by the next", `"n":4,"noted":"2026-03-10T04:14:00.000Z","prev":"`, `"n":4,"noted":"2026-03-10T04:14:00.001Z","prev":"`, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			if !bytes.Contains(b, []byte(row.from)) {
				t.Fatalf("no %s in\n%s", row.from, b)
			}
			res, err := Verify(bytes.NewReader(bytes.Replace(b, []byte(row.from), []byte(row.to), 1)))
			if err != nil || len(res.Problems) == 0 || res.Problems[0].Line != row.line {
				t.Errorf("problems %+v, error %v, want line %d", res.Problems, err, row.line)
			}
		})
	}
}

// TestMarksFindAnotherHistory: a register written anew holds together, and only what was kept elsewhere tells.
func TestMarksFindAnotherHistory(t *testing.T) {
	r := sample(t)
	kept := r.Items[1].Mark
	end := r.Mark()
	again, err := ParseMark(strings.ToUpper(strings.Replace(kept.String(), "-", " - ", 1)))
	if err == nil {
		t.Errorf("a number followed by a space was read: %v", again)
	}
	if again, err = ParseMark(kept.String()); err != nil || again.String() != kept.String() {
		t.Fatalf("%v %v", again, err)
	}
	res, err := Verify(bytes.NewReader(written(t, r)), again, end)
	if err != nil || !res.Intact() || res.Marks != 2 {
		t.Fatalf("%+v %v", res, err)
	}
	other, err := New("hopital-du-lac", "Attaque du 10 mars", "A. Martin", night())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := other.Add(Piece{Name: "autre", By: "X"}, night()); err != nil {
			t.Fatal(err)
		}
	}
	res, err = Verify(bytes.NewReader(written(t, other)), again, end)
	if err != nil || len(res.Problems) != 2 || res.Problems[0].Kind != BadMark || res.Problems[1].Kind != NoMark {
		t.Errorf("%+v %v", res.Problems, err)
	}
}

func TestWhatARegisterRefuses(t *testing.T) {
	later := night().Add(24 * time.Hour)
	for name, act := range map[string]func(*Register) error{
		"no such piece": func(r *Register) error { _, err := r.Hand(HandOver{Item: 4, To: "X"}, later); return err },
		"piece zero":    func(r *Register) error { _, err := r.Hand(HandOver{To: "X"}, later); return err },
		"not the keeper": func(r *Register) error {
			_, err := r.Hand(HandOver{Item: 1, From: "A. Martin", To: "X"}, later)
			return err
		},
		"to the keeper":       func(r *Register) error { _, err := r.Hand(HandOver{Item: 1, To: "Gendarmerie"}, later); return err },
		"to nobody":           func(r *Register) error { _, err := r.Hand(HandOver{Item: 1}, later); return err },
		"before it was there": func(r *Register) error { _, err := r.Hand(HandOver{Item: 1, To: "X", At: night()}, later); return err },
		"in the future": func(r *Register) error {
			_, err := r.Add(Piece{Name: "x", By: "X", Taken: later.Add(1e9)}, later)
			return err
		},
		"by nobody":               func(r *Register) error { _, err := r.Add(Piece{Name: "x"}, later); return err },
		"without name":            func(r *Register) error { _, err := r.Add(Piece{By: "X"}, later); return err },
		"name that turns writing": func(r *Register) error { _, err := r.Add(Piece{Name: "a\u202eb", By: "X"}, later); return err },
		"name of two lines":       func(r *Register) error { _, err := r.Add(Piece{Name: "a\nb", By: "X"}, later); return err },
		"endless name": func(r *Register) error {
			_, err := r.Add(Piece{Name: strings.Repeat("x", 2000), By: "X"}, later)
			return err
		},
		"hash that is none": func(r *Register) error {
			_, err := r.Add(Piece{Name: "x", By: "X", Measure: &Measure{1, "abc", ""}}, later)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample(t)
			before := written(t, r)
			if err := act(r); err == nil {
				t.Error("accepted")
			}
			if !bytes.Equal(before, written(t, r)) || len(r.Items) != 3 {
				t.Error("what was refused changed the register")
			}
		})
	}
	for _, origin := range []string{"", "a b", "a+b", "a\nb", "\u202e"} {
		if _, err := New(origin, "", "X", night()); err == nil {
			t.Errorf("origin %q accepted", origin)
		}
	}
}

func TestClockSetBackIsSaid(t *testing.T) {
	r := sample(t)
	if _, err := r.Add(Piece{Name: "x", By: "X"}, night()); err != nil {
		t.Fatal(err)
	}
	res, err := Verify(bytes.NewReader(written(t, r)))
	if err != nil || !res.Intact() || len(res.Notices) != 1 || res.Notices[0].Kind != ClockOff || res.Notices[0].Line != 7 {
		t.Errorf("%+v %v", res, err)
	}
}

func TestNothingIsAddedToAnAlteredRegister(t *testing.T) {
	b := bytes.Replace(written(t, sample(t)), []byte("salle serveurs"), []byte("salle serveuse"), 1)
	if _, err := Read(bytes.NewReader(b)); err == nil {
		t.Error("read")
	}
	if _, err := Read(strings.NewReader("rien")); !errors.Is(err, ErrFormat) {
		t.Errorf("error %v", err)
	}
}

func TestLabels(t *testing.T) {
	r := sample(t)
	for lang, want := range map[string]string{"fr": "NE PAS ÉTEINDRE, ALLUMER, CONNECTER", "en": "DO NOT SWITCH OFF"} {
		d := Labels(r, r.Items, lang, time.UTC)
		if !strings.Contains(d.Banner, want) || len([]rune(d.Banner)) > 38 {
			t.Errorf("banner %q", d.Banner)
		}
		var out, file bytes.Buffer
		if err := errors.Join(text.Write(&out, d), pdf.Write(&file, d)); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(strings.Join(strings.Fields(strings.ReplaceAll(out.String(), "|", " ")), " "), "Ne rien connecter, ni réseau ni clé."); n != len(r.Items) {
			t.Errorf("%s: the orders stand in French on %d of %d labels", lang, n, len(r.Items))
		}
		for _, i := range r.Items {
			if !strings.Contains(out.String(), i.Name) || !strings.Contains(out.String(), i.Mark.String()) {
				t.Errorf("%s: piece %d is not on its label:\n%s", lang, i.Number, out.String())
			}
		}
		if pages := bytes.Count(file.Bytes(), []byte("/Type /Page ")) + bytes.Count(file.Bytes(), []byte("/Type /Page/")); pages != 0 && pages != 3 {
			t.Errorf("%s: %d pages", lang, pages)
		}
	}
}

func archive(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for pair := range slices.Chunk(files, 2) {
		w, err := z.Create(pair[0])
		if err == nil {
			_, err = w.Write([]byte(pair[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func outcomeOf(name string, content string) string {
	m, _ := MeasureOf(noContext{}, strings.NewReader(content))
	return fmt.Sprintf(`{"version":"1.0","dfir-orc":{"outcome":{"timestamp":"2026-03-10T03:14:00Z","computer_name":"PC-12","mothership":{"sha256":"%s","command_line":"orc.exe"},
"wolf_launcher":{"version":"v10.2.4"},"command_set":[{"name":"Main","archive":{"name":%q,"size":%d,"sha1":"%s","files":[{"name":"Event.7z","size":12}]},
"commands":[{"name":"GetEvt","exit_code":0},{"name":"Yara","exit_code":5}]}]}}}`, strings.Repeat("AB", 32), name, m.Size, strings.ToUpper(m.SHA1))
}
