package directory_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"usher/internal/audit"
	"usher/internal/database"
	"usher/internal/databasetest"
	"usher/internal/directory"
)

// BenchmarkManyLicenses is what reading costs with 1,000 licenses of 100 teammates each, beside ten of them, on both kinds of database: what a
// login asks for, a page of teammates, a page of licenses from the middle, and a search among all licenses. In µs, and their ratio.
//
// Run it with -benchtime=1x.
func BenchmarkManyLicenses(b *testing.B) {
	for _, kind := range []databasetest.Kind{databasetest.SQLite, databasetest.PostgreSQL} {
		b.Run(string(kind), func(b *testing.B) {
			at := databasetest.On(b, kind)
			db, err := database.Open(b.Context(), database.Options{URL: at.URL, Dir: at.Dir})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			m := manyLicenses{b: b, dir: directory.New(db, directory.Options{})}
			p, err := m.acting().EnsurePartner(b.Context(), "Example", "partner@example.com")
			if err != nil {
				b.Fatal(err)
			}
			m.partner = p.ID
			for b.Loop() {
				m.grow(10)
				few := m.measure()
				m.grow(1000)
				m.measure() // what was just written is still on its way to the file
				for what, cost := range m.measure() {
					b.ReportMetric(cost, "µs/"+what)
					b.ReportMetric(few[what], "µs-of-10/"+what)
					b.ReportMetric(cost/few[what], "x-of-10/"+what)
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

type manyLicenses struct {
	b        *testing.B
	dir      *directory.Directory
	partner  string
	licenses int
}

func (m *manyLicenses) acting() directory.Acting {
	return m.dir.By(audit.Actor{Kind: audit.CommandLine})
}

const teammatesOfEach = 100

// grow adds licenses until there are so many.
func (m *manyLicenses) grow(to int) {
	for ; m.licenses < to; m.licenses++ {
		n := directory.NewLicense{ID: fmt.Sprintf("lic_%04d", m.licenses), Partner: m.partner, Name: fmt.Sprintf("Customer %04d", m.licenses), Cap: 20}
		for i := range teammatesOfEach {
			n.Teammates = append(n.Teammates, directory.NewTeammate{ID: fmt.Sprintf("tm_%03d", i), Email: fmt.Sprintf("t%03d@example.com", i), Operator: true})
		}
		if _, _, err := m.acting().CreateLicense(m.b.Context(), n); err != nil {
			m.b.Fatal(err)
		}
	}
}

// measure is what one of each costs, in µs.
func (m *manyLicenses) measure() map[string]float64 {
	const rounds = 300
	lots := rand.New(rand.NewPCG(1, 2))
	license := func() string { return fmt.Sprintf("lic_%04d", lots.IntN(m.licenses)) }
	cost := map[string]float64{}
	for what, do := range map[string]func() (found int, err error){
		"login": func() (int, error) {
			_, _, err := m.dir.Profile(m.b.Context(), license(), fmt.Sprintf("tm_%03d", lots.IntN(teammatesOfEach)))
			return 1, err
		},
		"list-teammates": func() (int, error) {
			page, err := m.dir.Teammates(m.b.Context(), license(), "", 50)
			return len(page.Items) / 50, err
		},
		"list-licenses": func() (int, error) {
			page, err := m.dir.Licenses(m.b.Context(), m.partner, directory.LicenseFilter{}, "", 10)
			return len(page.Items) / 10, err
		},
		"search": func() (int, error) {
			page, err := m.dir.Licenses(m.b.Context(), m.partner, directory.LicenseFilter{Text: license()}, "", 10)
			return len(page.Items), err
		},
	} {
		began := time.Now()
		for range rounds {
			if found, err := do(); err != nil || found != 1 {
				m.b.Fatalf("%s: %d, %v", what, found, err)
			}
		}
		cost[what] = float64(time.Since(began).Microseconds()) / rounds
	}
	return cost
}
