package sysvol

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"hygie/directory/reading"
)

// Entry is a name in a folder (MS-FSCC 2.4.17).
type Entry struct {
	Name   string
	Folder bool
	Link   bool // leads elsewhere: not followed
	Size   int64
}

// A Tree is a folder that can only be listed and read (docs/decisions/012-own-smb-client.md). Paths use slashes, "" is its root.
type Tree interface {
	// List gives what a folder holds, in any order.
	List(ctx context.Context, path string) ([]Entry, error)
	// Read gives the content of a file of at most limit bytes; a longer one is an error.
	Read(ctx context.Context, path string, limit int64) ([]byte, error)
	// Descriptor gives owner, group and DACL (MS-DTYP 2.4.6); ErrNoPermissions from a tree that has none.
	Descriptor(ctx context.Context, path string) ([]byte, error)
}

// ErrNoPermissions says that the permissions of files mean nothing in a tree (MS-DTYP 2.4.6).
var ErrNoPermissions = errors.New("the permissions of a copy are not those of the share")

// ErrNoShare says that a folder is not SYSVOL, nor the folder of a domain in it (MS-GPOD 2.1.3.2.1.2).
var ErrNoShare = errors.New("no folder named Policies, here or one level below")

// Options bound what is read (docs/formats/directory-inputs.md, Bounds). Zero fields take the default.
type Options struct {
	Source string // folder or address, for messages
	Domain string // DNS name of the domain; "": the name of its folder
	Folder string // name of the tree itself: that of the domain, perhaps, when the tree is the folder of one domain
	Files  int    // folders and files of one domain; 500,000
	Size   int64  // bytes of one settings file; 16 MiB
	Depth  int    // folders below one another; 32

	Progress func(files int) // told now and then; nil for nobody
}

// maxFaults bounds the faults of one policy and the warnings of a share.
const maxFaults = 100

// Read reads each domain's folder of a tree: SYSVOL as it is shared, with one folder by domain, one such folder, or SYSVOL as
// it lies on the disk of a controller (MS-GPOD 2.1.3.2.1.2). What cannot be read is in the faults and warnings of the share; an error means that
// there is no share at all, or that ctx ended.
func Read(ctx context.Context, t Tree, o Options) ([]*Share, error) {
	o.Files, o.Size, o.Depth = cmp.Or(o.Files, 500_000), cmp.Or(o.Size, 16<<20), cmp.Or(o.Depth, 32)
	if o.Progress == nil {
		o.Progress = func(int) {}
	}
	roots, err := domainFolders(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("read SYSVOL %s: %w", o.Source, err)
	}
	var out []*Share
	for _, root := range roots {
		name := root[strings.LastIndexByte(root, '/')+1:]
		if !strings.Contains(name, ".") { // "domain", as the folder is called on the disk of a controller
			name = ""
		}
		own := ""
		if root == "" {
			own = o.Folder
		}
		r := &reader{Options: o, tree: t, root: root, share: &Share{
			Domain: strings.ToLower(cmp.Or(o.Domain, name)), Folder: own, Source: o.Source, Files: []File{}, Policies: []Policy{},
		}, descriptors: make(map[string]int), policies: make(map[string]int), permissions: true}
		r.walk(ctx, "", 0)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read SYSVOL %s: %w", o.Source, context.Cause(ctx))
		}
		r.finish()
		out = append(out, r.share)
	}
	return out, nil
}

// domainFolders finds the folders that hold a folder of policies.
func domainFolders(ctx context.Context, t Tree) ([]string, error) {
	list, err := t.List(ctx, "")
	if err != nil {
		return nil, err
	}
	if named(list, "Policies") != "" {
		return []string{""}, nil
	}
	var out []string
	for _, e := range list {
		if !e.Folder || e.Link {
			continue
		}
		below, err := t.List(ctx, e.Name)
		if err != nil {
			continue
		}
		if named(below, "Policies") != "" {
			out = append(out, e.Name)
			continue
		}
		if strings.EqualFold(e.Name, "sysvol") {
			out = append(out, sysvolFolders(ctx, t, e.Name, below)...)
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		return nil, ErrNoShare
	}
	return out, nil
}

func sysvolFolders(ctx context.Context, t Tree, parent string, list []Entry) []string {
	var out []string
	for _, e := range list {
		if !e.Folder || e.Link {
			continue
		}
		if below, err := t.List(ctx, parent+"/"+e.Name); err == nil && named(below, "Policies") != "" {
			out = append(out, parent+"/"+e.Name)
		}
	}
	return out
}

// named finds a folder by its name in any case.
func named(list []Entry, name string) string {
	for _, e := range list {
		if e.Folder && !e.Link && strings.EqualFold(e.Name, name) {
			return e.Name
		}
	}
	return ""
}

// reader reads the folder of one domain.
type reader struct {
	Options
	tree        Tree
	root        string // in the tree
	share       *Share
	descriptors map[string]int // descriptor -> its number in the share
	policies    map[string]int // identifier -> place in the share
	permissions bool           // still worth asking for
	full        bool           // the bound on files was reached
}

func (r *reader) warn(path string, err error) {
	r.share.Partial = true
	if len(r.share.Warnings) < maxFaults {
		r.share.Warnings = append(r.share.Warnings, reading.Warning("source_sysvol", err, "file", path))
	}
}

// place gives the path of a file in the tree.
func (r *reader) place(path string) string {
	return strings.Trim(r.root+"/"+path, "/")
}

// walk notes a folder, then what it holds, by name.
func (r *reader) walk(ctx context.Context, path string, depth int) {
	r.note(ctx, File{Path: path, Folder: true})
	if depth > r.Depth {
		r.warn(path, reading.Cause("folder_deep", "limit", r.Depth))
		return
	}
	list, err := r.tree.List(ctx, r.place(path))
	if err != nil {
		r.warn(cmp.Or(path, "/"), err)
		return
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})
	for _, e := range list {
		if ctx.Err() != nil || r.full {
			return
		}
		below := strings.TrimPrefix(path+"/"+e.Name, "/")
		switch {
		case e.Link, !plainName(e.Name):
		case e.Folder:
			r.walk(ctx, below, depth+1)
		default:
			r.note(ctx, File{Path: below, Size: e.Size})
			r.take(ctx, below, e.Size)
		}
	}
}

// plainName refuses the names that would lead out of their folder.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\\x00")
}

// note adds a folder or a file to the share, with its descriptor.
func (r *reader) note(ctx context.Context, f File) {
	if len(r.share.Files) >= r.Files {
		if !r.full {
			r.warn("", reading.Cause("files_many", "limit", r.Files))
		}
		r.full = true
		return
	}
	if r.permissions {
		raw, err := r.tree.Descriptor(ctx, r.place(f.Path))
		switch {
		case errors.Is(err, ErrNoPermissions):
			r.permissions = false
		case err == nil:
			r.share.Permissions = true
			n, known := r.descriptors[string(raw)]
			if !known {
				r.share.Descriptors = append(r.share.Descriptors, raw)
				n = len(r.share.Descriptors)
				r.descriptors[string(raw)] = n
			}
			f.Descriptor = n
		}
	}
	r.share.Files = append(r.share.Files, f)
	if len(r.share.Files)%100 == 0 {
		r.Progress(len(r.share.Files))
	}
}

// policyFolder is the folder of a policy below that of the domain, and the rest.
var policyFolder = regexp.MustCompile(`(?i)^(policies/(\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}))/(.+)$`)

// take reads a settings file of a policy.
func (r *reader) take(ctx context.Context, path string, size int64) {
	m := policyFolder.FindStringSubmatch(path)
	if m == nil {
		return
	}
	p := r.policy(m[1], m[2])
	read := p.readerOf(m[3])
	if read == nil {
		return
	}
	if size > r.Size {
		p.fault(faultOf(path, reading.Cause("settings_large", "size", size, "limit", r.Size)))
		return
	}
	b, err := r.tree.Read(ctx, r.place(path), r.Size)
	if err != nil {
		p.fault(faultOf(path, plain(err)))
		return
	}
	if err := read(path, b); err != nil {
		p.fault(faultOf(path, err))
	}
}

// plain tells why a file could not be opened, without the path that the fault names already.
func plain(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

func (p *Policy) fault(f Fault) {
	if len(p.Faults) < maxFaults {
		p.Faults = append(p.Faults, f)
	}
}

// readerOf gives what reads a file, named below the folder of its policy; nil for a file that says nothing here.
func (p *Policy) readerOf(path string) func(string, []byte) error {
	low := strings.ToLower(path)
	base := low[strings.LastIndexByte(low, '/')+1:]
	switch {
	case low == "gpt.ini":
		return p.takeVersion
	case low == "machine/registry.pol", low == "user/registry.pol":
		return p.takeRegistry
	case low == "machine/microsoft/windows nt/secedit/gpttmpl.inf":
		return p.takeTemplate
	case strings.HasSuffix(low, "/scripts/scripts.ini"), strings.HasSuffix(low, "/scripts/psscripts.ini"):
		return p.takeScripts
	}
	if _, ok := preferenceKind(base); ok && strings.Contains("/"+low, "/preferences/") {
		return p.takePreference
	}
	return nil
}

// policy finds or adds a policy.
func (r *reader) policy(path, guid string) *Policy {
	guid = strings.ToUpper(guid)
	i, ok := r.policies[guid]
	if !ok {
		i = len(r.share.Policies)
		r.policies[guid] = i
		r.share.Policies = append(r.share.Policies, Policy{GUID: guid, Path: path})
	}
	return &r.share.Policies[i]
}

// emptyFolder is a folder of policy, whatever it holds.
var emptyFolder = regexp.MustCompile(`(?i)^policies/(\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\})$`)

// finish adds the policies whose folder is empty and sorts.
func (r *reader) finish() {
	for _, f := range r.share.Files {
		if m := emptyFolder.FindStringSubmatch(f.Path); m != nil && f.Folder {
			r.policy(f.Path, m[1])
		}
	}
	slices.SortFunc(r.share.Policies, func(a, b Policy) int { return strings.Compare(a.GUID, b.GUID) })
	r.Progress(len(r.share.Files))
}
