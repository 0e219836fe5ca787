package foreign

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/sheet"
)

// Fields are the columns looked for in a table, with the names reports give them.
func Fields() []sheet.Field {
	return []sheet.Field{
		{Key: "title", Names: []string{"titre", "vulnérabilité", "constat", "faiblesse", "intitulé", "nom", "libellé", "name", "title", "vulnerability", "finding", "weakness", "issue", "plugin name"}, Required: true},
		{Key: "severity", Names: []string{"criticité", "gravité", "sévérité", "niveau", "severity", "risk", "risque", "criticality", "cvss", "score cvss", "cvss score"}, Required: true},
		{Key: "asset", Names: []string{"actif", "hôte", "système", "machine", "équipement", "serveur", "composant", "ressource", "domaine", "cible", "nom de domaine", "asset", "host", "hostname", "target", "url", "fqdn", "system"}, Required: true},
		{Key: "address", Names: []string{"adresse ip", "adresse", "ip", "ip address", "address"}},
		{Key: "port", Names: []string{"port"}},
		{Key: "rule", Names: []string{"référence", "identifiant", "id", "code", "plugin id", "reference", "identifier"}},
		{Key: "description", Names: []string{"description", "détail", "détails", "preuve", "details", "evidence", "synopsis"}},
		{Key: "recommendation", Names: []string{"recommandation", "remédiation", "correction", "solution", "action", "recommendation", "remediation", "fix"}},
		{Key: "cve", Names: []string{"cve", "cves", "cve id"}},
		{Key: "date", Names: []string{"date", "vu le", "constaté le", "détecté le", "first seen", "last seen", "detected"}},
	}
}

var cves = regexp.MustCompile(`CVE-\d{4}-\d{4,19}`)

// readTable reads a table by its header. When title, severity or asset are not recognised it gives the header it sees, with [ErrColumns], so
// that a person can choose.
func readTable(r io.ReaderAt, size int64, o Options) (*Report, error) {
	book, err := sheet.Read(r, size, o.Limits)
	if err != nil {
		return nil, err
	}
	report := &Report{Tool: Table}
	for _, s := range book.Sheets {
		report.Sheets = append(report.Sheets, s.Name)
	}
	if o.Sheet < 0 || o.Sheet >= len(book.Sheets) {
		return nil, fmt.Errorf("sheet %d: the file has %d: %w", o.Sheet+1, len(book.Sheets), ErrUnknown)
	}
	s := book.Sheets[o.Sheet]
	header, ok := sheet.FindHeader(s, Fields())
	if !ok {
		return nil, ErrUnknown
	}
	if len(header.Missing(Fields())) > 0 {
		if two, found := sheet.FindTwoRowHeader(s, Fields()); found {
			header = two
		}
	}
	s, _ = sheet.FillDown(s, s.Rows[header.Row].Number+1) // what is merged over several rows is said of each
	for key, column := range o.Columns {
		if column < 0 {
			delete(header.Columns, key)
		} else {
			header.Columns[key] = column
		}
	}
	report.Header = header
	missing := header.Missing(Fields())
	if _, ok := header.Columns["address"]; ok {
		missing = slices.DeleteFunc(missing, func(k string) bool { return k == "asset" })
	}
	if len(missing) > 0 {
		return report, fmt.Errorf("%w: %s", ErrColumns, strings.Join(missing, ", "))
	}
	for _, record := range sheet.Records(s, header) {
		report.Total++
		for _, host := range hosts(record.Get("asset")) {
			f, problem := fromRecord(record, host, o)
			if problem != "" {
				detail := firstOf(record)
				if problem == NoSeverity {
					detail = f.Word
				}
				report.Problems = append(report.Problems, Problem{strconv.Itoa(record.Row), problem, detail})
				break
			}
			report.Findings = append(report.Findings, f)
		}
	}
	return report, nil
}

// maxHosts bounds the machines of one row.
const maxHosts = 500

// hosts are the machines that a cell names: one, or several with commas, semicolons or line ends between them.
func hosts(cell string) []string {
	list := strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == '\n' })
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
		if list[i] == "" || strings.ContainsAny(list[i], " \t") {
			return []string{cell}
		}
	}
	if len(list) < 2 || len(list) > maxHosts {
		return []string{cell}
	}
	return list
}

func fromRecord(r sheet.Record, host string, o Options) (Finding, ProblemKind) {
	f := Finding{Tool: Table, Rule: r.Get("rule"), Title: r.Get("title"), Word: r.Get("severity"), Description: r.Get("description"),
		Recommendation: r.Get("recommendation"), Place: strconv.Itoa(r.Row)}
	if f.Title == "" {
		return f, NoTitle
	}
	var ok bool
	if f.Severity, ok = severityOf(f.Word, o.Severity); !ok {
		return f, NoSeverity
	}
	f.Asset, f.Endpoint = place(host, r.Get("address"), r.Get("port"))
	if f.Asset == "" {
		return f, NoAsset
	}
	f.CVEs = distinct(cves.FindAllString(strings.ToUpper(r.Get("cve")+" "+f.Title), -1))
	f.Seen = day(r.Get("date"))
	return f, ""
}

func firstOf(r sheet.Record) string {
	for _, key := range []string{"title", "asset", "severity", "description"} {
		if v := r.Get(key); v != "" {
			return v
		}
	}
	return ""
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// day reads the dates people write, day before month as in French.
func day(s string) time.Time {
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339, "02/01/2006", "2/1/2006", "02/01/2006 15:04", "02.01.2006", "02-01-2006"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t
		}
	}
	return time.Time{}
}
