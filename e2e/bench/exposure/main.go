// Command exposure measures the TLS probe against servers of this machine, beside the reference tools that scripts/bench-exposure.sh
// runs in the same session.
//
//	exposure tls [-preface smtp] [-name HOST] [-full] [-runs N] [-headers] ADDRESS:PORT      one server; with -runs, only times
//	exposure scale [-n N] [-at ADDRESS] [-port PORT] [-workers N] [-full] [-headers]         N addresses of one server
//	exposure delay -port PORT -to ADDRESS:PORT -rtt 40ms                                     a relay that adds a round trip
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"hygie/exposure"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/tlsscan"
	"hygie/exposure/tlsscan/preface"
	"hygie/exposure/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("tls, scale or delay?")
	}
	switch args[0] {
	case "tls":
		return one(ctx, args[1:])
	case "scale":
		return many(ctx, args[1:])
	case "delay":
		return relay(ctx, args[1:])
	}
	return fmt.Errorf("%q: tls, scale or delay?", args[0])
}

// unbounded lifts the courtesy limits: the servers are ours, and time is what is measured. Four connections at once stay the most.
func unbounded() *reach.Dialer {
	return reach.New(reach.Limits{PerAddress: 4, PerSecond: 1e6, PerNetwork: 1e6, Total: 1024})
}

func one(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("tls", flag.ContinueOnError)
	name := flags.String("name", "", "server name asked for")
	before := flags.String("preface", "", "protocol before TLS")
	full := flags.Bool("full", false, "every suite of every version")
	groups := flags.Bool("groups", false, "every group")
	flaws := flags.Bool("flaws", false, "known flaws")
	runs := flags.Int("runs", 0, "repeat, and print times only")
	headers := flags.Bool("headers", false, "with -runs: the headers of the front page as well")
	if err := flags.Parse(args); err != nil {
		return err
	}
	at, err := netip.ParseAddrPort(flags.Arg(0))
	if err != nil {
		return err
	}
	options := tlsscan.Options{Suites: *full, Groups: *groups}
	if options.Preface, err = preface.ByName(*before); err != nil {
		return err
	}
	var class perimeter.Class
	if *flaws {
		class = perimeter.KnownFlaws
	}
	target, err := perimeter.Loopback(*name, at, class)
	if err != nil {
		return err
	}
	if *runs == 0 {
		dialer := unbounded()
		facts, err := tlsscan.Probe(ctx, dialer, target, options)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, dialer.Opened(), "connections")
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(facts)
	}
	var times []time.Duration
	var opened int64
	for range *runs {
		dialer, begin := unbounded(), time.Now()
		if _, err := look(ctx, dialer, target, options, *headers); err != nil {
			return err
		}
		times = append(times, time.Since(begin))
		opened = dialer.Opened()
	}
	slices.Sort(times)
	fmt.Printf("%.2f ms, %d connections\n", times[len(times)/2].Seconds()*1000, opened)
	return nil
}

func many(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	n := flags.Int("n", 1000, "servers")
	first := flags.String("at", "127.20.0.1", "first address; the others follow it, 250 to a network")
	port := flags.Int("port", 19443, "port")
	workers := flags.Int("workers", 64, "servers at once")
	full := flags.Bool("full", false, "every suite of every version")
	headers := flags.Bool("headers", false, "the headers of the front page as well, at the same time as in an audit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	base, err := netip.ParseAddr(*first)
	if err != nil || !base.Is4() {
		return fmt.Errorf("first address %q", *first)
	}
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" { // as the command has it
		limit, collecting := exposure.Spare(*n)
		debug.SetGCPercent(collecting)
		debug.SetMemoryLimit(limit)
	}
	dialer, begin := unbounded(), time.Now()
	options := tlsscan.Options{Suites: *full, Chains: new(tlsscan.Chains)} // one memory of chains, as in an audit
	queue := make(chan int)
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	kept := make([]tlsscan.Facts, *n)
	for range *workers {
		all.Go(func() {
			for i := range queue {
				b := base.As4()
				b[2], b[3] = b[2]+byte(i/250), b[3]+byte(i%250)
				target, err := perimeter.Loopback("", netip.AddrPortFrom(netip.AddrFrom4(b), uint16(*port)), 0)
				if err == nil {
					kept[i], err = look(ctx, dialer, target, options, *headers)
				}
				if err != nil {
					mu.Lock()
					failed = errors.Join(failed, fmt.Errorf("%s: %w", target, err))
					mu.Unlock()
				}
			}
		})
	}
	for i := range *n {
		queue <- i
	}
	close(queue)
	all.Wait()
	if failed != nil {
		return failed
	}
	took := time.Since(begin)
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return err
	}
	cpu := time.Duration(use.Utime.Nano() + use.Stime.Nano())
	fmt.Printf("%d servers: %.2f s, %.0f servers a second, %.2f s of processor, %.1f connections each, %d MiB at most\n",
		*n, took.Seconds(), float64(*n)/took.Seconds(), cpu.Seconds(), float64(dialer.Opened())/float64(*n), use.Maxrss/1024)
	return nil
}

// look probes one server and, if wanted, reads its headers meanwhile.
func look(ctx context.Context, dialer *reach.Dialer, target perimeter.Target, o tlsscan.Options, headers bool) (facts tlsscan.Facts, err error) {
	var page error
	var both sync.WaitGroup
	if headers {
		both.Go(func() {
			client := web.NewClient(dialer, target, web.HTTPS)
			defer client.Close()
			_, page = client.Get(ctx, "/", 1<<16)
		})
	}
	facts, err = tlsscan.Probe(ctx, dialer, target, o)
	both.Wait()
	return facts, errors.Join(err, page)
}
