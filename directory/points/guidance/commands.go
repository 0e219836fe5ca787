package guidance

import "strings"

// The comments that split the commands of a [Text], by language.
const (
	readMarkFR   = "# Lire, sans rien changer"
	readMarkEN   = "# Read, changing nothing"
	changeMarkFR = "# Changer"
	changeMarkEN = "# Change"
)

// ReadMark returns the comment line that opens the commands which only read (docs/guide/2-lire-un-passage.md).
func ReadMark(lang string) string {
	if lang == "en" {
		return readMarkEN
	}
	return readMarkFR
}

// ChangeMark returns the comment line that opens the commands which change the
// directory (docs/guide/2-lire-un-passage.md).
func ChangeMark(lang string) string {
	if lang == "en" {
		return changeMarkEN
	}
	return changeMarkFR
}

// SplitCommands returns the commands that only read and those that change the
// directory, without the two marks.
func (t Text) SplitCommands() (read, change []string) {
	changing := false
	for _, line := range t.Commands {
		switch line {
		case readMarkFR, readMarkEN:
		case changeMarkFR, changeMarkEN:
			changing = true
		default:
			if changing {
				change = append(change, line)
			} else {
				read = append(read, line)
			}
		}
	}
	return read, change
}

// IsRemark tells whether a command line is a remark for the reader, such as a
// place in the group policy editor, rather than something to run (docs/guide/2-lire-un-passage.md).
func IsRemark(line string) bool { return strings.HasPrefix(line, "#") }
