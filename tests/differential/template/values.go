package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bulkhead/differential/answering"
)

// bytesOf makes the byte 0xNN of each rune U+F7NN, which stands for bytes that are not UTF-8 in a case.
func bytesOf(text string) string {
	var data strings.Builder
	for _, r := range text {
		if r >= 0xF700 && r <= 0xF7FF {
			data.WriteByte(byte(r - 0xF700))
		} else {
			data.WriteRune(r)
		}
	}
	return data.String()
}

func decoded(data json.RawMessage) any {
	if len(data) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		answering.Fail(err)
	}
	return valueOf(value)
}

func valueOf(value any) any {
	switch value := value.(type) {
	case string:
		return bytesOf(value)
	case json.Number:
		if number, err := strconv.Atoi(value.String()); err == nil {
			return number
		}
		number, err := value.Float64()
		if err != nil {
			answering.Fail(err)
		}
		return number
	case []any:
		for index := range value {
			value[index] = valueOf(value[index])
		}
		return value
	case map[string]any:
		if kind, ok := value["go"].(string); ok && len(value) == 2 {
			return typed(kind, value["value"])
		}
		for key := range value {
			value[key] = valueOf(value[key])
		}
		return value
	default:
		return value
	}
}

func typed(kind string, value any) any {
	switch kind {
	case "[]string":
		return sliceOf[string](value)
	case "[]int":
		return sliceOf[int](value)
	case "map[string]string":
		return mapOf[string](value)
	case "map[string]int":
		return mapOf[int](value)
	case "map[int]string":
		return intMapOf(value)
	}
	text := fmt.Sprint(value)
	switch kind {
	case "[]uint8":
		data, err := hex.DecodeString(text)
		if err != nil {
			answering.Fail(err)
		}
		return data
	case "error":
		return errors.New(text)
	case "complex128":
		number, err := strconv.ParseComplex(text, 128)
		if err != nil {
			answering.Fail(err)
		}
		return number
	case "float32", "float64":
		return float(kind, text)
	case "uint", "uint8", "uint16", "uint32", "uint64":
		return unsigned(kind, text)
	default:
		return signed(kind, text)
	}
}

func float(kind, text string) any {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		answering.Fail(err)
	}
	if kind == "float32" {
		return float32(number)
	}
	return number
}

func unsigned(kind, text string) any {
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		answering.Fail(err)
	}
	switch kind {
	case "uint8":
		return uint8(number)
	case "uint16":
		return uint16(number)
	case "uint32":
		return uint32(number)
	case "uint64":
		return number
	default:
		return uint(number)
	}
}

func signed(kind, text string) any {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		answering.Fail(err)
	}
	switch kind {
	case "int8":
		return int8(number)
	case "int16":
		return int16(number)
	case "int32":
		return int32(number)
	case "int64":
		return number
	case "time.Duration":
		return time.Duration(number)
	default:
		answering.Fail(fmt.Errorf("unknown type %q", kind))
		return nil
	}
}

func sliceOf[T any](value any) []T {
	items := []T{}
	for _, item := range value.([]any) {
		items = append(items, valueOf(item).(T))
	}
	return items
}

func mapOf[T any](value any) map[string]T {
	items := map[string]T{}
	for key, item := range value.(map[string]any) {
		items[key] = valueOf(item).(T)
	}
	return items
}

func intMapOf(value any) map[int]string {
	items := map[int]string{}
	for key, item := range value.(map[string]any) {
		number, err := strconv.Atoi(key)
		if err != nil {
			answering.Fail(err)
		}
		items[number] = item.(string)
	}
	return items
}
