package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/admin"
	"usher/internal/auth"
	"usher/internal/directory"
	"usher/seats"
)

// signingKeys is the directory as it keeps the tickets' keys.
type signingKeys struct{ dir *directory.Directory }

func (s signingKeys) SigningKeys(ctx context.Context) (keys []auth.SigningKey, err error) {
	kept, err := s.dir.SigningKeys(ctx)
	for _, k := range kept {
		keys = append(keys, auth.SigningKey(k))
	}
	return keys, err
}

func (s signingKeys) ChangeSigningKeys(ctx context.Context, decide func([]auth.SigningKey) ([]auth.SigningKey, []string, error)) error {
	return s.dir.ChangeSigningKeys(ctx, func(have []directory.SigningKey) (add []directory.SigningKey, remove []string, err error) {
		var kept, fresh []auth.SigningKey
		for _, k := range have {
			kept = append(kept, auth.SigningKey(k))
		}
		fresh, remove, err = decide(kept)
		for _, k := range fresh {
			add = append(add, directory.SigningKey(k))
		}
		return add, remove, err
	})
}

// ticket is one of a seat on lic, as the gateway has it signed.
func (h *house) ticket(teammate string, number int, fence int64) string {
	h.t.Helper()
	return h.ticketOn("lic", teammate, number, fence)
}

func (h *house) ticketOn(license, teammate string, number int, fence int64) string {
	h.t.Helper()
	ticket, err := h.tickets.Sign(auth.Ticket{
		License: license, Teammate: teammate, Number: number, Fence: fence, Issued: h.clock.Now(), Expires: h.clock.Now().Add(20 * time.Second),
	})
	h.must(err)
	return ticket
}

func (h *house) introspect(bearer, ticket string) answer {
	h.t.Helper()
	return h.call("POST", "/v1/tickets/introspect", bearer, `{"ticket":"`+ticket+`"}`)
}

// inactive checks that nothing is told but that.
func (h *house) inactive(what, bearer, ticket string) {
	h.t.Helper()
	if got := h.introspect(bearer, ticket); got.status != 200 || got.raw != `{"active":false}`+"\n" {
		h.t.Errorf("%s: got %d %s, want active false and nothing more", what, got.status, got.raw)
	}
}

func (h *house) active(what, bearer, ticket string, fence int64) {
	h.t.Helper()
	want := fmt.Sprintf(`{"active":true,"fence":%d,"license":"lic","number":1,"teammate":"tm_ann"}`, fence) + "\n"
	if got := h.introspect(bearer, ticket); got.status != 200 || got.raw != want {
		h.t.Errorf("%s: got %d %s, want %s", what, got.status, got.raw, want)
	}
}

func TestIntrospectionIsForTheLicensesOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fence := h.take("tm_ann")
	ticket := h.ticket("tm_ann", 1, fence)
	h.active("the partner", h.key, ticket, fence)
	h.active("an administrator", h.token("lic", "tm_meg"), ticket, fence)
	h.inactive("a foreign partner", h.farKey, ticket)
	h.inactive("a foreign administrator", h.token("lic_far", "tm_far"), ticket)
	h.introspect(h.token("lic", "tm_ann"), ticket).want(t, "the holder", 403, "forbidden")
	h.introspect("", ticket).want(t, "nobody", 401, "unauthorized")
}

func TestIntrospectionOfWhatIsNoGoodTicket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fence := h.take("tm_ann")
	good := h.ticket("tm_ann", 1, fence)
	for name, bad := range map[string]string{
		"nothing":              "",
		"garbage":              "garbage",
		"an access token":      h.token("lic", "tm_ann"),
		"an API key":           h.key,
		"oversized":            good + strings.Repeat("A", auth.MaxTicketBytes),
		"another signature":    good[:len(good)-10] + strings.Repeat("A", 10),
		"another number":       h.ticket("tm_ann", 2, fence),
		"a lower fence":        h.ticket("tm_ann", 1, fence-1),
		"a higher fence":       h.ticket("tm_ann", 1, fence+1),
		"who has no seat":      h.ticket("tm_bob", 1, fence),
		"who is not there":     h.ticket("tm_nobody", 1, fence),
		"no license of theirs": h.ticketOn("lic_far", "tm_ann", 1, fence),
		"no license":           h.ticketOn("lic_nowhere", "tm_ann", 1, fence),
	} {
		h.inactive(name, h.key, bad)
	}
	h.active("the good one", h.key, good, fence)
	h.clock.Advance(19*time.Second + 999*time.Millisecond)
	h.active("in its last moment", h.key, good, fence)
	h.clock.Advance(time.Millisecond)
	h.inactive("expired", h.key, good)
	for _, body := range []string{``, `{}`, `{"ticket":null}`, `{"ticket":5}`, `[]`} {
		h.call("POST", "/v1/tickets/introspect", h.key, body).want(t, body, 400, "bad_request")
	}
	if log := h.log.String(); strings.Contains(log, good[:40]) {
		t.Errorf("the ticket is in the log: %s", log)
	}
}

// A ticket ends at once with its stay, however long it would have lived.
func TestIntrospectionAsksWhoHoldsTheSeatNow(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(h *house, fence int64){
		"freed": func(h *house, _ int64) {
			h.call("POST", freeAnn, h.key, `{"cooldown_ms":0}`).want(h.t, "free", 200, "")
		},
		"left": func(h *house, fence int64) {
			h.does(seats.Leave{Teammate: "tm_ann", Session: "ses_tm_ann", Seq: h.seq(), Fence: seats.Fence(fence)})
		},
		"logged out": func(h *house, _ int64) {
			h.does(seats.Logout{Teammate: "tm_ann", Session: "ses_tm_ann"})
		},
		"handed over": func(h *house, _ int64) {
			h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":1}`).want(h.t, "cap", 200, "")
			h.tryWait("tm_bob")
			h.call("POST", handOverAnn, h.key, `{"to":"tm_bob"}`).want(h.t, "hand over", 200, "")
		},
		"switched off": func(h *house, _ int64) {
			h.call("PATCH", "/v1/licenses/lic/teammates/tm_ann", h.key, `{"operator":false}`).want(h.t, "switch", 200, "")
		},
		"removed": func(h *house, _ int64) {
			h.call("DELETE", "/v1/licenses/lic/teammates/tm_ann", h.key, "").want(h.t, "remove", 200, "")
		},
		"the license is deleted": func(h *house, _ int64) {
			h.call("DELETE", "/v1/licenses/lic", h.key, "").want(h.t, "delete", 200, "")
		},
		"the license is purged": func(h *house, _ int64) {
			h.call("DELETE", "/v1/licenses/lic?purge=true", h.key, "").want(h.t, "purge", 200, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			fence := h.take("tm_ann")
			ticket := h.ticket("tm_ann", 1, fence)
			h.active("held", h.key, ticket, fence)
			lose(h, fence)
			h.inactive(name, h.key, ticket)
		})
	}
}

func TestIntrospectionAfterANewStay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.take("tm_ann")
	old := h.ticket("tm_ann", 1, first)
	h.does(seats.Leave{Teammate: "tm_ann", Session: "ses_tm_ann", Seq: h.seq(), Fence: seats.Fence(first)})
	second := h.take("tm_ann")
	h.inactive("the stay before", h.key, old)
	h.active("the stay of now", h.key, h.ticket("tm_ann", 1, second), second)

	// In grace the seat is kept, and with it what a ticket says.
	fresh := h.ticket("tm_ann", 1, second)
	h.does(seats.Drop{Teammate: "tm_ann", Session: "ses_tm_ann"})
	h.active("in grace", h.key, fresh, second)
}

// noTicketKeys is where the tickets' keys are out of reach.
type noTicketKeys struct{}

func (noTicketKeys) Verify(context.Context, string) (auth.Ticket, error) {
	return auth.Ticket{}, auth.ErrUnavailable
}

// "I can't tell" is never told as "no".
func TestIntrospectionThatCannotBeAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fence := h.take("tm_ann")
	ticket := h.ticket("tm_ann", 1, fence)
	h.engine.cut.Store(true)
	got := h.introspect(h.key, ticket)
	got.want(t, "no engine", 503, "unavailable")
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	h.inactive("garbage needs no engine", h.key, "garbage")
	h.engine.cut.Store(false)

	s := h.server(func(o *admin.Options) { o.Tickets = noTicketKeys{} })
	h.callWith(s, "POST", "/v1/tickets/introspect", h.key, `{"ticket":"x"}`, nil).want(t, "no keys", 503, "unavailable")

	h.forget(35 * time.Second)
	h.introspect(h.key, ticket).want(t, "an engine that finds out who held what", 503, "unavailable")
}
