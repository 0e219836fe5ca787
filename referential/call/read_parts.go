package call

import (
	"fmt"
	"strconv"

	"hygie/referential"
)

// parseWhole reads a whole number that counts days, members or units.
func parseWhole(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1_000_000 || !digitsOnly(s) {
		return 0, fmt.Errorf("%q is not a whole number between 0 and 1000000", s)
	}
	return n, nil
}

func (r *reader) categories(o *referential.Object) {
	o.Each("categories", "category", true, func(k *referential.Object) {
		category := Category{Code: k.Code("code", true), Title: k.Text("title", true), Eligible: k.Yes("eligible"), Group: k.Yes("group"),
			Through: k.Code("through", false), Least: r.number(k, "least_members", false), Most: r.number(k, "most_members", false),
			Regions: k.Codes("regions", false), Source: k.Source()}
		for _, region := range category.Regions {
			if !r.call.Region(region) {
				k.Fault("regions", "the call is not open to region %q", region)
			}
		}
		switch {
		case category.Eligible && category.Through != "":
			k.Fault("through", "a category that applies through another is not eligible by itself")
		case !category.Group && !(category.Least.Absent() && category.Most.Absent()):
			k.Fault("least_members", "only a group has members")
		case category.Least.Set && category.Most.Set && category.Least.Value > category.Most.Value:
			k.Fault("most_members", "most_members lies below least_members")
		}
		once(k, "code", r.call.Categories, category.Code, func(c Category) string { return c.Code })
		r.call.Categories = append(r.call.Categories, category)
	})
	for _, k := range r.call.Categories {
		if through, ok := r.call.Category(k.Through); k.Through != "" && (!ok || !through.Group || !through.Eligible) {
			o.Fault("categories", "category %s applies through %q, which is no eligible group of this call", k.Code, k.Through)
		}
	}
}

// some reads codes of categories that are eligible.
func (r *reader) some(o *referential.Object, key string, required bool) []string {
	codes := o.Codes(key, required)
	for _, code := range codes {
		if k, ok := r.call.Category(code); !ok || !k.Eligible {
			o.Fault(key, "category %q is not an eligible one of this call", code)
		}
	}
	return codes
}

func (r *reader) phases(o *referential.Object) {
	o.Each("phases", "phase", true, func(p *referential.Object) {
		phase := Phase{Code: p.Code("code", true), Kind: referential.Choose(p, "kind", true, Candidature, Operational, Achievement, Control, Payment),
			Title: p.Text("title", true), After: p.Codes("after", false), Source: p.Source()}
		p.Each("deadlines", "deadline", false, func(d *referential.Object) {
			deadline := Deadline{Code: d.Code("code", true), Title: d.Text("title", true), Actor: actor(d), At: r.moment(d, "at", true, Last),
				Effect: referential.Choose(d, "effect", true, Closes, Lapses, Aims), Then: d.Text("then", true), Former: r.former(d), Source: d.Source()}
			once(d, "code", phase.Deadlines, deadline.Code, func(d Deadline) string { return d.Code })
			phase.Deadlines = append(phase.Deadlines, deadline)
		})
		once(p, "code", r.call.Phases, phase.Code, func(p Phase) string { return p.Code })
		r.call.Phases = append(r.call.Phases, phase)
	})
	follows := map[string][]string{}
	for _, p := range r.call.Phases {
		follows[p.Code] = p.After
	}
	r.ordered(o, "phases", follows)
}

func actor(o *referential.Object) Actor {
	return referential.Choose(o, "actor", true, Candidate, Regional, National, Accounts)
}

// ordered reports what comes after something unknown, or after itself by any way round.
func (r *reader) ordered(o *referential.Object, key string, follows map[string][]string) {
	const entered, left = 1, 2
	state := map[string]int{}
	var visit func(code string) bool
	visit = func(code string) bool {
		state[code] = entered
		for _, before := range follows[code] {
			if _, known := follows[before]; !known {
				o.Fault(key, "%s comes after %q, which is not there", code, before)
				continue
			}
			if state[before] == entered || state[before] == 0 && !visit(before) {
				return false
			}
		}
		state[code] = left
		return true
	}
	for _, code := range sortedKeys(follows) {
		if state[code] == 0 && !visit(code) {
			o.Fault(key, "%s comes after itself", code)
			return
		}
	}
}

// former reads the dates that were announced before.
func (r *reader) former(o *referential.Object) []Moved {
	var all []Moved
	o.Each("former", "former", false, func(m *referential.Object) {
		moved := Moved{On: day(m, "announced"), Source: m.Source()}
		if opens := r.moment(m, "opens", false, First); opens.Set {
			moved.Opens = opens.Value
		}
		if closes := r.moment(m, "closes", false, Last); closes.Set {
			moved.Closes = closes.Value
		}
		if moved.Opens.IsZero() && moved.Closes.IsZero() {
			m.Fault("closes", "a former announcement says which end moved: opens, closes or both")
		}
		all = append(all, moved)
	})
	return all
}

func (r *reader) windows(o *referential.Object) {
	o.Each("windows", "window", true, func(w *referential.Object) {
		window := Window{Code: w.Code("code", true), Title: w.Text("title", true), Phase: w.Code("phase", true), Opens: r.moment(w, "opens", true, First),
			Closes: r.moment(w, "closes", true, Last), Former: r.former(w), Categories: r.some(w, "categories", false), Source: w.Source()}
		if _, ok := r.call.Phase(window.Phase); !ok && window.Phase != "" {
			w.Fault("phase", "phase %q is not declared under phases", window.Phase)
		}
		if window.Opens.Set && window.Closes.Set && window.Closes.Value.Before(window.Opens.Value) {
			w.Fault("closes", "window %s closes before it opens", window.Code)
		}
		for _, other := range r.call.Windows {
			if window.overlaps(other) {
				w.Fault("opens", "window %s overlaps window %s of the same phase, for the same candidates", window.Code, other.Code)
			}
		}
		once(w, "code", r.call.Windows, window.Code, func(w Window) string { return w.Code })
		r.call.Windows = append(r.call.Windows, window)
	})
}

// overlaps tells whether two windows of a phase are open to somebody at one moment. An end that is not public overlaps nothing.
func (w Window) overlaps(v Window) bool {
	if w.Phase != v.Phase || !w.Opens.Set || !w.Closes.Set || !v.Opens.Set || !v.Closes.Set {
		return false
	}
	meet := len(w.Categories) == 0 || len(v.Categories) == 0
	for _, code := range w.Categories {
		meet = meet || contains(v.Categories, code)
	}
	return meet && InTime(w.Opens.Value, v.Closes.Value) && InTime(v.Opens.Value, w.Closes.Value)
}

func (r *reader) requirements(o *referential.Object) {
	o.Each("requirements", "requirement", false, func(q *referential.Object) {
		judged := q.Has("title")
		one := Requirement{ID: q.Code("id", true), Title: q.Text("title", false), Code: q.Code("code", !judged), Criteria: q.Codes("criteria", false),
			Stage: referential.Choose(q, "stage", true, ToApply, ToAchieve, EachYear), Categories: r.some(q, "categories", false), Source: q.Source(), at: q.Place()}
		if has := q.Has("referential"); !judged || has {
			one.Referential = q.ID("referential")
		}
		if judged && (one.Referential+one.Code != "" || len(one.Criteria) > 0) {
			q.Fault("title", "a requirement has a title of its own, or is one of a referential; not both")
		}
		if one.Stage == EachYear && r.call.Mode != Yearly {
			q.Fault("stage", "only a yearly call asks for something each year")
		}
		once(q, "id", r.call.Requirements, one.ID, func(r Requirement) string { return r.ID })
		r.call.Requirements = append(r.call.Requirements, one)
	})
	o.Each("evidence", "evidence", false, func(e *referential.Object) {
		one := Evidence{Code: e.Code("code", true), Title: e.Text("title", true), Phase: e.Code("phase", true), Document: e.Code("document", false),
			Requirement: r.known(e, "requirements"), Optional: e.Yes("optional"), Each: e.Yes("each_member"), Source: e.Source(), at: e.Place()}
		if e.Has("referential") {
			one.Referential = e.ID("referential")
		}
		if (one.Referential == "") != (one.Document == "") {
			e.Fault("document", "a kind of document is named by its referential and its code, both")
		}
		r.phase(e, one.Phase)
		once(e, "code", r.call.Evidence, one.Code, func(e Evidence) string { return e.Code })
		r.call.Evidence = append(r.call.Evidence, one)
	})
}

// known reads ids of requirements of the call.
func (r *reader) known(o *referential.Object, key string) []string {
	ids := o.Codes(key, false)
	for _, id := range ids {
		if _, ok := r.call.Requirement(id); !ok {
			o.Fault(key, "requirement %q is not declared under requirements", id)
		}
	}
	return ids
}

// phase reports a phase that is not declared.
func (r *reader) phase(o *referential.Object, code string) {
	if _, ok := r.call.Phase(code); !ok && code != "" {
		o.Fault("phase", "phase %q is not declared under phases", code)
	}
}

func (r *reader) money(o *referential.Object) {
	o.With("envelope", "envelope", true, func(e *referential.Object) {
		r.call.Envelope = Envelope{National: r.amount(e, "national", true), Source: e.Source()}
		e.Each("regions", "region share", false, func(s *referential.Object) {
			share := RegionShare{Region: s.Code("region", true), Amount: r.amount(s, "amount", true), Source: s.Source()}
			once(s, "region", r.call.Envelope.Regions, share.Region, func(s RegionShare) string { return s.Region })
			r.call.Envelope.Regions = append(r.call.Envelope.Regions, share)
		})
		r.fits(e)
	})
	o.Each("expenses", "expense", false, func(e *referential.Object) {
		kind := ExpenseKind{Code: e.Code("code", true), Title: e.Text("title", true), From: r.moment(e, "from", false, First), Until: r.moment(e, "until", false, Last),
			Rate: r.share(e, "rate", false), MostShare: r.share(e, "most_share", false), Source: e.Source()}
		if kind.From.Set && kind.Until.Set && kind.Until.Value.Before(kind.From.Value) {
			e.Fault("until", "until lies before from")
		}
		once(e, "code", r.call.Expenses, kind.Code, func(k ExpenseKind) string { return k.Code })
		r.call.Expenses = append(r.call.Expenses, kind)
	})
	r.dossier = true
	o.Each("services", "service", false, func(s *referential.Object) {
		service := Service{Code: s.Code("code", true), Title: s.Text("title", true), Unit: s.Text("unit", true), Provider: s.Text("provider", false),
			Price: r.amount(s, "price", true), Most: r.number(s, "most", true), Source: s.Source()}
		once(s, "code", r.call.Services, service.Code, func(s Service) string { return s.Code })
		r.call.Services = append(r.call.Services, service)
	})
	r.dossier = false
	o.With("renewal", "renewal", false, func(n *referential.Object) {
		months, ok := n.Whole("months", 1, 120)
		if !ok {
			n.Fault("months", "months is missing")
		}
		r.call.Renewal = &Renewal{Months: months, Source: n.Source()}
	})
	o.With("recovery", "recovery", false, func(v *referential.Object) {
		r.call.Recovery = RecoveryRule{Below: r.amount(v, "below", false), Days: r.number(v, "days", false), Source: v.Source()}
	})
}

// fits reports shares of regions that make more than the whole.
func (r *reader) fits(o *referential.Object) {
	var shares []Cents
	for _, s := range r.call.Envelope.Regions {
		shares = append(shares, s.Amount.Value)
	}
	total, err := Sum(shares...)
	if whole, known := r.call.Envelope.National.Get(); known && (err != nil || total > whole) {
		o.Fault("regions", "the shares of the regions make more than the national envelope of %s", whole)
	}
}

func (r *reader) instalments(o *referential.Object) {
	follows := map[string][]string{}
	o.Each("instalments", "instalment", false, func(i *referential.Object) {
		one := Instalment{Code: i.Code("code", true), Title: i.Text("title", true), Share: r.share(i, "share", true), When: r.known(i, "when"),
			After: i.Codes("after", false), Phase: i.Code("phase", false), Source: i.Source(), at: i.Place()}
		r.phase(i, one.Phase)
		once(i, "code", r.call.Instalments, one.Code, func(i Instalment) string { return i.Code })
		r.call.Instalments = append(r.call.Instalments, one)
		follows[one.Code] = one.After
	})
	r.ordered(o, "instalments", follows)
	whole, open := Ratio{}, false
	for _, i := range r.call.Instalments {
		whole = whole.Plus(i.Share.Value)
		open = open || !i.Share.Set
	}
	switch beyond := whole.Compare(One()); {
	case len(r.call.Instalments) == 0:
	case beyond > 0, beyond < 0 && !open:
		o.Fault("instalments", "the instalments make %s %% of what is granted, not 100 %%", whole.Percent())
	}
}

func (r *reader) instruction(o *referential.Object) {
	o.Each("reasons", "reason", false, func(e *referential.Object) {
		reason := readReason(e)
		reason.Requirements = r.known(e, "requirements")
		once(e, "code", r.call.Reasons, reason.Code, func(r Reason) string { return r.Code })
		r.call.Reasons = append(r.call.Reasons, reason)
	})
	o.Each("targets", "target", false, func(t *referential.Object) {
		target := Target{Code: t.Code("code", true), Title: t.Text("title", true), Actor: actor(t), Phase: t.Code("phase", true), Days: r.number(t, "days", true),
			Working: t.Yes("working"), Source: t.Source()}
		r.phase(t, target.Phase)
		once(t, "code", r.call.Targets, target.Code, func(t Target) string { return t.Code })
		r.call.Targets = append(r.call.Targets, target)
	})
	r.call.FourEyes = r.amount(o, "four_eyes", false)
	o.With("sampling", "sampling", false, func(s *referential.Object) {
		r.call.Sampling = Sampling{Share: r.share(s, "share", true), Always: r.amount(s, "always", false), Source: s.Source()}
	})
	o.Each("figures", "figure", false, func(f *referential.Object) {
		figure := Figure{Code: f.Code("code", true), Title: f.Text("title", true), Unit: f.Text("unit", true), On: day(f, "day"), Source: f.Source()}
		figure.Value, _ = f.Scalar("value")
		if _, err := ParseRatio(figure.Value); err != nil {
			f.Fault("value", "value is missing or no number")
		}
		r.call.Figures = append(r.call.Figures, figure)
	})
}

// consistent looks at what only shows when all is read.
func (r *reader) consistent(o *referential.Object) {
	c := r.call
	switch {
	case c.Mode == Yearly && c.Renewal == nil:
		o.Fault("mode", "a yearly call says under renewal after how many months it comes back")
	case c.Mode != Yearly && c.Renewal != nil:
		o.Fault("renewal", "only a yearly call comes back")
	case c.Mode == ServiceOffer && len(c.Services) == 0:
		o.Fault("mode", "an offer of services lists its services")
	case c.Mode != ServiceOffer && len(c.Services) > 0:
		o.Fault("services", "only an offer of services gives services")
	}
	for _, f := range c.Fields {
		if !r.used[f.Code] {
			o.FaultAt(f.at, "field %s: nothing waits for it", f.Code)
		}
	}
}
