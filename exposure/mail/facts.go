// Package mail reads what a domain publishes about its mail: SPF, DKIM, DMARC, MTA-STS, TLS-RPT, DANE.
package mail

// Facts is what one domain publishes about its mail, without opinion.
type Facts struct{}
