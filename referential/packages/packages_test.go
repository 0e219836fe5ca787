package packages

import "testing"

func TestLoad(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(len(all), all[0].Title)
}
