package e2e

import (
	"bytes"
	"testing"
	"time"

	"hygie/directory/dump"
	"hygie/directory/generate"
	"hygie/directory/ldif"
)

// A small domain keeps the tests quick; what is found in it does not depend on its size.
const fewObjects = 300

// domain says what is generated: the same hospital, weak or healthy, as it was on a day.
func domain(asOf time.Time, weaknesses generate.Weaknesses) generate.Options {
	return generate.Options{Objects: fewObjects, Seed: 7, AsOf: asOf, DNSName: "brume.test", Weaknesses: weaknesses}
}

// dumpOf writes a domain as the collector does.
func dumpOf(t testing.TB, o generate.Options) ([]byte, *generate.Truth) {
	t.Helper()
	header, err := generate.Header(o)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := dump.NewWriter(&out, header)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := generate.Hospital(o, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), truth
}

// ldifOf writes a domain as an LDIF export.
func ldifOf(t testing.TB, o generate.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := ldif.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate.Hospital(o, generate.Export(w)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
