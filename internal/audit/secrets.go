package audit

import (
	"sync"
	"time"

	"hygie/directory/ldap"
)

// secretsLife bounds how long credentials wait for their run.
const secretsLife = time.Hour

// secrets keeps the credentials of collections under way, in the memory of this process and nowhere else. They are handed out once:
// a run that starts again after the process died must be asked for them again, and says so.
type secrets struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]secret // by run
}

type secret struct {
	options ldap.Options
	until   time.Time
}

func newSecrets(now func() time.Time) *secrets {
	return &secrets{now: now, kept: map[string]secret{}}
}

// keep holds the credentials of a run, and forgets those that nobody fetched in time.
func (s *secrets) keep(run string, o ldap.Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for id, old := range s.kept {
		if now.After(old.until) {
			delete(s.kept, id)
		}
	}
	s.kept[run] = secret{options: o, until: now.Add(secretsLife)}
	time.AfterFunc(secretsLife, func() { s.forget(run) }) // so that they leave memory though nobody comes
}

// take hands the credentials of a run out and forgets them.
func (s *secrets) take(run string) (ldap.Options, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.kept[run]
	delete(s.kept, run)
	return found.options, ok && !s.now().After(found.until)
}

// forget drops the credentials of a run that will not need them.
func (s *secrets) forget(run string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, run)
}
