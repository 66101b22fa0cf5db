package main

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"usher/loadtest"
)

// lineEvery is how many seconds a line without a terminal stands for.
const lineEvery = 5

// progress shows a run while it is under way: as a bar on a terminal, else as lines.
type progress struct {
	out io.Writer
	bar *progressbar.ProgressBar // nil: lines
}

func newProgress(out io.Writer, plan loadtest.Plan) *progress {
	p := &progress{out: out}
	if isTerminal(out) {
		all := plan.Warmup + plan.Ramp + plan.Duration
		p.bar = progressbar.NewOptions(int(all.Seconds()), progressbar.OptionSetWriter(out), progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false))
	}
	return p
}

func (p *progress) stage(what string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	_, _ = fmt.Fprintf(p.out, "%s …\n", what)
}

func (p *progress) second(s loadtest.Second) {
	text := fmt.Sprintf("%d connected, %d/%d seats, %d waiting, %d logins/s (p99 %.0f ms), %d frames/s, %d errors",
		s.Connected, s.Held, s.Seats, s.Waiting, s.Logins, s.P99[loadtest.Login], s.Frames, s.Errors)
	if p.bar != nil {
		p.bar.Describe(text)
		_ = p.bar.Set(min(s.At, p.bar.GetMax()))
		return
	}
	if s.At%lineEvery == 0 {
		_, _ = fmt.Fprintf(p.out, "%4d s  %s\n", s.At, text)
	}
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
