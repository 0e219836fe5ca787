package tlsscan

import (
	"errors"
	"slices"

	"hygie/exposure/reach"
)

// details asks what depends on the versions that were found, in two rounds: what completes the answers, then what is good to know. In
// each round the questions are planned, with the most connections each may take, before any is put: so that what no connection is
// left for is the same for the same server, whichever answer comes first. Where the two highest versions are known already, the first
// round cannot change what the second asks, and both are one; where classes stayed open the first may need all connections.
func (s *scan) details() {
	p := s.plan()
	open := slices.ContainsFunc(s.denied(), func(c Class) bool { return s.tested[c].Unknown() }) && !s.options.Suites
	s.complete(p)
	if open || !s.found[TLS13].Accepted.Yes() || !s.found[TLS12].Accepted.Yes() {
		each(p.jobs...)
		over := p.over
		p = s.plan()
		p.over = over
	}
	s.learn(p)
	each(p.jobs...)
	if len(p.over) > 0 { // some took less than they might have
		late := s.plan()
		for _, q := range p.over {
			late.add(q.cost, true, q.job)
		}
		each(late.jobs...)
	}
}

// complete plans what completes the answers: another shape of hello for what was denied, a handshake where none came to its end.
func (s *scan) complete(p *plan) {
	legacy, modern := s.highest(TLS12), s.found[TLS13].Accepted.Yes()
	p.add(2, modern && s.modern == nil, s.handshake13)
	p.add(2, s.missing() != 0 && !s.asked, s.secondShape)
	p.add(1, !modern, s.secondShape13)
	if s.options.Suites {
		return
	}
	p.add(1, legacy == TLS12 && !s.shown(Modern) && s.tested[Modern].Is == "", func() { s.askApart([]Class{Modern}) })
	if legacy > SSL2 {
		s.confirmClasses(p, legacy)
	}
}

// learn plans what is good to know.
func (s *scan) learn(p *plan) {
	legacy, second, modern := s.highest(TLS12), s.second(), s.found[TLS13].Accepted.Yes()
	p.add(1, s.wantsHybrid(), s.hybrid)
	if legacy > SSL2 && !s.keys {
		s.otherKey(p, legacy)
	}
	p.add(2, modern && legacy <= SSL2, s.otherKey13)
	replies := slices.Clone(s.replies)
	p.add(2, legacy > SSL2, func() { s.order(legacy, replies) })
	p.add(1, second > SSL2, func() { s.fallback(second) })
	if s.options.Groups {
		p.add(len(modernGroups()), modern, s.listGroups)
		p.add(len(curves()), legacy > SSL2, func() { s.listCurves(legacy) })
	}
}

// plan is a round of questions that fits the connections left.
type plan struct {
	left int
	jobs []func()
	over []question // those for which no connection was left
}

type question struct {
	cost int
	job  func()
}

func (s *scan) plan() *plan {
	left := int(s.left.Load())
	if s.brokeOff() {
		left-- // see control
	}
	return &plan{left: left}
}

// add plans a question, if it is wanted and its connections are left.
func (p *plan) add(cost int, wanted bool, job func()) {
	switch {
	case wanted && cost <= p.left:
		p.left -= cost
		p.jobs = append(p.jobs, job)
	case wanted:
		p.over = append(p.over, question{cost, job})
	}
}

// missing is the highest version up to TLS 1.2 that was not accepted, 0 for none.
func (s *scan) missing() Version {
	for _, v := range []Version{TLS12, TLS11, TLS10, SSL3} {
		if !s.found[v].Accepted.Yes() {
			return v
		}
	}
	return 0
}

// plainHello is the second shape: few suites, few groups, hardly an extension.
func (s *scan) plainHello(v Version, suites []Suite) hello {
	h := hello{version: v, suites: suites, groups: fewGroups(), plain: true}
	if v == TLS13 {
		h.share = shareOf(29)
	} else {
		h.groups = append(h.groups, namedFields()...)
	}
	return h
}

// secondShape asks once more for what is missing up to TLS 1.2. The server may answer with any version up to the one asked, so that one
// question speaks for all those below.
func (s *scan) secondShape() {
	for i := range 2 {
		s.mu.Lock()
		v := s.missing()
		s.mu.Unlock()
		if v == 0 {
			return
		}
		if v == TLS11 && s.implied && i == 0 {
			v = TLS10
		}
		h := s.plainHello(v, s.fewSuites())
		r := s.ask(h)
		s.keep(orderDetail+i, h, r)
		if r.accepted() && s.record(r.hello.version, r) {
			continue // there may be more
		}
		s.mu.Lock()
		s.shapes[v] = r
		s.mu.Unlock()
		return
	}
}

// fewSuites are those of the second shape: without those of ECDSA where such a certificate came, see kindsApart.
func (s *scan) fewSuites() []Suite {
	kinds := s.kindsApart()
	return slices.DeleteFunc(slices.Clone(s.sorted.few), func(suite Suite) bool { return !kinds[0](suite) })
}

// secondShape13 asks once more for TLS 1.3, with a key share.
func (s *scan) secondShape13() {
	h := s.plainHello(TLS13, []Suite{0x1301, 0x1302, 0x1303})
	h.whole, h.bare = true, true
	r, m := s.shakeHands(h)
	s.keep(orderDetail+10, h, r)
	if r.accepted() {
		s.mu.Lock()
		s.modern, s.bare = m, true
		s.mu.Unlock()
		s.record(TLS13, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shapes[TLS13] = r
}

// conclude ends what was left open: a version that the server refused in its second shape, and one on which it broke off twice, in two
// shapes, while it speaks another. Up to TLS 1.2 the answer to one version speaks for those below it too.
func (s *scan) conclude() {
	spoken := s.highest(TLS13) != 0
	for asked, r := range s.shapes {
		for v, f := range s.found {
			if !f.Accepted.Unknown() || v == SSL2 || v > asked || asked == TLS13 && v != TLS13 {
				continue
			}
			switch {
			case r.refused():
				f.Accepted = no(r.why())
			case r.accepted():
				f.Accepted = no("chose " + r.hello.version.String())
			case spoken && r.why() == f.Accepted.Why && repeatable(r.why()):
				f.Accepted = no(f.Accepted.Why + " twice")
			}
		}
	}
	if h := s.facts.Hybrid; h.Is == Unknown && repeatable(h.Why) && slices.ContainsFunc(Versions(), func(v Version) bool { return s.found[v].Accepted == no(h.Why+" twice") }) {
		s.facts.Hybrid = no(h.Why) // hanging up is how this server refuses
	}
}

// shown tells whether an acceptance up to TLS 1.2 has shown the class already.
func (s *scan) shown(c Class) bool {
	return slices.ContainsFunc(s.replies, func(r seen) bool { return r.hello.version < TLS13 && c.In(r.hello.suite) })
}

// denied are the classes no acceptance has shown.
func (s *scan) denied() []Class {
	return slices.DeleteFunc(Classes(), func(c Class) bool { return c == Modern || s.shown(c) })
}

// maxTries is how many classes a server may show in the second shape by one part of its suites.
const maxTries = 3

// confirmClasses plans to ask for all the classes that were denied, in the other shape. Where the server broke off instead of refusing,
// one key exchange may hide the others, so that each is asked apart.
func (s *scan) confirmClasses(p *plan, v Version) {
	denied := s.denied()
	suites := s.union(denied)
	if len(suites) == 0 {
		return
	}
	parts, asked := [][]Suite{suites}, v
	if !slices.ContainsFunc(denied, func(c Class) bool { return s.tested[c].Unknown() }) {
		v = s.lowest() // where weak suites survive: those for export, DES and IDEA went with TLS 1.1 and 1.2 (RFC 4346 A.5, RFC 5246 A.5)
	} else {
		parts = s.parts(suites, func(t Traits) string {
			if t.Exchange == "ECDHE" || t.Exchange == "DHE" {
				return t.Exchange
			}
			return "static"
		})
	}
	tries := max(1, min(maxTries, p.left/len(parts)))
	last := make([]reply, len(parts))
	for i := range last {
		last[i].err = errBudget
	}
	planned := make([]func(), 0, len(parts))
	for i, part := range parts {
		if tries > p.left {
			break
		}
		p.left -= tries
		planned = append(planned, func() { last[i] = s.confirm(v, part, orderClass+60+10*i, tries) })
	}
	join := func(classes []Class) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range classes {
			var replies []reply
			for i, part := range parts {
				if slices.ContainsFunc(part, c.In) {
					replies = append(replies, last[i])
				}
			}
			s.tested[c] = settle(s.tested[c], replies)
			if s.tested[c].No() && v < asked { // denied above that version only
				switch i := slices.IndexFunc(replies, func(r reply) bool { return !r.refused() && !r.accepted() }); {
				case i < 0:
				case replies[i].why() == "budget":
					s.tested[c] = unknown("budget")
				case wordless(replies[i].why()):
					s.unheard = append(s.unheard, c)
				}
			}
		}
	}
	p.jobs = append(p.jobs, func() {
		each(planned...)
		join(denied)
		if !s.hangs {
			return
		}
		// It did answer here: what that shows, and what stayed open, is asked in the first shape after all, kind by kind.
		s.mu.Lock()
		open := slices.DeleteFunc(denied, func(c Class) bool { return !s.shown(c) && !s.tested[c].Unknown() })
		s.mu.Unlock()
		s.askApart(open)
		join(open)
	})
}

// lowest is the lowest version accepted from SSL 3.0 up to TLS 1.2, 0 for none.
func (s *scan) lowest() Version {
	for v := SSL3; v <= TLS12; v++ {
		if s.found[v].Accepted.Yes() {
			return v
		}
	}
	return 0
}

// confirm asks for suites until the server takes none of them, and gives its last answer.
func (s *scan) confirm(v Version, suites []Suite, order, tries int) reply {
	for i := range tries {
		h := s.plainHello(v, suites)
		r := s.ask(h)
		s.keep(order+i, h, r)
		if !r.accepted() {
			return r
		}
		suites = slices.DeleteFunc(slices.Clone(suites), func(other Suite) bool {
			return slices.ContainsFunc(Classes(), func(c Class) bool { return c.In(r.hello.suite) && c.In(other) })
		})
		if len(suites) == 0 {
			return r
		}
	}
	return reply{err: errBudget}
}

// settle joins what was said to a class the first time with what was said to each of its parts the second.
func settle(first Answer, second []reply) Answer {
	for _, r := range second {
		switch {
		case r.accepted(), r.refused():
		case first.Unknown() && r.why() == first.Why && repeatable(r.why()):
			if first.Why != "" {
				first = no(first.Why + " twice")
			}
		case first.No() && (repeatable(r.why()) || r.why() == "budget"): // refused before, or broken off twice before
		default:
			return unknown(r.why())
		}
	}
	if first.Unknown() && len(second) > 0 {
		return no(second[0].why())
	}
	return first
}

// repeatable tells whether a server that did this twice, in two shapes of hello, has said no: it hung up, or sent another alert.
func repeatable(why string) bool {
	return why != string(reach.Silent) && why != "budget" && why != string(reach.Stopped) && why != ""
}

// order turns the list of a version round: a server that chooses the same has an order of its own, if it accepts anything else.
func (s *scan) order(v Version, replies []seen) {
	i := slices.IndexFunc(replies, func(r seen) bool { return r.order == orderVersion+int(TLS13-v) && r.hello.version == v })
	if i < 0 {
		s.facts.ServerOrder = unknown("not_asked")
		return
	}
	first := replies[i]
	turned := s.wideHello(v, slices.Clone(first.asked.suites))
	slices.Reverse(turned.suites)
	turned.compress = true
	if s.preface.Name == "" && !s.found[TLS13].Accepted.Yes() {
		turned.alpn = webProtocols()
	}
	others := s.wideHello(v, slices.DeleteFunc(slices.Clone(first.asked.suites), func(suite Suite) bool { return suite == first.hello.suite }))
	var r, other reply
	jobs := []func(){func() { r = s.ask(turned) }}
	if accepted(replies, v) == 1 {
		jobs = append(jobs, func() { other = s.ask(others) })
	}
	each(jobs...)
	s.keep(orderDetail+20, turned, r)
	s.keep(orderDetail+21, others, other)
	switch {
	case !r.accepted():
		s.facts.ServerOrder = unknown(r.why())
	case r.hello.suite != first.hello.suite:
		s.facts.ServerOrder = no("")
	case len(jobs) == 1 || other.accepted() && other.hello.version == v:
		s.facts.ServerOrder = yes("")
	default:
		s.facts.ServerOrder = unknown("one suite")
	}
}

// accepted counts the suites seen accepted in a version.
func accepted(replies []seen, v Version) int {
	suites := map[Suite]bool{}
	for _, r := range replies {
		if r.hello.version == v {
			suites[r.hello.suite] = true
		}
	}
	return len(suites)
}

// webProtocols are offered where the port may be a web server's.
func webProtocols() []string { return []string{"h2", "http/1.1"} }

// second is the second highest version accepted, 0 for none.
func (s *scan) second() Version {
	return s.highest(max(s.highest(TLS13), 1) - 1)
}

// fallback offers only the second highest version and says that it is a retry: a server that supports a higher one must refuse with
// alert 86 (RFC 7507 3).
func (s *scan) fallback(second Version) {
	h := s.wideHello(second, s.usual)
	h.compress, h.fallback = false, true
	r := s.ask(h)
	s.keep(orderDetail+30, h, r)
	var alert Alert
	switch {
	case r.accepted():
		s.facts.FallbackSignal = no("")
	case errors.As(r.err, &alert) && alert == alertInappropriateRetry:
		s.facts.FallbackSignal = yes("")
	default:
		s.facts.FallbackSignal = unknown(r.why())
	}
}

// wantsHybrid tells whether TLS 1.3 is accepted and nothing told yet whether a hybrid is.
func (s *scan) wantsHybrid() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found[TLS13].Accepted.Yes() && !s.options.Groups && s.facts.Hybrid.Is == "" &&
		!slices.ContainsFunc(s.replies, func(r seen) bool { return r.hello.group.Hybrid() })
}

// hybrid offers nothing but post-quantum hybrids.
func (s *scan) hybrid() {
	h := s.wideHello(TLS13, s.sorted.all[TLS13])
	h.groups = hybrids()
	r := s.ask(h)
	s.keep(orderDetail+40, h, r)
	switch {
	case r.accepted() && r.hello.group.Hybrid():
		s.facts.Hybrid = yes("")
	case r.accepted() && r.hello.group != 0:
		s.facts.Hybrid = unknown("chose " + r.hello.group.String())
	case r.accepted():
		s.facts.Hybrid = no("no group in common")
	default:
		s.facts.Hybrid = withoutGroup(r)
	}
}

// withoutGroup is the answer to a hello of TLS 1.3 that differs from one that was accepted by its groups alone: whatever alert it brings,
// it is for want of a group.
func withoutGroup(r reply) Answer {
	var alert Alert
	if errors.As(r.err, &alert) {
		return no(alert.Error())
	}
	return answerOf(r)
}

// otherKey plans to ask for a certificate with the other kind of key than the one seen.
func (s *scan) otherKey(p *plan, v Version) {
	other := s.otherKeys(func(seen) bool { return true })
	var suites []Suite
	for _, suite := range s.sorted.wide {
		if other(suite) {
			suites = append(suites, suite)
		}
	}
	p.add(1, len(suites) > 0, func() {
		h := s.wideHello(v, suites)
		s.keep(orderDetail+50, h, s.ask(h))
	})
}

// otherKeys tells the suites that need another kind of key than those of the certificates seen in some answers; none where no certificate
// was seen.
func (s *scan) otherKeys(in func(seen) bool) func(Suite) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := []string{"anon"}
	for _, r := range s.replies {
		if in(r) && r.flight != nil && len(r.flight.certificates) > 0 {
			kinds = append(kinds, s.sorted.traits[r.hello.suite].Auth)
		}
	}
	return func(suite Suite) bool {
		return len(kinds) > 1 && !slices.Contains(kinds, s.sorted.traits[suite].Auth)
	}
}
