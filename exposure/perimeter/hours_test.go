package perimeter

import (
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, test := range map[string]struct {
		hours      []string
		now, until string // until is empty outside
	}{
		"evening":                     {[]string{"mon-fri 20:00-06:00"}, "2026-03-10 21:00", "2026-03-11 06:00"},
		"before":                      {[]string{"mon-fri 20:00-06:00"}, "2026-03-10 19:59", ""},
		"after midnight":              {[]string{"mon-fri 20:00-06:00"}, "2026-03-14 05:59", "2026-03-14 06:00"},
		"the end is outside":          {[]string{"mon-fri 20:00-06:00"}, "2026-03-14 06:00", ""},
		"not the night after Sunday":  {[]string{"mon-fri 20:00-06:00"}, "2026-03-16 05:00", ""},
		"windows in a row":            {[]string{"fri 20:00-24:00", "sat,sun 00:00-24:00"}, "2026-03-13 22:00", "2026-03-16 00:00"},
		"every day":                   {[]string{"22:00-04:00"}, "2026-03-15 23:00", "2026-03-16 04:00"},
		"French words":                {[]string{"sam-dim 08:00-18:00"}, "2026-03-15 09:00", "2026-03-15 18:00"},
		"round the week":              {[]string{"sun-mon 08:00-18:00"}, "2026-03-16 09:00", "2026-03-16 18:00"},
		"the night that has no two":   {[]string{"01:00-05:00"}, "2026-03-29 04:30", "2026-03-29 05:00"},
		"the night that has two twos": {[]string{"01:00-05:00"}, "2026-10-25 04:30", "2026-10-25 05:00"},
	} {
		p := &Perimeter{Domains: []string{"a.example"}}
		for _, text := range test.hours {
			var w Window
			if err := w.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
			var again Window
			if err := again.UnmarshalText([]byte(w.String())); err != nil || again != w {
				t.Errorf("%s: %q is read as another window: %v", name, w, err)
			}
			p.Hours = append(p.Hours, w)
		}
		end, ok := p.Open(at(test.now))
		if ok != (test.until != "") || ok && !end.Equal(at(test.until)) {
			t.Errorf("%s: open %v until %v, want %q", name, ok, end, test.until)
		}
	}
	if end, ok := (&Perimeter{}).Open(at("2026-03-10 12:00")); !ok || !end.IsZero() {
		t.Error("without hours, any time is right")
	}
	for _, bad := range []string{"", "mon", "mon-fri", "20:00", "mon-fri 20:00", "lundi 20:00-06:00", "24:00-06:00", "20:60-06:00", "mon 20:00-06:00 x", "20h-6h", "1:1-2:2"} {
		if err := new(Window).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read as hours", bad)
		}
	}
}

func TestWindowInWords(t *testing.T) {
	for text, want := range map[string][2]string{
		"mon-fri 20:00-06:00":     {"lun-ven 20:00-06:00", "mon-fri 20:00-06:00"},
		"sat,sun 00:00-24:00":     {"sam-dim 00:00-24:00", "sat-sun 00:00-24:00"},
		"ven-lun 01:00-02:00":     {"lun,ven-dim 01:00-02:00", "mon,fri-sun 01:00-02:00"},
		"wed 9:00-10:00":          {"mer 09:00-10:00", "wed 09:00-10:00"},
		"lun-dim 20:00-06:00":     {"20:00-06:00", "20:00-06:00"},
		"mar,jeu,dim 22:00-22:00": {"mar,jeu,dim 22:00-22:00", "tue,thu,sun 22:00-22:00"},
	} {
		var w, again Window
		if err := w.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		for i, lang := range []string{"fr", "en"} {
			if got := w.Text(lang); got != want[i] {
				t.Errorf("%q in %s: %q, want %q", text, lang, got, want[i])
			}
			if err := again.UnmarshalText([]byte(w.Text(lang))); err != nil || again.String() != w.String() {
				t.Errorf("%q reads back as %q, %v", w.Text(lang), again, err)
			}
		}
	}
}
