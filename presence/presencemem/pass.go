package presencemem

import "usher/presence"

// pass lets pass what is due by now: what a late tick brings about is what ticks in time would have.
func (s *step) pass() {
	s.memory.forgetOld(s.now)
	if s.halt <= s.now {
		s.halt = 0
	}
	s.lookUpDue()
	for what, at := s.next(); what != nothing && at <= s.now; what, at = s.next() {
		s.at = at
		s.come(what)
	}
	s.at = s.now
}

// event is a kind of what time brings about. Of several at one moment the lower one is first.
type event int

const (
	windowEnds event = iota
	leaseEnds
	graceEnds
	choiceEnds
	nodeForgotten
	nothing
)

// next tells what is due next, and when; nothing, 0.
func (l *license) next() (event, int64) {
	what, at := nothing, int64(0)
	consider := func(e event, due int64) {
		halted := l.halt > 0 && (e == leaseEnds || e == graceEnds || e == nodeForgotten)
		if due > 0 && !halted && (at == 0 || due < at) {
			what, at = e, due
		}
	}
	consider(windowEnds, l.window)
	consider(leaseEnds, l.serving.at())
	consider(graceEnds, l.graces.at())
	consider(choiceEnds, l.untils.at())
	consider(nodeForgotten, l.lapsed.at())
	return what, at
}

// come brings an event about.
func (s *step) come(what event) {
	switch what {
	case windowEnds:
		s.window = 0
	case leaseEnds:
		s.lapse(s.nodes[presence.NodeID(s.serving[0].id)])
	case graceEnds:
		s.vanish(s.teammates[presence.TeammateID(s.graces[0].id)])
	case choiceEnds:
		t := s.teammates[presence.TeammateID(s.untils[0].id)]
		s.hold(t, t.choice)
		s.show(t)
	case nodeForgotten:
		s.forget(s.nodes[presence.NodeID(s.lapsed[0].id)])
	case nothing:
	}
}
