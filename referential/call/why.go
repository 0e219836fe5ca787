package call

import (
	"strings"
	"time"

	"hygie/referential"
)

// Why says why an answer or an amount is what it is: a message with its values, and what it rests on.
type Why struct {
	Status   Status              `json:"status"`
	Code     string              `json:"code"` // of the message
	Params   []referential.Param `json:"params,omitempty"`
	Amount   *Cents              `json:"amount,omitempty"` // that this line gives, in cents
	Children []Why               `json:"children,omitempty"`
}

// Text writes the sentence, without those inside it. Days are shown in a zone; nil is UTC.
func (w Why) Text(lang Lang, zone *time.Location) string {
	message, ok := messages[w.Code]
	if !ok {
		return w.Code
	}
	return referential.Fill(message, w.Params, lang, zone)
}

// Result is an amount with its reasons. When it is not known, Amount is 0 and Why says what is missing.
type Result struct {
	Amount Cents `json:"amount"`
	Known  bool  `json:"known"`
	Why    Why   `json:"why"`
}

// The constructors of values of messages.

func label(name string, t Text) referential.Param { return referential.Param{Name: name, Label: t} }

func words(name, s string) referential.Param {
	return referential.Param{Name: name, Value: referential.Words(s)}
}

func count(name string, n int) referential.Param {
	return referential.Param{Name: name, Value: referential.Number(float64(n))}
}

func money(name string, c Cents) referential.Param { return label(name, c.Text()) }

// exact is a size or a price, with the comma of the language.
func exact(name string, r Ratio) referential.Param { return decimalText(name, r.String()) }

func percent(name string, r Ratio) referential.Param { return decimalText(name, r.Percent()) }

func decimalText(name, en string) referential.Param {
	return label(name, Text{FR: strings.Replace(en, ".", ",", 1), EN: en})
}

func params(all ...referential.Param) []referential.Param { return all }

// moment writes a day, with the hour and minute when it is not the first second of the day; a last second is written as its minute, 23 h 59.
func moment(name string, t time.Time, zone *time.Location) referential.Param {
	local := t.In(zone)
	text := dayText(dayOf(t, zone))
	if h, m, s := local.Clock(); h+m+s != 0 {
		text.FR += local.Format(" à 15\u00a0h\u00a004")
		text.EN += local.Format(" at 15:04")
	}
	return label(name, text)
}

// dayText writes a day, given as midnight UTC.
func dayText(day time.Time) Text {
	write := func(lang Lang) string {
		return referential.Fill(Text{FR: "{d}", EN: "{d}"}, params(param{Name: "d", Value: referential.Date(day)}), lang, time.UTC)
	}
	return Text{FR: write(referential.French), EN: write(referential.English)}
}
