package collect

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"strings"
	"time"

	"hygie/directory/ldap"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/smb"
	"hygie/directory/sysvol"
)

// A SysvolTree is the share of a server, open (docs/decisions/012-own-smb-client.md).
type SysvolTree interface {
	sysvol.Tree
	Close() error
}

// A SysvolSink also takes what was read of SYSVOL (docs/formats/directory-dump.md, SYSVOL).
type SysvolSink interface {
	WriteSysvol(*sysvol.Share) error
}

// SysvolName is what [Options.Progress] calls SYSVOL (MS-GPOD 2.1.3.2.1.2).
const SysvolName = "SYSVOL"

// reachTime is how long the file service may take to answer: many networks drop what goes to it, without a word.
const reachTime = 15 * time.Second

// OverSMB opens the share of the server that o names, with the account that read it over LDAP and by the same means: a ticket after
// Kerberos, else the password by NTLMv2 (docs/decisions/012-own-smb-client.md). It is for [Options.Sysvol].
func OverSMB(o ldap.Options) func(context.Context, ldap.Method, *ldap.RootDSE) (SysvolTree, error) {
	return func(ctx context.Context, method ldap.Method, root *ldap.RootDSE) (SysvolTree, error) {
		host := o.Server
		if h, _, err := net.SplitHostPort(o.Server); err == nil {
			host = h
		}
		host = strings.Trim(host, "[]")
		name := host
		if net.ParseIP(host) != nil {
			name = cmp.Or(root.DNSHostName, host)
		}
		logon := smb.Kerberos(o, root.Realm)
		if method != ldap.Kerberos {
			if o.Account.Password == "" || strings.Contains(o.Account.User, "=") {
				return nil, errors.New("the file service needs a ticket, or the password and the name of the account")
			}
			logon = smb.NTLM(o.Account.User, o.Account.Password, rand.Reader)
		}
		ctx, stop := context.WithTimeout(ctx, reachTime)
		defer stop()
		c, err := smb.Connect(ctx, smb.Options{Server: host, Name: name, Logon: logon, Dial: smb.Dialer(o.Dial), Timeout: o.Timeout})
		if err != nil {
			return nil, err
		}
		share, err := c.Share(ctx, "SYSVOL")
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return openShare{share, c}, nil
	}
}

type openShare struct {
	*smb.Share
	client *smb.Client
}

func (s openShare) Close() error { return s.client.Close() }

// sysvol reads SYSVOL. That it cannot is a warning, never a failure of the collection; what it returns is fatal.
func (c *collection) sysvol(ctx context.Context, s *Summary, warn func(partition string, said reasons.Reason) error) error {
	sink, ok := c.sink.(SysvolSink)
	if c.Sysvol == nil || !ok {
		return nil
	}
	shares, err := c.readSysvol(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return warn("", reading.Warning("source_sysvol_unread", err))
	}
	for _, share := range shares {
		s.Files += len(share.Files)
		s.Policies += len(share.Policies)
		if err := sink.WriteSysvol(share); err != nil {
			return &WriteError{err}
		}
		if share.Partial {
			told := reasons.Reason{Code: "source_sysvol_cut"}
			if len(share.Warnings) > 0 {
				told.Params = share.Warnings[0].Params
			}
			s.Source.Warnings = append(s.Source.Warnings, told)
		}
	}
	return nil
}

func (c *collection) readSysvol(ctx context.Context) (_ []*sysvol.Share, err error) {
	tree, err := c.Sysvol(ctx, c.method, &c.root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tree.Close() }()
	c.Progress(SysvolName, 0)
	return sysvol.Read(ctx, tree, sysvol.Options{Source: c.root.DNSHostName, Progress: func(n int) { c.Progress(SysvolName, n) }})
}
