package envelope

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"hygie/internal/api"
	"hygie/internal/pagetest"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/seal"
)

func TestDossiersForPrograms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		programs := api.New(api.Options{DB: db, Now: w.Now, Version: "test"})
		programs.Add(w.module.API()...)
		w.Serve(programs.Routes)
		d := w.granted(61_250_03)
		read := func(v *pagetest.Visitor, path string, into any) {
			t.Helper()
			p := v.Want(path, v.Get("/api/v1"+path), http.StatusOK)
			if err := json.Unmarshal(p.Body, into); err != nil {
				t.Fatalf("%s: %v\n%s", path, err, p.Body)
			}
		}
		here := "/structures/" + pagetest.Hospital + "/dossiers"
		var list api.List[DossierItem]
		read(w.director, here, &list)
		if len(list.Items) != 1 || list.Items[0].ID != d.ID || list.Items[0].Granted != 61_250_03 || list.Items[0].Committed != 61_250_03 || list.Items[0].State != "granted" {
			t.Errorf("dossiers %+v", list)
		}
		read(w.ars, "/structures/"+pagetest.Region+"/dossiers?state=refused", &list)
		if len(list.Items) != 0 {
			t.Errorf("refused %+v", list)
		}
		var one DossierItem
		read(w.director, here+"/"+d.ID, &one)
		if one.Number != d.Number {
			t.Errorf("dossier %+v", one)
		}
		var events, rest api.List[EventItem]
		read(w.director, here+"/"+d.ID+"/events?limit=4", &events)
		read(w.director, here+"/"+d.ID+"/events?limit=4&after="+events.Next, &rest)
		if len(events.Items) != 4 || len(rest.Items) != 2 || rest.Items[1].Act != "grant" || rest.Items[1].Amount != 61_250_03 || rest.Next != "" {
			t.Errorf("events %+v and %+v", events, rest)
		}
		var sums api.List[SumItem]
		read(w.steering, "/calls/demonstration/consumption", &sums)
		if len(sums.Items) != 1 || sums.Items[0].Committed != 61_250_03 || sums.Items[0].Region != pagetest.Region {
			t.Errorf("sums %+v", sums)
		}
		var calls api.List[CallItem]
		read(w.outsider, "/calls", &calls)
		if len(calls.Items) != 1 || calls.Items[0].Envelope != 2_500_000_00 || calls.Items[0].Windows[0].State != "open" || calls.Items[0].Granted != 0 || calls.Items[0].Committed != 0 { // one dossier is too few to publish
			t.Errorf("calls %+v", calls)
		}
		sealed := w.director.Want("sealed", w.director.Get("/api/v1"+here+"/"+d.ID+"/sealed"), http.StatusOK)
		if res, err := seal.Verify(bytes.NewReader(sealed.Body), int64(len(sealed.Body)), w.module.o.Packer.Public()); err != nil || !res.Intact() || !res.Trusted {
			t.Errorf("%+v, %v", res, err)
		}
		for path, status := range map[string]int{here + "?state=nothing": 422, here + "?after=eA": 422, here + "/nothing": 404, "/calls/nothing/consumption": 404, here + "/" + d.ID + "/events?after=eA": 422} {
			v := w.director
			if path == "/calls/nothing/consumption" {
				v = w.steering
			}
			v.Want(path, v.Get("/api/v1"+path), status)
		}
		w.outsider.Want("a stranger", w.outsider.Get("/api/v1"+here+"/"+d.ID), http.StatusNotFound)
	})
}
