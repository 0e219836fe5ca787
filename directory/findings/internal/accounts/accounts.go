// Package accounts holds the rules about people, privileged accounts and groups, their passwords, and what the accounts that every
// domain is born with may do. Package findings lists them.
package accounts

import (
	"slices"
	"strings"
	"time"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/sid"
)

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	uacReversible = 0x80
	uacDontExpire = 0x10000
)

// protectedByHolder lists what SDProp protects (MS-ADTS 3.1.1.6.1.2): the privileged accounts and groups, krbtgt, and the groups
// Replicator and Read-only Domain Controllers with their members.
func protectedByHolder(o *rule.Outcome) map[model.ID]bool {
	out := make(map[model.ID]bool)
	more := func(id model.ID, ok bool) {
		if ok {
			out[id] = true
			for _, m := range o.Dir.MembersOf(id) {
				out[m] = true
			}
		}
	}
	more(o.Builtin(sid.Replicators))
	more(o.Group(sid.RIDReadOnlyDCs))
	if id, ok := o.Dir.BySID(o.Domain().SID.Append(sid.RIDKrbtgt)); ok {
		out[id] = true
	}
	return out
}

// FormerAdmins finds the accounts and groups that keep the mark of a privilege (adminCount 1) that they lost (ANSSI, warning_admincount).
func FormerAdmins(o *rule.Outcome) {
	protected := protectedByHolder(o)
	check := func(id model.ID) {
		if n, ok := o.Dir.Int(id, "adminCount"); ok && n == 1 && !protected[id] && !o.IsPrivileged(id) {
			o.Found(id, rule.Because("admincount_left"))
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
	rule.RequireMembers(o)
}

// AdminCountZero finds the accounts and groups whose adminCount was put back to 0 by hand: Windows never writes that value (ANSSI,
// warning_admincount_0).
func AdminCountZero(o *rule.Outcome) {
	check := func(id model.ID) {
		if n, ok := o.Dir.Int(id, "adminCount"); ok && n == 0 {
			o.Found(id, rule.Because("admincount_zero"))
		}
	}
	for a := range o.Accounts() {
		check(a.ID())
	}
	for _, id := range o.OfClass("group") {
		check(id)
	}
}

// NeverExpire lists the people whose password does not expire, as long as the point about them has not failed (ANSSI, warning_dont_expire).
func NeverExpire(o *rule.Outcome) {
	if v, ok := o.Point("vuln_dont_expire"); ok && v.Status == points.Failed {
		return
	}
	for a := range o.Accounts() {
		if a.Person() && a.Enabled() && a.Has(uacDontExpire) {
			o.Found(a.ID(), rule.Because("never_expires_note"))
		}
	}
}

// oldPasswordDays is ours: the list says "very old" without a figure; three years is its own figure for privileged accounts.
const oldPasswordDays = 3 * 365

// OldPasswords finds the people, privileged ones left out, whose password is very old (ANSSI, warning_password_change).
func OldPasswords(o *rule.Outcome) {
	for a := range o.Accounts() {
		if !a.Person() || !a.Enabled() || o.IsPrivileged(a.ID()) {
			continue
		}
		if o.Older(a.PasswordSet(), oldPasswordDays) {
			o.Found(a.ID(), rule.Because("old_password_note", "date", a.PasswordSet(), "limit", oldPasswordDays))
		}
	}
}

// ReversiblePasswords finds the people, privileged ones left out, whose password is kept in a form that can be read back (ANSSI,
// warning_reversible_password).
func ReversiblePasswords(o *rule.Outcome) {
	for a := range o.Accounts() {
		if a.Person() && a.Has(uacReversible) && !o.IsPrivileged(a.ID()) {
			o.Found(a.ID(), rule.Because("reversible_note"))
		}
	}
}

// BuiltinUsed finds the built-in administrator when it opened a session of late (ANSSI, warning_rid500).
func BuiltinUsed(o *rule.Outcome) {
	const days = 30
	s := o.Domain().SID.Append(sid.RIDAdministrator)
	id, ok := o.Dir.BySID(s)
	if !ok {
		o.Missing("object:" + s.String())
		return
	}
	a, ok := o.Account(id)
	if !ok { // of an object that a cut file names and does not describe, nothing is known
		o.Missing("object:" + s.String())
		return
	}
	if last := a.LastLogon(); !last.IsZero() && !o.Older(last, days) {
		o.Found(id, rule.Because("builtin_used", "date", last, "limit", days))
	}
}

// SomeDormant counts the dormant accounts as long as the point about them has not failed (ANSSI, warning_user_accounts_dormant).
func SomeDormant(o *rule.Outcome) {
	if v, ok := o.Point("vuln_user_accounts_dormant"); ok && v.Status == points.Failed {
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
		o.FoundDomain(rule.Because("dormant_some", "count", asleep, "total", enabled))
	}
}

// ListDormant lists the dormant accounts, with the dates that say so (ANSSI, info_user_accounts_dormant).
func ListDormant(o *rule.Outcome) {
	for a := range o.Accounts() {
		if o.Asleep(a) {
			o.Found(a.ID(), rule.Because("dormant", "password", a.PasswordSet(), "logon", a.LastLogon(), "created", a.Created()))
		}
	}
}

// LogonScripts finds the scripts of privileged accounts that are not in SYSVOL or NETLOGON. A path that does not begin with two
// backslashes lies below NETLOGON (MS-ADA3 2.232).
func LogonScripts(o *rule.Outcome) {
	rule.RequireMembers(o)
	for _, m := range o.Privileged() {
		path, ok := o.Dir.Text(m.ID, "scriptPath")
		path = strings.ReplaceAll(strings.TrimSpace(path), "/", `\`)
		if !ok || path == "" {
			continue
		}
		parts := strings.Split(path, `\`)
		remote := strings.HasPrefix(path, `\\`)
		inside := remote && len(parts) > 3 && slices.Contains([]string{"sysvol", "netlogon"}, strings.ToLower(parts[3]))
		local := len(path) > 1 && path[1] == ':'
		if remote && !inside || local || slices.Contains(parts, "..") {
			o.Found(m.ID, rule.Because("logon_script", "path", path, "group", m.Via))
		}
	}
}

// DisabledPrivileged lists the privileged accounts that are disabled or have expired (ANSSI, warning_privileged_members_expired_disabled). A disabled
// built-in administrator is a good setting, and it cannot leave its group.
func DisabledPrivileged(o *rule.Outcome) {
	rule.RequireMembers(o)
	expiry := o.Collects("user", "accountExpires")
	if !expiry {
		o.Missing("user:accountExpires")
	}
	for _, m := range o.Privileged() {
		a, ok := o.Account(m.ID)
		if rid, _ := o.Dir.SID(m.ID).RID(); !ok || a.Controller() || rid == sid.RIDAdministrator {
			continue
		}
		if !a.Enabled() {
			o.Found(m.ID, rule.Because("privileged_disabled", "group", m.Via))
			continue
		}
		if at, never, ok := o.Dir.FileTime(m.ID, "accountExpires"); ok && !never && at.Before(o.AsOf()) {
			o.Found(m.ID, rule.Because("privileged_expired", "group", m.Via, "date", at.Truncate(time.Second)))
		}
	}
}
