// Command pause holds the namespaces of a Pod and reaps its orphans.
//
// For tests of the cluster itself it is also both ends of a flow: `pause listen
// PORT...` accepts TCP connections and closes them, `pause dial HOST:PORT` exits
// 0 when a connection was made, else 1. `pause copy` copies its input.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Longer than any answer within one machine, refusals too; what takes longer was dropped.
const answer = 2 * time.Second

func main() {
	switch {
	case len(os.Args) > 2 && os.Args[1] == "listen":
		for _, port := range os.Args[2:] {
			go listen(port)
		}
		pause()
	case len(os.Args) == 3 && os.Args[1] == "dial":
		dial(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "copy":
		if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
			fail(err.Error())
		}
	case len(os.Args) == 1:
		pause()
	default:
		fail("usage: pause [listen PORT... | dial HOST:PORT | copy]")
	}
}

func pause() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

// In a Pod with a shared process namespace, this is the parent of every orphan.
func reap() {
	for {
		if child, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); child <= 0 || err != nil {
			return
		}
	}
}

func listen(port string) {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		fail(err.Error())
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err.Error())
		}
		connection.Close()
	}
}

func dial(address string) {
	connection, err := net.DialTimeout("tcp", address, answer)
	if err != nil {
		fail(err.Error())
	}
	connection.Close()
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
