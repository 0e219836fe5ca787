package certificates

import "hygie/directory/findings/rule"

// ESC9: the certificate that opens a session does not say whose it is by SID, so that a name changed for a moment is enough to take somebody's place
// (Certipy, AD CS privilege escalation). It also needs the right to write the name of an account, and controllers that still accept such
// certificates.
func ESC9(o *rule.Outcome) { foundTemplates(o, condition{usage: opensSession, noSID: true}) }
