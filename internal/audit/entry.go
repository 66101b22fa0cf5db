package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// ActorKind is what kind of somebody did something.
type ActorKind string

// The kinds of actors.
const (
	Partner     ActorKind = "partner"      // with an API key
	Teammate    ActorKind = "teammate"     // with an access token
	CommandLine ActorKind = "command_line" // who may run the program beside the database
	Usher       ActorKind = "usher"        // nobody: a server, by a rule
)

// Actor is who did something, and from where.
type Actor struct {
	Kind ActorKind
	ID   string // of the partner or teammate; the user's name at the command line; of the node
	Key  string // prefix of the API key that was used; else ""
	From string // address that the request came from; "": not known
}

// Chain names entries that belong together.
type Chain string

// OfLicense is the chain of a license.
func OfLicense(id string) Chain { return Chain("license/" + id) }

// OfPartner is the chain of a partner.
func OfPartner(id string) Chain { return Chain("partner/" + id) }

// Action is what was done: what it was done to, a dot, and what became of it.
type Action string

// The actions.
const (
	LicenseCreated     Action = "license.created"
	LicenseChanged     Action = "license.changed"
	LicenseDeleted     Action = "license.deleted"
	LicenseRestored    Action = "license.restored"
	LicensePurged      Action = "license.purged" // in the partner's chain
	TeammateAdded      Action = "teammate.added"
	TeammateChanged    Action = "teammate.changed"
	TeammateRemoved    Action = "teammate.removed"
	SeatFreed          Action = "seat.freed"
	SeatHandedOver     Action = "seat.handed_over"
	CooldownLifted     Action = "cooldown.lifted"
	SessionEnded       Action = "session.ended"
	LoggedOut          Action = "teammate.logged_out"
	PartnerCreated     Action = "partner.created"
	PartnerChanged     Action = "partner.changed"
	InvitationSent     Action = "invitation.sent"
	InvitationResent   Action = "invitation.resent"
	InvitationRevoked  Action = "invitation.revoked"
	InvitationAccepted Action = "invitation.accepted"
	AlertAcknowledged  Action = "alert.acknowledged"
	PasswordChosen     Action = "password.chosen"
	KeyCreated         Action = "api_key.created"
	KeyRevoked         Action = "api_key.revoked"
)

const withdrawn = "_withdrawn"

// Withdrawn is the action of an entry that withdraws one with this action.
func (a Action) Withdrawn() Action { return a + withdrawn }

// Deed is what somebody did: an entry without what the log adds.
type Deed struct {
	Action  Action
	Subject string         // whom or what it was done to: an id
	Ref     string         // which of several, like the fence of the seat that was freed; or ""
	Detail  map[string]any // what else is to be known: what encodes as JSON, and no secret
}

// Change is a value before and after, for a Deed's Detail.
type Change struct {
	From any `json:"from"`
	To   any `json:"to"`
}

// Entry is a Deed as the log has it.
type Entry struct {
	Number  int64
	At      time.Time // to the millisecond
	By      Actor
	Action  Action
	Subject string
	Ref     string
	Detail  json.RawMessage // an object
	Hash    string
}

// first is the hash before the first entry.
var first = strings.Repeat("0", 2*sha256.Size)

// sum is an entry's hash.
func (e Entry) sum(chain Chain, before string) (string, error) {
	what, err := encode([]any{
		chain, e.Number, e.At.UnixMilli(), e.By.Kind, e.By.ID, e.By.Key, e.By.From, e.Action, e.Subject, e.Ref, string(e.Detail),
	})
	if err != nil {
		return "", err
	}
	h := sha256.Sum256(append([]byte(before+"\n"), what...))
	return hex.EncodeToString(h[:]), nil
}

// encode is JSON with all characters as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
