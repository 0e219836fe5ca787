// Package dump reads and writes the collector's own file: one directory collection, streamed, compressed, checked.
//
//	w, err := dump.NewWriter(file, dump.Header{Tool: "hygie 1.0", Partitions: partitions})
//	err = w.WriteEntry(entry)      // for each object
//	err = w.Close()                // writes the trailer; the file itself stays open
//
//	summary, err := dump.Read(file, builder, dump.Options{Name: "domain.hygie"})
//
// A file is a signature, then frames; each frame has its length, its uncompressed length and a checksum, so that a damaged
// or cut file is noticed at the frame where it happens. What precedes the damage is kept: the builder's source is then
// marked partial, with a warning that gives the byte offset, and [Summary.Damage] tells the same to the caller. The layout
// is written in docs/formats/directory-dump.md; files written by version 1 stay readable by every later version.
//
// A file is hostile input: lengths are bounded before memory is taken, references are checked, and the total is limited by
// [Options].
package dump
