package audit

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/directory/report/wording"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// between is what the directories of a group's members have in common, as far as their audits tell.
type between struct {
	Trusts  []trustRow
	Members []memberRow
	History []historyRow
	Names   []nameRow
	Old     int // runs of earlier versions, which did not look
}

// trustRow is a trust of a member's domain.
type trustRow struct {
	Domain  string
	Partner string
	Inside  bool // the partner is a domain of the group
	Detail  []string
}

// memberRow counts the accounts of one domain in a group of another.
type memberRow struct {
	From       string // domain of the accounts; empty when it is none of the group's
	Domain     string
	Group      string // distinguished name
	Privileged bool
	Count      int
}

// historyRow counts the accounts of a domain that keep identifiers of another.
type historyRow struct {
	Domain string
	From   string // empty when it is none of the group's
	Count  int
}

// nameRow is a name that privileged accounts of several domains have. It may be one person or service, or not: a name proves nothing.
type nameRow struct {
	Name    string
	Domains []string
	SameDay bool // two of the passwords were set on one day
}

// lookBetween compares the ties of the members' domains. A domain that several members use counts once.
func lookBetween(list []sideBySide, ties []Tie) between {
	var out between
	taken := map[string]string{} // the run that speaks for a domain
	domains := map[string]string{}
	looked := map[string]bool{}
	for _, t := range ties {
		looked[t.Run] = true
		if _, ok := taken[t.Domain]; !ok {
			taken[t.Domain] = t.Run
		}
		if t.Kind == Self && t.SID != "" {
			domains[t.SID] = t.Domain
		}
	}
	for _, one := range list {
		if one.Run != nil && !looked[one.Run.ID] {
			out.Old++
		}
	}
	names := map[string]*nameRow{}
	days := map[string]map[time.Time]bool{}
	for _, t := range ties {
		if taken[t.Domain] != t.Run {
			continue
		}
		switch t.Kind {
		case Trust:
			_, inside := taken[strings.ToLower(t.Name)]
			out.Trusts = append(out.Trusts, trustRow{t.Domain, t.Name, inside || domains[t.SID] != "", t.Detail})
		case Member:
			out.addMember(memberRow{From: domains[domainOf(t.SID)], Domain: t.Domain, Group: t.Other, Privileged: slices.Contains(t.Detail, "privileged")})
		case History:
			out.addHistory(historyRow{Domain: t.Domain, From: domains[domainOf(t.SID)]})
		case Privileged:
			if t.Name != "" && !wellKnown(t.SID) && !slices.Contains(t.Detail, "disabled") {
				addName(names, days, t)
			}
		}
	}
	for _, n := range names {
		if len(n.Domains) > 1 {
			out.Names = append(out.Names, *n)
		}
	}
	slices.SortFunc(out.Names, func(a, b nameRow) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(out.Trusts, func(a, b trustRow) int { return cmp.Or(boolFirst(a.Inside, b.Inside), cmp.Compare(a.Domain, b.Domain)) })
	slices.SortStableFunc(out.Members, func(a, b memberRow) int {
		return cmp.Or(boolFirst(a.From != "", b.From != ""), boolFirst(a.Privileged, b.Privileged), cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Group, b.Group))
	})
	return out
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func (b *between) addMember(m memberRow) {
	at := slices.IndexFunc(b.Members, func(x memberRow) bool { return x.From == m.From && x.Domain == m.Domain && x.Group == m.Group })
	if at < 0 {
		b.Members = append(b.Members, m)
		at = len(b.Members) - 1
	}
	b.Members[at].Count++
}

func (b *between) addHistory(h historyRow) {
	at := slices.IndexFunc(b.History, func(x historyRow) bool { return x.Domain == h.Domain && x.From == h.From })
	if at < 0 {
		b.History = append(b.History, h)
		at = len(b.History) - 1
	}
	b.History[at].Count++
}

func addName(names map[string]*nameRow, days map[string]map[time.Time]bool, t Tie) {
	key := strings.ToLower(t.Name)
	n := names[key]
	if n == nil {
		n = &nameRow{Name: t.Name}
		names[key], days[key] = n, map[time.Time]bool{}
	}
	if !slices.Contains(n.Domains, t.Domain) {
		n.Domains = append(n.Domains, t.Domain)
		if day := t.At.UTC().Truncate(24 * time.Hour); !t.At.IsZero() {
			n.SameDay = n.SameDay || days[key][day]
			days[key][day] = true
		}
	}
}

// domainOf is a SID without its last number.
func domainOf(sid string) string {
	if at := strings.LastIndexByte(sid, '-'); at > 0 {
		return sid[:at]
	}
	return ""
}

// wellKnown tells whether every domain has such an account: the administrator, the guest, krbtgt.
func wellKnown(sid string) bool {
	for _, rid := range []string{"-500", "-501", "-502"} {
		if strings.HasSuffix(sid, rid) {
			return true
		}
	}
	return false
}

// inGroup names a domain of the group; another one is said to be outside.
func inGroup(ctx context.Context, domain string) string {
	return cmp.Or(domain, locale.T(ctx, "audit.outside_group"))
}

// words of the codes of a trust.
func trustWords(ctx context.Context, codes []string) string {
	var out []string
	for _, code := range codes {
		out = append(out, locale.T(ctx, "audit.trust_"+code))
	}
	return strings.Join(out, ", ")
}

// mostBetween is how many lines each table of the group's page shows.
const mostBetween = 200

func trustsTable(ctx context.Context, b between) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "trusts", Caption: p.T("audit.trusts"), Total: len(b.Trusts), Dense: true, Columns: []ui.Column{{Text: p.T("audit.domain")}, {Text: p.T("audit.trust_partner")}, {Text: p.T("audit.trust_how")}},
		Empty: ui.Empty{Title: p.T("audit.trusts_none"), Text: p.T("audit.trusts_none_text")}}
	for _, t := range b.Trusts[:min(len(b.Trusts), mostBetween)] {
		partner := t.Partner
		if !t.Inside {
			partner += " (" + p.T("audit.outside_group") + ")"
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(t.Domain), ui.Text(partner), ui.Text(trustWords(ctx, t.Detail))}})
	}
	return table
}

func foreignTable(ctx context.Context, b between) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "foreign", Caption: p.T("audit.foreign"), Total: len(b.Members), Dense: true,
		Columns: []ui.Column{{Text: p.T("audit.foreign_from")}, {Text: p.T("audit.foreign_group")}, {Text: p.T("audit.domain")}, {Text: p.T("audit.foreign_count"), End: true}},
		Empty:   ui.Empty{Title: p.T("audit.foreign_none"), Text: p.T("audit.foreign_none_text")}}
	for _, m := range b.Members[:min(len(b.Members), mostBetween)] {
		group := wording.ShortName(m.Group)
		if m.Privileged {
			group += " (" + p.T("audit.foreign_privileged") + ")"
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(inGroup(ctx, m.From)), ui.Text(group), ui.Text(m.Domain), ui.Number(int64(m.Count))}})
	}
	return table
}

func pastTable(ctx context.Context, b between) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "history", Caption: p.T("audit.past"), Total: ui.NoTotal, Dense: true,
		Columns: []ui.Column{{Text: p.T("audit.domain")}, {Text: p.T("audit.past_from")}, {Text: p.T("audit.foreign_count"), End: true}}}
	for _, h := range b.History {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(h.Domain), ui.Text(inGroup(ctx, h.From)), ui.Number(int64(h.Count))}})
	}
	return table
}

func namesTable(ctx context.Context, b between) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "names", Caption: p.T("audit.names"), Total: len(b.Names), Dense: true,
		Columns: []ui.Column{{Text: p.T("audit.name_account")}, {Text: p.T("audit.domains")}, {Text: p.T("audit.name_hint")}},
		Empty:   ui.Empty{Title: p.T("audit.names_none"), Text: p.T("audit.names_none_text")}}
	for _, n := range b.Names[:min(len(b.Names), mostBetween)] {
		hint := ""
		if n.SameDay {
			hint = p.T("audit.name_same_day")
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(n.Name), ui.Text(strings.Join(n.Domains, ", ")), ui.Text(hint)}})
	}
	return table
}
