// Answers what Go says of templates with sprig's functions and ESO's, and of what our functions make.
//
// The file of fixtures is the first argument. One case a line in, one answer a line out, both JSON:
//
//	{"kind": "template", "template": "{{ filterPEM \"certificate\" .chain }}"}  ->  {"result": "..."}
//	{"kind": "archive", "texts": ["chain", "rsa_key", "secret"]}                ->  {"result": "base64 of a PKCS#12"}
//
// `fixtures` instead of a file makes new fixtures and prints them.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/template"
	"unicode/utf8"

	"bulkhead/differential/answering"
	"github.com/Masterminds/sprig/v3"
)

type question struct {
	Kind     string            `json:"kind"`
	Template string            `json:"template"`
	Texts    []string          `json:"texts"`
	Data     map[string]string `json:"data"`
	Issue    *issueRequest     `json:"issue"`
}

type answer struct {
	Result *string `json:"result,omitempty"`
	Hex    *string `json:"hex,omitempty"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	if os.Args[1] == "fixtures" {
		answering.Print(newFixtures())
		return
	}
	fixtures := readFixtures(os.Args[1])
	answering.Serve(func(asked question) answer { return answered(asked, fixtures) })
}

func readFixtures(path string) map[string]string {
	text, err := os.ReadFile(path)
	if err != nil {
		answering.Fail(err)
	}
	fixtures := map[string]string{}
	if err := json.Unmarshal(text, &fixtures); err != nil {
		answering.Fail(err)
	}
	addBytes(fixtures)
	return fixtures
}

// addBytes adds to each name that ends in _b64 the bytes under the name without it.
func addBytes(texts map[string]string) {
	for name, value := range texts {
		if short, ok := strings.CutSuffix(name, "_b64"); ok {
			data, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				answering.Fail(err)
			}
			texts[short] = string(data)
		}
	}
}

// answered never lets one case that makes a library panic take the others along.
func answered(asked question, fixtures map[string]string) (found answer) {
	defer func() {
		if cause := recover(); cause != nil {
			found = answer{Error: fmt.Sprint("panic: ", cause)}
		}
	}()
	result, err := resultOf(asked, fixtures)
	if err != nil {
		return answer{Error: err.Error()}
	}
	if !utf8.ValidString(result) {
		coded := hex.EncodeToString([]byte(result))
		return answer{Hex: &coded}
	}
	return answer{Result: &result}
}

func resultOf(asked question, fixtures map[string]string) (string, error) {
	texts := make([]string, len(asked.Texts))
	for i, text := range asked.Texts {
		texts[i] = text
		if fixture, ok := fixtures[text]; ok {
			texts[i] = fixture
		}
	}
	switch asked.Kind {
	case "template":
		data := asked.Data
		if data == nil {
			data = fixtures
		} else {
			addBytes(data)
		}
		return rendered(asked.Template, data)
	case "archive":
		return repeatableArchive(texts[0], texts[1], texts[2])
	case "truststore":
		return repeatableTrustStore(texts[0], texts[1])
	case "issue":
		return issued(*asked.Issue, fixtures)
	case "describe":
		return describedCertificate(texts[0], texts[1])
	case "open archive":
		return openedArchive(texts[0], texts[1])
	case "open truststore":
		return openedTrustStore(texts[0], texts[1])
	case "check bcrypt":
		return checkedBcrypt(texts[0], texts[1])
	case "parse key":
		return parsedKey(texts[0])
	default:
		return "", fmt.Errorf("unknown kind %q", asked.Kind)
	}
}

func rendered(text string, data map[string]string) (string, error) {
	functions := template.FuncMap(sprig.TxtFuncMap())
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	for name, function := range esoFunctions {
		functions[name] = function
	}
	parsed, err := template.New("t").Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var made strings.Builder
	if err := parsed.Execute(&made, data); err != nil {
		// The type has its name in ESO from another package.
		return "", errors.New(strings.ReplaceAll(err.Error(), "main.hashAlgorithm", "sprig.HashAlgorithm"))
	}
	return made.String(), nil
}
