package audit

import (
	"context"
	"crypto/x509"
	"strings"

	"hygie/directory/ldap"
	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Collection is what the server needs to read a directory itself. The password lives in memory until the run has used it.
type Collection struct {
	Server   string
	User     string
	Password string
	Method   ldap.Method
	Roots    string // PEM certificates to trust for TLS; empty for the system's
}

func (c Collection) options() (ldap.Options, error) {
	var wrong []fault.Field
	add := func(name, key string) { wrong = append(wrong, fault.Field{Name: name, Key: key}) }
	if c.Server == "" || strings.ContainsAny(c.Server, " /@?#") {
		add("server", "audit.server_wrong")
	}
	if c.User == "" {
		add("user", "audit.user_missing")
	}
	if c.Password == "" {
		add("password", "audit.password_missing")
	}
	o := ldap.Options{Server: c.Server, Method: c.Method, Account: ldap.Account{User: c.User, Password: c.Password}}
	if !c.Method.Valid() {
		add("method", "audit.method_unknown")
	}
	if strings.TrimSpace(c.Roots) != "" {
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM([]byte(c.Roots)) {
			add("roots", "audit.roots_unreadable")
		}
	}
	if len(wrong) > 0 {
		return o, fault.Invalid(wrong...)
	}
	return o, nil
}

// Collect starts a run in which the server reads the directory itself, for a structure in scope.
func (s *Service) Collect(ctx context.Context, actor right.Actor, scope territory.Scope, structure string, c Collection) (Run, error) {
	if s.depositsOnly {
		return Run{}, fault.Refused("audit.deposits_only")
	}
	options, err := c.options()
	if err != nil {
		return Run{}, err
	}
	now := s.now()
	run := Run{ID: store.NewID(now), Structure: structure, State: Waiting, Source: Collected, SourceName: c.Server, CreatedAt: now, CreatedBy: actor.Person, CreatedByName: actor.Name}
	s.secrets.keep(run.ID, options) // before the job can begin
	err = s.db.Update(ctx, func(tx *store.Tx) error { return s.start(ctx, tx, actor, scope, &run, jobArgs{Run: run.ID}) })
	if err != nil {
		s.secrets.forget(run.ID)
	}
	return run, err
}
