package ldap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/ldap/message"
)

const (
	defaultPage = 1000       // the most that Active Directory gives by default (MaxPageSize)
	maxRanged   = 10_000_000 // values of one attribute; beyond it the server does not mean well
)

// A Request asks for entries (RFC 4511 4.5.1).
type Request struct {
	Base        string
	Scope       message.Scope
	Attributes  []string // explicit names; never empty, and never "*": an audit says what it reads
	Descriptors bool     // nTSecurityDescriptor is among them: ask for owner, group and DACL
	Page        int      // entries a page, 0 for 1,000
}

// A Result counts what a search gave (RFC 4511 4.5.2).
type Result struct {
	Entries   int
	Pages     int
	Referrals []string // pointers to other servers; not followed, at most 100 kept
}

// Search reads all pages of a search and calls visit for each entry, in server order, except that entries with ranged
// attributes come at the end of their page, completed. An error of visit stops the search and is returned as it is. The
// other errors are of type *Fault; entries already visited stay valid, so a caller can keep a partial reading.
func (c *Client) Search(ctx context.Context, q Request, visit func(*message.Entry) error) (Result, error) {
	doing := fmt.Sprintf("search %q", q.Base)
	var res Result
	if err := checkAttributes(q.Attributes); err != nil {
		return res, err
	}
	defer c.wire.watch(ctx)()
	size := q.Page
	if size <= 0 {
		size = defaultPage
	}
	var cookie []byte
	for {
		ranged, next, err := c.page(ctx, doing, q, size, cookie, &res, visit)
		if err != nil {
			return res, err
		}
		res.Pages++
		for i := range ranged {
			if err := c.complete(ctx, q, &ranged[i]); err != nil {
				return res, err
			}
			if err := visit(&ranged[i]); err != nil {
				return res, c.stop(err)
			}
			res.Entries++
		}
		if next == nil {
			return res, nil
		}
		cookie = next
	}
}

func checkAttributes(names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("a search must name its attributes")
	}
	for _, n := range names {
		if n == "" || strings.ContainsAny(n, "*+") {
			return fmt.Errorf("attribute %q: attributes are asked for by name only", n)
		}
	}
	return nil
}

// controls of one page.
func (q *Request) controls(size int, cookie []byte) []message.Control {
	list := []message.Control{{OID: message.OIDDomainScope}}
	if q.Scope != message.Base {
		list = append(list, message.Control{OID: message.OIDPaging, Critical: true, Value: message.PagingValue(size, cookie)})
	}
	if q.Descriptors {
		list = append(list, message.Control{OID: message.OIDSDFlags, Critical: true, Value: message.SDFlagsValue(message.OwnerGroupDACL)})
	}
	return list
}

// page runs one page. Entries whose attributes came in ranges are returned, copied, instead of visited.
func (c *Client) page(ctx context.Context, doing string, q Request, size int, cookie []byte, res *Result, visit func(*message.Entry) error) (ranged []message.Entry, next []byte, err error) {
	if err := c.wire.send(ctx, message.OpSearch, message.Search(q.Base, q.Scope, q.Attributes), q.controls(size, cookie)); err != nil {
		return nil, nil, c.wire.fault(ctx, doing, err)
	}
	for {
		m, err := c.wire.receive(ctx)
		if err != nil {
			return nil, nil, c.wire.fault(ctx, doing, err)
		}
		switch m.Op {
		case message.AnswerEntry:
			if err := message.DecodeEntry(m.Body, &c.entry); err != nil {
				return nil, nil, c.wire.fault(ctx, doing, c.wire.fail(err))
			}
			if slices.ContainsFunc(c.entry.Attributes, isRanged) {
				ranged = append(ranged, c.entry.Clone())
				continue
			}
			if err := visit(&c.entry); err != nil {
				return nil, nil, c.stop(err)
			}
			res.Entries++
		case message.AnswerReference:
			for m.Body.More() && len(res.Referrals) < 100 {
				res.Referrals = append(res.Referrals, message.Printable(string(m.Body.Bytes("referral"))))
			}
		case message.AnswerPartial: // nothing we asked for
		case message.AnswerDone:
			r, err := message.DecodeResult(m.Body)
			if err != nil {
				return nil, nil, c.wire.fault(ctx, doing, c.wire.fail(err))
			}
			if f := resultFault(c.wire.server, doing, r); f != nil {
				return nil, nil, f
			}
			next, err := message.DecodePaging(m.Controls)
			if err != nil {
				return nil, nil, c.wire.fault(ctx, doing, c.wire.fail(err))
			}
			return ranged, next, nil
		default:
			err := message.Malform(fmt.Sprintf("answer of kind 0x%02x to a search", m.Op))
			return nil, nil, c.wire.fault(ctx, doing, c.wire.fail(err))
		}
	}
}

// stop ends the connection after the caller's own error: answers still on their way must not be taken for others.
func (c *Client) stop(err error) error {
	_ = c.wire.fail(err)
	return err
}

func isRanged(a message.Attribute) bool { return strings.Contains(strings.ToLower(a.Name), ";range=") }

// complete asks for the missing ranges of an entry until each attribute is whole and bears its plain name.
func (c *Client) complete(ctx context.Context, q Request, e *message.Entry) error {
	doing := fmt.Sprintf("read all values of %q", e.DN)
	protocol := func(format string, args ...any) error {
		return c.wire.fault(ctx, doing, c.wire.fail(message.Malform(fmt.Sprintf(format, args...))))
	}
	var kept []message.Attribute
	for _, a := range e.Attributes {
		if !isRanged(a) {
			// Active Directory announces a ranged attribute a second time, without values.
			if len(a.Values) > 0 {
				kept = append(kept, a)
			}
			continue
		}
		name, first, last, err := message.ParseRange(a.Name)
		if err != nil || first != 0 {
			return protocol("attribute %s does not begin at its first value", message.Printable(a.Name))
		}
		values := a.Values
		for last >= 0 {
			if len(values) != last+1 || len(values) > maxRanged {
				return protocol("%d values where range %s announced %d", len(values), message.Printable(a.Name), last+1)
			}
			part, end, err := c.nextRange(ctx, doing, q, e.DN, name, last+1)
			if err != nil {
				return err
			}
			if end >= 0 && end <= last {
				return protocol("range of %s goes backwards", message.Printable(name))
			}
			values, last = append(values, part...), end
		}
		kept = append(kept, message.Attribute{Name: name, Values: values})
	}
	e.Attributes = kept
	return nil
}

// nextRange reads the values of one attribute from a given one on. end is the number of the last one, -1 if nothing is left.
func (c *Client) nextRange(ctx context.Context, doing string, q Request, dn, name string, from int) (values [][]byte, end int, err error) {
	sub := Request{Base: dn, Scope: message.Base, Attributes: []string{fmt.Sprintf("%s;range=%d-*", name, from)}}
	var res Result
	found := false
	ranged, _, err := c.page(ctx, doing, sub, 0, nil, &res, func(*message.Entry) error { return nil })
	if err != nil {
		return nil, 0, err
	}
	if res.Entries > 0 && len(ranged) == 0 {
		return nil, -1, nil // the group shrank meanwhile: nothing is left from there on
	}
	for _, e := range ranged {
		for _, a := range e.Attributes {
			if !isRanged(a) {
				continue
			}
			attribute, first, last, err := message.ParseRange(a.Name)
			if err != nil || !strings.EqualFold(attribute, name) || first != from || found {
				return nil, 0, c.wire.fault(ctx, doing, c.wire.fail(message.Malform("unexpected range "+message.Printable(a.Name))))
			}
			values, end, found = a.Values, last, true
		}
	}
	if !found {
		return nil, 0, &Fault{Reason: NotFound, Server: c.wire.server, Doing: doing, Detail: "the entry went away while it was read"}
	}
	return values, end, nil
}
