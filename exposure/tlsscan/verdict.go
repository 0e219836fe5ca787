package tlsscan

import (
	"bufio"
	"errors"
	"slices"

	"hygie/exposure/reach"
)

// classJobs ask for each class of suites. They need not wait for the versions: the server takes the highest it has up to TLS 1.2.
func (s *scan) classJobs() []func() {
	return []func(){
		func() { s.chain(orderClass, NoEncryption, Anonymous, ExportGrade) },
		func() { s.chain(orderClass+10, RC4, SmallBlock) },
		func() { s.chain(orderClass+20, NoForwardSecrecy) },
		func() { s.chain(orderClass+30, FiniteField) },
		func() { s.chain(orderClass+40, BlockMode) },
	}
}

// chain asks for several classes in one hello, takes out the one the server chose, and asks again until it refuses: a server with none
// of them costs one connection.
func (s *scan) chain(order int, classes ...Class) {
	left := classes
	for i := 0; len(left) > 0; i++ {
		h := s.wideHello(TLS12, s.union(left))
		r := s.ask(h)
		s.keep(order+i, h, r)
		if !r.accepted() {
			s.mu.Lock()
			for _, c := range left {
				s.tested[c] = answerOf(r)
			}
			s.mu.Unlock()
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
		answer, err = readSSL2(bufio.NewReader(conn))
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
