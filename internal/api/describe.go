package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hygie/internal/web"
)

// object is a JSON object; encoding/json writes its names in order, so the description is the same bytes each time.
type object = map[string]any

// Description is the whole interface in OpenAPI 3.1.
func (a *API) Description() ([]byte, error) {
	s := schemas{known: object{}, types: map[string]reflect.Type{}}
	paths := object{}
	for _, o := range a.operations {
		path, _ := paths[Prefix+o.Path].(object)
		if path == nil {
			path = object{}
			paths[Prefix+o.Path] = path
		}
		one, err := s.operation(o)
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", o.ID, err)
		}
		path[strings.ToLower(o.Method)] = one
	}
	problem, err := s.of(reflect.TypeFor[web.Problem]())
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{"title": "hygie", "version": "1", "x-program": a.Version, "license": object{"name": "see LICENSE"},
			"description": "Lists come by pages (limit, after). Writes may carry Idempotency-Key. Failures are application/problem+json (RFC 9457)."},
		"paths": paths,
		"components": object{
			"schemas":         s.known,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "Made on the page of one's account; shown once."}},
			"responses":       object{"Problem": object{"description": "What went wrong.", "content": object{"application/problem+json": object{"schema": problem}}}},
		},
		"security": []any{object{"token": []string{}}},
	}, "", " ")
}

// describe sends the description.
func (a *API) describe(c *web.Context) error {
	text, err := a.Description()
	if err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "application/json")
	c.W.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = c.W.Write(text) // the reader went away: nothing to do
	return nil
}

var slot = regexp.MustCompile(`\{([a-z_]+)\}`)

// operation describes one operation.
func (s schemas) operation(o Operation) (object, error) {
	var params []any
	for _, found := range slot.FindAllStringSubmatch(o.Path, -1) {
		params = append(params, object{"name": found[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	query := o.Query
	if o.List {
		query = append([]Param{{Name: "limit", Doc: fmt.Sprintf("Items of a page, %d at most; %d when absent.", mostLimit, usualLimit), Type: "integer"}, {Name: "after", Doc: "The \"next\" of the page before."}}, query...)
	}
	for _, q := range query {
		schema := object{"type": "string"}
		if q.Type != "" {
			schema["type"] = q.Type
		}
		if q.Form != "" {
			schema["format"] = q.Form
		}
		params = append(params, object{"name": q.Name, "in": "query", "required": q.Need, "description": q.Doc, "schema": schema})
	}
	if o.Method != http.MethodGet {
		params = append(params, object{"name": "Idempotency-Key", "in": "header", "required": false, "schema": object{"type": "string", "maxLength": longestName},
			"description": "A name of one's own for this request; asked again within a day, it gets the same answer and does nothing."})
	}
	one := object{"operationId": o.ID, "summary": o.Summary, "tags": []string{o.Tag}}
	if o.Doc != "" {
		one["description"] = o.Doc
	}
	if params != nil {
		one["parameters"] = params
	}
	if o.Rule.IsPublic() {
		one["security"] = []any{}
	}
	switch {
	case o.Raw != "":
		one["requestBody"] = object{"required": true, "content": object{o.Raw: object{"schema": object{"type": "string", "format": "binary"}}}}
	case o.Body != nil:
		schema, err := s.of(reflect.TypeOf(o.Body))
		if err != nil {
			return nil, err
		}
		one["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": schema}}}
	}
	success := object{"description": "Done."}
	status := max(o.Status, http.StatusOK)
	switch {
	case o.Content != "":
		success["content"] = object{o.Content: object{"schema": object{"type": "string", "format": "binary"}}}
	case o.Answer != nil:
		schema, err := s.of(reflect.TypeOf(o.Answer))
		if err != nil {
			return nil, err
		}
		success["content"] = object{"application/json": object{"schema": schema}}
	default:
		status = http.StatusNoContent
	}
	one["responses"] = object{strconv.Itoa(status): success, "default": object{"$ref": "#/components/responses/Problem"}}
	return one, nil
}

// schemas makes JSON Schemas of Go types; those of structs stand under their names.
type schemas struct {
	known object
	types map[string]reflect.Type
}

func (s schemas) of(t reflect.Type) (object, error) {
	if t == reflect.TypeFor[time.Time]() {
		return object{"type": "string", "format": "date-time"}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}, nil
	case reflect.Int, reflect.Int64, reflect.Int32:
		return object{"type": "integer"}, nil
	case reflect.Float64:
		return object{"type": "number"}, nil
	case reflect.String:
		return object{"type": "string"}, nil
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Interface:
		return object{}, nil
	case reflect.Slice:
		items, err := s.of(t.Elem())
		return object{"type": "array", "items": items}, err
	case reflect.Map:
		values, err := s.of(t.Elem())
		return object{"type": "object", "additionalProperties": values}, err
	case reflect.Struct:
		return s.reference(t)
	}
	return nil, fmt.Errorf("no schema for %s", t)
}

var notLetter = regexp.MustCompile(`[^A-Za-z0-9]+`)

// nameOf is the name of a type in the description: "Evidence", "ListEvidence".
func nameOf(t reflect.Type) string {
	name, inside, generic := strings.Cut(t.Name(), "[")
	if generic {
		inside = inside[strings.LastIndexAny(inside, "./")+1:]
	}
	text := notLetter.ReplaceAllString(name+" "+inside, " ")
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// reference describes a struct once and refers to it.
func (s schemas) reference(t reflect.Type) (object, error) {
	name := nameOf(t)
	if other, ok := s.types[name]; ok && other != t {
		return nil, fmt.Errorf("two types are called %s: %s and %s", name, other, t)
	}
	ref := object{"$ref": "#/components/schemas/" + name}
	if _, ok := s.types[name]; ok {
		return ref, nil
	}
	s.types[name] = t
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		if name == "" {
			return nil, fmt.Errorf("field %s.%s has no name in JSON", t, field.Name)
		}
		schema, err := s.of(field.Type)
		if err != nil {
			return nil, fmt.Errorf("field %s.%s: %w", t, field.Name, err)
		}
		if doc := field.Tag.Get("doc"); doc != "" {
			schema["description"] = doc
		}
		if values := field.Tag.Get("enum"); values != "" {
			schema["enum"] = strings.Split(values, ",")
		}
		if !strings.Contains(rest, "omit") {
			required = append(required, name)
		}
		properties[name] = schema
	}
	known := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		known["required"] = required
	}
	s.known[name] = known
	return ref, nil
}
