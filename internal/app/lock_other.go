//go:build !unix

package app

// lock does nothing where there are no locks of that kind.
func lock(string) (release func() error, err error) { return func() error { return nil }, nil }
