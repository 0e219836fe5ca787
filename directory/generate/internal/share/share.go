// Package share writes the files of SYSVOL, the folder that controllers share: the settings of group policies and the logon script.
package share

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf16"

	"hygie/directory/control"
	"hygie/directory/generate/internal/world"
	"hygie/directory/generate/planted"
	"hygie/directory/sysvol"
)

// share is the shared folder of the controllers, being written.
type share struct{ *world.World }

// shareFile is a file of SYSVOL with its permissions; a folder has a nil text.
type shareFile struct {
	text []byte
	sddl string
}

// Permissions of files in SDDL, as Windows gives them.
const (
	shareRoot   = "O:BAG:SYD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)(A;OICI;0x1200a9;;;SO)"
	sharePolicy = "O:DAG:DAD:PAI(A;OICI;FA;;;DA)(A;OICI;FA;;;EA)(A;OICIIO;FA;;;CO)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)(A;OICI;0x1200a9;;;ED)"
)

// shareFiles writes the folder that controllers share, by path below the folder of the domain. Text of settings is in UTF-16 as
// Windows writes it.
func (w *share) shareFiles() map[string]shareFile {
	out := map[string]shareFile{"": {nil, shareRoot}, "Policies": {nil, shareRoot}, "scripts": {nil, shareRoot}}
	out["scripts/ouverture.cmd"] = shareFile{[]byte("@echo off\r\nnet use P: \\\\srv-fichiers\\commun\r\n"), shareRoot}
	policy := func(guid string, files map[string]string) {
		top := "Policies/" + guid
		out[top] = shareFile{nil, sharePolicy}
		out[top+"/Machine"], out[top+"/User"] = shareFile{nil, sharePolicy}, shareFile{nil, sharePolicy}
		out[top+"/GPT.INI"] = shareFile{[]byte("[General]\r\nVersion=65537\r\n"), sharePolicy}
		for path, text := range files {
			for at := strings.IndexByte(path, '/'); at >= 0; {
				out[top+"/"+path[:at]] = shareFile{nil, sharePolicy}
				next := strings.IndexByte(path[at+1:], '/')
				if next < 0 {
					break
				}
				at += 1 + next
			}
			content := []byte(text)
			if strings.HasSuffix(path, ".inf") {
				content = utf16Text(text)
			}
			out[top+"/"+path] = shareFile{content, sharePolicy}
		}
	}
	const template, groups = "Machine/Microsoft/Windows NT/SecEdit/GptTmpl.inf", "Machine/Preferences/Groups/Groups.xml"
	const head = "[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n"
	policy(world.DefaultDomainPolicy, map[string]string{template: head + "[System Access]\r\nMinimumPasswordLength = 12\r\nPasswordComplexity = 1\r\nClearTextPassword = 0\r\n"})
	policy(world.DefaultControllersPolicy, map[string]string{template: head + "[Privilege Rights]\r\n" + w.controllerRights()})
	for _, name := range world.PolicyNames() {
		files := map[string]string{}
		switch name {
		case world.ServerPolicy:
			files[template] = head + "[Group Membership]\r\n" + w.serverAdministrators()
		case "Postes - socle":
			files[groups] = groupsFile("S-1-5-32-544", w.SIDText("GG-Support-SI"), "")
		case "Postes - imagerie":
			if w.WholeDemo() {
				files[groups] = groupsFile("S-1-5-32-544", w.SIDText("GG-Support-SI"), "j1Uyj3Vx8TY9LtLZil2uAuZkFQA/4latT76ZwgdHdhw")
				w.Find("gpp_password", "Une préférence garde le mot de passe d’un compte local, lisible par tous.", "CN="+w.PolicyName(name)+",CN=Policies,CN=System,"+w.Root)
			}
		}
		policy(w.PolicyName(name), files)
	}
	if w.Leads(planted.PolicyFile) {
		path := "Policies/" + w.PolicyName(world.ServerPolicy) + "/Machine/Registry.pol"
		out[path] = shareFile{[]byte("PReg\x01\x00\x00\x00"), strings.Replace(sharePolicy, "PAI", "PAI(A;;0x1301bf;;;"+w.WalkerSID(planted.PolicyFile).String()+")", 1)}
	}
	return out
}

// controllerRights are the rights that the policy of the controllers gives, as Windows sets them.
func (w *share) controllerRights() string {
	backup := "*S-1-5-32-544,*S-1-5-32-551,*S-1-5-32-549"
	if w.Leads(planted.PolicyPrivilege) {
		backup += ",*" + w.WalkerSID(planted.PolicyPrivilege).String()
	}
	return "SeBackupPrivilege = " + backup + "\r\nSeRestorePrivilege = *S-1-5-32-544,*S-1-5-32-551,*S-1-5-32-549\r\n" +
		"SeDebugPrivilege = *S-1-5-32-544\r\nSeTakeOwnershipPrivilege = *S-1-5-32-544\r\nSeEnableDelegationPrivilege = *S-1-5-32-544\r\n" +
		"SeLoadDriverPrivilege = *S-1-5-32-544,*S-1-5-32-550\r\nSeNetworkLogonRight = *S-1-1-0,*S-1-5-11,*S-1-5-32-544\r\n" +
		"SeInteractiveLogonRight = *S-1-5-32-544,*S-1-5-32-548,*S-1-5-32-549,*S-1-5-32-550,*S-1-5-32-551,*S-1-5-9\r\n"
}

// serverAdministrators are the members that a policy leaves in the group of administrators of each server.
func (w *share) serverAdministrators() string {
	members := "*" + w.SID.Append(512).String()
	if w.Leads(planted.PolicyAdmin) {
		members += ",*" + w.WalkerSID(planted.PolicyAdmin).String()
	}
	return "*S-1-5-32-544__Memberof =\r\n*S-1-5-32-544__Members = " + members + "\r\n"
}

// groupsFile is a preference that adds a member to a local group, and sets the password of a local account when one is given.
func groupsFile(group, member, password string) string {
	out := `<?xml version="1.0" encoding="utf-8"?>` + "\r\n" + `<Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}">`
	if password != "" {
		out += `<User clsid="{DF5F1855-51E5-4d24-8B1A-D9BDE98BA1D1}" name="maintenance" image="2" changed="2014-02-03 08:11:12" uid="{6F6B2C3A-0B2E-4C51-9C0E-3E2B6B7C9D10}">` +
			`<Properties action="U" newName="" fullName="" description="" cpassword="` + password + `" changeLogon="0" noChange="0" neverExpires="1" acctDisabled="0" userName="maintenance"/></User>`
	}
	return out + `<Group clsid="{6D4A79E4-529C-4481-ABD0-F5BD7EA93BA7}" name="Administrateurs" image="2" changed="2021-05-06 07:08:09" uid="{2B4D6F81-93A5-4B7C-8D9E-0F1A2B3C4D5E}">` +
		`<Properties action="U" newName="" description="" deleteAllUsers="0" deleteAllGroups="0" removeAccounts="0" groupSid="` + group + `" groupName="Administrateurs">` +
		`<Members><Member name="" action="ADD" sid="` + member + `"/></Members></Properties></Group></Groups>`
}

// utf16Text gives a text in UTF-16 with its mark.
func utf16Text(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// shareWays notes the ways that the files of policies open.
func (w *share) shareWays() {
	host := w.ServerDN("SRV-PKI")
	if w.Leads(planted.PolicyFile) {
		w.viaShare(planted.PolicyFile, "Un agent peut modifier un fichier de la stratégie des serveurs.", host, control.WritePolicyFile, control.AppliesTo)
	}
	if w.Leads(planted.PolicyAdmin) {
		w.viaShare(planted.PolicyAdmin, "Une stratégie laisse un agent administrateur de tous les serveurs.", host, control.PolicyAdmin)
	}
	if w.Leads(planted.PolicyPrivilege) {
		w.viaShare(planted.PolicyPrivilege, "La stratégie des contrôleurs donne à un agent le droit de tout sauvegarder.", "CN=DC1,OU=Domain Controllers,"+w.Root, control.PolicyPrivilege)
	}
}

func (w *share) viaShare(name, what, target string, kinds ...control.Kind) {
	w.Way(name, what, w.PersonDN(w.Walker(name)), target, kinds...)
	w.Paths[len(w.Paths)-1].Share = true
}

// Write notes what the files of policies open, and gives SYSVOL, permissions included, to a sink that takes it (MS-GPOD 2.1.3.2.1.2).
func Write(of *world.World) error {
	w := &share{of}
	w.shareWays()
	files := w.shareFiles()
	sink, ok := w.Out.(interface {
		WriteSysvol(*sysvol.Share) error
	})
	if !ok {
		return nil
	}
	tree, err := w.tree(files)
	if err != nil {
		return err
	}
	shares, err := sysvol.Read(context.Background(), tree, sysvol.Options{Source: "dc1." + w.Asked.DNSName, Domain: w.Asked.DNSName})
	if err != nil {
		return fmt.Errorf("generate SYSVOL: %w", err)
	}
	return sink.WriteSysvol(shares[0])
}

// Texts gives the texts of the files of SYSVOL by path below the folder of the domain; a folder has a nil text (MS-GPOD 2.1.3.2.1.2).
func Texts(o world.Choice) (map[string][]byte, error) {
	w, err := world.New(o, nil)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte)
	for path, f := range (&share{w}).shareFiles() {
		out[path] = f.text
	}
	return out, nil
}

func (w *share) tree(files map[string]shareFile) (memoryTree, error) {
	tree := memoryTree{}
	for path, f := range files {
		sd, err := w.SDDL(f.sddl)
		if err != nil {
			return nil, fmt.Errorf("generate SYSVOL: %s: %w", path, err)
		}
		tree[path] = memoryFile{f.text, sd}
	}
	return tree, nil
}

type memoryFile struct {
	text []byte // nil: a folder
	sd   []byte
}

// memoryTree is a sysvol.Tree.
type memoryTree map[string]memoryFile

// List gives what a folder holds.
func (t memoryTree) List(_ context.Context, path string) ([]sysvol.Entry, error) {
	if f, ok := t[path]; !ok || f.text != nil {
		return nil, fs.ErrNotExist
	}
	var out []sysvol.Entry
	for name, f := range t {
		up, base := "", name
		if at := strings.LastIndexByte(name, '/'); at >= 0 {
			up, base = name[:at], name[at+1:]
		}
		if name != "" && up == path {
			out = append(out, sysvol.Entry{Name: base, Folder: f.text == nil, Size: int64(len(f.text))})
		}
	}
	slices.SortFunc(out, func(a, b sysvol.Entry) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Read gives a file.
func (t memoryTree) Read(_ context.Context, path string, limit int64) ([]byte, error) {
	f, ok := t[path]
	if !ok || f.text == nil {
		return nil, fs.ErrNotExist
	}
	if int64(len(f.text)) > limit {
		return nil, errors.New("longer than asked for")
	}
	return f.text, nil
}

// Descriptor gives the permissions of a file.
func (t memoryTree) Descriptor(_ context.Context, path string) ([]byte, error) {
	f, ok := t[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return f.sd, nil
}
