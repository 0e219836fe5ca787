package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// Names of the frame's cookies.
const (
	cookieLang  = "hygie_lang"
	cookieTheme = "hygie_theme"
	cookieFlash = "hygie_flash"
)

const aYear = 365 * 24 * time.Hour

func (rt *Router) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	cookie := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: rt.options.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second)}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

func cookieValue(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// printer chooses the language: cookie, then the browser's wish, then French.
func (rt *Router) printer(r *http.Request) *locale.Printer {
	lang := locale.Accept(cookieValue(r, cookieLang), r.Header.Get("Accept-Language"))
	return rt.options.Catalogue.Printer(lang, rt.options.Zone)
}

// theme returns light, dark, or "" for the system's choice.
func theme(r *http.Request) string {
	switch value := cookieValue(r, cookieTheme); value {
	case "light", "dark":
		return value
	}
	return ""
}

// preferences keeps the reader's language and theme, and goes back to where they were.
func preferences(c *Context) error {
	var form struct {
		Lang  string `form:"lang"`
		Theme string `form:"theme"`
		Back  string `form:"back"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	if locale.Lang(form.Lang).Valid() {
		c.rt.setCookie(c.W, cookieLang, form.Lang, aYear)
	}
	switch form.Theme {
	case "light", "dark":
		c.rt.setCookie(c.W, cookieTheme, form.Theme, aYear)
	case "system":
		c.rt.setCookie(c.W, cookieTheme, "", 0)
	}
	return c.Redirect(LocalPath(form.Back))
}

// LocalPath returns an address of this site, or "/" when it is anything else: another site, another scheme, a trick with
// slashes. Use it on every address that comes from a request.
func LocalPath(address string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\x00\r\n\t") {
		return "/"
	}
	return address
}

// note is what the last act did.
type note struct {
	Tone ui.Tone `json:"tone"`
	Text string  `json:"text"`
}

// Notes are kept in a cookie between an act and the next page: signed, so that nobody can put words in our mouth, and short.
const (
	maxNotes    = 5
	maxNoteText = 400  // runes
	maxNoteSize = 3000 // bytes of JSON; browsers drop a cookie of more than 4096
	noteAge     = 2 * time.Minute
)

// Flash shows a message on the next page, for the result of an act that ends in a redirect. Several may be given.
func (c *Context) Flash(tone ui.Tone, key string, args ...any) {
	text := []rune(c.T(key, args...))
	if len(text) > maxNoteText {
		text = append(text[:maxNoteText-1], '…')
	}
	c.notes = append(c.notes, note{Tone: tone, Text: string(text)})
	if len(c.notes) > maxNotes {
		c.notes = c.notes[len(c.notes)-maxNotes:]
	}
	c.rt.setNotes(c.W, c.notes)
}

func (rt *Router) setNotes(w http.ResponseWriter, notes []note) {
	body, err := json.Marshal(notes)
	for err == nil && len(body) > maxNoteSize && len(notes) > 1 { // the latest matters most
		notes = notes[1:]
		body, err = json.Marshal(notes)
	}
	if err != nil { // strings always marshal
		return
	}
	deleteSetCookie(w.Header(), cookieFlash)
	value := base64.RawURLEncoding.EncodeToString(body)
	rt.setCookie(w, cookieFlash, value+"."+rt.sign(value), noteAge)
}

// deleteSetCookie removes an earlier cookie of the same answer, so that only the last one is sent.
func deleteSetCookie(h http.Header, name string) {
	kept := h["Set-Cookie"][:0]
	for _, line := range h["Set-Cookie"] {
		if !strings.HasPrefix(line, name+"=") {
			kept = append(kept, line)
		}
	}
	h["Set-Cookie"] = kept
}

// takeNotes returns the notes left by the act before and removes them. A cookie we did not sign is dropped.
func (c *Context) takeNotes() []note {
	raw := cookieValue(c.R, cookieFlash)
	if raw == "" {
		return nil
	}
	c.rt.setCookie(c.W, cookieFlash, "", 0)
	value, signature, _ := strings.Cut(raw, ".")
	if !hmac.Equal([]byte(signature), []byte(c.rt.sign(value))) {
		return nil
	}
	body, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	var notes []note
	if err := json.Unmarshal(body, &notes); err != nil {
		return nil
	}
	return notes
}

func (rt *Router) sign(value string) string {
	mac := hmac.New(sha256.New, rt.options.Key)
	mac.Write([]byte("hygie flash 1\x00" + value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
