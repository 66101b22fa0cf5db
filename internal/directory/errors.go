package directory

import (
	"errors"
	"fmt"

	"usher/internal/database"
)

// Code tells what kind of mistake an [Error] is about.
type Code string

// The codes of an [Error].
const (
	NotFound          Code = "not_found"          // Field names what was not found: license, teammate, api_key
	IDTaken           Code = "id_taken"           // Field names what is taken: id, or teammates[2].id
	EmailTaken        Code = "email_taken"        // another teammate of the license has the address
	Deleted           Code = "deleted"            // the license was deleted: nothing of it can be changed
	TooMany           Code = "too_many"           // Field names of what there are as many as may be: teammates
	AlreadyInvited    Code = "already_invited"    // an invitation to the address is open
	InvitationOver    Code = "invitation_over"    // it was accepted or revoked
	StaleRevision     Code = "stale_revision"     // the license is not at the revision that the caller demands
	LastAdministrator Code = "last_administrator" // nobody could administer the license any more
	KeyReused         Code = "key_reused"         // a key of [Once] was used for something else
	Invalid           Code = "invalid"            // Field may not have that value, for Reason
)

// ErrUnavailable says that the database could not be asked, or that the outcome of a commit is unknown.
var ErrUnavailable = database.ErrUnavailable

// Error is a mistake of the caller.
type Error struct {
	Code   Code
	Field  string // what it is about, in the words of the HTTP API
	Reason string // a sentence for people
}

func (e *Error) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("directory: %s: %s", e.Field, e.Code)
	}
	return fmt.Sprintf("directory: %s: %s: %s", e.Field, e.Code, e.Reason)
}

// CodeOf returns the code of an [Error] in err's chain, or "".
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// FieldOf returns the field of an [Error] in err's chain, or "".
func FieldOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Field
	}
	return ""
}

func notFound(what string) error {
	return &Error{Code: NotFound, Field: what, Reason: "no such " + what}
}

func invalid(field, format string, args ...any) error {
	return &Error{Code: Invalid, Field: field, Reason: fmt.Sprintf(format, args...)}
}

// within puts the place of a mistake before its field.
func within(place string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{Code: e.Code, Field: place + "." + e.Field, Reason: e.Reason}
	}
	return err
}
