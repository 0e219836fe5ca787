package sysvol

import (
	"slices"
	"strconv"
	"strings"

	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/secdesc"
)

// Share is what was read of the folder of one domain (docs/formats/directory-dump.md, SYSVOL).
type Share struct {
	Domain      string           `json:"domain,omitempty"` // DNS name, "" when the folder does not tell
	Folder      string           `json:"-"`                // name of the folder itself, which may be that of its domain, when Domain is ""
	Source      string           `json:"source"`           // folder or address, for messages
	Permissions bool             `json:"permissions"`      // descriptors of files were read, as far as the account may
	Partial     bool             `json:"partial,omitempty"`
	Warnings    []reasons.Reason `json:"warnings,omitempty"` // what the reader has to say, when something is missing
	Files       []File           `json:"files"`              // folders and files, each folder before what it holds
	Descriptors [][]byte         `json:"descriptors,omitempty"`
	Policies    []Policy         `json:"policies"` // by identifier
}

// File is a folder or a file (docs/formats/directory-dump.md, SYSVOL).
type File struct {
	Path       string `json:"path"` // below the folder of the domain, with slashes; "" for that folder itself
	Folder     bool   `json:"folder,omitempty"`
	Size       int64  `json:"size,omitempty"`
	Descriptor int    `json:"descriptor,omitempty"` // in Share.Descriptors, counted from 1; 0: not read
}

// Policy is the folder of one group policy (MS-GPOD 2.1.3.2.1.2).
type Policy struct {
	GUID    string   `json:"guid"` // with braces, in capitals: the name of its object in the directory
	Path    string   `json:"path"` // of its folder, see File.Path
	Version *uint32  `json:"version,omitempty"`
	Values  []Value  `json:"values,omitempty"`  // Registry.pol and [Registry Values]
	System  []Value  `json:"system,omitempty"`  // [System Access]: password policy of the domain
	Rights  []Right  `json:"rights,omitempty"`  // [Privilege Rights]
	Groups  []Group  `json:"groups,omitempty"`  // [Group Membership] and preferences
	Scripts []Script `json:"scripts,omitempty"` // what machines or people run
	Secrets []Secret `json:"secrets,omitempty"` // passwords that anybody can read
	Faults  []Fault  `json:"faults,omitempty"`  // what could not be read
}

// Value is a setting whose value is a number; texts are not kept, see the package comment (MS-GPREG 2.2.1).
type Value struct {
	File    string `json:"file"`
	Key     string `json:"key"`
	Name    string `json:"name"`
	Number  uint64 `json:"number"`
	Numeric bool   `json:"numeric"` // false: there is a value, which is not a number
}

// Right is a right or a privilege given to principals (MS-GPSB 2.2.6).
type Right struct {
	File string   `json:"file"`
	Name string   `json:"name"` // SeDebugPrivilege
	Who  []string `json:"who"`  // SIDs, or names as written
}

// Group is a change to a local or domain group (MS-GPSB 2.2.4, MS-GPPREF 2.2.1.11).
type Group struct {
	File    string   `json:"file"`
	Group   string   `json:"group"` // SID, or name as written
	Adds    []string `json:"adds"`  // SIDs, or names as written
	Joins   []string `json:"joins"` // groups that it is made a member of
	Removes []string `json:"removes"`
}

// Script is a program that a policy runs (MS-GPSCR 2.2.2).
type Script struct {
	File       string `json:"file"`
	Event      string `json:"event"` // Startup, Shutdown, Logon, Logoff
	Command    string `json:"command"`
	Parameters bool   `json:"parameters,omitempty"` // it has some, which are not kept
}

// Secret says that a file holds a password, without it (MS-GPPREF 2.2.1.1.4).
type Secret struct {
	File    string `json:"file"`
	Offset  int64  `json:"offset"`            // of the element or value in the file, in bytes of UTF-8 when it is XML
	Kind    string `json:"kind"`              // Groups, Services, ScheduledTasks, Drives, DataSources, Printers, Registry
	Account string `json:"account,omitempty"` // whose password it is
	Changed string `json:"changed,omitempty"` // as the file says, "2014-05-13 08:00:00"
}

// Fault is a file that could not be read, wholly or from a place on (docs/formats/directory-dump.md, SYSVOL).
type Fault struct {
	File   string         `json:"file"`
	Offset int64          `json:"offset"`
	What   reasons.Reason `json:"what"`
}

func faultOf(file string, err error) Fault {
	f := Fault{File: file, What: reading.Warning("source_fault", err)}
	f.Offset, _ = strconv.ParseInt(f.What.Get("byte"), 10, 64)
	return f
}

// Warning tells the fault as a warning of its source.
func (f Fault) Warning() reasons.Reason {
	r := f.What
	if r.Code == "source_fault" {
		r.Code = "source_sysvol"
	}
	r.Params = append([]reasons.Param{{Name: "file", Value: f.File}}, r.Params...)
	return r
}

// Descriptor gives the descriptor of a file; false when it was not read or cannot be decoded.
func (s *Share) Descriptor(f File) (*secdesc.Descriptor, bool) {
	if f.Descriptor < 1 || f.Descriptor > len(s.Descriptors) {
		return nil, false
	}
	d, err := secdesc.Parse(s.Descriptors[f.Descriptor-1])
	return &d, err == nil
}

// Policy finds a policy by its identifier, in any case, with braces.
func (s *Share) Policy(guid string) (*Policy, bool) {
	want := strings.ToUpper(guid)
	i, ok := slices.BinarySearchFunc(s.Policies, want, func(p Policy, id string) int { return strings.Compare(p.GUID, id) })
	if !ok {
		return nil, false
	}
	return &s.Policies[i], true
}

// Below lists the files of a folder at any depth, the folder itself first.
func (s *Share) Below(path string) []File {
	var out []File
	for _, f := range s.Files {
		if strings.EqualFold(f.Path, path) || len(f.Path) > len(path) && f.Path[len(path)] == '/' && strings.EqualFold(f.Path[:len(path)], path) {
			out = append(out, f)
		}
	}
	return out
}
