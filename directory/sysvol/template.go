package sysvol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// takeTemplate adds what a GptTmpl.inf holds to a policy (MS-GPSB 2.2).
func (p *Policy) takeTemplate(file string, b []byte) error {
	sections, err := parseINI(b)
	groups := make(map[string]int) // name in capitals -> place in p.Groups
	for _, s := range sections {
		for _, each := range s.pairs {
			switch strings.ToLower(s.name) {
			case "privilege rights":
				p.Rights = append(p.Rights, Right{File: file, Name: each.key, Who: principals(each.value)})
			case "system access":
				n, ok := decimal(each.value)
				p.System = append(p.System, Value{File: file, Name: each.key, Number: n, Numeric: ok})
			case "registry values":
				p.Values = append(p.Values, templateValue(file, each))
			case "group membership":
				p.takeMembership(file, each, groups)
			}
		}
	}
	return err
}

// principals reads a list of principals: "*S-1-5-32-544,HOP\user".
func principals(list string) []string {
	out := []string{}
	for who := range strings.SplitSeq(list, ",") {
		who = strings.TrimPrefix(strings.Trim(strings.TrimSpace(who), `"`), "*")
		if who != "" && !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	return out
}

// decimal reads a number that may be -1 for "never", given as its two's complement.
func decimal(text string) (uint64, bool) {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return uint64(n), err == nil
}

// templateValue reads "MACHINE\Key\Name=type,value" (MS-GPSB 2.2.5); the type 4 is a number.
func templateValue(file string, each pair) Value {
	v := Value{File: file, Name: each.key}
	if at := strings.LastIndexByte(each.key, '\\'); at >= 0 {
		v.Key, v.Name = each.key[:at], each.key[at+1:]
	}
	if kind, text, ok := strings.Cut(each.value, ","); ok && strings.TrimSpace(kind) == "4" {
		v.Number, v.Numeric = decimal(strings.TrimSpace(text))
	}
	return v
}

// takeMembership reads "group__Members = …" and "group__Memberof = …" (MS-GPSB 2.2.4).
func (p *Policy) takeMembership(file string, each pair, known map[string]int) {
	low := strings.ToLower(each.key)
	name, members := strings.CutSuffix(low, "__members")
	if !members {
		var ok bool
		if name, ok = strings.CutSuffix(low, "__memberof"); !ok {
			return
		}
	}
	i, ok := known[name]
	if !ok {
		i = len(p.Groups)
		known[name] = i
		text := strings.TrimPrefix(each.key[:len(name)], "*")
		p.Groups = append(p.Groups, Group{File: file, Group: text, Adds: []string{}, Joins: []string{}, Removes: []string{}})
	}
	if members {
		p.Groups[i].Adds = principals(each.value)
	} else {
		p.Groups[i].Joins = principals(each.value)
	}
}

// takeVersion reads GPT.INI (MS-GPOL 2.2.4): the version of the user part is in the high half.
func (p *Policy) takeVersion(_ string, b []byte) error {
	sections, err := parseINI(b)
	for _, s := range sections {
		for _, each := range s.pairs {
			if !strings.EqualFold(s.name, "General") || !strings.EqualFold(each.key, "Version") {
				continue
			}
			n, bad := strconv.ParseUint(each.value, 10, 32)
			if bad != nil {
				return faultAt(0, "version_number", "found", fmt.Sprintf("%.20q", each.value))
			}
			v := uint32(n)
			p.Version = &v
		}
	}
	return err
}

// takeScripts reads scripts.ini and psscripts.ini (MS-GPSCR 2.2.2): "0CmdLine" and "0Parameters" by event.
func (p *Policy) takeScripts(file string, b []byte) error {
	sections, err := parseINI(b)
	for _, s := range sections {
		places := make(map[string]int)
		for _, each := range s.pairs {
			low := strings.ToLower(each.key)
			if number, ok := strings.CutSuffix(low, "cmdline"); ok && each.value != "" {
				places[number] = len(p.Scripts)
				p.Scripts = append(p.Scripts, Script{File: file, Event: s.name, Command: each.value})
			}
		}
		for _, each := range s.pairs {
			number, ok := strings.CutSuffix(strings.ToLower(each.key), "parameters")
			if i, known := places[number]; ok && known && each.value != "" {
				p.Scripts[i].Parameters = true
			}
		}
	}
	return err
}
