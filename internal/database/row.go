package database

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Row reads one row by a query, which sees one moment of the database as [DB.Read] does. The query is kept prepared until the database is
// closed, so it has to be one of a few that the program has, and not to be put together of what comes from outside.
// Errors: [sql.ErrNoRows], what the destinations can't take, or [ErrUnavailable].
func (db *DB) Row(ctx context.Context, query string, args, dest []any) error {
	st, err := db.kept.of(ctx, db.reader, query) //nolint:sqlclosecheck // Close does
	if err != nil {
		return db.asOutage(err)
	}
	return db.asOutage(st.QueryRowContext(ctx, args...).Scan(dest...))
}

// statements are kept prepared, by their queries.
type statements struct {
	mu sync.Mutex
	by map[string]*sql.Stmt
}

func (s *statements) of(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	st := s.by[query]
	s.mu.Unlock()
	if st != nil {
		return st, nil
	}
	st, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.by[query]; other != nil {
		defer st.Close()
		return other, nil
	}
	if s.by == nil {
		s.by = map[string]*sql.Stmt{}
	}
	s.by[query] = st
	return st, nil
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, st := range s.by {
		errs = append(errs, st.Close())
	}
	s.by = nil
	return errors.Join(errs...)
}
