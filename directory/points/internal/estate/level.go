package estate

import "strconv"

// Functional levels (MS-ADTS 6.1.4.2).
const (
	Level2008R2 = 4
	Level2012R2 = 6
	Level2016   = 7
)

// FunctionalName names a functional level as Windows does (MS-ADTS 6.1.4.3).
func FunctionalName(level int64) string {
	names := []string{"2000", "2003 interim", "2003", "2008", "2008 R2", "2012", "2012 R2", "2016"}
	if level >= 0 && level < int64(len(names)) {
		return names[level]
	}
	if level == 10 {
		return "2025"
	}
	return strconv.FormatInt(level, 10)
}
