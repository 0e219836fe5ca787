package service

import "slices"

// protocols are all those known on TCP. Where two claim a port, the first is tried first.
func protocols() []protocol {
	list := []protocol{
		protocolSSH(), protocolFTP(), protocolVMware(), protocolSMTP(), protocolIMAP(), protocolPOP(), protocolDNS(),
		protocolRDP(), protocolSMB(), protocolRPC(), protocolWinRM(), protocolLDAP(), protocolKerberos(),
		protocolTelnet(), protocolVNC(), protocolX11(),
		protocolMySQL(), protocolPostgres(), protocolMSSQL(), protocolOracle(), protocolRedis(), protocolMemcached(), protocolMongo(), protocolCassandra(),
		protocolDocker(), protocolEtcd(), protocolZooKeeper(), protocolKubelet(), protocolMQTT(), protocolAMQP(),
		protocolDICOM(), protocolHL7(), protocolModbus(), protocolS7(), protocolENIP(),
		protocolRPCBind(), protocolNFS(), protocolRsync(), protocolIPP(), protocolLPD(), protocolJetDirect(),
		protocolSIP(), protocolRTSP(), protocolOpenVPN(), protocolPPTP(), protocolSOCKS(),
		protocolRadmin(), protocolSMUX(), protocolDameWare(), protocolAnyDesk(), protocolSmartInstall(), protocolADB(),
	}
	list = append(list, protocolsRemoteShell()...)
	return append(list, protocolHTTP()) // last: it recognises any web answer
}

// usual are protocols that no question recognises: they are only named after their port, when it stays unknown otherwise.
func usual() []protocol {
	return []protocol{
		{name: "teamviewer", ports: []uint16{5938}},
		{name: "rustdesk", ports: []uint16{21115, 21116, 21117, 21118, 21119}},
		{name: "winbox", ports: []uint16{8291}},
		{name: "fgfm", ports: []uint16{541}},
		{name: "checkpoint", ports: []uint16{264}},
		{name: "veeam", ports: []uint16{9392, 9401, 6160}},
		{name: "bgp", ports: []uint16{179}},
		{name: "saprouter", ports: []uint16{3299}},
		{name: "afp", ports: []uint16{548}},
		{name: "vmrdp", ports: []uint16{2179}},
		{name: "db2", ports: []uint16{50000}},
		{name: "ident", ports: []uint16{113}},
		{name: "nntp", ports: []uint16{119}},
	}
}

// usually names what a port that stays unknown usually serves.
func usually(port uint16) string {
	for _, p := range usual() {
		if slices.Contains(p.ports, port) {
			return p.name
		}
	}
	return ""
}
