package call

import "time"

// Eligible tells whether a candidate may apply by itself, whatever the date: its category, its region and, for a group, how many members it has. Not met
// when one of them speaks against it, unknown when one is not recorded or not public.
func (c *Call) Eligible(f Facts) Why {
	all := []Why{c.categoryFits(f)}
	k, _ := c.Category(f.Category)
	if len(c.Regions)+len(k.Regions) > 0 {
		all = append(all, c.regionFits(k, f))
	}
	if k.Eligible && k.Group {
		all = append(all, c.membersFit(k, f)...)
	}
	return together("eligible", all, label("call", c.Title))
}

// together gives the answer that all reasons leave, under the code of a family: code.met, code.not_met or code.unknown.
func together(code string, all []Why, values ...param) Why {
	w := Why{Status: Met, Children: all, Params: values}
	for _, one := range all {
		switch {
		case one.Status == NotMet:
			w.Status = NotMet
		case one.Status == Unknown && w.Status == Met:
			w.Status = Unknown
		}
	}
	w.Code = code + "." + string(w.Status)
	return w
}

func (c *Call) categoryFits(f Facts) Why {
	if f.Category == "" {
		return Why{Status: Unknown, Code: "category.none"}
	}
	k, ok := c.Category(f.Category)
	if !ok {
		return Why{Status: NotMet, Code: "category.other", Params: params(words("category", f.Category))}
	}
	through, grouped := c.Category(k.Through)
	p := params(label("category", k.Title), label("source", k.Source.Text))
	switch {
	case k.Eligible:
		return Why{Status: Met, Code: "category.met", Params: p}
	case grouped:
		return Why{Status: NotMet, Code: "category.through", Params: append(p, label("group", through.Title))}
	}
	return Why{Status: NotMet, Code: "category.not_met", Params: p}
}

func (c *Call) regionFits(k Category, f Facts) Why {
	switch {
	case f.Region == "":
		return Why{Status: Unknown, Code: "region.none"}
	case !c.Region(f.Region), len(k.Regions) > 0 && !contains(k.Regions, f.Region):
		return Why{Status: NotMet, Code: "region.not_met", Params: params(words("region", f.Region))}
	}
	return Why{Status: Met, Code: "region.met", Params: params(words("region", f.Region))}
}

func (c *Call) membersFit(k Category, f Facts) []Why {
	n := len(f.Members)
	if n == 0 {
		return []Why{{Status: Unknown, Code: "members.none"}}
	}
	var all []Why
	bound := func(g Given[int], code string, fits func(bound int) bool) {
		limit, known := g.Get()
		switch {
		case g.Absent():
		case !known:
			field, _ := c.Field(g.Field)
			all = append(all, Why{Status: Unknown, Code: "field.call", Params: params(label("field", field.Title), label("note", field.Note))})
		case fits(limit):
			all = append(all, Why{Status: Met, Code: code + ".met", Params: params(count("n", n), count("limit", limit))})
		default:
			all = append(all, Why{Status: NotMet, Code: code + ".not_met", Params: params(count("n", n), count("limit", limit))})
		}
	}
	bound(k.Least, "members.least", func(limit int) bool { return n >= limit })
	bound(k.Most, "members.most", func(limit int) bool { return n <= limit })
	return all
}

// Timely tells whether a category may deposit for a phase at a moment, and until or from when.
func (c *Call) Timely(kind PhaseKind, category string, at time.Time) Why {
	w, state, found := c.Window(kind, category, at)
	if !found {
		return Why{Status: NotMet, Code: "window.none"}
	}
	p := params(label("window", w.Title))
	if w.Opens.Set {
		p = append(p, moment("opens", w.Opens.Value, c.Zone))
	}
	if w.Closes.Set {
		p = append(p, moment("closes", w.Closes.Value, c.Zone))
	}
	if n := len(w.Former); n > 0 && !w.Former[n-1].Closes.IsZero() {
		p = append(p, label("former", dayText(dayOf(w.Former[n-1].Closes, c.Zone))))
	}
	status := map[WindowState]Status{Open: Met, Undated: Unknown, Upcoming: NotMet, Over: NotMet}
	return Why{Status: status[state], Code: "window." + string(state), Params: p}
}
