package dump

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/model"
	"hygie/directory/sysvol"
)

func share(files, policies int) *sysvol.Share {
	version := uint32(3)
	s := &sysvol.Share{Domain: "hopital.test", Source: "dc1.hopital.test", Permissions: true, Descriptors: [][]byte{{1, 2, 3}, bytes.Repeat([]byte{9}, 60_000)}}
	for i := range files {
		s.Files = append(s.Files, sysvol.File{Path: fmt.Sprintf("Policies/fichier %06d", i), Size: int64(i), Descriptor: i % 3})
	}
	for i := range policies {
		s.Policies = append(s.Policies, sysvol.Policy{
			GUID: fmt.Sprintf("{%08X-0000-0000-0000-000000000000}", i), Version: &version,
			Rights:  []sysvol.Right{{Name: "SeDebugPrivilege", Who: []string{"S-1-1-0"}}},
			Secrets: []sysvol.Secret{{File: "Groups.xml", Offset: 12, Kind: "Groups", Account: "adm"}},
		})
	}
	return s
}

func writeShare(t testing.TB, s *sysvol.Share) []byte {
	t.Helper()
	h := header()
	h.Sysvol = true
	var out bytes.Buffer
	w, err := NewWriter(&out, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := w.WriteEntry(entry(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.WriteSysvol(s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readShare(t testing.TB, file []byte) (Summary, *model.Directory) {
	t.Helper()
	b := model.NewBuilder()
	sum, err := Read(bytes.NewReader(file), b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return sum, d
}

func TestSysvolRoundTrip(t *testing.T) {
	want := share(40_000, 5000)
	file := writeShare(t, want)
	sum, d := readShare(t, file)
	if sum.Damage != nil || sum.Entries != 3 || len(d.Sysvols()) != 1 {
		t.Fatalf("%v, %d entries, %d shares", sum.Damage, sum.Entries, len(d.Sysvols()))
	}
	if diff := cmp.Diff(want, d.Sysvols()[0]); diff != "" {
		t.Error(diff)
	}
}

func TestSysvolVersion(t *testing.T) {
	file := writeShare(t, share(1, 1))
	if file[len(magic)] != 2 || write(t, 1)[len(magic)] != 1 {
		t.Error("a file is of version 2 when it announces SYSVOL, and only then")
	}
	file[len(magic)] = 1 // as no writer does: a reader of version 1 does not know the frame either
	sum, d := readShare(t, file)
	if sum.Damage == nil || !strings.Contains(sum.Damage.Error(), "version 1") || len(d.Sysvols()) != 0 {
		t.Errorf("%v", sum.Damage)
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, header())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteSysvol(share(1, 1)); err == nil {
		t.Error("SYSVOL was written to a file that does not announce it")
	}
}

// A file cut after some parts keeps them, and says that the share is not whole.
func TestSysvolCutShort(t *testing.T) {
	whole := writeShare(t, share(60_000, 10))
	sum, d := readShare(t, whole[:len(whole)-200])
	if sum.Damage == nil || len(d.Sysvols()) != 1 || !d.Sysvols()[0].Partial || len(d.Sysvols()[0].Files) == 0 {
		t.Errorf("%v, %v", sum.Damage, d.Sysvols())
	}
}

func TestSysvolPolicyTooLarge(t *testing.T) {
	s := share(0, 2)
	for range 150_000 {
		s.Policies[0].Values = append(s.Policies[0].Values, sysvol.Value{File: strings.Repeat("f", 60), Key: strings.Repeat("k", 60)})
	}
	sum, d := readShare(t, writeShare(t, s))
	got := d.Sysvols()[0].Policies
	if sum.Damage != nil || len(got) != 2 || len(got[0].Values) != 0 || len(got[0].Faults) != 1 || len(got[0].Secrets) != 1 || len(got[1].Rights) != 1 {
		t.Errorf("%v, %d policies", sum.Damage, len(got))
	}
}
