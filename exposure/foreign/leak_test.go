package foreign

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestLeakKeepsNoAddress(t *testing.T) {
	text := "adresse;mot de passe\nA.Exemple@ch-exemple.test;hunter2\nb@mail.ch-exemple.test:secret;x\na.exemple@CH-exemple.test;autre\nc@ailleurs.test;x\nd@notch-exemple.test;x\n"
	list, err := ReadLeak(strings.NewReader(text), int64(len(text)), "liste", time.Time{}, []string{"ch-exemple.test"}, []byte("clé"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || len(list[0].Accounts) != 2 {
		t.Fatalf("%+v", list)
	}
	kept, _ := json.Marshal(list)
	for _, word := range []string{"xemple@", "hunter2", "secret", "b@"} {
		if strings.Contains(string(kept), word) {
			t.Errorf("%q is kept: %s", word, kept)
		}
	}
}
