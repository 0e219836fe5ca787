package reflex

import "strings"

// A change is one line of a comparison: its sign is "+", "-" or " ".
type change struct{ sign, line string }

// mostCompared bounds the work of a comparison: beyond that many pairs of lines the middle is shown as replaced.
const mostCompared = 4_000_000

// compare tells how a text became another, line by line, by their longest common sequence.
func compare(before, after string) []change {
	a, b := lines(before), lines(after)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []change
	for _, l := range a[:head] {
		out = append(out, change{" ", l})
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, l := range a[len(a)-tail:] {
		out = append(out, change{" ", l})
	}
	return out
}

func lines(text string) []string {
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// middle compares what lies between a common beginning and a common end.
func middle(a, b []string) (out []change) {
	if len(a)*len(b) > mostCompared {
		a, b, out = nil, nil, replaced(a, b)
	}
	longest := make([][]int32, len(a)+1) // of the sequences common to a[i:] and b[j:]
	for i := range longest {
		longest[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, change{" ", a[i]})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			out = append(out, change{"-", a[i]})
			i++
		default:
			out = append(out, change{"+", b[j]})
			j++
		}
	}
	return append(out, replaced(a[i:], b[j:])...)
}

func replaced(a, b []string) (out []change) {
	for _, l := range a {
		out = append(out, change{"-", l})
	}
	for _, l := range b {
		out = append(out, change{"+", l})
	}
	return out
}

// around keeps the changed lines with as many unchanged ones before and after each; what is left out is one change with the sign "…".
func around(all []change, context int) (out []change) {
	near := make([]bool, len(all))
	for i, c := range all {
		if c.sign != " " {
			for k := max(i-context, 0); k <= min(i+context, len(all)-1); k++ {
				near[k] = true
			}
		}
	}
	for i, c := range all {
		if near[i] {
			out = append(out, c)
		} else if len(out) == 0 || out[len(out)-1].sign != "…" {
			out = append(out, change{sign: "…"})
		}
	}
	return out
}
