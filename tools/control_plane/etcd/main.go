// Command etcd is the etcd server, built here so that it shares the versions and the compiled
// packages of the Kubernetes binaries beside it.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
