// Package answering lets a program answer questions: one a line in, one answer a line out, both JSON.
package answering

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

const maxLineBytes = 16 * 1024 * 1024

// Serve answers what comes in until there is no more of it.
func Serve[Question, Answer any](answer func(Question) Answer) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLineBytes)
	for lines.Scan() {
		var asked Question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			Fail(err)
		}
		Print(answer(asked))
	}
	if err := lines.Err(); err != nil {
		Fail(err)
	}
}

// Print writes a value as one line of JSON, with <, > and & as they are.
func Print(value any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		Fail(err)
	}
}

// Fail ends the program with a message.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
