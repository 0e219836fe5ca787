// Package proof keeps what is known about structures: facts, and the evidence behind them. Everything is only ever added, and verdicts are
// computed from what was known at a date, so that a past verdict can be replayed.
//
// Referentials stand on a [Shelf]: those that come with the program, versions that administrators brought ([Bring], [PutInForce], [Withdraw]), and what
// they completed in lines left open ([Complete], [Undo]). [Shelf.Now] gives what holds, [Shelf.At] what held at a moment.
//
// [Assess] and [AssessAll] judge a structure in scope; [Rejudge] asks again only what news touches; [JudgeAll] judges the whole country in parts. None of
// them stores a verdict. What a verdict rests on beyond facts and documents is read here too: the group of a structure, the weights of members, a declared category.
package proof
