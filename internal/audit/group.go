package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hygie/directory/points"
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// sideBySide is one member of a group with its newest run.
type sideBySide struct {
	Member  territory.Member
	Run     *Run // nil: never audited, or out of the reader's reach
	Domains []Domain
	Failed  [points.BestLevel]int // points by the lowest level they fail, from 1
	Unknown int                   // points that could not be decided
	Within  bool                  // the reader may see its audits
}

// group is the page of a group: the directories of its members side by side, and the group's own runs.
func (m *Module) group(c *web.Context, at *web.Place, own []Run) error {
	var list []sideBySide
	var ties []Tie
	audits := right.Visible(c.Actor, right.SeeAudit)
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		members, err := territory.Members(c.Ctx, tx, right.Visible(c.Actor, right.SeeStructure), territory.ID(at.ID))
		if err != nil {
			return err
		}
		if list, err = compared(c.Ctx, tx, audits, members); err != nil {
			return err
		}
		var runs []string
		for _, one := range list {
			if one.Run != nil {
				runs = append(runs, one.Run.ID)
			}
		}
		ties, err = tiesOfRuns(c.Ctx, tx, runs)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("audit.group_title"), Place: at, Lead: c.T("audit.group_lead"),
		Actions: ui.Button{Text: c.T("audit.group_path"), Href: "/structures/" + at.ID + "/convergence"}}
	body := groupBody(list, lookBetween(list, ties), groupTable(c.Ctx, list), sharedTable(c.Ctx, list))
	if len(own) > 0 {
		body = templ.Join(body, ownRuns(historyTable(c, at.ID, own, false)))
	}
	return c.Page(page, body)
}

// compared reads the newest run of each member with its counts: three statements, however many members there are.
func compared(ctx context.Context, tx *store.Tx, scope territory.Scope, members []territory.Member) ([]sideBySide, error) {
	ids := make([]string, len(members))
	for i, one := range members {
		ids[i] = string(one.Subject.ID)
	}
	newest, err := newestOf(ctx, tx, scope, ids)
	if err != nil {
		return nil, err
	}
	var runs []string
	list := make([]sideBySide, len(members))
	for i, one := range members {
		list[i] = sideBySide{Member: one, Within: scope.Holds(one.Subject.Interval)}
		if r, ok := newest[ids[i]]; ok {
			list[i].Run = &r
			runs = append(runs, r.ID)
		}
	}
	domains, err := domainsOfRuns(ctx, tx, runs)
	if err != nil {
		return nil, err
	}
	counts, err := countsOfRuns(ctx, tx, runs)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if r := list[i].Run; r != nil {
			list[i].Domains, list[i].Failed, list[i].Unknown = domains[r.ID], counts[r.ID].failed, counts[r.ID].unknown
		}
	}
	return list, nil
}

// in writes a condition that a column is one of some values.
func in(w *store.Where, column string, values []string) {
	if len(values) == 0 {
		w.And("1 = 0")
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.And(column+" in ("+strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")+")", args...)
}

// newestOf reads the run with the newest data of each of some structures in scope.
func newestOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structures []string) (map[string]Run, error) {
	var w store.Where
	in(&w, "r.structure_id", structures)
	w.And("r.state = 'done'")
	w.And(`not exists (select 1 from audit_run later where later.structure_id = r.structure_id and later.state = 'done'
		and (later.as_of > r.as_of or later.as_of = r.as_of and (later.created_at > r.created_at or later.created_at = r.created_at and later.id > r.id)))`)
	scope.Within(&w, "r.structure_id")
	runs, err := store.All(ctx, tx, scanRun, `select `+runColumns+` from audit_run r left join job j on j.id = r.job_id`+w.SQL(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the newest runs: %w", err)
	}
	byStructure := make(map[string]Run, len(runs))
	for _, r := range runs {
		byStructure[r.Structure] = r
	}
	return byStructure, nil
}

func domainsOfRuns(ctx context.Context, tx *store.Tx, runs []string) (map[string][]Domain, error) {
	var w store.Where
	in(&w, "run_id", runs)
	type line struct {
		run string
		Domain
	}
	lines, err := store.All(ctx, tx, func(row store.Row) (l line, err error) {
		err = row.Scan(&l.run, &l.Name, &l.Level, &l.LevelAtMost, &l.Objects)
		return l, err
	}, `select run_id, domain, level, level_at_most, objects from audit_domain`+w.SQL()+` order by domain`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the domains of runs: %w", err)
	}
	byRun := map[string][]Domain{}
	for _, l := range lines {
		byRun[l.run] = append(byRun[l.run], l.Domain)
	}
	return byRun, nil
}

// runCounts are the points of a run by outcome.
type runCounts struct {
	failed  [points.BestLevel]int
	unknown int
}

func countsOfRuns(ctx context.Context, tx *store.Tx, runs []string) (map[string]runCounts, error) {
	var w store.Where
	in(&w, "run_id", runs)
	w.And("status <> 'passed'")
	type line struct {
		run, status, levels string
		n                   int
	}
	lines, err := store.All(ctx, tx, func(row store.Row) (l line, err error) {
		err = row.Scan(&l.run, &l.status, &l.levels, &l.n)
		return l, err
	}, `select run_id, status, failed_levels, count(*) from audit_point`+w.SQL()+` group by run_id, status, failed_levels`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("count the points of runs: %w", err)
	}
	byRun := map[string]runCounts{}
	for _, l := range lines {
		counts := byRun[l.run]
		switch failed := splitInts(l.levels); {
		case points.Status(l.status) == points.NotEvaluated:
			counts.unknown += l.n
		case len(failed) > 0 && slices.Min(failed) < points.BestLevel:
			counts.failed[slices.Min(failed)] += l.n
		}
		byRun[l.run] = counts
	}
	return byRun, nil
}

// shared are the domains that the runs of several members read: these members use one directory already.
func shared(list []sideBySide) (names []string, members map[string][]string) {
	members = map[string][]string{}
	for _, one := range list {
		for _, d := range one.Domains {
			members[d.Name] = append(members[d.Name], one.Member.Subject.Name)
		}
	}
	for name, who := range members {
		if len(who) > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, members
}

func groupTable(ctx context.Context, list []sideBySide) templ.Component {
	p := locale.From(ctx)
	columns := []ui.Column{{Text: p.T("audit.member")}, {Text: p.T("audit.domains")}, {Text: p.T("audit.level")}, {Text: p.T("audit.as_of")}}
	for level := 1; level < points.BestLevel; level++ {
		columns = append(columns, ui.Column{Text: p.T("audit.failed_at", "level", level), End: true})
	}
	columns = append(columns, ui.Column{Text: p.T(ui.NotEvaluated.MessageKey()), End: true})
	table := ui.Table{ID: "members", Caption: p.T("audit.group_title"), Total: ui.NoTotal, Dense: true, Columns: columns, Empty: ui.Empty{Title: p.T("convergence.no_member"), Text: p.T("convergence.no_member_text")}}
	for _, one := range list {
		cells := []templ.Component{memberCell(one)}
		if one.Run == nil {
			word := "audit.never"
			if !one.Within {
				word = "audit.out_of_reach"
			}
			cells = append(cells, ui.Text(""), ui.Text(p.T(word)))
			for range points.BestLevel + 1 {
				cells = append(cells, ui.Text(""))
			}
		} else {
			cells = append(cells, ui.Text(domainNames(one.Domains)), ui.Gauge{Level: one.Run.Level, AtMost: one.Run.LevelAtMost, Small: true}, ui.Text(p.ShortDate(one.Run.AsOf)))
			for level := 1; level < points.BestLevel; level++ {
				cells = append(cells, ui.Number(int64(one.Failed[level])))
			}
			cells = append(cells, ui.Number(int64(one.Unknown)))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}

func domainNames(domains []Domain) string {
	names := make([]string, len(domains))
	for i, d := range domains {
		names[i] = d.Name
	}
	return strings.Join(names, ", ")
}

// sharedTable lists the domains that several members use; nil when there is none.
func sharedTable(ctx context.Context, list []sideBySide) templ.Component {
	p := locale.From(ctx)
	names, members := shared(list)
	if len(names) == 0 {
		return nil
	}
	table := ui.Table{ID: "shared", Caption: p.T("audit.shared"), Total: ui.NoTotal, Dense: true, Columns: []ui.Column{{Text: p.T("audit.domain")}, {Text: p.T("audit.used_by")}}}
	for _, name := range names {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(name), ui.Text(strings.Join(members[name], ", "))}})
	}
	return table
}

func measuredMembers(list []sideBySide) int {
	n := 0
	for _, one := range list {
		if one.Run != nil {
			n++
		}
	}
	return n
}

func distinctDomains(list []sideBySide) int {
	_, members := shared(list)
	return len(members)
}

// lowestText is the lowest level of the members: that of the group, since an attacker enters by the weakest.
func lowestText(ctx context.Context, list []sideBySide) string {
	lowest := 0
	for _, one := range list {
		if one.Run != nil && one.Run.Level > 0 && (lowest == 0 || one.Run.Level < lowest) {
			lowest = one.Run.Level
		}
	}
	if lowest == 0 {
		return "–"
	}
	return locale.From(ctx).Int(int64(lowest))
}
