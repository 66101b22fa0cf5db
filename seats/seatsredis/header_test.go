package seatsredis_test

import (
	"testing"
	"time"

	"usher/seats"
	"usher/seats/seatsredis"
)

func TestHeadersSayWhatTheOperationsDo(t *testing.T) {
	t.Parallel()
	seatsredis.Script().CheckHeaders(t)
}

func TestEveryKeyIsNamedInOnePlace(t *testing.T) {
	t.Parallel()
	seatsredis.Script().CheckKeys(t)
}

func TestCommandsAreSentAsTheHeadersSay(t *testing.T) {
	t.Parallel()
	var sent [][]any
	for _, c := range []seats.Command{
		seats.Open{Generation: 1}, seats.Configure{}, seats.Renew{Lease: time.Second}, seats.Take{}, seats.Unwait{}, seats.Leave{},
		seats.Logout{}, seats.Drop{}, seats.Free{}, seats.HandOver{}, seats.Claim{}, seats.MakeAsk{}, seats.AnswerAsk{}, seats.SetIdle{},
		seats.SetRouting{}, seats.Lift{}, seats.Find{}, seats.Explain{}, seats.Read{},
	} {
		sent = append(sent, seatsredis.Encode(t, c))
	}
	seatsredis.Script().CheckSent(t, sent...)
}
