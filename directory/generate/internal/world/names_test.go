package world

import "testing"

// No two people share a name before the combinations are used up, and accounts never meet.
func TestPeopleAreDistinct(t *testing.T) {
	w := &World{Asked: Choice{Seed: 3}}
	n := len(firstNames) * len(surnameStarts) * len(surnameEnds)
	names, accounts := make(map[string]bool), make(map[string]bool)
	for i := range n + 1000 {
		p := w.Person(i)
		if names[p.name] || accounts[p.Account] {
			t.Fatalf("person %d of %d: %+v is taken", i, n, p)
		}
		names[p.name], accounts[p.Account] = true, true
		if len(p.Account) > 20 {
			t.Fatalf("account %q is longer than sAMAccountName allows", p.Account)
		}
	}
}
