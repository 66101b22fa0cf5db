package gateway

import (
	"context"
	"errors"
	"time"

	"usher/presence"
	"usher/seats"
)

// Records is the database as the gateway reads it. Errors: those of [seats.Truth].
type Records interface {
	seats.Truth

	// Profile returns a teammate with their license, from one consistent read.
	Profile(ctx context.Context, license seats.LicenseID, teammate seats.TeammateID) (Profile, error)

	// License returns a license.
	License(ctx context.Context, license seats.LicenseID) (License, error)

	// Revisions returns the revisions of those of the licenses that exist.
	Revisions(ctx context.Context, licenses []seats.LicenseID) (map[seats.LicenseID]seats.Revision, error)

	// Choose commits what a teammate chose, until then or, zero, for good, and returns it with its number. Errors:
	// [presence.ErrInvalid], where that time is over or too far ahead; [presence.ErrNoLicense], [presence.ErrNoTeammate].
	Choose(ctx context.Context, license presence.LicenseID, teammate presence.TeammateID, to presence.Intent, until time.Time) (presence.Choice, error)

	// Seen commits when teammates were last here; what is earlier than what is known changes nothing.
	Seen(ctx context.Context, license presence.LicenseID, seen map[presence.TeammateID]presence.Seen) error
}

// License is what the gateway knows of a license.
type License struct {
	ID     seats.LicenseID
	Name   string
	Config seats.Config
}

// Profile is a teammate with their license, as true at License.Config.Revision.
type Profile struct {
	License *License // shared, and not changed any more
	Member  seats.Member
	Choice  presence.Choice
}

// Authenticator tells who a token speaks for.
type Authenticator interface {
	// Verify checks an access token. Errors: [ErrUnauthorized]; any other means that it could not be checked now.
	Verify(ctx context.Context, token string) (Claims, error)

	// SealResume makes the key by which a later connection continues a session, and OpenResume opens one that
	// any node made. Errors: any; the key is then no key.
	SealResume(r Resume) string
	OpenResume(key string) (Resume, error)
}

// Claims are what an access token proves.
type Claims struct {
	License  seats.LicenseID
	Teammate seats.TeammateID
	Expires  time.Time
}

// Resume is what a resume key carries. It proves no seat.
type Resume struct {
	License  seats.LicenseID
	Teammate seats.TeammateID
	Session  seats.SessionID
}

// ErrUnauthorized says that a token proves nothing: malformed, forged, expired, or meant for somebody else.
var ErrUnauthorized = errors.New("gateway: token refused")

// Tickets signs what proves a seat to an inbox backend. It is called often, and must return at once.
type Tickets interface {
	Sign(t Ticket) (string, error)
}

// Ticket says that a teammate holds a seat. A backend keeps the highest fence that it saw for each number of a
// license, and refuses lower ones.
type Ticket struct {
	License  seats.LicenseID
	Teammate seats.TeammateID
	Number   int
	Fence    seats.Fence
	Issued   time.Time // engine time, or a little before
	Expires  time.Time
}
