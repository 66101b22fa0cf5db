package gateway

import (
	"context"
	"errors"
	"fmt"
	"math"

	"usher/gateway/wire"
	"usher/seats"
)

// enter finds out who the client is and brings its session to the floor. It runs on the goroutine that reads.
func (c *conn) enter(h wire.Hello) {
	ctx, cancel := context.WithTimeout(c.server.ctx, c.server.settings.HelloTimeout)
	defer cancel()
	claims, profile, f, err := c.lookUp(ctx, h)
	if err != nil {
		c.feed(func(s *session) { s.refusedEntry(err) })
		return
	}
	known := profile.License.Config.Revision
	for !c.join(f, claims, profile, known, h) { // it changed since it was read, and nobody will tell again
		profile, err = c.server.settings.Records.Profile(ctx, claims.License, claims.Teammate)
		if err != nil {
			f.release()
			c.feed(func(s *session) { s.refusedEntry(fmt.Errorf("profile: %w", err)) })
			return
		}
		if profile.License.Config.Revision <= known { // the database itself went back: it was restored
			known = math.MaxInt64
		} else {
			known = profile.License.Config.Revision
		}
	}
}

// join admits the session to the floor, from where it is told of changes. False: the floor told of a newer
// revision than the known one before.
func (c *conn) join(f *floor, claims Claims, p Profile, known seats.Revision, h wire.Hello) bool {
	gone := false
	joined := f.join(c, &p, known, func(s *session) {
		if gone = s.phase == ended; gone {
			return
		}
		c.floor, c.teammate = f, claims.Teammate
		s.admitted(claims, &p, h, c.resumed(h, claims))
	})
	if gone { // a drain, or a dead socket, was faster; part found no floor then
		f.part(c, claims.Teammate)
		f.release()
	}
	return joined
}

// lookUp asks whom the token speaks for, and brings up the license's floor, which the caller has to release.
func (c *conn) lookUp(ctx context.Context, h wire.Hello) (Claims, Profile, *floor, error) {
	claims, profile, err := c.identify(ctx, h.Token)
	if err != nil {
		return Claims{}, Profile{}, nil, err
	}
	// Outside of the slot: an engine that does not answer for one license holds up nobody on another.
	f, err := c.server.floor(ctx, claims.License)
	if err != nil {
		return Claims{}, Profile{}, nil, fmt.Errorf("floor: %w", err)
	}
	if err := f.reach(ctx, h.Feeds); err != nil {
		f.release()
		return Claims{}, Profile{}, nil, fmt.Errorf("floor: %w", err)
	}
	return claims, profile, f, nil
}

// identify asks whom the token speaks for. While the directory can't be asked, teammates whom the floor knows come
// in as it knows them.
func (c *conn) identify(ctx context.Context, token string) (Claims, Profile, error) {
	if err := c.server.logins.acquire(ctx); err != nil {
		return Claims{}, Profile{}, err
	}
	defer c.server.logins.release()
	claims, err := c.server.settings.Tokens.Verify(ctx, token)
	if err != nil {
		return Claims{}, Profile{}, err
	}
	profile, err := c.server.settings.Records.Profile(ctx, claims.License, claims.Teammate)
	switch {
	case err == nil:
		return claims, profile, nil
	case errors.Is(err, seats.ErrNoLicense), errors.Is(err, seats.ErrNoTeammate):
		return Claims{}, Profile{}, fmt.Errorf("profile: %w", err)
	}
	if known, ok := c.server.remembered(claims.License, claims.Teammate); ok {
		return claims, known, nil
	}
	return Claims{}, Profile{}, fmt.Errorf("profile: %w", err)
}

// resumed is the session that the client continues, or "".
func (c *conn) resumed(h wire.Hello, claims Claims) seats.SessionID {
	if h.Resume == nil || *h.Resume == "" {
		return ""
	}
	r, err := c.server.settings.Tokens.OpenResume(*h.Resume)
	if err != nil || r.License != claims.License || r.Teammate != claims.Teammate || r.Session == c.session() {
		return ""
	}
	return r.Session
}

// slots bounds how much is done at once.
type slots chan struct{}

func (s slots) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: too many log in at once", seats.ErrUnavailable)
	}
}

func (s slots) release() { <-s }
