package admin

import (
	"context"

	"usher/internal/audit"
)

// deed has an engine do something that the audit log tells of: that is committed before, and withdrawn where nothing was
// done, or could be. Once it is committed the caller's going away stops nothing.
func (s *Server) deed(ctx context.Context, license string, d audit.Deed, do func(context.Context) (done bool, err error)) error {
	recorded, err := s.acting(ctx).Record(ctx, license, d)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	done, err := do(ctx)
	if done || !recorded {
		return err
	}
	why := "there was nothing to do"
	if err != nil {
		why = "the engine did not answer"
	}
	ctx, cancel := context.WithTimeout(ctx, engineWait)
	defer cancel()
	if withdrawing := s.acting(ctx).Withdraw(ctx, license, d, why); withdrawing != nil {
		s.log.ErrorContext(ctx, "the audit log tells of what was not done", "license", license, "action", string(d.Action),
			"subject", d.Subject, "error", withdrawing)
	}
	return err
}
