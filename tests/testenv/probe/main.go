// probe tries flows of a network from where it runs and prints what became of each as JSON; it is also the other end.
//
//	probe [-timeout 2s] tcp:HOST:PORT udp:HOST:PORT dns:NAME http://HOST:PORT/…
//	probe serve :PORT     answers HTTP and any other TCP by HTTP, and echoes UDP, until a signal comes
//
// It ends with status 0 whatever the flows do: the results are its answer, and not its failure.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"
)

func main() {
	timeout := flag.Duration("timeout", 2*time.Second, "how long one flow may take")
	flag.Parse()
	if flag.Arg(0) == "serve" && flag.NArg() == 2 {
		fatal(serve(flag.Arg(1)))
	}
	if flag.NArg() == 0 {
		fatal(fmt.Errorf("name flows such as tcp:10.0.0.1:443, or: serve :8080"))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(tryAll(flag.Args(), *timeout)); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "probe:", err)
	os.Exit(1)
}

// tryAll tries all flows at once and gives the results in the order of the flows.
func tryAll(flows []string, timeout time.Duration) []result {
	results := make([]result, len(flows))
	var all sync.WaitGroup
	for index, flow := range flows {
		all.Go(func() { results[index] = try(flow, timeout) })
	}
	all.Wait()
	return results
}
