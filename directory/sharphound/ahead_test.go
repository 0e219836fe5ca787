package sharphound_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hygie/directory/model"
	"hygie/directory/sharphound"
)

// A file of many windows and batches: what objects say, escaped or not, is not lost when the reader has gone on. One of them is longer
// than a window.
func TestObjectsOfManyWindows(t *testing.T) {
	const count = 6000
	elements := make([]string, count)
	for i := range elements {
		filler := strings.Repeat("x", i%1500)
		if i == count/2 {
			filler = strings.Repeat("y", 5<<20)
		}
		elements[i] = user(2000+i, fmt.Sprintf("compte%d", i), fmt.Sprintf(`,"logonscript":"d\u00e9but\t%d.cmd","unread":"%s"`, i, filler))
	}
	d := load(t, map[string]string{"users.json": file("users", 6, elements...)})
	if d.Count() != count || d.Partial() || len(d.Warnings()) > 0 {
		t.Fatalf("%d objects, %q", d.Count(), d.Warnings())
	}
	for i := range model.ID(count) {
		name, _ := d.Text(i, "sAMAccountName")
		script, _ := d.Text(i, "scriptPath")
		if number := strings.TrimPrefix(name, "compte"); script != "début\t"+number+".cmd" {
			t.Fatalf("%q has %q", name, script)
		}
	}
}

// A file that breaks off far from its start gives what stands before, and the place; so does one with more objects than allowed.
func TestEndsAmongManyObjects(t *testing.T) {
	const count = 5000
	elements := make([]string, count)
	for i := range elements {
		elements[i] = user(2000+i, fmt.Sprintf("compte%d", i), "")
	}
	text := file("users", 6, elements...)
	cut := strings.Index(text, elements[4321]) + 50
	for name, tt := range map[string]struct {
		text    string
		objects int
		want    int
		said    string
	}{
		"cut short": {text[:cut], 0, 4321, fmt.Sprintf("byte %d: the file ends", cut)},
		"too many":  {text, 777, 777, fmt.Sprintf("byte %d: more objects", strings.Index(text, elements[777]))},
		"garbage":   {text[:cut-50] + "?" + text[cut-50:], 0, 4321, fmt.Sprintf("byte %d: ", cut-50)},
	} {
		t.Run(name, func(t *testing.T) {
			b := model.NewBuilder()
			r := sharphound.NewReader(b, sharphound.Options{Objects: tt.objects})
			if err := errors.Join(r.JSON("users.json", strings.NewReader(tt.text)), r.Close()); err != nil {
				t.Fatal(err)
			}
			d, err := b.Freeze()
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(d.Warnings(), "\n"); d.Count() != tt.want || !d.Partial() || !strings.Contains(said, tt.said) {
				t.Errorf("%d objects, %q, want %d and %q", d.Count(), said, tt.want, tt.said)
			}
		})
	}
}
