package sharphound

import "strings"

// prop is a property that readers use.
type prop uint8

const (
	propNone prop = iota
	propAdminCount
	propAllowedToDelegate
	propApplicationPolicy
	propAuthorizedSignatures
	propCertThumbprint
	propCertThumbprints
	propCertificateNameFlag
	propCollected
	propDescription
	propDisplayName
	propDistinguishedName
	propDNSHostName
	propDomain
	propDomainSID
	propDontReqPreauth
	propDSHeuristics
	propEffectiveEKUs
	propEKUs
	propEnabled
	propEncryptedTextPwd
	propEnrolleeSuppliesSubject
	propEnrollmentFlag
	propExpireSmartCard
	propFunctionalLevel
	propGMSA
	propGPCPath
	propGroupScope
	propHasSPN
	propIsDC
	propIsReadOnlyDC
	propLastLogonTimestamp
	propLockedOut
	propLockoutDuration
	propLockoutThreshold
	propLockoutWindow
	propLogonScript
	propMachineAccountQuota
	propMaxPwdAge
	propMinPwdAge
	propMinPwdLength
	propMSA
	propName
	propNetBIOS
	propOID
	propOperatingSystem
	propPasswordCantChange
	propPasswordNotReqd
	propPwdHistoryLength
	propPwdLastSet
	propPwdNeverExpires
	propPwdProperties
	propRequiresApproval
	propSAMAccountName
	propSchemaVersion
	propSensitive
	propSPNs
	propSIDHistory
	propSmartcardRequired
	propSupportedEncryption
	propTrustedToAuth
	propUnconstrained
	propUseDESKeyOnly
	propUserAccountControl
	propWhenCreated
	propBlocksInheritance
	propCount
)

// propOf finds a property by its name. The compiler makes a search by length and content of it, without allocation.
func propOf(name []byte) prop {
	switch string(name) {
	case "admincount":
		return propAdminCount
	case "allowedtodelegate":
		return propAllowedToDelegate
	case "certificateapplicationpolicy":
		return propApplicationPolicy
	case "authorizedsignatures":
		return propAuthorizedSignatures
	case "certthumbprint":
		return propCertThumbprint
	case "certthumbprints":
		return propCertThumbprints
	case "certificatenameflag":
		return propCertificateNameFlag
	case "collected":
		return propCollected
	case "description":
		return propDescription
	case "displayname":
		return propDisplayName
	case "distinguishedname":
		return propDistinguishedName
	case "dnshostname":
		return propDNSHostName
	case "domain":
		return propDomain
	case "domainsid":
		return propDomainSID
	case "dontreqpreauth":
		return propDontReqPreauth
	case "dsheuristics":
		return propDSHeuristics
	case "effectiveekus":
		return propEffectiveEKUs
	case "ekus":
		return propEKUs
	case "enabled":
		return propEnabled
	case "encryptedtextpwdallowed":
		return propEncryptedTextPwd
	case "enrolleesuppliessubject":
		return propEnrolleeSuppliesSubject
	case "enrollmentflag":
		return propEnrollmentFlag
	case "expirepasswordsonsmartcardonlyaccounts":
		return propExpireSmartCard
	case "functionallevel":
		return propFunctionalLevel
	case "gmsa":
		return propGMSA
	case "gpcpath":
		return propGPCPath
	case "groupscope":
		return propGroupScope
	case "hasspn":
		return propHasSPN
	case "isdc":
		return propIsDC
	case "isreadonlydc":
		return propIsReadOnlyDC
	case "lastlogontimestamp":
		return propLastLogonTimestamp
	case "lockedout":
		return propLockedOut
	case "lockoutduration":
		return propLockoutDuration
	case "lockoutthreshold":
		return propLockoutThreshold
	case "lockoutobservationwindow":
		return propLockoutWindow
	case "logonscript":
		return propLogonScript
	case "machineaccountquota":
		return propMachineAccountQuota
	case "maxpwdage":
		return propMaxPwdAge
	case "minpwdage":
		return propMinPwdAge
	case "minpwdlength":
		return propMinPwdLength
	case "msa":
		return propMSA
	case "name":
		return propName
	case "netbios":
		return propNetBIOS
	case "oid", "certtemplateoid":
		return propOID
	case "operatingsystem":
		return propOperatingSystem
	case "passwordcantchange":
		return propPasswordCantChange
	case "passwordnotreqd":
		return propPasswordNotReqd
	case "pwdhistorylength":
		return propPwdHistoryLength
	case "pwdlastset":
		return propPwdLastSet
	case "pwdneverexpires":
		return propPwdNeverExpires
	case "pwdproperties":
		return propPwdProperties
	case "requiresmanagerapproval":
		return propRequiresApproval
	case "samaccountname":
		return propSAMAccountName
	case "schemaversion":
		return propSchemaVersion
	case "sensitive":
		return propSensitive
	case "serviceprincipalnames":
		return propSPNs
	case "sidhistory":
		return propSIDHistory
	case "smartcardrequired":
		return propSmartcardRequired
	case "supportedencryptiontypes":
		return propSupportedEncryption
	case "trustedtoauth":
		return propTrustedToAuth
	case "unconstraineddelegation":
		return propUnconstrained
	case "usedeskeyonly":
		return propUseDESKeyOnly
	case "useraccountcontrol":
		return propUserAccountControl
	case "whencreated":
		return propWhenCreated
	case "blocksinheritance":
		return propBlocksInheritance
	}
	return propNone
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

// nameOf gives the name of a property.
func nameOf(p prop) string {
	for name := range strings.FieldsSeq(propNames) {
		if propOf([]byte(name)) == p {
			return name
		}
	}
	return ""
}
