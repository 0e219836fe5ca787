"""Answers access checks with Samba's own code.

Reads one JSON request a line: {"sd": SDDL, "token": [SID...], "mask": N, "types": [GUID...], "self": SID or "", "way": "simple" or "directory"}
and writes one line each: 1 granted, 0 refused. "simple" is the check of files, which knows OWNER RIGHTS and no object types;
"directory" is the check of directory objects, whose types are given from the class down to the attribute.
"""
import ctypes
import ctypes.util
import glob
import json
import sys

from samba import NTSTATUSError, security as samba_security
from samba.dcerpc import misc, security


def library():
    """The library that holds the directory's check; it is loaded by the modules above, only its name varies."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            if "libsamba-security" in line:
                return ctypes.CDLL(line.split()[-1])
    for path in glob.glob("/usr/lib/*/samba/libsamba-security*.so*"):
        return ctypes.CDLL(path)
    raise SystemExit("libsamba-security not found")


LIB = library()
LIB.sec_access_check_ds.restype = ctypes.c_uint32
LIB.sec_access_check_ds.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32,
                                    ctypes.POINTER(ctypes.c_uint32), ctypes.c_void_p, ctypes.c_void_p]
LIB.insert_in_object_tree.restype = ctypes.c_bool
LIB.insert_in_object_tree.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p,
                                      ctypes.POINTER(ctypes.c_void_p)]


def pointer(obj):
    """The C structure inside a talloc object: object head, two contexts, pointer."""
    return ctypes.c_void_p.from_address(id(obj) + object.__basicsize__ + 2 * ctypes.sizeof(ctypes.c_void_p)).value


def directory(sd, token, mask, types, own):
    first, parent, keep = None, None, []
    for text in types:
        guid = misc.GUID(text)
        keep.append(guid)
        node = ctypes.c_void_p()
        if not LIB.insert_in_object_tree(None, pointer(guid), mask, parent, ctypes.byref(node)):
            raise SystemExit("no memory")
        parent = node.value
        first = first or parent
    got = ctypes.c_uint32()
    own = security.dom_sid(own) if own else None
    return LIB.sec_access_check_ds(pointer(sd), pointer(token), mask, ctypes.byref(got), first, pointer(own) if own else None) == 0


def simple(sd, token, mask):
    try:
        samba_security.access_check(sd, token, mask)
        return True
    except NTSTATUSError:
        return False


def main():
    domain = security.dom_sid("S-1-5-21-1-2-3")
    known = {}
    for line in sys.stdin:
        r = json.loads(line)
        sd = known.get(r["sd"])
        if sd is None:
            sd = known[r["sd"]] = security.descriptor.from_sddl(r["sd"], domain)
        token = security.token()
        token.sids = [security.dom_sid(s) for s in r["token"]]
        token.num_sids = len(r["token"])
        if r["way"] == "simple":
            ok = simple(sd, token, r["mask"])
        else:
            ok = directory(sd, token, r["mask"], r["types"], r["self"])
        print(1 if ok else 0)


main()
