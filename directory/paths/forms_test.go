package paths_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hygie/directory"
	"hygie/directory/generate"
	"hygie/directory/generate/planted"
	"hygie/directory/model"
	"hygie/directory/paths"
)

// What is planted is found in every form in which it can be seen, and nothing else, over several seeds.
func TestPlantedWaysInEveryForm(t *testing.T) {
	for seed := range uint64(3) {
		o := generate.Options{Objects: 800, Seed: 40 + seed, AsOf: generatedAt, Weaknesses: generate.Demo}
		dir := t.TempDir()
		truth, err := generate.Folder(o, dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []struct {
			name  string
			files []string
			blind []string // names of ways that the form does not show
			also  []string // other ways that it shows for the same causes
		}{
			{"dump", []string{generate.DumpFile}, nil, nil},
			{"LDIF", []string{generate.LDIFFile}, []string{planted.PolicyFile, planted.PolicyAdmin, planted.PolicyPrivilege}, nil},
			{"LDIF and a copy of SYSVOL", []string{generate.LDIFFile, generate.SysvolFolder}, []string{planted.PolicyFile}, nil},
			{"ORADAD", []string{generate.ORADADFolder}, []string{planted.PolicyAdmin, planted.PolicyPrivilege}, nil},
			{"SharpHound", []string{generate.SharpHoundFile}, []string{planted.PolicyFile, planted.PolicyAdmin, planted.PolicyPrivilege,
				"adminsdholder", "constrained-delegation", planted.NestedUnit}, []string{
				"MemberOf GenericWrite GPLink", "MemberOf GenericWrite Enroll IssuesCertificates", // an entry with several rights is told as several
				"MemberOf MemberOf WriteDacl LinkedPolicy", // that rights are inherited is not told, that policies apply is
			}},
		} {
			var sources []directory.Source
			for _, name := range form.files {
				sources = append(sources, directory.Source{Path: filepath.Join(dir, name), Sysvol: name == generate.SysvolFolder})
			}
			d, err := directory.Open(t.Context(), sources, directory.Limits{})
			if err != nil {
				t.Fatalf("%s: %v", form.name, err)
			}
			checkWays(t, form.name, d, truth, form.blind, form.also)
		}
	}
}

// checkWays compares the ways into tier 0 of a directory with those planted.
func checkWays(t *testing.T, form string, d *model.Directory, truth *generate.Truth, blind, also []string) {
	t.Helper()
	n := network(t, d)
	ways := n.Ways(1000)
	left := make([]string, 0, len(ways.List))
	for _, w := range ways.List {
		left = append(left, kinds(w.Path))
	}
	for _, planted := range truth.Paths {
		want := strings.Join(planted.Kinds, " ")
		at := slices.IndexFunc(left, func(k string) bool { return strings.HasSuffix(" "+want, " "+k) })
		hidden := slices.Contains(blind, planted.Name)
		if !hidden {
			p, ok := n.Path(find(t, n, planted.Source), find(t, n, planted.Target))
			if !ok || len(p.Steps) > len(planted.Kinds) {
				t.Errorf("%s, seed %d: %s: %s", form, truth.Seed, planted.Name, show(n, p))
			}
		}
		if at >= 0 && !hidden {
			left = slices.Delete(left, at, at+1)
		}
		if at < 0 && !hidden {
			t.Errorf("%s, seed %d: %s: no way is %s", form, truth.Seed, planted.Name, want)
		}
	}
	for _, k := range also {
		if at := slices.Index(left, k); at >= 0 {
			left = slices.Delete(left, at, at+1)
		} else {
			t.Errorf("%s, seed %d: no way is %s", form, truth.Seed, k)
		}
	}
	for _, k := range left {
		t.Errorf("%s, seed %d: nobody planted %s", form, truth.Seed, k)
	}
}

func find(t *testing.T, n *paths.Network, dn string) paths.Node {
	t.Helper()
	found := n.Find(dn)
	if len(found) != 1 {
		return n.Find("S-1-1-0")[0] // an object that the form does not have is reached by nobody
	}
	return found[0]
}
