package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func TestScalar(t *testing.T) {
	tests := []struct {
		text string
		kind Kind
		raw  string
		err  string // part of the error
	}{
		{`"abc" `, 's', "abc", ""},
		{`"a\"b\\\u00e9\n" `, 's', "a\"b\\é\n", ""},
		{`"\ud83d\ude00" `, 's', "😀", ""},
		{`"\ud83d" `, 's', "\uFFFD", ""},
		{` -12.5e3,`, 'n', "-12.5e3", ""},
		{`true,`, 't', "", ""},
		{`null]`, '0', "", ""},
		{`[1]`, '[', "", ""},
		{`"abc`, 0, "", "middle of a value"},
		{`12`, 0, "", "middle of a value"},
		{`tru`, 0, "", "middle of a value"},
		{`trick`, 0, "", "where a value should be"},
		{`"\x" `, 's', "", "unknown escape"},
		{`"\u12g4" `, 's', "", "unknown escape"},
	}
	for _, tt := range tests {
		s := New([]byte(tt.text))
		v := s.Scalar()
		switch {
		case tt.err == "" && (s.Err != nil || v.Kind != tt.kind || string(v.Raw) != tt.raw):
			t.Errorf("%s: %c %q, %v", tt.text, v.Kind, v.Raw, s.Err)
		case tt.err != "" && (s.Err == nil || !strings.Contains(s.Err.Error(), tt.err)):
			t.Errorf("%s: %v, want %s", tt.text, s.Err, tt.err)
		}
	}
}

func TestNumbersAndTruth(t *testing.T) {
	for text, want := range map[string]int64{`12,`: 12, `-7,`: -7, `"42",`: 42, `1.48E9,`: 1_480_000_000, `9223372036854775807,`: 1<<63 - 1} {
		if n, ok := New([]byte(text)).Scalar().Integer(); !ok || n != want {
			t.Errorf("%s: %d %v", text, n, ok)
		}
	}
	for _, text := range []string{`1.5,`, `"",`, `"x",`, `true,`, `9223372036854775808,`, `--1,`} {
		if n, ok := New([]byte(text)).Scalar().Integer(); ok {
			t.Errorf("%s is taken for %d", text, n)
		}
	}
	for text, want := range map[string]bool{`true,`: true, `"False",`: false, `1,`: true, `"0",`: false} {
		if b, ok := New([]byte(text)).Flag(); !ok || b != want {
			t.Errorf("%s: %v %v", text, b, ok)
		}
	}
}

// A backslash that was looked for once is found again in the strings behind it, and in a window that moved.
func TestEscapesAfterPlainStrings(t *testing.T) {
	text := `["a","b","c\\d","e","f\"g"]`
	stream := NewStream(iotest.OneByteReader(strings.NewReader(text)), 1<<20, 1<<20)
	var got []string
	err := stream.Try(func(s *Scanner) {
		got = nil
		s.Take('[')
		for first := true; s.Next(&first, ']'); {
			got = append(got, string(s.Text()))
		}
	})
	if want := `a|b|c\d|e|f"g`; err != nil || strings.Join(got, "|") != want {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBoundsOfAStream(t *testing.T) {
	long := `["` + strings.Repeat("a", 3<<20) + `"]`
	for name, tt := range map[string]struct {
		text  string
		limit int64
		most  int
		want  string
	}{
		"value too long": {long, 1 << 30, 1 << 20, "longer than an object may be"},
		"file too long":  {long, 1 << 20, 1 << 30, "more than 1,048,576 bytes"},
		"cut":            {long[:2<<20], 1 << 30, 1 << 30, "byte 2097152: the file ends in the middle of a value"},
		"too deep":       {strings.Repeat("[", 300), 1 << 30, 1 << 30, "byte 200: more than 200 levels"},
		"wrong bracket":  {`[{"a":1]]`, 1 << 30, 1 << 30, `byte 7: ']' where } should be`},
	} {
		err := NewStream(strings.NewReader(tt.text), tt.limit, tt.most).Try((*Scanner).Skip)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

// What encoding/json takes, the scanner passes over to the last byte; texts come out the same, in one window or in many.
func FuzzSkip(f *testing.F) {
	for _, text := range []string{`{"a":[1,"b\\",{"c":null}]}`, `"\ud800x"`, `["\"\\"]`, `[[[[]]]]`, `{"":"\u0000"}`, `1e5`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := New(append(bytes.Clone(text), ' '))
		s.Skip()
		if json.Valid(text) && !errors.Is(s.Err, errDepth) && (s.Err != nil || len(bytes.TrimSpace(s.Rest())) > 0) {
			t.Fatalf("%q: %v, %q left", text, s.Err, s.Rest())
		}
		var want string
		if !utf8.Valid(text) || json.Unmarshal(text, &want) != nil || !bytes.HasPrefix(bytes.TrimSpace(text), []byte(`"`)) {
			return
		}
		whole := string(New(append(bytes.Clone(text), ' ')).Text())
		var parts string
		err := NewStream(iotest.OneByteReader(bytes.NewReader(append(bytes.Clone(text), ' '))), 1<<20, 1<<20).Try(func(s *Scanner) { parts = string(s.Text()) })
		if whole != want || parts != whole || err != nil {
			t.Fatalf("%q: %q, in parts %q (%v), want %q", text, whole, parts, err, want)
		}
	})
}

// With other memory for each window, what was read stays as it was.
func TestKeptValuesStay(t *testing.T) {
	const count = 40_000
	var text strings.Builder
	text.WriteByte('[')
	for i := range count {
		fmt.Fprintf(&text, `"plain %d", "esc\u0061ped\n%d",`, i, i)
	}
	text.WriteString(`"` + strings.Repeat("z", 3<<20) + `"]`)
	s := NewStream(strings.NewReader(text.String()), 1<<30, 1<<30)
	var used [][]byte
	s.Keep(func(window []byte, size int) []byte {
		used = append(used, window)
		return make([]byte, size)
	})
	if err := s.Try(func(s *Scanner) { s.Take('[') }); err != nil {
		t.Fatal(err)
	}
	var got [][]byte
	for more := true; more; {
		var v []byte
		if err := s.Try(func(s *Scanner) {
			first := len(got) == 0
			if more = s.Next(&first, ']'); more {
				v = s.Text()
			}
		}); err != nil {
			t.Fatal(err)
		}
		if more {
			got = append(got, v)
		}
	}
	if len(got) != 2*count+1 || len(used) < 3 {
		t.Fatalf("%d values, %d windows used", len(got), len(used))
	}
	for i := range count {
		plain, escaped := fmt.Sprintf("plain %d", i), fmt.Sprintf("escaped\n%d", i)
		if string(got[2*i]) != plain || string(got[2*i+1]) != escaped {
			t.Fatalf("value %d is now %q and %q", i, got[2*i], got[2*i+1])
		}
	}
	if len(got[2*count]) != 3<<20 {
		t.Errorf("the long value has %d bytes", len(got[2*count]))
	}
}
