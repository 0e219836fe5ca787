package access

import (
	"hygie/directory/guid"
	"hygie/directory/secdesc"
)

// Target is a kind of object, for what its rights are worth (ANSSI, vuln_permissions_*).
type Target uint8

// The targets of the control points (ANSSI, vuln_permissions_*).
const (
	Account            Target = iota + 1 // user, managed service account
	Group                                // group
	Computer                             // domain controller
	DomainRoot                           // root of a domain partition
	PartitionRoot                        // root of the configuration, schema or DNS partitions
	OrganizationalUnit                   // organizational unit, container or site that holds accounts or links policies
	Policy                               // group policy container
	Settings                             // object whose every attribute matters: replication settings, DNS server, template
	SchemaObject                         // class or attribute definition
	RootKey                              // KDS root key, DPAPI backup key: reading it is enough
	AuthorityContainer                   // container of certification authorities
)

// Object types that rights name. Attributes and classes: schemaIDGUID (MS-ADA1, MS-ADA2, MS-ADA3); property sets and extended
// rights: rightsGuid (MS-ADTS 5.1.3.2.1, 3.1.1.2.3.3).
const (
	attrMember               = "bf9679c0-0de6-11d0-a285-00aa003049e2"
	setMembership            = "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"
	attrServicePrincipalName = "f3a64788-5306-11d1-a9c5-0000f80367c1"
	attrAltSecurityID        = "00fbf30c-91fe-11d1-aebc-0000f80367c1"
	attrAllowedToDelegateTo  = "800d94d7-b7a1-42a1-b14d-7cae1423d07f"
	setPublicInformation     = "e48d0154-bcf8-11d1-8702-00c04fb96050"
	attrUserAccountControl   = "bf967a68-0de6-11d0-a285-00aa003049e2"
	attrAllowedToAct         = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
	setAccountRestrictions   = "4c164200-20c0-11d0-a768-00aa006e0529"
	attrKeyCredentialLink    = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
	setValidatedComputer     = "9b026da6-0d3c-465c-8bee-5199d7165cba"
	attrScriptPath           = "bf9679a8-0de6-11d0-a285-00aa003049e2"
	setUserLogon             = "5f202010-79a5-11d0-9020-00c04fc2d4cf"
	attrGPLink               = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
	attrGPOptions            = "f30e3bbf-9ff0-11d1-b603-0000f80367c1"
	attrGPCFileSysPath       = "f30e3bc1-9ff0-11d1-b603-0000f80367c1"
	attrDefaultSD            = "807a6d30-1669-11d0-a064-00aa006c33ed"
	attrCACertificate        = "bf967932-0de6-11d0-a285-00aa003049e2"
	attrCertTemplates        = "2a39c5b1-8960-11d1-aebc-0000f80367c1"
	attrRootKeyData          = "26627c27-08a2-0a40-a1b1-8dce85b42993"
	attrCurrentValue         = "bf967947-0de6-11d0-a285-00aa003049e2"
	rightResetPassword       = "00299570-246d-11d0-a768-00aa006e0529"
	rightGetChangesAll       = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
	rightGetChangesFiltered  = "89e95b76-444d-4c62-991a-0facbeda640c"
	rightManageTopology      = "1131f6ac-9c07-11d1-f79f-00c04fc2dcd2"
	rightInstallReplica      = "9923a32a-3607-11d2-b9be-0000f87a36b2"
	rightReanimate           = "45ec5156-db7e-47bb-b53f-dbeb2d03c40f"
	rightEnroll              = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
	rightAutoEnroll          = "a05b8cc2-17bc-4802-a710-e7c15ab866a2"
)

func types(text ...string) []guid.GUID {
	out := make([]guid.GUID, len(text))
	for i, t := range text {
		out[i] = guid.MustParse(t)
	}
	return out
}

func write(code string, d Danger, of ...string) Right {
	return Right{Code: code, Danger: d, Mask: secdesc.WriteProperty, Types: types(of...)}
}

func extended(code string, d Danger, of ...string) Right {
	return Right{Code: code, Danger: d, Mask: secdesc.ControlAccess, Types: types(of...)}
}

// everywhere lists the rights that give control of any object.
func everywhere() []Right {
	return []Right{
		{Code: "write_dacl", Danger: Direct, Mask: secdesc.WriteDACL},
		{Code: "write_owner", Danger: Direct, Mask: secdesc.WriteOwner},
		{Code: "write_all_properties", Danger: Direct, Mask: secdesc.WriteProperty},
	}
}

// Rights gives the dangerous rights on a kind of object, the broadest first (MS-ADTS 5.1.3.2). Deleting is not listed: it destroys, it does not
// give control.
func Rights(t Target) []Right {
	out := everywhere()
	allExtended := Right{Code: "all_extended_rights", Danger: Direct, Mask: secdesc.ControlAccess}
	writeAny := Right{Code: "write_property", Danger: Direct, Mask: secdesc.WriteProperty, AnyType: true}
	create := Right{Code: "create_child", Danger: Conditional, Mask: secdesc.CreateChild, AnyType: true}
	switch t {
	case Account:
		out = append(out, allExtended, extended("reset_password", Direct, rightResetPassword))
		out = append(out, credentials()...)
		out = append(out,
			write("write_spn", Conditional, attrServicePrincipalName, setPublicInformation),
			write("write_alt_security_identities", Conditional, attrAltSecurityID, setPublicInformation),
			write("write_user_account_control", Conditional, attrUserAccountControl, setAccountRestrictions),
			write("write_logon_script", Conditional, attrScriptPath, setUserLogon))
	case Group:
		out = append(out,
			write("write_member", Direct, attrMember, setMembership),
			Right{Code: "add_self", Danger: Direct, Mask: secdesc.SelfWrite, Types: types(attrMember, setMembership)})
	case Computer:
		out = append(out, allExtended, extended("reset_password", Direct, rightResetPassword))
		out = append(out, credentials()...)
		out = append(out,
			write("write_spn", Conditional, attrServicePrincipalName, setPublicInformation),
			Right{Code: "write_spn", Danger: Conditional, Mask: secdesc.SelfWrite, Types: types(attrServicePrincipalName)},
			write("write_alt_security_identities", Conditional, attrAltSecurityID, setPublicInformation),
			write("write_delegation_targets", Conditional, attrAllowedToDelegateTo, setPublicInformation),
			write("write_user_account_control", Conditional, attrUserAccountControl, setAccountRestrictions))
	case DomainRoot:
		out = append(out, allExtended,
			extended("replicate_secrets", Direct, rightGetChangesAll),
			write("write_gplink", Direct, attrGPLink),
			write("write_gpoptions", Conditional, attrGPOptions),
			extended("replicate_filtered", Conditional, rightGetChangesFiltered),
			extended("manage_replication_topology", Conditional, rightManageTopology),
			extended("install_replica", Conditional, rightInstallReplica),
			extended("reanimate_tombstones", Conditional, rightReanimate),
			create)
	case PartitionRoot:
		allExtended.Danger = Conditional
		out = append(out, allExtended,
			extended("replicate_secrets", Conditional, rightGetChangesAll),
			extended("manage_replication_topology", Conditional, rightManageTopology),
			extended("install_replica", Conditional, rightInstallReplica),
			create)
	case OrganizationalUnit:
		out = append(out, write("write_gplink", Direct, attrGPLink),
			write("write_gpoptions", Conditional, attrGPOptions), create)
	case Policy:
		out = append(out, write("write_policy_path", Direct, attrGPCFileSysPath), writeAny, create)
	case Settings:
		out = append(out, writeAny, create)
	case SchemaObject:
		writeAny.Danger = Conditional
		out = append(out, write("write_default_security", Direct, attrDefaultSD), writeAny, create)
	case RootKey:
		out = append(out, allExtended,
			extended("read_key", Direct, attrRootKeyData, attrCurrentValue), writeAny)
	case AuthorityContainer:
		create.Danger = Direct
		out = append(out, write("write_ca_certificate", Direct, attrCACertificate),
			write("write_certificate_templates", Direct, attrCertTemplates), writeAny, create)
	}
	return out
}

// credentials lists the attributes that let their writer sign in as the account.
func credentials() []Right {
	return []Right{
		write("write_key_credentials", Direct, attrKeyCredentialLink, setValidatedComputer),
		write("write_resource_delegation", Direct, attrAllowedToAct, setAccountRestrictions),
	}
}

// Enrolment lists the rights that let their holder ask for a certificate of a template (MS-CRTD 2.5): the extended
// rights Enroll and AutoEnroll. They are not control rights.
func Enrolment() []Right {
	return []Right{
		{Code: "all_extended_rights", Danger: Direct, Mask: secdesc.ControlAccess},
		extended("enroll", Direct, rightEnroll),
		extended("autoenroll", Direct, rightAutoEnroll),
	}
}

// Class gives the schemaIDGUID of a class (MS-ADSC) whose objects the control points look at, zero for another.
func Class(name string) guid.GUID {
	switch name {
	case "user":
		return guid.MustParse("bf967aba-0de6-11d0-a285-00aa003049e2")
	case "inetOrgPerson":
		return guid.MustParse("4828cc14-1437-45bc-9b07-ad6f015e5f28")
	case "computer":
		return guid.MustParse("bf967a86-0de6-11d0-a285-00aa003049e2")
	case "group":
		return guid.MustParse("bf967a9c-0de6-11d0-a285-00aa003049e2")
	case "organizationalUnit":
		return guid.MustParse("bf967aa5-0de6-11d0-a285-00aa003049e2")
	case "container":
		return guid.MustParse("bf967a8b-0de6-11d0-a285-00aa003049e2")
	case "domainDNS":
		return guid.MustParse("19195a5b-6da0-11d0-afd3-00c04fd930c9")
	case "groupPolicyContainer":
		return guid.MustParse("f30e3bc2-9ff0-11d1-b603-0000f80367c1")
	case "pKICertificateTemplate":
		return guid.MustParse("e5209ca2-3bba-11d2-90cc-00c04fd91ab1")
	}
	return guid.GUID{}
}
