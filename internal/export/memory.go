package export

import (
	"runtime"
	"runtime/debug"
)

// room is what a large export may take beside what the process holds when it begins, in bytes.
const room = 56 << 20

// frugal makes the collector keep up with a large export until done is called: left to itself it
// lets what is to be collected grow to as much again as what is in use, and further when the
// machine is busy. An instance makes one large export at a time, so nothing else sets these.
// The limit is soft: who needs the memory gets it.
func frugal() (done func()) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	percent, limit := debug.SetGCPercent(30), debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(limit, int64(m.Sys-m.HeapReleased)+room))
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
		debug.FreeOSMemory() // so that the next one does not begin on top of this one's leavings
	}
}
