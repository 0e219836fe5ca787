package entry

// Attributes that no directory has (docs/formats/directory-inputs.md, Settings of a certification authority). Readers give them for formats that hold
// a part of what the real attribute says.
const (
	// AccountFlags holds the flags of userAccountControl (MS-ADTS 2.2.16) that the source knows, for an account whose
	// userAccountControl it does not give: a decimal number, the mask of the flags that are known in the high 32 bits, the
	// flags themselves in the low ones.
	AccountFlags = "hygie-accountFlags"
	// CertificateThumbprint holds the SHA-1 of the values of cACertificate, in upper-case hexadecimal, when the source gives
	// no certificate.
	CertificateThumbprint = "hygie-certificateThumbprint"
	// TransitionTargets stands in [Partition.Classes] for msDS-AllowedToDelegateTo given on the accounts with protocol
	// transition and on no others.
	TransitionTargets = "hygie-transitionTargets"
	// TrustAccounts stands in the same place for a class: the accounts behind trusts, of class user, for a source that leaves
	// them out of the users.
	TrustAccounts = "hygie-trustAccounts"
	// AuthoritySecurity holds the security descriptor of a certification authority itself, from its registry (MS-CSRA 3.1.1.7):
	// administer 0x1, issue and manage certificates 0x2, enrol 0x200. It stands on the object of class pKIEnrollmentService.
	AuthoritySecurity = "hygie-authoritySecurity"
	// AuthorityTakesNames tells, TRUE or FALSE, whether the authority takes the subject name that a request adds
	// (EDITF_ATTRIBUTESUBJECTALTNAME2, from its registry).
	AuthorityTakesNames = "hygie-authorityTakesNames"
	// AuthoritySeparatesRoles tells, TRUE or FALSE, whether the authority refuses both roles to whoever holds the two of administering
	// it and of managing its certificates (RoleSeparationEnabled, from its registry; MS-CSRA 3.1.1.7).
	AuthoritySeparatesRoles = "hygie-authoritySeparatesRoles"
	// AuthorityInterfaceFlags holds InterfaceFlags of an authority, from its registry (MS-WCCE 3.2.1.1.4): the bit 0x200 refuses requests
	// that are not encrypted, the bit 0x8 those over MS-ICPR.
	AuthorityInterfaceFlags = "hygie-authorityInterfaceFlags"
	// AuthorityLeavesOut holds the extensions that the authority puts into no certificate, whatever the template says: one identifier a
	// value (DisableExtensionList, from its registry), or "none".
	AuthorityLeavesOut = "hygie-authorityLeavesOut"
	// AuthorityKeyProvider holds the name of the provider that keeps the key of the authority (CA\CSP\Provider, from its registry).
	AuthorityKeyProvider = "hygie-authorityKeyProvider"
	// AuthorityWeb holds what a collector found at the addresses where the authority takes requests over HTTP, one a value: "relayable",
	// "closed" or "unknown", a space, the address. Without a value, nobody looked.
	AuthorityWeb = "hygie-authorityWeb"
	// AuthorityAgents holds the restrictions of enrolment agents of an authority (EnrollmentAgentRights, from its registry; MS-CSRA
	// 3.1.1.7), one a value: "allow" or "deny", the SID of the agent, the objectGUID of the template or "*", the SIDs of those in whose
	// name, between commas. Without a value, agents are not known to be restricted.
	AuthorityAgents = "hygie-authorityAgents"
	// StrongMapping holds StrongCertificateBindingEnforcement of a controller, from its registry: 2 refuses certificates without
	// the SID of their holder (KB5014754). It stands on the account of the controller.
	StrongMapping = "hygie-strongMapping"
	// MappingMethods holds CertificateMappingMethods of a controller, from its registry: the bit 0x4 matches certificates by name.
	MappingMethods = "hygie-mappingMethods"
)

// OwnPrefix begins the names above, in lower case (docs/formats/directory-inputs.md, Settings of a certification authority).
const OwnPrefix = "hygie-"
