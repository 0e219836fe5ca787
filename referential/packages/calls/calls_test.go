package calls

import "testing"

func TestShippedCallsAreSound(t *testing.T) {
	all, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Error("no call is shipped")
	}
}
