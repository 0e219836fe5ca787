// Package referential judges structures against a referential: requirements, with rules over facts, kept as data. A call, a threshold or
// a deadline that changes is a changed file, never changed code.
//
// A package file (docs/formats/referential.md, [Read]) holds axes, objectives, requirements and criteria, each with its words in French and
// English and with its source and how sure it is ([Mark]). Each criterion has a [Rule] of a closed vocabulary: [ValueRule], [FreshRule],
// [PeriodRule], [CountRule], [IntervalRule], [CoverageRule], [DocumentRule], [SignerRule], [AllRule], [AnyRule], [NotRule], [ChooseRule],
// [GroupRule], and [AnswerRule] over the questions that the package asks.
//
//	p, err := referential.Read("care-d1.yaml", data)
//	a := p.Evaluate(referential.World{Subject: …, Facts: …, Documents: …, Parameters: …, Zone: paris}, now)
//	for _, v := range a.Requirements {
//		fmt.Println(v.Code, v.Status, v.Reasons.Text(referential.French, paris))
//	}
//
// # Answers
//
// What was never shown is not met: a rule that asks for an event or a document fails without it. What was never measured is unknown: a
// rule that compares a value has no answer without one. Unknown is also the answer when a parameter is not set, when the category or the
// members of a structure are not recorded, when a document states no period, and when a text can be read two ways. Nothing unknown is
// ever counted as met. A rule that does not concern a structure is not applicable, and leaves the verdict to the others.
//
// A requirement is met when all its criteria are, except those that are advice: they have reasons and acts too, but no verdict waits for
// them.
//
// # Reasons and acts
//
// Each answer is a tree of [Reason]: the code of a message and its values, which [Reason.Text] writes in either language, with the facts and
// documents that were looked at. A reason that is not met proposes an [Action]; the verdict and the assessment carry the one to do
// first. The order: what can be done today; what the structure can do itself, before what needs an administrator or the
// authority; what a verdict waits for, before advice; what is due within 30 days, the nearest first; the smallest effort;
// among what several packages propose, what most requirements wait for; the nearest deadline; the order of the package.
//
// # Time
//
// Rules count days of the calendar where the structure is ([World].Zone), both bounds included. [Package.Evaluate] takes the moment of
// the judgement and looks at nothing that was observed or deposited later, so a verdict of the past can be had again. What was recorded
// later about an earlier day is for the caller to leave out.
//
// The package knows no clock, no database and no network; values go in and come out, and the order of the facts does not matter.
package referential
