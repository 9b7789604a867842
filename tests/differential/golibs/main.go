// Answers what the Go libraries behind ESO say: regexp, encoding/json, fmt, strconv and robfig/cron.
//
// One case a line in, one answer a line out, both JSON:
//
//	{"kind": "replace", "expression": "a+", "text": "aab", "target": "x"}  ->  {"result":"xb"}
//	{"kind": "cron", "schedule": "@daily", "after": "2026-01-01T00:00:00Z"}  ->  {"result":"2026-01-02T00:00:00Z"}
//	{"kind": "decimal", "text": "1e3"}     ->  {"result":"1000"}
//	{"kind": "value", "text": "{\"b\":[1.0,true],\"a\":null}"}  ->  {"result":"map[a:<nil> b:[1 true]]"}
//	{"kind": "json", "text": "[1.0,\"<\"]", "html": true}  ->  {"result":"[1,\"\\u003c\"]"}
//
// What the library refuses is answered by its error, a schedule that never fires by the word "never".
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bulkhead/differential/answering"
	"github.com/robfig/cron/v3"
)

type question struct {
	Kind       string    `json:"kind"`
	Expression string    `json:"expression"`
	Text       string    `json:"text"`
	Target     string    `json:"target"`
	Schedule   string    `json:"schedule"`
	After      time.Time `json:"after"`
	HTML       bool      `json:"html"`
}

type answer struct {
	Result *string `json:"result,omitempty"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	// Without a zone of its own a schedule is local to the time that it is asked about, and that is UTC here.
	time.Local = time.UTC
	answering.Serve(answered)
}

// answered never lets one case that makes a library panic take the others along.
func answered(asked question) (found answer) {
	defer func() {
		if cause := recover(); cause != nil {
			found = answer{Error: fmt.Sprint("panic: ", cause)}
		}
	}()
	result, err := resultOf(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Result: &result}
}

func resultOf(asked question) (string, error) {
	switch asked.Kind {
	case "replace":
		expression, err := regexp.Compile(asked.Expression)
		if err != nil {
			return "", err
		}
		return expression.ReplaceAllString(asked.Text, asked.Target), nil
	case "cron":
		return firing(asked.Schedule, asked.After)
	case "decimal":
		var number float64
		if err := json.Unmarshal([]byte(asked.Text), &number); err != nil {
			return "", err
		}
		return strconv.FormatFloat(number, 'f', -1, 64), nil
	case "json":
		return encoded(asked.Text, asked.HTML)
	case "value":
		return printed(asked.Text)
	default:
		return "", fmt.Errorf("unknown kind %q", asked.Kind)
	}
}

func firing(schedule string, after time.Time) (string, error) {
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		return "", err
	}
	next := parsed.Next(after)
	if next.IsZero() {
		return "never", nil
	}
	return next.UTC().Format(time.RFC3339Nano), nil
}

// printed reads numbers as Kubernetes does: as an int64 where they are written as one that fits, else as a float64.
func printed(text string) (string, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	return fmt.Sprintf("%+v", withNumbers(value)), nil
}

func withNumbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := strconv.ParseInt(value.String(), 10, 64); err == nil {
			return whole
		}
		float, err := value.Float64()
		if err != nil {
			panic(err)
		}
		return float
	case []any:
		for place, element := range value {
			value[place] = withNumbers(element)
		}
	case map[string]any:
		for key, member := range value {
			value[key] = withNumbers(member)
		}
	}
	return value
}

func encoded(text string, html bool) (string, error) {
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return "", err
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(html)
	if err := encoder.Encode(members); err != nil {
		return "", err
	}
	return string(bytes.TrimRight(buffer.Bytes(), "\n")), nil
}
