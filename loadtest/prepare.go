package loadtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// tokenLife is how long agents' tokens live: longer than any run takes.
const tokenLife = 24 * time.Hour

// purgeTime bounds how long the removal of all licenses may take, with what is tried again.
const purgeTime = 2 * time.Minute

// prepare makes licenses, teammates and tokens, and the agents that are to use them.
func (r *run) prepare(ctx context.Context) error {
	numbers := r.plan.licenses()
	r.stage(fmt.Sprintf("making %d licenses with %d teammates each", len(numbers), r.plan.Agents))
	for i, number := range numbers {
		r.licenses = append(r.licenses, r.cast(int32(i), number))
	}
	facts := make([]LicenseFacts, len(r.licenses))
	for i, l := range r.licenses {
		facts[i] = LicenseFacts{ID: l.id, Total: r.plan.Cap}
		for _, t := range l.teammates {
			facts[i].Teammates = append(facts[i].Teammates, t.id)
		}
	}
	r.oracle = NewOracle(OracleOptions{Licenses: facts, Digest: DigestOf})
	r.listener = &ear{to: r.oracle}
	if err := each(ctx, r.licenses, r.make); err != nil {
		return fmt.Errorf("licenses can't be made: %w", err)
	}
	if r.signer != nil {
		return nil
	}
	r.stage("asking for tokens")
	var all []ofLicense
	for _, l := range r.licenses {
		for _, t := range l.teammates {
			all = append(all, ofLicense{l, t})
		}
	}
	if err := each(ctx, all, r.askToken); err != nil {
		return fmt.Errorf("tokens can't be had: %w", err)
	}
	return nil
}

// cast makes a license's teammates and agents, here alone.
func (r *run) cast(index int32, number int) *license {
	l := newLicenseOf(index, r.licenseID(number))
	for i := range r.plan.Agents {
		t := &teammate{index: int32(i), id: fmt.Sprintf("tm_%s_%d_%d", r.name, number, i), operator: i < r.plan.operators()}
		l.teammates = append(l.teammates, t)
		for d := range r.plan.Devices {
			l.agents = append(l.agents, &agent{
				run: r, id: Agent{License: index, Teammate: int32(i), Device: int32(d)}, license: l, teammate: t,
				random: drawn(r.plan.Seed, uint64(number)<<40|uint64(i)<<16|uint64(d)),
			})
		}
	}
	r.agents = append(r.agents, l.agents...)
	return l
}

// node is the API of the node that a license is made, read and removed on.
func (r *run) node(l *license) api { return r.apis[int(l.index)%len(r.apis)] }

func (r *run) make(ctx context.Context, l *license) error {
	n := newLicense{ID: l.id, Name: "Load test " + l.id, Cap: r.plan.Cap}
	if r.plan.Devices > 5 { // half of them may be the ghosts of connections that were cut
		n.Policy = map[string]any{"sessions_per_teammate": 2 * r.plan.Devices}
	}
	for _, t := range l.teammates {
		n.Teammates = append(n.Teammates, newTeammate{
			ID: t.id, Email: t.id + "@example.com", Name: fmt.Sprintf("Agent %d", t.index+1), Operator: t.operator,
		})
	}
	return r.node(l).makeLicense(ctx, n)
}

type ofLicense struct {
	license  *license
	teammate *teammate
}

func (r *run) askToken(ctx context.Context, of ofLicense) (err error) {
	of.teammate.token, err = r.node(of.license).token(ctx, of.license.id, of.teammate.id, r.ttl)
	return err
}

// purge removes all licenses, those too that may have been made without an answer.
func (r *run) purge(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, purgeTime)
	defer cancel()
	var (
		mu    sync.Mutex
		left  int
		first error
	)
	_ = each(ctx, r.licenses, func(ctx context.Context, l *license) error {
		if err := r.remove(ctx, l); err != nil {
			mu.Lock()
			defer mu.Unlock()
			left++
			first = cmp.Or(first, err)
		}
		return nil // the others are to be removed all the same
	})
	if left == 0 && ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("licenses could not be removed: delete those whose ids begin with load_%s_: %w", r.name, cmp.Or(first, ctx.Err()))
}

// remove tries until the license is gone, or the server says why it will not be.
func (r *run) remove(ctx context.Context, l *license) error {
	for pause := time.Second; ; pause *= 2 {
		err := r.node(l).purge(ctx, l.id)
		if p, ok := errors.AsType[*APIError](err); ok && p.Status == http.StatusNotFound {
			return nil // it was never made
		} else if err == nil || ok && p.Status < http.StatusInternalServerError {
			return err
		}
		if sleep(ctx, pause) != nil {
			return err
		}
	}
}

// sleep returns early, with an error, when ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
