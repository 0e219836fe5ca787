package app

import (
	"net/url"
	"time"

	"hygie/internal/locale"
	"hygie/internal/notice"
	"hygie/internal/notice/hook"
)

// notices makes what tells people by mail. The demonstration sends none: its people are invented.
func (p *Platform) notices(catalogue *locale.Catalogue, zone *time.Location, now func() time.Time) (*notice.Service, error) {
	o := notice.Options{DB: p.DB, People: p.People, Catalogue: catalogue, Server: p.Config.Mail.Server, From: p.Config.Mail.From, Address: p.Config.Address(), Zone: zone, Calls: p.Calls, Now: now, Log: p.log}
	if p.Config.Mail.Server == "" || p.Config.Demo {
		return notice.New(o), nil
	}
	password, err := p.Config.Mail.Password()
	if err != nil {
		return nil, err
	}
	hello := ""
	if u, err := url.Parse(o.Address); err == nil {
		hello = u.Hostname()
	}
	o.Sender = notice.SMTP{Server: o.Server, From: o.From, User: p.Config.Mail.User, Password: password, Security: notice.Security(p.Config.Mail.Security), Hello: hello}
	return notice.New(o), nil
}

// hooks makes what tells other programs.
func (p *Platform) hooks(secret secrets, zone *time.Location, now func() time.Time) (*hook.Service, error) {
	key, err := secret.folder.Secret("webhooks")
	if err != nil {
		return nil, err
	}
	return hook.New(hook.Options{DB: p.DB, People: p.People, Trail: p.Trail, Shelf: p.Shelf, Key: key, Address: p.Config.Address(), Version: Version, Zone: zone, Now: now, Log: p.log,
		Private: p.Config.Webhooks.AllowPrivate})
}
