package evidence

import (
	"bytes"
	binaryorder "encoding/binary"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"hygie/internal/proof"
)

// Media types that a browser may show. Anything else is [binary] and is only ever downloaded.
const (
	pdf    = proof.PDF
	text   = proof.PlainText
	binary = "application/octet-stream"

	// Texts as the programs of Windows save them; browsers know these too.
	littleText  = "text/plain; charset=utf-16le"
	bigText     = "text/plain; charset=utf-16be"
	westernText = "text/plain; charset=windows-1252"

	ods  = proof.ODS
	xlsx = proof.XLSX
)

// sniffed is how many bytes of a file decide what it is.
const sniffed = 4096

// signatures are the first bytes of what a browser may show. Formats that can hold a script (HTML, SVG, XML) are not among them, on purpose.
var signatures = [...]struct{ begins, media string }{
	{"%PDF-", pdf},
	{"\x89PNG\r\n\x1a\n", "image/png"},
	{"\xff\xd8\xff", "image/jpeg"},
	{"GIF87a", "image/gif"},
	{"GIF89a", "image/gif"},
}

// textual are the endings of files that are read as plain text.
var textual = map[string]bool{".txt": true, ".csv": true, ".md": true, ".log": true}

// mediaOf tells what a file is by its first bytes; the name only helps to tell text from other files.
func mediaOf(name string, head []byte) string {
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.begins)) {
			return s.media
		}
	}
	if len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP" {
		return "image/webp"
	}
	// A spreadsheet is a ZIP; whether it is whole shows when it is read.
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		switch strings.ToLower(path.Ext(name)) {
		case ".ods":
			return ods
		case ".xlsx":
			return xlsx
		}
	}
	if textual[strings.ToLower(path.Ext(name))] {
		return textOf(head)
	}
	return binary
}

// textOf tells in which characters a text is written: UTF-8, UTF-16 when its first bytes say so, else those of Windows in western Europe. Control
// characters make it no text.
func textOf(head []byte) string {
	for _, wide := range []struct {
		mark, media string
		order       binaryorder.ByteOrder
	}{{"\xff\xfe", littleText, binaryorder.LittleEndian}, {"\xfe\xff", bigText, binaryorder.BigEndian}} {
		if !bytes.HasPrefix(head, []byte(wide.mark)) {
			continue
		}
		for units := head[len(wide.mark):]; len(units) > 1; units = units[2:] {
			if control(rune(wide.order.Uint16(units))) {
				return binary
			}
		}
		return wide.media
	}
	switch {
	case isText(head):
		return text
	case bytes.ContainsFunc(head, control), bytes.ContainsAny(head, "\x7f"), slices.ContainsFunc(head, unwritten):
		return binary
	}
	return westernText
}

// unwritten tells a byte that stands for no character in Windows-1252.
func unwritten(b byte) bool { return strings.IndexByte("\x81\x8d\x8f\x90\x9d", b) >= 0 }

// control tells a character that no text holds.
func control(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' }

// isText tells whether bytes are UTF-8 without control characters; when there are more than were looked at, the last character may be cut.
func isText(head []byte) bool {
	more := len(head) >= sniffed
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		switch {
		case r == utf8.RuneError && size == 1:
			return more && len(head) < utf8.UTFMax && !utf8.FullRune(head)
		case control(r):
			return false
		}
		head = head[size:]
	}
	return true
}

// tabular tells whether a file is shown as tables that we write, rather than by the browser.
func tabular(media string) bool { return media == ods || media == xlsx }

// programs are the first bytes of files that a computer runs: Windows, Linux, macOS, Java.
var programs = [...]string{"MZ", "\x7fELF", "\xca\xfe\xba\xbe", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe"}

// trial is what the file has in it that makers of antivirus programs agreed upon to try them with.
const trial = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE"

// dangerous tells whether a file is a program, or has the shape of a virus: it proves nothing, and whoever opens it on another machine is at risk.
func dangerous(head []byte) bool {
	for _, begin := range programs {
		if bytes.HasPrefix(head, []byte(begin)) && !isText(head) {
			return true
		}
	}
	return bytes.Contains(head, []byte(trial))
}
