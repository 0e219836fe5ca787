// Package useraccount names the bits of userAccountControl (MS-ADTS 2.2.16).
package useraccount

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	Disabled      = 0x2
	Reversible    = 0x80
	Normal        = 0x200
	Trust         = 0x800
	Workstation   = 0x1000
	Server        = 0x2000
	DontExpire    = 0x10000
	Unconstrained = 0x80000
	NotDelegated  = 0x100000
	NoPreauth     = 0x400000
	Transition    = 0x1000000
	ReadOnly      = 0x4000000
)
