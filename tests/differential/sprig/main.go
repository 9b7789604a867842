// Answers what the public sprig module says inside Go's text/template, with the versions of its libraries that ESO has.
//
// One case a line in, one answer a line out, both JSON:
//
//	{"template": "{{ upper \"a\" }}"}  ->  {"result":"A"}
//
// What is refused is answered by its error, output that is no UTF-8 in hexadecimal. Values that no literal makes are
// made by the function "as", see as.go. The zone is UTC.
package main

import (
	"bytes"
	"encoding/hex"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"bulkhead/differential/answering"
	"github.com/Masterminds/sprig/v3"
)

type question struct {
	Template string `json:"template"`
}

type answer struct {
	Result *string `json:"result,omitempty"`
	Hex    string  `json:"hex,omitempty"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	time.Local = time.UTC
	answering.Serve(answered)
}

// functions are sprig's as ESO has them: without those that look outside, and with two of its own.
func functions() template.FuncMap {
	known := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(known, name)
	}
	known["hexdec"] = decodedHex
	known["htpasswd"] = htpasswd
	known["as"] = as
	return known
}

func answered(asked question) answer {
	result, err := rendered(asked.Template)
	if err != nil {
		return answer{Error: strings.ToValidUTF8(err.Error(), "\ufffd")}
	}
	if !utf8.ValidString(result) {
		return answer{Hex: hex.EncodeToString([]byte(result))}
	}
	return answer{Result: &result}
}

func rendered(text string) (string, error) {
	parsed, err := template.New("t").Funcs(functions()).Parse(text)
	if err != nil {
		return "", err
	}
	var output bytes.Buffer
	if err := parsed.Execute(&output, nil); err != nil {
		return "", err
	}
	return output.String(), nil
}
