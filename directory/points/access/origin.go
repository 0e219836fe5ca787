package access

// Origin is the word that says where a right comes from (MS-DTYP 2.4.4.1).
func Origin(g Grant) string {
	switch {
	case g.ACE < 0:
		return "implicit"
	case g.Inherited:
		return "inherited"
	}
	return "explicit"
}
