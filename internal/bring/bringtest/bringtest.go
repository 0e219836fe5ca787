// Package bringtest gives tests of modules a wizard whose files stay in memory.
package bringtest

import (
	"testing"

	"hygie/internal/blob"
	"hygie/internal/bring"
	"hygie/internal/keys"
	"hygie/internal/pagetest"
)

// Wizard makes the wizard of a site.
func Wizard(t testing.TB, site *pagetest.Site) *bring.Wizard {
	t.Helper()
	folder, err := keys.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := blob.LoadSecrets(folder)
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.NewVault(&blob.Memory{}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return bring.New(bring.Options{DB: site.DB, Files: files, Trail: site.Trail, Now: site.Now})
}

// Preview uploads a file to a page of import and returns the address of what it would change, with that page.
func Preview(t testing.TB, v *pagetest.Visitor, page, name string, content []byte) (address string, shown pagetest.Page) {
	t.Helper()
	p := v.Want("upload "+name, v.Upload(page, "file", name, content), 303)
	return p.To(), v.Want("preview "+name, v.Get(p.To()), 200)
}

// AcceptAll accepts everything that a preview shows, and returns the answer.
func AcceptAll(t testing.TB, v *pagetest.Visitor, address string, shown pagetest.Page, more ...string) pagetest.Page {
	t.Helper()
	return v.Post(address+"/accept", append(Ticked(t, shown), more...)...)
}

// Ticked are the fields of a preview as a browser sends them when nothing was unticked.
func Ticked(t testing.TB, shown pagetest.Page) []string {
	t.Helper()
	fields := []string{"seen", shown.Find(t, `name="seen" value="([0-9a-f]+)"`), "rest-new", "1", "rest-changed", "1"}
	for _, row := range shown.All(`name="shown" value="([0-9]+)"`) {
		fields = append(fields, "shown", row, "take", row)
	}
	return fields
}
