package findings

// esc2: the certificate is good for anything, signing other certificates included: any usage, or none named.
func esc2(o *outcome) {
	o.foundTemplates(condition{usage: func(t template) bool { return len(t.usages) == 0 || t.has(usageAny) }})
}
