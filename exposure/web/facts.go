// Package web asks a web server the few harmless questions of an audit, and keeps what it answered: redirects, headers, cookies, files
// that should not be there, products.
//
//	facts, err := web.Probe(ctx, dialer, target, web.HTTPS)
//
// Every request is a GET or HEAD-sized read of the first bytes of a page. Nothing is posted, no password is tried, no link is followed out of
// the target. A server that answers everything with a page ("soft 404", a filter's block page) is calibrated first: what an impossible
// path also shows proves nothing.
package web

import "time"

// Scheme is how a server is spoken to.
type Scheme string

// The two schemes of the web.
const (
	HTTP  Scheme = "http"
	HTTPS Scheme = "https"
)

// Facts is what one web server showed under one name, without opinion.
type Facts struct {
	URL       string      `json:"url"`    // what was asked
	Status    int         `json:"status"` // of the first answer
	Redirects []Hop       `json:"redirects,omitempty"`
	Headers   []Header    `json:"headers,omitempty"` // those an audit reads, of the page finally shown, sorted
	Meta      []Header    `json:"meta,omitempty"`    // what elements of the page say in place of headers: content-security-policy, referrer-policy; sorted
	Cookies   []Cookie    `json:"cookies,omitempty"` // set on the way, sorted by name
	Title     string      `json:"title,omitempty"`
	Password  bool        `json:"password_field,omitempty"` // the page asks for a password
	Files     []File      `json:"files,omitempty"`          // paths that answered what they should not, sorted
	Products  []Product   `json:"products,omitempty"`       // sorted by id
	CORS      *CORS       `json:"cors,omitempty"`
	Security  SecurityTxt `json:"security_txt"`
	SoftError bool        `json:"soft_error,omitempty"` // an impossible path answers 200: what depends on paths is undecided unless its content proves it
	Tried     []string    `json:"tried"`                // paths asked for, sorted: what was not tried was not found clean
	Icon      string      `json:"icon,omitempty"`       // SHA-256 of /favicon.ico, hexadecimal
}

// Hop is one redirect.
type Hop struct {
	URL      string `json:"url"`
	Status   int    `json:"status"`
	Location string `json:"location"`
	Followed bool   `json:"followed"` // false when it leads out of the target
}

// Header is one header field of an answer; the name is in lower case.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Cookie is a cookie the server sets. Its value is never kept.
type Cookie struct {
	Name     string `json:"name"`
	Secure   bool   `json:"secure"`
	HTTPOnly bool   `json:"http_only"`
	SameSite string `json:"same_site,omitempty"` // "lax", "strict", "none" or empty
}

// File is a path whose content proves what it is.
type File struct {
	Path     string `json:"path"`
	Kind     string `json:"kind"`               // a key of the signature table: "git", "env", "sql-dump", "listing", "server-status", …
	Evidence string `json:"evidence,omitempty"` // what was recognised; never a secret
}

// Product is a recognised product. A supposed one shows a single mark: someone must look.
type Product struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Supposed bool     `json:"supposed,omitempty"`
	Kind     string   `json:"kind"` // "vpn", "firewall", "hypervisor", "bmc", "backup", "database", "admin", "webmail", "portal", "imaging", "storage", "printer", "camera", "application"
	Version  string   `json:"version,omitempty"`
	Marks    []string `json:"marks"` // which marks spoke, sorted
}

// CORS is how the server answered a page of an invented origin.
type CORS struct {
	Reflected   bool `json:"reflected"`   // the invented origin came back as allowed
	Credentials bool `json:"credentials"` // and may send cookies
}

// SecurityTxt is the contact file of RFC 9116.
type SecurityTxt struct {
	State   string    `json:"state"` // "present", "absent", "invalid", "unknown"
	Path    string    `json:"path,omitempty"`
	Contact []string  `json:"contact,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Problem string    `json:"problem,omitempty"` // of an invalid file: "no_contact", "no_expires", "bad_expires", "two_expires"
}

// Get returns the value of a header, empty if absent. The name is given in lower case.
func (f *Facts) Get(name string) string { return get(f.Headers, name) }

// GetMeta returns what the page itself says in place of a header, empty if nothing. The name is given in lower case.
func (f *Facts) GetMeta(name string) string { return get(f.Meta, name) }

func get(list []Header, name string) string {
	for _, h := range list {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}
