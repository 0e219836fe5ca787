package tlsscan

import (
	"errors"
	"testing"
)

// What a server gave us to give back may be longer than a hello can say: that is told, and does not end the audit.
func TestHelloTooLong(t *testing.T) {
	for _, row := range []struct {
		size int
		want error
	}{{0, nil}, {16 << 10, nil}, {65000, errLongHello}, {65535, errLongHello}} {
		for _, h := range []hello{
			{version: TLS12, suites: sorted().wide, groups: curves(), ticket: make([]byte, row.size)},
			{version: TLS13, suites: sorted().all[TLS13], groups: modernGroups(), cookie: make([]byte, row.size)},
		} {
			if row.size == 65000 { // the cookie alone fits
				h.name = string(make([]byte, 600))
			}
			if _, err := h.record(); !errors.Is(err, row.want) {
				t.Errorf("%d bytes to give back to %v: %v, %v expected", row.size, h.version, err, row.want)
			}
		}
	}
}
