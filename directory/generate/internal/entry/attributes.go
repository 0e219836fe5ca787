// Package entry makes the attributes of directory entries in the forms that Active Directory gives them.
package entry

import (
	"strconv"
	"time"

	"hygie/directory/model"
)

// Text makes an attribute of texts (RFC 4517 3.3.6).
func Text(name string, values ...string) model.Attribute {
	a := model.Attribute{Name: name}
	for _, v := range values {
		a.Values = append(a.Values, []byte(v))
	}
	return a
}

// Number makes an attribute of a number in decimal (RFC 4517 3.3.16).
func Number(name string, n int64) model.Attribute { return Text(name, strconv.FormatInt(n, 10)) }

// Raw makes an attribute of bytes (RFC 4517 3.3.25).
func Raw(name string, v []byte) model.Attribute {
	return model.Attribute{Name: name, Values: [][]byte{v}}
}

// Bool makes an attribute that is TRUE or FALSE (RFC 4517 3.3.3).
func Bool(name string, v bool) model.Attribute {
	if v {
		return Text(name, "TRUE")
	}
	return Text(name, "FALSE")
}

// FileTime gives a point in time in 100 ns since 1601 (MS-DTYP 2.3.3).
func FileTime(name string, t time.Time) model.Attribute {
	return Number(name, (t.Unix()+11644473600)*10_000_000)
}

// Interval gives a length of time as negative 100 ns (MS-DTYP 2.3.3).
func Interval(name string, d time.Duration) model.Attribute { return Number(name, -int64(d/100)) }

// When makes an attribute of a time in text form, to the second (RFC 4517 3.3.13).
func When(name string, t time.Time) model.Attribute {
	return Text(name, t.UTC().Format("20060102150405.0Z"))
}
