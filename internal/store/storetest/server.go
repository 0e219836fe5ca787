package storetest

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// held keeps the guard's pipe for the life of the process: collected as garbage, it would close and the server stop.
var held []io.Closer

// Start runs a PostgreSQL server in a temporary folder and returns its address. The server has no durability (fsync off), does not clear up
// after itself (autovacuum off), listens on a socket only, and ends when this process does: a small shell holds a pipe to us, stops the server when the pipe closes,
// and removes the folder.
func Start() (address string, err error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "hygie-pg-")
	if err != nil {
		return "", err
	}
	attributes, err := ordinaryUser(folder)
	if err != nil {
		return "", err
	}
	run := func(name string, args ...string) error {
		command := exec.Command(filepath.Join(bin, name), args...)
		command.SysProcAttr = attributes
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		return nil
	}
	data := filepath.Join(folder, "data")
	if err := run("initdb", "--pgdata", data, "--username", "hygie", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"); err != nil {
		return "", err
	}
	// A fault in the guard would leave a server behind, so the guard starts first and the server after.
	guard := exec.Command("/bin/sh", "-c", `read line; "$1" -D "$2" -m immediate -w stop >/dev/null 2>&1; rm -rf "$3"`,
		"guard", filepath.Join(bin, "pg_ctl"), data, folder)
	guard.SysProcAttr = attributes
	guard.SysProcAttr.Setpgid = true // an interrupt from the terminal must not kill the guard before it has done its work
	pipe, err := guard.StdinPipe()
	if err != nil {
		return "", err
	}
	held = append(held, pipe)
	if err := guard.Start(); err != nil {
		return "", fmt.Errorf("start the guard of the PostgreSQL server: %w", err)
	}
	settings := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_connections=200", folder)
	if err := run("pg_ctl", "--pgdata", data, "--wait", "--log", filepath.Join(folder, "log"), "--options", settings, "start"); err != nil {
		return "", err
	}
	return "postgres://hygie@/postgres?" + url.Values{"host": {folder}}.Encode(), nil
}

// binaries finds the newest installed server; Debian keeps it outside of PATH.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// ordinaryUser hands folder to a user other than root when we are root, since PostgreSQL refuses to run as root.
func ordinaryUser(folder string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("find an ordinary user to run PostgreSQL: %w", err)
		}
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(account.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(folder, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
