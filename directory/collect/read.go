package collect

import (
	"context"
	"strings"

	"hygie/directory/ldap"
	"hygie/directory/ldap/message"
	"hygie/directory/model"
)

// progressStep is how many objects pass between two reports.
const progressStep = 250

// A pass is the state of one partition across connections.
type pass struct {
	part    model.Partition
	asked   map[string]bool       // as asked, and in lower case
	below   []string              // other partitions that lie below this one, lower-case, with their leading comma
	seen    map[[16]byte]struct{} // objectGUID of what was written
	objects int
	request []string // attributes asked of every object
	groups  []string // privileged groups met, whose changes are still to be read
}

func (c *collection) begin(part model.Partition) *pass {
	r := &pass{part: part, asked: map[string]bool{}, seen: map[[16]byte]struct{}{}, request: attributesFor(part.Kind)}
	for _, name := range r.request {
		r.asked[name], r.asked[strings.ToLower(name)] = true, true
	}
	suffix := "," + strings.ToLower(part.DN)
	for _, other := range c.root.NamingContexts {
		if lower := strings.ToLower(other); strings.HasSuffix(lower, suffix) {
			r.below = append(r.below, lower)
		}
	}
	return r
}

// read reads the partition from its start, skipping what a former attempt wrote. A server gives no means to resume a paged
// search on another connection, and no order to rely on.
func (c *collection) read(ctx context.Context, r *pass) error {
	if err := c.reconnect(ctx); err != nil {
		return err
	}
	_, err := c.client.Search(ctx, ldap.Request{
		Base:        r.part.DN,
		Scope:       message.Subtree,
		Attributes:  r.request,
		Descriptors: true,
		Page:        c.Page,
	}, func(e *message.Entry) error { return c.write(r, e) })
	if err != nil {
		return err
	}
	return c.changes(ctx, r)
}

// write passes one entry on, unless it is known already or belongs to another partition.
func (c *collection) write(r *pass, e *message.Entry) error {
	if r.elsewhere(e.DN) {
		return nil
	}
	guid := e.Values("objectGUID")
	known := len(guid) == 1 && len(guid[0]) == 16
	if known {
		if _, seen := r.seen[[16]byte(guid[0])]; seen {
			return nil
		}
	}
	c.entry.DN = e.DN
	c.entry.Attributes = c.entry.Attributes[:0]
	for _, a := range e.Attributes {
		// Whatever a server sends unasked, secrets above all, does not reach the file.
		if len(a.Values) > 0 && r.keeps(a.Name) {
			c.entry.Attributes = append(c.entry.Attributes, model.Attribute{Name: a.Name, Values: a.Values})
		}
	}
	if err := c.sink.WriteEntry(c.entry); err != nil {
		return &WriteError{err}
	}
	if known {
		r.seen[[16]byte(guid[0])] = struct{}{}
	}
	r.notePrivileged(e)
	r.objects++
	if r.objects%progressStep == 0 {
		c.Progress(r.part.DN, r.objects)
	}
	return nil
}

// keeps says whether an attribute was asked for, with or without options such as ";binary".
func (r *pass) keeps(name string) bool {
	if r.asked[name] {
		return true
	}
	name, _, _ = strings.Cut(name, ";")
	return r.asked[strings.ToLower(name)]
}

// elsewhere says whether an entry lies in another partition below this one: some servers do not stop at the border.
func (r *pass) elsewhere(dn string) bool {
	for _, other := range r.below {
		if len(dn) >= len(other) && strings.EqualFold(dn[len(dn)-len(other):], other) && (len(dn) == len(other) || dn[len(dn)-len(other)-1] == ',') {
			return true
		}
	}
	return false
}
