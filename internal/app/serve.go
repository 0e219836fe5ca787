package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"hygie/internal/cli"
	"hygie/internal/config"
)

// Serve starts the platform.
type Serve struct {
	Settings
	Listen    string `help:"Address and port to listen on." placeholder:"ADDR"`
	PublicURL string `name:"public-url" help:"Address people type, such as https://hygie.example.fr; passkeys and links depend on it." placeholder:"URL"`
}

// Help shows examples.
func (Serve) Help() string {
	return "hygie serve --data /var/lib/hygie --listen 127.0.0.1:8080 --public-url https://hygie.example.fr\nhygie serve --config /etc/hygie.toml"
}

// Run serves until it is interrupted.
func (o Serve) Run(ctx context.Context, s *cli.Streams) error {
	spend(s)
	c, err := o.load(s)
	if err != nil {
		return err
	}
	if o.Listen != "" {
		c.Server.Listen = o.Listen
	}
	if o.PublicURL != "" {
		c.Server.PublicURL = o.PublicURL
	}
	log := logger(c.Log, s)
	l, err := listenOn(ctx, c)
	if err != nil {
		return err
	}
	release, err := hold(c, s, l)
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	p, err := NewPlatform(ctx, c, log, s.Now)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer p.Close()
	if err := announce(ctx, p, s, log); err != nil {
		return errors.Join(err, l.Close())
	}
	return p.Serve(ctx, l)
}

// listenOn takes the port first: nothing is touched when another instance runs.
func listenOn(ctx context.Context, c config.Config) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Server.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w\n(another program, or hygie itself, may use it; --listen chooses another address)", c.Server.Listen, err)
	}
	return l, nil
}

// announce says where the platform is and, while there is no administrator, how the first one comes in.
func announce(ctx context.Context, p *Platform, s *cli.Streams, log *slog.Logger) error {
	link, err := p.People.FirstAdministratorLink(ctx, p.Config.Address())
	if err != nil {
		return err
	}
	log.Info("hygie is starting", "version", Version, "address", p.Config.Address(), "data", p.Config.Storage.Data, "database", string(p.DB.Engine()))
	if link == "" {
		return nil
	}
	printer, err := printer(s)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Err, "\n%s\n\n  %s\n\n", printer.T("app.first_administrator"), link)
	return err
}
