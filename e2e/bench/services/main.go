// Command services measures the search for open ports and the recognition of what listens, on addresses of this machine, beside the
// reference tool that scripts/bench-services.sh runs.
//
//	services ports ADDRESS… < LIST       which of the ports listed on standard input are open
//	services identify ADDRESS… < LIST    the same, and what listens on each, told as soon as it is found
//
// Both are without courtesy: the limits of an audit would be what is measured.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
	"hygie/exposure/reach"
	"hygie/exposure/service"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "services:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) < 2 || args[0] != "ports" && args[0] != "identify" {
		return fmt.Errorf("usage: services ports|identify ADDRESS… < LIST")
	}
	var targets []perimeter.Target
	for _, arg := range args[1:] {
		a, err := netip.ParseAddr(arg)
		if err != nil {
			return err
		}
		t, err := perimeter.Loopback("", netip.AddrPortFrom(a, 1), 0)
		if err != nil {
			return err
		}
		targets = append(targets, t)
	}
	list, err := read(in)
	if err != nil {
		return err
	}
	dialer := reach.New(reach.Limits{PerAddress: 64, PerSecond: 1e6, PerNetwork: 1e6, Total: 1024})
	var o ports.Options
	seen := &seen{dialer: dialer}
	if args[0] == "identify" {
		o.Found = func(at netip.AddrPort) { seen.look(ctx, at) }
	}
	begin := time.Now()
	hosts, err := ports.Scan(ctx, dialer, targets, list, o)
	if err != nil {
		return err
	}
	scanned := time.Since(begin)
	seen.all.Wait()
	took := time.Since(begin)
	open := 0
	for _, h := range hosts {
		open += len(h.Open)
	}
	slices.Sort(seen.lines)
	for _, line := range seen.lines {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintf(os.Stderr, "%d addresses, %d ports, %d open; ports %v, all %v, %d connections\n", len(hosts), len(list), open,
		scanned.Round(time.Millisecond), took.Round(time.Millisecond), dialer.Opened())
	return nil
}

// read reads one port a line.
func read(in io.Reader) ([]ports.Port, error) {
	var list []ports.Port
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		n, err := strconv.ParseUint(lines.Text(), 10, 16)
		if err != nil {
			return nil, fmt.Errorf("list of ports: %w", err)
		}
		list = append(list, ports.Port{Number: uint16(n), Transport: "tcp", Stage: ports.First})
	}
	return list, lines.Err()
}

// seen collects what listens.
type seen struct {
	dialer *reach.Dialer
	all    sync.WaitGroup
	mu     sync.Mutex
	lines  []string
}

func (s *seen) look(ctx context.Context, at netip.AddrPort) {
	s.all.Go(func() {
		t, err := perimeter.Loopback("", at, 0)
		if err != nil {
			return
		}
		f, err := service.Probe(ctx, s.dialer, t, service.Options{})
		line := fmt.Sprintf("%s %s %s %s", at, f.Protocol, f.Product, f.Version)
		if err != nil {
			line = fmt.Sprintf("%s %s", at, reach.Why(err))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lines = append(s.lines, line)
	})
}
