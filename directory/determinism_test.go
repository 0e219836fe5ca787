package directory_test

import (
	"bytes"
	"runtime"
	"testing"

	"hygie/directory"
	"hygie/directory/generate"
	"hygie/directory/report"
)

// The same input gives the same bytes, however many processors there are and however often it is asked.
func TestSameBytesOnAnyMachine(t *testing.T) {
	input := asDump(t, options(generate.Demo, 1500))
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	var first []byte
	for _, processors := range []int{1, 2, 8, 1} {
		runtime.GOMAXPROCS(processors)
		var out bytes.Buffer
		if err := report.WriteJSON(&out, audit(t, directory.Options{AsOf: asOf}, input)); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = out.Bytes()
		}
		if !bytes.Equal(first, out.Bytes()) {
			t.Errorf("%d processors give other bytes", processors)
		}
	}
	if !bytes.Contains(first, []byte(`"paths": [`)) || !bytes.Contains(first, []byte(`"right": "DCSync"`)) {
		t.Error("the report has no paths")
	}
}
