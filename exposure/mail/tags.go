package mail

import "strings"

// Tags reads a list of tag=value separated by semicolons, as DMARC, DKIM, MTA-STS and TLS reports share it (RFC 6376 section 3.2). Names
// are in lower case, spaces around names and values are dropped, what is not a pair is skipped, the first of two equal tags counts.
func Tags(text string) map[string]string {
	tags := map[string]string{}
	for part := range strings.SplitSeq(text[:min(len(text), maxRecord)], ";") {
		name, value, ok := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := tags[name]; !ok || name == "" || twice || len(tags) >= 64 {
			continue
		}
		tags[name] = strings.TrimSpace(value)
	}
	return tags
}

// isVersion tells whether a text begins with the tag v and exactly this value, as it must to be read at all. White space around the equals sign
// is allowed.
func isVersion(text, version string) bool {
	first, _, _ := strings.Cut(text, ";")
	name, value, ok := strings.Cut(first, "=")
	return ok && strings.TrimSpace(name) == "v" && strings.TrimSpace(value) == version
}
