package reach

import (
	"context"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// connect opens a TCP connection and cuts it at once. It does by hand what net.Dialer does with much more care: asking a thousand ports of
// a machine costs three system calls a port, and a place in the poller only where the answer is not immediate.
func connect(ctx context.Context, at netip.AddrPort, wait time.Duration) error {
	family, address := sockaddr(at)
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	if err := syscall.Connect(fd, address); err != syscall.EINPROGRESS {
		if err == nil {
			cut(fd)
			return syscall.Close(fd)
		}
		syscall.Close(fd)
		return os.NewSyscallError("connect", err)
	}
	file := os.NewFile(uintptr(fd), "knock") // non-blocking: it joins the poller
	defer file.Close()
	if err := file.SetWriteDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { file.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var answer error
	err = raw.Write(func(fd uintptr) bool { // called once before the first wait: the answer may have come meanwhile
		code, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
		switch {
		case err != nil:
			answer = os.NewSyscallError("getsockopt", err)
		case code != 0:
			answer = os.NewSyscallError("connect", syscall.Errno(code))
		default:
			if _, err := syscall.Getpeername(int(fd)); err != nil {
				return false // not connected, and no error: no answer yet
			}
			cut(int(fd))
		}
		return true
	})
	if err != nil {
		return err
	}
	return answer
}

// cut makes closing send a reset: a thousand knocks must not leave a thousand sockets waiting for their end.
func cut(fd int) {
	_ = syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}) // a socket that waits is no harm
}

func sockaddr(at netip.AddrPort) (family int, address syscall.Sockaddr) {
	a := at.Addr().Unmap()
	if a.Is4() {
		return syscall.AF_INET, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: a.As4()}
	}
	return syscall.AF_INET6, &syscall.SockaddrInet6{Port: int(at.Port()), Addr: a.As16()}
}
