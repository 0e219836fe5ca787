package paths

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// policyFiles links to a policy whoever may change its files, and to an account whoever may change the program that runs when it
// signs in. The permissions of files are those of the share: a copy has none that mean anything.
func (b *builder) policyFiles() {
	for i, h := range b.homes {
		share, ok := b.dir.Sysvol(h.info)
		if !ok || !share.Permissions {
			continue
		}
		f := files{builder: b, home: uint16(i), share: share, writers: make(map[int][]fileWriter), scripts: make(map[string]sysvol.File)}
		f.policies()
		f.logonScripts()
	}
}

// files is the reading of the permissions of one share.
type files struct {
	*builder
	home    uint16
	share   *sysvol.Share
	writers map[int][]fileWriter // by number of the descriptor
	scripts map[string]sysvol.File
}

// fileWriter is somebody who may change a file.
type fileWriter struct {
	who  Node
	text string // right and trustee, for people
}

// Trusted tells whether a trustee is privileged by design.
func (f *files) Trusted(s sid.SID) bool { return f.zone[f.resolve(s, f.home)] }

// Holds tells whether a trustee has another SID in its token.
func (f *files) Holds(trustee, other sid.SID) bool { return f.builder.holds(f.home)(trustee, other) }

// of gives who may change a file, the privileged left out.
func (f *files) of(file sysvol.File) []fileWriter {
	out, ok := f.writers[file.Descriptor]
	if ok {
		return out
	}
	if d, ok := f.share.Descriptor(file); ok {
		for _, g := range sysvol.Writers(d, f) {
			out = append(out, fileWriter{f.resolve(g.Trustee, f.home), fileEntry(d, g)})
		}
	}
	f.writers[file.Descriptor] = out
	return out
}

// fileEntry gives the entry that a right over a file comes from.
func fileEntry(d *secdesc.Descriptor, g sysvol.Grant) string {
	if g.Right == "owner" {
		return "O:" + g.Trustee.String()
	}
	for a := range d.Entries() {
		if a.Kind() == secdesc.Allow && a.Effective() && a.Trustee == g.Trustee {
			return a.SDDL()
		}
	}
	return ""
}

// policies links the writers of each policy's files to the object of the policy.
func (f *files) policies() {
	object := make(map[string]model.ID) // by identifier, in capitals
	for id := range f.dir.OfClass("groupPolicyContainer") {
		if f.builder.home[id] == f.home {
			object[strings.ToUpper(f.dir.Name(id))] = id
		}
	}
	type key struct {
		who    Node
		policy model.ID
	}
	linked := make(map[key]bool)
	for _, file := range f.share.Files {
		rest, ok := cutFold(file.Path, "policies/")
		guid, inside, _ := strings.Cut(rest, "/")
		id, known := object[strings.ToUpper(guid)]
		if !ok || !known {
			if script, ok := cutFold(file.Path, "scripts/"); ok && !file.Folder {
				f.scripts[strings.ToLower(script)] = file
			}
			continue
		}
		for _, w := range f.of(file) {
			if k := (key{w.who, id}); !linked[k] {
				linked[k] = true
				f.linkWritten(w, id, control.WritePolicyFile, strings.TrimSuffix(guid+"/"+inside, "/"), id)
			}
		}
	}
}

// logonScripts links the writers of logon scripts to the accounts that run them.
func (f *files) logonScripts() {
	if len(f.scripts) == 0 {
		return
	}
	for id, kind := range f.kinds {
		if kind == noAccount || f.builder.home[id] != f.home {
			continue
		}
		id := model.ID(id)
		path, ok := f.dir.Text(id, "scriptPath")
		if !ok || path == "" {
			continue
		}
		name, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimLeft(path, `\/`), `\`, "/"), " ") // parameters may follow
		file, ok := f.scripts[strings.ToLower(name)]
		if !ok {
			file, ok = f.scripts[strings.ToLower(strings.ReplaceAll(strings.TrimLeft(path, `\/`), `\`, "/"))]
		}
		if !ok {
			continue
		}
		for _, w := range f.of(file) {
			f.linkWritten(w, id, control.WriteScriptFile, file.Path, id)
		}
	}
}

func (f *files) linkWritten(w fileWriter, to model.ID, k control.Kind, path string, where model.ID) {
	if w.who == Node(to) {
		return
	}
	u := f.written(w.who, k, strings.TrimSpace(w.text+" "+path), where)
	f.out.Add(f.Network.units[u.unit].node, Node(to), u.label)
}

// cutFold is strings.CutPrefix in any case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
