// Command hygie is the platform and its tools; see internal/app.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"hygie/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, os.Args[1:], app.Machine())
	stop()
	os.Exit(code)
}
