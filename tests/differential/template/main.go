// Answers what Go's text/template and fmt say.
//
// One case a line in, one answer a line out, both JSON:
//
//	{"template": "{{.a}}", "data": {"a": 1}, "missing_key": "error"}  ->  {"result":"1"}
//	{"layout": "%05d", "arguments": [7]}                             ->  {"result":"00007"}
//
// Integers of JSON are int here, other numbers float64; values of other types are written
// {"go": "int64", "value": 7}. What is refused is answered by its error, output that is no UTF-8 in hexadecimal.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"text/template"
	"unicode/utf8"

	"bulkhead/differential/answering"
)

type question struct {
	Template   *string         `json:"template"`
	Data       json.RawMessage `json:"data"`
	MissingKey string          `json:"missing_key"`
	Left       string          `json:"left"`
	Right      string          `json:"right"`
	Layout     string          `json:"layout"`
	Arguments  json.RawMessage `json:"arguments"`
}

type answer struct {
	Result *string `json:"result,omitempty"`
	Hex    string  `json:"hex,omitempty"`
	Error  string  `json:"error,omitempty"`
}

var functions = template.FuncMap{
	"shout":    func(text string) string { return text + "!" },
	"plus":     func(left, right int) int { return left + right },
	"half":     func(number float64) float64 { return number / 2 },
	"invert":   func(flag bool) bool { return !flag },
	"tiny":     func(number int8) int8 { return number },
	"octet":    func(number uint8) uint8 { return number },
	"wide":     func(number int64) int64 { return number },
	"single":   func(number float32) float32 { return number },
	"plane":    func(number complex128) complex128 { return number },
	"many":     func(first string, rest ...int) string { return fmt.Sprint(first, rest) },
	"list":     func(items ...any) []any { return items },
	"words":    func(items ...string) []string { return items },
	"size":     func(items map[string]any) int { return len(items) },
	"count":    func(items []any) int { return len(items) },
	"nothing":  func() any { return nil },
	"same":     func(value any) any { return value },
	"tree":     func() any { return map[string]any{"a": map[string]any{"b": 1}} },
	"explode":  func(text string) string { panic(text) },
	"refuse":   func(text string) (string, error) { return "", errors.New(text) },
	"describe": func(err error) string { return err.Error() },
}

func main() {
	answering.Serve(answered)
}

func answered(asked question) answer {
	result, err := resultOf(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	if !utf8.ValidString(result) {
		return answer{Hex: hex.EncodeToString([]byte(result))}
	}
	return answer{Result: &result}
}

func resultOf(asked question) (string, error) {
	if asked.Template == nil {
		arguments, ok := decoded(asked.Arguments).([]any)
		if !ok {
			answering.Fail(errors.New("arguments are no list"))
		}
		return fmt.Sprintf(bytesOf(asked.Layout), arguments...), nil
	}
	missingKey := asked.MissingKey
	if missingKey == "" {
		missingKey = "default"
	}
	parsed, err := template.New("t").Delims(asked.Left, asked.Right).Option("missingkey=" + missingKey).
		Funcs(functions).Parse(bytesOf(*asked.Template))
	if err != nil {
		return "", err
	}
	var output bytes.Buffer
	if err := parsed.Execute(&output, decoded(asked.Data)); err != nil {
		return "", err
	}
	return output.String(), nil
}
