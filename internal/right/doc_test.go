package right_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/internal/locale"
	"hygie/internal/right"
)

var update = flag.Bool("update", false, "write docs/droits.md anew")

const document = "../../docs/droits.md"

// The user guide shows the table of rights; this test keeps the two alike. Run it with -update after changing the table.
func TestDocumentShowsTheTable(t *testing.T) {
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	want := printed(catalogue.Printer(locale.French, nil))
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not as the table (-want +got):\n%s", document, diff)
	}
}

// printed is the document: who is who, what each may do, who may give what, and the reasons.
func printed(p *locale.Printer) string {
	var b strings.Builder
	b.WriteString("# Qui peut faire quoi\n\n<!-- Écrit par « go test ./internal/right -update » à partir de internal/right/table.go. -->\n\n")
	b.WriteString("Un rôle se donne pour une structure et vaut pour tout ce qui en dépend, entre deux dates. Rien d’autre ne donne un droit.\n\n")
	b.WriteString("- **●** : permis, dans une session ouverte avec une clé d’accès ou un code à usage unique.\n")
	b.WriteString("- **○** : permis aussi dans une session plus faible.\n\n")
	b.WriteString("## Les rôles\n\n| | Rôle | Qui | Peut donner |\n|---|---|---|---|\n")
	for i, role := range right.Roles() {
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", i+1, p.T(role.MessageKey()), p.T("right.who."+string(role)), gives(p, role))
	}
	b.WriteString("\nPersonne ne se donne un rôle à soi-même. Une délégation a toujours une fin ; elle ne permet ni d’inviter ni de déléguer à son tour.\n")
	b.WriteString("\n## Les actes\n\n| Acte |")
	for i := range right.Roles() {
		fmt.Fprintf(&b, " %d |", i+1)
	}
	b.WriteString("\n|---|" + strings.Repeat(":-:|", len(right.Roles())) + "\n")
	for _, action := range right.Actions() {
		fmt.Fprintf(&b, "| %s |", p.T(action.MessageKey()))
		for _, role := range right.Roles() {
			fmt.Fprintf(&b, " %s |", mark(role, action))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## Les raisons\n\n")
	for _, action := range right.Actions() {
		fmt.Fprintf(&b, "- **%s** : %s\n", p.T(action.MessageKey()), p.T("right.reason."+string(action)))
	}
	return b.String()
}

func mark(role right.Role, action right.Action) string {
	switch {
	case !right.Allowed(role, action):
		return ""
	case right.NeedsStrong(role, action):
		return "●"
	}
	return "○"
}

func gives(p *locale.Printer, giver right.Role) string {
	given := slices.DeleteFunc(right.Roles(), func(r right.Role) bool { return !right.MayGive(giver, r) })
	switch len(given) {
	case 0:
		return "–"
	case len(right.Roles()):
		return "tous"
	}
	var names []string
	for _, role := range given {
		names = append(names, p.T(role.MessageKey()))
	}
	return strings.Join(names, ", ")
}
