package reach

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
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
	mu.Lock()
	defer mu.Unlock()
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
	if took := time.Since(begin); took > 8*time.Second { // the exchange would end after ten
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
	d := New(Limits{})
	var left []string
	d.Log = func(transport string, t perimeter.Target) { left = append(left, transport+" "+t.Address().String()) }
	for range 2 * enough {
		if _, err := d.Dial(t.Context(), target); Why(err) != Refused {
			t.Errorf("got %q (%v), want refused", Why(err), err)
		}
	}
	if len(left) != enough || left[0] != "tcp "+at.String() || d.Opened() != enough {
		t.Errorf("a port that refuses was asked %d times (%v), want %d", d.Opened(), left, enough)
	}
}

// A port that takes a connection again is asked as before.
func TestRefusalsInARow(t *testing.T) {
	var r refusals
	at := netip.MustParseAddrPort("192.0.2.1:443")
	refused := errors.New("refused")
	for _, err := range []error{refused, refused, nil, refused, refused} {
		r.note(at, err)
	}
	if err := r.over(at); err != nil {
		t.Errorf("two refusals after an answer: %v", err)
	}
	r.note(at, refused)
	if err := r.over(at); err != refused {
		t.Errorf("three refusals in a row: %v", err)
	}
	if err := r.over(netip.MustParseAddrPort("192.0.2.1:80")); err != nil {
		t.Errorf("another port: %v", err)
	}
}

func TestOnlyThisMachineNeedsNoProof(t *testing.T) {
	if _, err := perimeter.Loopback("", netip.MustParseAddrPort("192.0.2.1:443"), 0); err == nil {
		t.Error("an address of elsewhere was accepted without proof")
	}
}

func TestKnock(t *testing.T) {
	heard := make(chan int, 1)
	target := listen(t, func(c net.Conn) {
		n, _ := c.Read(make([]byte, 1))
		heard <- n
	})
	d := New(Limits{})
	if _, err := d.Knock(t.Context(), target, 0); err != nil {
		t.Fatal(err)
	}
	if n := <-heard; n != 0 {
		t.Errorf("a knock said %d bytes", n)
	}
	if d.Opened() != 1 {
		t.Errorf("%d connections counted", d.Opened())
	}
	for _, address := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		if err != nil {
			continue // no IPv6 here
		}
		at := l.Addr().(*net.TCPAddr).AddrPort()
		open, _ := perimeter.Loopback("", at, 0)
		if _, err := d.Knock(t.Context(), open, 0); err != nil {
			t.Errorf("open %s: %v", at, err)
		}
		l.Close()
		if _, err := d.Knock(t.Context(), open, 0); Why(err) != Refused {
			t.Errorf("closed %s: %q (%v)", at, Why(err), err)
		}
	}
}

// A listener whose queue is full is as silent as a filter: the wait ends it, and so does stopping.
func TestKnockOnSilence(t *testing.T) {
	target := full(t)
	d := New(Limits{PerAddress: 64, PerSecond: 10000, PerNetwork: 10000, Connect: 30 * time.Second})
	begin := time.Now()
	_, err := d.Knock(t.Context(), target, 50*time.Millisecond)
	if Why(err) != Silent {
		t.Errorf("got %q (%v), want silent", Why(err), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := d.Knock(ctx, target, 0); err == nil {
		t.Error("a stopped knock found an answer")
	}
	if took := time.Since(begin); took > 15*time.Second {
		t.Errorf("took %v", took)
	}
}

// full is a listener that accepts nobody, with its queue full.
func full(t *testing.T) perimeter.Target {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(name.(*syscall.SockaddrInet4).Port))
	for range 4 {
		c, err := net.DialTimeout("tcp", at.String(), 100*time.Millisecond)
		if err != nil {
			break
		}
		t.Cleanup(func() { c.Close() })
	}
	target, err := perimeter.Loopback("", at, 0)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// TFTP's answers come from another port; those of another address do not count.
func TestExchangeFree(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		b := make([]byte, 100)
		_, from, err := l.ReadFrom(b)
		if err != nil {
			return
		}
		for _, address := range []string{"127.0.0.2:0", "127.0.0.1:0"} {
			if c, err := net.ListenPacket("udp", address); err == nil {
				c.WriteTo([]byte(address), from)
				c.Close()
			}
		}
	}()
	target, _ := perimeter.Loopback("", l.LocalAddr().(*net.UDPAddr).AddrPort(), 0)
	answers, err := New(Limits{Connect: 500 * time.Millisecond}).ExchangeFree(t.Context(), target, []byte("?"), 1)
	if err != nil || len(answers) != 1 || string(answers[0]) != "127.0.0.1:0" {
		t.Errorf("%q, %v", answers, err)
	}
}

// A network with a low rate does not hold the places that others could use.
func TestOneNetworkDoesNotStarveOthers(t *testing.T) {
	d := New(Limits{Total: 4, PerAddress: 8, PerSecond: 10000, PerNetwork: 1})
	knock := func(ctx context.Context, address string) {
		target, err := perimeter.Loopback("", netip.AddrPortFrom(netip.MustParseAddr(address), 9), 0)
		if err != nil {
			t.Error(err)
			return
		}
		d.Knock(ctx, target, 0)
	}
	ctx, stop := context.WithCancel(t.Context())
	var slow sync.WaitGroup
	for range 20 { // they wait for the rate of their network: 20 s in all
		slow.Go(func() { knock(ctx, "127.0.1.1") })
	}
	time.Sleep(50 * time.Millisecond)
	begin := time.Now()
	knock(t.Context(), "127.0.2.1")
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("another network waited %v", took)
	}
	stop()
	slow.Wait()
}

func TestTargetThatLeadsNowhere(t *testing.T) {
	d := New(Limits{})
	var nowhere perimeter.Target
	_, dial := d.Dial(t.Context(), nowhere)
	_, knock := d.Knock(t.Context(), nowhere, 0)
	_, once := d.Exchange(t.Context(), nowhere, []byte{0}, 1)
	_, free := d.ExchangeFree(t.Context(), nowhere, []byte{0}, 1)
	for _, err := range []error{dial, knock, once, free} {
		if !errors.Is(err, ErrNotAllowed) {
			t.Errorf("got %v", err)
		}
	}
	if d.Opened() != 0 {
		t.Errorf("%d connections were opened", d.Opened())
	}
}
