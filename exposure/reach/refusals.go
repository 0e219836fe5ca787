package reach

import (
	"net/netip"
	"sync"
)

// enough is how many connections in a row a port may refuse, or leave without an answer, before nobody asks it again in this audit.
const enough = 3

// refusals counts, for each port, the connections in a row that were not taken. A server that shuts the audit out, or breaks under it, is left
// alone. A cut after the connection is not counted: servers of Windows end a TLS version that they do not speak with nothing else.
type refusals struct {
	mu   sync.Mutex
	list map[netip.AddrPort]refusal
}

type refusal struct {
	count int
	last  error
}

// over gives the last refusal of a port that is not asked any more; nil for others.
func (r *refusals) over(at netip.AddrPort) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seen := r.list[at]; seen.count >= enough {
		return seen.last
	}
	return nil
}

// note counts what became of a connection; nil for one that was taken.
func (r *refusals) note(at netip.AddrPort, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		delete(r.list, at)
		return
	}
	if r.list == nil {
		r.list = map[netip.AddrPort]refusal{}
	}
	r.list[at] = refusal{r.list[at].count + 1, err}
}
