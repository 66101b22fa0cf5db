package seatstest

import (
	"fmt"
	"testing"

	"usher/seats"
)

// reservations: seats that only administrators may take.
var reservations = []promise{
	{"ASeatIsOpenByWhatIsReservedForOthers", reservedCombinations},
	{"AnAdministratorSeatedUsesAReservedSeat", reservedUsed},
	{"AReservedSeatGoesToTheFirstAdministratorInLine", reservedInLine},
	{"ANewcomingAdministratorPassesWhomNothingIsOpenTo", reservedNewcomer},
	{"ASwitchTurnedWhileSeatedMovesTheReservation", reservedSwitch},
	{"ALowerReservationServesWhoWaits", reservedLowered},
	{"AHigherReservationThrowsNobodyOut", reservedRaised},
	{"AReservationAboveTheTotalAdmitsAdministratorsAlone", reservedAboveTotal},
}

// reservedCombinations sets up every combination of who is seated, and asks for whom a seat is open then.
func reservedCombinations(t *testing.T, f Factory) {
	for reserved := range 4 {
		for ordinary := range 4 {
			for bosses := 0; ordinary+bosses <= 3; bosses++ {
				t.Run(fmt.Sprintf("reserved=%d,ordinary=%d,administrators=%d", reserved, ordinary, bosses), func(t *testing.T) {
					t.Parallel()
					s := open(t, f, 3)
					for i := range ordinary {
						s.seatAs(member(seats.TeammateID(fmt.Sprintf("tm%d", i))))
					}
					for i := range bosses {
						s.seatAs(boss(seats.TeammateID(fmt.Sprintf("boss%d", i))))
					}
					s.configure(func(c *seats.Config) { c.ReservedAdministrators = reserved })
					free := 3 - ordinary - bosses
					s.admits(boss("meg"), 0, free > 0)
					left := max(0, reserved-bosses)
					s.admits(member("ann"), left, free > left)
				})
			}
		}
	}
}

// admits fails unless Explain and Take both say that a seat is open to a member, or not. The member goes again.
func (s *scene) admits(m seats.Member, reservedForOthers int, want bool) {
	s.Helper()
	e := s.explain(m)
	equal(s, "reserved for others", e.ReservedForOthers, reservedForOthers)
	equal(s, "explained as open", e.Rule == seats.SeatOpen, want)
	s.seq++
	c := s.wants(m)
	c.Session, c.Wait = seats.SessionID(fmt.Sprintf("ses-%s-%d", m.Teammate, s.seq)), false
	_, got := s.reply(c).(seats.Granted)
	equal(s, "granted", got, want)
	s.do(seats.Logout{Teammate: m.Teammate, Session: c.Session})
}

func reservedUsed(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.ReservedAdministrators = 1 })
	s.seatAs(boss("meg"))
	s.seatAs(member("ann"))
	s.queue("bob")
	s.drop("meg") // in grace the seat is used all the same
	s.logout("ann")
	s.seated("meg", "bob")
	s.queue("cid")
	s.age(grace)
	s.seated("bob") // the seat that is free is an administrator's again
	s.line("cid")
	s.seatAs(boss("max"))
	head := s.board().Head
	equal(t, "reserved, as configured", head.Reserved, 1)
}

func reservedInLine(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.ReservedAdministrators = 1 })
	s.seatAs(boss("meg"))
	s.seatAs(member("ann"))
	s.queueAs(member("bob"))
	s.queueAs(boss("max"))
	s.queueAs(boss("mia"))
	s.line("bob", "max", "mia")
	s.logout("meg") // what is free now is reserved: bob is passed over without any priority
	s.seated("max", "ann")
	s.logout("ann") // what is free now is open to all
	s.seated("max", "bob")
	s.line("mia")
}

func reservedNewcomer(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.ReservedAdministrators = 1 })
	s.seatAs(member("ann"))
	s.queueAs(member("bob"))
	s.line("bob")
	s.seatAs(boss("meg"))
	s.line("bob")
	s.logout("meg")
	s.line("bob")
}

func reservedSwitch(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.ReservedAdministrators = 1 })
	s.seatAs(member("ann"))
	s.queue("bob", "cid")
	s.configure(nil, boss("ann")) // uses the reserved seat up from now on
	s.seated("ann", "bob")
	s.line("cid")
	s.configure(nil, member("ann")) // nobody is thrown out
	s.seated("ann", "bob")
	s.logout("bob") // but what is free is reserved again
	s.seated("ann")
	s.line("cid")
	s.configure(nil, boss("cid")) // who waits may become one as well
	s.seated("ann", "cid")
}

func reservedLowered(t *testing.T, f Factory) {
	s := open(t, f, 3)
	reserve := func(n int) { s.configure(func(c *seats.Config) { c.ReservedAdministrators = n }) }
	reserve(3)
	s.queue("ann", "bob", "cid")
	s.seated()
	reserve(2)
	s.seated("ann")
	reserve(0)
	s.seated("ann", "bob", "cid")
}

func reservedRaised(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.OnShrink = seats.ShrinkEvictNewest })
	s.fill("ann", "bob")
	s.configure(func(c *seats.Config) { c.ReservedAdministrators = 2 })
	s.seated("ann", "bob")
	equal(t, "draining", s.board().Draining, false)
	s.logout("ann")
	s.admits(member("cid"), 2, false)
	s.admits(boss("meg"), 0, true)
}

func reservedAboveTotal(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.ReservedAdministrators = 9 })
	s.admits(member("ann"), 9, false)
	s.seatAs(boss("meg"))
	refused(t, s.reply(s.take("ann", "ses-ann", 1)), seats.SeatsFull)
	refused(t, s.reply(seats.Take{Member: boss("max"), Revision: s.revision, Session: "ses-max", Seq: 1}), seats.SeatsFull)
	s.configure(func(c *seats.Config) { c.Overage = seats.OverageAlways })
	s.admits(member("bob"), 8, true) // without a total nothing is short
}
