package ics

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCalendarLines(t *testing.T) {
	paris := time.FixedZone("UTC+1", 3600)
	long := strings.Repeat("échéance; ", 30) + "fin\r\n\x00ligne \\"
	var b strings.Builder
	err := Write(&b, Calendar{Name: "Plan, d’actions", Product: "actions", Events: []Event{{UID: "a@hygie", Day: time.Date(2026, 12, 31, 0, 0, 0, 0, paris), Changed: time.Date(2026, 3, 1, 0, 0, 0, 0, paris), Version: 3, Title: long, URL: "https://h.test/x"}}}, time.Date(2026, 3, 10, 0, 30, 0, 0, paris))
	if err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, line := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	whole := strings.ReplaceAll(text, "\r\n ", "")
	for _, want := range []string{
		"DTSTAMP:20260309T233000Z\r\n", "DTSTART;VALUE=DATE:20261231\r\n", "DTEND;VALUE=DATE:20270101\r\n", "SEQUENCE:3\r\n", `X-WR-CALNAME:Plan\, d’actions`,
		"SUMMARY:" + strings.Repeat(`échéance\; `, 30) + `fin\nligne \\` + "\r\n",
	} {
		if !strings.Contains(whole, want) {
			t.Errorf("lacks %q in:\n%s", want, whole)
		}
	}
	if !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") || !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
		t.Error("not one whole calendar")
	}
}

func FuzzFold(f *testing.F) {
	f.Add("é;\r\n,\\")
	f.Add("\xff\xfe" + strings.Repeat("a", 200))
	f.Fuzz(func(t *testing.T, text string) {
		var b strings.Builder
		fold(&b, "SUMMARY:"+escapeText(text))
		out, ok := strings.CutSuffix(b.String(), "\r\n")
		if !ok {
			t.Fatal("no end of line")
		}
		for i, line := range strings.Split(out, "\r\n") {
			if len(line) > 75 || i > 0 && !strings.HasPrefix(line, " ") || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
				t.Errorf("line %q of %q", line, text)
			}
		}
	})
}
