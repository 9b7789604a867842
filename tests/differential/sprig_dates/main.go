// Renders templates with Go's text/template, sprig's functions and those of the YAML library that ESO uses.
//
// One case a line in, one answer a line out, both JSON:
//
//	{"template": "{{ date \"2006\" 0 }}"}  ->  {"output":"1970"}
//	{"template": "{{ semver \"x\" }}"}     ->  {"error":"template: t:1:3: executing …"}
//
// The local zone is UTC unless the case names another one. Bytes that are not UTF-8 come back in Base64.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"bulkhead/differential/answering"
	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

type question struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data"`
	Zone     string            `json:"zone"`
}

type answer struct {
	Output *string `json:"output,omitempty"`
	Base64 string  `json:"base64,omitempty"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	answering.Serve(answered)
}

// answered never lets one case that makes a library panic take the others along.
func answered(asked question) (found answer) {
	defer func() {
		if cause := recover(); cause != nil {
			found = answer{Error: fmt.Sprint("panic: ", cause)}
		}
	}()
	zone := time.UTC
	if asked.Zone != "" {
		loaded, err := time.LoadLocation(asked.Zone)
		if err != nil {
			answering.Fail(err)
		}
		zone = loaded
	}
	time.Local = zone
	parsed, err := template.New("t").Funcs(functions()).Parse(asked.Template)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, asked.Data); err != nil {
		return answer{Error: err.Error()}
	}
	if !utf8.Valid(out.Bytes()) {
		return answer{Base64: base64.StdEncoding.EncodeToString(out.Bytes())}
	}
	text := out.String()
	return answer{Output: &text}
}

func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	all["toYaml"] = toYAML
	all["fromYaml"] = fromYAML
	return all
}

// What goes wrong gives nothing, as in ESO.
func toYAML(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// What goes wrong is a value of the map, as in ESO.
func fromYAML(text string) map[string]any {
	values := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		values["Error"] = err.Error()
	}
	return values
}
