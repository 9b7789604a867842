package main

import (
	"errors"
	"fmt"
	"time"
)

// as makes a value of a type that templates have no literal for.
func as(kind string, value any) (any, error) {
	switch kind {
	case "[]byte":
		return []byte(value.(string)), nil
	case "error":
		return errors.New(value.(string)), nil
	case "[]string":
		return sliceOf[string](value), nil
	case "[]int":
		return sliceOf[int](value), nil
	case "map[string]string":
		return mapOf[string](value), nil
	case "map[string]int":
		return mapOf[int](value), nil
	case "complex128":
		return complex(value.(float64), 0), nil
	case "float32":
		return float32(value.(float64)), nil
	}
	number, ok := value.(int)
	if !ok {
		return nil, fmt.Errorf("no %s of %T", kind, value)
	}
	return sized(kind, number)
}

func sized(kind string, number int) (any, error) {
	switch kind {
	case "int8":
		return int8(number), nil
	case "int16":
		return int16(number), nil
	case "int32":
		return int32(number), nil
	case "int64":
		return int64(number), nil
	case "uint":
		return uint(number), nil
	case "uint8":
		return uint8(number), nil
	case "uint16":
		return uint16(number), nil
	case "uint32":
		return uint32(number), nil
	case "uint64":
		return uint64(number), nil
	case "time.Duration":
		return time.Duration(number), nil
	default:
		return nil, fmt.Errorf("unknown type %q", kind)
	}
}

func sliceOf[T any](value any) []T {
	items := []T{}
	for _, item := range value.([]any) {
		items = append(items, item.(T))
	}
	return items
}

func mapOf[T any](value any) map[string]T {
	items := map[string]T{}
	for key, item := range value.(map[string]any) {
		items[key] = item.(T)
	}
	return items
}
