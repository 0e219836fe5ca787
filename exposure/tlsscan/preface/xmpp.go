package preface

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

const xmppTLS = "urn:ietf:params:xml:ns:xmpp-tls"

// XMPP asks a chat server to begin TLS for the host (RFC 6120 5.4); namespace is "jabber:client" or "jabber:server".
func XMPP(rw io.ReadWriter, host, namespace string) error {
	var to bytes.Buffer
	if err := xml.EscapeText(&to, []byte(host)); err != nil {
		return err
	}
	open := "<?xml version='1.0'?><stream:stream xmlns='" + namespace + "' xmlns:stream='http://etherx.jabber.org/streams' to='" + to.String() + "' version='1.0'>"
	if _, err := io.WriteString(rw, open); err != nil {
		return err
	}
	heard, err := until(rw, "</stream:features>", "</stream:error>", "<stream:features/>", "</stream:stream>")
	if err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if strings.Contains(heard, "stream:error") {
		return fmt.Errorf("features: %q", clip(heard[strings.Index(heard, "stream:error"):]))
	}
	if !strings.Contains(heard, xmppTLS) {
		return ErrNoTLS
	}
	if _, err := io.WriteString(rw, "<starttls xmlns='"+xmppTLS+"'/>"); err != nil {
		return err
	}
	heard, err = until(rw, ">")
	switch {
	case err != nil:
		return fmt.Errorf("starttls: %w", err)
	case strings.HasPrefix(strings.TrimSpace(heard), "<proceed"):
		return nil
	case strings.HasPrefix(strings.TrimSpace(heard), "<failure"):
		return ErrNoTLS
	}
	return fmt.Errorf("starttls: %q", clip(heard))
}

// until reads byte by byte, so that nothing beyond is taken, up to the first of the ends, at most 16 KiB.
func until(r io.Reader, ends ...string) (string, error) {
	var heard []byte
	for len(heard) < 16<<10 {
		b, err := readExactly(r, 1)
		if err != nil {
			return "", err
		}
		heard = append(heard, b[0])
		for _, end := range ends {
			if bytes.HasSuffix(heard, []byte(end)) {
				return string(heard), nil
			}
		}
	}
	return "", fmt.Errorf("byte %d: no end in sight", len(heard))
}
