package service

// orSecured gives the facts of what answered, after a second look where a web server called a question in clear a bad one (status 400): so
// answer servers that speak TLS and nothing else on this port (nginx, Apache and others say it in these words).
func (s *session) orSecured(known []protocol) Facts {
	if s.facts.HTTP == nil || s.facts.TLS || s.facts.HTTP.Status != 400 {
		return *s.facts
	}
	clear := s.facts
	inner, secured, _ := s.insideTLS()
	if !secured {
		s.facts = clear
		return *s.facts
	}
	certificate := s.facts.Certificate
	if s.follow(known, inner, true) {
		return *s.facts
	}
	f := Facts{TLS: true, Certificate: certificate}
	recogniseCertificate(&f)
	f.namePort(s.target.Address().Port())
	return f
}
