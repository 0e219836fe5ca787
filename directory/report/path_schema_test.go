package report_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Paths read the same in an audit and in the answer to a question.
func TestPathSchemaIsThatOfTheAudit(t *testing.T) {
	raw, err := os.ReadFile("../../docs/schema/directory-path.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	audit := readSchema(t)
	for _, name := range []string{"path", "step", "principal"} {
		if diff := cmp.Diff(audit.Defs[name], s.Defs[name]); diff != "" || s.Defs[name] == nil {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
