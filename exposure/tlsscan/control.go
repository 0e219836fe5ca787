package tlsscan

import (
	"maps"
	"slices"
	"strings"
)

// control puts the first question that was accepted once more, where something is about to be denied because the server broke off instead of
// refusing: one that turns connections away after the first few, or that went down meanwhile, breaks off whatever it is asked.
// Then nothing is denied on that ground.
func (s *scan) control() {
	if !s.brokeOff() {
		return
	}
	if len(s.replies) > 0 {
		first := slices.MinFunc(s.replies, func(a, b seen) int { return a.order - b.order })
		if s.ask(first.asked).accepted() {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.shapes, func(_ Version, r reply) bool { return wordless(r.why()) })
	for class, a := range s.tested {
		if why, twice := strings.CutSuffix(a.Why, " twice"); a.No() && twice && wordless(why) {
			s.tested[class] = unknown(why)
		}
	}
	for _, class := range s.unheard {
		s.tested[class] = unknown("not_asked")
	}
	if f := s.found[SSL2]; f.Accepted == no("reset") {
		f.Accepted = unknown("reset")
	}
}

// wordless tells the breaking off without an alert, which may have other causes than the question.
func wordless(why string) bool {
	return repeatable(why) && !strings.HasPrefix(why, "alert ")
}

// brokeOff tells whether the server broke off on a question about a version or a class.
func (s *scan) brokeOff() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for v, f := range s.found {
		if v > SSL2 && f.Accepted.Unknown() && wordless(f.Accepted.Why) {
			return true
		}
	}
	if len(s.unheard) > 0 || s.found[SSL2].Accepted == no("reset") && s.highest(TLS13) == 0 {
		return true
	}
	for _, a := range s.tested {
		if wordless(a.Why) && (strings.HasSuffix(a.Why, " twice") || a.Unknown()) {
			return true
		}
	}
	return false
}
