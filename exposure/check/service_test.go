package check

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"hygie/exposure/service"
)

func TestServiceChecks(t *testing.T) {
	store := func(protocol string, stranger service.State) service.Facts {
		return service.Facts{Protocol: protocol, How: service.ByAnswer, Kind: service.Store, Stranger: is(stranger)}
	}
	cluster := func(stranger service.State) service.Facts {
		return service.Facts{Protocol: "docker", How: service.ByAnswer, Kind: service.Cluster, Stranger: is(stranger)}
	}
	ftp := func(guest, tls service.State) service.Facts {
		return service.Facts{Protocol: "ftp", How: service.ByGreeting, Guest: is(guest), Encrypts: is(tls)}
	}
	snmp := func(guest service.State) service.Facts {
		return service.Facts{Protocol: "snmp", How: service.ByAnswer, Guest: is(guest)}
	}
	dicom := func(stranger service.State) service.Facts {
		return service.Facts{Protocol: "dicom", How: service.ByAnswer, Kind: service.Imaging, Stranger: is(stranger)}
	}
	answered := func(protocol string) service.Facts { return service.Facts{Protocol: protocol, How: service.ByAnswer} }
	byPort := func(protocol string) service.Facts { return service.Facts{Protocol: protocol, How: service.ByPort} }
	amplifies := func(protocol string, sent, received int) service.Facts {
		return service.Facts{Protocol: protocol, How: service.ByAnswer, Amplifies: []service.Reflection{{Question: "q", Sent: sent, Received: received}}}
	}
	proxy := func(open service.State) service.Facts {
		return service.Facts{Protocol: "http", How: service.ByAnswer, Proxy: &service.Proxy{Kind: "http", Open: is(open)}}
	}
	notMandated := ftp(service.Unknown, service.Yes)
	notMandated.Guest.Why = service.NotMandated
	testServiceCases(t, map[string]serviceCase{
		"a cache for all":                     {id: "SVC-01", facts: store("redis", service.Yes), want: Critical},
		"a cache with a password":             {id: "SVC-01", facts: store("redis", service.No)},
		"a database whose rights are unknown": {id: "SVC-01", facts: store("etcd", service.Unknown), unknown: true},
		"containers for all":                  {id: "SVC-01", facts: cluster(service.Yes), want: Critical, variant: "control"},
		"a web site":                          {id: "SVC-01", facts: answered("http")},
		"a database that asks":                {id: "SVC-02", facts: store("mysql", service.Unknown), want: Major},
		"a database that refuses":             {id: "SVC-02", facts: store("postgresql", service.No), want: Major},
		"an open database is told above":      {id: "SVC-02", facts: store("redis", service.Yes)},
		"containers that ask":                 {id: "SVC-02", facts: cluster(service.No), want: Major, variant: "control"},
		"a database, from its port alone":     {id: "SVC-02", facts: byPort("db2"), want: ToVerify},
		"keys behind certificates":            {id: "SVC-02", facts: byPort("etcd"), want: ToVerify},
		"containers behind certificates":      {id: "SVC-02", facts: byPort("docker"), want: ToVerify, variant: "control"},
		"monitoring by public":                {id: "SVC-03", facts: snmp(service.Yes), udp: true, want: Major, variant: "community"},
		"monitoring that refuses public":      {id: "SVC-03", facts: snmp(service.No), udp: true, want: Info},
		"the door of an agent's programs":     {id: "SVC-03", facts: answered("smux"), want: Info},
		"no monitoring":                       {id: "SVC-03", facts: answered("ntp"), udp: true},
		"anonymous transfer":                  {id: "SVC-04", facts: ftp(service.Yes, service.Yes), want: Major, variant: "anonymous"},
		"transfer in clear":                   {id: "SVC-04", facts: ftp(service.No, service.No), want: Important, variant: "clear"},
		"transfer well kept":                  {id: "SVC-04", facts: ftp(service.No, service.Yes)},
		"transfer, guests not mandated":       {id: "SVC-04", facts: notMandated, unknown: true},
		"imaging for all":                     {id: "SVC-05", facts: dicom(service.Yes), want: Critical},
		"imaging that refuses a title":        {id: "SVC-05", facts: dicom(service.No), want: Major, variant: "titles"},
		"no imaging":                          {id: "SVC-05", facts: answered("http")},
		"health messages, declared":           {id: "SVC-06", facts: service.Facts{Protocol: "hl7", How: service.ByOwner}, want: Critical, variant: "hl7"},
		"health messages, from the port":      {id: "SVC-06", facts: byPort("hl7"), want: ToVerify, variant: "hl7"},
		"a controller":                        {id: "SVC-06", facts: service.Facts{Protocol: "modbus", How: service.ByAnswer, Kind: service.Automation}, want: Critical, variant: "automation"},
		"a viewer, from its title":            {id: "SVC-06", facts: service.Facts{Protocol: "http", How: service.ByAnswer, Kind: service.Imaging, HTTP: &service.HTTP{}}, want: ToVerify, variant: "imaging"},
		"a viewer that answered":              {id: "SVC-06", facts: service.Facts{Protocol: "http", How: service.ByAnswer, Kind: service.Imaging, HTTP: &service.HTTP{}, Stranger: is(service.Yes)}, want: Critical, variant: "imaging"},
		"DICOM is told above":                 {id: "SVC-06", facts: dicom(service.Yes)},
		"a broker for all":                    {id: "SVC-07", facts: service.Facts{Protocol: "mqtt", How: service.ByAnswer, Stranger: is(service.Yes)}, want: Major},
		"a broker with accounts":              {id: "SVC-07", facts: service.Facts{Protocol: "amqp", How: service.ByAnswer, Stranger: is(service.No)}},
		"a broker that does not say":          {id: "SVC-07", facts: service.Facts{Protocol: "amqp", How: service.ByAnswer, Stranger: is(service.Unknown)}, unknown: true},
		"a large answer":                      {id: "SVC-08", facts: amplifies("cldap", 39, 1987), udp: true, want: Major},
		"ten times is not more than ten":      {id: "SVC-08", facts: amplifies("ntp", 10, 100), udp: true, want: Important},
		"twice is of no use":                  {id: "SVC-08", facts: amplifies("dns", 28, 56), udp: true},
		"a cache by UDP":                      {id: "SVC-08", facts: amplifies("memcached", 17, 24), udp: true, want: Major, variant: "memcached"},
		"by TCP nothing is amplified":         {id: "SVC-08", facts: amplifies("rpcbind", 10, 1000)},
		"an open proxy":                       {id: "SVC-09", facts: proxy(service.Yes), want: Major},
		"a closed proxy":                      {id: "SVC-09", facts: proxy(service.No)},
		"a proxy not asked":                   {id: "SVC-09", facts: proxy(service.Unknown), unknown: true},
		"exports for all":                     {id: "SVC-10", facts: service.Facts{Protocol: "rpcbind", How: service.ByAnswer, Shares: []string{"/srv/images *"}}, want: Critical, variant: "exports"},
		"exports for some":                    {id: "SVC-10", facts: service.Facts{Protocol: "rpcbind", How: service.ByAnswer, Shares: []string{"/srv/* 10.0.0.5"}}, want: Major, variant: "nfs"},
		"copies":                              {id: "SVC-10", facts: service.Facts{Protocol: "rsync", How: service.ByGreeting, Shares: []string{"sauvegardes"}}, want: Major, variant: "rsync"},
		"copies without a list":               {id: "SVC-10", facts: service.Facts{Protocol: "rsync", How: service.ByGreeting}, want: Major, variant: "nfs"},
		"a printer that answers":              {id: "SVC-10", facts: answered("ipp"), want: Major, variant: "printer"},
		"a printer, from its port":            {id: "SVC-10", facts: byPort("jetdirect"), want: ToVerify, variant: "printer"},
		"a printer, from its page":            {id: "SVC-10", facts: service.Facts{Protocol: "http", How: service.ByAnswer, Kind: service.Printing, HTTP: &service.HTTP{}}, want: ToVerify, variant: "printer"},
		"telephony":                           {id: "SVC-10", facts: answered("sip"), udp: true, want: Important, variant: "sip"},
		"discovery":                           {id: "SVC-10", facts: answered("ssdp"), udp: true, want: Major, variant: "upnp"},
		"a camera":                            {id: "SVC-10", facts: answered("rtsp"), want: Important, variant: "camera"},
		"names of devices":                    {id: "SVC-10", facts: answered("mdns"), udp: true, want: Important, variant: "mdns"},
		"no share":                            {id: "SVC-10", facts: answered("ssh")},
		"a port nobody knows":                 {id: "SVC-11", facts: service.Facts{Tried: []service.Try{{Probe: "tls", Why: "reset"}}}, want: Important},
		"a port that is known":                {id: "SVC-11", facts: answered("ssh")},
	})
}

// Anonymous and in clear are mended apart: two findings.
func TestTwoFaultsOfOneTransfer(t *testing.T) {
	record, _ := Find("SVC-04")
	o := record.Decide(onePort("tcp", service.Facts{Protocol: "ftp", Guest: is(service.Yes), Encrypts: is(service.No)}), Settings{})
	if len(o.Found) != 2 || o.Found[0].ID("SVC-04") == o.Found[1].ID("SVC-04") {
		t.Errorf("found %+v", o.Found)
	}
}

// Each variant that a check may give has its words in both languages, and no words wait for a variant that no check gives.
func TestVariantsHaveWords(t *testing.T) {
	given := map[string][]string{
		"ADM-01": {"plain", "screen"}, "ADM-02": {"guest", "msrpc", "netbios", "smb", "smb1", "winrm"},
		"ADM-03": {"adb", "shell", "smartinstall", "support", "telnet", "tftp", "vnc", "vnc_open", "x11"}, "ADM-04": {"algorithms", "password", "v1"},
		"ADM-05": {"cldap", "kerberos", "ldap", "read"}, "ADM-06": {"page"}, "ADM-07": {"aggressive", "pptp", "sstp"}, "ADM-08": {"backup", "hypervisor", "management", "power"},
		"SVC-01": {"control"}, "SVC-02": {"control"}, "SVC-03": {"community"}, "SVC-04": {"anonymous", "clear"}, "SVC-05": {"titles"}, "SVC-06": {"automation", "hl7", "imaging", "page"},
		"SVC-07": nil, "SVC-08": {"memcached"}, "SVC-09": nil, "SVC-10": {"camera", "exports", "mdns", "nfs", "printer", "rsync", "sip", "upnp"}, "SVC-11": {"declared"},
	}
	known := []string{"endpoint", "service", "protocol", "port", "address", "host", "hostport", "methods", "algorithms", "shares", "ratio"}
	for _, lang := range []string{"fr", "en"} {
		texts, err := LoadTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range given {
			text, ok := texts.Text(id)
			if !ok || text.Title == "" || text.Found == "" || text.Risk == "" || text.WhySeverity == "" || text.Rollback == "" || text.Verify == "" || text.VerifyCommand == "" || len(text.Remedies) == 0 {
				t.Errorf("%s %s: something is not said", lang, id)
			}
			var have []string
			for v := range text.Variants {
				have = append(have, v)
			}
			slices.Sort(have)
			if !slices.Equal(have, want) {
				t.Errorf("%s %s: variants %v, want %v", lang, id, have, want)
			}
			for _, name := range text.Placeholders() {
				if !slices.Contains(known, name) {
					t.Errorf("%s %s: {{%s}} has no value", lang, id, name)
				}
			}
			if lang == "fr" {
				french(t, id, text)
			}
		}
	}
}

// french looks at typography: a straight apostrophe between letters, and an ordinary space before a high sign.
func french(t *testing.T, id string, text Text) {
	wrong := regexp.MustCompile(`\pL'\pL| [:;!?»]|« `)
	sentences := []string{text.Title, text.Found, text.Risk, text.WhySeverity, text.Rollback, text.Verify}
	for _, v := range text.Variants {
		sentences = append(sentences, v.Title, v.Found, v.Risk, v.WhySeverity, v.Rollback, v.Verify)
	}
	for _, r := range text.Remedies {
		sentences = append(sentences, r.Steps...)
	}
	for _, s := range sentences {
		if m := wrong.FindString(s); m != "" {
			t.Errorf("%s: %q in %q", id, m, strings.TrimSpace(s))
		}
	}
}
