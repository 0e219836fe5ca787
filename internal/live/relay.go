package live

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"hygie/internal/store"
)

// channel is the name of the PostgreSQL notification channel.
const channel = "hygie_live"

// maxWaiting bounds the topics waiting to be told to other nodes; beyond, they
// are dropped: pages elsewhere then learn of the change at their next event.
const maxWaiting = 1024

// Relay carries changes between the hubs of several nodes, through the NOTIFY
// of PostgreSQL. On SQLite there is one node and nothing to carry.
type Relay struct {
	db   *store.DB
	hub  *Hub
	node string
	log  *slog.Logger

	mu      sync.Mutex
	waiting map[string]struct{}
	wake    chan struct{} // capacity 1
}

// NewRelay connects a hub to those of the other nodes, once Run runs.
func NewRelay(db *store.DB, hub *Hub, log *slog.Logger) *Relay {
	r := &Relay{db: db, hub: hub, node: rand.Text(), log: log, waiting: map[string]struct{}{}, wake: make(chan struct{}, 1)}
	if db.Engine() == store.PostgreSQL {
		hub.mu.Lock()
		hub.relay = r.send
		hub.mu.Unlock()
	}
	return r
}

func (r *Relay) send(topic string) {
	r.mu.Lock()
	if len(r.waiting) < maxWaiting {
		r.waiting[topic] = struct{}{}
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run carries until ctx ends, and connects again when the line drops.
func (r *Relay) Run(ctx context.Context) error {
	if r.db.Engine() != store.PostgreSQL {
		<-ctx.Done()
		return nil
	}
	var both sync.WaitGroup
	both.Go(func() {
		for ctx.Err() == nil {
			if err := r.listen(ctx); err != nil && ctx.Err() == nil {
				r.log.Warn("changes of other nodes are not heard; trying again", "error", err)
			}
			pause(ctx, time.Second)
		}
	})
	both.Go(func() {
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-r.wake:
				if err := r.publish(ctx); err != nil && ctx.Err() == nil {
					r.log.Warn("changes could not be told to other nodes", "error", err)
				}
			}
		}
	})
	both.Wait()
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// listen hears until the line drops. It has a connection of its own, since one
// that waits can do nothing else.
func (r *Relay) listen(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, r.db.URL())
	if err != nil {
		return fmt.Errorf("listen to other nodes: %w", err)
	}
	defer func() {
		closing, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return fmt.Errorf("listen to other nodes: %w", err)
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen to other nodes: %w", err)
		}
		node, topic, ok := strings.Cut(n.Payload, " ")
		if ok && node != r.node && ValidTopic(topic) {
			r.hub.bumpHere(topic)
		}
	}
}

// publish tells what is waiting, in one transaction.
func (r *Relay) publish(ctx context.Context) error {
	r.mu.Lock()
	topics := r.waiting
	r.waiting = map[string]struct{}{}
	r.mu.Unlock()
	return r.db.Update(ctx, func(tx *store.Tx) error {
		for topic := range topics {
			rows, err := tx.Query(ctx, `select pg_notify($1, $2)`, channel, r.node+" "+topic)
			if err != nil {
				return err
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	})
}
