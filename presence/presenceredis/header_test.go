package presenceredis_test

import (
	"testing"

	"usher/presence"
	"usher/presence/presenceredis"
)

func TestHeadersSayWhatTheOperationsDo(t *testing.T) {
	t.Parallel()
	presenceredis.Script().CheckHeaders(t)
}

func TestEveryKeyIsNamedInOnePlace(t *testing.T) {
	t.Parallel()
	presenceredis.Script().CheckKeys(t)
}

func TestCommandsAreSentAsTheHeadersSay(t *testing.T) {
	t.Parallel()
	var sent [][]any
	for _, c := range []presence.Command{
		presence.Open{Generation: 1}, presence.Configure{}, presence.Arrive{}, presence.SetIdle{}, presence.Depart{}, presence.Drop{},
		presence.Choose{}, presence.Expel{}, presence.Read{},
	} {
		sent = append(sent, presenceredis.Encode(t, c))
	}
	presenceredis.Script().CheckSent(t, sent...)
}
