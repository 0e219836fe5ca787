package oradad

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// form is how the values of a column are written.
type form uint8

const (
	skipped form = iota
	text
	list  // texts with semicolons between them
	names // distinguished names with semicolons between them
	number
	truth
	instant  // date of an attribute in generalized time (RFC 4517 3.3.13)
	fileTime // date of an attribute that counts 100 ns since 1601
	binary   // hexadecimal, SIDs in text, descriptors in SDDL
)

// column is a column of a table.
type column struct {
	name string
	form form
	zero bool // an empty date stands for 0
}

// describe gives the forms of columns from their names and SQL types; types may be missing when only a header is known.
func describe(columns, types []string, account bool) (out []column, secret bool) {
	for i, name := range columns {
		c := column{name: name, form: formOf(name, sqlType(types, i))}
		low := strings.ToLower(name)
		switch {
		case i == 0, low == "shortname", low == "shortdn":
			c.form = skipped
		case confidential(low):
			c.form, secret = skipped, true
		case strings.HasSuffix(low, "_int") && i > 0 && strings.EqualFold(columns[i-1], name[:len(name)-4]):
			out[i-1].form = skipped // the same number as text
			c.name, c.form = columns[i-1], number
		}
		c.zero = account && low == "pwdlastset"
		out = append(out, c)
	}
	return out, secret
}

func sqlType(types []string, i int) string {
	if i >= len(types) {
		return ""
	}
	kind, _, _ := strings.Cut(strings.ToLower(types[i]), "(")
	return kind
}

// formOf gives the form of a column. Types are those that ORADAD writes for its own (STR, STRS, INT, INT64, SID, SD, DACL, BIN,
// GUID, DATE, DATEINT64, BOOL); several of them share one.
func formOf(name, kind string) form {
	low := strings.ToLower(name)
	switch kind {
	case "int", "bigint":
		return number
	case "tinyint":
		return truth
	case "uniqueidentifier":
		return text
	case "varchar":
		return binary
	case "datetime2", "datetime":
		if countsTicks(low) {
			return fileTime
		}
		return instant
	case "":
		switch {
		case countsTicks(low):
			return fileTime
		case low == "whencreated", low == "whenchanged":
			return instant
		case low == "msds-expirepasswordsonsmartcardonlyaccounts", low == "msds-authnpolicysiloenforced",
			low == "iscriticalsystemobject", low == "isdeleted":
			return truth
		case low == "ntsecuritydescriptor", low == "objectsid", low == "sidhistory", low == "securityidentifier",
			low == "cacertificate", low == "usercertificate", low == "dnsproperty", low == "dnsrecord", low == "msds-groupmsamembership",
			low == "msds-allowedtoactonbehalfofotheridentity", low == "pkiexpirationperiod", low == "pkioverlapperiod":
			return binary
		}
	}
	switch {
	case listOfNames(low):
		return names
	case listOfTexts(low):
		return list
	}
	return text
}

// countsTicks tells whether a date is stored as 100 ns since 1601 (MS-ADA1 to MS-ADA3, syntax 2.5.5.16).
func countsTicks(low string) bool {
	switch low {
	case "pwdlastset", "lastlogontimestamp", "lastlogon", "lastlogoff", "accountexpires", "badpasswordtime", "lockouttime",
		"creationtime", "ms-mcs-admpwdexpirationtime", "mslaps-passwordexpirationtime", "msds-userpasswordexpirytimecomputed",
		"msds-lastsuccessfulinteractivelogontime", "msds-lastfailedinteractivelogontime", "priorsettime", "lastsettime",
		"mskds-createtime", "mskds-usestarttime":
		return true
	}
	return false
}

// listOfNames and listOfTexts name the attributes of several values that rules read (MS-ADA1 to MS-ADA3, isSingleValued).
func listOfNames(low string) bool {
	switch low {
	case "member", "memberof", "msds-psoappliesto", "msds-psoapplied", "msds-revealedusers", "msds-revealedlist",
		"msds-neverrevealgroup", "msds-revealondemandgroup", "msds-authnpolicysilomembers", "msds-krbtgtlinkbl",
		"serverreferencebl", "hasmasterncs", "msds-hasmasterncs", "msds-hasdomainncs", "managedobjects", "directreports",
		"msds-hostserviceaccount", "msds-hostserviceaccountbl", "namingcontexts", "subrefs", "wellknownobjects",
		"otherwellknownobjects", "msds-keycredentiallink", "certificatetemplatesbl", "msds-memberstransitive":
		return true
	}
	return false
}

func listOfTexts(low string) bool {
	switch low {
	case "objectclass", "serviceprincipalname", "msds-allowedtodelegateto", "certificatetemplates", "pkiextendedkeyusage",
		"mspki-certificate-application-policy", "mspki-certificate-policy", "mspki-ra-application-policies", "mspki-ra-policies",
		"mspki-supersede-templates", "mspki-enrollment-servers", "admincontextmenu", "contextmenu", "shellcontextmenu",
		"altsecurityidentities", "appliesto", "posssuperiors", "systemposssuperiors", "auxiliaryclass", "systemauxiliaryclass",
		"dnsroot", "supportedcapabilities", "pkicriticalextensions", "pkidefaultcsps":
		return true
	}
	return false
}

// confidential tells whether a column holds a password or a key.
func confidential(low string) bool {
	switch low {
	case "ms-mcs-admpwd", "mslaps-password", "mslaps-encryptedpassword", "mslaps-encryptedpasswordhistory",
		"mslaps-encrypteddsrmpassword", "mslaps-encrypteddsrmpasswordhistory", "unicodepwd", "dbcspwd", "userpassword",
		"unixuserpassword", "mssfu30password", "supplementalcredentials", "ntpwdhistory", "lmpwdhistory", "msds-managedpassword",
		"trustauthincoming", "trustauthoutgoing", "currentvalue", "priorvalue", "msfve-recoverypassword", "msfve-keypackage",
		"mskds-rootkeydata", "initialauthincoming", "initialauthoutgoing", "mspki-accountcredentials", "mstpm-ownerinformation":
		return true
	}
	return false
}

const (
	dateLayout = "2006-01-02 15:04:05"
	never      = "2999-12-12 23:59:59"
	noLimit    = "9223372036854775807"
)

// dateValue converts a date to what LDAP gives.
func dateValue(cell []byte, f form) ([]byte, bool) {
	if string(cell) == never && f == fileTime {
		return []byte(noLimit), true
	}
	t, err := time.Parse(dateLayout, string(cell))
	if err != nil {
		return nil, false
	}
	if f == instant {
		return t.AppendFormat(nil, "20060102150405.0Z"), true
	}
	const epoch = 11644473600 // 1970 in seconds since 1601
	return appendInt(nil, (t.Unix()+epoch)*1e7), true
}

// splitNames separates names at the semicolons that something like a name follows: "CN=" or, for names joined to binary data, "B:".
func splitNames(dst [][]byte, cell []byte) [][]byte {
	start := 0
	for i, c := range cell {
		if c == ';' && beginsName(cell[i+1:]) && (i == 0 || cell[i-1] != '\\') {
			dst = append(dst, cell[start:i:i])
			start = i + 1
		}
	}
	return append(dst, cell[start:])
}

func beginsName(b []byte) bool {
	if len(b) > 2 && (b[0] == 'B' || b[0] == 'S') && b[1] == ':' && b[2] >= '0' && b[2] <= '9' {
		return true
	}
	for i, c := range b {
		switch {
		case c == '=':
			return i > 0
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
		default:
			return false
		}
	}
	return false
}

// binaryValue converts a value of a binary column.
func binaryValue(v []byte, domain sid.SID) ([]byte, bool) {
	if bytes.HasPrefix(v, []byte("S-1-")) {
		s, err := sid.Parse(string(v))
		return s.Bytes(), err == nil
	}
	if len(v) > 1 && v[1] == ':' && bytes.IndexByte([]byte("OGDS"), v[0]) >= 0 {
		sd, err := secdesc.ParseSDDL(string(v), domain)
		return sd, err == nil
	}
	out, err := hex.AppendDecode(nil, v)
	return out, err == nil
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }
