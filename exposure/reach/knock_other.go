//go:build !linux

package reach

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// connect opens a TCP connection and cuts it at once.
func connect(ctx context.Context, at netip.AddrPort, wait time.Duration) error {
	conn, err := (&net.Dialer{Timeout: wait, KeepAlive: -1}).DialContext(ctx, "tcp", at.String())
	if err != nil {
		return err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // a thousand knocks must not leave a thousand sockets waiting for their end
	}
	return conn.Close()
}
