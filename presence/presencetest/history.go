package presencetest

import (
	"context"

	"pgregory.net/rapid"

	"usher/presence"
)

// history is the random life of one license; its exported methods are what may happen next. What it remembers
// serves to draw commands that are likely to matter: it decides nothing, the model does.
type history struct {
	pair
	license presence.LicenseID
}

func newHistory(ctx context.Context, model, subject Engine) *history {
	return &history{pair: pair{ctx: ctx, model: model, subject: subject}, license: NewLicense()}
}

func (h *history) batch(node presence.NodeID, commands ...presence.Command) presence.Batch {
	return presence.Batch{License: h.license, Node: node, Deadline: h.now().Add(presence.CommandLife), Commands: commands}
}

// begin opens the license.
func (h *history) begin(t *rapid.T) {
	h.do(t, h.batch("", presence.Read{})) // not open yet
	h.do(t, h.batch("", presence.Open{Generation: 1, Config: presence.Config{Revision: 1, Grace: grace}}))
}

// Check is what rapid calls between actions; send has checked already.
func (h *history) Check(*rapid.T) {}

// Tick lets pass what is due.
func (h *history) Tick(t *rapid.T) { h.do(t, h.batch("")) }
