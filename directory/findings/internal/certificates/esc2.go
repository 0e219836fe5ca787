package certificates

import "hygie/directory/findings/rule"

// ESC2: the certificate is good for anything, signing other certificates included: any usage, or none named.
func ESC2(o *rule.Outcome) {
	foundTemplates(o, condition{usage: func(t template) bool { return len(t.usages) == 0 || t.has(usageAny) }})
}
