package store

import "strings"

// Text makes what came from outside fit for a text column: PostgreSQL refuses zero bytes and broken UTF-8, which become question marks. What people
// type is checked by its form; this is for names and messages of other programs, which must not keep a whole act from being written.
func Text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}
