package certificates

import "hygie/directory/findings/rule"

// ESC3: the certificate makes its holder an enrolment agent, who asks for certificates in the name of others.
func ESC3(o *rule.Outcome) {
	foundTemplates(o, condition{usage: func(t template) bool { return t.has(usageAgent) }})
}
