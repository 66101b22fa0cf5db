package client

import "usher/gateway/wire"

// position is how far its feed has led a replica. It never goes back within an epoch.
type position struct {
	at    wire.Position
	known bool
}

// step is what a change, or a whole, of the feed meant to a replica.
type step int

const (
	ignored step = iota // known already
	applied
	missing // changes before it were missed
)

// span is what a change leads from and to.
type span struct {
	epoch         string
	from, version uint64
}

// replace moves to where a whole is as of. Versions of different epochs can't be compared: another epoch is news.
func (p *position) replace(at wire.Position) step {
	if p.known && at.Epoch == p.at.Epoch && at.Version < p.at.Version {
		return ignored
	}
	p.at, p.known = at, true
	return applied
}

// change moves to where a change leads, if it follows on what is known.
func (p *position) change(s span) step {
	switch {
	case !p.known || s.epoch != p.at.Epoch:
		return missing
	case s.version <= p.at.Version:
		return ignored
	case s.from > p.at.Version:
		return missing
	}
	p.at.Version = s.version
	return applied
}

// shown is the position for hello; nil: nothing was shown yet.
func (p *position) shown() *wire.Position {
	if !p.known {
		return nil
	}
	at := p.at
	return &at
}
