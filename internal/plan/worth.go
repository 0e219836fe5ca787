package plan

// worthSQL is [Action.Worth] as the database sorts by it.
const worthSQL = `(case a.gain when 'high' then 90 when 'medium' then 30 when 'low' then 10 else 20 end + a.closes)
			* (case a.effort when 'low' then 9 when 'high' then 1 else 3 end)`

// Worth ranks actions by what they bring for their effort: the more, the sooner. A step of gain weighs three times the one below, ten findings closed as much
// as a low gain, and each step of effort costs a factor of three; what nobody has said counts as between low and medium for the gain, as medium for the
// effort. The number means nothing by itself.
func (a Action) Worth() int64 {
	gain := map[Weight]int64{High: 90, Medium: 30, Low: 10, "": 20}[a.Gain]
	ease := map[Weight]int64{High: 1, Medium: 3, Low: 9, "": 3}[a.Effort]
	return (gain + a.Closes) * ease
}

// Checked tells whether an audit looks by itself whether an action of this origin is done.
func (o Origin) Checked() bool {
	return o == DirectoryFinding || o == ExposureFinding || o == AssessmentAnswer
}
