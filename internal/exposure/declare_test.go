package exposure

import (
	"reflect"
	"strings"
	"testing"
	"time"

	engine "hygie/exposure"
	"hygie/internal/locale"
)

// What a file asks to be spared, the form keeps: a limit that a form forgets would be an audit that its owner did not allow.
func TestFormKeepsAPerimeter(t *testing.T) {
	want, err := Bring("p.yaml", strings.NewReader(`contact: Camille
domains: [hopital.example]
ranges: [192.0.2.0/28, "2001:db8::/64"]
hosts: [vpn.autre.example]
mail: {senders: [envois.example], selectors: {hopital.example: [s1, "20230601"]}}
providers: [{name: "Hébergeur", suffixes: [heberge.example]}]
exclude: [fragile.hopital.example, "192.0.2.4:8080"]
ports: {scan: [443, 8000-8100], udp: false}
services: [{at: "192.0.2.5:2575", protocol: hl7, what: échanges}]
zone: Indian/Reunion
hours: [mon-fri 20:00-06:00, "sat 00:00-24:00"]
pace: {per_address: 1, per_second: 0.5, per_network: 7.5, total: 3}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range locale.Langs() {
		got, wrong := fill(lang, Declaration{Perimeter: want}).perimeter(nil)
		if len(wrong) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("in %s the form says\n%+v, the file\n%+v; %v", lang, got, want, wrong)
		}
	}
}

func TestPhasesHaveWords(t *testing.T) {
	words, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range locale.Langs() {
		printer := words.Printer(lang, time.UTC)
		for _, phase := range engine.Phases() {
			if text := printer.T("exposure.step_" + phase); strings.Contains(text, "step_") {
				t.Errorf("%s is told as %q", phase, text)
			}
		}
	}
}
