package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Memory keeps objects in memory, for tests. Its zero value is empty.
type Memory struct {
	mu      sync.Mutex
	objects map[string]memoryObject
}

type memoryObject struct {
	content  []byte
	modified time.Time
}

var _ Backend = (*Memory)(nil)

type memoryPending struct {
	bytes.Buffer
	memory *Memory
	done   bool
}

// Create implements [Backend].
func (m *Memory) Create(ctx context.Context) (Pending, error) {
	return &memoryPending{memory: m}, ctx.Err()
}

func (p *memoryPending) Commit(ctx context.Context, name string) error {
	if p.done {
		return errors.New("write evidence: already ended")
	}
	p.done = true
	if err := ctx.Err(); err != nil {
		return err
	}
	if !validName(name) {
		return fmt.Errorf("write evidence: %q is not the name of an object", name)
	}
	p.memory.mu.Lock()
	defer p.memory.mu.Unlock()
	if p.memory.objects == nil {
		p.memory.objects = map[string]memoryObject{}
	}
	p.memory.objects[name] = memoryObject{p.Bytes(), time.Now().UTC()}
	return nil
}

func (p *memoryPending) Abort() { p.done = true }

func (m *Memory) get(ctx context.Context, name string) (memoryObject, error) {
	if err := ctx.Err(); err != nil {
		return memoryObject{}, err
	}
	if !validName(name) {
		return memoryObject{}, fmt.Errorf("%q is not the name of an object", name)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[name]
	if !ok {
		return o, ErrNotFound
	}
	return o, nil
}

// Open implements [Backend].
func (m *Memory) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	o, err := m.get(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	return io.NopCloser(bytes.NewReader(o.content)), nil
}

// Stat implements [Backend].
func (m *Memory) Stat(ctx context.Context, name string) (Object, error) {
	o, err := m.get(ctx, name)
	if err != nil {
		return Object{}, fmt.Errorf("look up evidence: %w", err)
	}
	return Object{Name: name, Size: int64(len(o.content)), Modified: o.modified}, nil
}

// Delete implements [Backend].
func (m *Memory) Delete(ctx context.Context, name string) error {
	if _, err := m.get(ctx, name); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return fmt.Errorf("delete evidence: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, name)
	return nil
}

// Walk implements [Backend].
func (m *Memory) Walk(ctx context.Context, fn func(Object) error) error {
	m.mu.Lock()
	objects := maps.Clone(m.objects)
	m.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		o := objects[name]
		if err := fn(Object{Name: name, Size: int64(len(o.content)), Modified: o.modified}); err != nil {
			return err
		}
	}
	return nil
}
