// Command loadgen measures how many syncs a second an API server can take from
// a client that does nothing but write.
//
// A sync is what the controller writes for one ExternalSecret: its Secret, then
// its status. All bodies are made before the clock starts, so that the result
// is the server's limit and not the client's. The ExternalSecrets must exist:
// without their uids the Secrets would be garbage to collect.
//
// The result is one JSON object on standard output. No body of a reply is ever
// shown, since it could hold a Secret.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
)

type options struct {
	server, caFile, tokenFile string
	namespace, nameFormat     string
	mode                      mode
	count, connections, seed  int
}

func parse(arguments []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("loadgen", flag.ContinueOnError)
	flags.StringVar(&o.server, "server", "", "URL of the API server")
	flags.StringVar(&o.caFile, "ca", "", "file with the certificate authority of the API server")
	flags.StringVar(&o.tokenFile, "token-file", "", "file with the bearer token to use")
	flags.StringVar(&o.namespace, "namespace", "default", "namespace of the ExternalSecrets")
	flags.StringVar(&o.nameFormat, "name-format", "bench-%05d", "name of the ExternalSecrets and Secrets, given their number from 0")
	flags.IntVar(&o.count, "count", 1000, "how many ExternalSecrets to sync")
	flags.IntVar(&o.connections, "connections", 32, "how many connections to use at a time")
	flags.IntVar(&o.seed, "seed", 1, "what the values are made from; the same seed makes the same Secrets")
	chosen := flags.String("mode", string(modeCreate), "create: POST Secrets; update: PUT Secrets that exist; unchanged: the same without the status")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	o.mode = mode(*chosen)
	switch {
	case o.server == "" || o.caFile == "" || o.tokenFile == "":
		return o, errors.New("--server, --ca and --token-file are required")
	case o.count < 1 || o.connections < 1:
		return o, errors.New("--count and --connections must be at least 1")
	}
	return o, o.mode.check()
}

func run() error {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	api, err := newAPI(o)
	if err != nil {
		return err
	}
	uids, err := api.externalSecretUIDs(o.namespace)
	if err != nil {
		return err
	}
	syncs, err := prepare(o, uids)
	if err != nil {
		return err
	}
	result := measure(api, syncs, o.connections)
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		return err
	}
	if result.Errors > 0 {
		return fmt.Errorf("%d of %d syncs failed, the first with HTTP status %d (0: no reply)", result.Errors, o.count, result.FirstErrorStatus)
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}
