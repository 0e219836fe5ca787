package reach

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"hygie/exposure/perimeter"
)

// listen serves each connection with handle on a loopback port until the test ends.
func listen(t *testing.T, handle func(net.Conn)) perimeter.Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
	target, err := perimeter.Loopback("", l.Addr().(*net.TCPAddr).AddrPort(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestPaceIsNeverExceeded(t *testing.T) {
	var mu sync.Mutex
	var moments []time.Time
	target := listen(t, func(c net.Conn) {
		mu.Lock()
		moments = append(moments, time.Now())
		mu.Unlock()
		c.Close()
	})
	const rate = 40
	d := New(Limits{PerSecond: rate, PerAddress: 8})
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			c, err := d.Dial(t.Context(), target)
			if err != nil {
				t.Error(err)
				return
			}
			io.Copy(io.Discard, c)
			c.Close()
		})
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	// 30 connections at 40 a second cannot end before 29/40 s, whatever the machine does; a slow machine only lengthens it.
	if took := moments[len(moments)-1].Sub(moments[0]); took < 29*time.Second/rate-50*time.Millisecond {
		t.Errorf("30 connections in %v: faster than %d a second", took, rate)
	}
}

func TestPlacesPerAddress(t *testing.T) {
	var mu sync.Mutex
	var now, most int
	target := listen(t, func(c net.Conn) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		io.Copy(io.Discard, c)
		mu.Lock()
		now--
		mu.Unlock()
		c.Close()
	})
	d := New(Limits{PerSecond: 10000, PerNetwork: 10000, PerAddress: 3})
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			c, err := d.Dial(t.Context(), target)
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(20 * time.Millisecond)
			c.Conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
			c.Close()
		})
	}
	all.Wait()
	if most > 3 {
		t.Errorf("%d connections at once, 3 allowed", most)
	}
}

func TestEndlessServerEnds(t *testing.T) {
	target := listen(t, func(c net.Conn) {
		junk := make([]byte, 4096)
		for {
			if _, err := c.Write(junk); err != nil {
				return
			}
		}
	})
	c, err := New(Limits{Bytes: 10000}).Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n, err := io.Copy(io.Discard, c)
	if n != 10000 || !errors.Is(err, ErrTooMuch) {
		t.Errorf("read %d bytes, error %v", n, err)
	}
}

func TestSlowServerEnds(t *testing.T) {
	target := listen(t, func(c net.Conn) { select {} })
	c, err := New(Limits{Exchange: 50 * time.Millisecond}).Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(time.Hour))
	if _, err := c.Read(make([]byte, 1)); Why(err) != Silent {
		t.Errorf("got %q (%v), want silent", Why(err), err)
	}
}

func TestStop(t *testing.T) {
	target := listen(t, func(c net.Conn) { select {} })
	ctx, cancel := context.WithCancel(t.Context())
	c, err := New(Limits{}).Dial(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	time.AfterFunc(20*time.Millisecond, cancel)
	begin := time.Now()
	c.Read(make([]byte, 1))
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

func TestClosedPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	target, _ := perimeter.Loopback("", at, 0)
	if _, err := New(Limits{}).Dial(t.Context(), target); Why(err) != Refused {
		t.Errorf("got %q (%v), want refused", Why(err), err)
	}
}

func TestOnlyThisMachineNeedsNoProof(t *testing.T) {
	if _, err := perimeter.Loopback("", netip.MustParseAddrPort("192.0.2.1:443"), 0); err == nil {
		t.Error("an address of elsewhere was accepted without proof")
	}
}
