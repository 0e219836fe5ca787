// Package collect reads a whole Active Directory forest partition by partition, as an ordinary account, without changing
// anything, and hands each object to a [Sink], usually a dump file ([File]).
//
// It reads every partition the server holds: the domain, the configuration, the schema, the DNS zones and whatever else;
// and, of the privileged groups alone, when each member came and went;
// pages of 1,000, security descriptors without their audit list, only the attributes of [Attributes], every value of
// every attribute. The other domains of a forest are read from their own controllers, by other runs; an audit accepts
// several files.
//
// A collection that is partly refused, or whose line drops for good, keeps what it has and says what is missing: a
// verdict that lacks its data is then "not evaluated", never "passed". A partition whose line dropped is read again on a
// new connection, and what had arrived before is not written twice. Only a missing domain partition, a failure to log on
// and a failure to write make the whole collection fail.
package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/ldap"
	"hygie/directory/model"
	"hygie/directory/points/reasons"
)

// A Sink receives what is collected (docs/formats/directory-dump.md). Its errors end the collection.
type Sink interface {
	// Begin comes first, with the source as it is known then and all partitions that will be read.
	Begin(model.Source, []model.Partition) error
	// WriteEntry takes one object; its memory is reused afterwards.
	WriteEntry(model.Entry) error
	// Warn records a sentence for the report; partition names the one that is not whole, "" for none.
	Warn(partition string, said reasons.Reason) error
}

// Options of a collection (docs/decisions/011-own-ldap-client.md).
type Options struct {
	// Connect opens a connection; it is called again after a line drops.
	Connect func(context.Context) (*ldap.Client, error)
	// Tool names the program and its version, for the record.
	Tool string
	// Account is who reads, for the record.
	Account string
	// Language of the warnings kept in the file: "fr", the default, or "en".
	Language string
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Pause waits between two attempts, nil for a timer; it returns early, with an error, when its context ends.
	Pause func(context.Context, time.Duration) error
	// Progress, if set, is told of the number of objects read in a partition: at its start, now and then, and at its end.
	Progress func(partition string, objects int)
	// Page is the number of entries a page, 0 for 1,000.
	Page int
	// Sysvol, if set, opens the share of policies' files once the directory is read; see [OverSMB]. A refusal is a warning.
	Sysvol func(context.Context, ldap.Method, *ldap.RootDSE) (SysvolTree, error)
	// Attempts is how many times in a row a partition may fail without one new object, 0 for 4.
	Attempts int
}

// fill puts the defaults in place.
func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	if o.Progress == nil {
		o.Progress = func(string, int) {}
	}
	o.Attempts = cmp.Or(o.Attempts, 4)
}

// A Partition is the outcome of one naming context (MS-ADTS 3.1.1.1.5).
type Partition struct {
	DN      string
	Kind    model.Kind
	Objects int
	Err     error // why it is not whole, nil when it is
}

// A Summary tells what was collected and how (docs/formats/directory-dump.md, Header).
type Summary struct {
	Source     model.Source // Partial and Warnings say what is missing
	Method     ldap.Method
	Security   ldap.Security
	Attempts   []ldap.Attempt // methods tried in vain before
	Partitions []Partition
	Objects    int
	Files      int // of SYSVOL, folders included
	Policies   int // folders of policies in SYSVOL
	Elapsed    time.Duration
}

// A collection under way.
type collection struct {
	Options
	client *ldap.Client
	method ldap.Method
	root   ldap.RootDSE
	sink   Sink
	entry  model.Entry // reused
}

// Collect reads everything into sink (MS-ADTS 3.1.1.3). The summary is meaningful with an error too.
func Collect(ctx context.Context, o Options, sink Sink) (Summary, error) {
	o.fill()
	started := o.Now()

	client, err := o.Connect(ctx)
	if err != nil {
		return Summary{}, err
	}
	c := &collection{Options: o, client: client, method: client.Method(), root: *client.Root(), sink: sink}
	defer func() { _ = c.client.Close() }()
	s := Summary{
		Source:   model.Source{Tool: o.Tool, Server: c.root.DNSHostName, Account: o.Account, Collected: started.UTC(), Level: "ldap"},
		Method:   client.Method(),
		Security: client.Security(),
		Attempts: client.Attempts(),
	}
	err = c.all(ctx, &s)
	s.Elapsed = o.Now().Sub(started)
	if err != nil {
		return s, err
	}
	for _, p := range s.Partitions {
		if p.Kind == model.Domain && p.Objects == 0 {
			return s, fmt.Errorf("read the domain %s: %w", p.DN, cmp.Or(p.Err, errors.New("the server shows no object of it to this account")))
		}
	}
	return s, nil
}

// all reads the partitions in turn. What it returns ends the collection; the rest is in the summary.
func (c *collection) all(ctx context.Context, s *Summary) error {
	plan := c.plan()
	if err := c.sink.Begin(s.Source, plan); err != nil {
		return &WriteError{err}
	}
	warn := func(partition string, said reasons.Reason) error {
		s.Source.Warnings = append(s.Source.Warnings, said)
		if err := c.sink.Warn(partition, said); err != nil {
			return &WriteError{err}
		}
		return nil
	}
	for _, w := range c.client.Warnings() {
		if err := warn("", warningOf(w)); err != nil {
			return err
		}
	}
	for _, part := range plan {
		done, fatal := c.partition(ctx, part)
		s.Partitions = append(s.Partitions, done)
		s.Objects += done.Objects
		if done.Err != nil {
			s.Source.Partial = true
			if err := warn(part.DN, missing(done)); err != nil {
				return err
			}
		}
		if fatal != nil {
			return fatal
		}
	}
	return c.sysvol(ctx, s, warn)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// plan lists the partitions, the domain first: it matters most if the line drops for good.
func (c *collection) plan() []model.Partition {
	var parts []model.Partition
	for _, dn := range c.root.NamingContexts {
		kind := c.kindOf(dn)
		asked := attributesFor(kind)
		if kind == model.Domain {
			asked = append(asked, changesAttribute)
			slices.Sort(asked)
		}
		parts = append(parts, model.Partition{DN: dn, Kind: kind, DNSName: ldap.DNSName(dn), Attributes: asked})
	}
	rank := map[model.Kind]int{model.Domain: 0, model.Configuration: 1, model.Schema: 2, model.DNSZones: 3, model.Application: 4}
	slices.SortStableFunc(parts, func(a, b model.Partition) int {
		return cmp.Or(cmp.Compare(rank[a.Kind], rank[b.Kind]), strings.Compare(strings.ToLower(a.DN), strings.ToLower(b.DN)))
	})
	return parts
}

func (c *collection) kindOf(dn string) model.Kind {
	lower := strings.ToLower(dn)
	switch {
	case strings.EqualFold(dn, c.root.DefaultContext):
		return model.Domain
	case strings.EqualFold(dn, c.root.Configuration):
		return model.Configuration
	case strings.EqualFold(dn, c.root.Schema):
		return model.Schema
	case strings.HasPrefix(lower, "dc=domaindnszones,"), strings.HasPrefix(lower, "dc=forestdnszones,"):
		return model.DNSZones
	}
	return model.Application
}

// partition reads one naming context, again after each drop. fatal ends the whole collection.
func (c *collection) partition(ctx context.Context, part model.Partition) (done Partition, fatal error) {
	done = Partition{DN: part.DN, Kind: part.Kind}
	r := c.begin(part)
	c.Progress(part.DN, 0)
	failures := 0
	for {
		before := r.objects
		err := c.read(ctx, r)
		done.Objects = r.objects
		if err == nil {
			c.Progress(part.DN, r.objects)
			return done, nil
		}
		if w, ok := errors.AsType[*WriteError](err); ok {
			return done, w
		}
		reason := ldap.ReasonOf(err)
		if ctx.Err() != nil || reason == ldap.Canceled || isLogon(err) {
			return done, err
		}
		if !reason.Temporary() {
			done.Err = err
			return done, c.restore(ctx)
		}
		if r.objects > before {
			failures = 0
		}
		failures++
		if failures >= c.Attempts {
			done.Err = fmt.Errorf("given up after %d attempts: %w", failures, err)
			return done, c.restore(ctx)
		}
		if err := c.Pause(ctx, backoff(failures)); err != nil {
			return done, err
		}
	}
}

// backoff doubles from one second to half a minute.
func backoff(failures int) time.Duration {
	return min(time.Second<<min(failures-1, 5), 30*time.Second)
}

// restore makes sure that the next partition has a connection. Without one the rest cannot be read, which is not fatal:
// each partition then says so itself.
func (c *collection) restore(ctx context.Context) error {
	err := c.reconnect(ctx)
	if isLogon(err) || ctx.Err() != nil {
		return err
	}
	return nil
}

// isLogon says whether trying again to log on could lock the account.
func isLogon(err error) bool {
	r := ldap.ReasonOf(err)
	return r == ldap.WrongPassword || r == ldap.AccountUnusable
}

// reconnect opens a new connection if the present one is dead.
func (c *collection) reconnect(ctx context.Context) error {
	if c.client.Alive() {
		return nil
	}
	client, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	if !strings.EqualFold(client.Root().DefaultContext, c.root.DefaultContext) {
		_ = client.Close()
		return errors.New("the server now answers for another domain")
	}
	c.client = client
	return nil
}

// A WriteError is a failure of the sink: a full disk, mostly (docs/decisions/003-durable-by-default.md). What was read before it is not kept.
type WriteError struct{ Err error }

// Error tells it.
func (e *WriteError) Error() string { return "write what was collected: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }
