package main

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A result is what loadgen prints. Latencies are of a sync: all of its calls.
type result struct {
	SyncsPerS        float64 `json:"syncs_per_s"`
	Seconds          float64 `json:"seconds"`
	Errors           int     `json:"errors"`
	FirstErrorStatus int     `json:"first_error_status,omitempty"`
	LatencyMS        latency `json:"latency_ms"`
}

type latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// An outcome is how one sync went; failed holds the HTTP status that ended it.
type outcome struct {
	took   time.Duration
	ok     bool
	failed int
}

func measure(a *api, syncs []writes, connections int) result {
	outcomes := make([]outcome, len(syncs))
	var next atomic.Int64
	var workers sync.WaitGroup
	start := time.Now()
	for range connections {
		workers.Go(func() {
			for number := int(next.Add(1)) - 1; number < len(syncs); number = int(next.Add(1)) - 1 {
				outcomes[number] = play(a, syncs[number])
			}
		})
	}
	workers.Wait()
	return summarize(outcomes, time.Since(start))
}

func play(a *api, w writes) outcome {
	start := time.Now()
	for _, c := range w {
		if status := a.send(c); status < http.StatusOK || status >= http.StatusMultipleChoices {
			return outcome{took: time.Since(start), failed: status}
		}
	}
	return outcome{took: time.Since(start), ok: true}
}

func summarize(outcomes []outcome, took time.Duration) result {
	r := result{Seconds: took.Seconds()}
	latencies := make([]time.Duration, 0, len(outcomes))
	for _, o := range outcomes {
		latencies = append(latencies, o.took)
		if o.ok {
			continue
		}
		if r.Errors == 0 {
			r.FirstErrorStatus = o.failed
		}
		r.Errors++
	}
	r.SyncsPerS = float64(len(outcomes)-r.Errors) / r.Seconds
	slices.Sort(latencies)
	r.LatencyMS = latency{P50: percentileMS(latencies, 50), P99: percentileMS(latencies, 99)}
	return r
}

// percentileMS takes the nearest rank of sorted durations, of which there is at least one.
func percentileMS(sorted []time.Duration, percent int) float64 {
	rank := (len(sorted)*percent + 99) / 100
	return float64(sorted[rank-1].Microseconds()) / 1000
}
