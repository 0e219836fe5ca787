// Package tlsscan tells which versions, suites and groups a TLS server accepts, and what its certificate says.
package tlsscan

// Facts is what one TLS endpoint showed under one name, without opinion.
type Facts struct{}
