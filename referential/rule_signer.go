package referential

import "slices"

// SignerRule holds when such a document was signed by somebody in one of the roles. A document whose signer is not recorded leaves the
// answer unknown.
//
//	signer: {kind: convergence-plan, roles: [director]}
type SignerRule struct {
	DocumentRule
	Roles []string
}

func (r SignerRule) eval(f *frame) Reason {
	base := r.DocumentRule.eval(f)
	kind := f.documentKind(r.Kind)
	params := []Param{label("document", kind.Label), label("roles", f.roles(r.Roles...))}
	if base.Code == "document.none" { // else one would read the same twice beside a rule that asks for the document
		base.Code, base.Params = "signer.none", params
	}
	if base.Status != Met {
		return base
	}
	reason := Reason{Status: NotMet, Code: "signer.not_met", Params: params, Next: f.depositing(SignAct, kind, "action.sign")}
	reason.Next.Params = params
	for _, d := range slices.Backward(r.find(f).covering) {
		switch {
		case slices.Contains(r.Roles, d.SignerRole):
			return Reason{Status: Met, Code: "signer.met", Params: append(params, label("signer", f.roles(d.SignerRole))), Documents: []Document{d}}
		case d.SignerRole == "":
			reason.Status, reason.Code, reason.Params, reason.Documents = Unknown, "signer.unknown", params, []Document{d}
		case reason.Documents == nil:
			reason.Params, reason.Documents = append(params, label("signer", f.roles(d.SignerRole))), []Document{d}
		}
	}
	return reason
}

// roles names roles: "la direction ou le RSSI".
func (f *frame) roles(codes ...string) Text {
	names := make([]Text, len(codes))
	for i, code := range codes {
		names[i] = Text{code, code}
		if at := slices.IndexFunc(f.pkg.Roles, func(r Role) bool { return r.Code == code }); at >= 0 {
			names[i] = f.pkg.Roles[at].Title
		}
	}
	return enumerate(names)
}
