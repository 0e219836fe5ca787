// Package call reads calls for candidates as data, and counts with them to the cent. A call that opens, a deadline that moves or a ceiling that changes is a
// changed file (docs/formats/call.md), never changed code.
package call
