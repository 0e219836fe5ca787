package labtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects to the controller, whatever the host part of address: its name is known to no resolver. The socket is made
// by a thread that has entered the controller's network namespace and ends with it; a socket stays in the namespace it was
// made in.
func (c *Controller) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	type answer struct {
		conn net.Conn
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not serve anything else afterwards
		conn, err := c.dialInside(ctx, network, port)
		done <- answer{conn, err}
	}()
	a := <-done
	return a.conn, a.err
}

func (c *Controller) dialInside(ctx context.Context, network, port string) (conn net.Conn, err error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", c.pid))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter the lab's network: %w", err)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}
