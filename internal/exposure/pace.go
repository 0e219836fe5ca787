package exposure

import (
	"strconv"
	"strings"

	"hygie/exposure/perimeter"
	"hygie/internal/locale"
)

// showPace writes limits with the decimal mark of a language; what is usual stays empty.
func (f *form) showPace(lang locale.Lang, p perimeter.Pace) {
	number := func(value float64) string {
		if value == 0 {
			return ""
		}
		text := strconv.FormatFloat(value, 'f', -1, 64)
		if lang == locale.French {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	f.PerSecond, f.PerAddress, f.PerNetwork, f.Total = number(p.PerSecond), number(float64(p.PerAddress)), number(p.PerNetwork), number(float64(p.Total))
}

// pace reads the limits; bad is told each text that is no number above nothing. The engine judges how large they may be.
func (f form) pace(bad func(name, key, text string)) (p perimeter.Pace) {
	rate := func(name, text string, into *float64) {
		if text = strings.TrimSpace(text); text == "" {
			return
		}
		value, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil || !(value > 0) {
			bad(name, "exposure.bad_pace", text)
			return
		}
		*into = value
	}
	count := func(name, text string, into *int) {
		if text = strings.TrimSpace(text); text == "" {
			return
		}
		value, err := strconv.Atoi(text)
		if err != nil || value < 1 {
			bad(name, "exposure.bad_count", text)
			return
		}
		*into = value
	}
	rate("per_second", f.PerSecond, &p.PerSecond)
	count("per_address", f.PerAddress, &p.PerAddress)
	rate("per_network", f.PerNetwork, &p.PerNetwork)
	count("total", f.Total, &p.Total)
	return p
}
