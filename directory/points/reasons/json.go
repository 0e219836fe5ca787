package reasons

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// plain is the JSON form of a reason.
type plain struct {
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// Values gives the parameters by name.
func (r Reason) Values() map[string]string {
	out := make(map[string]string, len(r.Params))
	for _, p := range r.Params {
		out[p.Name] = p.Value
	}
	return out
}

// Of makes a reason of a code and its parameters by name, as [Reason.Values] gives them (docs/schema/directory-audit.schema.json, object).
func Of(code string, values map[string]string) Reason {
	r := Reason{Code: code}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		r.Params = append(r.Params, Param{name, values[name]})
	}
	return r
}

// MarshalJSON writes {"code": …, "params": {…}}, as docs/formats/directory-dump.md has it in notices.
func (r Reason) MarshalJSON() ([]byte, error) { return json.Marshal(plain{r.Code, r.Values()}) }

// UnmarshalJSON reads what MarshalJSON writes. A mere text, which is what earlier dumps hold, becomes the reason "source_text".
func (r *Reason) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte{'"'}) {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return fmt.Errorf("read reason: %w", err)
		}
		*r = Because("source_text", "text", text)
		return nil
	}
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("read reason: %w", err)
	}
	*r = Of(p.Code, p.Params)
	return nil
}
