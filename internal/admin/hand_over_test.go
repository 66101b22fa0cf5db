package admin_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"usher/internal/admin"
	"usher/internal/directory"
	"usher/seats"
)

const handOverAnn = "/v1/licenses/lic/seats/tm_ann/hand-over"

func TestHandOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	meg := h.token("lic", "tm_meg")
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":1}`).want(t, "cap", 200, "")
	h.call("POST", handOverAnn, meg, `{"to":"tm_bob"}`).want(t, "nobody's seat", 404, "not_seated")
	h.call("POST", handOverAnn, meg, `{"to":"tm_ann"}`).want(t, "nobody's seat to themselves", 404, "not_seated")
	h.call("POST", handOverAnn, meg, `{"to":"tm_ann","fence":5}`).want(t, "nobody's seat to themselves, by fence", 404, "not_seated")
	h.call("POST", handOverAnn, meg, `{"to":"tm_bob","fence":5}`).want(t, "nobody's seat, by fence", 404, "not_seated")
	fence := h.take("tm_ann")
	h.call("POST", handOverAnn, meg, `{"to":"tm_bob"}`).want(t, "to who is not there", 409, "not_present")
	h.call("POST", handOverAnn, meg, `{"to":"tm_meg"}`).want(t, "to who is no operator", 409, "not_operator")
	h.call("POST", handOverAnn, meg, `{"to":"tm_ann"}`).want(t, "to themselves", 409, "already_seated")
	h.call("POST", handOverAnn, meg, fmt.Sprintf(`{"to":"tm_ann","fence":%d}`, fence)).want(t, "to themselves, by fence", 409, "already_seated")
	for _, to := range []string{"tm_nobody", "tm_far"} {
		got := h.call("POST", handOverAnn, meg, `{"to":"`+to+`"}`)
		got.want(t, "to "+to, 404, "not_found")
		if got.body["field"] != "to" {
			t.Errorf("to %s: %s", to, got.raw)
		}
	}
	for _, bad := range []string{``, `{}`, `{"to":""}`, `{"to":"a b"}`, `{"to":null}`, `{"to":"tm_bob","fence":0}`} {
		h.call("POST", handOverAnn, meg, bad).want(t, bad, 400, "bad_request")
	}

	h.tryWait("tm_eve")
	h.tryWait("tm_bob")
	h.call("POST", handOverAnn, meg, fmt.Sprintf(`{"to":"tm_bob","fence":%d}`, fence+1)).want(t, "another stay", 409, "stale_fence")
	want := fmt.Sprintf(`{"fence":%d,"number":1}`, fence) + "\n"
	if got := h.call("POST", handOverAnn, meg, `{"to":"tm_bob"}`); got.status != 200 || got.raw != want {
		t.Errorf("got %d %s, want %s", got.status, got.raw, want)
	}
	b := h.board()
	if len(b.Holders) != 1 || b.Holders[0].Teammate != "tm_bob" || b.Holders[0].Number != 1 || int64(b.Holders[0].Fence) <= fence {
		t.Errorf("seated are %+v", b.Holders)
	}
	if loss := b.Losses[0]; loss.Reason != seats.LostHandedOver || loss.By != "tm_meg" || loss.To != "tm_bob" {
		t.Errorf("Ann is told %+v", loss)
	}
	// Sent again for the fence it is answered alike; without, Ann has no seat any more.
	if got := h.call("POST", handOverAnn, meg, fmt.Sprintf(`{"to":"tm_bob","fence":%d}`, fence)); got.status != 200 || got.raw != want {
		t.Errorf("again: %d %s, want %s", got.status, got.raw, want)
	}
	h.call("POST", handOverAnn, meg, `{"to":"tm_bob"}`).want(t, "without a fence", 404, "not_seated")
}

// An administrator hands over by the same policy as the holder.
func TestHandOverIsThePolicys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	h.take("tm_bob")
	h.tryTake("tm_eve") // refused, and there
	h.call("POST", handOverAnn, h.key, `{"to":"tm_bob"}`).want(t, "to who is seated", 409, "already_seated")
	for policy, code := range map[string]string{"off": "hand_over_off", "asked": "not_asked"} {
		h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":{"hand_over":"`+policy+`"}}`).want(t, policy, 200, "")
		h.call("POST", handOverAnn, h.key, `{"to":"tm_eve"}`).want(t, policy, 409, code)
	}
	h.does(seats.MakeAsk{ID: "ask_1", Teammate: "tm_eve", Name: "Eve", Session: "ses_tm_eve", Of: "tm_ann"})
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":{"hand_over":"asked"}}`).want(t, "asked", 200, "")
	h.call("POST", handOverAnn, h.key, `{"to":"tm_eve"}`).want(t, "to who asked", 200, "")

	h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":{"hand_over":null}}`).want(t, "anyone", 200, "")
	h.call("POST", "/v1/licenses/lic/seats/tm_bob/free", h.key, `{"cooldown_ms":90000}`).want(t, "free", 200, "")
	h.tryTake("tm_bob")
	got := h.call("POST", "/v1/licenses/lic/seats/tm_eve/hand-over", h.key, `{"to":"tm_bob"}`)
	got.want(t, "to who was freed", 409, "cooldown")
	if got.header.Get("Retry-After") != "90" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
}

// answering is an engine that answers a hand-over with what it is told.
type answering struct {
	*seats.Admission
	reply *seats.Reply
}

func (a answering) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	out, err := a.Admission.Do(ctx, b)
	if _, ok := b.Commands[0].(seats.HandOver); ok && err == nil {
		out.Replies[0] = *a.reply
	}
	return out, err
}

func TestHandOverProblems(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	var reply seats.Reply
	s := h.server(func(o *admin.Options) { o.Admission = answering{h.admission, &reply} })
	for _, tc := range []struct {
		reply  seats.Reply
		status int
		code   string
		wait   string
	}{
		{seats.NotHanded{Code: seats.GiverWarned}, 409, "warned", ""},
		{seats.NotHanded{Code: seats.ToInCooldown, RetryAfter: 1}, 409, "cooldown", "1"},
		{seats.NotHanded{Code: seats.HandOverUnavailable, RetryAfter: 5e9}, 503, "unavailable", "5"},
		{seats.NotHanded{Code: seats.HandOverUnavailable}, 503, "unavailable", "2"},
		{seats.NotHanded{Code: "new"}, 500, "internal", ""},
		{seats.NotHanded{}, 500, "internal", ""},
		{seats.Unhealed{Err: fmt.Errorf("ask: %w", directory.ErrUnavailable)}, 503, "unavailable", "2"},
		{seats.Unhealed{Err: errors.New("a fault")}, 500, "internal", ""},
		{nil, 500, "internal", ""},
	} {
		reply = tc.reply
		got := h.callWith(s, "POST", handOverAnn, h.key, `{"to":"tm_bob"}`, nil)
		got.want(t, fmt.Sprintf("%+v", tc.reply), tc.status, tc.code)
		if got.header.Get("Retry-After") != tc.wait {
			t.Errorf("%+v: Retry-After is %q, want %q", tc.reply, got.header.Get("Retry-After"), tc.wait)
		}
	}
	h.engine.cut.Store(true)
	h.call("POST", handOverAnn, h.key, `{"to":"tm_bob"}`).want(t, "cut off", 503, "unavailable")
}
