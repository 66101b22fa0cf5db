package client

import (
	"errors"
	"fmt"
	"time"

	"usher/gateway/wire"
)

var (
	// ErrUnknownOutcome says that a request was sent, or may have been, and no reply came: it may have happened
	// or not, or happen yet. It is never a no.
	ErrUnknownOutcome = errors.New("client: no reply, outcome unknown")
	// ErrNotConnected says that a request was not sent.
	ErrNotConnected = errors.New("client: not connected")
	// ErrRunning says that Run was called while it runs.
	ErrRunning = errors.New("client: runs already")
	// ErrGiveUp, wrapped by an error of Options.Token, ends Run with that error.
	ErrGiveUp = errors.New("client: give up")

	errSilent   = errors.New("client: the server said nothing for too long")
	errNotText  = errors.New("client: the server sent a binary frame")
	errNoSeat   = errors.New("client: the server's answer about the seat has no state")
	errNoHello  = errors.New("client: the server did not welcome us in time")
	errProtocol = errors.New("client: the server does not speak " + wire.Subprotocol)
)

// Error is an error reply of the server.
type Error struct {
	Code       string // one of wire.Code… or a more exact one
	Message    string
	Retryable  bool
	RetryAfter time.Duration // how long to wait at least; 0: not said
}

// Error says what the server said.
func (e *Error) Error() string {
	return fmt.Sprintf("client: server answered %s: %s", e.Code, e.Message)
}

func errorOf(e wire.Error) *Error {
	out := &Error{Code: e.Code, Message: e.Message, Retryable: e.Retryable}
	if e.RetryAfterMS != nil {
		out.RetryAfter = time.Duration(*e.RetryAfterMS) * time.Millisecond
	}
	return out
}

// CloseError says that the server closed the connection with a code after which a client stays away.
type CloseError struct {
	Code   wire.CloseCode
	Reason string
	Said   *Error // what the server answered hello with before; nil: nothing
}

// Error says the code and its reason.
func (e *CloseError) Error() string {
	s := fmt.Sprintf("client: closed by the server: %d %s", int(e.Code), e.Reason)
	if e.Said != nil {
		s += ": " + e.Said.Message
	}
	return s
}

// Unwrap returns Said.
func (e *CloseError) Unwrap() error {
	if e.Said == nil {
		return nil
	}
	return e.Said
}
