package seats

import "context"

// Truth is the database behind an engine: what it says of a license holds, and an engine is brought to it.
// Errors: [ErrNoLicense], [ErrNoTeammate]; any other means that the database could not be asked.
type Truth interface {
	// Config returns the license's configuration, and all teammates (removed ones too, as no operators) whose
	// switches or names changed after since, from one consistent read.
	Config(ctx context.Context, license LicenseID, since Revision) (Config, []Member, error)

	// Member returns a teammate and the license's revision, from one consistent read.
	Member(ctx context.Context, license LicenseID, teammate TeammateID) (Member, Revision, error)

	// NextGeneration commits a generation of the license that is higher than all it returned before and than
	// after, and returns how to open it: with the cooldowns that still run; with what the engine's last process left
	// behind, if that keeps its state there; and with the window in which nodes claim what was held.
	NextGeneration(ctx context.Context, license LicenseID, after Generation) (Open, error)
}
