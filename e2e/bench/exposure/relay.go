package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"time"
)

// relay listens on every address of this machine and forwards to the same address on another port, each flight half a round trip later
// in each direction, the connection itself a whole one: what a distant server feels like.
func relay(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("delay", flag.ContinueOnError)
	port := flags.Int("port", 9443, "port to listen on")
	to := flags.Int("to", 19443, "port to forward to, on the address that was asked for")
	rtt := flags.Duration("rtt", 40*time.Millisecond, "round trip added")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", *port))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	for {
		client, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		go forward(client, *to, *rtt)
	}
}

func forward(client net.Conn, port int, rtt time.Duration) {
	defer client.Close()
	host, _, err := net.SplitHostPort(client.LocalAddr().String())
	if err != nil {
		return
	}
	// The handshake of TCP on loopback takes no time: its round trip is paid here, before the first flight goes on.
	server, err := net.Dial("tcp4", net.JoinHostPort(host, fmt.Sprint(port)))
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		late(server, client, rtt/2, rtt)
		server.(*net.TCPConn).CloseWrite()
	}()
	late(client, server, rtt/2, 0)
}

type flightOf struct {
	at    time.Time
	bytes []byte
}

// late copies what it reads, each piece after the delay, the first after more.
func late(to io.Writer, from io.Reader, delay, first time.Duration) {
	queue := make(chan flightOf, 1024)
	go func() {
		defer close(queue)
		wait := delay + first
		begin := time.Now()
		for {
			buffer := make([]byte, 32<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				at := time.Now().Add(delay)
				if early := begin.Add(wait); at.Before(early) {
					at = early
				}
				queue <- flightOf{at, buffer[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for f := range queue {
		time.Sleep(time.Until(f.at))
		if _, err := to.Write(f.bytes); err != nil {
			for range queue { // let the reader end
			}
			return
		}
	}
}
