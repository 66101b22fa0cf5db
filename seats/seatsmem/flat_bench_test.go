//go:build unix

package seatsmem_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"usher/seats"
	"usher/seats/seatsmem"
)

// crowd is many teammates who are seated, or wait, on licenses of so many each.
type crowd struct {
	licenses []*benchLicense
	size     int
	now      time.Time
	random   *rand.Rand
	takes    []seats.Take // as each last took
	sessions int
}

// newCrowd has teammates come, of whom seatCap of each license are seated and the others wait.
func newCrowd(tb testing.TB, all, size, seatCap int) *crowd {
	tb.Helper()
	c := &crowd{size: size, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), random: rand.New(rand.NewPCG(1, 2))}
	store := seatsmem.New(seatsmem.Options{Now: func() time.Time { return c.now }})
	for i := range all {
		if i%size == 0 {
			c.licenses = append(c.licenses, newBenchLicense(tb, store, fmt.Sprintf("lic_%d", i/size), seatCap))
		}
		take := benchTake(i)
		take.Wait = true
		c.takes = append(c.takes, take)
		c.license(i).do(take)
	}
	return c
}

func (c *crowd) license(teammate int) *benchLicense { return c.licenses[teammate/c.size] }

// pick is a teammate at random, as they last took, and their license.
func (c *crowd) pick() (*seats.Take, *benchLicense) {
	i := c.random.IntN(len(c.takes))
	return &c.takes[i], c.license(i)
}

// renew gives a teammate another session. Time passes, so that what is remembered of ended ones does not add up.
func (c *crowd) renew(take *seats.Take) {
	c.now = c.now.Add(60 * time.Millisecond)
	c.sessions++
	take.Session = seats.SessionID(fmt.Sprintf("ses_%d", c.sessions))
}

// BenchmarkFlat has the same done by a hundred thousand teammates on licenses of ten, and on one license. How large a license is
// must not matter. It also tells what that costs where ten teammates are all there are, who fit into the processor's caches.
func BenchmarkFlat(b *testing.B) {
	const few, many = 10, 100_000
	for _, bench := range []struct {
		name    string
		seatCap func(size int) int
		step    func(*crowd)
	}{
		{"holders_log_out_and_in", func(size int) int { return size }, (*crowd).logOutAndIn},
		{"holders_take_again", func(size int) int { return size }, (*crowd).takeAgain},
		{"newcomers_come_and_go", func(size int) int { return size + 1 }, (*crowd).comeAndGo},
		{"waiters_give_up_and_wait_anew", func(int) int { return 0 }, (*crowd).unwaitAndWait},
		{"waiters_ask_for_their_place", func(int) int { return 0 }, (*crowd).takeAgain},
		{"seats_are_handed_on", func(size int) int { return size / 2 }, (*crowd).handOn},
	} {
		b.Run(bench.name, func(b *testing.B) {
			const steps = 20_000
			alone := newCrowd(b, few, few, bench.seatCap(few))
			small, large := newCrowd(b, many, few, bench.seatCap(few)), newCrowd(b, many, many, bench.seatCap(many))
			round := func(c *costs, of *crowd) {
				c.add(b, steps, func() {
					for range steps {
						bench.step(of)
					}
				})
			}
			var ofAlone, ofSmall, ofLarge costs
			rounds(b, func() {
				round(&ofAlone, alone)
				round(&ofSmall, small)
				round(&ofLarge, large)
			})
			b.ReportMetric(ofAlone.median(), fmt.Sprintf("ns/step-of-%d-alone", few))
			b.ReportMetric(ofSmall.median(), fmt.Sprintf("ns/step-of-%d", few))
			b.ReportMetric(ofLarge.median(), fmt.Sprintf("ns/step-of-%d", many))
			b.ReportMetric(ofLarge.median()/ofSmall.median(), "x-few")
		})
	}
}

func (c *crowd) logOutAndIn() {
	take, l := c.pick()
	l.do(seats.Logout{Teammate: take.Member.Teammate, Session: take.Session})
	c.renew(take)
	l.do(*take)
}

func (c *crowd) takeAgain() {
	take, l := c.pick()
	take.Seq++
	l.do(*take)
}

func (c *crowd) comeAndGo() {
	_, l := c.pick()
	take := benchTake(len(c.takes))
	c.renew(&take)
	l.do(take)
	l.do(seats.Logout{Teammate: take.Member.Teammate, Session: take.Session})
}

func (c *crowd) unwaitAndWait() {
	take, l := c.pick()
	w := l.do(*take).Replies[0].(seats.Waiting).Waiter
	take.Seq++
	l.do(seats.Unwait{Teammate: take.Member.Teammate, Session: take.Session, Seq: take.Seq, Turn: w.Turn})
	take.Seq++
	l.do(*take)
}

// handOn has one who holds a seat log out, which goes to the first in line, and wait for one anew.
func (c *crowd) handOn() {
	for {
		take, l := c.pick()
		if _, seated := l.do(seats.Find{Teammate: take.Member.Teammate}).Replies[0].(seats.Found); seated {
			l.do(seats.Logout{Teammate: take.Member.Teammate, Session: take.Session})
			c.renew(take)
			l.do(*take)
			return
		}
	}
}
