// Command coredns is CoreDNS with the plugins that names inside a cluster need:
// no cloud, no tracing, no way out.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
)

func init() {
	// The order in which plugins see a query; CoreDNS' own list, less what is left out.
	dnsserver.Directives = []string{
		"bind", "health", "ready", "reload", "errors", "log", "cache", "hosts", "kubernetes",
	}
}

func main() {
	coremain.Run()
}
