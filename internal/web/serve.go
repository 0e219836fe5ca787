package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Serve answers on the listener until ctx ends, then stops taking requests and lets those under way finish, for at most
// drain. closing, when not nil, is called as the stop begins, to end streams that would otherwise stay open. Serve closes
// the listener. The error is nil after a stop that was asked for and left nothing cut.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger, drain time.Duration, closing func()) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if closing != nil {
		server.RegisterOnShutdown(closing)
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := server.Shutdown(limit)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop serving %s: requests were cut: %w", listener.Addr(), err), server.Close())
	}
	<-failed // http.ErrServerClosed: the goroutine above has ended
	return err
}
