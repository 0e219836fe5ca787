package accounts

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hygie/directory/findings/rule"
	"hygie/directory/model/distname"
)

// recentDays is what a change of a privileged group is recent within: the time between two yearly reviews cut in four, ours.
const recentDays = 90

// changesAttribute tells when the values of links came and went (MS-ADTS 3.1.1.3.2.37).
const changesAttribute = "msDS-ReplValueMetaData"

// RecentChanges tells who entered and left the privileged groups of late, on a source that gives the metadata of values (ANSSI,
// info_privileged_members_recent_changes). Groups filled before the forest had the level of 2003 keep no date for each member.
func RecentChanges(o *rule.Outcome) {
	dated := false
	groups := o.PrivilegedGroups()
	for _, group := range groups {
		for v := range o.Dir.Values(group, changesAttribute) {
			c, err := readChange(v)
			if err != nil {
				o.Missing(changesAttribute + " of " + o.Dir.DN(group))
				continue
			}
			dated = true
			if !strings.EqualFold(c.Attribute, "member") || c.at().Before(o.AsOf().AddDate(0, 0, -recentDays)) || c.at().After(o.AsOf()) {
				continue
			}
			o.Found(group, rule.Because("member_change", "member", memberName(o, c.Object), "change", c.word(), "date", c.at()))
		}
	}
	if !dated && len(groups) > 0 {
		o.Missing("group:" + changesAttribute) // some servers do not compute it
	}
}

func memberName(o *rule.Outcome, dn string) string {
	if id, ok := o.Dir.ByDN(dn); ok {
		return o.NameOf(id)
	}
	return distname.RDNValue(dn)
}

// change is one value of the attribute: an element without a declaration, whose end is a zero byte (MS-ADTS 3.1.1.3.2.37).
type change struct {
	Attribute string `xml:"pszAttributeName"`
	Object    string `xml:"pszObjectDn"`
	Deleted   string `xml:"ftimeDeleted"`
	Created   string `xml:"ftimeCreated"`
}

// maxChange bounds a value; Windows writes some 700 bytes.
const maxChange = 64 << 10

func readChange(v []byte) (c change, err error) {
	if len(v) > maxChange {
		return c, fmt.Errorf("change of %d bytes, at most %d are read", len(v), maxChange)
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimRight(v, "\x00\r\n ")))
	if err := d.Decode(&c); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("nothing")
		}
		return c, fmt.Errorf("read change at byte %d: %w", d.InputOffset(), err)
	}
	if c.at().IsZero() {
		return c, errors.New("read change: no date")
	}
	return c, nil
}

// gone gives when the value was taken away; the zero time, written as the year 1601, when it was not.
func (c change) gone() time.Time {
	t, err := time.Parse(time.RFC3339, c.Deleted)
	if err != nil || t.Year() <= 1601 {
		return time.Time{}
	}
	return t
}

// at gives when the value came, or went.
func (c change) at() time.Time {
	if t := c.gone(); !t.IsZero() {
		return t
	}
	t, err := time.Parse(time.RFC3339, c.Created)
	if err != nil || t.Year() <= 1601 {
		return time.Time{}
	}
	return t
}

func (c change) word() string {
	if c.gone().IsZero() {
		return "entered"
	}
	return "left"
}
