// Package call reads calls for candidates as data, and counts with them to the cent. A call that opens, a deadline that moves or a scale that changes is a
// changed file (docs/formats/call.md), never changed code.
//
//	all, err := calls.Shipped()                                        // or Load, Read
//	why := c.Timely(call.Candidature, "public", now)                   // open, until when
//	why = c.Eligible(facts)                                            // may this structure apply
//	ceiling := c.Ceiling(facts)                                        // the most it can get, and why
//	grant := c.Grant(facts, invoices)                                  // what its spending gives
//	dues, err := c.Schedule(grant.Amount, facts.Category, verdicts)    // in which parts, and which may be paid
//
// # What is not known
//
// What exists officially and is not public is a [Field], and no number stands for it: [Given] is a value, a field to be filled, or absent. Answers that rest on
// such a field are unknown, an amount of them has Known false, and the reasons name the field. [Call.Fill] fills the fields of a call and checks the
// whole again; those of a dossier are answered in [Facts].
//
// # Reasons
//
// Each answer and each amount is a tree of [Why]: a message with its values, which [Why.Text] writes in French or English, and what it rests on. The
// answers are those of package referential: met, not met, unknown, not applicable.
//
// # Money
//
// Amounts are [Cents]; operations on them are checked, and [ErrOverflow] says that a result does not fit. Shares are exact ([Ratio]); taking a share of an amount cuts
// off to the cent, towards less. [Split] and [Call.Schedule] share out without losing or making a cent.
//
// # Time
//
// Deadlines are read from a clock on the wall of Paris ([ParseWall]), and their last second counts as a whole ([InTime]). The nights in which the clocks change are
// right: a skipped hour is refused, one that is shown twice is the first for an opening and the second for a closing. Delays are counted in days by a
// [Calendar], from events that start, stop and restart a clock.
//
// # Simulation
//
// [Call.Simulate] plays a call with candidates and [Hypotheses]; its [Scenario] gives commitments, payments and remainders by region, category and instalment,
// and [Compare] what two of them differ in. The same input gives the same scenario, whatever the order of the candidates.
//
// The package knows no clock, no database and no network; values go in and come out.
package call
