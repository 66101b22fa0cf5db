package loadtest

import (
	"context"
	"sync"
	"time"
)

// watch keeps a run's timeline.
type watch struct {
	run     *run
	servers []*server
	usage   usage // of this process, when the run began
	line    []Second
	done    chan struct{}
}

// watch begins to keep the timeline, until ctx ends.
func (r *run) watch(ctx context.Context) *watch {
	w := &watch{run: r, usage: used(), done: make(chan struct{})}
	for i := range r.target.URLs {
		w.servers = append(w.servers, &server{api: r.apis[i]})
	}
	w.scrape(ctx)
	go w.keep(ctx)
	return w
}

func (w *watch) keep(ctx context.Context) {
	defer close(w.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.lap(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (w *watch) lap(ctx context.Context) {
	at := w.run.now()
	s := w.run.meter.lap(int(at.Seconds()))
	s.Seats = int64(w.run.plan.Cap) * int64(len(w.run.licenses))
	w.scrape(ctx)
	for _, server := range w.servers {
		server.addTo(&s)
	}
	w.line = append(w.line, s)
	w.run.progress(s)
}

// scrape asks all servers at once.
func (w *watch) scrape(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range w.servers {
		all.Go(func() { s.scrape(ctx, w.run.now()) })
	}
	all.Wait()
}

// finish waits for the end, and fills in what was watched.
func (w *watch) finish(r *Result) {
	<-w.done
	r.Timeline = w.line
	for _, s := range w.servers {
		r.Servers = append(r.Servers, s.total())
	}
	now := used()
	r.Client = Process{CPUSeconds: now.cpu - w.usage.cpu, MemoryBytes: now.memory}
}
