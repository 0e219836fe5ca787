"""Plant weaknesses in the lab's domain, by writing its database while the controller is stopped.

usage: fixture.py LAB_DIR PASSWORD

What is planted, and which control point must notice it, is listed in ../samba-fixture.json; README.md tells why each.
Every name is invented. Ages (passwords, logons) are relative to the day the fixture runs.
"""

import glob
import os
import struct
import subprocess
import sys
import time

import ldb
import samba
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

lab, password = sys.argv[1], sys.argv[2]
params = LoadParm()
params.load(lab + "/etc/smb.conf")
params.set("dsdb:schema update allowed", "true")
sam = SamDB(url=lab + "/private/sam.ldb", session_info=system_session(), lp=params)
base, config = str(sam.domain_dn()), str(sam.get_config_basedn())
domain_sid = security.dom_sid(sam.get_domain_sid())
dns = sam.domain_dns_name()

# userAccountControl, MS-ADTS 2.2.16
NORMAL, WORKSTATION, TRUST = 0x200, 0x1000, 0x800
REVERSIBLE, NEVER_EXPIRES, UNCONSTRAINED, DES_ONLY, NO_PREAUTH = 0x80, 0x10000, 0x80000, 0x200000, 0x400000
TRANSITION, RODC = 0x1000000, 0x4000000

FULL = "RPWPCRCCDCLCLORCWOWDSDDTSW"
ADMINS, CLINIC, SERVERS, POSTS = ["OU=%s,%s" % (ou, base) for ou in ("Administration", "Médecine", "Serveurs", "Postes")]
SYSTEM, SERVICES = "CN=System," + base, "CN=Services," + config
PKI = "CN=Public Key Services," + SERVICES


def add(dn, kind, **values):
    record = {k.replace("__", "-"): v for k, v in values.items()}
    sam.add(dict(record, dn=dn, objectClass=kind))


def change(dn, flag=ldb.FLAG_MOD_REPLACE, **values):
    message = ldb.Message(ldb.Dn(sam, dn))
    for key, value in values.items():
        key = key.replace("__", "-")
        message[key] = ldb.MessageElement(value, flag, key)
    sam.modify(message)


def find(account):
    """The DN and the SID of an account or group."""
    found = sam.search(base=base, expression="(sAMAccountName=%s)" % account, attrs=["objectSid"])[0]
    return str(found.dn), str(ndr_unpack(security.dom_sid, found["objectSid"][0]))


def grant(dn, sddl, who=None, owner=None):
    """Append ACEs to the DACL of dn; SID in sddl stands for the account who."""
    if who:
        sddl = sddl.replace("SID", find(who)[1])
    found = sam.search(base=dn, scope=ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=["sd_flags:1:7"])[0]
    descriptor = ndr_unpack(security.descriptor, found["nTSecurityDescriptor"][0])
    if sddl:
        for ace in security.descriptor.from_sddl("D:" + sddl, domain_sid).dacl.aces:
            descriptor.dacl_add(ace)
    if owner:
        descriptor.owner_sid = security.dom_sid(find(owner)[1])
    message = ldb.Message(ldb.Dn(sam, dn))
    message["nTSecurityDescriptor"] = ldb.MessageElement(ndr_pack(descriptor), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
    sam.modify(message, controls=["sd_flags:1:%d" % (5 if owner else 4)])


def user(name, ou, flags=NORMAL, **values):
    sam.newuser(name, password, userou=ou[: -len(base) - 1])
    change("CN=%s,%s" % (name, ou), userAccountControl=str(flags), **values)


def computer(name, ou, system, flags=WORKSTATION, **values):
    add("CN=%s,%s" % (name, ou), "computer", sAMAccountName=name + "$", userAccountControl=str(flags),
        dNSHostName="%s.%s" % (name.lower(), dns), operatingSystem=system, **values)


def containers_and_groups():
    for dn in (ADMINS, CLINIC, SERVERS, POSTS):
        add(dn, "organizationalUnit")
    for group in ("GG-Support", "GG-Sauvegarde", "GG-Biomedical", "GG-Astreinte", "GG-Garde"):
        sam.newgroup(group)


def accounts():
    user("adm.dupont", ADMINS, NORMAL | NEVER_EXPIRES | NO_PREAUTH | REVERSIBLE, adminCount="1")
    user("svc-sauvegarde", SERVERS, NORMAL | NEVER_EXPIRES, servicePrincipalName=["MSSQLSvc/base.%s:1433" % dns], adminCount="1")
    user("b.martin", CLINIC)
    user("c.durand", CLINIC, NORMAL | NO_PREAUTH)
    user("d.leroy", CLINIC, NORMAL | DES_ONLY)
    user("e.moreau", CLINIC, NORMAL | NEVER_EXPIRES)
    user("dpo", CLINIC)
    user("svc-pacs", SERVERS, servicePrincipalName=["HTTP/pacs." + dns])
    user("svc-portail", SERVERS, servicePrincipalName=["HTTP/portail." + dns], msDS__AllowedToDelegateTo=["cifs/dc1." + dns])
    user("svc-imagerie", SERVERS, NORMAL | TRANSITION, servicePrincipalName=["HTTP/imagerie." + dns],
         msDS__AllowedToDelegateTo=["ldap/dc1." + dns])
    sam.enable_account("(sAMAccountName=Guest)")
    add("CN=gmsa-pacs,CN=Managed Service Accounts," + base, "msDS-GroupManagedServiceAccount", sAMAccountName="gmsa-pacs$",
        userAccountControl=str(WORKSTATION), msDS__ManagedPasswordInterval="30")


def computers():
    computer("POSTE-ACCUEIL", POSTS, "Windows 11 Professionnel",
             ms__Mcs__AdmPwd="secret-de-laboratoire", ms__Mcs__AdmPwdExpirationTime=filetime(-30))
    computer("SRV-IMPRESSION", SERVERS, "Windows Server 2016 Standard", WORKSTATION | UNCONSTRAINED)
    computer("SRV-ARCHIVES", SERVERS, "Windows Server 2019 Standard")
    computer("CLU-FICHIERS", SERVERS, "Windows Server 2019 Datacenter", servicePrincipalName=["MSServerCluster/clu-fichiers." + dns])
    # A read-only controller that no server object backs, with a privileged group allowed to be cached on it.
    computer("RODC-ANTENNE", "OU=Domain Controllers," + base, "Windows Server 2008 R2 Standard", WORKSTATION | TRANSITION | RODC,
             msDS__RevealOnDemandGroup=["CN=Domain Admins,CN=Users," + base])


def memberships():
    sam.add_remove_group_members("GG-Support", ["b.martin"])
    sam.add_remove_group_members("GG-Garde", ["e.moreau"])
    sam.add_remove_group_members("Domain Admins", ["GG-Garde", "adm.dupont", "svc-sauvegarde"])
    sam.add_remove_group_members("DnsAdmins", ["c.durand"])
    sam.add_remove_group_members("Allowed RODC Password Replication Group", ["GG-Support"])
    sam.add_remove_group_members("Denied RODC Password Replication Group", ["Cert Publishers"], add_members_operation=False)
    sam.add_remove_group_members("GG-Astreinte", ["GG-Biomedical"])
    sam.add_remove_group_members("GG-Biomedical", ["GG-Astreinte"])
    change("CN=Pre-Windows 2000 Compatible Access,CN=Builtin," + base, ldb.FLAG_MOD_ADD, member=["<SID=S-1-5-7>"])


def rights():
    grant(base, "(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;SID)(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;SID)", "GG-Sauvegarde")
    grant("CN=AdminSDHolder," + SYSTEM, "(A;;WD;;;SID)", "dpo")
    grant("CN=DC1,OU=Domain Controllers," + base, "(A;;%s;;;SID)" % FULL, "GG-Support")
    grant("CN=adm.dupont," + ADMINS, "(A;;WO;;;SID)", "GG-Support")
    grant(ADMINS, "(OA;;WP;f30e3bbe-9ff0-11d1-b603-0000f80367c1;;SID)", "GG-Support")  # may link a policy
    grant("CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies," + SYSTEM, "(A;;WD;;;SID)", "GG-Support")
    grant("CN=Computer,CN=Schema," + config, "(A;;WD;;;SID)", "GG-Biomedical")
    # The second grant lets an ordinary account see the first: by default that object hides its rights.
    grant("CN=MicrosoftDNS," + SYSTEM, "(A;;WP;;;SID)(A;;RPLCLORC;;;AU)", "GG-Biomedical")
    grant("CN=DnsAdmins,CN=Users," + base, "(A;;WP;;;SID)", "GG-Biomedical")
    grant("CN=dpo," + CLINIC, "", owner="b.martin")
    actor = security.descriptor.from_sddl("O:BAD:(A;;%s;;;%s)" % (FULL, find("svc-pacs")[1]), domain_sid)
    change("CN=DC1,OU=Domain Controllers," + base, msDS__AllowedToActOnBehalfOfOtherIdentity=ndr_pack(actor))


def policies():
    change("CN=DC1,OU=Domain Controllers," + base, msDS__SupportedEncryptionTypes="31")  # DES back in the list
    change(base, pwdProperties="17")  # complexity, and reversible storage for all
    change("CN=Directory Service,CN=Windows NT," + SERVICES, dSHeuristics="0000002101")
    grant("CN=DFSR-GlobalSettings," + SYSTEM, "(A;;WD;;;SID)", "GG-Biomedical")
    change("CN=user-Display,CN=409,CN=DisplaySpecifiers," + config, ldb.FLAG_MOD_ADD, adminContextMenu=["9,&Outils,\\\\poste-tech\\outils\\menu.hta"])


    # SYSVOL as the old replication service knew it, and a Kerberos account whose read-only controller is gone.
    add("CN=Domain System Volume (SYSVOL share),CN=File Replication Service," + SYSTEM, "nTFRSReplicaSet", fRSReplicaSetType="2")
    change("CN=DFSR-GlobalSettings," + SYSTEM, msDFSR__Flags="16")  # the move to the new service was prepared, never made
    user("krbtgt_4660", "CN=Users," + base)


def trusts():
    for number, (name, direction, attributes) in enumerate((
            ("clinique.example", 2, 0),          # outbound, nothing filters it
            ("groupe.example", 3, 0x8 | 0x40),   # forest trust treated as external: SID history passes
            ("labo.example", 1, 0x800))):        # inbound, full delegation allowed
        add("CN=%s,%s" % (name, SYSTEM), "trustedDomain", trustPartner=name, flatName=name.split(".")[0].upper(),
            trustDirection=str(direction), trustType="2", trustAttributes=str(attributes),
            securityIdentifier=ndr_pack(security.dom_sid("S-1-5-21-1000-2000-%d" % (3000 + number))))
    user("LABO$", "CN=Users," + base)


def certificates():
    """An authority with a key far too short, trusted for logon, and a template that lets anyone ask for any name."""
    key, pem, der = (lab + "/tls/weak." + kind for kind in ("key", "pem", "der"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    subprocess.run(["openssl", "genrsa", "-out", key, "768"], **quiet)
    subprocess.run(["openssl", "req", "-x509", "-new", "-key", key, "-sha1", "-days", "3650", "-set_serial", "3",
                    "-subj", "/CN=AC Exemple", "-out", pem], **quiet)
    subprocess.run(["openssl", "x509", "-in", pem, "-outform", "der", "-out", der], **quiet)
    with open(der, "rb") as file:
        weak = file.read()
    empty = {"authorityRevocationList": b"\0", "certificateRevocationList": b"\0"}
    add("CN=NTAuthCertificates," + PKI, "certificationAuthority", cACertificate=weak, **empty)
    add("CN=AC Exemple,CN=Certification Authorities," + PKI, "certificationAuthority", cACertificate=weak, **empty)
    add("CN=AC Exemple,CN=Enrollment Services," + PKI, "pKIEnrollmentService", dNSHostName="srv-archives." + dns,
        cACertificate=weak, certificateTemplates=["AccesDistant"])
    add("CN=AccesDistant,CN=Certificate Templates," + PKI, "pKICertificateTemplate", displayName="Accès distant",
        flags="131649", revision="100", msPKI__Cert__Template__OID="1.3.6.1.4.1.311.21.8.1.1", msPKI__Certificate__Name__Flag="1",
        msPKI__Enrollment__Flag="0", msPKI__Private__Key__Flag="16842752", msPKI__RA__Signature="0",
        msPKI__Template__Schema__Version="2", msPKI__Template__Minor__Revision="1",
        pKIExtendedKeyUsage=["1.3.6.1.5.5.7.3.2"], msPKI__Certificate__Application__Policy=["1.3.6.1.5.5.7.3.2"])
    grant("CN=AC Exemple,CN=Enrollment Services," + PKI, "(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;AU)")
    template = "CN=AccesDistant,CN=Certificate Templates," + PKI
    grant(template, "(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;DU)")
    grant(template, "(A;;WD;;;SID)", "GG-Biomedical")
    grant("CN=NTAuthCertificates," + PKI, "(A;;WD;;;SID)", "GG-Biomedical")


def filetime(days_ago):
    """The moment so many days ago, as 100 ns steps since 1601."""
    return str(int((time.time() - days_ago * 86400 + 11644473600) * 10000000))


def raw():
    """What Samba's modules rightly refuse is written under them, in the partition's own file."""
    path = [f for f in glob.glob(lab + "/private/sam.ldb.d/*.ldb") if os.path.basename(f).upper() == base.upper() + ".LDB"][0]
    store = samba.Ldb(url=path, lp=params, options=["modules:"])

    def put(dn, **values):
        message = ldb.Message(ldb.Dn(store, dn))
        for key, value in values.items():
            key = key.replace("__", "-")
            message[key] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, key)
        store.modify(message)

    store.transaction_start()
    put("CN=adm.dupont," + ADMINS, pwdLastSet=filetime(4 * 365))
    put("CN=krbtgt,CN=Users," + base, pwdLastSet=filetime(2 * 365))
    put("CN=DC1,OU=Domain Controllers," + base, pwdLastSet=filetime(60))
    put("CN=RODC-ANTENNE,OU=Domain Controllers," + base, pwdLastSet=filetime(10), lastLogonTimestamp=filetime(90))
    put("CN=SRV-IMPRESSION," + SERVERS, pwdLastSet=filetime(10), lastLogonTimestamp=filetime(2))
    put("CN=SRV-ARCHIVES," + SERVERS, pwdLastSet=filetime(120), lastLogonTimestamp=filetime(120))
    put("CN=CLU-FICHIERS," + SERVERS, pwdLastSet=filetime(4 * 365), lastLogonTimestamp=filetime(2))
    put("CN=gmsa-pacs,CN=Managed Service Accounts," + base, pwdLastSet=filetime(120))
    put("CN=LABO$,CN=Users," + base, userAccountControl=str(TRUST | 0x20), pwdLastSet=filetime(2 * 365))
    put("CN=krbtgt_4660,CN=Users," + base, msDS__SecondaryKrbTgtNumber="4660", userAccountControl=str(NORMAL | 2))
    put("CN=dpo," + CLINIC, whenCreated=time.strftime("%Y%m%d%H%M%S.0Z", time.gmtime(time.time() - 30 * 86400)))
    put("CN=c.durand," + CLINIC, primaryGroupID="517", sIDHistory=ndr_pack(security.dom_sid("%s-512" % domain_sid)))
    put("CN=ActiveDirectoryUpdate,CN=DomainUpdates," + SYSTEM, revision="15")
    store.transaction_commit()
    open_zone()


def open_zone():
    """Let anyone update the domain's zone: property ALLOW_UPDATE (2) set to 1, MS-DNSP 2.3.2.1."""
    zones = "DC=DomainDnsZones," + base
    zone = "DC=%s,CN=MicrosoftDNS,%s" % (dns, zones)
    found = sam.search(base=zone, scope=ldb.SCOPE_BASE, attrs=["dNSProperty"])[0]
    kept = [bytes(p) for p in found["dNSProperty"] if struct.unpack_from("<I", bytes(p), 16)[0] != 2]
    # length of the data, of the name; flags, version, identifier; data; name
    kept.append(struct.pack("<IIIII", 1, 0, 0, 1, 2) + b"\1" + b"\0\0\0\0")
    change(zone, dNSProperty=kept)


sam.transaction_start()
try:
    for step in (containers_and_groups, accounts, computers, memberships, rights, policies, trusts, certificates):
        step()
except BaseException:
    sam.transaction_cancel()
    raise
sam.transaction_commit()
raw()
