// Package web asks a web server the few harmless questions of an audit: redirects, headers, cookies, pages that should not be there.
package web

// Facts is what one web server showed under one name, without opinion.
type Facts struct{}
