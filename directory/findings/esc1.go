package findings

// esc1: the requester chooses the name in a certificate that opens a session.
func esc1(o *outcome) { o.foundTemplates(condition{usage: opensSession, subject: true}) }
