package exhibit

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"hygie/internal/store/storetest"
	"hygie/internal/web/webtest"
)

// The page computes the hash of a file without sending it. The files are made in the browser; their hashes are those of another implementation.
func TestTheBrowserComputesHashes(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	officer := h.officer()
	script := func(content []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			_, _ = w.Write(content)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/digest.js", script(Digest))
	mux.Handle("/sha256.js", script(Worker))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		officer.Sign(r)
		h.Router.ServeHTTP(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	tab := webtest.Start(t).Open(t, server.URL+at+"/new", webtest.View{Width: 320})
	tab.Fits(t)
	tab.Accessible(t)
	// Around the length of a block, of its padding, and of a part that is read at once.
	for _, size := range []int{0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 4<<20 - 1, 4 << 20, 4<<20 + 65} {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(i*7 + size)
		}
		webtest.Eval[bool](t, tab, fmt.Sprintf(`(() => {
			const bytes = new Uint8Array(%d);
			for (let i = 0; i < bytes.length; i++) bytes[i] = i * 7 + bytes.length;
			const files = new DataTransfer(), input = document.getElementById("digest-file"), form = document.getElementById("piece");
			files.items.add(new File([bytes], "trace-%[1]d.bin"));
			form.elements.name.value = "";
			input.files = files.files;
			input.dispatchEvent(new Event("change"));
			return true;
		})()`, size))
		tab.Until(t, fmt.Sprintf(`document.getElementById("piece").elements.size.value === "%d"`, size))
		sum := sha256.Sum256(content)
		got := webtest.Eval[string](t, tab, `(e => e.sha256.value + " " + e.name.value)(document.getElementById("piece").elements)`)
		if want := fmt.Sprintf("%x trace-%d.bin", sum, size); got != want {
			t.Errorf("%d bytes: %s, want %s", size, got, want)
		}
	}
	// The digest of a million letters (FIPS 180-2, appendix B.3), and the length of a file beyond four gigabytes, whose bits need more than 32 of them.
	for _, row := range [][2]string{
		{`const h = new Sha256(), part = new Uint8Array(1000).fill(97); for (let i = 0; i < 1000; i++) h.add(part); return h.sum();`, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
		{`const h = new Sha256(); h.length = 5 * 2 ** 30; h.rest.fill(0); let end; h.blocks = b => { end = b; }; h.sum(); return Array.from(end.subarray(56)).join(" ");`, "0 0 0 10 0 0 0 0"},
	} {
		got := webtest.Eval[string](t, tab, `fetch("/sha256.js").then(a => a.text()).then(text => new Promise(done => {
			const s = document.createElement("script");
			s.src = "/sha256.js";
			s.onload = () => done(((run) => run())(function () { `+row[0]+` }));
			document.head.append(s);
		}))`)
		if got != row[1] {
			t.Errorf("%s, want %s", got, row[1])
		}
	}
}
