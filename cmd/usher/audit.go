package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"

	"usher/internal/audit"
	"usher/internal/database"
)

// commandLine is who changes something by a command of this program, as the audit log names them.
func commandLine() audit.Actor {
	a := audit.Actor{Kind: audit.CommandLine}
	if u, err := user.Current(); err == nil {
		a.ID = u.Username
	}
	a.From, _ = os.Hostname()
	return a
}

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Compute the hashes of the audit log anew, and tell where it is not what was written."`
}

type auditVerifyCommand struct {
	storage
	License string `help:"Of this license alone. Default: of all licenses and partners." placeholder:"ID"`
}

// Help is shown by usher audit verify --help.
func (auditVerifyCommand) Help() string {
	return `Each entry's hash is bound to all entries before it, so an entry that was changed or removed in the database shows, and
where. Prints the number and the hash of the last entry of each log: note them elsewhere, and compare them later, to see
also a log that was written anew as a whole. Exits with 1 where a log is broken; the others are verified all the same.`
}

// Run prints a line for each log.
func (c *auditVerifyCommand) Run(ctx context.Context, io streams) error {
	if err := c.mustExist(); err != nil {
		return err
	}
	db, err := database.Open(ctx, c.options())
	if err != nil {
		return err
	}
	defer db.Close()
	log := audit.NewLog(db)
	chains := []audit.Chain{audit.OfLicense(c.License)}
	if c.License == "" {
		if chains, err = log.Chains(ctx); err != nil {
			return err
		}
	}
	broken := 0
	for _, chain := range chains {
		head, err := log.Verify(ctx, chain)
		if _, is := errors.AsType[*audit.BrokenError](err); is {
			broken++
			io.sayf("%v\n", err)
			continue
		}
		if err != nil {
			return err
		}
		if head.Number == 0 && c.License != "" {
			return fmt.Errorf("there is no audit log of license %s", c.License)
		}
		if _, err := fmt.Fprintf(io.out, "%s\t%d\t%s\n", chain, head.Number, head.Hash); err != nil {
			return err
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d audit logs are broken", broken, len(chains))
	}
	return nil
}
