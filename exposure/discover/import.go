package discover

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/exposure/observe"
)

// Import is what a file tells of names and addresses.
type Import struct {
	Kind          string // a kind of observe.Source
	File          string
	SHA256        string
	Names         []string
	Addresses     []netip.Addr
	Registrations map[string]observe.Registration
}

// Bounds of an imported file.
const (
	maxImport  = 32 << 20
	maxEntries = 200000
)

// Read reads a file and recognises its form: a zone file (RFC 1035), certificates (PEM), an extract of certificate transparency (JSON with
// name_value or dns_names), a table with a header (registrar, address plan, certificate inventory), or one name or address a line.
func Read(file string, in io.Reader) (Import, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxImport+1))
	if err != nil {
		return Import{}, fmt.Errorf("import %s: %w", file, err)
	}
	if len(data) > maxImport {
		return Import{}, fmt.Errorf("import %s: longer than %d bytes", file, maxImport)
	}
	sum := sha256.Sum256(data)
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		data = latin1(data) // what spreadsheets of Western Europe export
	}
	i := Import{File: file, SHA256: hex.EncodeToString(sum[:])}
	trimmed := bytes.TrimSpace(data)
	switch {
	case bytes.Contains(trimmed, []byte("-----BEGIN CERTIFICATE-----")):
		err = i.certificates(trimmed)
	case len(trimmed) > 0 && (trimmed[0] == '[' || trimmed[0] == '{'):
		err = i.transparency(trimmed)
	case looksLikeZone(trimmed):
		i.Kind = "zone-file"
		i.Names, err = zoneNames(file, trimmed)
	default:
		err = i.table(trimmed)
	}
	if err != nil {
		return Import{}, fmt.Errorf("import %s: %w", file, err)
	}
	slices.Sort(i.Names)
	i.Names = slices.Compact(i.Names)
	slices.SortFunc(i.Addresses, netip.Addr.Compare)
	i.Addresses = slices.Compact(i.Addresses)
	return i, nil
}

// latin1 reads each byte as the character of the same number.
func latin1(data []byte) []byte {
	out := make([]rune, len(data))
	for i, b := range data {
		out[i] = rune(b)
	}
	return []byte(string(out))
}

func (i *Import) certificates(data []byte) error {
	i.Kind = "certificates"
	for n := 0; ; n++ {
		var block *pem.Block
		block, data = pem.Decode(data)
		if block == nil {
			break
		}
		if n == maxEntries {
			return fmt.Errorf("more than %d certificates", maxEntries)
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue // an inventory may hold certificates of old appliances that nothing modern reads
		}
		if c.IsCA {
			continue
		}
		i.name(c.Subject.CommonName)
		for _, name := range c.DNSNames {
			i.name(name)
		}
	}
	return nil
}

// name keeps a text that may be a name; what is a sentence (the common name of an authority) is not.
func (i *Import) name(text string) {
	text = strings.TrimSpace(text)
	if a, err := netip.ParseAddr(text); err == nil {
		i.Addresses = append(i.Addresses, a.Unmap().WithZone(""))
		return
	}
	if text == "" || strings.ContainsAny(text, " @/\\") || !strings.Contains(text, ".") {
		return
	}
	i.Names = append(i.Names, strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(text, "*."), ".")))
}

// transparency reads the JSON that public searches of certificate transparency give.
func (i *Import) transparency(data []byte) error {
	i.Kind = "ct-extract"
	type entry struct {
		NameValue  string   `json:"name_value"`
		CommonName string   `json:"common_name"`
		DNSNames   []string `json:"dns_names"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if data[0] == '[' {
		if _, err := d.Token(); err != nil {
			return err
		}
	}
	for n := 0; d.More(); n++ {
		if n == maxEntries {
			return fmt.Errorf("more than %d entries", maxEntries)
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return fmt.Errorf("entry %d: %w", n+1, err)
		}
		for name := range strings.SplitSeq(e.NameValue, "\n") {
			i.name(name)
		}
		i.name(e.CommonName)
		for _, name := range e.DNSNames {
			i.name(name)
		}
	}
	return nil
}

// column is what a column of a table holds.
type column int

const (
	other column = iota
	names        // one or several names
	addresses
	expiry
	registrar
	certificate // a column that only an inventory of certificates has
)

// columns are the words of headers, folded, in French and English.
func columns() map[string]column {
	out := map[string]column{}
	for what, words := range map[column]string{
		names:       "domaine,domain,nom de domaine,domain name,nom,name,nom dns,dns name,dns names,fqdn,hostname,host,hote,nom d'hote,ldh name,common name,nom commun,cn,san,sans,subject alternative names,noms alternatifs,name_value,sujet,subject",
		addresses:   "ip,adresse,address,adresse ip,ip address,ipv4,ipv6,ip_address,dns a",
		expiry:      "expiration,expires,expiry,expire le,date d'expiration,expiration date,expiry date,registry expiry date,echeance,date d'echeance,valide jusqu'au,not after,not_after,fin de validite",
		registrar:   "registrar,bureau d'enregistrement,bureau enregistrement,fournisseur",
		certificate: "issuer,emetteur,autorite,serial,serial number,numero de serie,empreinte,fingerprint,thumbprint",
	} {
		for word := range strings.SplitSeq(words, ",") {
			out[word] = what
		}
	}
	return out
}

// fold brings a header to the form of columns.
func fold(text string) string {
	accents := strings.NewReplacer("é", "e", "è", "e", "ê", "e", "ô", "o", "à", "a", "’", "'", "_", "_")
	return strings.Join(strings.Fields(accents.Replace(strings.ToLower(text))), " ")
}

// table reads comma, semicolon or tab separated values; without a header that it knows, every cell of the first column is a name.
func (i *Import) table(data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.ReuseRecord = separator(data), -1, true, true, true
	var heads []column
	known := columns()
	for n := 0; ; n++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n > maxEntries {
			return fmt.Errorf("more than %d rows", maxEntries)
		}
		if n == 0 {
			heads = make([]column, len(record))
			for k, cell := range record {
				heads[k] = known[fold(cell)]
			}
			if slices.ContainsFunc(heads, func(c column) bool { return c == names || c == addresses }) {
				i.Kind = kindOf(heads)
				continue
			}
			heads, i.Kind = []column{names}, "list"
		}
		line, _ := r.FieldPos(0)
		if err := i.row(heads, record); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	if len(i.Names)+len(i.Addresses) == 0 {
		return errors.New("no name and no address was recognised")
	}
	return nil
}

func kindOf(heads []column) string {
	has := func(c column) bool { return slices.Contains(heads, c) }
	switch {
	case has(certificate) && !has(registrar):
		return "certificates"
	case has(expiry) || has(registrar):
		return "registrar"
	case has(addresses):
		return "ipam"
	}
	return "list"
}

func (i *Import) row(heads []column, record []string) error {
	var rowNames []string
	var expires time.Time
	seller := ""
	for k, cell := range record {
		if k >= len(heads) {
			break
		}
		cell = strings.TrimSpace(cell)
		switch heads[k] {
		case names, addresses:
			for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '|' }) {
				part = strings.TrimPrefix(strings.TrimPrefix(part, "DNS:"), "CN=")
				if strings.HasPrefix(part, "#") {
					return nil
				}
				if len(part) > 255 {
					return fmt.Errorf("%q… is too long for a name", part[:40])
				}
				before := len(i.Names)
				i.name(part)
				rowNames = append(rowNames, i.Names[before:]...)
			}
		case expiry:
			if cell == "" {
				continue
			}
			t, err := parseDate(cell)
			if err != nil {
				return err
			}
			expires = t
		case registrar:
			seller = cell
		}
	}
	if i.Kind == "registrar" && !expires.IsZero() {
		if i.Registrations == nil {
			i.Registrations = map[string]observe.Registration{}
		}
		for _, name := range rowNames {
			i.Registrations[name] = observe.Registration{Expires: expires, Registrar: seller, Source: i.File}
		}
	}
	return nil
}

// parseDate reads the ways in which registrars write a day. Day before month, as in French; an American date is refused when that shows.
func parseDate(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02 15:04:05", "02/01/2006", "02/01/2006 15:04", "02/01/2006 15:04:05", "02-01-2006", "02.01.2006", "2006/01/02", "20060102", "2 Jan 2006", "02-Jan-2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date such as 2026-12-31 or 31/12/2026", text)
}

// separator guesses what stands between cells, from the first line.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', 0
	for _, r := range []rune{';', '\t', ','} {
		if n := strings.Count(string(first), string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}
