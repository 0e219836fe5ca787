package tlsscan

import (
	"errors"
	"slices"

	"hygie/exposure/reach"
)

// maxInARow is after how many classes accepted one after the other the rest is asked in several questions at once: each waits for the
// answer to the one before, and a distant server answers late.
const maxInARow = 3

// askClasses asks for all the classes that the answer to TLS 1.2 has not shown, in one hello, takes out those that the server shows by what it
// chooses, and asks again: a good server costs one connection. Suites that need another kind of key go with them, so that the
// last refusal speaks of both. The server takes the highest version it has up to TLS 1.2.
func (s *scan) askClasses(lower <-chan struct{}) {
	s.mu.Lock()
	first := s.found[TLS12].Accepted
	shown := slices.IndexFunc(s.replies, first12)
	var left []Class // whatever the answers to other versions have shown meanwhile
	for _, c := range Classes() {
		if shown < 0 && c != Modern || shown >= 0 && !c.In(s.replies[shown].hello.suite) {
			left = append(left, c)
		}
	}
	s.mu.Unlock()
	switch {
	case shown >= 0:
		var last reply
		for i, kind := range s.kindsApart() {
			if left, last = s.shrink(orderClass+5*i, left, kind); last.accepted() || !last.refused() {
				break
			}
		}
		switch {
		case len(left) == 0:
			return
		case last.refused():
			s.deny(left, answerOf(last))
			return
		case !last.accepted():
			<-lower
			s.mu.Lock()
			s.hangs = s.found[TLS11].Accepted == unknown(last.why()) && repeatable(last.why())
			s.mu.Unlock()
			if s.hangs { // the way this server refuses: asked again by key exchange, in the other shape
				s.deny(left, answerOf(last))
				return
			}
		}
	case first == no(byVersion): // the hello that was refused held them all
		s.deny(left, first)
		return
	}
	s.askApart(left)
}

// askApart asks for classes by kinds, several at once.
func (s *scan) askApart(left []Class) {
	kinds := s.kindsApart()
	var jobs []func()
	for i, together := range [][]Class{{NoEncryption, Anonymous, ExportGrade}, {RC4, SmallBlock}, {NoForwardSecrecy}, {FiniteField}, {BlockMode}, {Modern}} {
		together = slices.DeleteFunc(together, func(c Class) bool { return !slices.Contains(left, c) })
		jobs = append(jobs, func() { s.chain(orderClass+10+10*i, kinds[0], together...) })
	}
	each(jobs...)
	if len(kinds) == 1 {
		return
	}
	s.mu.Lock()
	left = slices.DeleteFunc(slices.Clone(left), func(c Class) bool { return !s.tested[c].No() })
	s.mu.Unlock()
	s.chain(orderClass+95, kinds[1], left...)
}

// kindsApart are the suites that are asked for apart from each other: all at once, unless the server has shown a certificate for ECDSA.
// Some servers with two certificates (HAProxy) take that one for whoever offers any suite of ECDSA, and then refuse all those
// of RSA.
func (s *scan) kindsApart() []func(Suite) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.replies, func(r seen) bool { return first12(r) && s.ecdsa(r.hello.suite) }) {
		return []func(Suite) bool{func(Suite) bool { return true }}
	}
	return []func(Suite) bool{func(suite Suite) bool { return !s.ecdsa(suite) }, s.ecdsa}
}

// first12 tells the answer to the first hello of TLS 1.2. Questions that are put while other versions are asked may depend on it, but not
// on theirs, which come when they come.
func first12(r seen) bool { return r.order == orderVersion+int(TLS13-TLS12) }

// ecdsa tells the suites that need a certificate for ECDSA.
func (s *scan) ecdsa(suite Suite) bool { return s.sorted.traits[suite].Auth == "ECDSA" }

// shrink asks for classes in one hello of one kind as long as that leads somewhere, and gives those that were not shown, with the last
// answer: no acceptance where nothing of the kind was left to ask for.
func (s *scan) shrink(order int, left []Class, kind func(Suite) bool) (still []Class, last reply) {
	last.err = alertHandshakeFailure
	for i := 0; i <= maxInARow && len(left) > 0; i++ {
		other := s.otherKeys(func(r seen) bool { return first12(r) || r.order >= orderClass })
		suites, wanted := make([]Suite, 0, len(s.usual)), setOf(left)
		for _, suite := range s.usual { // likeliest first, as in the hello that was accepted
			if kind(suite) && (s.sorted.sets[suite]&wanted != 0 || other(suite)) {
				suites = append(suites, suite)
			}
		}
		if len(suites) == 0 {
			return left, last
		}
		h := s.wideHello(TLS12, suites)
		r := s.ask(h)
		s.keep(order+i, h, r)
		if r.refused() {
			s.mu.Lock()
			s.keys = s.keys || slices.ContainsFunc(suites, other)
			s.mu.Unlock()
			return left, r
		}
		if last = r; !r.accepted() {
			return left, r
		}
		left = slices.DeleteFunc(slices.Clone(left), func(c Class) bool { return c.In(r.hello.suite) })
	}
	return left, last
}

// deny notes the answer for classes that were asked for together.
func (s *scan) deny(classes []Class, a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range classes {
		s.tested[c] = a
	}
}

// chain asks for several classes in one hello, takes out the one the server chose, and asks again until it refuses: a server with none
// of them costs one connection. Classes that have no suite of the kind are left as they are.
func (s *scan) chain(order int, kind func(Suite) bool, classes ...Class) {
	left := slices.DeleteFunc(slices.Clone(classes), func(c Class) bool { return !slices.ContainsFunc(s.sorted.classes[c], kind) })
	for i := 0; len(left) > 0; i++ {
		h := s.wideHello(TLS12, slices.DeleteFunc(s.union(left), func(suite Suite) bool { return !kind(suite) }))
		r := s.ask(h)
		s.keep(order+i, h, r)
		if !r.accepted() {
			s.deny(left, answerOf(r))
			return
		}
		before := len(left)
		left = slices.DeleteFunc(slices.Clone(left), func(c Class) bool { return c.In(r.hello.suite) })
		if len(left) == before {
			return // chosen outside of what was offered: honest has refused it already
		}
	}
}

// answerOf is what a refusal or a failure says.
func answerOf(r reply) Answer {
	if r.refused() {
		return no(r.why())
	}
	return unknown(r.why())
}

// union are the suites of the classes, each once, in the order of the first.
func (s *scan) union(classes []Class) []Suite {
	var suites []Suite
	for _, c := range classes {
		for _, suite := range s.sorted.classes[c] {
			if !slices.Contains(suites, suite) {
				suites = append(suites, suite)
			}
		}
	}
	return suites
}

// classes sums up, over every acceptance of the whole probe, which classes are accepted.
func (s *scan) classes() {
	for _, c := range Classes() {
		f := ClassFacts{Class: c, Accepted: s.tested[c]}
		if s.options.Suites {
			f.Accepted = s.listed()
		}
		for _, r := range s.replies {
			if r.hello.version < TLS13 && c.In(r.hello.suite) {
				f.Accepted, f.Example, f.Version = yes(""), Named(r.hello.suite), r.hello.version
				break
			}
		}
		if f.Accepted.Is == "" && c == Modern { // not asked apart: every wide hello begins with it
			f.Accepted = s.modernByWide()
		}
		s.facts.Classes = append(s.facts.Classes, f)
	}
}

// listed is the answer for a class that no suite of the full lists is in.
func (s *scan) listed() Answer {
	answer := no("")
	for v, f := range s.found {
		if v == TLS13 || v == SSL2 {
			continue
		}
		if f.Accepted.Unknown() {
			answer = unknown(f.Accepted.Why)
		} else if f.Broken != "" {
			answer = unknown(f.Broken)
		}
	}
	return answer
}

// modernByWide decides the best class where no acceptance showed it.
func (s *scan) modernByWide() Answer {
	switch f := s.found[TLS12]; {
	case f.Accepted.No():
		return no("no TLS 1.2")
	case f.Accepted.Unknown():
		return unknown(f.Accepted.Why)
	}
	return unknown("not_asked")
}

// ssl2 asks for SSL 2.0, whose hello is of another kind.
func (s *scan) ssl2() {
	var answer *ssl2Answer
	err := s.on(func(conn *reach.Conn) error {
		if _, err := conn.Write(ssl2Hello()); err != nil {
			return err
		}
		var err error
		in := s.hears(conn)
		defer s.heard(in)
		answer, err = readSSL2(in)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.found[SSL2]
	var alert Alert
	switch {
	case err == nil:
		f.Accepted, f.Complete = yes(""), true
		s.ssl2Certificate = answer.certificate
		for _, kind := range answer.kinds {
			f.Suites = append(f.Suites, Named(kind))
		}
	// Nobody who speaks SSL 2.0 answers its hello with an alert of TLS, with something else, or by hanging up.
	case errors.As(err, &alert), errors.Is(err, errNoCommonKind), errors.Is(err, errNotSSL2), reach.Why(err) == reach.Reset:
		f.Accepted = no(whyOf(err))
	default:
		f.Accepted = unknown(whyOf(err))
	}
}
