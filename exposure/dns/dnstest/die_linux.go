package dnstest

import (
	"os/exec"
	"syscall"
)

// dieWithTest ends the server even when the test is killed.
func dieWithTest(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
