package e2e

import "hygie/internal/right"

// need is who may use a route, as this test expects it; the table below is written apart from the routes on purpose.
type need struct {
	kind   string // public, signed in, somewhere, here, everywhere
	action right.Action
}

func public() need                       { return need{kind: "public"} }
func signedIn() need                     { return need{kind: "signed in"} }
func somewhere(action right.Action) need { return need{"somewhere", action} }
func here(action right.Action) need      { return need{"here", action} }
func everywhere(action right.Action) need {
	return need{"everywhere", action}
}

// expectations names every route. A new route belongs here, with who may use it.
func expectations() map[string]need {
	const s, v1 = "/structures/{structure}", "/api/v1/structures/{structure}"
	return map[string]need{
		"GET /{$}": public(), "GET /health": public(), "GET /live": signedIn(), "POST /preferences": public(),
		"GET /ui": public(), "POST /ui": public(), "GET /ui/{failure}": public(),
		"GET /sign-in": public(), "POST /sign-in": public(), "POST /sign-out": public(),
		"POST /sign-in/passkey/begin": public(), "POST /sign-in/passkey/finish": public(),
		"GET /demonstration": public(), "GET /demonstration/{person}": public(),
		"GET /invitation/{secret}": public(), "POST /invitation/{secret}": public(),
		"GET /invitation/{secret}/code": public(), "POST /invitation/{secret}/code": public(),
		"POST /invitation/{secret}/passkey/begin": public(), "POST /invitation/{secret}/passkey/finish": public(),

		"GET /account": signedIn(), "POST /account/name": signedIn(), "POST /account/language": signedIn(),
		"POST /account/sessions/end": signedIn(), "POST /account/sessions/end-others": signedIn(),
		"GET /account/code": signedIn(), "POST /account/code": signedIn(), "POST /account/code/remove": signedIn(),
		"POST /account/recovery-codes": signedIn(), "POST /account/passkeys/begin": signedIn(),
		"POST /account/passkeys/finish": signedIn(), "POST /account/passkeys/remove": signedIn(),
		"GET /account/delegate/{grant}": signedIn(), "POST /account/delegate/{grant}": signedIn(),
		"GET /grants/{grant}/withdraw": signedIn(), "POST /grants/{grant}/withdraw": signedIn(),
		"POST /invitations/{invitation}/withdraw": signedIn(),
		"GET /people/{person}/recover":            signedIn(), "POST /people/{person}/recover": signedIn(),
		"GET /people/{person}/disable": signedIn(), "POST /people/{person}/disable": signedIn(),

		"GET /people": everywhere(right.SeePeople), "GET /people/invite": everywhere(right.InvitePeople), "POST /people/invite": everywhere(right.InvitePeople),
		"GET " + s + "/people": here(right.SeePeople), "GET " + s + "/people/invite": here(right.InvitePeople), "POST " + s + "/people/invite": here(right.InvitePeople),
		"GET " + s + "/rights": here(right.SeeStructure),

		"GET /structures": somewhere(right.SeeStructure), "GET /search": somewhere(right.SeeStructure), "GET " + s: here(right.SeeStructure), "GET " + s + "/referentials/{package}": here(right.SeePosture),
		"GET " + s + "/trajectory": here(right.SeePosture), "POST " + s + "/trajectory": here(right.EditStructure),
		"GET " + s + "/standings": here(right.SeePosture), "GET " + s + "/standings/list": here(right.SeePosture),

		"GET /actions": somewhere(right.SeeActions), "GET " + s + "/actions": here(right.SeeActions), "GET " + s + "/actions/{action}": here(right.SeeActions),
		"GET " + s + "/actions/new": here(right.EditActions), "POST " + s + "/actions": here(right.EditActions), "POST " + s + "/actions/{action}": here(right.EditActions),

		"GET " + s + "/actions/merge": here(right.EditActions), "POST " + s + "/actions/merge": here(right.EditActions),
		"GET /account/calendar": signedIn(), "POST /account/calendar": signedIn(), "POST /account/calendar/stop": signedIn(), "GET /calendar/{secret}": public(),
		"GET /account/tokens": signedIn(), "POST /account/tokens": signedIn(), "POST /account/tokens/revoke": signedIn(),
		"GET /account/mail": signedIn(), "POST /account/mail": signedIn(), "GET /administration/mail": everywhere(right.Administer), "POST /administration/mail": everywhere(right.Administer),

		"GET " + s + "/exposure": here(right.SeeAudit), "GET " + s + "/exposure/perimeter": here(right.SeeAudit), "GET " + s + "/exposure/proofs": here(right.SeeAudit),
		"POST " + s + "/exposure/sources": here(right.RunAudit), "POST " + s + "/exposure/sources/{source}/remove": here(right.RunAudit),
		"GET " + s + "/exposure/imports": here(right.SeeAudit), "POST " + s + "/exposure/perimeter": here(right.RunAudit), "POST " + s + "/exposure/perimeter/file": here(right.RunAudit),
		"POST " + s + "/exposure/proofs": here(right.RunAudit), "POST " + s + "/exposure/mandates": here(right.RunAudit), "POST " + s + "/exposure/mandates/{evidence}/revoke": here(right.RunAudit),
		"POST " + s + "/exposure/runs": here(right.RunAudit), "POST " + s + "/exposure/facts": here(right.RunAudit), "POST " + s + "/exposure/schedule": here(right.RunAudit),
		"POST " + s + "/exposure/imports": here(right.RunAudit), "POST " + s + "/exposure/imports/{import}/remove": here(right.RunAudit),
		"GET " + s + "/exposure/runs/{run}": here(right.SeeAudit), "POST " + s + "/exposure/runs/{run}/cancel": here(right.RunAudit),
		"GET " + s + "/exposure/runs/{run}/findings": here(right.SeeAudit), "GET " + s + "/exposure/runs/{run}/findings/{finding}": here(right.SeeAudit),
		"GET " + s + "/exposure/runs/{run}/findings/{finding}/acceptance": here(right.AcceptRisk), "POST " + s + "/exposure/runs/{run}/findings/{finding}/acceptance": here(right.AcceptRisk),
		"POST " + s + "/exposure/runs/{run}/actions": here(right.EditActions), "GET " + s + "/exposure/runs/{run}/map": here(right.SeeAudit),
		"GET " + s + "/exposure/runs/{run}/changes": here(right.SeeAudit), "GET " + s + "/exposure/runs/{run}/coverage": here(right.SeeAudit), "GET " + s + "/exposure/runs/{run}/report": here(right.SeeAudit),
		"GET /administration/exposure-knowledge": everywhere(right.Administer), "POST /administration/exposure-knowledge": everywhere(right.Administer),

		"GET " + s + "/directory": here(right.SeeAudit), "GET " + s + "/directory/runs/{run}": here(right.SeeAudit),
		"GET " + s + "/directory/runs/{run}/points/{point}": here(right.SeeAudit), "GET " + s + "/directory/runs/{run}/report": here(right.SeeAudit),
		"GET " + s + "/directory/latest": here(right.SeeAudit),
		"GET " + s + "/directory/new":    here(right.RunAudit), "POST " + s + "/directory/deposits": here(right.RunAudit),
		"POST " + s + "/directory/collections": here(right.RunAudit), "POST " + s + "/directory/runs/{run}/cancel": here(right.RunAudit),
		"POST " + s + "/directory/runs/{run}/actions":         here(right.EditActions),
		"GET " + s + "/directory/points/{point}/acceptance":   here(right.AcceptRisk),
		"POST " + s + "/directory/points/{point}/acceptance":  here(right.AcceptRisk),
		"GET " + s + "/directory/findings/{point}/acceptance": here(right.AcceptRisk), "POST " + s + "/directory/findings/{point}/acceptance": here(right.AcceptRisk),
		"GET " + s + "/directory/changes": here(right.SeeAudit), "POST " + s + "/directory/runs/{run}/again": here(right.RunAudit),
		"GET " + s + "/assessments": here(right.SeePosture), "GET " + s + "/assessments/{assessment}": here(right.SeePosture),
		"POST " + s + "/assessments":                                   here(right.AddProof),
		"GET " + s + "/assessments/{assessment}/questions/{question}":  here(right.AddProof),
		"POST " + s + "/assessments/{assessment}/questions/{question}": here(right.AddProof),
		"GET " + s + "/assessments/{assessment}/themes/{theme}":        here(right.AddProof),
		"GET " + s + "/assessments/{assessment}/proposals":             here(right.AddProof),
		"POST " + s + "/assessments/{assessment}/proposals":            here(right.AddProof),
		"GET " + s + "/assessments/{assessment}/import":                here(right.AddProof), "POST " + s + "/assessments/{assessment}/import": here(right.AddProof), "GET " + s + "/assessments/{assessment}/import/{draft}": here(right.AddProof),
		"POST " + s + "/assessments/{assessment}/import/{draft}/columns": here(right.AddProof), "POST " + s + "/assessments/{assessment}/import/{draft}/accept": here(right.AddProof), "POST " + s + "/assessments/{assessment}/import/{draft}/drop": here(right.AddProof),
		"GET " + s + "/assets/import": here(right.AddProof), "POST " + s + "/assets/import": here(right.AddProof), "GET " + s + "/assets/import/{draft}": here(right.AddProof),
		"POST " + s + "/assets/import/{draft}/columns": here(right.AddProof), "POST " + s + "/assets/import/{draft}/accept": here(right.AddProof), "POST " + s + "/assets/import/{draft}/drop": here(right.AddProof),
		"GET " + s + "/actions/import": here(right.EditActions), "POST " + s + "/actions/import": here(right.EditActions), "GET " + s + "/actions/import/{draft}": here(right.EditActions),
		"POST " + s + "/actions/import/{draft}/columns": here(right.EditActions), "POST " + s + "/actions/import/{draft}/accept": here(right.EditActions), "POST " + s + "/actions/import/{draft}/drop": here(right.EditActions),
		"GET " + s + "/assets": here(right.SeeProof), "GET " + s + "/assets/new": here(right.AddProof), "POST " + s + "/assets": here(right.AddProof),
		"GET " + s + "/assets/{asset}": here(right.SeeProof), "POST " + s + "/assets/{asset}": here(right.AddProof), "POST " + s + "/assets/{asset}/retire": here(right.AddProof),
		"POST " + s + "/actions/{action}/part":            here(right.EditActions),
		"POST " + s + "/assessments/{assessment}/finish":  here(right.AddProof),
		"POST " + s + "/assessments/{assessment}/actions": here(right.EditActions),
		"POST " + s + "/actions/moves":                    here(right.EditActions), "POST " + s + "/actions/undo": here(right.EditActions),
		"GET " + s + "/directory/runs/{run}/paths": here(right.SeeAudit), "GET " + s + "/directory/runs/{run}/paths/{way}": here(right.SeeAudit),
		"GET " + s + "/directory/runs/{run}/fixes": here(right.SeeAudit), "POST " + s + "/directory/runs/{run}/fixes": here(right.EditActions),
		"GET " + s + "/directory/runs/{run}/findings": here(right.SeeAudit), "GET " + s + "/directory/runs/{run}/findings/{finding}": here(right.SeeAudit),
		"POST " + s + "/directory/runs/{run}/findings/{finding}": here(right.EditActions),
		"GET " + s + "/convergence":                              here(right.SeePosture), "GET " + s + "/convergence/document": here(right.SeePosture), "GET " + s + "/convergence/edit": here(right.EditActions),
		"POST " + s + "/convergence": here(right.EditActions), "POST " + s + "/convergence/deposit": here(right.AddProof),
		"GET " + s + "/declarations": here(right.SeeProof), "GET " + s + "/declarations/{fact}": here(right.SeeProof),
		"GET " + s + "/declarations/{fact}/new": here(right.AddProof), "GET " + s + "/declarations/{fact}/withdraw": here(right.AddProof), "POST " + s + "/declarations/{fact}/withdraw": here(right.AddProof), "POST " + s + "/declarations/{fact}": here(right.AddProof),
		"GET " + s + "/evidence":                    here(right.SeeProof),
		"GET " + s + "/evidence/{evidence}":         here(right.SeeProof),
		"GET " + s + "/evidence/{evidence}/file":    here(right.SeeProof),
		"GET " + s + "/evidence/{evidence}/preview": here(right.SeeProof),
		"GET " + s + "/evidence/new":                here(right.AddProof),
		"POST " + s + "/evidence":                   here(right.AddProof),

		"GET " + s + "/webhooks": here(right.EditStructure), "POST " + s + "/webhooks": here(right.EditStructure), "POST " + s + "/webhooks/{hook}/remove": here(right.EditStructure),
		"GET /api/v1/openapi.json": public(), "GET /api/v1/me": signedIn(), "GET /api/v1/search": somewhere(right.SeeStructure),
		"GET /api/v1/structures": somewhere(right.SeeStructure), "GET " + v1: here(right.SeeStructure),
		"GET " + v1 + "/referentials": here(right.SeePosture), "GET " + v1 + "/referentials/{package}/verdicts": here(right.SeePosture),
		"GET " + v1 + "/evidence": here(right.SeeProof), "POST " + v1 + "/evidence": here(right.AddProof),
		"GET " + v1 + "/evidence/{evidence}": here(right.SeeProof), "GET " + v1 + "/evidence/{evidence}/content": here(right.SeeProof),
		"GET " + v1 + "/facts": here(right.SeeProof), "POST " + v1 + "/facts": here(right.AddProof),
		"GET " + v1 + "/actions": here(right.SeeActions), "POST " + v1 + "/actions": here(right.EditActions),
		"GET " + v1 + "/actions/{action}": here(right.SeeActions), "POST " + v1 + "/actions/{action}/state": here(right.EditActions),
		"GET " + v1 + "/directory/runs": here(right.SeeAudit), "POST " + v1 + "/directory/runs": here(right.RunAudit),
		"GET " + v1 + "/directory/runs/{run}": here(right.SeeAudit), "GET " + v1 + "/directory/runs/{run}/findings": here(right.SeeAudit),
		"GET " + v1 + "/exposure/runs": here(right.SeeAudit), "GET " + v1 + "/exposure/runs/{run}": here(right.SeeAudit), "GET " + v1 + "/exposure/runs/{run}/findings": here(right.SeeAudit),

		"GET /administration":                                                  everywhere(right.Administer),
		"GET /administration/doctor":                                           everywhere(right.Administer),
		"GET /administration/jobs":                                             everywhere(right.Administer),
		"POST /administration/jobs/{job}/again":                                everywhere(right.Administer),
		"GET /administration/referentials":                                     everywhere(right.Administer),
		"POST /administration/referentials":                                    everywhere(right.Administer),
		"GET /administration/referentials/{package}":                           everywhere(right.Administer),
		"GET /administration/referentials/{package}/file":                      everywhere(right.Administer),
		"POST /administration/referentials/{package}/withdraw":                 everywhere(right.Administer),
		"GET /administration/referentials/{package}/versions/{version}":        everywhere(right.Administer),
		"POST /administration/referentials/{package}/versions/{version}":       everywhere(right.Administer),
		"GET /administration/referentials/{package}/lines/{kind}/{code}":       everywhere(right.Administer),
		"POST /administration/referentials/{package}/lines/{kind}/{code}":      everywhere(right.Administer),
		"POST /administration/referentials/{package}/lines/{kind}/{code}/undo": everywhere(right.Administer),
		"GET /administration/finess":                                           everywhere(right.ImportTerritory),
		"POST /administration/finess":                                          everywhere(right.ImportTerritory),
		"GET /administration/finess/{job}":                                     everywhere(right.ImportTerritory),
		"POST /administration/finess/{job}/preview":                            everywhere(right.ImportTerritory),
		"POST /administration/finess/{job}/apply":                              everywhere(right.ImportTerritory),
		"POST /administration/finess/{job}/cancel":                             everywhere(right.ImportTerritory),
		"POST /administration/territory":                                       everywhere(right.ImportTerritory),
		"GET /administration/trail":                                            everywhere(right.SeeTrail),
		"GET /administration/trail/journal":                                    everywhere(right.SeeTrail),
		"GET /administration/trail/key":                                        everywhere(right.SeeTrail),
		"GET " + s + "/trail":                                                  here(right.SeeTrail),
		"GET " + s + "/record/declare":                                         here(right.EditStructure), "POST " + s + "/record/declare": here(right.EditStructure),
		"GET " + s + "/record":         here(right.EditStructure),
		"POST " + s + "/record":        here(right.EditStructure),
		"GET " + s + "/record/child":   here(right.ImportTerritory),
		"POST " + s + "/record/child":  here(right.ImportTerritory),
		"GET " + s + "/record/move":    here(right.ImportTerritory),
		"POST " + s + "/record/move":   here(right.ImportTerritory),
		"GET " + s + "/record/close":   here(right.ImportTerritory),
		"POST " + s + "/record/close":  here(right.ImportTerritory),
		"POST " + s + "/record/reopen": here(right.ImportTerritory),
	}
}
