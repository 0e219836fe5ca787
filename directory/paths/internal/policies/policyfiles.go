package policies

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// Files links to a policy whoever may change its files, and to an account whoever may change the program that runs when it
// signs in. The permissions of files are those of the share: a copy has none that mean anything.
func (b *Reading) Files() {
	for i, h := range b.Homes {
		share, ok := b.Dir.Sysvol(h.Info)
		if !ok || !share.Permissions {
			continue
		}
		f := files{Reading: b, home: uint16(i), share: share, writers: make(map[int][]fileWriter), scripts: make(map[string]sysvol.File)}
		f.ofPolicies()
		f.logonScripts()
	}
}

// files is the reading of the permissions of one share.
type files struct {
	*Reading
	home    uint16
	share   *sysvol.Share
	writers map[int][]fileWriter // by number of the descriptor
	scripts map[string]sysvol.File
}

// fileWriter is somebody who may change a file.
type fileWriter struct {
	who  graph.Node
	text string // right and trustee, for people
}

// Trusted tells whether a trustee is privileged by design.
func (f *files) Trusted(s sid.SID) bool { return f.Zone[f.Resolve(s, f.home)] }

// Holds tells whether a trustee has another SID in its token.
func (f *files) Holds(trustee, other sid.SID) bool { return f.Builder.Holds(f.home)(trustee, other) }

// of gives who may change a file, the privileged left out.
func (f *files) of(file sysvol.File) []fileWriter {
	out, ok := f.writers[file.Descriptor]
	if ok {
		return out
	}
	if d, ok := f.share.Descriptor(file); ok {
		for _, g := range sysvol.Writers(d, f) {
			out = append(out, fileWriter{f.Resolve(g.Trustee, f.home), fileEntry(d, g)})
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

// ofPolicies links the writers of each policy's files to the object of the policy.
func (f *files) ofPolicies() {
	object := make(map[string]model.ID) // by identifier, in capitals
	for id := range f.Dir.OfClass("groupPolicyContainer") {
		if f.Builder.Home[id] == f.home {
			object[strings.ToUpper(f.Dir.Name(id))] = id
		}
	}
	type key struct {
		who    graph.Node
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
	for id, kind := range f.Kinds {
		if kind == wiring.NoAccount || f.Builder.Home[id] != f.home {
			continue
		}
		id := model.ID(id)
		path, ok := f.Dir.Text(id, "scriptPath")
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
	if w.who == graph.Node(to) {
		return
	}
	u := f.Written(w.who, k, strings.TrimSpace(w.text+" "+path), where)
	f.Out.Add(f.Record.Units[u.Unit].Node, graph.Node(to), u.Label)
}

// cutFold is strings.CutPrefix in any case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
