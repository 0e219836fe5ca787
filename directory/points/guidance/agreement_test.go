package guidance_test

import (
	"slices"
	"testing"

	"hygie/directory/points"
	"hygie/directory/points/guidance"
)

// TestTextsAgreeWithThePoints proves that every control point the audit decides
// has its text, in the family the audit says, and that no text is left over.
func TestTextsAgreeWithThePoints(t *testing.T) {
	var decided []string
	for _, p := range points.Table() {
		decided = append(decided, p.ID)
		family, ok := guidance.FamilyOf(p.ID)
		if !ok || family != p.Family {
			t.Errorf("%s: the audit says family %s, the texts say %q", p.ID, p.Family, family)
		}
	}
	for _, f := range guidance.Families() {
		for _, id := range f.Points {
			if !slices.Contains(decided, id) {
				t.Errorf("%s has a text but the audit does not decide it", id)
			}
		}
	}
}
