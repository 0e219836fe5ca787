// Package recent keeps the few values that were used last, so that pages opened one after the other do not read and decode the same file again.
package recent

import (
	"slices"
	"sync"
)

// Cache holds at most Most values by key. The zero value with Most set is ready; it is safe for concurrent use.
type Cache[T any] struct {
	Most int

	mu    sync.Mutex
	known []entry[T] // the last used at the end
}

type entry[T any] struct {
	key   string
	value T
}

// Get gives a value and makes it the last used.
func (c *Cache[T]) Get(key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.known, func(e entry[T]) bool { return e.key == key })
	if i < 0 {
		return value, false
	}
	found := c.known[i]
	c.known = append(slices.Delete(c.known, i, i+1), found)
	return found.value, true
}

// Put keeps a value in place of the one used longest ago.
func (c *Cache[T]) Put(key string, value T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = slices.DeleteFunc(c.known, func(e entry[T]) bool { return e.key == key })
	c.known = append(c.known, entry[T]{key, value})
	if len(c.known) > c.Most {
		c.known = slices.Delete(c.known, 0, len(c.known)-c.Most)
	}
}
