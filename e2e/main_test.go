package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hygie/internal/app"
)

// TestMain lets the test binary be the command too: scripts and tests of crashes call it under the name "hygie".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hygie": command})
}

// command is what cmd/hygie does.
func command() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, os.Args[1:], app.Machine())
	stop()
	os.Exit(code)
}

// hygie is the command in a process of its own, which ends at the latest with the test.
func hygie(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, args...)
	c.Args[0] = "hygie"
	c.Env = append(os.Environ(), "HYGIE_LANG=fr", "NO_COLOR=1")
	return c
}

// exitCode is the code with which a command ended, -1 when it did not end by itself.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}
