// Package journal keeps lines that are never edited, and proves it to someone
// who trusts neither the program nor the machine that kept them.
//
// The audit trail, the history of a dossier, the main courante of a crisis and
// the register of exercises are all journals. A mistake is corrected by a new
// line, never by changing an old one.
//
// # How it holds together
//
// A line is one canonical JSON object (RFC 8785) on one line of text. It
// carries its number, counted from 1, and the hash of the line before it.
// Over the lines stands the Merkle tree of RFC 6962, computed with
// golang.org/x/mod/sumdb/tlog. A [Head] states the number of lines and the
// root of the tree at a moment, and is signed with Ed25519 in the signed note
// format. Whoever holds a signed head can later check that a journal still
// begins with exactly those lines ([CheckGrowth]), or that one line is in it
// ([CheckLine]), without reading the rest.
//
// # Writing
//
//	line, err := journal.Append(store, journal.Entry{Noted: now, At: now, Actor: "…", Action: "…"})
//	head, err := journal.ReadHead(store, origin, now)
//	signed, err := signer.Sign(head)
//	err = journal.Export(w, signed, lines)
//
// Storage is the small interface [Store]; [Memory] implements it for tests.
// The store must serialise Append: two writers that both read the same size
// would fork the tree, so Memory locks and an SQL store locks its row.
//
// # Checking
//
// [VerifyExport] reads an exported file with no network and no account, and
// says in plain words what is proven or which line is wrong. The file is laid
// out so that sha256sum and openssl can do the same by hand; the format and
// the commands are in docs/formats/journal.md, with test vectors in testdata.
//
// # What it does not prove
//
// A journal does not prove that what was noted is true, nor that everything
// was noted. The time in a head is the clock of the machine that signed it. Who
// holds the private key can sign another history: keep heads outside of
// the installation (on paper, by mail to another person) and give them to
// [Verifier.Known].
package journal
