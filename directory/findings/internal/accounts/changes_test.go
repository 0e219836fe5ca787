package accounts

import "testing"

func FuzzReadChange(f *testing.F) {
	for _, seed := range []string{
		"<DS_REPL_VALUE_META_DATA><pszAttributeName>member</pszAttributeName><pszObjectDn>CN=a</pszObjectDn><ftimeDeleted>1601-01-01T00:00:00Z</ftimeDeleted><ftimeCreated>2026-01-02T03:04:05Z</ftimeCreated></DS_REPL_VALUE_META_DATA>\x00",
		"", "<a>", "<a><ftimeCreated>x</ftimeCreated></a>", "\x00\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		c, err := readChange(v)
		if err == nil && (c.at().IsZero() || c.word() == "") {
			t.Errorf("%q: %+v", v, c)
		}
	})
}

func TestReadChangeRefusesWhatIsTooLong(t *testing.T) {
	if _, err := readChange(make([]byte, maxChange+1)); err == nil {
		t.Error("a change of any length is read")
	}
}
