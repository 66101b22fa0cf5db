package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// JWKSMaxAge is how long a backend may keep what [Keys.JWKS] returned.
const JWKSMaxAge = 5 * time.Minute

const (
	// keyMargin is how much longer a superseded key stays than what it signed last, for clocks that differ.
	keyMargin = time.Minute
	// strangeKeyFor is how long a key stays that was sealed with another secret, once there is one that was not.
	// Nodes with the other secret may be signing with it until the last of them is started anew: were it gone
	// sooner, they and we would take each other's keys away in turn.
	strangeKeyFor = 24 * time.Hour
)

// ErrSealed says that there are signing keys, and none of them can be opened with this secret.
var ErrSealed = errors.New("auth: the signing keys were sealed with another secret")

// rotation decides when keys come and go.
type rotation struct {
	*sealer
	life   time.Duration // nothing that is signed lives longer
	period time.Duration // how long a key signs; 0: until somebody rotates
	ahead  time.Duration // how long a key is published before it signs
}

// plan is what is to be done about the keys at a moment.
type plan struct {
	from   time.Time // a key is to be made that signs from then on; zero: none
	remove []string
}

func (p plan) nothing() bool { return p.from.IsZero() && len(p.remove) == 0 }

// plan looks at keys in their order.
func (r *rotation) plan(keys []SigningKey, now time.Time) (p plan) {
	var newest, successor *SigningKey // among those that can be opened
	for i := range slices.Backward(keys) {
		k := &keys[i]
		_, err := r.open(*k)
		if successor != nil && !now.Before(r.end(successor.UseFrom, err == nil)) {
			p.remove = append(p.remove, k.ID)
		}
		if err != nil {
			continue
		}
		if successor = k; newest == nil {
			newest = k
		}
	}
	switch {
	case newest == nil:
		p.from = now // nobody can have heard of it yet, but somebody has to sign
	case r.period > 0 && !now.Before(newest.UseFrom.Add(r.period-r.ahead)):
		p.from = now.Add(r.ahead)
	}
	return p
}

// end is when a key goes whose successor signs from a moment on.
func (r *rotation) end(superseded time.Time, opens bool) time.Time {
	wait := r.life + keyMargin
	if !opens {
		wait = max(wait, strangeKeyFor)
	}
	return superseded.Add(wait)
}

// tend does what is due about the keys of a store, and returns those that there are then. The decision is made
// once more on what the store shows while nobody else can change it: what one node has done is not due any more.
func (r *rotation) tend(ctx context.Context, store KeyStore, now time.Time) (after []SigningKey, done plan, err error) {
	err = store.ChangeSigningKeys(ctx, func(have []SigningKey) (add []SigningKey, remove []string, err error) {
		have = inOrder(have)
		done = r.plan(have, now)
		if !done.from.IsZero() {
			k, err := r.make(now, done.from)
			if err != nil {
				return nil, nil, err
			}
			add = append(add, k)
		}
		after = slices.DeleteFunc(have, func(k SigningKey) bool { return slices.Contains(done.remove, k.ID) })
		after = append(after, add...)
		return add, done.remove, nil
	})
	return after, done, err
}

// RotateKeys makes a new signing key. All nodes publish it from their next look at the store on; it signs when
// [KeysOptions].Ahead is over, so that backends know it by then, and the keys before it stay until what
// they signed has ended. Where such a key is waiting already, that one is returned and none is made; where there is no
// key at all, the new one signs at once.
//
// With atOnce, for when a key may have become known to others, the new key signs at once and all others are gone:
// what they signed is refused by each node from its next look on, and backends may know the new one late.
//
// Of the options, Secret, Store and Ahead count, with Now and Rand. Errors: [ErrSealed]; [ErrWeak]; or [ErrUnavailable]
// when the store could not be asked.
func RotateKeys(ctx context.Context, o KeysOptions, atOnce bool) (SigningKey, error) {
	o = o.withDefaults()
	r, err := newRotation(o)
	if err != nil {
		return SigningKey{}, err
	}
	now := o.Now()
	var next SigningKey
	err = o.Store.ChangeSigningKeys(ctx, func(have []SigningKey) (add []SigningKey, remove []string, err error) {
		var opens []SigningKey
		for _, k := range inOrder(have) {
			if _, err := r.open(k); err == nil {
				opens = append(opens, k)
			}
			if atOnce {
				remove = append(remove, k.ID)
			}
		}
		from := now.Add(r.ahead)
		switch {
		case len(have) > 0 && len(opens) == 0:
			return nil, nil, ErrSealed // our key would be a stranger to those who serve
		case atOnce || len(have) == 0:
			from = now
		case opens[len(opens)-1].UseFrom.After(now):
			next = opens[len(opens)-1]
			return nil, nil, nil
		}
		next, err = r.make(now, from)
		return []SigningKey{next}, remove, err
	})
	if err != nil && !errors.Is(err, ErrSealed) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return SigningKey{}, err
	}
	return next, nil
}

func newRotation(o KeysOptions) (*rotation, error) {
	if err := checkSecret(o.Secret); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeak, err)
	}
	s, err := newSealer(o.Secret, o.Rand)
	if err != nil {
		return nil, err
	}
	return &rotation{sealer: s, life: o.Life, period: o.Rotation, ahead: o.Ahead}, nil
}
