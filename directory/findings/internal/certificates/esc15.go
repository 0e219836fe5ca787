package certificates

import "hygie/directory/findings/rule"

// ESC15: in a template of the first version, whoever writes the name may also write what the certificate is good for, on an authority
// without the update of November 2024 (CVE-2024-49019).
func ESC15(o *rule.Outcome) { foundTemplates(o, condition{subject: true, version: 1}) }
