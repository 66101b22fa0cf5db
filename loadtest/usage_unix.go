//go:build unix

package loadtest

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// usage is what this process has used up since its start.
type usage struct {
	cpu    float64 // seconds
	memory float64 // bytes resident, at most
}

func used() usage {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return usage{}
	}
	memory := float64(u.Maxrss)
	if runtime.GOOS != "darwin" { // which counts bytes
		memory *= 1024
	}
	return usage{cpu: float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, memory: memory}
}
