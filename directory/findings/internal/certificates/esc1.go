package certificates

import "hygie/directory/findings/rule"

// ESC1: the requester chooses the name in a certificate that opens a session (SpecterOps, Certified Pre-Owned (2021)).
func ESC1(o *rule.Outcome) { foundTemplates(o, condition{usage: opensSession, subject: true}) }
