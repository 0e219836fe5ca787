package web

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// handshakeTime bounds a handshake.
const handshakeTime = 5 * time.Second

// plainGroups are the groups that every server with elliptic curves has one of. The share of a hybrid would make the hello longer than one packet, on which
// some appliances hang, and costs as much as all else that a page takes.
var plainGroups = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// secure opens a connection of TLS to a target. Certificates are not judged here: a server with a bad certificate is still looked at. One that takes
// nothing but groups that a quantum computer does not break is asked a second time, with these.
func secure(ctx context.Context, d *reach.Dialer, t perimeter.Target) (net.Conn, error) {
	c := &tls.Config{ServerName: t.Name(), InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: everySuite(), CurvePreferences: plainGroups}
	conn, err := shake(ctx, d, t, c)
	if nothingShared(err) {
		c.CurvePreferences = nil // all that the library has
		return shake(ctx, d, t, c)
	}
	return conn, err
}

// nothingShared tells whether a server shares no group, or no suite, with us (alert 40, RFC 8446 6.2). The library names an alert by its words alone.
func nothingShared(err error) bool {
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error" && alert.Err.Error() == "tls: handshake failure"
}

func shake(ctx context.Context, d *reach.Dialer, t perimeter.Target, c *tls.Config) (net.Conn, error) {
	raw, err := d.Dial(ctx, t)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	conn := tls.Client(raw, c)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}
