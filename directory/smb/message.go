package smb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
)

// Commands (MS-SMB2 2.2.1.2): these and no others.
const (
	cmdNegotiate      = 0
	cmdSessionSetup   = 1
	cmdLogoff         = 2
	cmdTreeConnect    = 3
	cmdCreate         = 5
	cmdClose          = 6
	cmdRead           = 8
	cmdQueryDirectory = 14
	cmdQueryInfo      = 16
)

// Flags of a header (MS-SMB2 2.2.1.2).
const (
	flagResponse = 0x1
	flagAsync    = 0x2
	flagSigned   = 0x8
)

const (
	headerSize    = 64
	transformSize = 52
	maxMessage    = 1 << 20
	maxRead       = 64 << 10 // what one credit pays for (MS-SMB2 3.2.4.1.5)
)

// Status of an answer (MS-ERREF 2.3.1).
type Status uint32

// The statuses that are told apart (MS-ERREF 2.3.1).
const (
	statusOK             Status = 0
	statusPending        Status = 0x00000103
	statusMoreProcessing Status = 0xC0000016
	statusNoMoreFiles    Status = 0x80000006
	statusEndOfFile      Status = 0xC0000011

	AccessDenied  Status = 0xC0000022
	LogonFailure  Status = 0xC000006D
	NotFound      Status = 0xC0000034
	PathNotFound  Status = 0xC000003A
	BadShare      Status = 0xC00000CC
	NotSupported  Status = 0xC00000BB
	AccountLocked Status = 0xC0000234
)

// String names a status.
func (s Status) String() string {
	switch s {
	case AccessDenied:
		return "access denied"
	case LogonFailure:
		return "logon failure"
	case NotFound, PathNotFound:
		return "not found"
	case BadShare:
		return "no such share"
	case NotSupported:
		return "not supported"
	case AccountLocked:
		return "account locked"
	}
	return fmt.Sprintf("status 0x%08x", uint32(s))
}

// StatusError is a refusal of the server (MS-ERREF 2.3.1).
type StatusError struct {
	Doing  string
	Status Status
}

// Error tells it.
func (e *StatusError) Error() string { return e.Doing + ": " + e.Status.String() }

// StatusOf gives the status of a refusal; 0 for another error (MS-ERREF 2.3.1).
func StatusOf(err error) Status {
	if e, ok := errors.AsType[*StatusError](err); ok {
		return e.Status
	}
	return 0
}

// malformed is an answer that cannot be what it says.
type malformed struct{ what string }

func (m *malformed) Error() string { return "the server sent unreadable data: " + m.what }

func bad(format string, args ...any) error { return &malformed{fmt.Sprintf(format, args...)} }

// header is what is read of a header.
type header struct {
	status  Status
	command uint16
	credits uint16
	flags   uint32
	message uint64
	tree    uint32
	session uint64
}

// appendHeader begins a request.
func appendHeader(b []byte, h header) []byte {
	at := len(b)
	b = append(b, make([]byte, headerSize)...)
	p := b[at:]
	copy(p, "\xfeSMB")
	binary.LittleEndian.PutUint16(p[4:], headerSize)
	binary.LittleEndian.PutUint16(p[6:], 1) // credit charge
	binary.LittleEndian.PutUint16(p[12:], h.command)
	binary.LittleEndian.PutUint16(p[14:], h.credits)
	binary.LittleEndian.PutUint32(p[16:], h.flags)
	binary.LittleEndian.PutUint64(p[24:], h.message)
	binary.LittleEndian.PutUint32(p[36:], h.tree)
	binary.LittleEndian.PutUint64(p[40:], h.session)
	return b
}

func readHeader(b []byte) (header, error) {
	if len(b) < headerSize || string(b[:4]) != "\xfeSMB" || binary.LittleEndian.Uint16(b[4:]) != headerSize {
		return header{}, bad("a message of %d bytes is not SMB 2", len(b))
	}
	if next := binary.LittleEndian.Uint32(b[20:]); next != 0 {
		return header{}, bad("several answers in one message")
	}
	return header{
		status: Status(binary.LittleEndian.Uint32(b[8:])), command: binary.LittleEndian.Uint16(b[12:]), credits: binary.LittleEndian.Uint16(b[14:]),
		flags: binary.LittleEndian.Uint32(b[16:]), message: binary.LittleEndian.Uint64(b[24:]),
		tree: binary.LittleEndian.Uint32(b[36:]), session: binary.LittleEndian.Uint64(b[40:]),
	}, nil
}

// readFrame reads one message behind its length (MS-SMB2 2.1), memory growing with what arrives.
func readFrame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if size[0] != 0 || n > maxMessage {
		return nil, bad("message of %d bytes", n)
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(b) < int(n) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// body is the part of an answer behind its header, with fields read by their place; what lies outside is a fault.
type body struct {
	b   []byte // the whole message: offsets count from its header
	err error
}

// at gives a field of the body.
func (m *body) at(offset, size int) []byte {
	from := headerSize + offset
	if m.err != nil || from+size > len(m.b) {
		if m.err == nil {
			m.err = bad("an answer is cut short at byte %d", len(m.b))
		}
		return make([]byte, size)
	}
	return m.b[from : from+size]
}

func (m *body) u16(offset int) uint16 { return binary.LittleEndian.Uint16(m.at(offset, 2)) }
func (m *body) u32(offset int) uint32 { return binary.LittleEndian.Uint32(m.at(offset, 4)) }
func (m *body) u64(offset int) uint64 { return binary.LittleEndian.Uint64(m.at(offset, 8)) }

// buffer gives what an offset from the header and a length point to.
func (m *body) buffer(offset, size uint32) []byte {
	if size == 0 {
		return nil
	}
	if m.err == nil && (offset < headerSize || uint64(offset)+uint64(size) > uint64(len(m.b))) {
		m.err = bad("a buffer of %d bytes at %d, in a message of %d", size, offset, len(m.b))
	}
	if m.err != nil {
		return nil
	}
	return m.b[offset : offset+size]
}

// utf16le writes a text as SMB does.
func utf16le(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func fromUTF16(b []byte) (string, error) {
	if len(b)%2 != 0 {
		return "", bad("a name of %d bytes", len(b))
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units)), nil
}
