package exposure

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hygie/exposure/perimeter"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// form is a declaration as a person types it: one item a line.
type form struct {
	Contact    string   `form:"contact,max=300"`
	Domains    string   `form:"domains,max=200000"`
	Ranges     string   `form:"ranges,max=200000"`
	Hosts      string   `form:"hosts,max=200000"`
	Exclude    string   `form:"exclude,max=200000"`
	Senders    string   `form:"senders,max=20000"`
	Selectors  string   `form:"selectors,max=20000"` // "domain: s1 s2"
	Providers  string   `form:"providers,max=20000"` // "name: suffix suffix"
	Services   string   `form:"services,max=50000"`  // "address:port protocol words"
	Ports      string   `form:"ports,max=2000"`      // empty for the curated list, "all", or a list
	Hours      string   `form:"hours,max=2000"`
	Zone       string   `form:"zone,max=60"`
	NoUDP      bool     `form:"no_udp"`
	PerSecond  string   `form:"per_second,max=10"`
	PerAddress string   `form:"per_address,max=10"`
	PerNetwork string   `form:"per_network,max=10"`
	Total      string   `form:"total,max=10"`
	At         string   `form:"version"` // the version the form was made from
	Mandates   []string `form:"-"`
}

// fill writes a declaration as a form, in a language.
func fill(lang locale.Lang, d Declaration) form {
	p := d.Perimeter
	f := form{Contact: p.Contact, Domains: strings.Join(p.Domains, "\n"), Hosts: strings.Join(p.Hosts, "\n"), Exclude: strings.Join(p.Exclude, "\n"),
		Senders: strings.Join(p.Mail.Senders, "\n"), At: strconv.Itoa(d.Version)}
	var lines []string
	for _, r := range p.Ranges {
		lines = append(lines, r.String())
	}
	f.Ranges = strings.Join(lines, "\n")
	lines = nil
	for domain, selectors := range p.Mail.Selectors {
		lines = append(lines, domain+": "+strings.Join(selectors, " "))
	}
	slices.Sort(lines)
	f.Selectors = strings.Join(lines, "\n")
	lines = nil
	for _, v := range p.Providers {
		lines = append(lines, v.Name+": "+strings.Join(v.Suffixes, " "))
	}
	f.Providers = strings.Join(lines, "\n")
	lines = nil
	for _, s := range p.Services {
		lines = append(lines, strings.TrimSpace(s.At+" "+cmp.Or(s.Protocol, "-")+" "+s.What))
	}
	f.Services = strings.Join(lines, "\n")
	f.Hours, f.Zone, f.NoUDP = hoursText(lang, p.Hours), p.Zone, p.Ports.NoUDP
	f.showPace(lang, p.Pace)
	f.Ports = portsText(p.Ports)
	return f
}

func portsText(p perimeter.Ports) string {
	if p.All {
		return "all"
	}
	var list []string
	for _, r := range p.List {
		if r.From == r.To {
			list = append(list, strconv.Itoa(int(r.From)))
		} else {
			list = append(list, strconv.Itoa(int(r.From))+"-"+strconv.Itoa(int(r.To)))
		}
	}
	return strings.Join(list, ", ")
}

// perimeter reads the form over what the form does not show: the name and the mandates.
func (f form) perimeter(before *perimeter.Perimeter) (*perimeter.Perimeter, []fault.Field) {
	p := &perimeter.Perimeter{Contact: f.Contact, Domains: lines(f.Domains), Hosts: lines(f.Hosts), Exclude: lines(f.Exclude), Mail: perimeter.Mail{Senders: lines(f.Senders)},
		Zone: f.Zone, Ports: perimeter.Ports{NoUDP: f.NoUDP}}
	if before != nil {
		p.Name, p.Mandates = before.Name, before.Mandates
	}
	var wrong []fault.Field
	bad := func(name, key, text string) {
		wrong = append(wrong, fault.Field{Name: name, Key: key, Args: []any{"text", text}})
	}
	for _, line := range lines(f.Ranges) {
		r, err := netip.ParsePrefix(line)
		if a, errAddr := netip.ParseAddr(line); err != nil && errAddr == nil {
			r, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			bad("ranges", "exposure.bad_range", line)
			continue
		}
		p.Ranges = append(p.Ranges, r)
	}
	for _, line := range lines(f.Selectors) {
		domain, rest, ok := strings.Cut(line, ":")
		if !ok || len(strings.Fields(rest)) == 0 {
			bad("selectors", "exposure.bad_selector", line)
			continue
		}
		if p.Mail.Selectors == nil {
			p.Mail.Selectors = map[string][]string{}
		}
		p.Mail.Selectors[strings.TrimSpace(domain)] = strings.Fields(strings.ReplaceAll(rest, ",", " "))
	}
	for _, line := range lines(f.Providers) {
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			bad("providers", "exposure.bad_provider", line)
			continue
		}
		p.Providers = append(p.Providers, perimeter.Provider{Name: strings.TrimSpace(name), Suffixes: strings.Fields(strings.ReplaceAll(rest, ",", " "))})
	}
	for _, line := range lines(f.Services) {
		at, rest, _ := strings.Cut(line, " ")
		protocol, what, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if protocol == "-" {
			protocol = ""
		}
		p.Services = append(p.Services, perimeter.Service{At: at, Protocol: protocol, What: strings.TrimSpace(what)})
	}
	var odd []fault.Field
	p.Hours, odd = windows("hours", f.Hours)
	wrong = append(wrong, odd...)
	f.ports(p, bad)
	p.Pace = f.pace(bad)
	return p, append(wrong, f.check(p, len(wrong) > 0)...)
}

// windows reads hours, one window a line.
func windows(field, text string) (list []perimeter.Window, wrong []fault.Field) {
	for _, line := range lines(text) {
		var w perimeter.Window
		if err := w.UnmarshalText([]byte(line)); err != nil {
			wrong = append(wrong, fault.Field{Name: field, Key: "exposure.bad_hours", Args: []any{"text", line}})
			continue
		}
		list = append(list, w)
	}
	return list, wrong
}

// hoursText writes windows in a language, one a line.
func hoursText(lang locale.Lang, list []perimeter.Window) string {
	var out []string
	for _, w := range list {
		out = append(out, w.Text(string(lang)))
	}
	return strings.Join(out, "\n")
}

func (f form) ports(p *perimeter.Perimeter, bad func(name, key, text string)) {
	switch text := strings.ToLower(strings.TrimSpace(f.Ports)); text {
	case "":
	case "all", "tous", "toutes":
		p.Ports.All = true
	default:
		for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' || r == '\n' }) {
			from, to, ranged := strings.Cut(part, "-")
			if !ranged {
				to = from
			}
			a, errA := strconv.ParseUint(from, 10, 16)
			b, errB := strconv.ParseUint(to, 10, 16)
			if errA != nil || errB != nil || a == 0 || b < a {
				bad("ports", "exposure.bad_port", part)
				continue
			}
			p.Ports.List = append(p.Ports.List, perimeter.PortRange{From: uint16(a), To: uint16(b)})
		}
	}
}

// fields of the form, by the beginning of the engine's paths.
var fields = map[string]string{"domains": "domains", "ranges": "ranges", "hosts": "hosts", "exclude": "exclude", "mail.senders": "senders", "mail.selectors": "selectors", "providers": "providers",
	"services": "services", "ports": "ports", "hours": "hours", "zone": "zone", "contact": "contact",
	"pace.per_second": "per_second", "pace.per_address": "per_address", "pace.per_network": "per_network", "pace.total": "total"}

// check lets the engine judge the whole; what it finds is told at the field it is about.
func (f form) check(p *perimeter.Perimeter, already bool) (wrong []fault.Field) {
	err := p.Check()
	var problems perimeter.Problems
	if !errors.As(err, &problems) {
		return nil
	}
	for _, problem := range problems {
		name := ""
		for prefix, field := range fields {
			if strings.HasPrefix(problem.Path, prefix) && len(field) > len(name) {
				name = field
			}
		}
		if name == "" && already {
			continue
		}
		wrong = append(wrong, fault.Field{Name: name, Key: "exposure.bad_item", Args: []any{"text", problem}})
	}
	return wrong
}

// refused is what the engine says of a perimeter, at a field.
func refused(field string, err error) error {
	var problems perimeter.Problems
	if !errors.As(err, &problems) {
		return err
	}
	return fault.Invalid(fault.Field{Name: field, Key: "exposure.bad_item", Args: []any{"text", problems}}).Because(err)
}

func lines(text string) (list []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

// Declare keeps a new version of what a structure declares. Nothing is kept when it says the same as the version in place. Someone who began
// from an older version is told, so that nobody's work is written over.
func (s *Service) Declare(ctx context.Context, actor right.Actor, scope territory.Scope, structure string, from int, p *perimeter.Perimeter) (Declaration, bool, error) {
	content, err := json.Marshal(p)
	if err != nil {
		return Declaration{}, false, err
	}
	now := s.now()
	d := Declaration{ID: store.NewID(now), Structure: structure, Hash: p.Hash(), Perimeter: p, CreatedAt: now, CreatedByName: actor.Name}
	kept := false
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		kept = false
		earlier, err := declarations(ctx, tx, scope, structure, 1)
		if err != nil {
			return err
		}
		d.Version = 1
		if len(earlier) > 0 {
			last := earlier[0]
			if from != last.Version {
				return fault.Conflict("exposure.changed_meanwhile")
			}
			if old, err := json.Marshal(last.Perimeter); err == nil && bytes.Equal(old, content) {
				d = last
				return nil
			}
			d.Version = last.Version + 1
		} else if err := s.newOwner(ctx, tx, scope, structure); err != nil {
			return err
		}
		kept = true
		if err := insert(ctx, tx, scope, structure, "exposure_perimeter", "id, version, hash, content, created_at, created_by, created_by_name", d.ID, d.Version, d.Hash, store.Text(string(content)), store.Millis(now), actor.Person, actor.Name); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.declare", Structure: structure, Subject: "exposure-perimeter/" + d.ID,
			Data: trail.Data(map[string]any{"version": d.Version, "hash": d.Hash, "items": len(p.Items())})})
	})
	return d, kept, err
}

// newOwner makes the secret from which the tokens of a structure come.
func (s *Service) newOwner(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) error {
	key, err := perimeter.NewProofKey(rand.Reader)
	if err != nil {
		return err
	}
	return insert(ctx, tx, scope, structure, "exposure_owner", "proof_key", key)
}

// maxDeclaration bounds a perimeter file that is brought.
const maxDeclaration = 4 << 20

// Bring reads a perimeter file as the form shows it. The mandates and the proof key of a file are not taken: the platform has its own.
func Bring(name string, content io.Reader) (*perimeter.Perimeter, error) {
	p, err := perimeter.Read(name, io.LimitReader(content, maxDeclaration))
	var problems perimeter.Problems
	if errors.As(err, &problems) {
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.bad_file", Args: []any{"text", problems}}).Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("bring a perimeter: %w", err)
	}
	p.Mandates, p.ProofKey = nil, ""
	return p, nil
}
