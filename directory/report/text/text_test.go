package text_test

import (
	"bytes"
	"strings"
	"testing"

	"hygie/directory/report/reporttest"
	"hygie/directory/report/text"
)

func TestTextHidesControlCharacters(t *testing.T) {
	r := reporttest.Audit(t, "fr", "user \"mal\x1b[2Jin\u202e\" uac=0x400200")
	var b bytes.Buffer
	if err := text.Write(&b, r, text.Options{All: true}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Error("a control character of a name reaches the terminal")
	}
}
