package loadtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// resultFormat is the format of results that this program writes, and the only one that it reads.
const resultFormat = 1

// longestResult bounds in bytes what ReadResult reads: some days of seconds.
const longestResult = 256 << 20

// WriteResult writes a result as one line of JSON. The same result makes the same bytes.
func WriteResult(to io.Writer, r Result) error {
	r.Format = resultFormat
	if err := json.NewEncoder(to).Encode(r); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// ReadResult reads what WriteResult has written. Its errors begin with the name, which is that of the file, and say what is wrong
// with it.
func ReadResult(from io.Reader, name string) (Result, error) {
	b, err := io.ReadAll(io.LimitReader(from, longestResult+1))
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(b) > longestResult {
		return Result{}, fmt.Errorf("%s: is longer than %d MiB: give a file that usher loadtest has written with --json", name, longestResult>>20)
	}
	// The format first: in another one anything else may have another shape.
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil || head.Format == nil {
		return Result{}, fmt.Errorf("%s: is not the result of a load test: give a file that usher loadtest has written with --json", name)
	}
	if *head.Format != resultFormat {
		return Result{}, fmt.Errorf("%s: has format %d, and this usher reads format %d: use the usher that wrote it, or run the load test again",
			name, *head.Format, resultFormat)
	}
	var r Result
	if err := json.Unmarshal(b, &r); err != nil {
		return Result{}, fmt.Errorf("%s: is damaged: %w", name, err)
	}
	if err := r.check(); err != nil {
		return Result{}, fmt.Errorf("%s: is damaged: %w", name, err)
	}
	return r, nil
}

// check finds what no run would have written, and what is read would stumble over.
func (r Result) check() error {
	for metric, timing := range r.Timings {
		if timing == nil {
			return fmt.Errorf("timing %s is null", metric)
		}
	}
	last := -1
	for _, second := range r.Timeline {
		if second.At <= last {
			return fmt.Errorf("second %d of the timeline comes after second %d", second.At, last)
		}
		last = second.At
	}
	if r.Seconds < 0 {
		return errors.New("it took less than no time")
	}
	return r.checkParts()
}

// checkParts finds parts that can't be of the plan.
func (r Result) checkParts() error {
	last := 0
	for _, part := range r.parts() {
		if part <= last || part > r.Plan.Parts {
			return fmt.Errorf("part %d can't be one of the %d that the plan has", part, r.Plan.Parts)
		}
		last = part
	}
	if r.Parts != len(r.parts()) {
		return fmt.Errorf("it is of %d parts, and names %d", r.Parts, len(r.parts()))
	}
	return nil
}

// parts are the parts of the run that this is the result of, ascending.
func (r Result) parts() []int {
	if len(r.Merged) > 0 {
		return r.Merged
	}
	return []int{r.Plan.Part}
}

// Missing are the parts of the run that this is not the result of, ascending; none of a whole one.
func (r Result) Missing() []int {
	var missing []int
	here := r.parts()
	for part := 1; part <= r.Plan.Parts; part++ {
		if len(here) > 0 && here[0] == part {
			here = here[1:]
			continue
		}
		missing = append(missing, part)
	}
	return missing
}
