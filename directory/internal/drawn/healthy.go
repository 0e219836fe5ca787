package drawn

// healthy is a domain on which every point passes that a directory alone can decide.
const healthy = `
hop sid=S-1-5-21-100-200-300 level=7 minPwdLength=14 maxPwdAge=-36288000000000 pwdProperties=1 ms-DS-MachineAccountQuota=0 msDS-ExpirePasswordsOnSmartCardOnlyAccounts=TRUE gPLink=[LDAP://CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,DC=hop,DC=test;0]
container Users at=@hop
container Computers at=@hop
builtinDomain Builtin at=@hop
container System at=@hop
container ForeignSecurityPrincipals at=@hop
organizationalUnit DCs at=@hop
container AdminSDHolder at=@System
container DomainUpdates at=@System
container ActiveDirectoryUpdate at=@DomainUpdates revision=16
container Policies at=@System
groupPolicyContainer {31B2F340-016D-11D2-945F-00C04FB984F9} at=@Policies
container MicrosoftDNS at=@System
msDFSR-GlobalSettings DFSR-GlobalSettings at=@System msDFSR-Flags=48
msDFSR-ReplicationGroup "Domain System Volume" at=@DFSR-GlobalSettings
container "Password Settings Container" at=@System
user Administrator rid=500 uac=0x100200 pwd=-100d logon=-5d pgid=513 adminCount=1 msDS-AssignedAuthNPolicySilo=@tier0 acl=O:DAG:DAD:PAI(A;;GA;;;DA)(A;;GA;;;SY)(A;;GR;;;AU)
user Guest rid=501 uac=0x10222 pwd=0 pgid=514
user krbtgt rid=502 uac=514 pwd=-100d pgid=513 spn=kadmin/changepw adminCount=1
group "Domain Admins" rid=512 member=@Administrator adminCount=1
group "Domain Users" rid=513
group "Domain Guests" rid=514
group "Domain Computers" rid=515
group "Domain Controllers" rid=516 adminCount=1
group "Cert Publishers" rid=517
group "Schema Admins" rid=518 adminCount=1
group "Enterprise Admins" rid=519 adminCount=1
group "Group Policy Creator Owners" rid=520
group "Read-only Domain Controllers" rid=521 adminCount=1
group "Protected Users" rid=525 member=@Administrator
group "Allowed RODC Password Replication Group" rid=571
group "Denied RODC Password Replication Group" rid=572 member=@krbtgt member="@Domain Admins" member="@Domain Controllers" member="@Cert Publishers" member="@Group Policy Creator Owners" member="@Read-only Domain Controllers" member="@Schema Admins" member="@Enterprise Admins"
group DnsAdmins rid=1101
group Administrators at=@Builtin sid=S-1-5-32-544 member=@Administrator member="@Domain Admins" member="@Enterprise Admins" adminCount=1
group "Account Operators" at=@Builtin sid=S-1-5-32-548 adminCount=1
group "Server Operators" at=@Builtin sid=S-1-5-32-549 adminCount=1
group "Print Operators" at=@Builtin sid=S-1-5-32-550 adminCount=1
group "Backup Operators" at=@Builtin sid=S-1-5-32-551 adminCount=1
group "Pre-Windows 2000" at=@Builtin sid=S-1-5-32-554 member=@S-1-5-11
foreignSecurityPrincipal S-1-5-11 at=@ForeignSecurityPrincipals sid=S-1-5-11
foreignSecurityPrincipal S-1-5-7 at=@ForeignSecurityPrincipals sid=S-1-5-7
computer DC1 at=@DCs rid=1000 uac=0x82000 pgid=516 pwd=-10d logon=-2d enc=24 os="Windows Server 2022 Datacenter" operatingSystemVersion="10.0 (20348)" host=dc1.hop.test spn=HOST/dc1.hop.test spn=ldap/dc1.hop.test name=DC1$
organizationalUnit Soins at=@hop
user alice at=@Soins rid=1103 uac=512 pgid=513 pwd=-30d logon=-1d
user bruno at=@Soins rid=1104 uac=512 pgid=513 pwd=-30d logon=-1d
user svc at=@Soins rid=1105 uac=512 pgid=513 pwd=-30d logon=-1d spn=HTTP/web.hop.test enc=24
computer WS1 at=@Computers rid=1106 uac=0x1000 pgid=515 pwd=-10d logon=-2d os="Windows 11 Pro" host=ws1.hop.test name=WS1$
computer SRV1 at=@Computers rid=1107 uac=0x1000 pgid=515 pwd=-10d logon=-2d os="Windows Server 2022 Standard" host=srv1.hop.test name=SRV1$
group Infirmiers at=@Soins rid=1108 member=@alice
crossRefContainer Partitions at=@config level=7
crossRef HOP at=@Partitions nCName=DC=hop,DC=test dnsRoot=hop.test nETBIOSName=HOP
crossRef ref2 at=@Partitions nCName=CN=Configuration,DC=hop,DC=test
crossRef ref3 at=@Partitions nCName=CN=Schema,CN=Configuration,DC=hop,DC=test
crossRef ref4 at=@Partitions nCName=DC=DomainDnsZones,DC=hop,DC=test
crossRef ref5 at=@Partitions nCName=DC=ForestDnsZones,DC=hop,DC=test
container Sites at=@config
site Site1 at=@Sites
serversContainer Servers at=@Site1
server DC1srv at=@Servers serverReference=@DC1
nTDSDSA "NTDS Settings" at=@DC1srv level=7
container Services at=@config
container "Windows NT" at=@Services
nTDSService "Directory Service" at=@"Windows NT" dSHeuristics=0000000001000000000200000001130
container "AuthN Policy Configuration" at=@Services
container "AuthN Silos" at=@"AuthN Policy Configuration"
msDS-AuthNPolicySilo tier0 at=@"AuthN Silos" msDS-AuthNPolicySiloEnforced=TRUE msDS-AuthNPolicySiloMembers=@Administrator
container "Public Key Services" at=@Services
certificationAuthority NTAuthCertificates at=@"Public Key Services" cACertificate=@@ca
container AIA at=@"Public Key Services"
container "Certificate Templates" at=@"Public Key Services"
container "Enrollment Services" at=@"Public Key Services"
pKIEnrollmentService CA1 at=@"Enrollment Services" certificateTemplates=Poste host=srv1.hop.test cACertificate=@@ca acl=O:DAG:DAD:(A;;GA;;;DA)(A;;GA;;;SY)(A;;GR;;;AU)(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;AU)
pKICertificateTemplate Poste at=@"Certificate Templates" msPKI-Certificate-Name-Flag=1 msPKI-Enrollment-Flag=0 msPKI-RA-Signature=0 pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.2
container DisplaySpecifiers at=@config
displaySpecifier user-Display at=@DisplaySpecifiers adminContextMenu=1,{08eb4fa6-6ffd-11d1-b0e0-00c04fd8dca6}
container "Group Key Distribution Service" at=@Services
container "Master Root Keys" at=@"Group Key Distribution Service"
msKds-ProvRootKey rootkey at=@"Master Root Keys"
classSchema Person-class at=@schema
container MicrosoftDNS-zones at=@domainzones
dnsZone hop.test at=@MicrosoftDNS-zones dNSProperty=@@secure
dnsZone other.example at=@MicrosoftDNS-zones dNSProperty=@@secure
container MicrosoftDNS-forest at=@forestzones
dnsZone _msdcs.hop.test at=@MicrosoftDNS-forest dNSProperty=@@secure
secret BCKUPKEY_1 at=@System
`
