package sysvol

import (
	"strings"
	"testing"
)

// Whatever the bytes, a reader ends, keeps no secret, and places its error inside the file.
func fuzz(f *testing.F, file string, read func(*Policy) func(string, []byte) error) {
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 {
			return
		}
		var p Policy
		if err := read(&p)(file, b); err != nil {
			if place := faultOf(file, err); place.Offset < 0 || place.Offset > int64(3*len(b)) {
				t.Errorf("error at byte %d of %d: %v", place.Offset, len(b), err)
			}
		}
	})
}

func FuzzRegistryPol(f *testing.F) {
	f.Add([]byte("PReg\x01\x00\x00\x00[\x00k\x00\x00\x00;\x00v\x00\x00\x00;\x00\x04\x00\x00\x00;\x00\x04\x00\x00\x00;\x00\x01\x00\x00\x00]\x00"))
	f.Add([]byte("PReg\x01\x00\x00\x00[\x00k\x00\x00\x00;\x00v\x00\x00\x00;\x00\x04\x00\x00\x00;\x00\xff\xff\xff\xff;\x00"))
	fuzz(f, "Registry.pol", func(p *Policy) func(string, []byte) error { return p.takeRegistry })
}

func FuzzTemplate(f *testing.F) {
	f.Add([]byte("[Privilege Rights]\nSeDebugPrivilege=*S-1-5-32-544\n[Group Membership]\n*S-1-1-0__Members=a,b\n"))
	f.Add([]byte("\xff\xfe[\x00a\x00]\x00"))
	f.Add([]byte("\xfe\xff\x00[\x00"))
	fuzz(f, "GptTmpl.inf", func(p *Policy) func(string, []byte) error { return p.takeTemplate })
}

func FuzzScripts(f *testing.F) {
	f.Add([]byte("[Logon]\n0CmdLine=a\n0Parameters=b\n"))
	fuzz(f, "scripts.ini", func(p *Policy) func(string, []byte) error { return p.takeScripts })
}

func FuzzPreference(f *testing.F) {
	f.Add([]byte(`<Groups><User clsid="x" name="a"><Properties cpassword="cafe" userName="a"/></User></Groups>`))
	f.Add([]byte(`<?xml version="1.0" encoding="windows-1252"?><Drives>` + "\xe9" + `</Drives>`))
	f.Add([]byte("\xff\xfe<\x00a\x00/\x00>\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 {
			return
		}
		var p Policy
		err := p.takePreference("Machine/Preferences/Groups/Groups.xml", b)
		if err != nil && strings.Contains(err.Error(), "cafe") {
			t.Errorf("the error quotes the file: %v", err)
		}
	})
}
