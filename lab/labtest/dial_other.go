//go:build !linux

package labtest

import (
	"context"
	"errors"
	"net"
)

// Dial exists on Linux only, as does the lab.
func (c *Controller) Dial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("the lab runs on Linux only")
}
