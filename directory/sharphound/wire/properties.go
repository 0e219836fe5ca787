package wire

import "strings"

// Prop is a property that readers use (docs/formats/directory-inputs.md, SharpHound).
type Prop uint8

// The properties; PropNone stands for every other one (docs/formats/directory-inputs.md, SharpHound).
const (
	PropNone Prop = iota
	PropAdminCount
	PropAllowedToDelegate
	PropApplicationPolicy
	PropAuthorizedSignatures
	PropCertThumbprint
	PropCertThumbprints
	PropCertificateNameFlag
	PropCollected
	PropDescription
	PropDisplayName
	PropDistinguishedName
	PropDNSHostName
	PropDomain
	PropDomainSID
	PropDontReqPreauth
	PropDSHeuristics
	PropEffectiveEKUs
	PropEKUs
	PropEnabled
	PropEncryptedTextPwd
	PropEnrolleeSuppliesSubject
	PropEnrollmentFlag
	PropExpireSmartCard
	PropFunctionalLevel
	PropGMSA
	PropGPCPath
	PropGroupScope
	PropHasSPN
	PropIsDC
	PropIsReadOnlyDC
	PropLastLogonTimestamp
	PropLockedOut
	PropLockoutDuration
	PropLockoutThreshold
	PropLockoutWindow
	PropLogonScript
	PropMachineAccountQuota
	PropMaxPwdAge
	PropMinPwdAge
	PropMinPwdLength
	PropMSA
	PropName
	PropNetBIOS
	PropOID
	PropOperatingSystem
	PropPasswordCantChange
	PropPasswordNotReqd
	PropPwdHistoryLength
	PropPwdLastSet
	PropPwdNeverExpires
	PropPwdProperties
	PropRequiresApproval
	PropSAMAccountName
	PropSchemaVersion
	PropSensitive
	PropSPNs
	PropSIDHistory
	PropSmartcardRequired
	PropSupportedEncryption
	PropTrustedToAuth
	PropUnconstrained
	PropUseDESKeyOnly
	PropUserAccountControl
	PropWhenCreated
	PropBlocksInheritance
	PropCount
)

// propOf finds a property by its name. The compiler makes a search by length and content of it, without allocation.
func propOf(name []byte) Prop {
	switch string(name) {
	case "admincount":
		return PropAdminCount
	case "allowedtodelegate":
		return PropAllowedToDelegate
	case "certificateapplicationpolicy":
		return PropApplicationPolicy
	case "authorizedsignatures":
		return PropAuthorizedSignatures
	case "certthumbprint":
		return PropCertThumbprint
	case "certthumbprints":
		return PropCertThumbprints
	case "certificatenameflag":
		return PropCertificateNameFlag
	case "collected":
		return PropCollected
	case "description":
		return PropDescription
	case "displayname":
		return PropDisplayName
	case "distinguishedname":
		return PropDistinguishedName
	case "dnshostname":
		return PropDNSHostName
	case "domain":
		return PropDomain
	case "domainsid":
		return PropDomainSID
	case "dontreqpreauth":
		return PropDontReqPreauth
	case "dsheuristics":
		return PropDSHeuristics
	case "effectiveekus":
		return PropEffectiveEKUs
	case "ekus":
		return PropEKUs
	case "enabled":
		return PropEnabled
	case "encryptedtextpwdallowed":
		return PropEncryptedTextPwd
	case "enrolleesuppliessubject":
		return PropEnrolleeSuppliesSubject
	case "enrollmentflag":
		return PropEnrollmentFlag
	case "expirepasswordsonsmartcardonlyaccounts":
		return PropExpireSmartCard
	case "functionallevel":
		return PropFunctionalLevel
	case "gmsa":
		return PropGMSA
	case "gpcpath":
		return PropGPCPath
	case "groupscope":
		return PropGroupScope
	case "hasspn":
		return PropHasSPN
	case "isdc":
		return PropIsDC
	case "isreadonlydc":
		return PropIsReadOnlyDC
	case "lastlogontimestamp":
		return PropLastLogonTimestamp
	case "lockedout":
		return PropLockedOut
	case "lockoutduration":
		return PropLockoutDuration
	case "lockoutthreshold":
		return PropLockoutThreshold
	case "lockoutobservationwindow":
		return PropLockoutWindow
	case "logonscript":
		return PropLogonScript
	case "machineaccountquota":
		return PropMachineAccountQuota
	case "maxpwdage":
		return PropMaxPwdAge
	case "minpwdage":
		return PropMinPwdAge
	case "minpwdlength":
		return PropMinPwdLength
	case "msa":
		return PropMSA
	case "name":
		return PropName
	case "netbios":
		return PropNetBIOS
	case "oid", "certtemplateoid":
		return PropOID
	case "operatingsystem":
		return PropOperatingSystem
	case "passwordcantchange":
		return PropPasswordCantChange
	case "passwordnotreqd":
		return PropPasswordNotReqd
	case "pwdhistorylength":
		return PropPwdHistoryLength
	case "pwdlastset":
		return PropPwdLastSet
	case "pwdneverexpires":
		return PropPwdNeverExpires
	case "pwdproperties":
		return PropPwdProperties
	case "requiresmanagerapproval":
		return PropRequiresApproval
	case "samaccountname":
		return PropSAMAccountName
	case "schemaversion":
		return PropSchemaVersion
	case "sensitive":
		return PropSensitive
	case "serviceprincipalnames":
		return PropSPNs
	case "sidhistory":
		return PropSIDHistory
	case "smartcardrequired":
		return PropSmartcardRequired
	case "supportedencryptiontypes":
		return PropSupportedEncryption
	case "trustedtoauth":
		return PropTrustedToAuth
	case "unconstraineddelegation":
		return PropUnconstrained
	case "usedeskeyonly":
		return PropUseDESKeyOnly
	case "useraccountcontrol":
		return PropUserAccountControl
	case "whencreated":
		return PropWhenCreated
	case "blocksinheritance":
		return PropBlocksInheritance
	}
	return PropNone
}

// propNames lists the names that propOf knows, for messages.
const propNames = `
admincount allowedtodelegate certificateapplicationpolicy authorizedsignatures certthumbprint certthumbprints
certificatenameflag collected description displayname distinguishedname dnshostname domain domainsid
dontreqpreauth dsheuristics effectiveekus ekus enabled encryptedtextpwdallowed enrolleesuppliessubject
enrollmentflag expirepasswordsonsmartcardonlyaccounts functionallevel gmsa gpcpath groupscope hasspn isdc
isreadonlydc lastlogontimestamp lockedout lockoutduration lockoutthreshold lockoutobservationwindow
logonscript machineaccountquota maxpwdage minpwdage minpwdlength msa name netbios oid operatingsystem
passwordcantchange passwordnotreqd pwdhistorylength pwdlastset pwdneverexpires pwdproperties
requiresmanagerapproval samaccountname schemaversion sensitive serviceprincipalnames sidhistory
smartcardrequired supportedencryptiontypes trustedtoauth unconstraineddelegation usedeskeyonly
useraccountcontrol whencreated blocksinheritance`

// NameOf gives the name of a property (docs/formats/directory-inputs.md, SharpHound).
func NameOf(p Prop) string {
	for name := range strings.FieldsSeq(propNames) {
		if propOf([]byte(name)) == p {
			return name
		}
	}
	return ""
}
