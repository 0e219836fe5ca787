package tlsscan

// uncommon asks a server that has nothing in common with the likely suites for all the others: shared keys (RFC 4279), passwords
// (RFC 5054), national ciphers. What is accepted is what later questions offer.
func (s *scan) uncommon() {
	var rest []Suite
	for _, suite := range s.sorted.all[TLS12] {
		if s.sorted.rare(suite) {
			rest = append(rest, suite)
		}
	}
	for len(rest) > 0 {
		part := rest[:min(maxAtOnce, len(rest))]
		rest = rest[len(part):]
		h := s.wideHello(TLS12, part)
		r := s.ask(h)
		if !r.accepted() {
			continue
		}
		s.usual = part
		s.keep(orderVersion+int(TLS13-TLS12), h, r)
		s.record(TLS12, r)
		for v := r.hello.version - 1; v >= SSL3; v = min(v, r.hello.version) - 1 {
			h = s.wideHello(v, part)
			if r = s.ask(h); !r.accepted() {
				break
			}
			s.keep(orderVersion+int(TLS13-v), h, r)
			s.record(v, r)
		}
		return
	}
}

// lacksCommon tells whether the server took no version up to TLS 1.2 for want of a common suite, not for the version.
func (s *scan) lacksCommon() bool {
	return s.highest(TLS12) == 0 && s.found[TLS12].Accepted == no(alertHandshakeFailure.Error())
}
