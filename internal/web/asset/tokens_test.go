package asset_test

import (
	"maps"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	block  = regexp.MustCompile(`(?m)^ +:root[^{]*\{([^}]*)\}`)
	token  = regexp.MustCompile(`--([a-z0-9-]+):\s*([^;]+);`)
	colour = regexp.MustCompile(`^#[0-9A-F]{6}$`)
)

// themes reads the three blocks of the token sheet: light, dark by system, dark by choice.
func themes(t *testing.T) (light, system, chosen map[string]string) {
	t.Helper()
	sheet, err := os.ReadFile("css/1-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := block.FindAllStringSubmatch(string(sheet), -1)
	if len(blocks) != 3 {
		t.Fatalf("found %d blocks of tokens, want 3", len(blocks))
	}
	read := func(text string) map[string]string {
		values := make(map[string]string)
		for _, found := range token.FindAllStringSubmatch(text, -1) {
			values[found[1]] = found[2]
		}
		return values
	}
	return read(blocks[0][1]), read(blocks[1][1]), read(blocks[2][1])
}

func TestBothDarkBlocksAreEqual(t *testing.T) {
	light, system, chosen := themes(t)
	if diff := cmp.Diff(system, chosen); diff != "" {
		t.Errorf("dark by system and dark by choice differ:\n%s", diff)
	}
	for name, value := range light {
		if _, ok := chosen[name]; colour.MatchString(value) && !ok {
			t.Errorf("colour %s has no dark value", name)
		}
	}
}

// Contrast is after WCAG 2.2: (lighter + 0.05) / (darker + 0.05) of the relative luminances.
func TestContrast(t *testing.T) {
	light, dark, _ := themes(t)
	grounds := []string{"paper", "surface", "sunk"}
	for theme, values := range map[string]map[string]string{"light": light, "dark": dark} {
		check := func(text, ground string, least float64) {
			t.Helper()
			if ratio := contrast(t, values[text], values[ground]); ratio < least {
				t.Errorf("%s: %s on %s has contrast %.2f, want at least %.0f", theme, text, ground, ratio, least)
			}
		}
		for _, text := range []string{"ink", "ink-soft", "accent", "accent-deep", "good", "bad", "warn", "info"} {
			for _, ground := range grounds {
				check(text, ground, 7)
			}
		}
		for _, text := range []string{"accent", "good", "bad", "warn", "info"} {
			check(text, text+"-wash", 7)
			check("ink", text+"-wash", 7)
			check("ink-soft", text+"-wash", 7)
			check("edge", text+"-wash", 3)
		}
		check("accent-deep", "accent-wash", 7)
		check("on-accent", "accent", 7)
		check("on-accent", "accent-deep", 7)
		check("paper", "bad", 7) // a dangerous button under the pointer
		check("paper", "ink", 7) // the chosen segment
		for _, ground := range grounds {
			check("edge", ground, 3)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if !colour.MatchString(hex) {
		t.Fatalf("%q is not a colour", hex)
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// A colour written outside the tokens would not follow the theme.
func TestColoursAreOnlyInTokensAndPrint(t *testing.T) {
	literal := regexp.MustCompile(`#[0-9A-Fa-f]{3,8}\b`)
	entries, err := os.ReadDir("css")
	if err != nil {
		t.Fatal(err)
	}
	light, _, _ := themes(t)
	used := maps.Clone(light)
	for _, entry := range entries {
		sheet, err := os.ReadFile("css/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(string(sheet), "@layer print {")
		if entry.Name() != "1-tokens.css" {
			if found := literal.FindString(text); found != "" {
				t.Errorf("%s writes the colour %s by itself", entry.Name(), found)
			}
		}
		for name := range light {
			if strings.Contains(string(sheet), "var(--"+name) {
				delete(used, name)
			}
		}
	}
	for name := range used {
		t.Errorf("token %s is used nowhere", name)
	}
}
