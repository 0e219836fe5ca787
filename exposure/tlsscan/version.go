package tlsscan

import "fmt"

// Version is a version of SSL or TLS, as its number on the wire (RFC 8446 4.1.3); SSL 2.0 is 0x0002.
type Version uint16

// The versions, oldest first.
const (
	SSL2  Version = 0x0002
	SSL3  Version = 0x0300
	TLS10 Version = 0x0301
	TLS11 Version = 0x0302
	TLS12 Version = 0x0303
	TLS13 Version = 0x0304
)

// Versions are all of them, oldest first.
func Versions() []Version { return []Version{SSL2, SSL3, TLS10, TLS11, TLS12, TLS13} }

// String is the name people use: "SSL 2.0", "TLS 1.3".
func (v Version) String() string {
	switch v {
	case SSL2:
		return "SSL 2.0"
	case SSL3:
		return "SSL 3.0"
	case TLS10, TLS11, TLS12, TLS13:
		return fmt.Sprintf("TLS 1.%d", v-TLS10)
	}
	return fmt.Sprintf("0x%04x", uint16(v))
}

// MarshalText is the name, so that facts can be read by people.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a name given by MarshalText.
func (v *Version) UnmarshalText(b []byte) error {
	for _, known := range Versions() {
		if known.String() == string(b) {
			*v = known
			return nil
		}
	}
	var n uint16
	if _, err := fmt.Sscanf(string(b), "0x%04x", &n); err != nil {
		return fmt.Errorf("read TLS version %q: not one of ours", b)
	}
	*v = Version(n)
	return nil
}
