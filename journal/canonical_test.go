package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"example of RFC 8785 3.2.2", `{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}`, `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`},
		{"sorting of RFC 8785 3.2.3", `{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}"},
		{"numbers at the borders", `[0,-0,0.0,1e21,1e20,1e-6,1e-7,-1.5E-10,9007199254740991,1e400e]`, ""},
		{"minus zero and exponents", `[-0,1e21,1E20,0.000001,1e-7,-1.5E-10,9007199254740991]`, `[0,1e+21,100000000000000000000,0.000001,1e-7,-1.5e-10,9007199254740991]`},
		{"large integers that floats keep", `[9007199254740992, 1e20, 100000000000000000000]`, `[9007199254740992,100000000000000000000,100000000000000000000]`},
		{"empty", ` {} `, `{}`},
		{"null", `null`, `null`},
	} {
		got, err := Canonical([]byte(c.in))
		if c.want == "" {
			if err == nil {
				t.Errorf("%s: accepted as %s", c.name, got)
			}
			continue
		}
		if err != nil || string(got) != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.name, got, err, c.want)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, c := range []struct {
		name, in string
		offset   int
	}{
		{"nothing", "", 0},
		{"open object", `{"a":1`, 6},
		{"no colon", `{"a" 1}`, 5},
		{"trailing comma", `[1,]`, 3},
		{"two values", `1 2`, 2},
		{"leading zero", `01`, 1},
		{"lone minus", `-`, 1},
		{"point without digits", `1.`, 2},
		{"exponent without digits", `1e+`, 3},
		{"too large", `1e999`, 5},
		{"integer that floats lose", `9007199254740993`, 16},
		{"twin members", `{"a":1,"b":2,"\u0061":3}`, 24},
		{"invalid UTF-8", "\"a\xffb\"", 2},
		{"raw control character", "\"a\nb\"", 2},
		{"lone high surrogate", `"\ud83d"`, 7},
		{"lone low surrogate", `"\ude00"`, 7},
		{"two high surrogates", `"\ud83d\ud83d"`, 13},
		{"unknown escape", `"\x"`, 2},
		{"short escape", `"\u00"`, 3},
		{"not a hex digit", `"\u00g0"`, 5},
		{"comment", `/* */ 1`, 0},
		{"deep", strings.Repeat("[", maxDepth+2), maxDepth + 1},
	} {
		got, err := Canonical([]byte(c.in))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != c.offset {
			t.Errorf("%s: got %q, %v; want an error at %d", c.name, got, err, c.offset)
		}
	}
}

// FuzzCanonical compares with another implementation, where both accept.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{`{"b":1,"a":[1e3,"\u00e9"]}`, `"\ud83d\ude00"`, `-0.0`, `[[[]]]`, `{"\ufb33":1,"😀":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Canonical(data)
		if err != nil {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q: not JSON: %q", data, got)
		}
		again, err := Canonical(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q: canonical form is not stable: %q, %q, %v", data, got, again, err)
		}
		other := jsontext.Value(bytes.Clone(data))
		if err := other.Canonicalize(); err != nil {
			t.Fatalf("%q: refused elsewhere: %v", data, err)
		}
		if !bytes.Equal(other, got) {
			t.Fatalf("%q: %q here, %q elsewhere", data, got, other)
		}
	})
}
