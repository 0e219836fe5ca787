// Package ldif reads directory exports in LDIF (RFC 2849), as written by ldapsearch, ldifde and ldbsearch.
//
//	summary, err := ldif.Read(file, builder, ldif.Options{Name: "export.ldif"})
//
// The reader streams: it keeps one record in memory. It accepts Windows and Unix line ends, a UTF-8 or UTF-16 byte order
// mark, comments, folded lines, base64 values, objects in any order, "changetype: add", and what the tools above print
// beside entries: the version, search references, the final result. Values given by URL are refused: an export does not
// need them and the reader opens no other file. Security identifiers, GUIDs and security descriptors may be binary (base64)
// or text, the descriptors as SDDL.
//
// # Faults
//
// A record that cannot be read is left out, the source is marked partial, and a warning gives its line. [Read] stops after
// too many of them, or where a limit is reached. It fails only when no entry at all could be read.
//
// # What was asked for
//
// LDIF has no record of the attributes that were asked for: an attribute nobody has may be absent or unread. See
// model.Directory.Collected for how the two are told apart.
package ldif
