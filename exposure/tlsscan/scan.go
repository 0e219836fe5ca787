package tlsscan

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/tlsscan/preface"
)

// VerdictConnections is the most a probe without options opens to one server; the flaws of [perimeter.KnownFlaws] come on top.
const VerdictConnections = 20

// listConnections bounds a full list: more than all suites of all versions.
const listConnections = 2600

// Options say how much is asked.
type Options struct {
	Preface preface.Preface // dialogue before TLS
	Suites  bool            // the full list of suites of each version
	Groups  bool            // the full list of groups
	Wait    time.Duration   // for each answer; 4 s if zero

	Roots     *x509.CertPool // public authorities; nil for those this machine knows
	Authority *x509.CertPool // authorities that the owner declares; nil for none
	Now       time.Time      // at which chains are followed; the zero time for the present
	Chains    *Chains        // chains read before, nil for none
}

// Probe looks at the TLS of one target. The error says why nothing at all was learnt; a server that states in its own protocol that it
// offers no TLS is a fact, not an error.
func Probe(ctx context.Context, dialer *reach.Dialer, target perimeter.Target, o Options) (Facts, error) {
	s := &scan{asker: newAsker(ctx, dialer, target, o), options: o, sorted: sorted(), usual: sorted().wide}
	s.left.Store(VerdictConnections)
	if o.Suites || o.Groups {
		s.left.Store(listConnections)
	}
	s.facts = Facts{Name: s.name, Preface: o.Preface.Name}
	s.versions()
	if s.highest(TLS13) == 0 && !s.over.Load() {
		s.secondShape() // the rest needs a version to be asked in
		s.asked = true
	}
	if s.lacksCommon() && !s.over.Load() {
		s.uncommon()
	}
	switch {
	case errors.Is(s.dead, preface.ErrNoTLS):
		return Facts{Name: s.facts.Name, Preface: s.facts.Preface, Offered: no("no_starttls")}, nil
	case s.speaks():
		s.facts.Offered = yes("")
	case s.dead != nil:
		return Facts{Name: s.facts.Name, Preface: s.facts.Preface, Offered: unknown(whyOf(s.dead))}, s.dead
	default:
		s.facts.Offered = unknown("no version accepted")
	}
	s.details()
	s.control()
	s.conclude()
	s.finish()
	if target.Allows(perimeter.KnownFlaws) {
		s.facts.Flaws = s.flaws()
	}
	return s.facts, ctx.Err()
}

// scan is one probe under way.
type scan struct {
	*asker
	options Options
	sorted  *catalogue
	usual   []Suite // what wide hellos offer up to TLS 1.2
	facts   Facts

	mu      sync.Mutex
	found   map[Version]*VersionFacts
	replies []seen // every acceptance, in the order of its question
	tested  map[Class]Answer
	unheard []Class // denied, but for the lowest version, where the server broke off
	modern  *modernHandshake
	others  []*modernHandshake // with certificates of other kinds of key
	bare    bool               // TLS 1.3: asking for stapling made the server break off
	keys    bool               // other kinds of key than those seen were asked for, and refused
	hangs   bool               // the server hangs up where others refuse
	implied bool               // TLS 1.0 was denied by the refusal of TLS 1.1, and not asked for in that shape
	asked   bool               // the second shape was
	shapes  map[Version]reply  // what was said to the second shape

	ssl2Certificate []byte
}

// seen is an acceptance and the question it answers.
type seen struct {
	order int // of the question, so that the sum does not depend on which answer came first
	asked hello
	reply
}

// Orders of questions: wide hellos of the versions first, then classes, then the rest.
const (
	orderVersion = 0
	orderClass   = 100
	orderDetail  = 200
	orderList    = 1000
)

func (s *scan) keep(order int, h hello, r reply) {
	if !r.accepted() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies = append(s.replies, seen{order, h, r})
}

// hello is the usual one for a version.
func (s *scan) wideHello(v Version, suites []Suite) hello {
	h := hello{version: v, suites: suites, groups: curves()}
	switch v {
	case TLS13:
		h.groups = modernGroups()
	case TLS10, TLS11, SSL3: // the one habit of old versions worth knowing; offering it elsewhere would ask for trouble
		h.compress = true
	}
	return h
}

// versions asks for each version, TLS 1.2 first among the old ones: its answer says what else is worth a question.
func (s *scan) versions() {
	s.found = map[Version]*VersionFacts{}
	s.tested = map[Class]Answer{}
	s.shapes = map[Version]reply{}
	for _, v := range Versions() {
		s.found[v] = &VersionFacts{Version: v}
	}
	newest := func() {
		if s.offered(TLS13); s.wantsHybrid() {
			s.hybrid()
		}
	}
	if s.preface.Name == "" {
		each(func() { s.offered(TLS12); s.older() }, newest, s.ssl2)
		return
	}
	// Whether an older protocol has TLS at all is asked once, alone.
	if s.offered(TLS12); !s.over.Load() {
		each(s.older, newest, s.ssl2)
	}
}

// offered asks for a version, in one question or to the end of its list.
func (s *scan) offered(v Version) {
	if s.options.Suites {
		s.list(v)
	} else {
		s.one(v)
	}
}

// older asks for the versions below TLS 1.2 and, meanwhile, for the classes.
func (s *scan) older() {
	lower := make(chan struct{}) // closed once TLS 1.1 is known
	jobs := []func(){func() {
		s.offered(TLS11)
		close(lower)
		if !s.imply() {
			s.offered(TLS10)
		}
	}, func() { s.offered(SSL3) }}
	if !s.options.Suites {
		jobs = append(jobs, func() { s.askClasses(lower) })
	}
	each(jobs...)
}

// byVersion is the reason of those who refuse a version as such.
const byVersion = "alert 70"

// imply denies TLS 1.0 without a question of its own, where a server that has just accepted TLS 1.2 in the same shape of hello refuses TLS
// 1.1 as a version: whoever has a lower version answers with it instead (RFC 5246 E.1), and one that cannot bear a lower version than its
// own in a hello would not say so. The second shape is then asked in TLS 1.0 instead of TLS 1.1, so that a server with a hole in
// its versions, which knows neither rule, is found all the same.
func (s *scan) imply() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.found[TLS12].Accepted.Yes() || s.found[TLS11].Accepted != no(byVersion) {
		return false
	}
	if lower := s.found[TLS10]; !lower.Accepted.Yes() { // an answer to another question may have shown it meanwhile
		lower.Accepted, s.implied = no(byVersion), true
	}
	return true
}

// one asks whether a version is accepted with any usual suite.
func (s *scan) one(v Version) {
	h, ask := s.wideHello(v, s.sorted.wide), s.ask
	if v == TLS13 {
		h.suites, ask = s.sorted.all[TLS13], s.whole
	}
	r := ask(h)
	s.keep(orderVersion+int(TLS13-v), h, r)
	s.record(v, r)
}

// record notes what an answer to a hello of version v says of v and of the version chosen. It tells whether v is news.
func (s *scan) record(v Version, r reply) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.found[v]
	news = r.accepted() && r.hello.version == v && !f.Accepted.Yes()
	switch {
	case r.accepted() && r.hello.version == v:
		f.Accepted = yes("")
		if !slices.Contains(f.Suites, Named(r.hello.suite)) {
			f.Suites = append(f.Suites, Named(r.hello.suite))
		}
	case f.Accepted.Yes():
	case r.accepted():
		f.Accepted = no("chose " + r.hello.version.String())
		if lower := s.found[r.hello.version]; lower != nil && !lower.Accepted.Yes() {
			lower.Accepted = yes("")
			lower.Suites = append(lower.Suites, Named(r.hello.suite))
		}
	case r.refused():
		f.Accepted = no(r.why())
	default:
		f.Accepted = unknown(r.why())
	}
	return news
}

// speaks tells whether any answer was TLS: an acceptance, or an alert.
func (s *scan) speaks() bool {
	for v, f := range s.found {
		if f.Accepted.Yes() || f.Accepted.No() && v > SSL2 {
			return true
		}
	}
	return false
}

// highest is the highest version accepted up to the limit, 0 for none.
func (s *scan) highest(limit Version) Version {
	var best Version
	for v, f := range s.found {
		if f.Accepted.Yes() && v <= limit {
			best = max(best, v)
		}
	}
	return best
}

// finish puts the facts in order.
func (s *scan) finish() {
	slices.SortStableFunc(s.replies, func(a, b seen) int { return cmp.Compare(a.order, b.order) })
	for _, v := range Versions() {
		f := s.found[v]
		s.facts.Versions = append(s.facts.Versions, *f)
	}
	s.classes()
	s.habits()
	s.parameters()
	s.chains()
}
