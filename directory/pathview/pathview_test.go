package pathview

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// drawn makes ways from lines: "a MemberOf b WriteDacl c".
func drawn(lines ...string) []Way {
	var out []Way
	for i, line := range lines {
		words := strings.Fields(line)
		w := Way{Number: i + 1, Href: fmt.Sprintf("#way-%d", i+1), Source: End{Name: words[0]}, Target: End{Name: words[len(words)-1]}}
		for at := 0; at+2 < len(words); at += 2 {
			w.Steps = append(w.Steps, Step{From: End{Name: words[at]}, To: End{Name: words[at+2]}, Right: words[at+1], Means: "means " + words[at+1], Cut: "cut " + words[at+1]})
		}
		out = append(out, w)
	}
	return out
}

func layersOf(d *Drawing) map[string]int {
	out := make(map[string]int)
	for _, n := range d.nodes {
		out[n.Name] = n.layer
	}
	return out
}

func TestLayers(t *testing.T) {
	for _, row := range []struct {
		name  string
		ways  []string
		want  string
		links int
	}{
		{"one step", []string{"a Owner t"}, "map[a:1 t:0]", 1},
		{"a shared step is drawn once", []string{"a MemberOf g Owner t", "b MemberOf g Owner t"}, "map[a:2 b:2 g:1 t:0]", 3},
		{"two rights between the same two are two steps", []string{"a Owner t", "a WriteDacl t"}, "map[a:1 t:0]", 2},
		{"the longest way decides", []string{"a Owner t", "a MemberOf g Owner t"}, "map[a:2 g:1 t:0]", 3},
		{"a target on the way to another", []string{"a Owner t Contains u"}, "map[a:2 t:1 u:0]", 2},
		{"a loop goes back once", []string{"a Owner b Owner t", "b Owner a Owner t"}, "map[a:2 b:1 t:0]", 4},
		{"a step to itself is no step", []string{"a Owner a Owner t"}, "map[a:1 t:0]", 1},
		{"nothing", nil, "map[]", 0},
		{"a way without steps", []string{"t"}, "map[t:0]", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := Draw(drawn(row.ways...))
			if got := fmt.Sprint(layersOf(d)); got != row.want || d.Links() != row.links {
				t.Errorf("%s with %d steps, want %s with %d", got, d.Links(), row.want, row.links)
			}
		})
	}
}

// wide makes many ways through groups, units and servers, some of them in loops.
func wide(count int) []Way {
	var lines []string
	for i := range count {
		switch i % 4 {
		case 0:
			lines = append(lines, fmt.Sprintf("user%d MemberOf group%d GenericAll unit%d Contains srv%d UnconstrainedDelegation dc", i, i%17, i%5, i%11))
		case 1:
			lines = append(lines, fmt.Sprintf("user%d MemberOf group%d MemberOf group%d WriteDacl admins", i, i%17, (i+5)%17))
		case 2:
			lines = append(lines, fmt.Sprintf("user%d ForceChangePassword user%d MemberOf group%d DCSync domain", i, i-1, i%17))
		default:
			lines = append(lines, fmt.Sprintf("user%d AddMember group%d WriteDacl admins MemberOf domain", i, i%17))
		}
	}
	return drawn(lines...)
}

// checkLayout fails the test when boxes overlap or leave the picture, or a forward step does not lead to the right.
func checkLayout(t *testing.T, d *Drawing) {
	t.Helper()
	for i, a := range d.nodes {
		if a.x < 0 || a.y < 0 || a.x+nodeWidth > d.width || a.y+nodeHeight > d.height {
			t.Fatalf("%s stands at %d %d, outside of %d by %d", a.Name, a.x, a.y, d.width, d.height)
		}
		for _, b := range d.nodes[i+1:] {
			if a.x < b.x+nodeWidth && b.x < a.x+nodeWidth && a.y < b.y+nodeHeight && b.y < a.y+nodeHeight {
				t.Fatalf("%s and %s overlap", a.Name, b.Name)
			}
		}
	}
	for _, l := range d.links {
		x := l.from.x
		for _, p := range l.via {
			if p.x <= x {
				t.Fatalf("the step from %s to %s goes back at %d", l.from.Name, l.to.Name, p.x)
			}
			x = p.x
			for _, n := range d.nodes {
				if n.x == p.x && p.y+placeGap/2 > n.y && p.y+placeGap/2 < n.y+nodeHeight {
					t.Fatalf("the step from %s to %s runs through %s", l.from.Name, l.to.Name, n.Name)
				}
			}
		}
		middle, _ := l.middle()
		if half := len(l.right) * letter / 2; l.forward() && (middle-half < l.from.x+nodeWidth || middle+half > l.from.x+nodeWidth+d.gap) {
			t.Fatalf("the label %s goes over a box", l.right)
		}
		if l.forward() && l.to.x <= x {
			t.Fatalf("the step from %s to %s goes back", l.from.Name, l.to.Name)
		}
	}
}

func TestTwoHundredBoxes(t *testing.T) {
	d := Draw(wide(240))
	if d.Nodes() < 200 {
		t.Fatalf("only %d boxes", d.Nodes())
	}
	checkLayout(t, d)
	var first, second bytes.Buffer
	if err := errors.Join(d.Write(&first, Options{Language: "fr"}), Draw(wide(240)).Write(&second, Options{Language: "fr"})); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same ways give other bytes")
	}
}

// wellFormed reads a fragment as XML, as far as the void elements of HTML allow.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	for _, void := range []string{"input"} {
		for at := strings.Index(text, "<"+void); at >= 0; at = strings.Index(text, "<"+void) {
			end := at + strings.Index(text[at:], ">")
			text = text[:at] + text[end+1:]
		}
	}
	text = strings.NewReplacer(" data-pathview", "", " hidden", "").Replace(text)
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%.300s", err, text[max(0, int(d.InputOffset())-150):])
		}
	}
}

func TestNamesCannotBreakOut(t *testing.T) {
	evil := `CN="><script>alert(1)</script>'&,DC=x`
	w := Way{Number: 1, Href: `#" onclick="x`, Source: End{Name: evil, SID: `"><b>`}, Target: End{Name: "CN=t,DC=x"},
		Steps: []Step{{From: End{Name: evil, SID: `"><b>`}, To: End{Name: "CN=t,DC=x"}, Right: `"><i>`, Means: "<u>", Cut: "<s>", ACE: `"<a>`}}}
	for _, lang := range []string{"fr", "en"} {
		var b bytes.Buffer
		if err := Draw([]Way{w}).Write(&b, Options{Language: lang}); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script", "<b>", "<i>", "<u>", "<s>", "<a>", `" onclick`} {
			if strings.Contains(b.String(), bad) {
				t.Errorf("the drawing holds %q", bad)
			}
		}
		wellFormed(t, b.String())
	}
}

// What a page may not have under its policy: style attributes, handlers, scripts.
func TestFragmentNeedsNoInlineStyle(t *testing.T) {
	var b bytes.Buffer
	if err := Draw(wide(60)).Write(&b, Options{Language: "en"}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{" style=", " onclick", "<script", "<style", "url("} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the drawing holds %q", bad)
		}
	}
	wellFormed(t, b.String())
	if strings.Contains(string(Script), ".style.") || strings.Contains(string(Script), "innerHTML") || strings.Contains(string(Script), "</script") {
		t.Error("the script writes styles or markup")
	}
}

func TestNumbers(t *testing.T) {
	for _, row := range []struct {
		list []int
		want string
	}{{nil, ""}, {[]int{3}, "3"}, {[]int{3, 1, 2}, "1-3"}, {[]int{1, 3, 4, 9}, "1 3-4 9"}} {
		if got := numbers(row.list); got != row.want {
			t.Errorf("%v is %q, want %q", row.list, got, row.want)
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add("a MemberOf b Owner c\nb Owner a Owner c")
	f.Add("a b a b a b c\nc b a")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		var lines []string
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" {
				lines = append(lines, line)
			}
		}
		d := Draw(drawn(lines...))
		checkLayout(t, d)
		if err := d.Write(io.Discard, Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
