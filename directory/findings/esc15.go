package findings

// esc15: in a template of the first version, whoever writes the name may also write what the certificate is good for, on an authority
// without the update of November 2024.
func esc15(o *outcome) { o.foundTemplates(condition{subject: true, version: 1}) }
