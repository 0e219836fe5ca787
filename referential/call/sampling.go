package call

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
)

// Draw tells whether a clean dossier is looked at in depth all the same, and why. The draw looks random and cannot be steered by who asks when: the same salt
// (a secret of the campaign) and dossier always give the same answer, and a greater share draws the same dossiers and more.
func (c *Call) Draw(salt, dossier string, granted Cents) Why {
	always, missing := c.amount(c.Sampling.Always, Facts{})
	if missing != nil {
		return Why{Status: Unknown, Code: "sample.unknown", Children: []Why{*missing}}
	}
	if !c.Sampling.Always.Absent() && granted >= always {
		return Why{Status: Met, Code: "sample.amount", Params: params(money("always", always))}
	}
	share, missing := c.ratio(c.Sampling.Share, Facts{})
	if missing != nil {
		return Why{Status: Unknown, Code: "sample.unknown", Children: []Why{*missing}}
	}
	sum := sha256.Sum256([]byte(salt + "\x00" + dossier))
	place := Ratio{new(big.Rat).SetFrac(new(big.Int).SetUint64(binary.BigEndian.Uint64(sum[:8])), new(big.Int).Lsh(big.NewInt(1), 64))}
	if place.Compare(share) < 0 {
		return Why{Status: Met, Code: "sample.drawn", Params: params(percent("share", share))}
	}
	return Why{Status: NotMet, Code: "sample.not_drawn", Params: params(percent("share", share))}
}

// NeedsTwo tells whether two people decide on an amount. It is unknown while the amount from which they do is not filled in.
func (c *Call) NeedsTwo(amount Cents) Why {
	from, missing := c.amount(c.FourEyes, Facts{})
	switch {
	case missing != nil:
		return Why{Status: Unknown, Code: "two.unknown", Children: []Why{*missing}}
	case c.FourEyes.Absent():
		return Why{Status: NotMet, Code: "two.never"}
	case amount >= from:
		return Why{Status: Met, Code: "two.met", Params: params(money("from", from))}
	}
	return Why{Status: NotMet, Code: "two.not_met", Params: params(money("from", from))}
}
