package generate

import "testing"

// No two people share a name before the combinations are used up, and accounts never meet.
func TestPeopleAreDistinct(t *testing.T) {
	w := &world{o: Options{Seed: 3}}
	n := len(firstNames) * len(surnameStarts) * len(surnameEnds)
	names, accounts := make(map[string]bool), make(map[string]bool)
	for i := range n + 1000 {
		p := w.person(i)
		if names[p.name] || accounts[p.account] {
			t.Fatalf("person %d of %d: %+v is taken", i, n, p)
		}
		names[p.name], accounts[p.account] = true, true
		if len(p.account) > 20 {
			t.Fatalf("account %q is longer than sAMAccountName allows", p.account)
		}
	}
}
