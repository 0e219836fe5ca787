package locale

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Spaces of French typography. The narrow one stands between thousands and before ; ! ? %.
const (
	noBreak       = "\u00a0"
	narrowNoBreak = "\u202f"
)

// Money is an argument of a message that is an amount of money.
type Money interface{ Cents() int64 } // hundredths of a euro

// Moment is an argument of a message that is written with its hour; a plain time.Time is written as a day.
type Moment interface{ Moment() time.Time }

// Bilingual is an argument of a message that an engine says in either language: "fr" or "en".
type Bilingual interface{ Text(lang string) string }

// value writes one argument of a message.
func (p *Printer) value(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case Keyed:
		return p.T(v.MessageKey())
	case Bilingual:
		return v.Text(string(p.lang))
	case Money:
		return p.Euros(v.Cents())
	case Moment:
		return p.DateTime(v.Moment())
	case time.Time:
		return p.Date(v)
	case time.Duration:
		return p.Duration(v)
	case fmt.Stringer:
		return v.String()
	case error:
		return v.Error()
	}
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return ""
	case v.CanInt():
		return p.Int(v.Int())
	case v.CanUint():
		return p.group(strconv.FormatUint(v.Uint(), 10))
	case v.CanFloat():
		return p.Float(v.Float(), -1)
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Slice:
		texts := make([]string, v.Len())
		for i := range texts {
			texts[i] = p.value(v.Index(i).Interface())
		}
		return strings.Join(texts, ", ")
	}
	return fmt.Sprint(value)
}

// Keyed is a code with a name in every language, such as a role: as an argument of a message it is written by that name.
type Keyed interface{ MessageKey() string }

// Int writes a whole number with its thousands apart: 12 345 or 12,345. Four digits stay together in French, as in print.
func (p *Printer) Int(n int64) string {
	text := strconv.FormatInt(n, 10)
	if n < 0 {
		return "−" + p.group(text[1:])
	}
	return p.group(text)
}

// Euros writes an amount given in cents: "1 234,50 €", "€1,234.50". Whole euros are written without cents.
func (p *Printer) Euros(cents int64) string {
	sign, whole, rest := "", cents/100, cents%100
	if cents < 0 {
		sign, whole, rest = "−", -whole, -rest
	}
	amount := p.Int(whole)
	if rest != 0 {
		amount += p.choose(",", ".") + fmt.Sprintf("%02d", rest)
	}
	if p.lang == French {
		return sign + amount + noBreak + "€"
	}
	return sign + "€" + amount
}

// Float writes a number with a fixed count of decimals, or as many as it needs when decimals is negative.
func (p *Printer) Float(n float64, decimals int) string {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return "–"
	}
	text := strconv.FormatFloat(math.Abs(n), 'f', decimals, 64)
	whole, fraction, has := strings.Cut(text, ".")
	text = p.group(whole)
	if has {
		text += p.choose(",", ".") + fraction
	}
	if n < 0 && strings.Trim(text, "0,.") != "" {
		text = "−" + text
	}
	return text
}

// Percent writes a part of a whole in percent, without decimals: Percent(2, 3) is 67 %. It rounds down below all and up above
// nothing, so that 100 % means all and 0 % means none. With no whole it writes a dash.
func (p *Printer) Percent(part, whole int64) string {
	if whole <= 0 {
		return "–"
	}
	share := int64(math.Round(100 * float64(part) / float64(whole)))
	switch {
	case share >= 100 && part < whole:
		share = 99
	case share <= 0 && part > 0:
		share = 1
	}
	return p.Int(share) + p.choose(narrowNoBreak+"%", "%")
}

// Bytes writes a size in decimal units: 1,2 Mo or 1.2 MB.
func (p *Printer) Bytes(n int64) string {
	units := []string{"octets", "ko", "Mo", "Go", "To"}
	if p.lang == English {
		units = []string{"bytes", "kB", "MB", "GB", "TB"}
	}
	size, unit := float64(n), 0
	for size >= 999.5 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	name := units[unit]
	if unit == 0 && plural(p.lang, n) == "one" {
		name = strings.TrimSuffix(name, "s")
	}
	decimals := 0
	if unit > 0 && size < 9.95 {
		decimals = 1
	}
	return p.Float(size, decimals) + noBreak + name
}

// List joins texts as a sentence does: a, b et c.
func (p *Printer) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + p.choose(" et ", " and ") + items[last]
}

// group sets thousands apart in a row of digits.
func (p *Printer) group(digits string) string {
	if len(digits) <= 3 || (p.lang == French && len(digits) == 4) {
		return digits
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(p.choose(narrowNoBreak, ","))
		}
		b.WriteRune(digit)
	}
	return b.String()
}

func (p *Printer) choose(french, english string) string {
	if p.lang == English {
		return english
	}
	return french
}
