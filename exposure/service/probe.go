package service

import (
	"context"
	"errors"
	"slices"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// protocol is one way to recognise a service.
type protocol struct {
	name  string
	ports []uint16 // where it usually listens
	tls   []uint16 // where it usually listens inside TLS
	// play asks the question of the protocol and fills the facts; false means that something else answered.
	play func(*session) (bool, error)
	// signs tells whether first bytes, of a greeting or of the answer to a web request, are this protocol's.
	signs func([]byte) bool
	mute  bool // no byte may be sent on its ports: an open port is all that may be known
}

// Probe recognises what listens on a TCP port. An error means that nothing at all was learnt; reach.Why tells its kind.
func Probe(ctx context.Context, dialer *reach.Dialer, target perimeter.Target, o Options) (Facts, error) {
	s := &session{ctx: ctx, dialer: dialer, target: target, options: o.complete(), facts: &Facts{}}
	known := protocols()
	expected, inTLS := expect(known, o.Expected, target.Address().Port())
	if expected != nil && expected.mute {
		return s.listenOnly(expected)
	}
	if expected != nil {
		ok, err := s.try(expected, inTLS)
		if ok {
			return s.orSecured(known), nil
		}
		if useless(ctx, err) {
			return Facts{}, err
		}
		// A protocol usually spoken in clear may be spoken inside TLS, when the owner says that it is this one.
		if o.Expected != "" && !inTLS {
			if ok, _ := s.try(expected, true); ok {
				return *s.facts, nil
			}
		}
	}
	f, err := s.identify(known)
	if err == nil && f.Protocol == "" && f.TLS && expected != nil && (inTLS || slices.Contains(expected.tls, target.Address().Port())) {
		// TLS answered where TLS is usual, and kept the rest for those who have a certificate.
		f.recognised(expected.name, ByPort)
		f.seen("TLS answers, and nothing inside")
	}
	return f, err
}

// expect is the protocol that a declaration, or else the port, makes likely.
func expect(known []protocol, declared string, port uint16) (p *protocol, inTLS bool) {
	for i := range known {
		p := &known[i]
		if declared != "" && p.name == declared {
			return p, slices.Contains(p.tls, port)
		}
	}
	if declared != "" {
		return nil, false
	}
	for i := range known {
		p := &known[i]
		if slices.Contains(p.ports, port) {
			return p, false
		}
		if slices.Contains(p.tls, port) {
			return p, true
		}
	}
	return nil, false
}

// useless tells that asking again will not help: nothing listens, or the audit is being stopped.
func useless(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	why := reach.Why(err)
	return ctx.Err() != nil || why == reach.Refused || why == reach.Unreachable || why == reach.Stopped
}

// try plays one protocol on fresh facts.
func (s *session) try(p *protocol, inTLS bool) (bool, error) {
	s.facts = &Facts{}
	s.inTLS = inTLS
	ok, err := p.play(s)
	if ok {
		if s.facts.Protocol == "" {
			s.facts.recognised(p.name, ByAnswer)
		}
		s.facts.TLS = inTLS
		return true, nil
	}
	s.facts = &Facts{}
	return false, err
}

// listenOnly connects and waits a little, and sends nothing.
func (s *session) listenOnly(p *protocol) (Facts, error) {
	t, err := s.open()
	if err != nil {
		return Facts{}, err
	}
	defer t.close()
	got, _ := t.receive(s.options.Greeting, anything)
	s.facts.recognised(p.name, ByPort)
	if s.options.Expected == p.name {
		s.facts.How = ByOwner
	}
	if len(got) > 0 {
		s.facts.seen("greeting %q", short(got, 64))
	}
	s.facts.seen("port %d open, nothing sent", s.target.Address().Port())
	return *s.facts, nil
}

// identify asks a port of unknown use: at most three connections before it is given up.
func (s *session) identify(known []protocol) (Facts, error) {
	var tried []Try
	keep := func(probe string, got []byte, err error) {
		t := Try{Probe: probe, Got: short(got, 256)}
		if len(got) == 0 {
			t.Why = string(cmpWhy(err))
		}
		tried = append(tried, t)
	}
	s.inTLS = false
	first, asked, err := s.listenThenAsk()
	if useless(s.ctx, err) && len(first) == 0 {
		return Facts{}, err
	}
	probe := "greeting"
	if asked {
		probe = "http"
	}
	keep(probe, first, err)
	if ok := s.follow(known, first, false); ok {
		return s.orSecured(known), nil
	}
	inner, secured, err := s.insideTLS()
	certificate := s.facts.Certificate
	if secured {
		if ok := s.follow(known, inner, true); ok {
			return *s.facts, nil
		}
		keep("tls", inner, err)
		f := Facts{TLS: true, Certificate: certificate, Tried: tried}
		recogniseCertificate(&f)
		f.namePort(s.target.Address().Port())
		return f, nil
	}
	keep("tls", nil, err)
	if useless(s.ctx, err) {
		return Facts{}, err
	}
	rdp := protocolRDP()
	ok, err := s.try(&rdp, false)
	if ok {
		return *s.facts, nil
	}
	keep("rdp", nil, err)
	f := Facts{Tried: tried}
	f.namePort(s.target.Address().Port())
	return f, nil
}

// namePort names what a port that stays unknown usually serves.
func (f *Facts) namePort(port uint16) {
	if name := usually(port); name != "" {
		f.recognised(name, ByPort)
	}
}

func cmpWhy(err error) reach.Silence {
	if errors.Is(err, errOther) || err == nil {
		return reach.Broken
	}
	return reach.Why(err)
}

// listenThenAsk waits for a server that speaks first, then asks it for a web page on the same connection.
func (s *session) listenThenAsk() (got []byte, asked bool, err error) {
	t, err := s.open()
	if err != nil {
		return nil, false, err
	}
	defer t.close()
	got, err = t.receive(s.options.Greeting, anything)
	if len(got) > 0 || (err != nil && reach.Why(err) != reach.Silent) || s.ctx.Err() != nil {
		return got, false, err
	}
	if err := t.send([]byte(plainest)); err != nil {
		return nil, true, err
	}
	got, err = t.receive(s.options.Answer, wholeHTTP)
	return got, true, err
}

// insideTLS makes a TLS handshake and asks for a web page inside. A handshake that fails after TLS records came is still TLS.
func (s *session) insideTLS() (got []byte, secured bool, err error) {
	s.facts = &Facts{}
	conn, err := s.dialer.Dial(s.ctx, s.target)
	if err != nil {
		return nil, false, err
	}
	defer conn.Close()
	watched := &firstBytes{Conn: conn}
	t := &talk{conn: watched, answer: s.options.Answer}
	if err := s.secure(t); err != nil {
		return watched.got, isTLSRecord(watched.got), err
	}
	if err := t.send([]byte(plainest)); err != nil {
		return nil, true, err
	}
	got, err = t.receive(s.options.Answer, wholeHTTP)
	return got, true, err
}

// follow plays the protocol that first bytes betray.
func (s *session) follow(known []protocol, first []byte, inTLS bool) bool {
	if len(first) == 0 {
		return false
	}
	certificate := s.facts.Certificate
	for i := range known {
		p := &known[i]
		if p.signs == nil || !p.signs(first) {
			continue
		}
		if ok, _ := s.try(p, inTLS); ok {
			if s.facts.Certificate == nil {
				s.facts.Certificate = certificate
			}
			return true
		}
	}
	s.facts.Certificate = certificate
	// A web server that answered once and no more is still one.
	if p, err := parsePage(first); err == nil && (inTLS || !p.wantsTLS()) {
		s.page(p)
		s.facts.TLS = inTLS
		return true
	}
	return false
}

func short(b []byte, n int) []byte {
	if len(b) > n {
		return slices.Clone(b[:n])
	}
	return b
}

// ProbeUDP asks a UDP port the question of its usual protocol, or of the one the owner declared. Silence is an error: it proves
// neither that something listens nor that nothing does.
func ProbeUDP(ctx context.Context, dialer *reach.Dialer, target perimeter.Target, o Options) (Facts, error) {
	s := &session{ctx: ctx, dialer: dialer, target: target, options: o.complete(), facts: &Facts{}}
	for _, p := range datagrams() {
		if o.Expected == p.name || o.Expected == "" && slices.Contains(p.ports, target.Address().Port()) {
			ok, err := p.play(s)
			if !ok {
				if err == nil {
					err = errOther
				}
				return Facts{}, err
			}
			if s.facts.Protocol == "" {
				s.facts.recognised(p.name, ByAnswer)
			}
			return *s.facts, nil
		}
	}
	return Facts{}, errNoQuestion
}

// errNoQuestion is a UDP port for which no question is known.
var errNoQuestion = errors.New("no question is known for this UDP port")

// Names are the protocols that Probe and ProbeUDP know, sorted: the words a declaration may use.
func Names() []string {
	var names []string
	for _, p := range slices.Concat(protocols(), datagrams(), usual()) {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// datagram sends one question by UDP and returns the answers received within the dialer's wait, at most max.
func (s *session) datagram(question []byte, max int) ([][]byte, error) {
	return s.dialer.Exchange(s.ctx, s.target, question, max)
}

// reflect keeps how much larger an answer is than its question.
func (f *Facts) reflect(question string, sent []byte, answers [][]byte) {
	r := Reflection{Question: question, Sent: len(sent)}
	for _, a := range answers {
		r.Received += len(a)
	}
	f.Amplifies = append(f.Amplifies, r)
}
