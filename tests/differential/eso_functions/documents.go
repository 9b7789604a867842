package main

import (
	"encoding/hex"
	"strings"

	"sigs.k8s.io/yaml"
)

// toYAML gives nothing for what cannot be written, as in ESO.
func toYAML(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// fromYAML says what cannot be read by a value of the map, as in ESO.
func fromYAML(text string) map[string]any {
	values := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		values["Error"] = err.Error()
	}
	return values
}

// decodedHex is ESO's hexdec: an error is the text.
func decodedHex(text string) string {
	data, err := hex.DecodeString(text)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
