package opengraph_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/paths"
	"hygie/directory/report/opengraph"
	"hygie/directory/report/reporttest"
)

func TestOpenGraph(t *testing.T) {
	d := drawn.New(t, reporttest.Sick).Freeze()
	n, err := paths.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	var b, again bytes.Buffer
	if err := opengraph.Write(&b, d, n); err != nil {
		t.Fatal(err)
	}
	if err := opengraph.Write(&again, d, n); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same graph gives other bytes (%v)", err)
	}
	var g struct {
		Graph struct {
			Nodes []struct {
				ID         string
				Kinds      []string
				Properties map[string]any
			}
			Edges []struct {
				Kind       string
				Start, End struct{ Value, MatchBy string }
				Properties map[string]any
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &g); err != nil {
		t.Fatal(err)
	}
	known := make(map[string]string)
	for _, node := range g.Graph.Nodes {
		if known[node.ID] != "" || len(node.Kinds) != 2 || node.Properties["name"] == "" {
			t.Errorf("node %+v", node)
		}
		known[node.ID] = node.Kinds[0]
		for key, v := range node.Properties {
			switch v.(type) {
			case string, bool, float64:
			default:
				t.Errorf("property %s of %s: %v", key, node.ID, v)
			}
		}
	}
	name := regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	has := make(map[string]bool)
	for _, e := range g.Graph.Edges {
		if known[e.Start.Value] == "" || known[e.End.Value] == "" || !name.MatchString(e.Kind) {
			t.Errorf("edge %+v", e)
		}
		key := e.Start.Value + " " + e.Kind + " " + e.End.Value
		if has[key] {
			t.Errorf("edge %s is there twice", key)
		}
		has[key] = true
	}
	const domain = "S-1-5-21-100-200-300-"
	for _, want := range []string{domain + "1103 MemberOf " + domain + "512", domain + "1105 ForceChangePassword " + domain + "1104"} {
		if !has[want] {
			t.Errorf("no edge %s", want)
		}
	}
	for _, never := range []string{domain + "1103 ForceChangePassword " + domain + "1104", domain + "512 MemberOf " + domain + "1103"} {
		if has[never] {
			t.Errorf("edge %s", never)
		}
	}
	if known[domain+"1103"] != "User" || known["HOP.TEST-S-1-5-32-544"] != "Group" {
		t.Errorf("kinds of alice and of Administrators: %q, %q", known[domain+"1103"], known["HOP.TEST-S-1-5-32-544"])
	}
}
