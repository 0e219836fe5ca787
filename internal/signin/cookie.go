package signin

import (
	"net/http"
	"strings"
)

// Cookie carries the secret of a session between requests: unreadable for scripts, not sent along from other sites' forms, and gone
// when the browser closes. Over https its name has the prefix by which browsers make sure that no other host or path set it.
type Cookie struct {
	Secure bool // served over https
}

// Name is the cookie's name.
func (c Cookie) Name() string {
	if c.Secure {
		return "__Host-hygie"
	}
	return "hygie"
}

// Set gives the browser a session's secret.
func (c Cookie) Set(w http.ResponseWriter, secret string) { c.write(w, secret, 0) }

// Clear takes it away.
func (c Cookie) Clear(w http.ResponseWriter) { c.write(w, "", -1) }

func (c Cookie) write(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: c.Name(), Value: value, Path: "/", HttpOnly: true, Secure: c.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: age})
}

// Secret is what the request's cookie holds, or empty.
func (c Cookie) Secret(r *http.Request) string {
	cookie, err := r.Cookie(c.Name())
	if err != nil || len(cookie.Value) > 128 {
		return ""
	}
	return cookie.Value
}

// Device names browser and system of a User-Agent header in words that a person recognises in a list of sessions: "Firefox, Windows". It
// is for display only.
func Device(userAgent string) string {
	browser, system := firstNamed(userAgent, browsers), firstNamed(userAgent, systems)
	switch {
	case browser == "" && system == "":
		return "?"
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + ", " + system
}

type named struct{ sign, name string }

// The order matters: most browsers name others too.
var browsers = []named{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
var systems = []named{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}

func firstNamed(userAgent string, list []named) string {
	for _, n := range list {
		if strings.Contains(userAgent, n.sign) {
			return n.name
		}
	}
	return ""
}
