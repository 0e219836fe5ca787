package compare

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/report"
	"hygie/finding"
)

// wayRule is the rule under which ways are compared.
const wayRule = "path"

// pathIdentity is what a way is known by in another run: the right that opens it, who has it, over what, and the target. Identifiers stand for
// names where there are any. A way without a right to take away is known by all its steps.
func pathIdentity(p report.Path) string {
	from := p.Door - 1
	if from < 0 || from >= len(p.Steps) { // a report of an earlier version, or a path without a door
		from = max(0, slices.IndexFunc(p.Steps, func(s report.Step) bool { return s.Right != control.MemberOf.String() }))
	}
	name := func(dn, sid string) string {
		if sid != "" {
			return sid
		}
		return finding.NormalName(dn)
	}
	parts := []string{name(p.Target.DN, p.Target.SID)}
	if from < len(p.Steps) {
		s := p.Steps[from]
		parts = append(parts, name(s.From, s.FromSID), s.Right, name(s.To, s.ToSID))
		if s.ToSID == "" && s.Object != "" {
			parts = append(parts, finding.NormalName(s.Object))
		}
	}
	return strings.Join(parts, " | ")
}

// wayRun gives the ways of a report.
func wayRun(r *report.Report) finding.Run {
	var out finding.Run
	for _, p := range r.Paths {
		out.Findings = append(out.Findings, finding.Finding{Rule: wayRule, Object: finding.Object{Name: pathIdentity(p)}})
	}
	whole := !pathsPartial(r)
	out.Decided = func(string, string) bool { return whole }
	return out
}

// pathsPartial tells whether there may be ways that the report does not list.
func pathsPartial(r *report.Report) bool {
	return r.Statistics.Control == nil || r.Statistics.Control.Ways > len(r.Paths) || r.ControlIncomplete()
}

// comparePaths fills which ways opened and which are closed.
func comparePaths(r *report.Report, c *report.Comparison, baseline *report.Report, history []*report.Report) {
	pc := report.PathComparison{Counts: counted(finding.Comparison{}), Changes: []report.PathChange{}}
	defer func() { c.Paths = pc }()
	before, now := baseline.Statistics.Control, r.Statistics.Control
	if before == nil || now == nil {
		return
	}
	pc.Compared, pc.Partial = true, pathsPartial(r) || pathsPartial(baseline)
	pc.ExposedBefore, pc.ExposedNow, pc.WaysBefore, pc.WaysNow = before.ExposedTo, now.ExposedTo, before.Ways, now.Ways
	var past []finding.Finding
	for _, h := range history {
		past = append(past, wayRun(h).Findings...)
	}
	result := finding.Compare(wayRun(baseline), wayRun(r), past...)
	pc.Counts = counted(result)
	byName := func(list []report.Path) map[string]int {
		out := make(map[string]int)
		for i, p := range slices.Backward(list) {
			out[pathIdentity(p)] = i // the first of several
		}
		return out
	}
	current, earlier := byName(r.Paths), byName(baseline.Paths)
	status := make(map[string]finding.Status)
	for _, ch := range result.Changes {
		name := ch.Finding.Object.Name
		switch {
		case gone(ch.Status):
			pc.Changes = append(pc.Changes, report.PathChange{Status: ch.Status, Path: baseline.Paths[earlier[name]]})
			continue
		case ch.Status != finding.Persisting:
			p := r.Paths[current[name]]
			pc.Changes = append(pc.Changes, report.PathChange{Status: ch.Status, Path: p})
		}
		status[name] = ch.Status
	}
	for i := range r.Paths {
		r.Paths[i].Status = string(status[pathIdentity(r.Paths[i])])
	}
}
