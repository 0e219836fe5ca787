package recent

import "testing"

func TestTheLastUsedStay(t *testing.T) {
	c := Cache[int]{Most: 2}
	c.Put("a", 1)
	c.Put("b", 2)
	c.Get("a")
	c.Put("c", 3)
	for key, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if _, ok := c.Get(key); ok != want {
			t.Errorf("%s: kept %v, want %v", key, ok, want)
		}
	}
	c.Put("a", 4)
	if v, _ := c.Get("a"); v != 4 {
		t.Errorf("a is %d", v)
	}
}
