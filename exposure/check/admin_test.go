package check

import (
	"net/netip"
	"testing"

	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
	"hygie/exposure/service"
	"hygie/exposure/web"
)

// onePort is a run that saw one service.
func onePort(transport string, f service.Facts) *observe.Run {
	at := netip.MustParseAddrPort("192.0.2.7:4000")
	return &observe.Run{
		Hosts:     []ports.Host{{Address: at.Addr(), Open: []uint16{at.Port()}}},
		Endpoints: []observe.Endpoint{{Address: at, Transport: transport, Service: &f}},
	}
}

func is(s service.State) service.Answer { return service.Answer{Is: s, Why: "test"} }

// serviceCase is one row of a table: what a port showed, and what a check says of it.
type serviceCase struct {
	id      string
	facts   service.Facts
	udp     bool
	want    Severity // empty: no finding
	variant string
	unknown bool // undecided
}

func testServiceCases(t *testing.T, tests map[string]serviceCase) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			record, ok := Find(test.id)
			if !ok {
				t.Fatalf("no check %s", test.id)
			}
			transport := "tcp"
			if test.udp {
				transport = "udp"
			}
			o := record.Decide(onePort(transport, test.facts), Settings{})
			o.tidy(record)
			switch {
			case test.want == "" && len(o.Found) > 0:
				t.Errorf("found %+v", o.Found)
			case test.want != "" && (len(o.Found) != 1 || o.Found[0].Severity != test.want || o.Found[0].Variant != test.variant):
				t.Errorf("got %+v, want %s %q", o.Found, test.want, test.variant)
			}
			if test.unknown != (len(o.Unknown) > 0) {
				t.Errorf("undecided %+v", o.Unknown)
			}
			for _, f := range o.Found {
				if f.Severity.Rank() < record.Severity.Rank() {
					t.Errorf("%s is graver than the check says it can be", f.Severity)
				}
				if f.Asset != "192.0.2.7" || f.Endpoint != "192.0.2.7:4000/"+transport {
					t.Errorf("asset %q, endpoint %q", f.Asset, f.Endpoint)
				}
			}
		})
	}
}

func rdp(plain, tls, nla service.State) service.Facts {
	f := service.Facts{Protocol: "rdp", How: service.ByAnswer, RDP: &service.RDP{Plain: is(plain), TLS: is(tls), NLA: is(nla), Screen: is(service.No)}}
	if plain == service.Yes || tls == service.Yes {
		f.RDP.Screen = is(service.Yes)
	}
	return f
}

func ssh(change func(*service.SSH)) service.Facts {
	s := &service.SSH{Banner: "SSH-2.0-x", V1: is(service.No), Password: is(service.No), Methods: []string{"publickey"}, Kex: []string{"curve25519-sha256"}, HostKeys: []string{"ssh-ed25519"},
		Ciphers: []string{"aes256-gcm@openssh.com"}, MACs: []string{"hmac-sha2-256"}}
	change(s)
	return service.Facts{Protocol: "ssh", How: service.ByGreeting, SSH: s}
}

func TestAdminChecks(t *testing.T) {
	answered := func(protocol string) service.Facts { return service.Facts{Protocol: protocol, How: service.ByAnswer} }
	open := func(protocol string) service.Facts {
		return service.Facts{Protocol: protocol, How: service.ByAnswer, Stranger: is(service.Yes)}
	}
	byPort := func(protocol string) service.Facts { return service.Facts{Protocol: protocol, How: service.ByPort} }
	nothing := func(*service.SSH) {}
	testServiceCases(t, map[string]serviceCase{
		"remote desktop with authentication":    {id: "ADM-01", facts: rdp(service.No, service.No, service.Yes), want: Critical},
		"remote desktop with a screen for all":  {id: "ADM-01", facts: rdp(service.No, service.Yes, service.Yes), want: Critical, variant: "screen"},
		"remote desktop of old":                 {id: "ADM-01", facts: rdp(service.Yes, service.Yes, service.No), want: Critical, variant: "plain"},
		"no remote desktop":                     {id: "ADM-01", facts: answered("ssh")},
		"file sharing":                          {id: "ADM-02", facts: service.Facts{Protocol: "smb", How: service.ByAnswer, SMB: &service.SMB{V1: is(service.No)}}, want: Critical, variant: "smb"},
		"file sharing of old":                   {id: "ADM-02", facts: service.Facts{Protocol: "smb", How: service.ByAnswer, SMB: &service.SMB{V1: is(service.Yes)}}, want: Critical, variant: "smb1"},
		"file sharing for guests":               {id: "ADM-02", facts: service.Facts{Protocol: "smb", How: service.ByAnswer, Guest: is(service.Yes), SMB: &service.SMB{V1: is(service.Yes)}}, want: Critical, variant: "guest"},
		"procedure calls":                       {id: "ADM-02", facts: answered("msrpc"), want: Critical, variant: "msrpc"},
		"names":                                 {id: "ADM-02", facts: answered("netbios"), udp: true, want: Critical, variant: "netbios"},
		"remote management":                     {id: "ADM-02", facts: answered("winrm"), want: Critical, variant: "winrm"},
		"no Windows service":                    {id: "ADM-02", facts: answered("http")},
		"telnet":                                {id: "ADM-03", facts: service.Facts{Protocol: "telnet", How: service.ByGreeting}, want: Major, variant: "telnet"},
		"VNC with a password":                   {id: "ADM-03", facts: service.Facts{Protocol: "vnc", How: service.ByGreeting, Stranger: is(service.No)}, want: Major, variant: "vnc"},
		"VNC without":                           {id: "ADM-03", facts: open("vnc"), want: Critical, variant: "vnc_open"},
		"X11 for all":                           {id: "ADM-03", facts: open("x11"), want: Critical, variant: "x11"},
		"X11 that refuses":                      {id: "ADM-03", facts: service.Facts{Protocol: "x11", How: service.ByAnswer, Stranger: is(service.No)}, want: Major, variant: "x11"},
		"TFTP":                                  {id: "ADM-03", facts: open("tftp"), udp: true, want: Critical, variant: "tftp"},
		"rlogin, from its port alone":           {id: "ADM-03", facts: byPort("rlogin"), want: ToVerify, variant: "shell"},
		"TeamViewer, from its port alone":       {id: "ADM-03", facts: byPort("teamviewer"), want: ToVerify, variant: "support"},
		"Radmin that answers":                   {id: "ADM-03", facts: answered("radmin"), want: Major, variant: "support"},
		"a switch set up by anyone":             {id: "ADM-03", facts: open("smartinstall"), want: Critical, variant: "smartinstall"},
		"an Android device with a key":          {id: "ADM-03", facts: service.Facts{Protocol: "adb", How: service.ByAnswer, Stranger: is(service.No)}, want: Major, variant: "adb"},
		"SSH is no console in clear":            {id: "ADM-03", facts: ssh(nothing)},
		"SSH with keys alone":                   {id: "ADM-04", facts: ssh(nothing)},
		"SSH with passwords":                    {id: "ADM-04", facts: ssh(func(s *service.SSH) { s.Password = is(service.Yes) }), want: Important, variant: "password"},
		"SSH version 1":                         {id: "ADM-04", facts: ssh(func(s *service.SSH) { s.V1 = is(service.Yes) }), want: Major, variant: "v1"},
		"SSH with a group of 1024 bits":         {id: "ADM-04", facts: ssh(func(s *service.SSH) { s.Kex = append(s.Kex, "diffie-hellman-group1-sha1") }), want: Minor, variant: "algorithms"},
		"SSH with CBC":                          {id: "ADM-04", facts: ssh(func(s *service.SSH) { s.Ciphers = append(s.Ciphers, "aes128-cbc") }), want: Minor, variant: "algorithms"},
		"SSH with MD5":                          {id: "ADM-04", facts: ssh(func(s *service.SSH) { s.MACs = append(s.MACs, "hmac-md5") }), want: Minor, variant: "algorithms"},
		"SSH with DSA":                          {id: "ADM-04", facts: ssh(func(s *service.SSH) { s.HostKeys = append(s.HostKeys, "ssh-dss") }), want: Minor, variant: "algorithms"},
		"SSH that hides its methods":            {id: "ADM-04", facts: ssh(func(s *service.SSH) { s.Password = is(service.Unknown) }), unknown: true},
		"a directory that refuses":              {id: "ADM-05", facts: service.Facts{Protocol: "ldap", How: service.ByAnswer, Directory: &service.Directory{Read: is(service.No)}}, want: Major, variant: "ldap"},
		"a directory for all":                   {id: "ADM-05", facts: service.Facts{Protocol: "ldap", How: service.ByAnswer, Directory: &service.Directory{Read: is(service.Yes)}}, want: Critical, variant: "read"},
		"a directory whose rights are not told": {id: "ADM-05", facts: service.Facts{Protocol: "ldap", How: service.ByAnswer, Directory: &service.Directory{Read: is(service.Unknown)}}, want: Major, variant: "ldap"},
		"a controller by UDP":                   {id: "ADM-05", facts: answered("cldap"), udp: true, want: Major, variant: "cldap"},
		"a ticket server":                       {id: "ADM-05", facts: service.Facts{Protocol: "kerberos", How: service.ByAnswer, Directory: &service.Directory{}}, want: Major, variant: "kerberos"},
		"no directory":                          {id: "ADM-05", facts: answered("http")},
		"a gateway":                             {id: "ADM-06", facts: service.Facts{Protocol: "openvpn", How: service.ByAnswer, Kind: service.Gateway}, udp: true, want: Info},
		"management of a firewall, by its port": {id: "ADM-06", facts: byPort("fgfm"), want: Info},
		"consoles of a host, by their port":     {id: "ADM-08", facts: byPort("vmrdp"), want: ToVerify, variant: "hypervisor"},
		"no gateway":                            {id: "ADM-06", facts: answered("http")},
		"aggressive mode":                       {id: "ADM-07", facts: service.Facts{Protocol: "ike", How: service.ByAnswer, IKE: &service.IKE{V2: is(service.Yes), Aggressive: is(service.Yes)}}, udp: true, want: Major, variant: "aggressive"},
		"version 2 alone":                       {id: "ADM-07", facts: service.Facts{Protocol: "ike", How: service.ByAnswer, IKE: &service.IKE{V2: is(service.Yes), Aggressive: is(service.Unknown)}}, udp: true},
		"aggressive mode refused":               {id: "ADM-07", facts: service.Facts{Protocol: "ike", How: service.ByAnswer, IKE: &service.IKE{V2: is(service.Unknown), Aggressive: is(service.No)}}, udp: true},
		"neither mode told":                     {id: "ADM-07", facts: service.Facts{Protocol: "ike", How: service.ByAnswer, IKE: &service.IKE{V2: is(service.Unknown), Aggressive: is(service.Unknown)}}, udp: true, unknown: true},
		"PPTP":                                  {id: "ADM-07", facts: answered("pptp"), want: Major, variant: "pptp"},
		"SSTP":                                  {id: "ADM-07", facts: answered("sstp"), want: Info, variant: "sstp"},
		"a tunnel of today":                     {id: "ADM-07", facts: answered("openvpn")},
		"a management card":                     {id: "ADM-08", facts: service.Facts{Protocol: "ipmi", How: service.ByAnswer, Kind: service.Management}, udp: true, want: Critical, variant: "management"},
		"a hypervisor's own port":               {id: "ADM-08", facts: service.Facts{Protocol: "vmware", How: service.ByGreeting, Kind: service.Hypervisor}, want: Critical, variant: "hypervisor"},
		"a hypervisor, from a page's title":     {id: "ADM-08", facts: service.Facts{Protocol: "http", How: service.ByAnswer, Kind: service.Hypervisor, HTTP: &service.HTTP{}}, want: ToVerify, variant: "hypervisor"},
		"backup, from its port alone":           {id: "ADM-08", facts: byPort("veeam"), want: ToVerify, variant: "backup"},
		"an ordinary page":                      {id: "ADM-08", facts: service.Facts{Protocol: "http", How: service.ByAnswer, HTTP: &service.HTTP{}}},
	})
}

// An address whose ports were asked and where nothing of the kind answers holds; one that answered nothing says nothing.
func TestAbsenceIsSaidOfAddressesThatAnswered(t *testing.T) {
	r := onePort("tcp", service.Facts{Protocol: "http", How: service.ByAnswer})
	r.Hosts = append(r.Hosts, ports.Host{Address: netip.MustParseAddr("192.0.2.8"), Silent: []uint16{443}}, ports.Host{Address: netip.MustParseAddr("192.0.2.9"), Closed: 3, Stopped: 5})
	record, _ := Find("ADM-01")
	o := record.Decide(r, Settings{})
	if len(o.Passed) != 1 || o.Passed[0] != "192.0.2.7" {
		t.Errorf("passed %v", o.Passed)
	}
}

// A product that a page shows by two marks is told once, by the check of consoles.
func TestConsolesAreToldOnce(t *testing.T) {
	r := onePort("tcp", service.Facts{Protocol: "http", How: service.ByAnswer, Kind: service.Hypervisor, HTTP: &service.HTTP{}})
	r.Endpoints[0].Views = []observe.View{{Web: &web.Facts{Products: []web.Product{{Name: "x", Kind: "hypervisor", Marks: []string{"a", "b"}}}}}}
	record, _ := Find("ADM-08")
	if o := record.Decide(r, Settings{}); len(o.Found) != 0 {
		t.Errorf("found %+v", o.Found)
	}
	r.Endpoints[0].Views[0].Web.Products[0].Kind = "vpn"
	record, _ = Find("ADM-06")
	if o := record.Decide(r, Settings{}); len(o.Found) != 1 || o.Found[0].Variant != "page" {
		t.Errorf("found %+v", o.Found)
	}
}

// The identity of a finding does not depend on what protects the service that day.
func TestRemoteDesktopKeepsItsIdentity(t *testing.T) {
	record, _ := Find("ADM-01")
	before := record.Decide(onePort("tcp", rdp(service.Yes, service.Yes, service.No)), Settings{}).Found[0]
	after := record.Decide(onePort("tcp", rdp(service.No, service.No, service.Yes)), Settings{}).Found[0]
	if before.ID("ADM-01") != after.ID("ADM-01") {
		t.Error("the same remote desktop is two findings")
	}
}

func TestDeclaredServices(t *testing.T) {
	r := onePort("tcp", service.Facts{Tried: []service.Try{{Probe: "greeting", Got: []byte{1, 2}}, {Probe: "tls", Why: "reset"}}})
	r.Names = []observe.Name{{Name: "pacs.exemple.test", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.7")}}}
	record, _ := Find("SVC-11")
	for at, want := range map[string]Severity{
		"":                        Important,
		"192.0.2.7:4000":          Info,
		"pacs.exemple.test:4000":  Info,
		"192.0.2.7:4001":          Important,
		"192.0.2.7:4000/udp":      Important,
		"autre.exemple.test:4000": Important,
	} {
		p := &perimeter.Perimeter{}
		if at != "" {
			p.Services = []perimeter.Service{{At: at, Protocol: "x"}}
		}
		o := record.Decide(r, Settings{Perimeter: p})
		if len(o.Found) != 1 || o.Found[0].Severity != want {
			t.Errorf("%q: %+v, want %s", at, o.Found, want)
		}
		if e := o.Found[0].Evidence; len(e) != 2 || e[0] != "greeting: 01 02" || e[1] != "tls: reset" {
			t.Errorf("evidence %q", e)
		}
	}
}
