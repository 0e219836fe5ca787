package assessment

import (
	"strings"
	"testing"
)

func TestRadar(t *testing.T) {
	r := radar{Title: "Titre <x>", Text: "Texte", Now: []float64{1, 0.5, -1, 0}, Before: []float64{-1, -1, -1, -1}}
	draw := func() string {
		var b strings.Builder
		if err := r.Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	svg := draw()
	// The first axis goes up, the second to the right, at half of its length.
	for _, want := range []string{"Titre &lt;x&gt;", `<circle class="figure-actual-dot" cx="160" cy="36" r="4"/>`, `cx="222" cy="160"`, `<polygon class="figure-actual" points="160,36 222,160 160,160 160,160"/>`, `>4</text>`} {
		if !strings.Contains(svg, want) {
			t.Errorf("lacks %s:\n%s", want, svg)
		}
	}
	if strings.Contains(svg, "figure-target") || strings.Count(svg, "<circle") != 3 {
		t.Errorf("draws what does not count:\n%s", svg)
	}
	if r.Before = []float64{0.25, -1, 0.5, 1}; !strings.Contains(draw(), `<polygon class="figure-target" points="160,129 160,160 160,222 36,160"/>`) {
		t.Errorf("before:\n%s", draw())
	}
}
