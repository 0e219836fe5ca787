package ldap

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"hygie/directory/ldap/internal/kerberos"
)

// A ServiceContext is a Kerberos context with another service of the server, such as its file shares, established with the same
// account. The bytes of its tokens are those of GSSAPI (RFC 4121 4.1).
type ServiceContext struct{ initiator *kerberos.Initiator }

// Service gets a ticket for a service of a host and makes the first token. The realm is that of the server, as its root tells.
func (o Options) Service(ctx context.Context, service, host, realm string) (*ServiceContext, []byte, error) {
	if err := o.fill(); err != nil {
		return nil, nil, err
	}
	t, err := o.ticketFor(ctx, service+"/"+strings.ToLower(host), cmp.Or(strings.ToUpper(o.Account.Realm), realm))
	if err != nil {
		return nil, nil, err
	}
	s := &ServiceContext{kerberos.NewInitiator(t)}
	token, err := s.initiator.Begin()
	return s, token, err
}

// Finish checks the answer of the service, which proves that it is the one the ticket was for, and gives the key of the session.
func (s *ServiceContext) Finish(token []byte) ([]byte, error) {
	established, err := s.initiator.Finish(token)
	if err != nil {
		return nil, err
	}
	key := established.SessionKey()
	if len(key) < 16 {
		return nil, errors.New("the key of the session is too short")
	}
	return key, nil
}
