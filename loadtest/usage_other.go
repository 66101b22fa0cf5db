//go:build !unix

package loadtest

// usage is what this process has used up since its start, which is not known here.
type usage struct{ cpu, memory float64 }

func used() usage { return usage{} }
