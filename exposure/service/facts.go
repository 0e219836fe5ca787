// Package service recognises what listens on a port, one small probe for each protocol, and never goes past the greeting.
package service

// Facts is what one port showed, without opinion.
type Facts struct{}
