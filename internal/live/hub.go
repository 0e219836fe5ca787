// Package live tells open pages that something changed.
//
// A topic is a word for something that pages show, such as "job/01J…". When it
// changes, its version changes, and every page that follows it gets a
// server-sent event with the topic and the version, never data: the page then
// asks for what it shows over its ordinary, authorised route. Events may be merged or
// lost; the version that a page gets when it connects again tells it whether it
// missed one.
//
//	hub := live.NewHub(live.Options{})
//	mux.Handle("GET /live", hub.Handler(mayFollow))
//	server.RegisterOnShutdown(hub.Close)
//	hub.Bump("job/01J…")
//
// An event looks like this, where the name is the topic:
//
//	event: job/01J…
//	data: 5f3a-42
//
// With several nodes on one PostgreSQL, [Relay] carries topics between them.
package live

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Options of a hub; each has a default.
type Options struct {
	Streams int           // open streams at once; 4,096
	Topics  int           // topics of one stream; 16
	Beat    time.Duration // how often a silent stream shows that it lives; 20 s
	Life    time.Duration // after which a stream ends, and the page asks, and is authorised, again; 15 min
}

// Hub knows topics and who follows them. It is safe for concurrent use.
type Hub struct {
	o     Options
	epoch string // changes with each start, so that old versions never look current

	mu        sync.Mutex
	clock     int64            // counts changes of all topics
	versions  map[string]int64 // clock of the last change
	floor     int64            // highest clock that was forgotten
	streams   map[*stream]struct{}
	followers map[string]map[*stream]struct{} // by topic; of 2,000 seats only those of one establishment hear of its line
	closed    bool
	relay     func(topic string) // carries a change to other nodes; may be nil
}

// stream is one open page. Its pending topics are merged, so that a slow page
// costs no memory.
type stream struct {
	topics  []string
	pending map[string]int64
	wake    chan struct{} // capacity 1
	end     chan struct{} // closed by Hub.Close
}

// maxVersions bounds the topics whose version is remembered.
const maxVersions = 8192

// NewHub gives a hub without followers.
func NewHub(o Options) *Hub {
	if o.Streams <= 0 {
		o.Streams = 4096
	}
	if o.Topics <= 0 {
		o.Topics = 16
	}
	if o.Beat <= 0 {
		o.Beat = 20 * time.Second
	}
	if o.Life <= 0 {
		o.Life = 15 * time.Minute
	}
	epoch := make([]byte, 4)
	rand.Read(epoch) // never fails
	return &Hub{o: o, epoch: hex.EncodeToString(epoch), versions: map[string]int64{}, streams: map[*stream]struct{}{}, followers: map[string]map[*stream]struct{}{}}
}

// Bump says that a topic changed. It never blocks. A topic that is not
// [ValidTopic] is ignored.
func (h *Hub) Bump(topic string) {
	if !ValidTopic(topic) {
		return
	}
	h.bumpHere(topic)
	h.mu.Lock()
	relay := h.relay
	h.mu.Unlock()
	if relay != nil {
		relay(topic)
	}
}

func (h *Hub) bumpHere(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock++
	h.versions[topic] = h.clock
	if len(h.versions) > maxVersions {
		h.forget()
	}
	for s := range h.followers[topic] {
		s.push(topic, h.clock)
	}
}

// forget drops the older half of the versions. What is forgotten has the
// version of the newest of them: a page may refetch once in vain, and never
// misses a change.
func (h *Hub) forget() {
	clocks := slices.Sorted(maps.Values(h.versions))
	h.floor = clocks[len(clocks)/2]
	maps.DeleteFunc(h.versions, func(_ string, v int64) bool { return v <= h.floor })
}

func (s *stream) push(topic string, version int64) {
	s.pending[topic] = version
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Version gives the present version of a topic, to be put into the page that shows it.
func (h *Hub) Version(topic string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.version(h.current(topic))
}

func (h *Hub) current(topic string) int64 {
	if v, ok := h.versions[topic]; ok {
		return v
	}
	return h.floor
}

func (h *Hub) version(clock int64) string { return fmt.Sprintf("%s-%d", h.epoch, clock) }

// Streams tells how many pages are connected.
func (h *Hub) Streams() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.streams)
}

// follow opens a stream, with the present version of each topic pending. It
// gives nil when the hub is full or closed.
func (h *Hub) follow(topics []string) *stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.streams) >= h.o.Streams {
		return nil
	}
	s := &stream{topics: topics, pending: map[string]int64{}, wake: make(chan struct{}, 1), end: make(chan struct{})}
	for _, t := range topics {
		s.push(t, h.current(t))
		if h.followers[t] == nil {
			h.followers[t] = map[*stream]struct{}{}
		}
		h.followers[t][s] = struct{}{}
	}
	h.streams[s] = struct{}{}
	return s
}

func (h *Hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
	for _, t := range s.topics {
		if delete(h.followers[t], s); len(h.followers[t]) == 0 {
			delete(h.followers, t)
		}
	}
}

// take gives what is pending, in the order of topics.
func (h *Hub) take(s *stream) (events []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range slices.Sorted(maps.Keys(s.pending)) {
		events = append(events, fmt.Sprintf("event: %s\ndata: %s\n\n", topic, h.version(s.pending[topic])))
	}
	clear(s.pending)
	return events
}

// Close ends all streams and refuses new ones. It may be called again.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	for s := range h.streams {
		close(s.end)
	}
}

// ValidTopic tells whether a word can name a topic: 1 to 200 of the letters a
// to z, digits, and "/", ".", "_", "-".
func ValidTopic(topic string) bool {
	if topic == "" || len(topic) > 200 {
		return false
	}
	for i := range len(topic) {
		c := topic[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '/' && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
