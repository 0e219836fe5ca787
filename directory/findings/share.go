package findings

import (
	"strings"

	"hygie/directory/points/access"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// sysvol gives what was read of the domain's SYSVOL; says what is missing when nothing was.
func (o *outcome) sysvol() (*sysvol.Share, bool) {
	s, ok := o.dir.Sysvol(o.Domain())
	if !ok {
		o.missing("sysvol:files")
		return nil, false
	}
	if s.Partial {
		o.missing("sysvol:files")
	}
	for _, p := range s.Policies {
		if len(p.Faults) > 0 {
			o.missing("sysvol:files")
		}
	}
	return s, true
}

// permissions is sysvol for the rules about permissions, which a copy does not have.
func (o *outcome) permissions() (*sysvol.Share, bool) {
	s, ok := o.dir.Sysvol(o.Domain())
	if !ok || !s.Permissions {
		o.missing("sysvol:permissions")
		return nil, false
	}
	if s.Partial {
		o.missing("sysvol:permissions")
	}
	return s, true
}

// foundFile reports a file of a policy: the policy's object when there is one, else the path.
func (o *outcome) foundFile(path string, r reason) {
	if rest, ok := strings.CutPrefix(strings.ToLower(path), "policies/"); ok {
		guid, _, _ := strings.Cut(rest, "/")
		if id, ok := o.Child("CN=" + guid + ",CN=Policies,CN=System,"); ok {
			o.found(id, r)
			return
		}
	}
	o.foundName(sharePath(o, path), r)
}

// sharePath writes the path of a file as Windows does.
func sharePath(o *outcome, path string) string {
	full := `\\` + o.Domain().DNSName + `\SYSVOL\` + o.Domain().DNSName
	if path != "" {
		full += `\` + strings.ReplaceAll(path, "/", `\`)
	}
	return full
}

// sysvolParts cuts a share into the folders whose permissions are told apart: each policy, and what else there is below the root.
func sysvolParts(s *sysvol.Share) (names []string, parts map[string][]sysvol.File) {
	parts = make(map[string][]sysvol.File)
	for _, f := range s.Files {
		steps := strings.SplitN(f.Path, "/", 3)
		depth := 1
		if strings.EqualFold(steps[0], "policies") {
			depth = 2
		}
		if f.Path == "" || len(steps) < depth {
			continue // the root and the folder of policies have their own rule
		}
		name := strings.Join(steps[:depth], "/")
		if _, ok := parts[name]; !ok {
			names = append(names, name)
		}
		parts[name] = append(parts[name], f)
	}
	return names, parts
}

func sysvolWriters(o *outcome) {
	s, ok := o.permissions()
	if !ok {
		return
	}
	names, parts := sysvolParts(s)
	for _, name := range names {
		changes, whole := access.FileChanges(s, parts[name], o.View)
		if !whole {
			o.missing("sysvol:permissions")
		}
		for _, c := range changes {
			text, who := o.Who(c.Grant.Trustee)
			file := strings.ReplaceAll("/"+strings.Trim(c.First[min(len(name), len(c.First)):], "/"), "/", `\`)
			o.foundFile(name, because("policy_file", "right", c.Grant.Right, "trustee", text, "trustee_name", who, "file", file, "count", c.Count))
		}
	}
}

func sysvolUnread(o *outcome) {
	s, ok := o.permissions()
	if !ok {
		return
	}
	for _, f := range s.Files {
		if _, ok := s.Descriptor(f); !ok {
			o.foundName(sharePath(o, f.Path), because("file_unread"))
		}
	}
}

// sysvolRoot looks at the root and at the folder of policies, where Windows lets the creators of policies work.
func sysvolRoot(o *outcome) {
	s, ok := o.permissions()
	if !ok {
		return
	}
	creators := trusting{o.View, o.Domain().SID.Append(sid.RIDGroupPolicyCreators)}
	for _, f := range s.Files {
		policies := strings.EqualFold(f.Path, "policies")
		if f.Path != "" && !policies && !strings.EqualFold(f.Path, "scripts") {
			continue
		}
		d, ok := s.Descriptor(f)
		if !ok {
			o.missing("sysvol:permissions")
			continue
		}
		who := sysvol.Principals(o.View)
		if policies {
			who = creators
		}
		for _, g := range sysvol.Writers(d, who) {
			text, name := o.Who(g.Trustee)
			o.foundName(sharePath(o, f.Path), because("folder_right", "right", g.Right, "trustee", text, "trustee_name", name))
		}
	}
}

func sysvolNotReplicated(o *outcome) {
	if _, ok := o.Child("CN=System,"); !ok {
		o.missing("object:CN=System," + o.Domain().DN)
		return
	}
	if !o.SysvolReplicated() {
		o.foundDomain(because("sysvol_alone"))
	}
}

// policyFolders compares the policies of the directory with their folders.
func policyFolders(o *outcome) {
	s, ok := o.sysvol()
	if !ok {
		return
	}
	if !o.Covers("groupPolicyContainer") {
		o.missing("objects:groupPolicyContainer")
		return
	}
	known := make(map[string]bool)
	for _, id := range o.OfClass("groupPolicyContainer") {
		guid := strings.ToUpper(o.dir.Name(id))
		known[guid] = true
		p, ok := s.Policy(guid)
		if !ok {
			if !s.Partial {
				o.found(id, because("policy_no_folder"))
			}
			continue
		}
		if version, has := o.dir.Int(id, "versionNumber"); has && p.Version != nil && uint32(version) != *p.Version {
			o.found(id, because("policy_versions", "directory", version, "files", *p.Version))
		}
	}
	for _, p := range s.Policies {
		if !known[p.GUID] {
			o.foundName(sharePath(o, p.Path), because("policy_no_object"))
		}
	}
}
