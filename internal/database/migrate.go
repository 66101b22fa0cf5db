package database

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Version is that of the tables: the number of the last migration. Errors: [ErrUnavailable].
func (db *DB) Version(ctx context.Context) (v int64, err error) {
	err = db.reader.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&v)
	return v, db.asOutage(err)
}

// migrate brings the tables up to date, in a turn that the caller has alone. A database of a newer Usher is refused: it may hold what this one would
// break.
func (k *kind) migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(k.dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, newest, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the tables: %w", unavailable(err))
	}
	if have > newest {
		return fmt.Errorf("the tables have version %d, this program knows up to %d: it is too old for this database", have, newest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if k.finish == nil {
		return nil
	}
	if err := k.finish(ctx, db); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
