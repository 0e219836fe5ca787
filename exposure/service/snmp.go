package service

import (
	"encoding/binary"
	"fmt"
)

// snmpDiscovery is a request without an engine: the answer names it (RFC 3414 4, RFC 3412 6).
func snmpDiscovery() []byte {
	global := put(0x30, putInt(0x6879), putInt(65507), put(4, []byte{4}), putInt(3))
	security := put(4, put(0x30, put(4), putInt(0), putInt(0), put(4), put(4), put(4)))
	scoped := put(0x30, put(4), put(4), put(0xa0, putInt(1), putInt(0), putInt(0), put(0x30)))
	return put(0x30, putInt(3), global, security, scoped)
}

// parseSNMPv3 reads the engine out of an answer.
func parseSNMPv3(b []byte) ([]byte, error) {
	message, _, err := readBER(b)
	if err != nil {
		return nil, err
	}
	fields, err := message.children()
	if err != nil || message.tag != 0x30 || len(fields) < 3 || fields[0].number() != 3 || fields[2].tag != 4 {
		return nil, errOther
	}
	security, _, err := readBER(fields[2].value)
	if err != nil {
		return nil, err
	}
	inner, err := security.children()
	if err != nil || len(inner) < 1 || inner[0].tag != 4 || len(inner[0].value) < 5 || len(inner[0].value) > 32 { // RFC 3411 5
		return nil, errOther
	}
	return inner[0].value, nil
}

// snmpMaker names who made an engine, by the number that IANA gave them (RFC 3411 5, SnmpEngineID).
func snmpMaker(engine []byte) string {
	if len(engine) < 5 {
		return ""
	}
	number := binary.BigEndian.Uint32(engine) & 0x7fffffff
	names := map[uint32]string{9: "Cisco", 11: "HP", 43: "3Com", 171: "D-Link", 311: "Microsoft", 318: "APC", 368: "Axis", 534: "Eaton", 674: "Dell", 1588: "Brocade", 2011: "Huawei",
		2021: "UCD-SNMP", 2435: "Brother", 2636: "Juniper", 4526: "Netgear", 5951: "Citrix NetScaler", 6486: "Alcatel-Lucent", 6527: "Nokia", 8072: "Net-SNMP", 8741: "SonicWall",
		10704: "Barracuda", 12356: "Fortinet", 14988: "MikroTik", 25461: "Palo Alto Networks", 25506: "H3C", 41112: "Ubiquiti"}
	if name, ok := names[number]; ok {
		return name
	}
	return fmt.Sprintf("enterprise %d", number)
}

// snmpGet reads sysDescr.0 under a community, version 2c (RFC 1901, RFC 3416 3).
func snmpGet(community string) []byte {
	variable := put(0x30, put(6, []byte{0x2b, 6, 1, 2, 1, 1, 1, 0}), put(5))
	return put(0x30, putInt(1), put(4, []byte(community)), put(0xa0, putInt(0x6879), putInt(0), putInt(0), put(0x30, variable)))
}

// parseSNMP reads the first value of a response.
func parseSNMP(b []byte) (string, error) {
	message, _, err := readBER(b)
	if err != nil {
		return "", err
	}
	fields, err := message.children()
	if err != nil || message.tag != 0x30 || len(fields) != 3 || fields[2].tag != 0xa2 {
		return "", errOther
	}
	pdu, err := fields[2].children()
	if err != nil || len(pdu) != 4 {
		return "", errOther
	}
	variables, err := pdu[3].children()
	if err != nil || len(variables) == 0 {
		return "", fmt.Errorf("response without a variable: status %d", pdu[1].number())
	}
	pair, err := variables[0].children()
	if err != nil || len(pair) != 2 {
		return "", errOther
	}
	return clean(string(pair[1].value)), nil
}
