package exercise

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"hygie/internal/bring/bringtest"
	"hygie/internal/logbook"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store/storetest"
	"hygie/internal/web/webtest"
)

// An observer whose telephone loses its network goes on: what is ticked stays on the device and says so, the page opens again, and all of it reaches the server once there is
// network.
func TestAnObserverWithoutNetwork(t *testing.T) {
	site := pagetest.New(t, storetest.SQLite(t))
	m, err := New(Options{DB: site.DB, Trail: site.Trail, Vault: &vault{}, Bring: bringtest.Wizard(t, site), Script: "/assets/observer.js", Address: "https://hygie.example", Now: site.Now})
	if err != nil {
		t.Fatal(err)
	}
	site.Serve(m.Routes)
	logbook.WorkerRoute(site.Router)
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	address := plans(t, animator, "level", "1")
	animator.Want("observer", animator.Post(address+"/seats", "act", "add", "name", "Alex Témoin", "role", "observer"), http.StatusSeeOther)
	before := read(t, site, address)
	var cut atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/assets/observer.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(Script)
	})
	mux.Handle("/", site.Router)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cut.Load() {
			panic(http.ErrAbortHandler) // the line is cut
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	tab := webtest.Start(t).Open(t, server.URL+before.seats[0].path(), webtest.View{Width: 320, Expected: []string{"ERR_", "Failed to load"}})
	tab.Fits(t)
	tab.Accessible(t)
	tab.Until(t, `document.querySelector("[data-grid-ready]").textContent !== "" && navigator.serviceWorker.controller !== null`)
	field := observedField(before.Scenario.Objectives[0].ID, 0)
	cut.Store(true)
	webtest.Eval[bool](t, tab, `(() => {
		const form = document.querySelector("form[data-grid]"), fields = form.elements;
		Array.from(fields["`+field+`"]).find(f => f.value === "partly").click();
		fields["`+field+`-note"].value = "Vu à 14 h 10";
		fields["`+field+`-note"].dispatchEvent(new Event("input", { bubbles: true }));
		form.requestSubmit();
		return true;
	})()`)
	waiting := `document.querySelector("[data-grid-state]").textContent.startsWith("En attente")`
	tab.Until(t, waiting)
	tab.Do(t, chromedp.Navigate(server.URL+before.seats[0].path())) // closed and opened again, still without network
	tab.Until(t, waiting)
	if got := webtest.Eval[string](t, tab, `(f => f["`+field+`"].value + "|" + f["`+field+`-note"].value)(document.querySelector("form[data-grid]").elements)`); got != "partly|Vu à 14 h 10" {
		t.Errorf("the page opens with %q", got)
	}
	if all := read(t, site, address).observations; len(all) != 0 {
		t.Errorf("%+v without network", all)
	}
	cut.Store(false)
	webtest.Eval[bool](t, tab, `window.dispatchEvent(new Event("online"))`)
	tab.Until(t, `document.querySelector("[data-grid-state]").textContent.startsWith("Envoyé")`)
	if all := read(t, site, address).observations; len(all) != 1 || all[0].Value != "partly" || all[0].Note != "Vu à 14 h 10" {
		t.Errorf("%+v", all)
	}
	if kept := webtest.Eval[string](t, tab, `Object.keys(localStorage).join()`); strings.Contains(kept, "hygie-grid") {
		t.Errorf("%s stays on the device", kept)
	}
}
