package dns

import (
	"context"
	"errors"
	"sync"
)

// memo remembers the result of work for each key and lets only one caller do it. What fails because its caller gave up is
// forgotten, so that the next one tries again.
type memo[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*entry[V]
}

type entry[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// maxRemembered bounds the memory of a client; beyond it the memo starts again.
const maxRemembered = 30_000

func (m *memo[K, V]) get(ctx context.Context, key K, work func() (V, error)) (V, error) {
	for {
		e, mine := m.claim(key)
		if mine {
			e.value, e.err = work()
			if e.err != nil && (errors.Is(e.err, context.Canceled) || errors.Is(e.err, context.DeadlineExceeded)) {
				m.forget(key, e)
			}
			close(e.done)
			return e.value, e.err
		}
		select {
		case <-e.done:
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
		if !m.gaveUp(e) || ctx.Err() != nil {
			return e.value, e.err
		}
	}
}

func (m *memo[K, V]) claim(key K) (e *entry[V], mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; e != nil {
		return e, false
	}
	if m.entries == nil || len(m.entries) >= maxRemembered {
		m.entries = map[K]*entry[V]{}
	}
	e = &entry[V]{done: make(chan struct{})}
	m.entries[key] = e
	return e, true
}

func (m *memo[K, V]) forget(key K, e *entry[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries[key] == e {
		delete(m.entries, key)
	}
}

func (m *memo[K, V]) gaveUp(e *entry[V]) bool {
	return e.err != nil && (errors.Is(e.err, context.Canceled) || errors.Is(e.err, context.DeadlineExceeded))
}
