// Package knowledge holds what is known of products at a date: exploited vulnerabilities, scores, advisories, ends of support. It is
// imported from files, never fetched by an audit.
package knowledge

// Bundle is the knowledge an audit was decided with. The zero value knows nothing and says so.
type Bundle struct{}
