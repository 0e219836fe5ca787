package smb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"hygie/directory/sysvol"
)

// A Share is a connected share, as a [sysvol.Tree] (MS-SMB2 2.2.9).
type Share struct {
	c    *Client
	tree uint32
	name string
}

var _ sysvol.Tree = (*Share)(nil)

// Share connects to a share of the server (MS-SMB2 3.2.4.2.4).
func (c *Client) Share(ctx context.Context, name string) (*Share, error) {
	path := utf16le(`\\` + c.server + `\` + name)
	b := make([]byte, 8)
	binary.LittleEndian.PutUint16(b, 9)
	binary.LittleEndian.PutUint16(b[4:], headerSize+8)
	binary.LittleEndian.PutUint16(b[6:], uint16(len(path)))
	h, m, err := c.call(ctx, cmdTreeConnect, 0, append(b, path...), "connect to the share "+name)
	if err != nil {
		return nil, err
	}
	kind, flags := m.at(2, 1)[0], m.u32(4)
	if m.err != nil {
		return nil, m.err
	}
	if kind != 1 {
		return nil, fmt.Errorf("connect to the share %s: it does not hold files", name)
	}
	if flags&0x8000 != 0 { // SMB2_SHAREFLAG_ENCRYPT_DATA
		if c.seal == nil {
			return nil, fmt.Errorf("connect to the share %s: it demands encryption, which the server does not offer", name)
		}
		c.sealed[h.tree] = true
	}
	return &Share{c: c, tree: h.tree, name: name}, nil
}

// Rights asked for (MS-SMB2 2.2.13.1): to read, never more.
const (
	readData   = 0x00120089 // data, attributes, extended attributes, permissions
	readPerms  = 0x00020000 // owner and permissions
	openFolder = 0x00000001
	openFile   = 0x00000040
)

// open opens what exists, and gives its handle and size (MS-SMB2 2.2.13, 2.2.14). Paths have slashes.
func (s *Share) open(ctx context.Context, path string, access, options uint32, doing string) (handle [16]byte, size int64, err error) {
	name := utf16le(strings.ReplaceAll(path, "/", `\`))
	b := make([]byte, 56)
	binary.LittleEndian.PutUint16(b, 57)
	binary.LittleEndian.PutUint32(b[4:], 2) // impersonation
	binary.LittleEndian.PutUint32(b[24:], access)
	binary.LittleEndian.PutUint32(b[32:], 7) // let others read, write and delete meanwhile
	binary.LittleEndian.PutUint32(b[36:], 1) // FILE_OPEN: never create
	binary.LittleEndian.PutUint32(b[40:], options)
	binary.LittleEndian.PutUint16(b[44:], headerSize+56)
	binary.LittleEndian.PutUint16(b[46:], uint16(len(name)))
	if len(name) == 0 {
		name = []byte{0} // the buffer holds at least one byte
	}
	if len(name) > 1<<15 {
		return handle, 0, fmt.Errorf("%s: name of %d bytes", doing, len(name))
	}
	_, m, err := s.c.call(ctx, cmdCreate, s.tree, append(b, name...), doing)
	if err != nil {
		return handle, 0, err
	}
	size = int64(m.u64(48))
	copy(handle[:], m.at(64, 16))
	return handle, size, m.err
}

// close gives a handle back.
func (s *Share) close(ctx context.Context, handle [16]byte) {
	b := make([]byte, 8, 24)
	binary.LittleEndian.PutUint16(b, 24)
	_, _, _ = s.c.call(context.WithoutCancel(ctx), cmdClose, s.tree, append(b, handle[:]...), "close")
}

// maxNames bounds a folder.
const maxNames = 100_000

// List gives what a folder holds (MS-SMB2 2.2.33). Symbolic links are links; a junction is one too, except at the root of the share, where
// SYSVOL has one for each domain, which the server resolves by itself.
func (s *Share) List(ctx context.Context, path string) ([]sysvol.Entry, error) {
	doing := "list " + display(path)
	handle, _, err := s.open(ctx, path, readData, openFolder, doing)
	if err != nil {
		return nil, err
	}
	defer s.close(ctx, handle)
	var out []sysvol.Entry
	for {
		b := make([]byte, 8, 34)
		binary.LittleEndian.PutUint16(b, 33)
		b[2] = 37 // FileIdBothDirectoryInformation (MS-FSCC 2.4.17)
		b = append(b, handle[:]...)
		b = binary.LittleEndian.AppendUint16(b, headerSize+32)
		b = binary.LittleEndian.AppendUint16(b, 2)
		b = binary.LittleEndian.AppendUint32(b, maxRead)
		_, m, err := s.c.call(ctx, cmdQueryDirectory, s.tree, append(b, '*', 0), doing)
		if StatusOf(err) == statusNoMoreFiles {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		list := m.buffer(uint32(m.u16(2)), m.u32(4))
		if m.err != nil {
			return nil, m.err
		}
		before := len(out)
		if out, err = appendNames(out, list, path == ""); err != nil {
			return nil, err
		}
		if len(list) == 0 || len(out) > maxNames {
			return nil, bad("a folder of %d names", max(len(out), before))
		}
	}
}

func display(path string) string {
	if path == "" {
		return "the root of the share"
	}
	return path
}

// Attributes and tags (MS-FSCC 2.6, 2.1.2.1).
const (
	attributeFolder  = 0x10
	attributeReparse = 0x400
	tagJunction      = 0xA0000003
)

// appendNames reads entries of a folder.
func appendNames(out []sysvol.Entry, b []byte, root bool) ([]sysvol.Entry, error) {
	const fixed = 104
	for len(b) > 0 {
		if len(b) < fixed {
			return nil, bad("an entry of a folder cut short")
		}
		next, size := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[60:])
		if uint64(size) > uint64(len(b)-fixed) || next != 0 && (next < fixed || uint64(next) > uint64(len(b))) {
			return nil, bad("an entry of a folder outside its buffer")
		}
		name, err := fromUTF16(b[fixed : fixed+size])
		if err != nil {
			return nil, err
		}
		attributes, tag := binary.LittleEndian.Uint32(b[56:]), binary.LittleEndian.Uint32(b[64:])
		e := sysvol.Entry{Name: name, Folder: attributes&attributeFolder != 0, Size: int64(binary.LittleEndian.Uint64(b[40:]))}
		e.Link = attributes&attributeReparse != 0 && !(root && tag == tagJunction)
		if name != "." && name != ".." && name != "" && !strings.ContainsAny(name, "/\\\x00") {
			out = append(out, e)
		}
		if next == 0 {
			return out, nil
		}
		b = b[next:]
	}
	return out, nil
}

// Read gives the content of a file of at most limit bytes (MS-SMB2 2.2.19).
func (s *Share) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	doing := "read " + path
	handle, size, err := s.open(ctx, path, readData, openFile, doing)
	if err != nil {
		return nil, err
	}
	defer s.close(ctx, handle)
	if size > limit {
		return nil, fmt.Errorf("%s: %d bytes, at most %d", doing, size, limit)
	}
	var out []byte
	for {
		b := make([]byte, 16, 49)
		binary.LittleEndian.PutUint16(b, 49)
		binary.LittleEndian.PutUint32(b[4:], maxRead)
		binary.LittleEndian.PutUint64(b[8:], uint64(len(out)))
		b = append(b, handle[:]...)
		b = append(b, make([]byte, 17)...)
		_, m, err := s.c.call(ctx, cmdRead, s.tree, b, doing)
		if StatusOf(err) == statusEndOfFile {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		part := m.buffer(uint32(m.at(2, 1)[0]), m.u32(4))
		if m.err != nil {
			return nil, m.err
		}
		if out = append(out, part...); int64(len(out)) > limit {
			return nil, fmt.Errorf("%s: more than %d bytes", doing, limit)
		}
		if len(part) == 0 {
			return out, nil
		}
	}
}

// Descriptor gives owner, group and DACL (MS-SMB2 2.2.37, SMB2_0_INFO_SECURITY).
func (s *Share) Descriptor(ctx context.Context, path string) ([]byte, error) {
	doing := "read the permissions of " + display(path)
	handle, _, err := s.open(ctx, path, readPerms, 0, doing)
	if err != nil {
		return nil, err
	}
	defer s.close(ctx, handle)
	b := make([]byte, 24, 41)
	binary.LittleEndian.PutUint16(b, 41)
	b[2] = 3 // security
	binary.LittleEndian.PutUint32(b[4:], maxRead)
	binary.LittleEndian.PutUint32(b[16:], 7) // owner, group, DACL
	_, m, err := s.c.call(ctx, cmdQueryInfo, s.tree, append(b, handle[:]...), doing)
	if err != nil {
		return nil, err
	}
	raw := m.buffer(uint32(m.u16(2)), m.u32(4))
	if m.err == nil && len(raw) == 0 {
		m.err = errors.New(doing + ": the server gave none")
	}
	return append([]byte(nil), raw...), m.err
}
