// Package proof keeps what a structure has shown: facts, the evidence behind them, and what they prove.
//
// A module that measures something records facts ([Record]) and deposits the file they come from ([Add]). A referential's
// rules read the facts ([Verdicts]); the same fact serves every referential that needs it, so it is said once. Nothing here is edited: a
// new observation is a new fact, a better document supersedes the older one.
package proof
