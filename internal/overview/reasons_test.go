package overview

import (
	"strings"
	"testing"
	"time"

	"hygie/internal/locale"
	"hygie/referential"
)

func TestGathered(t *testing.T) {
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	ctx := locale.With(t.Context(), catalogue.Printer(locale.French, time.UTC))
	member := func(name string, status referential.Status, n float64) referential.Reason {
		return referential.Reason{Status: status, Code: memberReason + string(status), Params: []referential.Param{{Name: "member", Value: referential.Words(name)}},
			Children: []referential.Reason{{Status: status, Code: "count.not_met", Params: []referential.Param{{Name: "n", Value: referential.Number(n)}}}}}
	}
	other := referential.Reason{Status: referential.Met, Code: "coverage.members"}
	reasons := []referential.Reason{member("A", referential.NotMet, 1), member("B", referential.Met, 1), other, member("C", referential.NotMet, 1), member("D", referential.NotMet, 2), member("E", referential.NotMet, 1)}
	var got []string
	for _, r := range gathered(ctx, reasons) {
		name := r.Code
		if len(r.Params) == 1 {
			name = r.Params[0].Value.Text
		}
		got = append(got, name)
	}
	if want := "A, C, E|B|coverage.members|D"; strings.Join(got, "|") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if name := reasons[0].Params[0].Value.Text; name != "A" {
		t.Errorf("what was given is changed: %q", name)
	}
}
