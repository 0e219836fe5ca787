//go:build !linux

package dnstest

import "os/exec"

func dieWithTest(*exec.Cmd) {}
