package points

import (
	"slices"
	"strings"
	"testing"
)

// row is one change to the healthy world and the verdict that it must bring.
type row struct {
	point, name string // the point without "vuln_"; what the row shows
	lines       string
	want        string // see sum; only the beginning when it ends in …
}

func allRows() []row {
	return slices.Concat(accountRows(), privilegedRows(), kerberosRows(), delegationRows(), passwordRows(), groupRows(), trustRows(),
		functionalRows(), rodcRows(), controllerRows(), pkiRows(), permissionRows(), dnsRows(), qualityRows())
}

func TestRows(t *testing.T) {
	for _, r := range allRows() {
		t.Run(r.point+"/"+r.name, func(t *testing.T) {
			v := verdict(t, "vuln_"+r.point, r.lines)
			got := sum(v)
			if head, cut := strings.CutSuffix(r.want, "…"); cut && strings.HasPrefix(got, head) {
				got = r.want
			}
			if got != r.want {
				t.Errorf("got  %s\nwant %s\nmissing %q", got, r.want, v.Missing)
				for o := range v.Objects.All() {
					t.Logf("%s: %s", o.DN, o.Reason.Text("en"))
				}
			}
			checkVerdict(t, v)
		})
	}
}

// checkVerdict checks what holds of every verdict: a failed level has an object, reasons read well in both languages.
func checkVerdict(t *testing.T, v Verdict) {
	t.Helper()
	for _, level := range v.Failed {
		if !v.Objects.Fails(level) {
			t.Errorf("level %d fails without an object", level)
		}
	}
	if v.Status == NotEvaluated && len(v.Missing) == 0 {
		t.Error("not evaluated without saying what is missing")
	}
	for o := range v.Objects.All() {
		for _, l := range o.Levels {
			if !slices.Contains(v.Point.Levels, l) {
				t.Errorf("object fails level %d, which the point does not have", l)
			}
		}
		if !o.Reason.Known() {
			t.Errorf("reason %q has no sentence", o.Reason.Code)
		}
		for _, lang := range []string{"fr", "en"} {
			text := o.Reason.Text(lang)
			if text == "" || strings.ContainsAny(text, "{}[]|") || strings.Contains(text, "()") || strings.Contains(text, "«\u00a0\u00a0»") {
				t.Errorf("reason %q in %s: %q", o.Reason.Code, lang, text)
			}
		}
	}
}

// TestEveryPointHasBothCases checks the rows themselves: each level of each point fails in one, and each point is shown at least
// one case that looks like a weakness and is none.
func TestEveryPointHasBothCases(t *testing.T) {
	fails := make(map[string][]int)
	counter := make(map[string]bool)
	for _, r := range allRows() {
		status, rest, _ := strings.Cut(r.want, " ")
		if status == string(Passed) || status == string(NotEvaluated) && r.point == "permissions_gpo_priv" {
			counter["vuln_"+r.point] = true
		}
		if status == string(Failed) {
			for _, c := range strings.Trim(strings.SplitN(rest, ":", 2)[0], "[]") {
				if c != ' ' {
					fails["vuln_"+r.point] = append(fails["vuln_"+r.point], int(c-'0'))
				}
			}
		}
	}
	for _, p := range Table() {
		for _, level := range p.Levels {
			if !slices.Contains(fails[p.ID], level) {
				t.Errorf("%s: no row fails level %d", p.ID, level)
			}
		}
		if !counter[p.ID] {
			t.Errorf("%s: no counter-example", p.ID)
		}
	}
}

func accountRows() []row {
	return []row{
		{"user_accounts_dormant", "old password and no logon for a year", "alice pwd=-1096d logon=-366d\nbruno pwd=-1096d logon=-366d", "failed [1]: hop, alice, bruno"},
		{"user_accounts_dormant", "a quarter is not more than a quarter", "user eve rid=1201 uac=512 pwd=-2000d logon=-900d", "passed"},
		{"user_accounts_dormant", "never logged on", "alice pwd=-1096d -logon\nbruno pwd=-1096d -logon", "failed [1]: hop, alice, bruno"},
		{"user_accounts_dormant", "recent logon", "alice pwd=-1096d logon=-364d\nbruno pwd=-1096d logon=-364d", "passed"},
		{"user_accounts_dormant", "disabled", "alice pwd=-1096d logon=-366d uac=514\nbruno pwd=-1096d logon=-366d uac=514", "passed"},
		{"user_accounts_dormant", "logons unread", "unread lastLogonTimestamp", "not_evaluated"},
		{"primary_group_id_1000", "a user in Domain Admins by its primary group", "alice pgid=512", "failed [1]: alice"},
		{"primary_group_id_1000", "a workstation in Domain Controllers", "WS1 pgid=516", "failed [1]: WS1"},
		{"primary_group_id_1000", "an ordinary group", "alice pgid=1108", "passed"},
		{"primary_group_id_1000", "guests", "alice pgid=514", "passed"},
		{"primary_group_id_nochange", "an ordinary group", "alice pgid=1108", "failed [3]: alice"},
		{"primary_group_id_nochange", "read-only controller", "computer RO uac=0x5001000 rid=1300 pgid=521", "passed"},
		{"primary_group_id_nochange", "primary groups unread", "unread primaryGroupID", "not_evaluated"},
		{"guest", "enabled", "Guest uac=0x10220", "failed [2]: Guest"},
		{"guest", "renamed and disabled", "Guest name=Visiteur", "passed"},
		{"guest", "absent", "drop Guest", "not_evaluated"},
		{"guest", "flags hidden from the reader", "Guest -uac", "not_evaluated"},
		{"sidhistory_dangerous", "Domain Admins of another domain", "alice sIDHistory=S-1-5-21-7-7-7-512", "failed [2]: alice"},
		{"sidhistory_dangerous", "Administrators", "Infirmiers sIDHistory=S-1-5-32-544", "failed [2]: Infirmiers"},
		{"sidhistory_dangerous", "system", "WS1 sIDHistory=S-1-5-18", "failed [2]: WS1"},
		{"sidhistory_dangerous", "an ordinary account", "alice sIDHistory=S-1-5-21-7-7-7-1512", "passed"},
		{"sidhistory_dangerous", "Users is not powerful", "alice sIDHistory=S-1-5-32-545", "passed"},
		{"sidhistory_present", "an ordinary account", "alice sIDHistory=S-1-5-21-7-7-7-1512", "failed [3]: alice"},
		{"sidhistory_present", "none", "", "passed"},
		{"sidhistory_present", "unread", "unread sIDHistory", "not_evaluated"},
		{"password_change_inactive_servers", "91 days", "SRV1 logon=-91d", "failed [3]: SRV1"},
		{"password_change_inactive_servers", "89 days", "SRV1 logon=-89d", "passed"},
		{"password_change_inactive_servers", "never", "SRV1 -logon", "failed [3]: SRV1"},
		{"password_change_inactive_servers", "never, but new", "SRV1 -logon created=-20d", "passed"},
		{"password_change_inactive_servers", "workstation", "WS1 logon=-400d", "passed"},
		{"password_change_inactive_servers", "disabled server", "SRV1 logon=-400d uac=0x1002", "passed"},
		{"user_accounts_machineaccountquota", "ten", "hop ms-DS-MachineAccountQuota=10", "failed [4]: hop"},
		{"user_accounts_machineaccountquota", "none", "hop ms-DS-MachineAccountQuota=0", "passed"},
		{"user_accounts_machineaccountquota", "absent", "hop -ms-DS-MachineAccountQuota", "not_evaluated"},
	}
}

func passwordRows() []row {
	msa := "msDS-GroupManagedServiceAccount gmsa rid=1400 uac=0x1000 "
	return []row{
		{"dont_expire", "one of four people", "alice uac=0x10200", "failed [2]: hop, alice"},
		{"dont_expire", "disabled accounts do not count", "alice uac=0x10202", "passed"},
		{"dont_expire", "one of ten", "alice uac=0x10200\nuser u1 uac=512\nuser u2 uac=512\nuser u3 uac=512\nuser u4 uac=512\nuser u5 uac=512\nuser u6 uac=512", "passed"},
		{"password_change_server_no_change_90", "91 days", "SRV1 pwd=-91d", "failed [2]: SRV1"},
		{"password_change_server_no_change_90", "90 days exactly", "SRV1 pwd=-90d", "passed"},
		{"password_change_server_no_change_90", "French name of the system", `SRV1 pwd=-91d os="Windows Server® 2008 Standard"`, "failed [2]: SRV1"},
		{"password_change_server_no_change_90", "controller", "DC1 pwd=-400d", "passed"},
		{"password_change_server_no_change_45", "46 days", "SRV1 pwd=-46d", "failed [3]: SRV1"},
		{"password_change_server_no_change_45", "44 days", "SRV1 pwd=-44d", "passed"},
		{"password_change_cluster_no_change_3years", "cluster name", "computer CLU rid=1401 uac=0x1000 pwd=-1096d spn=MSClusterVirtualServer/clu", "failed [2]: CLU"},
		{"password_change_cluster_no_change_3years", "cluster node", "SRV1 pwd=-1096d spn=MSServerClusterMgmtAPI/srv1", "failed [2]: SRV1"},
		{"password_change_cluster_no_change_3years", "other service", "SRV1 pwd=-1096d spn=MSSQLSvc/srv1", "passed"},
		{"password_change_cluster_no_change_3years", "younger", "SRV1 pwd=-1094d spn=MSServerCluster/srv1", "passed"},
		{"password_change_msa_no_change_90", "91 days", msa + "pwd=-91d", "failed [2]: gmsa"},
		{"password_change_msa_no_change_90", "30 days", msa + "pwd=-30d", "passed"},
		{"password_change_msa_no_change_90", "disabled", msa + "pwd=-400d\ngmsa uac=0x1002", "passed"},
		{"reversible_password_priv_uac", "privileged", "Administrator uac=0x280", "failed [3]: Administrator"},
		{"reversible_password_priv_uac", "ordinary", "alice uac=0x280", "passed"},
		{"reversible_password_priv_namingcontext", "set", "hop pwdProperties=17", "failed [3]: hop"},
		{"reversible_password_priv_namingcontext", "other bits", "hop pwdProperties=15", "passed"},
		{"reversible_password_priv_namingcontext", "unread", "unread pwdProperties", "not_evaluated"},
		{"smartcard_expire_passwords", "unset", "hop -msDS-ExpirePasswordsOnSmartCardOnlyAccounts", "failed [4]: hop"},
		{"smartcard_expire_passwords", "false", "hop msDS-ExpirePasswordsOnSmartCardOnlyAccounts=FALSE", "failed [4]: hop"},
		{"smartcard_expire_passwords", "impossible below 2016", "hop level=6\nunread msDS-ExpirePasswordsOnSmartCardOnlyAccounts", "failed [4]: hop"},
		{"smartcard_expire_passwords", "unread at 2016", "unread msDS-ExpirePasswordsOnSmartCardOnlyAccounts", "not_evaluated"},
		{"smartcard_expire_passwords", "set", "hop msDS-ExpirePasswordsOnSmartCardOnlyAccounts=TRUE", "passed"},
	}
}

func groupRows() []row {
	return []row{
		{"compatible_2000_anonymous", "anonymous", `"Pre-Windows 2000" member=@S-1-5-7`, "failed [2]: Pre-Windows 2000"},
		{"compatible_2000_anonymous", "object of the principal not collected", `"Pre-Windows 2000" member=CN=S-1-5-7,CN=ForeignSecurityPrincipals,DC=hop,DC=test` + "\ndrop S-1-5-7", "failed [2]: Pre-Windows 2000"},
		{"compatible_2000_anonymous", "others", `"Pre-Windows 2000" member=@S-1-5-11 member=@alice`, "passed"},
		{"compatible_2000_anonymous", "group absent", `drop "Pre-Windows 2000"`, "not_evaluated"},
		{"compatible_2000_not_default", "an account", `"Pre-Windows 2000" member=@S-1-5-11 member=@alice`, "failed [3]: Pre-Windows 2000"},
		{"compatible_2000_not_default", "empty", `"Pre-Windows 2000" -member`, "passed"},
		{"group_loop", "three groups", "group a member=@b\ngroup b member=@c\ngroup c member=@a", "failed [4]: a, b, c"},
		{"group_loop", "member of itself", "group a member=@a", "failed [4]: a"},
		{"group_loop", "two ways to one group", "group a member=@b member=@c\ngroup b member=@d\ngroup c member=@d\ngroup d", "passed"},
		{"group_loop", "two loops", "group a member=@b\ngroup b member=@a\ngroup c member=@d member=@a\ngroup d member=@c", "failed [4]: a, b, c, d"},
		{"group_loop", "members unread", "unread member", "not_evaluated"},
	}
}

func trustRows() []row {
	trust := func(direction, attributes string) string {
		return "trustedDomain autre.test at=@System trustDirection=" + direction + " trustAttributes=" + attributes + " trustType=2 trustPartner=autre.test"
	}
	return []row{
		{"trusts_domain_notfiltered", "outbound", trust("2", "0"), "failed [1]: autre.test"},
		{"trusts_domain_notfiltered", "both ways", trust("3", "0"), "failed [1]: autre.test"},
		{"trusts_domain_notfiltered", "inbound only", trust("1", "0"), "passed"},
		{"trusts_domain_notfiltered", "quarantined", trust("2", "4"), "passed"},
		{"trusts_domain_notfiltered", "forest", trust("2", "8"), "passed"},
		{"trusts_domain_notfiltered", "within the forest", trust("3", "32"), "passed"},
		{"trusts_domain_notfiltered", "attributes unread", trust("2", "0") + "\nunread trustAttributes", "not_evaluated"},
		{"trusts_forest_sidhistory", "treated as external", trust("2", "72"), "failed [1]: autre.test"},
		{"trusts_forest_sidhistory", "plain forest trust", trust("3", "8"), "passed"},
		{"trusts_forest_sidhistory", "inbound", trust("1", "72"), "passed"},
		{"trusts_tgt_deleg", "inbound with delegation", trust("1", "2056"), "failed [3]: autre.test"},
		{"trusts_tgt_deleg", "outbound", trust("2", "2056"), "passed"},
		{"trusts_tgt_deleg", "inbound without", trust("3", "8"), "passed"},
		{"trusts_accounts", "366 days", "user AUTRE$ uac=0x820 pwd=-366d", "failed [2]: AUTRE$"},
		{"trusts_accounts", "364 days", "user AUTRE$ uac=0x820 pwd=-364d", "passed"},
		{"trusts_accounts", "an ordinary account", "alice pwd=-900d", "passed"},
	}
}

func functionalRows() []row {
	heuristic := func(v string) string { return `"Directory Service" dSHeuristics=` + v }
	menu := func(v string) string { return `user-Display adminContextMenu="` + v + `"` }
	return []row{
		{"functional_level", "2008 everywhere", "hop level=3\nPartitions level=3", "failed [1 3 4]: hop[1], hop[3], hop[4]"},
		{"functional_level", "2008 R2", "hop level=4\nPartitions level=4", "failed [3 4]: hop[3], hop[4]"},
		{"functional_level", "2012 R2 forest with a 2016 domain", "Partitions level=6", "failed [4]: Partitions[4]"},
		{"functional_level", "2025", "hop level=10\nPartitions level=10", "passed"},
		{"functional_level", "forest unknown", "Partitions -level", "not_evaluated"},
		{"dsheuristics_bad", "anonymous name service", heuristic("0000000101000000000200000001130"), "failed [1]: Directory Service[1]"},
		{"dsheuristics_bad", "groups left unprotected", heuristic("000000000100000f000200000001130"), "failed [1]: Directory Service[1]"},
		{"dsheuristics_bad", "anonymous operations", heuristic("0000002001000000000200000001130"), "failed [2]: Directory Service[2]"},
		{"dsheuristics_bad", "short value", heuristic("0000000"), "failed [4]: Directory Service[4]"},
		{"dsheuristics_bad", "absent", `"Directory Service" -dSHeuristics`, "failed [4]: Directory Service[4]"},
		{"dsheuristics_bad", "owner rights off", heuristic("0000000001000000000200000001230"), "failed [2 4]: Directory Service[2], Directory Service[4]"},
		{"dsheuristics_bad", "unread", "unread dSHeuristics", "not_evaluated"},
		{"dsheuristics_bad", "configuration unread", "unread configuration", "not_evaluated"},
		{"dsheuristics_bad", "first character alone", heuristic("0010000001000000000200000001130"), "passed"},
		{"display_specifier", "program on a share", menu(`5,Outil,\\pc7\partage\outil.exe`), "failed [1]: user-Display"},
		{"display_specifier", "slashes", menu(`5,Outil,//pc7/partage/outil.exe`), "failed [1]: user-Display"},
		{"display_specifier", "out of SYSVOL by the parent", menu(`5,Outil,\\hop.test\SYSVOL\..\x\outil.exe`), "failed [1]: user-Display"},
		{"display_specifier", "SYSVOL of the domain", menu(`5,Outil,\\HOP.TEST\SysVol\hop.test\outil.exe`), "passed"},
		{"display_specifier", "SYSVOL of a controller", menu(`5,Outil,\\dc1.hop.test\SYSVOL\outil.exe`), "passed"},
		{"display_specifier", "SYSVOL of somebody else", menu(`5,Outil,\\pc7\SYSVOL\outil.exe`), "failed [1]: user-Display"},
		{"display_specifier", "local program", menu(`5,Outil,C:\Windows\notepad.exe`), "passed"},
		{"adupdate_bad", "revision 15", "ActiveDirectoryUpdate revision=15", "failed [2]: ActiveDirectoryUpdate"},
		{"adupdate_bad", "revision 10", "ActiveDirectoryUpdate revision=10", "passed"},
		{"adupdate_bad", "never prepared", "drop ActiveDirectoryUpdate", "passed"},
		{"adupdate_bad", "unread", "unread revision", "not_evaluated"},
		{"sysvol_ntfrs", "subscriber", `drop DFSR-GlobalSettings` + "\n" + `nTFRSSubscriber "Domain System Volume (SYSVOL share)" at=@DC1`, "failed [2]: Domain System Volume (SYSVOL share)"},
		{"sysvol_ntfrs", "set, move only prepared", "DFSR-GlobalSettings msDFSR-Flags=16\n" + `nTFRSReplicaSet "Domain System Volume (SYSVOL share)" at=@System fRSReplicaSetType=2`, "failed [2]: Domain System Volume (SYSVOL share)"},
		{"sysvol_ntfrs", "left over after the move", `nTFRSReplicaSet "Domain System Volume (SYSVOL share)" at=@System fRSReplicaSetType=2`, "passed"},
		{"sysvol_ntfrs", "another replica set", "drop DFSR-GlobalSettings\nnTFRSReplicaSet Partage at=@System fRSReplicaSetType=3", "passed"},
	}
}

func qualityRows() []row {
	return []row{
		{"critical_objects", "no AdminSDHolder", "drop AdminSDHolder", "failed [1]: AdminSDHolder"},
		{"critical_objects", "no krbtgt", "drop krbtgt", "failed [1]: S-1-5-21-100-200-300-502>"},
		{"critical_objects", "renamed administrator", "Administrator name=chef", "passed"},
		{"sd_failed_sd_read_on_priv", "descriptor hidden", "Administrator -acl", "failed [3]: Administrator"},
		{"sd_failed_sd_read_on_priv", "flags hidden", "Administrator -uac", "failed [3]: Administrator"},
		{"sd_failed_sd_read_on_priv", "ordinary account", "alice -acl -uac", "passed"},
		{"sd_failed_sd_read_on_priv", "no descriptor asked for", "unread nTSecurityDescriptor", "not_evaluated"},
	}
}
