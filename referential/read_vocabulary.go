package referential

import "slices"

// each reads the objects of an optional list; codes, given by id, must differ.
func each(r *reader, o *object, key, name string, read func(*object) (id string)) {
	seen := map[string]bool{}
	for _, n := range o.items(key, false) {
		item := r.object(name, n)
		if item == nil {
			continue
		}
		id := read(item)
		item.done()
		if seen[id] && id != "" {
			r.add(n, "%s: %q is declared twice", name, id)
		}
		seen[id] = true
	}
}

func (r *reader) categories(p *Package, o *object) {
	each(r, o, "categories", "category", func(c *object) string {
		category := Category{Code: r.code(c, "code", codeForm), Title: c.bilingual(r, "title", true), Ineligible: c.yes("ineligible"), Source: r.source(c)}
		p.Categories = append(p.Categories, category)
		return category.Code
	})
}

// suits reads for whom the package was written.
func (r *reader) suits(p *Package, o *object) {
	p.Suits = o.codes("suits", false)
	for _, code := range p.Suits {
		if !slices.ContainsFunc(p.Categories, func(c Category) bool { return c.Code == code }) {
			r.add(o.get("suits"), "category %q is not declared under categories", code)
		}
	}
}

func (r *reader) roles(p *Package, o *object) {
	each(r, o, "roles", "role", func(c *object) string {
		role := Role{Code: r.code(c, "code", codeForm), Title: c.bilingual(r, "title", true)}
		p.Roles = append(p.Roles, role)
		return role.Code
	})
}

func (r *reader) milestones(p *Package, o *object) {
	each(r, o, "milestones", "milestone", func(c *object) string {
		m := Milestone{Code: r.code(c, "code", codeForm), Title: c.bilingual(r, "title", true), Date: c.day("date"), Source: r.source(c)}
		for _, n := range c.items("former", false) {
			if c.is(n, "former", text) {
				m.Former = append(m.Former, c.dayOf(n, "former"))
			}
		}
		if m.Date.IsZero() && m.Source.Mark != Unsure {
			r.add(c.node, "milestone: %q is missing; only a milestone that is unsure has none", "date")
		}
		p.Milestones = append(p.Milestones, m)
		return m.Code
	})
}

func (r *reader) documents(p *Package, o *object) {
	each(r, o, "documents", "document kind", func(c *object) string {
		effort, _ := c.number("effort", 1, 5)
		d := DocumentKind{Code: r.code(c, "code", codeForm), Label: c.bilingual(r, "label", true), Help: c.bilingual(r, "help", false),
			Effort: int(effort), Source: r.source(c)}
		p.Documents = append(p.Documents, d)
		return d.Code
	})
}

// kinds of values that a declaration may name.
func kinds() []ValueKind { return []ValueKind{NumberKind, TextKind, BoolKind, DateKind} }

func (r *reader) facts(p *Package, o *object) {
	each(r, o, "facts", "fact", func(c *object) string {
		k := FactKind{Key: r.code(c, "key", keyForm), Kind: choice(c, "kind", true, kinds()...), Label: c.bilingual(r, "label", true),
			One: c.bilingual(r, "one", false), Many: c.bilingual(r, "many", false), Scale: c.codes("scale", false)}
		if len(k.Scale) > 0 && k.Kind != TextKind {
			r.add(c.get("scale"), "fact %s: only a text has a scale", k.Key)
		}
		each(r, c, "meanings", "meaning", func(m *object) string {
			v := r.literal(m, m.need("value"), "value", k.Kind)
			k.Meanings = append(k.Meanings, Meaning{Value: v, Text: m.bilingual(r, "text", true)})
			return v.String()
		})
		k.Obtain, k.Improve = r.advice(c, "obtain"), r.advice(c, "improve")
		p.Facts = append(p.Facts, k)
		return k.Key
	})
}

func (r *reader) advice(o *object, key string) Advice {
	a := r.object("advice", o.get(key))
	if a == nil {
		return Advice{}
	}
	defer a.done()
	effort, _ := a.number("effort", 1, 5)
	return Advice{Act: a.words("act", false), Text: a.bilingual(r, "text", true), Effort: int(effort)}
}

func (r *reader) parameters(p *Package, o *object) {
	each(r, o, "parameters", "parameter", func(c *object) string {
		q := Parameter{Code: r.code(c, "code", codeForm), Kind: choice(c, "kind", true, kinds()...), Title: c.bilingual(r, "title", true),
			Help: c.bilingual(r, "help", false), OneOf: c.codes("one_of", false), Source: r.source(c)}
		if low, ok := c.number("min", -1e15, 1e15); ok {
			q.Min = &low
		}
		if high, ok := c.number("max", -1e15, 1e15); ok {
			q.Max = &high
		}
		if n := c.get("value"); n != nil {
			q.Value = r.literal(c, n, "value", q.Kind)
			switch {
			case q.Source.Mark == Unsure:
				r.add(n, "parameter %s: what is unsure has no value: an administrator gives it", q.Code)
			case q.Value.Kind != "" && !q.Accepts(q.Value):
				r.add(n, "parameter %s: the value lies outside its own bounds", q.Code)
			}
		}
		p.Parameters = append(p.Parameters, q)
		return q.Code
	})
}

// literal reads a value of a kind; the zero value when it has another form, which is reported.
func (r *reader) literal(o *object, n *node, key string, kind ValueKind) Value {
	want := map[ValueKind]form{NumberKind: numeric, TextKind: text, BoolKind: boolean, DateKind: text}[kind]
	if want == "" || !o.is(n, key, want) {
		return Value{}
	}
	switch kind {
	case NumberKind:
		return Number(n.number)
	case BoolKind:
		return YesNo(n.text == "true")
	case DateKind:
		return Date(o.dayOf(n, key))
	}
	return Words(n.text)
}
