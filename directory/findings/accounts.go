package findings

import (
	"slices"
	"strings"
	"time"

	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/sid"
)

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	uacReversible = 0x80
	uacDontExpire = 0x10000
)

const anssi = "ANSSI, points de contrôle Active Directory"

func warning(id string, s Severity, decide func(*outcome), needs ...need) record {
	return record{Rule{ID: "warning_" + id, Kind: Warning, Severity: s, Source: anssi}, needs, decide}
}

func forestWarning(id string, s Severity, decide func(*outcome)) record {
	r := warning(id, s, decide)
	r.Forest = true
	return r
}

func warningRecords() []record {
	var (
		flags   = need{"user", "userAccountControl"}
		sids    = need{"group", "objectSid"}
		members = need{"group", "member"}
		rights  = need{"user", "nTSecurityDescriptor"}
	)
	return []record{
		warning("admincount", Low, formerAdmins, need{"user", "adminCount"}, need{"group", "adminCount"}, sids, members),
		warning("admincount_0", Low, adminCountZero, need{"user", "adminCount"}, need{"group", "adminCount"}),
		warning("dnszone_duplicated_zones", Low, duplicatedZones),
		warning("dont_expire", Medium, neverExpire, flags),
		warning("dump_error_rp", Low, readingErrors),
		warning("dump_error_vuln_rp", Medium, pointsUndecided),
		warning("logonscript_priv", High, logonScripts, need{"user", "scriptPath"}, sids, members),
		warning("password_change", Medium, oldPasswords, flags, need{"user", "pwdLastSet"}, sids, members),
		warning("password_policy_pso_missing", Low, noFinePolicy, flags, sids, members),
		warning("password_policy_pso_weak", Medium, func(o *outcome) { weakFinePolicies(o, true) }),
		warning("password_policy_pso_weak2", Low, func(o *outcome) { weakFinePolicies(o, false) }),
		warning("permissions_specific_containers", High, containerRights, need{"container", "nTSecurityDescriptor"}),
		warning("privileged_members", Medium, manyPrivileged, sids, members),
		warning("privileged_members_builtin_notpriv", Medium, secondRankMembers, sids, members),
		warning("privileged_members_expired_disabled", Medium, disabledPrivileged, flags, sids, members),
		warning("privileged_members_foreign", High, foreignPrivileged, sids, members),
		warning("privileged_members_no_adminsdholder", Medium, unlikeHolder, rights, sids, members),
		warning("privileged_members_not_empty", Low, operatorsNotEmpty, sids, members),
		warning("reversible_password", Medium, reversiblePasswords, flags, sids, members),
		warning("rid500", Medium, builtinUsed, need{"user", "lastLogonTimestamp"}),
		forestWarning("schema_default_sd", Medium, schemaDefaults),
		forestWarning("schema_posssuperiors", High, schemaSuperiors),
		warning("sd_adminsdholder_protec", Medium, holderInherits, rights, sids, members),
		warning("sd_anonymous_control", High, scanned(bitAnonymous), rights),
		warning("sd_deny_read", Low, scanned(bitDenyRead), rights),
		warning("sd_failed_sd_read", Low, scanned(bitUnread), rights),
		warning("sd_generic_perm", Low, scanned(bitGeneric), rights),
		warning("sd_repl_perm", High, replicationRights, need{"domain", "nTSecurityDescriptor"}),
		warning("sd_unknown_sid", Low, scanned(bitUnknown), rights),
		warning("spn_priv", Medium, toleratedServices, need{"user", "servicePrincipalName"}, sids, members),
		warning("sysvol_files_acl", High, sysvolWriters),
		warning("sysvol_files_sd", Low, sysvolUnread),
		warning("sysvol_no_repl", Medium, sysvolNotReplicated),
		warning("sysvol_root_sd", High, sysvolRoot),
		warning("tool_version", Low, oldTool),
		warning("trusts_tgt_deleg", Low, openDelegation, need{"trustedDomain", "trustAttributes"}, need{"trustedDomain", "trustDirection"}),
		warning("user_accounts_dormant", Low, someDormant, flags, need{"user", "pwdLastSet"}, need{"user", "lastLogonTimestamp"}, need{"user", "whenCreated"}),
	}
}

// protectedByHolder lists what SDProp protects (MS-ADTS 3.1.1.6.1.2): the privileged accounts and groups, krbtgt, and the groups
// Replicator and Read-only Domain Controllers with their members.
func protectedByHolder(o *outcome) map[model.ID]bool {
	out := make(map[model.ID]bool)
	more := func(id model.ID, ok bool) {
		if ok {
			out[id] = true
			for _, m := range o.dir.MembersOf(id) {
				out[m] = true
			}
		}
	}
	more(o.Builtin(sid.Replicators))
	more(o.Group(sid.RIDReadOnlyDCs))
	if id, ok := o.dir.BySID(o.Domain().SID.Append(sid.RIDKrbtgt)); ok {
		out[id] = true
	}
	return out
}

func formerAdmins(o *outcome) {
	protected := protectedByHolder(o)
	check := func(id model.ID) {
		if n, ok := o.dir.Int(id, "adminCount"); ok && n == 1 && !protected[id] && !o.IsPrivileged(id) {
			o.found(id, because("admincount_left"))
		}
	}
	for a := range o.Accounts() {
		if !a.Controller() {
			check(a.ID())
		}
	}
	for _, id := range o.OfClass("group") {
		check(id)
	}
	lost(o)
}

// lost says which members of privileged groups no source gave: they may be anybody.
func lost(o *outcome) {
	for i, dn := range o.LostMembers() {
		if i < 20 {
			o.missing("object:" + dn)
		}
	}
}

func adminCountZero(o *outcome) {
	check := func(id model.ID) {
		if n, ok := o.dir.Int(id, "adminCount"); ok && n == 0 {
			o.found(id, because("admincount_zero"))
		}
	}
	for a := range o.Accounts() {
		check(a.ID())
	}
	for _, id := range o.OfClass("group") {
		check(id)
	}
}

// neverExpire lists the people whose password does not expire, as long as the point about them has not failed.
func neverExpire(o *outcome) {
	if v, ok := o.point("vuln_dont_expire"); ok && v.Status == points.Failed {
		return
	}
	for a := range o.Accounts() {
		if a.Person() && a.Enabled() && a.Has(uacDontExpire) {
			o.found(a.ID(), because("never_expires_note"))
		}
	}
}

// oldPasswordDays is ours: the list says "very old" without a figure; three years is its own figure for privileged accounts.
const oldPasswordDays = 3 * 365

func oldPasswords(o *outcome) {
	for a := range o.Accounts() {
		if !a.Person() || !a.Enabled() || o.IsPrivileged(a.ID()) {
			continue
		}
		if o.Older(a.PasswordSet(), oldPasswordDays) {
			o.found(a.ID(), because("old_password_note", "date", a.PasswordSet(), "limit", oldPasswordDays))
		}
	}
}

func reversiblePasswords(o *outcome) {
	for a := range o.Accounts() {
		if a.Person() && a.Has(uacReversible) && !o.IsPrivileged(a.ID()) {
			o.found(a.ID(), because("reversible_note"))
		}
	}
}

func builtinUsed(o *outcome) {
	const days = 30
	s := o.Domain().SID.Append(sid.RIDAdministrator)
	id, ok := o.dir.BySID(s)
	if !ok {
		o.missing("object:" + s.String())
		return
	}
	a, ok := o.Account(id)
	if last := a.LastLogon(); ok && !last.IsZero() && !o.Older(last, days) {
		o.found(id, because("builtin_used", "date", last, "limit", days))
	}
}

// someDormant counts the dormant accounts as long as the point about them has not failed.
func someDormant(o *outcome) {
	if v, ok := o.point("vuln_user_accounts_dormant"); ok && v.Status == points.Failed {
		return
	}
	asleep, enabled := 0, 0
	for a := range o.Accounts() {
		if a.Enabled() {
			enabled++
		}
		if o.Asleep(a) {
			asleep++
		}
	}
	if asleep > 0 {
		o.foundDomain(because("dormant_some", "count", asleep, "total", enabled))
	}
}

func listDormant(o *outcome) {
	for a := range o.Accounts() {
		if o.Asleep(a) {
			o.found(a.ID(), because("dormant", "password", a.PasswordSet(), "logon", a.LastLogon(), "created", a.Created()))
		}
	}
}

// logonScripts finds the scripts of privileged accounts that are not in SYSVOL or NETLOGON. A path that does not begin with two
// backslashes lies below NETLOGON (MS-ADA3 2.232).
func logonScripts(o *outcome) {
	lost(o)
	for _, m := range o.Privileged() {
		path, ok := o.dir.Text(m.ID, "scriptPath")
		path = strings.ReplaceAll(strings.TrimSpace(path), "/", `\`)
		if !ok || path == "" {
			continue
		}
		parts := strings.Split(path, `\`)
		remote := strings.HasPrefix(path, `\\`)
		inside := remote && len(parts) > 3 && slices.Contains([]string{"sysvol", "netlogon"}, strings.ToLower(parts[3]))
		local := len(path) > 1 && path[1] == ':'
		if remote && !inside || local || slices.Contains(parts, "..") {
			o.found(m.ID, because("logon_script", "path", path, "group", m.Via))
		}
	}
}

// disabledPrivileged lists the privileged accounts that are disabled or have expired. A disabled built-in administrator is a
// good setting, and it cannot leave its group.
func disabledPrivileged(o *outcome) {
	lost(o)
	expiry := o.Collects("user", "accountExpires")
	if !expiry {
		o.missing("user:accountExpires")
	}
	for _, m := range o.Privileged() {
		a, ok := o.Account(m.ID)
		if rid, _ := o.dir.SID(m.ID).RID(); !ok || a.Controller() || rid == sid.RIDAdministrator {
			continue
		}
		if !a.Enabled() {
			o.found(m.ID, because("privileged_disabled", "group", m.Via))
			continue
		}
		if at, never, ok := o.dir.FileTime(m.ID, "accountExpires"); ok && !never && at.Before(o.AsOf()) {
			o.found(m.ID, because("privileged_expired", "group", m.Via, "date", at.Truncate(time.Second)))
		}
	}
}
