// Package recordstest gives the tests of durable records databases that have their tables, on each kind of database.
//
//	func TestMain(m *testing.M) { recordstest.Main(m) }
package recordstest

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"usher/internal/database"
	"usher/internal/databasetest"
)

// Main is a package's TestMain: [databasetest.Main], with tables.
func Main(m *testing.M, options ...goleak.Option) { databasetest.Main(m, migrate, options...) }

func migrate(at databasetest.Place) error {
	db, err := database.Open(context.Background(), options(at))
	if err != nil {
		return err
	}
	return db.Close()
}

func options(at databasetest.Place) database.Options {
	return database.Options{URL: at.URL, Dir: at.Dir}
}

// New is a database of the test's own.
func New(t testing.TB) *database.DB {
	t.Helper()
	return Open(t, databasetest.New(t))
}

// Open opens a database until the test is over; once more, it is as another process would have it.
func Open(t testing.TB, at databasetest.Place) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), options(at))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
