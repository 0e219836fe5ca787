// Package custody keeps the register of what an attack left behind: which piece was taken, by whom, where and when, the SHA-256 of its
// bytes, and every hand-over since, so that months later an investigator can be shown that nothing was changed or lost on the way.
//
// A register is one text file (docs/formats/custody.md). Its lines are those of package journal: canonical, numbered, each holding the hash
// of the line before, under a head that states how many there are and the root of their tree. Any change of a single bit is found by [Verify].
//
// # What a register proves
//
// Nobody signs a register: on the night of an attack no key can be trusted that lay on the network. Who holds the file could write another
// one that holds together. Against that, each line has a [Mark], short enough to be written on paper, printed on the label of a piece or
// dictated on the telephone. A mark kept elsewhere proves every line up to it. A platform that stands outside of the attacked network signs what it exports
// ([Register.WriteSigned]); [Verify] reads both and gives the key.
//
// # Writing and reading
//
//	r, err := custody.New("chu-du-lac-2026-03", "Attaque du 10 mars", "A. Martin", now)
//	m, err := custody.MeasureOf(ctx, file)
//	item, err := r.Add(custody.Piece{Name: "pare-feu.log", Measure: m, By: "A. Martin", Taken: now}, now)
//	err = r.Hand(custody.HandOver{Item: item.Number, To: "Capitaine B."}, now)
//	item, err = r.Correct(2, custody.Amendment{Seal: "4417"}, "A. Martin", "forgotten", now)
//	n, err := r.TakeIn(other, digest, "A. Martin", now) // what another register says, once
//	_, err = r.WriteTo(w)
//
// # What other tools say
//
// [Identify] recognises what ewf-tools, Velociraptor and DFIR-ORC leave, and lists it without unpacking anything: names, sizes and the
// hashes that the tool itself states. These are claims of the tool; the hash of the file is the register's own.
package custody
