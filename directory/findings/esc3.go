package findings

// esc3: the certificate makes its holder an enrolment agent, who asks for certificates in the name of others.
func esc3(o *outcome) {
	o.foundTemplates(condition{usage: func(t template) bool { return t.has(usageAgent) }})
}
