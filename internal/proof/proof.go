// Package proof keeps what a structure has shown: facts, the evidence behind them, and what they prove.
//
// A module that measures something records facts ([Record]) and deposits the file they come from ([Add]). The rules of every referential read
// the same facts, so a thing is said once. Nothing here is edited: a new observation is a new fact, a better document supersedes the
// older one, and what was known at a past date can be read again.
//
// Referentials stand on a [Shelf]: those that come with the program, versions that administrators brought ([Bring], [PutInForce], [Withdraw]), and what
// they completed in lines left open ([Complete], [Undo]). [Shelf.Now] gives what holds, [Shelf.At] what held at a moment.
//
// [Assess] and [AssessAll] judge a structure in scope; [Rejudge] asks again only what news touches; [JudgeAll] judges the whole country in parts. None of
// them stores a verdict. What a verdict rests on beyond facts and documents is read here too: the group of a structure, the weights of members, a
// declared category.
package proof
