// Measures how long Go's text/template takes to parse templates and to render them with the functions of sprig.
//
// One case a line in, one answer a line out, both JSON; times are in microseconds, the shortest of several rounds:
//
//	{"template": "{{.a | upper}}", "data": {"a": "x"}, "round_s": 0.2}  ->  {"parse_us": 9.1, "render_us": 1.2, "output": "X"}
package main

import (
	"bytes"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"

	"bulkhead/differential/answering"
)

const rounds = 5

type question struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data"`
	RoundS   float64           `json:"round_s"`
}

type answer struct {
	ParseUs  float64 `json:"parse_us"`
	RenderUs float64 `json:"render_us"`
	Output   string  `json:"output"`
}

func main() {
	answering.Serve(answered)
}

func answered(asked question) answer {
	round := time.Duration(asked.RoundS * float64(time.Second))
	parsed := parse(asked.Template)
	return answer{
		ParseUs:  shortest(round, func() { parse(asked.Template) }),
		RenderUs: shortest(round, func() { render(parsed, asked.Data) }),
		Output:   render(parsed, asked.Data),
	}
}

func parse(text string) *template.Template {
	parsed, err := template.New("t").Option("missingkey=error").Funcs(sprig.TxtFuncMap()).Parse(text)
	if err != nil {
		answering.Fail(err)
	}
	return parsed
}

func render(parsed *template.Template, data map[string]string) string {
	var output bytes.Buffer
	if err := parsed.Execute(&output, data); err != nil {
		answering.Fail(err)
	}
	return output.String()
}

// shortest gives the mean time of a call, in microseconds, in the best of some rounds.
func shortest(round time.Duration, call func()) float64 {
	best := 0.0
	for range rounds {
		calls := 0
		started := time.Now()
		for time.Since(started) < round {
			call()
			calls++
		}
		mean := float64(time.Since(started).Nanoseconds()) / 1000 / float64(calls)
		if best == 0 || mean < best {
			best = mean
		}
	}
	return best
}
