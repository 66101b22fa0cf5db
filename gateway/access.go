package gateway

import (
	"usher/gateway/wire"
	"usher/seats"
)

// accessOf tells what a teammate may open in the product: who serves customers follows from the operator
// switch and the seat, who sees the whole account from the administrator switch; payments are the partner's.
func accessOf(m seats.Member, seated bool) wire.Access {
	inbox, scope := wire.InboxNotOperator, wire.ScopeOwn
	if m.Operator {
		inbox = wire.InboxNoSeat
		if seated {
			inbox = wire.InboxOpen
		}
	}
	if m.Administrator {
		scope = wire.ScopeAll
	}
	return wire.Access{
		Inbox:           inbox,
		Visitors:        m.Operator,
		Team:            true,
		OutgoingCalls:   true,
		OutgoingClients: m.Operator || m.Administrator,
		Settings:        m.Administrator,
		Statistics:      m.Administrator,
		ClientList:      scope,
		Dialogues:       scope,
		Tasks:           scope,
	}
}
