package live

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// writeTimeout is how long a page may take to accept one write.
const writeTimeout = 10 * time.Second

// Handler serves the streams: GET with one or more "topic" parameters, or one
// with topics separated by commas. It answers
// 400 to topics that cannot be, 403 when allow refuses one of them, 503 when too many streams are open.
//
// Allow is asked once for each topic and stream; a stream ends after
// Options.Life, so that a right taken away takes effect.
func (h *Hub) Handler(allow func(r *http.Request, topic string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		topics, err := h.topics(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, t := range topics {
			if !allow(r, t) {
				http.Error(w, "this topic is not for you", http.StatusForbidden)
				return
			}
		}
		s := h.follow(topics)
		if s == nil {
			w.Header().Set("Retry-After", "30")
			http.Error(w, "too many open streams", http.StatusServiceUnavailable)
			return
		}
		defer h.leave(s)
		h.serve(w, r, s)
	})
}

func (h *Hub) topics(r *http.Request) ([]string, error) {
	var topics []string
	for _, v := range r.URL.Query()["topic"] {
		topics = append(topics, strings.Split(v, ",")...)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	if len(topics) == 0 || len(topics) > h.o.Topics {
		return nil, errors.New("no topic, or too many")
	}
	if slices.ContainsFunc(topics, func(t string) bool { return !ValidTopic(t) }) {
		return nil, errors.New("not the name of a topic")
	}
	return topics, nil
}

// serve writes events until the page leaves, the hub closes or the life ends.
func (h *Hub) serve(w http.ResponseWriter, r *http.Request, s *stream) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a reverse proxy must not collect events
	out := http.NewResponseController(w)
	write := func(text string) bool {
		// The deadline of the whole answer, which servers set, must not end a
		// stream. Writers without deadlines, as in tests, are fine.
		if err := out.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return false
		}
		_, err := w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	beat, life := time.NewTicker(h.o.Beat), time.NewTimer(h.o.Life)
	defer beat.Stop()
	defer life.Stop()
	for alive := write("retry: 3000\n\n"); alive; {
		select {
		case <-r.Context().Done():
			return
		case <-s.end:
			return
		case <-life.C:
			return
		case <-beat.C:
			alive = write(": beat\n\n")
		case <-s.wake:
			alive = write(strings.Join(h.take(s), ""))
		}
	}
}
