package kerberos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/types"
)

// A cachedTicket is one entry of a ticket cache.
type cachedTicket struct {
	client  types.PrincipalName
	service string // "krbtgt/REALM", "ldap/host"
	realm   string // of the service
	key     types.EncryptionKey
	until   time.Time
	raw     []byte
}

// A cacheReader reads the fields of a ticket cache, big-endian; after the first fault it returns zero values.
type cacheReader struct {
	data []byte
	at   int
	err  error
}

func (r *cacheReader) take(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.data)-r.at) {
		r.err = fmt.Errorf("ticket cache cut short or damaged at byte %d", r.at)
	}
	if r.err != nil {
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

func (r *cacheReader) u16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *cacheReader) u32() int {
	if b := r.take(4); b != nil {
		return int(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *cacheReader) blob() []byte { return r.take(r.u32()) }

func (r *cacheReader) principal() (name types.PrincipalName, realm string) {
	name.NameType = int32(r.u32())
	count := r.u32()
	realm = string(r.blob())
	for range count {
		part := r.blob()
		if r.err != nil { // a count that lies ends here, at the end of the data
			break
		}
		name.NameString = append(name.NameString, string(part))
	}
	return name, realm
}

// pairs skips a list of addresses or of authorisation data.
func (r *cacheReader) pairs() {
	for range r.u32() {
		r.u16()
		r.blob()
		if r.err != nil {
			return
		}
	}
}

// readCache decodes a ticket cache file of version 3 or 4, the only ones in use
// (https://web.mit.edu/kerberos/krb5-latest/doc/formats/ccache_file_format.html).
func readCache(data []byte) ([]cachedTicket, error) {
	r := &cacheReader{data: data}
	version := r.u16()
	switch {
	case r.err != nil:
		return nil, r.err
	case version != 0x0503 && version != 0x0504:
		return nil, errors.New("not a ticket cache of version 3 or 4")
	case version == 0x0504:
		r.take(r.u16()) // header fields
	}
	r.principal()
	var tickets []cachedTicket
	for r.err == nil && r.at < len(r.data) {
		var t cachedTicket
		var name types.PrincipalName
		t.client, _ = r.principal()
		name, t.realm = r.principal()
		t.service = strings.Join(name.NameString, "/")
		t.key.KeyType = int32(r.u16())
		if version == 0x0503 {
			r.u16() // written twice in that version
		}
		t.key.KeyValue = r.blob()
		r.take(8) // authentication and start
		t.until = time.Unix(int64(r.u32()), 0)
		r.take(4 + 1 + 4) // renewal, whether another session key is used, flags
		r.pairs()
		r.pairs()
		t.raw = r.blob()
		r.blob()
		tickets = append(tickets, t)
	}
	return tickets, r.err
}

// FromCache finds, in a ticket cache, a ticket for the service or else the ticket-granting ticket of the realm (MIT Kerberos, credential cache file
// format).
func FromCache(data []byte, realm, service string, now time.Time) (t *Ticket, isService bool, err error) {
	tickets, err := readCache(data)
	if err != nil {
		return nil, false, err
	}
	var expired time.Time
	for _, wanted := range []string{service, "krbtgt/" + realm} {
		for _, c := range tickets {
			if !strings.EqualFold(c.service, wanted) || !strings.EqualFold(c.realm, realm) {
				continue
			}
			if !c.until.After(now) {
				expired = c.until
				continue
			}
			t := &Ticket{realm: realm, client: c.client, key: c.key}
			if err := guarded("cached ticket", func() error { return t.ticket.Unmarshal(c.raw) }); err != nil {
				return nil, false, err
			}
			return t, wanted == service, nil
		}
	}
	if !expired.IsZero() {
		return nil, false, fmt.Errorf("the ticket expired on %s", expired.UTC().Format(time.RFC3339))
	}
	return nil, false, fmt.Errorf("no ticket of realm %s in the ticket cache", realm)
}
