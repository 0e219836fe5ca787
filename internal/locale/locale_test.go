package locale_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"hygie/internal/locale"
)

func printer(t *testing.T, lang locale.Lang) *locale.Printer {
	t.Helper()
	c, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer(lang, nil)
}

// plain shows no-break spaces as ~ (wide) and _ (narrow) so that a table can be read.
func plain(s string) string {
	return strings.NewReplacer("\u00a0", "~", "\u202f", "_").Replace(s)
}

func small(t *testing.T, french, english string) (*locale.Catalogue, error) {
	t.Helper()
	return locale.Load(fstest.MapFS{
		"fr/m.toml": {Data: []byte(french)},
		"en/m.toml": {Data: []byte(english)},
	})
}

func TestMessages(t *testing.T) {
	c, err := small(t,
		"hello = 'Bonjour {name}'\nrows = {one = '{count} ligne', many = '{count} de lignes', other = '{count} lignes'}\n[deep.er]\ntext = 'ici'",
		"hello = 'Hello {name}'\nrows = {one = '{count} row', other = '{count} rows'}\n[deep.er]\ntext = 'here'")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, key string
		args      []any
		fr, en    string
	}{
		{"argument", "m.hello", []any{"name", "Ada"}, "Bonjour Ada", "Hello Ada"},
		{"argument missing", "m.hello", nil, "Bonjour ⟦name⟧", "Hello ⟦name⟧"},
		{"key missing", "m.nothing", nil, "⟦m.nothing⟧", "⟦m.nothing⟧"},
		{"nested", "m.deep.er.text", nil, "ici", "here"},
		{"none", "m.rows", []any{"count", 0}, "0 ligne", "0 rows"},
		{"one", "m.rows", []any{"count", 1}, "1 ligne", "1 row"},
		{"one and a half", "m.rows", []any{"count", 1.5}, "1,5 ligne", "1.5 rows"},
		{"many", "m.rows", []any{"count", uint16(12345)}, "12_345 lignes", "12,345 rows"},
		{"a million", "m.rows", []any{"count", int64(2_000_000)}, "2_000_000 de lignes", "2,000,000 rows"},
		{"less than nothing", "m.rows", []any{"count", -1}, "−1 ligne", "−1 row"},
		{"no count", "m.rows", nil, "⟦count⟧ lignes", "⟦count⟧ rows"},
		{"braces in a value stay", "m.hello", []any{"name", "{name}"}, "Bonjour {name}", "Hello {name}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for lang, want := range map[locale.Lang]string{locale.French: row.fr, locale.English: row.en} {
				if got := plain(c.Printer(lang, nil).T(row.key, row.args...)); got != want {
					t.Errorf("%s: %q, want %q", lang, got, want)
				}
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, row := range []struct{ name, french, english, says string }{
		{"key missing in English", "a = 'x'\nb = 'y'", "a = 'x'", "m.b exists in \"fr\" and is missing in \"en\""},
		{"key missing in French", "a = 'x'", "a = 'x'\nb = 'y'", "m.b exists in \"en\" and is missing in \"fr\""},
		{"placeholders differ", "a = '{x} {y}'", "a = '{x}'", "m.a has placeholders [x y]"},
		{"plural in one language", "a = {one='{count} a', other='{count} b'}", "a = '{count}'", "plural forms in one language only"},
		{"plural without count", "a = {one='a', other='b'}", "a = {one='a', other='b'}", "no {count}"},
		{"empty text", "a = ''", "a = 'x'", "m.a: the text is empty"},
		{"number", "a = 3", "a = 'x'", "not int64"},
		{"broken file", "a = ", "a = 'x'", "read messages fr/m.toml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := small(t, row.french, row.english)
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error %v, want one that says %q", err, row.says)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	fr, en := printer(t, locale.French), printer(t, locale.English)
	for _, row := range []struct {
		name   string
		write  func(p *locale.Printer) string
		fr, en string
	}{
		{"three digits", func(p *locale.Printer) string { return p.Int(999) }, "999", "999"},
		{"four digits", func(p *locale.Printer) string { return p.Int(1234) }, "1234", "1,234"},
		{"least int64", func(p *locale.Printer) string { return p.Int(-1 << 63) }, "−9_223_372_036_854_775_808", "−9,223,372,036,854,775,808"},
		{"float", func(p *locale.Printer) string { return p.Float(12345.678, 1) }, "12_345,7", "12,345.7"},
		{"float all", func(p *locale.Printer) string { return p.Float(-0.25, -1) }, "−0,25", "−0.25"},
		{"minus nothing", func(p *locale.Printer) string { return p.Float(-0.01, 1) }, "0,0", "0.0"},
		{"percent", func(p *locale.Printer) string { return p.Percent(2, 3) }, "67_%", "67%"},
		{"almost all", func(p *locale.Printer) string { return p.Percent(999, 1000) }, "99_%", "99%"},
		{"almost none", func(p *locale.Printer) string { return p.Percent(1, 1000) }, "1_%", "1%"},
		{"all", func(p *locale.Printer) string { return p.Percent(7, 7) }, "100_%", "100%"},
		{"of nothing", func(p *locale.Printer) string { return p.Percent(0, 0) }, "–", "–"},
		{"one byte", func(p *locale.Printer) string { return p.Bytes(1) }, "1~octet", "1~byte"},
		{"kilobytes", func(p *locale.Printer) string { return p.Bytes(1234) }, "1,2~ko", "1.2~kB"},
		{"round up a unit", func(p *locale.Printer) string { return p.Bytes(999_999) }, "1,0~Mo", "1.0~MB"},
		{"terabytes", func(p *locale.Printer) string { return p.Bytes(34_000_000_000_000) }, "34~To", "34~TB"},
		{"whole euros", func(p *locale.Printer) string { return p.Euros(4_500_000_000) }, "45_000_000~€", "€45,000,000"},
		{"euros and cents", func(p *locale.Printer) string { return p.Euros(1_234_505) }, "12_345,05~€", "€12,345.05"},
		{"owed", func(p *locale.Printer) string { return p.Euros(-5) }, "−0,05~€", "−€0.05"},
		{"least amount", func(p *locale.Printer) string { return p.Euros(-1 << 63) }, "−92_233_720_368_547_758,08~€", "−€92,233,720,368,547,758.08"},
		{"list", func(p *locale.Printer) string { return p.List([]string{"a", "b", "c"}) }, "a, b et c", "a, b and c"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := plain(row.write(fr)); got != row.fr {
				t.Errorf("French: %q, want %q", got, row.fr)
			}
			if got := plain(row.write(en)); got != row.en {
				t.Errorf("English: %q, want %q", got, row.en)
			}
		})
	}
}

func TestDates(t *testing.T) {
	east := time.FixedZone("east", 4*3600)
	fr, en := printer(t, locale.French).In(east), printer(t, locale.English).In(east)
	now := time.Date(2026, 11, 21, 21, 5, 0, 0, time.UTC) // 22 November, 1:05 in the zone
	for _, row := range []struct {
		name   string
		write  func(p *locale.Printer) string
		fr, en string
	}{
		{"date in the zone", func(p *locale.Printer) string { return p.Date(now) }, "22~novembre 2026", "22~November 2026"},
		{"first of the month", func(p *locale.Printer) string { return p.Date(time.Date(2026, 12, 1, 0, 0, 0, 0, east)) }, "1er~décembre 2026", "1~December 2026"},
		{"short", func(p *locale.Printer) string { return p.ShortDate(now) }, "22/11/2026", "22 Nov 2026"},
		{"date and hour", func(p *locale.Printer) string { return p.DateTime(now) }, "22~novembre 2026 à 1~h~05", "22~November 2026 at 01:05"},
		{"no date", func(p *locale.Printer) string { return p.DateTime(time.Time{}) }, "–", "–"},
		{"form field", func(p *locale.Printer) string { return p.ISODay(now) }, "2026-11-22", "2026-11-22"},
		{"same moment", func(p *locale.Printer) string { return p.Ago(now.Add(10*time.Second), now) }, "à l’instant", "just now"},
		{"minutes", func(p *locale.Printer) string { return p.Ago(now.Add(-30*time.Minute), now) }, "il y a 30 minutes", "30 minutes ago"},
		{"hours to come", func(p *locale.Printer) string { return p.Ago(now.Add(3*time.Hour), now) }, "dans 3 heures", "in 3 hours"},
		{"two hours ago but the day before", func(p *locale.Printer) string { return p.Ago(now.Add(-2*time.Hour), now) }, "hier", "yesterday"},
		{"tomorrow", func(p *locale.Printer) string { return p.Ago(now.Add(23*time.Hour), now) }, "demain", "tomorrow"},
		{"days", func(p *locale.Printer) string { return p.Ago(now.AddDate(0, 0, 12), now) }, "dans 12 jours", "in 12 days"},
		{"days past", func(p *locale.Printer) string { return p.Ago(now.AddDate(0, 0, -400), now) }, "il y a 400 jours", "400 days ago"},
		{"milliseconds", func(p *locale.Printer) string { return p.Duration(12 * time.Millisecond) }, "12~ms", "12~ms"},
		{"nothing", func(p *locale.Printer) string { return p.Duration(0) }, "0~s", "0~s"},
		{"minutes and seconds", func(p *locale.Printer) string { return p.Duration(200 * time.Second) }, "3~min 20~s", "3~min 20~s"},
		{"hours and minutes", func(p *locale.Printer) string { return p.Duration(125 * time.Minute) }, "2~h 05~min", "2~h 05~min"},
		{"whole days", func(p *locale.Printer) string { return p.Duration(-96 * time.Hour) }, "−4~j", "−4~d"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := plain(row.write(fr)); got != row.fr {
				t.Errorf("French: %q, want %q", got, row.fr)
			}
			if got := plain(row.write(en)); got != row.en {
				t.Errorf("English: %q, want %q", got, row.en)
			}
		})
	}
}

func TestAccept(t *testing.T) {
	for _, row := range []struct {
		name, chosen, header string
		want                 locale.Lang
	}{
		{"nothing known", "", "", locale.French},
		{"choice first", "en", "fr", locale.English},
		{"choice unknown", "de", "en-GB", locale.English},
		{"browser in English", "", "en-US,en;q=0.9", locale.English},
		{"weights decide", "", "en;q=0.3, fr-FR;q=0.8", locale.French},
		{"refused language", "", "en;q=0, de", locale.French},
		{"other languages only", "", "de, it;q=0.5", locale.French},
		{"malformed weight is skipped", "", "fr;q=x, en;q=0.1", locale.English},
		{"weight out of bounds is skipped", "", "fr;q=NaN, en;q=0.1", locale.English},
		{"endless header", "", strings.Repeat("de,", 100_000) + "en", locale.French},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := locale.Accept(row.chosen, row.header); got != row.want {
				t.Errorf("Accept(%q, …) = %q, want %q", row.chosen, got, row.want)
			}
		})
	}
}

func TestContextCarriesThePrinter(t *testing.T) {
	ctx := locale.With(context.Background(), printer(t, locale.English))
	if got := locale.T(ctx, "locale.yesterday"); got != "yesterday" {
		t.Errorf("T = %q", got)
	}
	if got := locale.T(context.Background(), "locale.yesterday"); got != "⟦locale.yesterday⟧" {
		t.Errorf("without printer, T = %q", got)
	}
}
