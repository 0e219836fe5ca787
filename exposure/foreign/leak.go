package foreign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"hygie/exposure/check"
	"hygie/sheet"
)

var address = regexp.MustCompile(`(?i)\b([a-z0-9][a-z0-9._%+-]{0,63})@((?:[a-z0-9-]{1,63}\.)+[a-z]{2,24})\b`)

// ReadLeak reads a list of leaked accounts, in any table or text, and keeps of the declared domains how many there are, with a keyed digest of
// each address. Whatever else the list holds, passwords first, is forgotten at once. An address of a sub-domain counts for the declared domain.
func ReadLeak(r io.ReaderAt, size int64, source string, date time.Time, domains []string, key []byte) ([]check.Leak, error) {
	book, err := sheet.Read(r, size, sheet.Limits{})
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	for _, s := range book.Sheets {
		for _, row := range s.Rows {
			for _, cell := range row.Cells {
				for _, m := range address.FindAllStringSubmatch(cell, -1) {
					if d, ok := declared(strings.ToLower(m[2]), domains); ok {
						mac := hmac.New(sha256.New, key)
						io.WriteString(mac, strings.ToLower(m[0]))
						found[d] = append(found[d], hex.EncodeToString(mac.Sum(nil)))
					}
				}
			}
		}
	}
	var list []check.Leak
	for _, d := range domains {
		if len(found[d]) > 0 {
			list = append(list, check.Leak{Domain: d, Source: source, Date: date, Accounts: distinct(found[d])})
		}
	}
	slices.SortFunc(list, func(a, b check.Leak) int { return strings.Compare(a.Domain, b.Domain) })
	return list, nil
}

// declared finds the declared domain an address belongs to, the longest if one lies in another.
func declared(domain string, domains []string) (best string, ok bool) {
	for _, d := range domains {
		if (domain == d || strings.HasSuffix(domain, "."+d)) && len(d) > len(best) {
			best, ok = d, true
		}
	}
	return best, ok
}
