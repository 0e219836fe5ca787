// Package cli holds what every command of hygie shares: the streams it talks to, how it ends, its help in French and
// English, shell completions; and the commands that need no running platform.
package cli

import (
	"fmt"
	"io"
	"time"
)

// Streams is the world as a command sees it, so that a test owns all of it.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
	Terminal bool // Err is a terminal: progress may be shown
	Now      func() time.Time
}

// Colour tells whether output may be coloured: on a terminal, unless NO_COLOR is set.
func (s *Streams) Colour() bool { return s.Terminal && s.Env("NO_COLOR") == "" }

// Codes with which a command ends.
const (
	Done     = 0
	Failed   = 1 // the run failed
	Usage    = 2 // wrong usage
	Findings = 3 // the run is done, and its findings reach the limit that was set
)

// Exit is an error that carries the code to end with.
type Exit struct {
	Code int
	Err  error // what to print, or nil when everything was said
}

// Error is the message to print, which may be empty.
func (e Exit) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e Exit) Unwrap() error { return e.Err }

// UsageError is a wrong usage, explained.
func UsageError(format string, args ...any) error {
	return Exit{Code: Usage, Err: fmt.Errorf(format, args...)}
}
