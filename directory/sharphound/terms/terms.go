// Package terms turns the words that collectors of BloodHound write into the numbers of the directory: functional levels, lengths of
// time, flags by name.
package terms

import (
	"strconv"
	"strings"
	"time"

	"hygie/directory/internal/jsonscan"
)

// FunctionalLevel gives the number of a functional level (MS-ADTS 6.1.4.2) that the collector names. Level 10 is Windows Server
// 2025, whatever number the collector takes it for.
func FunctionalLevel(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n <= 10 {
		return n, true
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "2000 mixed/native", "2000":
		return 0, true
	case "2003 interim":
		return 1, true
	case "2003":
		return 2, true
	case "2008":
		return 3, true
	case "2008 r2":
		return 4, true
	case "2012":
		return 5, true
	case "2012 r2":
		return 6, true
	case "2016":
		return 7, true
	case "2025":
		return 10, true
	}
	return 0, false
}

// Interval reads a length of time as the collector writes it, "42 days" or "1 day, 6 hours, 30 minutes" or "Forever", or the
// number that LDAP gives, and gives it as LDAP does: negative, in 100 ns (MS-SAMR 2.2.7.1).
func Interval(v jsonscan.Value) (int64, bool) {
	if n, ok := v.Integer(); ok {
		return n, n <= 0
	}
	if v.Kind != 's' {
		return 0, false
	}
	text := strings.ToLower(strings.TrimSpace(string(v.Raw)))
	switch text {
	case "forever", "never":
		return -1 << 63, true
	case "": // no component other than zero
		return 0, true
	}
	const tick = 100 * time.Nanosecond
	total := int64(0)
	for part := range strings.SplitSeq(text, ",") {
		count, unit, found := strings.Cut(strings.TrimSpace(part), " ")
		n, err := strconv.ParseInt(count, 10, 32)
		if !found || err != nil || n < 0 {
			return 0, false
		}
		var each time.Duration
		switch strings.TrimSuffix(strings.TrimSpace(unit), "s") {
		case "day":
			each = 24 * time.Hour
		case "hour":
			each = time.Hour
		case "minute":
			each = time.Minute
		case "second":
			each = time.Second
		default:
			return 0, false
		}
		const most = 1 << 61
		if n > most/int64(each/tick) {
			return 0, false
		}
		if total += n * int64(each/tick); total > most {
			return 0, false
		}
	}
	return -total, true
}

// EncryptionTypes gives msDS-SupportedEncryptionTypes (MS-KILE 2.2.7) from the names of the types.
func EncryptionTypes(names [][]byte) (bits int64, ok bool) {
	for _, name := range names {
		switch strings.ToUpper(string(name)) {
		case "DES-CBC-CRC":
			bits |= 0x1
		case "DES-CBC-MD5":
			bits |= 0x2
		case "RC4-HMAC-MD5":
			bits |= 0x4
		case "AES128-CTS-HMAC-SHA1-96":
			bits |= 0x8
		case "AES256-CTS-HMAC-SHA1-96":
			bits |= 0x10
		case "NOT DEFINED":
		default:
			return 0, false
		}
	}
	return bits, true
}

// Bits reads flags written as a number or as names with commas between them (docs/formats/directory-inputs.md, SharpHound).
func Bits(v jsonscan.Value, names map[string]int64) (bits int64, ok bool) {
	if n, ok := v.Integer(); ok {
		return n, true
	}
	if v.Kind != 's' || len(v.Raw) == 0 {
		return 0, false
	}
	for name := range strings.SplitSeq(string(v.Raw), ",") {
		bit, known := names[strings.ToUpper(strings.TrimSpace(name))]
		if !known {
			return 0, false
		}
		bits |= bit
	}
	return bits, true
}

// TrustFlags are the names of trustAttributes (MS-ADTS 6.1.6.7.9) that collectors write.
func TrustFlags() map[string]int64 {
	return map[string]int64{
		"NONTRANSITIVE": 0x1, "UPLEVELONLY": 0x2, "FILTERSIDS": 0x4, "QUARANTINEDDOMAIN": 0x4, "FORESTTRANSITIVE": 0x8,
		"CROSSORGANIZATION": 0x10, "WITHINFOREST": 0x20, "TREATASEXTERNAL": 0x40, "TRUSTUSESRC4": 0x80, "USESRC4ENCRYPTION": 0x80,
		"TRUSTUSESAES": 0x100, "USESAESKEYS": 0x100, "CROSSORGANIZATIONNOTGTDELEGATION": 0x200, "PIMTRUST": 0x400,
		"CROSSORGANIZATIONENABLETGTDELEGATION": 0x800, "NONE": 0,
	}
}

// NameFlags are the names of msPKI-Certificate-Name-Flag (MS-CRTD 2.28).
func NameFlags() map[string]int64 {
	return map[string]int64{
		"NONE": 0, "ENROLLEE_SUPPLIES_SUBJECT": 0x1, "OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME": 0x8,
		"ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME": 0x10000, "SUBJECT_ALT_REQUIRE_DOMAIN_DNS": 0x400000, "SUBJECT_ALT_REQUIRE_SPN": 0x800000,
		"SUBJECT_ALT_REQUIRE_DIRECTORY_GUID": 0x1000000, "SUBJECT_ALT_REQUIRE_UPN": 0x2000000, "SUBJECT_ALT_REQUIRE_EMAIL": 0x4000000,
		"SUBJECT_ALT_REQUIRE_DNS": 0x8000000, "SUBJECT_REQUIRE_DNS_AS_CN": 0x10000000, "SUBJECT_REQUIRE_EMAIL": 0x20000000,
		"SUBJECT_REQUIRE_COMMON_NAME": 0x40000000, "SUBJECT_REQUIRE_DIRECTORY_PATH": 0x80000000, "ADD_EMAIL": 0x2, "ADD_OBJ_GUID": 0x4,
		"ADD_DIRECTORY_PATH": 0x100,
	}
}

// EnrolmentFlags are the names of msPKI-Enrollment-Flag (MS-CRTD 2.26).
func EnrolmentFlags() map[string]int64 {
	return map[string]int64{
		"NONE": 0, "INCLUDE_SYMMETRIC_ALGORITHMS": 0x1, "PEND_ALL_REQUESTS": 0x2, "PUBLISH_TO_KRA_CONTAINER": 0x4, "PUBLISH_TO_DS": 0x8,
		"AUTO_ENROLLMENT_CHECK_USER_DS_CERTIFICATE": 0x10, "AUTO_ENROLLMENT": 0x20, "CT_FLAG_DOMAIN_AUTHENTICATION_NOT_REQUIRED": 0x80,
		"DOMAIN_AUTHENTICATION_NOT_REQUIRED": 0x80, "PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT": 0x40, "USER_INTERACTION_REQUIRED": 0x100,
		"ADD_TEMPLATE_NAME": 0x200, "REMOVE_INVALID_CERTIFICATE_FROM_PERSONAL_STORE": 0x400, "ALLOW_ENROLL_ON_BEHALF_OF": 0x800,
		"ADD_OCSP_NOCHECK": 0x1000, "ENABLE_KEY_REUSE_ON_NT_TOKEN_KEYSET_STORAGE_FULL": 0x2000, "NOREVOCATIONINFOINISSUEDCERTS": 0x4000,
		"INCLUDE_BASIC_CONSTRAINTS_FOR_EE_CERTS": 0x8000, "ALLOW_PREVIOUS_APPROVAL_KEYBASEDRENEWAL_VALIDATE_REENROLLMENT": 0x10000,
		"ISSUANCE_POLICIES_FROM_REQUEST": 0x20000, "SKIP_AUTO_RENEWAL": 0x40000, "NO_SECURITY_EXTENSION": 0x80000,
	}
}

// TrustDirection gives trustDirection (MS-ADTS 6.1.6.7.12).
func TrustDirection(v jsonscan.Value) (int64, bool) {
	if n, ok := v.Integer(); ok {
		return n, n >= 0 && n <= 3
	}
	switch strings.ToLower(string(v.Raw)) {
	case "disabled":
		return 0, v.Kind == 's'
	case "inbound":
		return 1, true
	case "outbound":
		return 2, true
	case "bidirectional":
		return 3, true
	}
	return 0, false
}
