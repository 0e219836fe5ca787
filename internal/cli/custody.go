package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hygie/custody"
)

// changeRegister reads a register, changes it, and writes it whole or not at all. Only one command does so at a time: the others wait a
// little, then say what stands in the way. create makes the register that is missing; nil demands that it is there.
func changeRegister(ctx context.Context, path string, create func() (*custody.Register, error), change func(*custody.Register) error) (*custody.Register, error) {
	unlock, err := lockRegister(ctx, path)
	if err != nil {
		return nil, err
	}
	defer unlock()
	r, err := readRegister(path)
	if errors.Is(err, fs.ErrNotExist) && create != nil {
		r, err = create()
	}
	if err != nil {
		return nil, err
	}
	if err := change(r); err != nil {
		return nil, err
	}
	return r, writePrivate(path, func(w io.Writer) error {
		_, err := r.WriteTo(w)
		return err
	})
}

func lockRegister(ctx context.Context, path string) (func(), error) {
	name := path + ".lock"
	for try := 0; ; try++ {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return func() { _ = os.Remove(name) }, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("lock the register: %w", err)
		}
		if try == 50 {
			return nil, fmt.Errorf("another command is writing the register; if none is, delete %s", name)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lock the register: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func readRegister(path string) (*custody.Register, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the register: %w", err)
	}
	defer f.Close()
	r, err := custody.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// measured is a file that was read whole: its hashes, and what it says of itself.
func measured(ctx context.Context, path string) (custody.Measure, *custody.Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return custody.Measure{}, nil, fmt.Errorf("read the piece: %w", err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return custody.Measure{}, nil, fmt.Errorf("read the piece: %w", err)
	}
	if !before.Mode().IsRegular() {
		return custody.Measure{}, nil, UsageError("%s is no file: enter it with --object, or the files it holds one by one", path)
	}
	m, err := custody.MeasureOf(ctx, f)
	if err != nil {
		return m, nil, fmt.Errorf("%s: %w", path, err)
	}
	s, err := custody.Identify(filepath.Base(path), f, m.Size)
	if err != nil {
		return m, nil, err
	}
	after, err := f.Stat()
	if err != nil {
		return m, nil, fmt.Errorf("read the piece: %w", err)
	}
	if after.Size() != m.Size || !after.ModTime().Equal(before.ModTime()) {
		return m, nil, fmt.Errorf("%s changed while it was read: copy it first, and enter the copy", path)
	}
	return m, s, nil
}

// happenedAt reads a day and an hour as people write them: with a zone, or in the zone of the machine.
func happenedAt(option, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, UsageError("%s: %q is no moment such as 2026-03-10T03:14 or 2026-03-10T03:14:00+01:00", option, text)
}

// sayMark tells what to write on paper.
func sayMark(s *Streams, r *custody.Register) {
	fmt.Fprintf(s.Out, sayer(Language(s.Env))("À noter sur papier, et à lire à une autre personne : %s\n", "Write on paper, and read out to another person: %s\n"), r.Mark())
}

// originOf makes the name of a new register of the name of its file.
func originOf(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return strings.NewReplacer(" ", "-", "+", "-", "\t", "-").Replace(name)
}
