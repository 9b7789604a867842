// Answers path look-ups with the original implementation of the path language.
//
// One case a line in, one answer a line out, both JSON:
//
//	{"document": "{\"a\":1}", "path": "a"}   ->  {"exists":true,"type":"Number","raw":"1","string":"1"}
//	{"document": "{\"a\":1}", "kind": "raw-fields"}  ->  {"fields":{"a":"1"}}
//	{"document": "{\"a\":1}", "kind": "go-json"}     ->  {"json":"{\"a\":1}"}
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"bulkhead/differential/answering"
	"github.com/tidwall/gjson"
)

type question struct {
	Kind     string `json:"kind"`
	Document string `json:"document"`
	Path     string `json:"path"`
}

type answer struct {
	Exists bool              `json:"exists,omitempty"`
	Type   string            `json:"type,omitempty"`
	Raw    string            `json:"raw,omitempty"`
	String string            `json:"string,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
	JSON   string            `json:"json,omitempty"`
	Error  string            `json:"error,omitempty"`
}

func main() {
	answering.Serve(answered)
}

// answered never lets one case that makes the original panic take the others along.
func answered(asked question) (found answer) {
	defer func() {
		if cause := recover(); cause != nil {
			found = answer{Error: fmt.Sprint("panic: ", cause)}
		}
	}()
	switch asked.Kind {
	case "raw-fields":
		return rawFields(asked.Document)
	case "go-json":
		return goJSON(asked.Document)
	default:
		result := gjson.Get(asked.Document, asked.Path)
		return answer{Exists: result.Exists(), Type: result.Type.String(), Raw: result.Raw, String: result.String()}
	}
}

// rawFields reads an object the way a map of json.RawMessage does, with strings unquoted.
func rawFields(document string) answer {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(document), &members); err != nil {
		return answer{Error: "not an object"}
	}
	fields := make(map[string]string, len(members))
	for key, raw := range members {
		fields[key] = string(raw)
		var text string
		if json.Unmarshal(raw, &text) == nil {
			fields[key] = text
		}
	}
	return answer{Fields: fields}
}

// goJSON decodes and encodes a document with numbers as they stand.
func goJSON(document string) answer {
	var value any
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return answer{Error: "not JSON"}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return answer{Error: "not encodable"}
	}
	return answer{JSON: string(encoded)}
}
