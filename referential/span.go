package referential

// Span limits events to a time: an age before today, or days, both included.
type Span struct {
	MaxAge      Age
	From, Until Operand // zero: open
}

func (s Span) uses(u *Uses) {
	u.age(s.MaxAge)
	s.From.uses(u)
	s.Until.uses(u)
}

// cut keeps the events inside and gives the first day, if there is one.
func (s Span) cut(f *frame, events []event) (inside []event, first *day, missing *Reason) {
	if !s.MaxAge.IsZero() {
		d := s.MaxAge.since(f.today)
		first = &d
	}
	if s.From != (Operand{}) {
		d, missing := f.resolveDay(s.From)
		if missing != nil {
			return nil, nil, missing
		}
		if first == nil || d > *first {
			first = &d
		}
	}
	if first != nil {
		events = since(events, *first)
	}
	if s.Until != (Operand{}) {
		d, missing := f.resolveDay(s.Until)
		if missing != nil {
			return nil, nil, missing
		}
		events = before(events, d)
	}
	return events, first, nil
}

func before(events []event, last day) []event {
	var kept []event
	for _, e := range events {
		if e.day <= last {
			kept = append(kept, e)
		}
	}
	return kept
}
