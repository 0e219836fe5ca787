package referential

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// spoil changes some bytes of a file, doubles a piece of it, or cuts it.
func spoil(r *rand.Rand, data []byte) []byte {
	const odd = "\x00\xff:-{}[]'\"#\n\t &*!|>%@0a"
	out := append([]byte(nil), data...)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(out))
		switch r.IntN(4) {
		case 0:
			out[at] = odd[r.IntN(len(odd))]
		case 1:
			end := min(len(out), at+1+r.IntN(40))
			out = append(out[:at], out[end:]...)
		case 2:
			end := min(len(out), at+1+r.IntN(60))
			out = append(out[:end:end], out[at:]...)
		case 3:
			out = out[:at]
		}
		if len(out) == 0 {
			return data
		}
	}
	return out
}

// Spoilt files are refused or read; what is read can be written and read back the same.
func TestSpoiltFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(2026, 1))
	library := library1(t)
	accepted := 0
	for range 1500 {
		if p, err := Read("x.yaml", spoil(r, []byte(askingText))); err == nil {
			accepted++
			if q := again(t, p); !reflect.DeepEqual(p, q) {
				t.Fatalf("differs:\n%s", differences(p, q))
			}
		}
		if p, _, err := ReadCISO("x.yaml", spoil(r, library)); err == nil {
			accepted++
			out, _, err := WriteCISO(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := ReadCISO("again.yaml", out); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
	}
	if accepted == 0 {
		t.Error("everything was refused: nothing was tried")
	}
}
