// Package policies holds the rules about group policies and SYSVOL: what the files say, and who may rewrite them. Package findings lists
// them.
package policies

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/points/access"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// readShare gives what was read of the domain's SYSVOL; says what is missing when nothing was.
func readShare(o *rule.Outcome) (*sysvol.Share, bool) {
	s, ok := o.Dir.Sysvol(o.Domain())
	if !ok {
		o.Missing("sysvol:files")
		return nil, false
	}
	if s.Partial {
		o.Missing("sysvol:files")
	}
	for _, p := range s.Policies {
		if len(p.Faults) > 0 {
			o.Missing("sysvol:files")
		}
	}
	return s, true
}

// readPermissions is readShare for the rules about permissions, which a copy does not have.
func readPermissions(o *rule.Outcome) (*sysvol.Share, bool) {
	s, ok := o.Dir.Sysvol(o.Domain())
	if !ok || !s.Permissions {
		o.Missing("sysvol:permissions")
		return nil, false
	}
	if s.Partial {
		o.Missing("sysvol:permissions")
	}
	return s, true
}

// foundFile reports a file of a policy: the policy's object when there is one, else the path.
func foundFile(o *rule.Outcome, path string, r rule.Reason) {
	if rest, ok := strings.CutPrefix(strings.ToLower(path), "policies/"); ok {
		guid, _, _ := strings.Cut(rest, "/")
		if id, ok := o.Child("CN=" + guid + ",CN=Policies,CN=System,"); ok {
			o.Found(id, conditional(o, id, r))
			return
		}
	}
	o.FoundName(sharePath(o, path), r)
}

// sharePath writes the path of a file as Windows does.
func sharePath(o *rule.Outcome, path string) string {
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

// SysvolWriters finds the files of SYSVOL that somebody who is not privileged may change, one finding for each policy or folder and trustee (ANSSI,
// warning_sysvol_files_acl).
func SysvolWriters(o *rule.Outcome) {
	s, ok := readPermissions(o)
	if !ok {
		return
	}
	names, parts := sysvolParts(s)
	for _, name := range names {
		changes, whole := access.FileChanges(s, parts[name], o.View)
		if !whole {
			o.Missing("sysvol:permissions")
		}
		for _, c := range changes {
			text, who := o.Who(c.Grant.Trustee)
			file := strings.ReplaceAll("/"+strings.Trim(c.First[min(len(name), len(c.First)):], "/"), "/", `\`)
			foundFile(o, name, rule.Because("policy_file", "right", c.Grant.Right, "trustee", text, "trustee_name", who, "file", file, "count", c.Count))
		}
	}
}

// SysvolUnread finds the files of SYSVOL whose permissions were not read (ANSSI, warning_sysvol_files_sd).
func SysvolUnread(o *rule.Outcome) {
	s, ok := readPermissions(o)
	if !ok {
		return
	}
	for _, f := range s.Files {
		if _, ok := s.Descriptor(f); !ok {
			o.FoundName(sharePath(o, f.Path), rule.Because("file_unread"))
		}
	}
}

// SysvolRoot looks at the root and at the folder of policies, where Windows lets the creators of policies work (ANSSI, warning_sysvol_root_sd).
func SysvolRoot(o *rule.Outcome) {
	s, ok := readPermissions(o)
	if !ok {
		return
	}
	creators := rule.Trusting{View: o.View, Also: o.Domain().SID.Append(sid.RIDGroupPolicyCreators)}
	for _, f := range s.Files {
		policies := strings.EqualFold(f.Path, "policies")
		if f.Path != "" && !policies && !strings.EqualFold(f.Path, "scripts") {
			continue
		}
		d, ok := s.Descriptor(f)
		if !ok {
			o.Missing("sysvol:permissions")
			continue
		}
		who := sysvol.Principals(o.View)
		if policies {
			who = creators
		}
		for _, g := range sysvol.Writers(d, who) {
			text, name := o.Who(g.Trustee)
			o.FoundName(sharePath(o, f.Path), rule.Because("folder_right", "right", g.Right, "trustee", text, "trustee_name", name))
		}
	}
}

// SysvolNotReplicated finds a domain whose SYSVOL the directory does not show replicated (ANSSI, warning_sysvol_no_repl).
func SysvolNotReplicated(o *rule.Outcome) {
	if _, ok := o.Child("CN=System,"); !ok {
		o.Missing("object:CN=System," + o.Domain().DN)
		return
	}
	if !o.SysvolReplicated() {
		o.FoundDomain(rule.Because("sysvol_alone"))
	}
}

// PolicyFolders compares the policies of the directory with their folders (ANSSI, info_gpo_sysvol).
func PolicyFolders(o *rule.Outcome) {
	s, ok := readShare(o)
	if !ok {
		return
	}
	if !o.Covers("groupPolicyContainer") {
		o.Missing("objects:groupPolicyContainer")
		return
	}
	known := make(map[string]bool)
	for _, id := range o.OfClass("groupPolicyContainer") {
		guid := strings.ToUpper(o.Dir.Name(id))
		known[guid] = true
		p, ok := s.Policy(guid)
		if !ok {
			if !s.Partial {
				o.Found(id, rule.Because("policy_no_folder"))
			}
			continue
		}
		if version, has := o.Dir.Int(id, "versionNumber"); has && p.Version != nil && uint32(version) != *p.Version {
			o.Found(id, rule.Because("policy_versions", "directory", version, "files", *p.Version))
		}
	}
	for _, p := range s.Policies {
		if !known[p.GUID] {
			o.FoundName(sharePath(o, p.Path), rule.Because("policy_no_object"))
		}
	}
}
