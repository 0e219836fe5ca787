package incident_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hygie/internal/incident"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// category makes the hospital a structure of a category.
func (n *night) category(code string) {
	n.t.Helper()
	n.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update structure set category = $1 where id = $2`, code, pagetest.Place)
		return err
	})
}

func TestWhomToCall(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.worker, "Panne du réseau")
	region := func(code string) {
		n.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update structure set code = $1 where id = $2`, code, pagetest.Region)
			return err
		})
	}
	for _, c := range []struct {
		name, category, region string
		first, also, others    []string
	}{
		{"a hospital", "355", "53", []string{"CERT Santé", "numéro à compléter par la région"}, []string{"CERT-FR", "09 70 83 32 18", "17Cyber"}, []string{"Breizh Cyber", "Cybermalveillance"}},
		{"a nursing home in Brittany", "500", "53", []string{"CERT Santé"}, []string{"Breizh Cyber", "0 800 200 008"}, []string{"Cybermalveillance"}},
		{"a clinic in Occitanie", "365", "76", []string{"CERT Santé"}, []string{"Cyber’Occ", "0 800 71 13 13"}, nil},
		{"a laboratory where no centre is known", "611", "84", []string{"CERT Santé"}, []string{"CSIRT régional", "numéro à compléter par la région"}, nil},
		{"a pharmacy", "620", "44", []string{"Cybermalveillance"}, []string{"Grand Est", "0 970 512 525"}, []string{"CERT Santé"}},
		{"a practice in Normandy, where sources differ", "603", "28", []string{"CERT Santé"}, []string{"Normandie Cyber", "à vérifier"}, nil},
		{"a nursing home in Guyane", "500", "03", []string{"CERT Santé"}, []string{"CSIRT-ATLANTIC", "0 970 260 801"}, nil},
		{"nothing known", "", "99", []string{"CERT Santé", "Cybermalveillance"}, []string{"CSIRT régional"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.category(c.category)
			region(c.region)
			page := n.worker.Get(at).Text
			_, call, ok := strings.Cut(page, "À appeler d’abord")
			if !ok {
				t.Fatal("nobody is to be called first")
			}
			first, call, _ := strings.Cut(call, "Selon le cas")
			also, others, _ := strings.Cut(call, "Les autres contacts")
			for part, wants := range map[string][]string{first: c.first, also: c.also, others: c.others} {
				for _, want := range wants {
					if !strings.Contains(part, want) {
						t.Errorf("%q is not where it belongs", want)
					}
				}
			}
			if strings.Contains(call, "Breizh") != (c.region == "53") {
				t.Error("the centre of another region is shown")
			}
		})
	}
	n.category("355")
	n.post(n.worker, at+"/declarations/cnil", "nis2", "no")
	if _, others, _ := strings.Cut(n.worker.Get(at).Text, "Les autres contacts"); !strings.Contains(others, "CERT-FR") {
		t.Error("CERT-FR is proposed to a structure that says it is none of its own")
	}
}

func TestObservatoryTellsKindsOfStructureApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := begin(t, db)
		n.category("500")
		n.open(n.worker, "Incident fictif")
		if page := n.gradesone.Want("observatory", n.gradesone.Get("/observatory"), http.StatusOK); !strings.Contains(page.Text, "EHPAD") {
			t.Error("the observatory does not say what kind of structure it was")
		}
	})
}

// Whoever may read a main courante may follow it, for as long.
func TestWhoFollows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := begin(t, db)
		at := n.open(n.director, "Serveur de fichiers chiffré")
		elsewhere := n.Person("Ailleurs Inventé", right.Director, pagetest.Clinic)
		stranger := n.Person("Sans Rôle", "", "")
		book := ""
		n.View(func(ctx context.Context, tx *store.Tx) (err error) {
			book, err = store.One(ctx, tx, store.Column[string], `select book_id from incident`)
			return err
		})
		follows := func(v *pagetest.Visitor, book string) (may bool) {
			n.View(func(ctx context.Context, tx *store.Tx) (err error) {
				may, err = incident.Followable(ctx, tx, v.Actor, book)
				return err
			})
			return may
		}
		step := func(name string, helper bool) {
			t.Helper()
			for _, c := range []struct {
				who  string
				v    *pagetest.Visitor
				want bool
			}{{"the director", n.director, true}, {"a contributor", n.worker, true}, {"a helper", n.gradesone, helper}, {"another structure", elsewhere, false}, {"nobody", stranger, false}} {
				if got := follows(c.v, book); got != c.want {
					t.Errorf("%s, %s follows: %t", name, c.who, got)
				}
			}
		}
		step("at first", false)
		n.post(n.director, at+"/share")
		step("shared", true)
		n.post(n.director, at+"/share/revoke")
		step("taken back", false)
		if follows(n.director, "none") {
			t.Error("a book that is not there is followed")
		}
		page := n.worker.Get(at + "/log")
		if !strings.Contains(string(page.Body), `data-live="logbook/`+book+`"`) || !strings.Contains(string(n.worker.Get(at).Body), `data-live="logbook/`+book+`"`) {
			t.Error("the pages do not follow the book")
		}
	})
}

// A page that asks for itself again is one reading.
func TestAHelperWhoStaysReadsOnce(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.director, "Panne")
	n.post(n.director, at+"/share")
	looks := func() (count int) {
		for _, act := range n.Actions() {
			if act == "incident.look" {
				count++
			}
		}
		return count
	}
	for range 3 {
		n.gradesone.Want("read", n.gradesone.Get(at+"/shared"), http.StatusOK)
		looks() // seals the trail
	}
	if got := looks(); got != 1 {
		t.Errorf("%d readings are noted", got)
	}
	n.Clock = n.Clock.Add(20 * time.Minute)
	n.gradesone.Get(at + "/shared")
	if got := looks(); got != 2 {
		t.Errorf("%d readings are noted after a while", got)
	}
}

// clockmaker is an authority of time that answers when it wants to.
type clockmaker struct{ failure error }

func (c *clockmaker) Name() string { return "https://horodatage.example.invalid" }

func (c *clockmaker) Stamp(context.Context, [32]byte) ([]byte, time.Time, error) {
	return []byte("jeton"), time.Date(2026, 3, 10, 8, 59, 0, 0, time.UTC), c.failure
}

// The page says how far lines are stamped and when the authority is away; lines are taken either way.
func TestThePageTellsOfStamps(t *testing.T) {
	authority := &clockmaker{}
	n := beginStamped(t, storetest.SQLite(t), authority)
	log := n.open(n.worker, "Panne") + "/log"
	says := func(want string) {
		t.Helper()
		if page := n.worker.Get(log); !strings.Contains(page.Text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	says("Aucune ligne n’est encore horodatée par https://horodatage.example.invalid")
	if err := n.books.StampAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	says("La première ligne est horodatée")
	authority.failure = errors.New("no route")
	n.post(n.worker, log, "kind", "fact", "text", "Noté pendant que l’autorité est absente")
	if err := n.books.StampAll(t.Context()); err == nil {
		t.Error("a failure was kept silent")
	}
	says("Horodatage sans réponse")
	says("Les lignes restent enregistrées")
	says("Noté pendant que l’autorité est absente")
	authority.failure = nil
	if err := n.books.StampAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	says("Les 2 premières lignes sont horodatées")
	if page := n.worker.Get(log); strings.Contains(page.Text, "sans réponse") {
		t.Error("a failure that is over is still told")
	}
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFilesBehindLines(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.worker, "Rançon affichée")
	photo := picture(t)
	for _, c := range []struct {
		name, file string
		content    []byte
		shown      bool // in the page; everything else is only given to keep
	}{
		{"a photograph", "écran.png", photo, true},
		{"a page that calls itself a photograph", "photo.jpg", []byte("<html><script>alert(1)</script>"), false},
		{"a drawing that could act", "dessin.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), false},
		{"a name that climbs", "../../etc/passwd", []byte("root"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.worker.Want("upload", n.worker.Upload(at+"/log/files", "file", c.file, c.content, "text", c.name), http.StatusSeeOther)
			digest := fmt.Sprintf("%x", sha256.Sum256(c.content))
			got := n.worker.Want("read", n.worker.Get(at+"/log/files/"+digest), http.StatusOK)
			if !bytes.Equal(got.Body, c.content) {
				t.Error("other bytes come back")
			}
			page := n.worker.Get(at + "/log")
			if strings.Contains(string(page.Body), `src="`+at+`/log/files/`+digest) != c.shown {
				t.Errorf("shown in the page: %t", !c.shown)
			}
			disposition := got.Header.Get("Content-Disposition")
			if c.shown == strings.HasPrefix(disposition, "attachment") || strings.Contains(disposition, "..") || !c.shown && got.Header.Get("Content-Type") != "application/octet-stream" {
				t.Errorf("given as %q, %q", got.Header.Get("Content-Type"), disposition)
			}
			if csv := n.worker.Get(at + "/log/export/csv"); !strings.Contains(string(csv.Body), digest) {
				t.Error("the table does not name the file")
			}
		})
	}
	n.worker.Want("empty", n.worker.Upload(at+"/log/files", "file", "vide.txt", nil, "text", "rien"), http.StatusUnprocessableEntity)
	n.worker.Want("no file", n.worker.Upload(at+"/log/files", "", "", nil, "text", "rien"), http.StatusUnprocessableEntity)
	n.worker.Want("not of this book", n.worker.Get(at+"/log/files/"+strings.Repeat("0", 64)), http.StatusNotFound)
	pack := n.worker.Want("pack", n.worker.Get(at+"/log/export/pack"), http.StatusOK).Body
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	pieces := 0
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "pieces/") {
			continue
		}
		pieces++
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		if _, err := io.Copy(h, content); err != nil {
			t.Fatal(err)
		}
		if digest := fmt.Sprintf("%x", h.Sum(nil)); !strings.HasPrefix(f.Name, "pieces/"+digest[:16]+"-") || strings.Contains(f.Name, "..") {
			t.Errorf("%s holds %s", f.Name, digest)
		}
	}
	if pieces != 4 {
		t.Errorf("%d files are in the pack", pieces)
	}
}

// A line that is cut in the middle of a file leaves nothing; sent again whole, there is one line.
func TestFileWhoseLineIsCut(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.worker, "Rançon affichée")
	ended := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Router.ServeHTTP(w, r)
		ended <- struct{}{}
	}))
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/log/files", nil)
	if err != nil {
		t.Fatal(err)
	}
	n.worker.Sign(r)
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(c)
	fmt.Fprintf(out, "POST %s/log/files HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n", at, server.Listener.Addr())
	if err := r.Header.Write(out); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(out, "\r\n--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nPhoto\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n%s", strings.Repeat("x", 4000))
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
	kept := func() (files, lines int) {
		n.View(func(ctx context.Context, tx *store.Tx) (err error) {
			if files, err = store.One(ctx, tx, store.Column[int], `select count(*) from logbook_file`); err != nil {
				return err
			}
			lines, err = store.One(ctx, tx, store.Column[int], `select count(*) from logbook_line`)
			return err
		})
		return files, lines
	}
	if files, lines := kept(); files != 0 || lines != 1 {
		t.Errorf("%d files and %d lines are kept of a cut upload", files, lines)
	}
	for range 2 { // the second time because nobody saw the first answer
		n.worker.Want("again", n.worker.Upload(at+"/log/files", "file", "a.png", picture(t), "id", "same-f", "text", "Photo"), http.StatusSeeOther)
	}
	if files, lines := kept(); files != 1 || lines != 2 {
		t.Errorf("%d files and %d lines are there", files, lines)
	}
}

// Two cells work an hour without network, one by a clock that is seven minutes behind; both come back, each sending everything twice. Every line is there
// once, each hand in its order, and none before an earlier one without saying so.
func TestTwoCellsAnHourWithoutNetwork(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.worker, "Panne du réseau")
	start := n.Clock
	behind := map[string]time.Duration{"reanimation": 0, "pharmacie": 7 * time.Minute}
	type line struct {
		ID      string `json:"id"`
		Kind    string `json:"kind"`
		Text    string `json:"text"`
		Written string `json:"written"`
		Device  string `json:"device"`
		Seq     int    `json:"seq"`
		Offline bool   `json:"offline"`
	}
	waiting := map[string][]line{}
	for minute := range 60 {
		for device, off := range behind {
			written := start.Add(time.Duration(minute)*time.Minute - off)
			waiting[device] = append(waiting[device], line{ID: fmt.Sprintf("%s-%d", device, minute), Kind: "fact", Text: fmt.Sprintf("%s, minute %d", device, minute), Written: written.Format(time.RFC3339), Device: device, Seq: minute + 1, Offline: true})
		}
	}
	n.Clock = start.Add(time.Hour)
	for _, part := range []struct {
		device   string
		from, to int
	}{{"reanimation", 0, 40}, {"pharmacie", 0, 60}, {"reanimation", 30, 60}, {"pharmacie", 0, 60}, {"reanimation", 0, 60}} {
		body, err := json.Marshal(map[string]any{"person": n.worker.Actor.Person, "sent": n.Clock.Add(-behind[part.device]).Format(time.RFC3339), "lines": waiting[part.device][part.from:part.to]})
		if err != nil {
			t.Fatal(err)
		}
		if status, text := n.sync(n.worker, at, string(body)); status != http.StatusOK || strings.Count(text, `"number"`) != part.to-part.from {
			t.Fatalf("%s: %d %s", part.device, status, text)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(n.worker.Get(at + "/log/export/csv").Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	if len(rows) != 1+1+120 {
		t.Fatalf("%d lines are there", len(rows)-1)
	}
	next, latest := map[string]int{}, time.Time{}
	for _, r := range rows[2:] {
		device, minute, _ := strings.Cut(r[column["texte"]], ", minute ")
		if minute != fmt.Sprint(next[device]) {
			t.Errorf("line %s is %q", r[0], r[column["texte"]])
		}
		next[device]++
		written, err := time.Parse(time.RFC3339, r[column["note_a"]])
		if err != nil || !written.Equal(start.Add(time.Duration(next[device]-1)*time.Minute-behind[device])) || r[column["source"]] != "offline" {
			t.Errorf("line %s: written %s, source %s, %v", r[0], r[column["note_a"]], r[column["source"]], err)
		}
		if late := strings.Contains(r[column["remarque"]], "arrivée après"); late != written.Before(latest) {
			t.Errorf("line %s says it came late: %t", r[0], late)
		}
		if written.After(latest) {
			latest = written
		}
	}
	if page := strings.ReplaceAll(n.worker.Get(at+"/log").Text, "\u00a0", " "); !strings.Contains(page, "s’écartait de 7 min") {
		t.Error("nothing tells of the clock that was behind")
	}
}
