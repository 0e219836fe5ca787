package audit_test

import (
	"net/http"
	"testing"

	"hygie/directory/generate"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// What an address holds goes into queries; an engine that refuses it as text must not show as a fault of the program.
func TestAddressesThatAreNoText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		run := deposit(t, officer, "val.hygie", directoryOf(t, b.Clock, generate.Demo))
		b.work(t)
		for _, path := range []string{
			"/structures/%00/directory", home + "/runs/%ff%fe", run + "/points/vuln_krbtgt?domain=val.test&status=%00", run + "/points/vuln_krbtgt?domain=%ff",
		} {
			officer.Want(path, officer.Get(path), http.StatusNotFound)
		}
	})
}
