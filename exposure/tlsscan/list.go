package tlsscan

import (
	"slices"
	"sync"
	"sync/atomic"
)

// manyAfter is how many suites a server gives away one after the other before the rest is asked by key exchange, several at a time: a
// good server has a handful, for which each list more would cost a connection more.
const manyAfter = 4

// list asks for every suite of a version.
func (s *scan) list(v Version) {
	l := &lister{scan: s, version: v}
	suites := s.sorted.all[v]
	rest, broke := l.pull(s.first(v), manyAfter)
	switch {
	case broke != nil && l.over.Load():
		l.stuck(*broke)
	case broke != nil && len(l.found) == 0: // it may be the shape that it does not bear
		l.plain = true
		l.exhaust(s.parts(suites, coarse))
	case broke != nil || len(rest) > 0:
		l.exhaust(s.parts(l.unseen(suites), coarse))
	case v < TLS13 && (len(l.found) > 0 || v > SSL3 && l.denial == no(alertHandshakeFailure.Error())):
		l.others(suites)
	}
	l.agreed(suites)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.found[v]
	slices.SortFunc(l.found, func(a, b Suite) int { return slices.Index(suites, a) - slices.Index(suites, b) })
	if len(l.found) == 0 {
		if !f.Accepted.Yes() {
			f.Accepted = l.denial
		}
		return
	}
	f.Accepted, f.Broken, f.Complete, f.Suites = yes(""), l.broken, l.broken == "", nil
	for _, suite := range l.found {
		f.Suites = append(f.Suites, Named(suite))
	}
}

// first are the suites of the first question about a version: not more than a server bears at once, likeliest first.
func (s *scan) first(v Version) []Suite {
	if v == TLS13 {
		return s.sorted.all[v]
	}
	return s.sorted.wide
}

// unseen are the suites that were not accepted yet.
func (l *lister) unseen(suites []Suite) []Suite {
	return slices.DeleteFunc(slices.Clone(suites), func(s Suite) bool { return slices.Contains(l.found, s) })
}

// others asks for what a list that has ended did not speak of: suites that are not among the likely ones, and, where a certificate for
// ECDSA came, those that need another (see kindsApart).
func (l *lister) others(suites []Suite) {
	l.named = l.version > SSL3
	apart := slices.ContainsFunc(l.found, l.ecdsa)
	parts := make([][]Suite, 2)
	for _, s := range l.unseen(suites) {
		if slices.Contains(l.sorted.wide, s) && !(apart && !l.ecdsa(s)) && !(l.named && l.finite(s)) {
			continue
		}
		i := 0
		if apart && l.ecdsa(s) {
			i = 1
		}
		parts[i] = append(parts[i], s)
	}
	l.exhaust(parts)
}

// agreed asks for suites of finite-field groups once more where the server would agree on a group by its name only (RFC 7919).
func (l *lister) agreed(suites []Suite) {
	if len(l.found) == 0 || l.version == TLS13 || l.version == SSL3 || l.named || l.over.Load() {
		return
	}
	l.named = true
	l.exhaust([][]Suite{slices.DeleteFunc(l.unseen(suites), func(s Suite) bool { return !l.finite(s) })})
}

// finite tells the suites whose keys are agreed on in a finite-field group.
func (l *lister) finite(s Suite) bool {
	t := l.sorted.traits[s]
	return (t.Exchange == "DHE" || t.Exchange == "DHE_PSK") && t.Auth != "DSS"
}

// maxAtOnce is how many suites are offered at once: some servers fail on more (see rare).
const maxAtOnce = 126

// coarse and fine sort suites by key exchange, into as many parts as there are lanes, and further; those of ECDSA apart, see kindsApart.
func coarse(t Traits) string {
	switch {
	case t.Auth == "anon":
		return "other"
	case t.Auth == "ECDSA":
		return "ECDSA"
	case t.Exchange == "ECDHE" || t.Exchange == "DHE" || t.Exchange == "any":
		return t.Exchange
	case t.Exchange == "RSA" || t.Exchange == "DH" || t.Exchange == "ECDH":
		return "static"
	}
	return "other"
}

func fine(t Traits) string {
	switch t.Exchange {
	case "ECDHE", "DHE", "RSA", "DH", "ECDH", "any":
		if t.Auth == "anon" {
			return t.Exchange + " anon"
		}
		if t.Auth == "ECDSA" {
			return t.Exchange + " ECDSA"
		}
		return t.Exchange
	}
	return "rare"
}

// split splits a list, keeping its order inside each part.
func (c *catalogue) split(suites []Suite, by func(Traits) string) [][]Suite {
	var parts [][]Suite
	place := map[string]int{}
	for _, s := range suites {
		key := by(c.traits[s])
		i, known := place[key]
		if !known {
			i = len(parts)
			place[key] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], s)
	}
	return parts
}

func (s *scan) parts(suites []Suite, by func(Traits) string) [][]Suite {
	return s.sorted.split(suites, by)
}

// lister collects the suites of one version.
type lister struct {
	*scan
	version Version
	plain   bool // the second shape of hello
	named   bool // with finite-field groups by name

	mu     sync.Mutex
	clean  atomic.Bool // the server has refused in the words of TLS: when it breaks off, it means something else
	found  []Suite
	broken string // how the server broke off, where asking for less led no further
	denial Answer // what was said to the first question that was not accepted
}

// pull asks for the list, takes out what the server chooses, and asks again, until it refuses, or at most limit times (0: no limit). The
// rest is empty when the list has ended; broke is what the server did instead of answering.
func (l *lister) pull(suites []Suite, limit int) (rest []Suite, broke *reply) {
	rest = suites
	for n := 0; len(rest) > 0; n++ {
		if limit > 0 && n == limit {
			return rest, nil
		}
		h, ask := l.hello(rest), l.ask
		if l.version == TLS13 && n == 0 && limit > 0 { // the very first question
			ask = l.whole
		}
		r := ask(h)
		switch {
		case r.accepted() && r.hello.version == l.version:
			l.take(h, r)
			// The question is kept: it must not change with what is left to ask.
			rest = slices.DeleteFunc(slices.Clone(rest), func(s Suite) bool { return s == r.hello.suite })
		case r.accepted():
			l.deny(no("chose " + r.hello.version.String()))
			return nil, nil
		case r.refused():
			l.deny(no(r.why()))
			l.clean.Store(true)
			return nil, nil
		default:
			l.deny(unknown(r.why()))
			return rest, &r
		}
	}
	return nil, nil
}

// hello is the next question, for not more suites than a server bears at once.
func (l *lister) hello(suites []Suite) hello {
	h := l.wideHello(l.version, suites)
	if l.named {
		h.groups = slices.Concat(h.groups, namedFields())
	}
	if l.plain {
		h.plain, h.compress = true, false
	}
	return h
}

func (l *lister) take(h hello, r reply) {
	l.mu.Lock()
	l.found = append(l.found, r.hello.suite)
	l.mu.Unlock()
	// The order of a list is that of its suites, not that of the answers, which come at once from several lanes.
	order := orderList + int(TLS13-l.version)*1000 + slices.Index(l.sorted.all[l.version], r.hello.suite)
	if len(h.suites) == len(l.first(l.version)) {
		order = orderVersion + int(TLS13-l.version)
	}
	l.keep(order, h, r)
}

func (l *lister) deny(a Answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.denial.Is == "" {
		l.denial = a
	}
}

func (l *lister) stuck(r reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if why := r.why(); l.broken == "" || why < l.broken {
		l.broken = why
	}
}

// exhaust asks for each part until it ends. Where the server breaks off, one suite of the part may hide the others: it is asked again
// by finer key exchange, then by halves, unless breaking off is how this server ends every list. A version in which no suite at all was
// found is not pursued that far.
func (l *lister) exhaust(parts [][]Suite) {
	for i := 0; i < len(parts); i++ {
		if part := parts[i]; len(part) > maxAtOnce {
			parts[i] = part[:maxAtOnce:maxAtOnce]
			parts = slices.Insert(parts, i+1, part[maxAtOnce:])
		}
	}
	left := make([][]Suite, len(parts))
	why := make([]*reply, len(parts))
	var jobs []func()
	for i, part := range parts {
		jobs = append(jobs, func() { left[i], why[i] = l.pull(part, 0) })
	}
	each(jobs...)
	jobs = nil
	for i, rest := range left {
		if why[i] == nil {
			continue
		}
		if len(l.found) == 0 || l.over.Load() {
			l.stuck(*why[i])
			continue
		}
		if finer := l.parts(rest, fine); len(finer) > 1 {
			jobs = append(jobs, func() { l.exhaust(finer) })
		} else if l.clean.Load() {
			jobs = append(jobs, func() { l.halve(rest, *why[i]) })
		}
	}
	each(jobs...)
}

// halve asks for both halves of a list on which the server broke off. When both break off like the whole did, it is the key exchange
// itself that does not work there, and it is given up.
func (l *lister) halve(suites []Suite, why reply) {
	if len(suites) == 1 {
		return // this very suite is the one that the server chooses and cannot serve
	}
	middle := len(suites) / 2
	one, oneWhy := l.pull(suites[:middle], 0)
	two, twoWhy := l.pull(suites[middle:], 0)
	if len(one) == middle && len(two) == len(suites)-middle && oneWhy != nil && twoWhy != nil && oneWhy.why() == why.why() && twoWhy.why() == why.why() {
		return
	}
	if oneWhy != nil {
		l.halve(one, *oneWhy)
	}
	if twoWhy != nil {
		l.halve(two, *twoWhy)
	}
}

// listGroups asks for every group of TLS 1.3, and thereby for the hybrids.
func (s *scan) listGroups() {
	left, hybrid := modernGroups(), false
	s.facts.Hybrid = no("")
	for i := 0; len(left) > 0; i++ {
		h := s.wideHello(TLS13, s.sorted.all[TLS13])
		h.groups = left
		r := s.ask(h)
		s.keep(orderDetail+100+i, h, r)
		if !r.accepted() || !slices.Contains(left, r.hello.group) {
			if !r.accepted() && withoutGroup(r).Unknown() {
				s.facts.Hybrid = unknown(r.why())
			}
			break
		}
		hybrid = hybrid || r.hello.group.Hybrid()
		left = slices.DeleteFunc(slices.Clone(left), func(g Group) bool { return g == r.hello.group })
	}
	if hybrid {
		s.facts.Hybrid = yes("")
	}
}

// listCurves asks for every curve up to TLS 1.2.
func (s *scan) listCurves(v Version) {
	var suites []Suite
	for _, suite := range s.sorted.wide {
		if t := s.sorted.traits[suite]; t.Exchange == "ECDHE" && t.Auth != "anon" {
			suites = append(suites, suite)
		}
	}
	left := curves()
	for i := 0; len(left) > 0; i++ {
		h := s.wideHello(v, suites)
		h.groups = left
		r := s.ask(h)
		s.keep(orderDetail+200+i, h, r)
		if !r.accepted() || !slices.Contains(left, r.flight.curve) {
			return
		}
		left = slices.DeleteFunc(slices.Clone(left), func(g Group) bool { return g == r.flight.curve })
	}
}
