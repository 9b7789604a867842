package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// What can become of a flow.
const (
	open        = "open"        // a connection was made, or an answer came
	refused     = "refused"     // the other end, or a rule that rejects, said no
	unreachable = "unreachable" // there is no way there, or a rule says so
	timeout     = "timeout"     // nothing came: a rule that drops looks like that, and so does nobody
	failed      = "failed"      // anything else; the detail says what
)

type result struct {
	Flow   string `json:"flow"`
	Result string `json:"result"`
	Detail string `json:"detail"`
	Millis int64  `json:"millis"`
}

func try(flow string, limit time.Duration) result {
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	detail, err := reach(ctx, flow)
	tried := result{Flow: flow, Result: open, Detail: detail, Millis: time.Since(started).Milliseconds()}
	if err != nil {
		tried.Result, tried.Detail = outcome(err), err.Error()
	}
	return tried
}

func reach(ctx context.Context, flow string) (string, error) {
	kind, address, _ := strings.Cut(flow, ":")
	switch kind {
	case "tcp":
		return reachTCP(ctx, address)
	case "udp":
		return reachUDP(ctx, address)
	case "dns":
		found, err := net.DefaultResolver.LookupHost(ctx, address)
		return strings.Join(found, " "), err
	case "http":
		return reachHTTP(ctx, flow)
	}
	return "", errors.New("no such kind of flow: tcp, udp, dns and http are there")
}

func reachTCP(ctx context.Context, address string) (string, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	return connection.RemoteAddr().String(), connection.Close()
}

// reachUDP says open only when an answer came, as a datagram that is sent has reached nobody yet.
func reachUDP(ctx context.Context, address string) (string, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "udp", address)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	deadline, _ := ctx.Deadline()
	if err := connection.SetDeadline(deadline); err != nil {
		return "", err
	}
	if _, err := connection.Write([]byte("probe")); err != nil {
		return "", err
	}
	answer := make([]byte, 1500)
	length, err := connection.Read(answer)
	return string(answer[:length]), err
}

func reachHTTP(ctx context.Context, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	// A redirect would be another flow than the one that was asked for, and so would a proxy.
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	return response.Status, response.Body.Close()
}

func outcome(err error) string {
	var waited net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &waited) && waited.Timeout():
		return timeout
	}
	return failed
}
