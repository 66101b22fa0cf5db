package presence

import "context"

// Truth is the database behind an engine. Errors: [ErrNoLicense]; any other means that the database could not be asked.
type Truth interface {
	// Roster returns the license's configuration with the teammates who changed after since, and those who were removed
	// after it, from one consistent read. since 0: all teammates; none is named as removed.
	Roster(ctx context.Context, license LicenseID, since Revision) (Changed, error)

	// NextEpoch commits a generation of the license's roster that is higher than all it returned before and than after.
	NextEpoch(ctx context.Context, license LicenseID, after Generation) (Generation, error)
}

// Changed is what a [Truth] says of a license.
type Changed struct {
	Config  Config
	Members []Member
	Removed []TeammateID
}
