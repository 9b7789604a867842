// Answers what the YAML decoder of Kubernetes gives for the output of a template, and what is at a path of a manifest.
//
// One case a line in, one answer a line out, both JSON; texts are Base64, as they need not be UTF-8:
//
//	{"target": "strings", "text": "YTogMQ=="}  ->  {"value":{"a":"1"}}
//	{"target": "any", "text": "YTogMS4w"}      ->  {"value":{"a":{"int64":"1"}}}
//	{"target": "any", "text": "Ww=="}          ->  {"error":"error converting YAML to JSON: …"}
//
// Numbers are objects of their type and their digits, so that an integer and a float differ; bytes of strings are UTF-8.
package main

import (
	"fmt"
	"strconv"

	"bulkhead/differential/answering"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type question struct {
	Target string `json:"target"`
	Text   []byte `json:"text"`
}

type answer struct {
	Value any    `json:"value"`
	Error string `json:"error,omitempty"`
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
	switch asked.Target {
	case "strings":
		members := map[string]string{}
		if err := yaml.Unmarshal(asked.Text, &members); err != nil {
			return answer{Error: err.Error()}
		}
		if members == nil {
			members = map[string]string{}
		}
		return answer{Value: members}
	case "any":
		var value any
		if err := yaml.Unmarshal(asked.Text, &value); err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Value: withTypes(value)}
	default:
		return answer{Error: fmt.Sprintf("unknown target %q", asked.Target)}
	}
}

func withTypes(value any) any {
	switch value := value.(type) {
	case int64:
		return map[string]any{"int64": strconv.FormatInt(value, 10)}
	case float64:
		return map[string]any{"float64": strconv.FormatFloat(value, 'g', -1, 64)}
	case []any:
		for place, element := range value {
			value[place] = withTypes(element)
		}
	case map[string]any:
		for key, member := range value {
			value[key] = withTypes(member)
		}
	}
	return value
}
