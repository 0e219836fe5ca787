package pki_test

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/guid"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/pki"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// object draws a world and finds an object of it by the name in its distinguished name.
func object(t *testing.T, name string, lines ...string) (*model.Directory, model.ID) {
	t.Helper()
	d := drawn.New(t, lines...).Freeze()
	for id := range d.All() {
		if d.Name(id) == name {
			return d, id
		}
	}
	t.Fatalf("no %s", name)
	return nil, model.None
}

func TestReadTemplate(t *testing.T) {
	for _, row := range []struct {
		name, settings string
		want           string // what holds of it
	}{
		{"of the drawn world", "", "subject session"},
		{"name from the directory", "msPKI-Certificate-Name-Flag=0", "session"},
		{"other name", "msPKI-Certificate-Name-Flag=65536", "subject session"},
		{"approval", "msPKI-Enrollment-Flag=2", "subject approval session"},
		{"without the SID", "msPKI-Enrollment-Flag=524288", "subject nosid session"},
		{"signature", "msPKI-RA-Signature=1", "subject signed session"},
		{"signature in the first version", "msPKI-RA-Signature=1 msPKI-Template-Schema-Version=1", "subject session others"},
		{"signature of an agent", "msPKI-RA-Signature=1 msPKI-RA-Application-Policies=1.3.6.1.4.1.311.20.2.1 msPKI-Template-Schema-Version=2", "subject signed session others"},
		{"signature of an agent, in the fourth version", "msPKI-RA-Signature=1 msPKI-RA-Application-Policies=msPKI-RA-Application-Policies`PZPWSTR`1.3.6.1.4.1.311.20.2.1` msPKI-Template-Schema-Version=4", "subject signed session others"},
		{"signatures of two", "msPKI-RA-Signature=2 msPKI-RA-Application-Policies=1.3.6.1.4.1.311.20.2.1 msPKI-Template-Schema-Version=2", "subject signed session"},
		{"no usage", "-pKIExtendedKeyUsage", "subject session any agent"},
		{"any usage", "pKIExtendedKeyUsage=2.5.29.37.0", "subject session any agent"},
		{"smart card", "pKIExtendedKeyUsage=1.3.6.1.4.1.311.20.2.2", "subject session"},
		{"agent", "pKIExtendedKeyUsage=1.3.6.1.4.1.311.20.2.1", "subject agent"},
		{"server", "pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1", "subject"},
		{"application policies", "msPKI-Certificate-Application-Policy=1.3.6.1.5.5.7.3.1 msPKI-Template-Schema-Version=2", "subject"},
		{"application policies in the first version", "msPKI-Certificate-Application-Policy=1.3.6.1.5.5.7.3.1 msPKI-Template-Schema-Version=1", "subject session others"},
		{"name unread", "-msPKI-Certificate-Name-Flag", "unread"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, id := object(t, "Poste", "Poste "+row.settings)
			v, ok := pki.ReadTemplate(d, id)
			var got []string
			for _, each := range []struct {
				name string
				is   bool
			}{{"subject", v.Subject}, {"approval", v.Approval}, {"signed", v.Signed}, {"nosid", v.NoSID}, {"session", v.OpensSession()}, {"any", v.AnyUsage()}, {"agent", v.Agent()}, {"others", v.ForOthers()}} {
				if each.is && ok {
					got = append(got, each.name)
				}
			}
			if !ok {
				got = []string{"unread"}
			}
			if text := strings.Join(got, " "); text != row.want {
				t.Errorf("%s, want %s", text, row.want)
			}
		})
	}
}

func TestReadAuthority(t *testing.T) {
	type answers struct{ names, sid, plain, roles, key pki.Answer }
	for _, row := range []struct {
		name, settings string
		want           answers
		relayed        string
	}{
		{"nobody asked", "", answers{}, ""},
		{"everything wrong", `hygie-authorityTakesNames=TRUE hygie-authorityLeavesOut=1.3.6.1.4.1.311.25.2 hygie-authorityInterfaceFlags=64 hygie-authoritySeparatesRoles=FALSE "hygie-authorityKeyProvider=YubiHSM Key Storage Provider"`,
			answers{pki.Yes, pki.Yes, pki.Yes, pki.No, pki.Yes}, "RPC"},
		{"everything right", `hygie-authorityTakesNames=FALSE hygie-authorityLeavesOut=none hygie-authorityInterfaceFlags=1601 hygie-authoritySeparatesRoles=TRUE "hygie-authorityKeyProvider=Microsoft Software Key Storage Provider"`,
			answers{pki.No, pki.No, pki.No, pki.Yes, pki.No}, ""},
		{"the web before RPC", `hygie-authorityInterfaceFlags=64 "hygie-authorityWeb=closed http://a/" "hygie-authorityWeb=relayable http://b/ c"`, answers{plain: pki.Yes}, "http://b/ c"},
		{"the web closed", `"hygie-authorityWeb=closed http://a/" "hygie-authorityWeb=unknown http://b/" hygie-authorityWeb=`, answers{}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, id := object(t, "CA1", "CA1 "+row.settings)
			a := pki.ReadAuthority(d, id)
			if got := (answers{a.TakesNames, a.LeavesSIDOut, a.TakesPlain, a.SeparatesRoles, a.BorrowedKey}); got != row.want {
				t.Errorf("%+v, want %+v", got, row.want)
			}
			if where, ok := a.Relayed(); ok != (row.relayed != "") || ok && where != row.relayed {
				t.Errorf("relayed at %s, %v", where, ok)
			}
		})
	}
}

// A value that is not what it should be is passed over.
func TestAgentRules(t *testing.T) {
	const template = "aaaaaaaa-1111-2222-3333-444444444444"
	own := guid.MustParse(template)
	for _, row := range []struct {
		name   string
		values []string
		agents string // those who may ask with the template
		named  bool
	}{
		{"none", nil, "", false},
		{"all templates", []string{"allow S-1-5-21-1-2-3-5 * S-1-1-0"}, "S-1-5-21-1-2-3-5", true},
		{"that template", []string{"allow S-1-5-21-1-2-3-5 " + template + " S-1-1-0,S-1-5-11"}, "S-1-5-21-1-2-3-5", true},
		{"another template", []string{"allow S-1-5-21-1-2-3-5 bbbbbbbb-1111-2222-3333-444444444444 S-1-1-0"}, "", true},
		{"refused there", []string{"allow S-1-5-21-1-2-3-5 * S-1-1-0", "deny S-1-5-21-1-2-3-5 " + template + " S-1-1-0"}, "", true},
		{"another refused", []string{"allow S-1-5-21-1-2-3-5 * S-1-1-0", "deny S-1-5-21-1-2-3-6 * S-1-1-0"}, "S-1-5-21-1-2-3-5", true},
		{"malformed", []string{"allow", "permit S-1-5-21-1-2-3-5 * S-1-1-0", "allow x * S-1-1-0", "allow S-1-5-21-1-2-3-5 x S-1-1-0", "allow S-1-5-21-1-2-3-5 * x", "allow S-1-5-21-1-2-3-5 * S-1-1-0,"}, "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			line := "CA1"
			for _, v := range row.values {
				line += ` "hygie-authorityAgents=` + v + `"`
			}
			d, id := object(t, "CA1", line)
			a := pki.ReadAuthority(d, id)
			var got []string
			for _, r := range a.Agents(own, func(who, other sid.SID) bool { return who == other }) {
				got = append(got, r.Agent.String())
			}
			if strings.Join(got, " ") != row.agents || a.Restricted() != row.named {
				t.Errorf("%q, restricted %v", got, a.Restricted())
			}
		})
	}
}

func TestHolders(t *testing.T) {
	const one, other = "S-1-5-21-100-200-300-1103", "S-1-5-21-100-200-300-1104"
	for _, row := range []struct {
		name, security, separates string
		right                     secdesc.Mask
		want                      string
	}{
		{"one right each", "(A;;0x1;;;" + one + ")(A;;0x2;;;" + other + ")", "FALSE", pki.Administer, one},
		{"several rights", "(A;;0x3;;;" + one + ")", "FALSE", pki.ManageCertificates, one},
		{"several rights, separated", "(A;;0x3;;;" + one + ")", "TRUE", pki.ManageCertificates, ""},
		{"in two entries, separated", "(A;;0x1;;;" + one + ")(A;;0x2;;;" + one + ")", "TRUE", pki.Administer, ""},
		{"enrolling is no role", "(A;;0x203;;;" + one + ")", "TRUE", pki.Enrol, one},
		{"refused", "(D;;0x1;;;" + one + ")(A;;0x1;;;" + one + ")", "FALSE", pki.Administer, ""},
		{"refused too late", "(A;;0x1;;;" + one + ")(D;;0x1;;;" + one + ")", "FALSE", pki.Administer, one},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, id := object(t, "CA1", "CA1 hygie-authoritySecurity=O:BAD:"+row.security+" hygie-authoritySeparatesRoles="+row.separates)
			a := pki.ReadAuthority(d, id)
			var got []string
			for e := range a.Holders(row.right, func(who, asked sid.SID) bool { return who == asked }) {
				got = append(got, e.Trustee.String())
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}

func TestBelieved(t *testing.T) {
	d, id := object(t, "CA1")
	_, store := object(t, "NTAuthCertificates")
	trusted := make(map[string]bool)
	for v := range pki.Certificates(d, store) {
		trusted[string(v)] = true
	}
	if len(trusted) != 1 || !pki.Believed(d, id, trusted) || pki.Believed(d, id, map[string]bool{"x": true}) || pki.TemplateName(d, id) != "ca1" {
		t.Errorf("%d trusted", len(trusted))
	}
	if got := slices.Collect(pki.Certificates(d, 0)); len(got) > 1 {
		t.Errorf("%d certificates", len(got))
	}
}
