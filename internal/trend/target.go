package trend

import (
	"context"
	"strconv"
	"strings"
	"time"

	"hygie/internal/bring"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/sheet"
)

// mostRows is how many measures one file may bring: ten domains, every day, for years.
const mostRows = 20_000

// target is what a history of scores may say.
func (m *Module) target(c *web.Context) (bring.Target, error) {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return bring.Target{}, err
	}
	structure, zone, now := string(s.ID), c.Printer.Zone(), m.now()
	var present map[string]measure
	t := bring.Target{Kind: "scores", Structure: structure, Address: address(structure) + "/import", Back: address(structure), Title: c.T("trend.bring"), Lead: c.T("trend.bring_lead"), Place: at,
		Crumbs: []ui.Link{{Href: address(structure), Text: c.T("trend.title")}}, Columns: scoreColumns(c.Ctx, zone), Most: mostRows,
		Formats: []bring.Format{{Is: isReports, Read: readReports}}, Accept: ".xml,.zip,.csv,.xlsx,.ods"}
	t.Identify = func(i *bring.Item) *bring.Wrong {
		day := i.Values["date"]
		if day == "" || i.Values["score"] == "" {
			return &bring.Wrong{Key: "trend.row_short"}
		}
		if bring.DayIn(day, zone).After(now) {
			return &bring.Wrong{Key: "trend.row_future"}
		}
		one := measure{Domain: strings.ToLower(i.Values["domain"]), Day: day}
		delete(i.Values, "domain")
		delete(i.Values, "date")
		i.Key, i.Title = one.key(), one.title(c.Printer)
		return nil
	}
	t.Present = func(ctx context.Context, tx *store.Tx) (map[string]bring.Item, error) {
		all, err := measures(ctx, tx, c.Scope, structure, zone)
		present = map[string]measure{}
		items := map[string]bring.Item{}
		for _, one := range all {
			present[one.key()] = one
			values := map[string]string{}
			for part, f := range one.Facts {
				values[part] = strconv.Itoa(int(f.Value.Number))
			}
			items[one.key()] = bring.Item{Key: one.key(), Title: one.title(c.Printer), Values: values}
		}
		return items, err
	}
	t.Write = func(ctx context.Context, tx *store.Tx, d bring.Difference) error {
		var facts []proof.Fact
		for _, one := range d.Changes() {
			domain, day, _ := cutLast(one.Key)
			before := present[one.Key]
			for _, part := range parts() {
				value, said := one.Values[part]
				if !said || value == one.Before.Values[part] {
					continue
				}
				observed := bring.DayIn(day, zone)
				if !before.At.IsZero() {
					observed = before.At
				}
				facts = append(facts, proof.Fact{Structure: structure, Key: factPrefix + part, Value: referential.Number(float64(bring.WholeOf(value))), ObservedAt: observed, Source: sourcePrefix + domain,
					RecordedAt: now, RecordedBy: c.Actor.Person, Corrects: before.Facts[part].ID})
			}
		}
		return proof.Record(ctx, tx, c.Scope, facts...)
	}
	return t, nil
}

// cutLast cuts the key of a measure.
func cutLast(key string) (domain, day string, ok bool) {
	i := strings.LastIndex(key, "@")
	if i < 0 {
		return "", "", false
	}
	return key[:i], key[i+1:], true
}

// title names a measure: its domain and its day.
func (m measure) title(p *locale.Printer) string {
	day := p.Date(bring.DayIn(m.Day, p.Zone()))
	if m.Domain == "" {
		return day
	}
	return m.Domain + " – " + day
}

// scoreColumns are what a history may say, as PingCastle and its users name them.
func scoreColumns(ctx context.Context, zone *time.Location) []bring.Column {
	p := locale.From(ctx)
	names := map[string][]string{
		"score":      {"score global", "global score", "globalscore", "risk score", "total", "score pingcastle"},
		"stale":      {"stale", "stale objects", "staleobjects", "staleobjectsscore", "objets obsolètes", "stale object score"},
		"privileged": {"privileged", "privileged accounts", "privilegedaccounts", "privilegiedgroup", "privilegiedgroupscore", "privileged group score", "comptes à privilèges", "comptes privilégiés"},
		"trusts":     {"trust", "trusts", "trustscore", "trust score", "relations d'approbation"},
		"anomalies":  {"anomaly", "anomalies", "anomalyscore", "anomaly score"},
		"maturity":   {"maturity", "maturity level", "maturitylevel", "maturité", "niveau de maturité"},
	}
	day := func(text string) (string, *bring.Wrong) {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t.In(zone).Format(time.DateOnly), nil
		}
		return bring.Day(text)
	}
	list := []bring.Column{
		{Field: sheet.Field{Key: "date", Names: []string{"jour", "day", "generation", "generationdate", "generation date", "date du rapport", "report date"}, Required: true}, Label: p.T("trend.date"), Read: day, Help: p.T("trend.help_date")},
		{Field: sheet.Field{Key: "domain", Names: []string{"domaine", "domain", "domainfqdn", "domain name", "forêt", "forest"}}, Label: p.T("trend.domain"), Read: bring.Text(255)},
	}
	for _, part := range parts() {
		most := int64(100)
		if part == "maturity" {
			most = 5
		}
		list = append(list, bring.Column{Field: sheet.Field{Key: part, Names: names[part], Required: part == "score"}, Label: p.T("trend.part_" + part), Read: bring.Whole(0, most), Help: p.T("trend.help_" + whole(part))})
	}
	return list
}

// whole tells which help a part has.
func whole(part string) string {
	if part == "maturity" {
		return part
	}
	return "score"
}
