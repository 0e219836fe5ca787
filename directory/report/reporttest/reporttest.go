// Package reporttest makes the reports that the tests of the report and of its forms read.
package reporttest

import (
	"testing"
	"time"

	"hygie/directory/findings"
	"hygie/directory/internal/drawn"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/report"
	"hygie/directory/report/compare"
)

// Sick is a world with weaknesses of several levels, names that try to break the output, and something unread (docs/formats/directory-worlds.md).
const Sick = `
alice uac=0x410200
"Domain Admins" member=@Administrator member=@alice
AdminSDHolder acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)
Infirmiers member=@alice member=@bruno
bruno acl+=(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;S-1-5-21-100-200-300-1105)
SRV1 uac=0x81000 pwd=-95d
user "<script>alert(1)</script>" uac=0x410200 pgid=513 pwd=-1200d logon=-500d
unread dSHeuristics
`

// Audit is the report of a drawn world at [drawn.AsOf] (docs/formats/directory-worlds.md).
func Audit(t testing.TB, lang string, lines ...string) *report.Report {
	t.Helper()
	return AuditAt(t, lang, drawn.AsOf, lines...)
}

// AuditAt is the report of a drawn world at a date, with all that an audit adds to it (docs/formats/directory-worlds.md).
func AuditAt(t testing.TB, lang string, asOf time.Time, lines ...string) *report.Report {
	t.Helper()
	d := drawn.New(t, lines...).Freeze()
	survey := points.NewSurvey(d, points.Options{AsOf: asOf})
	results := survey.Points()
	r, err := report.New(d, results, report.Options{AsOf: asOf, Language: lang, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.AddFindings(findings.Evaluate(survey, results, findings.Options{Tool: "hygie test"})); err != nil {
		t.Fatal(err)
	}
	r.AddTies(survey)
	n, err := paths.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.AddControl(n); err != nil {
		t.Fatal(err)
	}
	return r
}

// Compared is the report of the sick world against the healthy one with one weakness since mended (docs/formats/directory-worlds.md).
func Compared(t testing.TB, lang string) *report.Report {
	t.Helper()
	before := AuditAt(t, lang, drawn.AsOf.AddDate(0, -2, 0), "Guest uac=0x10220", "SRV1 uac=0x81000")
	r := Audit(t, lang, Sick)
	if err := compare.Reports(r, before); err != nil {
		t.Fatal(err)
	}
	return r
}
