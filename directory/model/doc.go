// Package model holds a collected directory in memory: a [Builder] takes entries from one or several sources, Freeze turns
// them into a read-only [Directory] that rules and graphs query.
//
//	b := model.NewBuilder()
//	b.Source(model.Source{Tool: "hygie", Server: "dc1.hopital.test"})
//	b.Partition(model.Partition{DN: "DC=hopital,DC=test", Kind: model.Domain, Attributes: asked})
//	err := b.Add(model.Entry{DN: "CN=Users,DC=hopital,DC=test", Attributes: …})
//	d, err := b.Freeze()
//	for id := range d.OfClass("user") {
//		uac, ok := d.Int(id, "userAccountControl")
//	}
//
// # Identity
//
// Objects are numbered 0 to Count-1 in the order of their distinguished names read from the root, siblings by normalised
// name. The numbers depend on the set of names alone, not on the order of the input, so whatever is written in the order of
// ID is deterministic. A subtree is an interval of numbers.
//
// Attribute names compare without case. Distinguished names compare after normalisation: case, spaces around separators,
// escapes (RFC 4514). Options of an attribute ("member;range=0-1499", "userCertificate;binary") are dropped, ranges merged.
//
// # Storage
//
// The target is a million objects in a few hundred megabytes. Names form a tree that stores each relative name once; an
// object's values are one compact record in an arena, laid out by a shape (the set of its attributes) that similar objects
// share; decimal integers and times are stored in binary; links (member, memberOf, …) are stored as places in the name
// tree; identical security descriptors are stored and parsed once. There is no map and no pointer per object.
//
// A Directory never changes and may be read by several goroutines.
//
// # Absent or unread
//
// A missing value proves nothing unless the attribute was asked for. [Directory.Collected] answers that question, from the
// list of attributes the source recorded or, for sources without one (LDIF), from what was seen.
package model
