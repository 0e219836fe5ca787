package web

import (
	"context"
	"strings"
	"sync"
)

// ask is one request of the conversation.
type ask struct {
	path  string
	limit int64
	extra []string
}

// together is how many requests are under way at once, each on a connection of its own that is kept for the next.
const together = 4

// maxFailures in a row and the server is left alone: it is going down, has shut us out, or sends its pages by the drop.
const maxFailures = 3

// questions lists everything that is asked after the front page, each path once.
func questions(list []*known) []ask {
	asks := []ask{{path: "/favicon.ico", limit: pageBytes}}
	seen := map[string]bool{"": true, "/": true, "/favicon.ico": true}
	add := func(path string, limit int64, extra ...string) {
		if !seen[path] {
			seen[path] = true
			asks = append(asks, ask{path, limit, extra})
		}
	}
	for _, path := range impossible {
		add(path, headBytes)
	}
	for _, s := range table {
		for _, path := range s.paths {
			if strings.HasSuffix(path, "/") {
				add(path, folderBytes) // some servers put their style before the list
				continue
			}
			add(path, headBytes, "Range", "bytes=0-8191")
		}
	}
	for _, path := range contactPlaces {
		add(path, 32<<10)
	}
	for _, k := range list {
		add(k.Path, pageBytes)
	}
	return asks
}

// askAll asks everything and returns what was answered, by path. A server that stops answering is asked nothing more.
func (p *probe) askAll(ctx context.Context, asks []ask) map[string]*Answer {
	answers := make(map[string]*Answer, len(asks))
	var mu sync.Mutex
	failures, next := 0, 0
	take := func() (ask, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(asks) || failures >= maxFailures || ctx.Err() != nil {
			return ask{}, false
		}
		next++
		return asks[next-1], true
	}
	var workers sync.WaitGroup
	for range together {
		workers.Go(func() {
			for a, ok := take(); ok; a, ok = take() {
				answer, err := p.client.Get(ctx, a.path, a.limit, a.extra...)
				mu.Lock()
				if err != nil || answer.Slow {
					failures++
				} else {
					failures = 0
				}
				if err == nil {
					answers[a.path] = answer
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return answers
}
