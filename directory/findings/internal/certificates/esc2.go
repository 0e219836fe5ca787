package certificates

import (
	"hygie/directory/findings/rule"
	"hygie/directory/pki"
)

// ESC2: the certificate is good for anything, signing other certificates included: any usage, or none named (SpecterOps, Certified Pre-Owned (2021)).
func ESC2(o *rule.Outcome) {
	foundTemplates(o, condition{usage: func(t *pki.Template) bool { return t.AnyUsage() }})
}
