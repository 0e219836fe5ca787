"""Add many ordinary objects to the lab's domain, fast, by writing its partition's own file while the controller is stopped.

usage: bulk.py LAB_DIR COUNT STORE

Three objects are first made by Samba itself; the others are copies of them with names and identifiers of their own, written
under its modules. batch_mode makes the difference: without it each addition merges the index again, 30 a second instead
of 1,000. Of ten objects seven are users, two computers and one a group of five of the users, in units of 1,000.
"""

import glob
import os
import re
import struct
import sys
import time
import uuid

import ldb
import samba
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

lab, count, store_kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
BATCH = 20000  # objects a transaction
params = LoadParm()
params.load(lab + "/etc/smb.conf")
params.set("ldb:nosync", "true")


def make_models():
    """Three objects made the proper way, in a unit of this run."""
    sam = SamDB(url=lab + "/private/sam.ldb", session_info=system_session(), lp=params)
    base, mark = str(sam.domain_dn()), "%x" % int(time.time())
    unit = "OU=Lot-%s,%s" % (mark, base)
    sam.add({"dn": unit, "objectClass": "organizationalUnit"})
    sam.add({"dn": "CN=modele-u," + unit, "objectClass": "user", "sAMAccountName": "mu" + mark, "userAccountControl": "546"})
    sam.add({"dn": "CN=modele-c," + unit, "objectClass": "computer", "sAMAccountName": "mc" + mark + "$",
             "userAccountControl": "4096", "operatingSystem": "Windows 11 Professionnel", "dNSHostName": "modele"})
    sam.add({"dn": "CN=modele-g," + unit, "objectClass": "group", "sAMAccountName": "mg" + mark, "member": ["CN=modele-u," + unit]})
    return base, mark, unit


class Loader:
    """Writes copies of the models."""

    def __init__(self, store, unit, mark):
        self.store, self.unit, self.mark = store, unit, mark
        self.user, self.computer, self.group, self.ou = (
            self.model(dn) for dn in ("CN=modele-u," + unit, "CN=modele-c," + unit, "CN=modele-g," + unit, unit))
        link = store.search(base="CN=modele-g," + unit, scope=ldb.SCOPE_BASE)[0]["member"][0].decode()
        self.link_data = re.search(r">;(<RMD_.*?)<SID=", link).group(1)
        self.domain = self.user["objectSid"][0][:24]
        self.domain_text = "S-1-5-" + "-".join(str(n) for n in struct.unpack("<4I", self.domain[8:24]))
        # Far from the identifiers that the controller itself hands out, and from those of another run.
        self.rid = 100000000 + int(time.time()) % 10000000 * 50

    def model(self, dn):
        found = self.store.search(base=dn, scope=ldb.SCOPE_BASE)[0]
        skipped = ("dn", "distinguishedName", "memberOf", "member")
        return {key: [bytes(v) for v in found[key]] for key in found.keys() if key not in skipped}

    def put(self, dn, model, **values):
        message, record = ldb.Message(ldb.Dn(self.store, dn)), dict(model)
        for key, value in values.items():
            record[key] = value if isinstance(value, list) else [value]
        record["distinguishedName"] = [dn.encode()]
        for key, value in record.items():
            message[key] = ldb.MessageElement(value, ldb.FLAG_MOD_ADD, key)
        self.store.add(message)

    def identity(self, name):
        self.rid += 1
        guid, text = os.urandom(16), name.encode()
        return self.rid, guid, {"cn": text, "name": text, "objectGUID": guid, "objectSid": self.domain + struct.pack("<I", self.rid)}

    def ten(self, number, ou):
        """Seven users, two computers, and a group of five of the users with both ends of each link."""
        name = "G%s-%d" % (self.mark, number)
        group_rid, group_guid, group = self.identity(name)
        group_dn, members = "CN=%s,%s" % (name, ou), []
        back = "<GUID=%s>;<SID=%s-%d>;%s" % (uuid.UUID(bytes_le=group_guid), self.domain_text, group_rid, group_dn)
        for k in range(7):
            name = "U%s-%d" % (self.mark, number + k)
            rid, guid, values = self.identity(name)
            dn = "CN=%s,%s" % (name, ou)
            if k < 5:
                values["memberOf"] = back.encode()
                members.append(("<GUID=%s>;%s<SID=%s-%d>;%s" % (uuid.UUID(bytes_le=guid), self.link_data, self.domain_text, rid, dn)).encode())
            self.put(dn, self.user, sAMAccountName=values["cn"], **values)
        for k in range(2):
            name = "C%s-%d" % (self.mark, number + 7 + k)
            _, _, values = self.identity(name)
            self.put("CN=%s,%s" % (name, ou), self.computer, sAMAccountName=values["cn"] + b"$", dNSHostName=name.lower().encode(), **values)
        self.put(group_dn, self.group, sAMAccountName=group["cn"], member=members, **group)


base, mark, unit = make_models()
path = [f for f in glob.glob(lab + "/private/sam.ldb.d/*.ldb") if os.path.basename(f).upper() == base.upper() + ".LDB"][0]
scheme = "mdb://" if store_kind == "mdb" else "tdb://"
loader = Loader(samba.Ldb(url=scheme + path, lp=params, options=["modules:", "batch_mode:1"]), unit, mark)
started = time.time()
ou = unit
for first in range(0, count, BATCH):
    loader.store.transaction_start()
    last = min(first + BATCH, count)
    for number in range(first, last, 10):
        if number % 1000 == 0:
            short = "u%d" % (number // 1000)
            ou = "OU=%s,%s" % (short, unit)
            loader.put(ou, loader.ou, ou=short.encode(), name=short.encode(), objectGUID=os.urandom(16))
        loader.ten(number, ou)
    loader.store.transaction_commit()
    spent = time.time() - started
    print("%d objects in %.1f s, %.0f a second" % (last, spent, last / spent), flush=True)
