package tlsscan

import (
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/exposure/reach"
)

// Names of the known flaws.
const (
	Heartbleed  = "heartbleed"  // CVE-2014-0160: memory given away
	EarlyCipher = "ccs"         // CVE-2014-0224: keys agreed before they are exchanged
	Robot       = "robot"       // an oracle on the padding of RSA (Bleichenbacher 1998, ROBOT 2017)
	Ticketbleed = "ticketbleed" // CVE-2016-9244: a session identifier completed with memory
	Drown       = "drown"       // CVE-2016-0800: SSL 2.0 with a key that TLS uses
)

// flawConnections is how many connections the known flaws may cost on top.
const flawConnections = 40

// flaws looks at the behaviour of known flaws. Each trial is bounded: at most one byte beyond what the server should give comes back,
// and it is neither looked at nor kept. What shows in the versions already costs nothing.
func (s *scan) flaws() []Flaw {
	s.left.Add(flawConnections)
	list := []Flaw{{Name: Heartbleed}, {Name: EarlyCipher}, {Name: Robot}, {Name: Ticketbleed}, {Name: Drown, Present: s.facts.Version(SSL2).Accepted}}
	if list[4].Present.Yes() {
		list[4].Seen = "SERVER-HELLO 0x0002"
	}
	legacy := s.highest(TLS12)
	if legacy <= SSL2 {
		for i := range list[:4] {
			list[i].Present = no("no version below TLS 1.3")
		}
		return list
	}
	each(
		func() { list[0].Present, list[0].Seen = s.heartbleed(legacy) },
		func() { list[1].Present, list[1].Seen = s.earlyCipher(legacy) },
		func() { list[2].Present, list[2].Seen = s.robot(legacy) },
		func() { list[3].Present, list[3].Seen = s.ticketbleed(legacy) },
	)
	return list
}

// afterFlight sends a hello, reads the server's whole flight, and lets talk go on with the same connection.
func (s *scan) afterFlight(h hello, talk func(*reach.Conn, *conversation, *serverHello, *flight) error) error {
	h.name = s.name
	record, err := h.record()
	if err != nil {
		return err
	}
	return s.on(func(conn *reach.Conn) error {
		if _, err := conn.Write(record); err != nil {
			return err
		}
		in := s.hears(conn)
		defer s.heard(in)
		c := conversation{r: in}
		hello, err := c.hello()
		if err != nil {
			return err
		}
		if err := h.honest(hello); err != nil {
			return err
		}
		f, err := c.flight(hello.suite)
		if err != nil {
			return err
		}
		return talk(conn, &c, hello, f)
	})
}

// recordOf frames a message by hand.
func recordOf(kind byte, v Version, content ...byte) []byte {
	return append([]byte{kind, byte(v >> 8), byte(v), byte(len(content) >> 8), byte(len(content))}, content...)
}

// heartbleed sends a heartbeat that claims one byte and carries none. A sound server drops it (RFC 6520 4); one with the flaw answers
// with a byte of its memory. The goodbye that follows makes a sound server close instead of keeping silent.
func (s *scan) heartbleed(v Version) (Answer, string) {
	h := s.wideHello(v, s.sorted.wide)
	h.compress, h.heartbeat = false, true
	answer, seen := unknown("not_asked"), ""
	err := s.afterFlight(h, func(conn *reach.Conn, c *conversation, hello *serverHello, _ *flight) error {
		if !hello.has(extHeartbeat) {
			answer = no("no heartbeat extension")
			return nil
		}
		lie := recordOf(typeHeartbeat, hello.version, 1, 0, 1)
		if _, err := conn.Write(append(lie, recordOf(typeAlert, hello.version, 1, 0)...)); err != nil {
			return err
		}
		for range 4 {
			kind, content, err := c.readRecord()
			switch {
			case err != nil && reach.Why(err) == reach.Reset:
				answer = no("closed")
				return nil
			case err != nil:
				return err
			case kind == typeHeartbeat:
				answer, seen = yes(""), fmt.Sprintf("HeartbeatResponse of %d bytes to a HeartbeatRequest of 3", len(content))
				return nil
			}
		}
		answer = no("no response")
		return nil
	})
	return concluded(answer, err), seen
}

// concluded is the answer, or why there is none.
func concluded(a Answer, err error) Answer {
	if err != nil {
		return unknown(whyOf(err))
	}
	return a
}

// earlyCipher sends ChangeCipherSpec before any key is exchanged, twice. A sound server protests at the first (unexpected_message); one
// with the flaw takes it, and then fails to decrypt the second (bad_record_mac, decryption_failed).
func (s *scan) earlyCipher(v Version) (Answer, string) {
	answer, seen := unknown("not_asked"), ""
	h := s.wideHello(v, s.sorted.wide)
	h.compress = false
	err := s.afterFlight(h, func(conn *reach.Conn, c *conversation, hello *serverHello, _ *flight) error {
		early := recordOf(typeChangeCipherSpec, hello.version, 1)
		if _, err := conn.Write(append(early, early...)); err != nil {
			return err
		}
		_, _, err := c.next()
		var alert Alert
		switch {
		case errors.As(err, &alert) && (alert == alertBadRecord || alert == alertDecryption):
			answer, seen = yes(""), "ChangeCipherSpec before ClientKeyExchange: "+alert.Error()
		case errors.As(err, &alert):
			answer = no(alert.Error())
		case reach.Why(err) == reach.Reset:
			answer = no("closed")
		case err != nil:
			return err
		}
		return nil
	})
	return concluded(answer, err), seen
}

// reaction reads how a server reacts to the end of a handshake: in one word, the same whenever it does the same.
func reaction(conn *reach.Conn, c *conversation, wait time.Duration) (string, error) {
	if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return "", err
	}
	kind, _, err := c.next()
	var alert Alert
	switch {
	case errors.As(err, &alert):
		// What a server does after its alert tells oracles apart as well: it closes, or waits.
		if _, err := io.CopyN(io.Discard, conn, 1); reach.Why(err) == reach.Silent {
			return alert.Error() + ", open", nil
		}
		return alert.Error(), nil
	case err == nil:
		return fmt.Sprintf("message %d", kind), nil
	case reach.Why(err) == reach.Silent, reach.Why(err) == reach.Reset:
		return string(reach.Why(err)), nil
	}
	return "", err
}
