// Package zone tells how a domain is served: its name servers, its signature, what it lets strangers copy or ask.
package zone

// Facts is what the name servers of one domain showed, without opinion.
type Facts struct{}
