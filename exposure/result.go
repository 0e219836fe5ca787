package exposure

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hygie/exposure/discover"
	"hygie/exposure/observe"
	"hygie/exposure/ports"
)

// result puts together what was seen, in order.
func (r *runner) result() *observe.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := *r.run
	out.Domains, out.Names, out.Endpoints, out.Gaps = []observe.Domain{}, []observe.Name{}, []observe.Endpoint{}, []observe.Gap{}
	out.Hosts = []ports.Host{}
	for _, d := range r.domains {
		out.Domains = append(out.Domains, *d)
	}
	slices.SortFunc(out.Domains, func(a, b observe.Domain) int { return strings.Compare(a.Name, b.Name) })
	for name, n := range r.met {
		n.From = r.names.Sources(name) // certificates may have told of it since
		out.Names = append(out.Names, *n)
	}
	slices.SortFunc(out.Names, func(a, b observe.Name) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range r.machines {
		if m.seen.Address.IsValid() {
			out.Hosts = append(out.Hosts, m.seen)
		}
	}
	slices.SortFunc(out.Hosts, func(a, b ports.Host) int { return a.Address.Compare(b.Address) })
	for _, e := range r.sortedEndpoints() {
		slices.SortFunc(e.Views, func(a, b observe.View) int { return strings.Compare(a.Name, b.Name) })
		out.Endpoints = append(out.Endpoints, *e)
	}
	if n := r.names.Dropped; n > 0 {
		r.gaps[observe.Gap{Subject: "", Part: "names", Why: observe.Bounded, Detail: fmt.Sprintf("%d/%d", discover.MaxNames, discover.MaxNames+n)}] = true
	}
	for g := range r.gaps {
		out.Gaps = append(out.Gaps, g)
	}
	slices.SortFunc(out.Gaps, func(a, b observe.Gap) int {
		return cmp.Or(strings.Compare(a.Subject, b.Subject), strings.Compare(a.Part, b.Part), strings.Compare(string(a.Why), string(b.Why)), strings.Compare(a.Detail, b.Detail))
	})
	return &out
}

// recall gives what the memory has under a key.
func recall[T any](r *runner, key string) (v T, ok bool) {
	if r.c.Memory == nil {
		return v, false
	}
	raw, ok := r.c.Memory.Recall(key)
	return v, ok && json.Unmarshal(raw, &v) == nil
}

// keep puts a value into the memory.
func (r *runner) keep(key string, v any) error {
	if r.c.Memory == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err == nil {
		err = r.c.Memory.Keep(key, raw)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	return nil
}
