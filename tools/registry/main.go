// Command registry serves container images over HTTP: the CNCF distribution registry with one folder
// as its storage. It is the program that distribution's own cmd/registry is, without the clouds'
// storage drivers, and it takes port 0 and says which port it got.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"golang.org/x/crypto/bcrypt"
)

func main() {
	dir := flag.String("dir", "", "folder of the images")
	listen := flag.String("listen", "127.0.0.1:0", "address to listen at")
	user := flag.String("user", "", "NAME:PASSWORD that every request must bring")
	flag.Parse()
	if err := run(*dir, *listen, *user); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

// run serves until SIGTERM or SIGINT.
func run(dir, listen, user string) error {
	stop, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()
	config, err := configure(dir, user)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handlers.NewApp(context.Background(), config)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Printf("listening registry=http://%s\n", listener.Addr())
	select {
	case err := <-served:
		return err
	case <-stop.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// configure is what a configuration file would say; see the package configuration.
func configure(dir, user string) (*configuration.Configuration, error) {
	if dir == "" {
		return nil, errors.New("-dir is missing")
	}
	text := fmt.Sprintf(`version: 0.1
log: {level: warn, accesslog: {disabled: true}}
http: {secret: %s}
storage:
  filesystem: {rootdirectory: %q}
`, rand.Text(), dir)
	if user != "" {
		file, err := writePasswords(dir, user)
		if err != nil {
			return nil, err
		}
		text += fmt.Sprintf("auth: {htpasswd: {realm: registry, path: %q}}\n", file)
	}
	return configuration.Parse(strings.NewReader(text))
}

// writePasswords makes the file of the one user; the registry reads bcrypt hashes only.
func writePasswords(dir, user string) (string, error) {
	name, password, found := strings.Cut(user, ":")
	if !found || name == "" || password == "" {
		return "", errors.New("-user wants NAME:PASSWORD")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "htpasswd")
	return file, os.WriteFile(file, []byte(name+":"+string(hash)+"\n"), 0o600)
}
