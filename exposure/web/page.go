package web

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	titlePattern    = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)
	passwordPattern = regexp.MustCompile(`(?is)<input[^>]+type\s*=\s*["']?password`)
	htmlPattern     = regexp.MustCompile(`(?is)^\s*(<!doctype\s+html|<html|<head|<body|<\?xml[^>]*>\s*<!doctype\s+html)`)
)

// title is the text of the page's title, on one line.
func title(body []byte) string {
	m := titlePattern.FindSubmatch(body)
	if m == nil {
		return ""
	}
	return clean(strings.Join(strings.Fields(html.UnescapeString(string(m[1]))), " "), 200)
}

var (
	metaPattern    = regexp.MustCompile(`(?is)<meta\s([^>]+)>`)
	commentPattern = regexp.MustCompile(`(?s)<!--.*?-->`)
	valuePattern   = regexp.MustCompile(`(?is)([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
)

// meta reads what elements of the page say in place of headers: a content security policy (CSP level 3, section 3.3) and a referrer policy.
func meta(body []byte) (list []Header) {
	for _, element := range metaPattern.FindAllSubmatch(commentPattern.ReplaceAll(body, nil), 200) {
		values := map[string]string{}
		for _, m := range valuePattern.FindAllSubmatch(element[1], 20) {
			values[strings.ToLower(string(m[1]))] = html.UnescapeString(string(m[2]) + string(m[3]) + string(m[4]))
		}
		content := clean(values["content"], 2048)
		switch {
		case content == "":
		case strings.EqualFold(values["http-equiv"], "content-security-policy"):
			list = append(list, Header{"content-security-policy", content})
		case strings.EqualFold(values["name"], "referrer"):
			list = append(list, Header{"referrer-policy", content})
		}
	}
	return list
}

// asksPassword tells whether a page holds a password field.
func asksPassword(body []byte) bool { return passwordPattern.Match(body) }

// looksHTML tells whether an answer is a web page rather than a file.
func looksHTML(body []byte) bool {
	return htmlPattern.Match(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
}

// clean makes text of the server fit for a report: valid UTF-8, no control characters, at most n bytes.
func clean(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) > n {
		s = s[:n]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}
