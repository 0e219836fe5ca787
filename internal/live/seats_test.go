package live

import (
	"bufio"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Seats of the benchmark: a region that plays one storyline, or lives one night.
const (
	seats          = 2000
	establishments = 100
)

// TestASeatHearsOfItsOwnAlone checks the index of followers: who follows one main courante is told of that one, also after others have left.
func TestASeatHearsOfItsOwnAlone(t *testing.T) {
	h := NewHub(Options{})
	mine, both, other := h.follow([]string{"logbook/a"}), h.follow([]string{"logbook/a", "logbook/b"}), h.follow([]string{"logbook/b"})
	for _, s := range []*stream{mine, both, other} {
		h.take(s) // what they are told at first
	}
	h.Bump("logbook/a")
	for name, got := range map[string]int{"its own": len(h.take(mine)), "one of two": len(h.take(both)), "another's": 1 - len(h.take(other))} {
		if got != 1 {
			t.Errorf("%s: %d", name, got)
		}
	}
	h.leave(mine)
	h.leave(other)
	h.Bump("logbook/a")
	h.Bump("logbook/b")
	if n := len(h.take(both)); n != 2 || len(mine.pending) != 0 || len(h.followers) != 2 {
		t.Errorf("after others left: %d events, %d topics", n, len(h.followers))
	}
	h.leave(both)
	if len(h.followers) != 0 || h.Streams() != 0 {
		t.Errorf("%d topics and %d streams are left", len(h.followers), h.Streams())
	}
}

// BenchmarkSeats lets 2,000 browsers in 100 establishments follow the main courante of theirs, in the same process, over loopback. An operation is one line in
// each establishment at once; measured is the time from the line to each of the browsers that are told of it.
func BenchmarkSeats(b *testing.B) {
	h, url := serve(b, Options{})
	heard := make(chan time.Duration, seats)
	begun := time.Now()
	var said [establishments]atomic.Int64 // when the line of each was written, since begun
	var ready, readers sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: seats}
	client := &http.Client{Transport: transport}
	for seat := range seats {
		ready.Add(1)
		readers.Go(func() {
			place := seat % establishments
			r, err := client.Get(fmt.Sprintf("%s?topic=logbook/e%d", url, place))
			if err != nil {
				b.Error(err)
				ready.Done()
				return
			}
			defer r.Body.Close() //nolint:errcheck // the stream ended
			first := true
			for lines := bufio.NewScanner(r.Body); lines.Scan(); {
				if !strings.HasPrefix(lines.Text(), "data: ") {
					continue
				}
				if first {
					first = false
					ready.Done()
					continue
				}
				heard <- time.Since(begun) - time.Duration(said[place].Load())
			}
		})
	}
	ready.Wait()
	if b.Failed() {
		return
	}
	var took []time.Duration
	for b.Loop() {
		for place := range establishments {
			said[place].Store(int64(time.Since(begun)))
			h.Bump(fmt.Sprintf("logbook/e%d", place))
		}
		for range seats {
			took = append(took, <-heard)
		}
	}
	b.StopTimer()
	h.Close()
	readers.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
