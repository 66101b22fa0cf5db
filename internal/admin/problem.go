package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"usher/internal/auth"
	"usher/internal/directory"
	"usher/presence"
	"usher/seats"
)

// code is the stable name of a problem.
type code string

const (
	codeBadRequest           code = "bad_request"
	codeUnauthorized         code = "unauthorized"
	codeForbidden            code = "forbidden"
	codeNotFound             code = "not_found"
	codeNotSeated            code = "not_seated"
	codeMethodNotAllowed     code = "method_not_allowed"
	codeConflict             code = "conflict"
	codeTooManyTeammates     code = "too_many_teammates"
	codeTooManyAPIKeys       code = "too_many_api_keys"
	codeLastAdministrator    code = "last_administrator"
	codeInvitationOver       code = "invitation_over"
	codeLicenseNeeded        code = "license_needed"
	codeRateLimited          code = "rate_limited"
	codeStaleFence           code = "stale_fence"
	codeKeyReused            code = "idempotency_key_reused"
	codePreconditionFailed   code = "precondition_failed"
	codePayloadTooLarge      code = "payload_too_large"
	codeUnsupportedMediaType code = "unsupported_media_type"
	codeInternal             code = "internal"
	codeUnavailable          code = "unavailable"
)

var statuses = map[code]int{
	codeBadRequest:           http.StatusBadRequest,
	codeUnauthorized:         http.StatusUnauthorized,
	codeForbidden:            http.StatusForbidden,
	codeNotFound:             http.StatusNotFound,
	codeNotSeated:            http.StatusNotFound,
	codeMethodNotAllowed:     http.StatusMethodNotAllowed,
	codeConflict:             http.StatusConflict,
	codeTooManyTeammates:     http.StatusConflict,
	codeTooManyAPIKeys:       http.StatusConflict,
	codeLastAdministrator:    http.StatusConflict,
	codeStaleFence:           http.StatusConflict,
	codeInvitationOver:       http.StatusConflict,
	codeLicenseNeeded:        http.StatusConflict,
	codeRateLimited:          http.StatusTooManyRequests,
	codePreconditionFailed:   http.StatusPreconditionFailed,
	codePayloadTooLarge:      http.StatusRequestEntityTooLarge,
	codeUnsupportedMediaType: http.StatusUnsupportedMediaType,
	codeKeyReused:            http.StatusUnprocessableEntity,
	codeInternal:             http.StatusInternalServerError,
	codeUnavailable:          http.StatusServiceUnavailable,

	code(seats.HandOverIsOff): http.StatusConflict,
	code(seats.NotAskedFor):   http.StatusConflict,
	code(seats.GiverWarned):   http.StatusConflict,
	code(seats.ToNotOperator): http.StatusConflict,
	code(seats.ToSeated):      http.StatusConflict,
	code(seats.ToInCooldown):  http.StatusConflict,
	code(seats.ToNotPresent):  http.StatusConflict,
}

// outage is how long a caller should wait when something is out of reach.
const outage = 2 * time.Second

// requestError is an error with all that is told to the caller. Its cause, if any, is not.
type requestError struct {
	code       code
	detail     string
	field      string        // or ""
	retryAfter time.Duration // or 0
	licenses   []MyLicense   // of codeLicenseNeeded
	cause      error
}

func problem(c code, format string, args ...any) *requestError {
	return &requestError{code: c, detail: fmt.Sprintf(format, args...)}
}

func (e *requestError) Error() string {
	text := "admin: " + string(e.code) + ": " + e.detail
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

func (e *requestError) Unwrap() error { return e.cause }

// translate is the one place where errors of the inside become problems.
func translate(err error) *requestError {
	var (
		told    *requestError
		mistake *directory.Error
	)
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &mistake):
		return translateMistake(mistake)
	case errors.Is(err, seats.ErrNoLicense), errors.Is(err, presence.ErrNoLicense):
		return &requestError{code: codeNotFound, detail: "no such license", field: "license", cause: err}
	case errors.Is(err, seats.ErrNoTeammate), errors.Is(err, presence.ErrNoTeammate):
		return &requestError{code: codeNotFound, detail: "no such teammate", field: "teammate", cause: err}
	case errors.Is(err, directory.ErrUnavailable):
		return &requestError{code: codeUnavailable, detail: "the database can't be reached: try again", cause: err}
	case errors.Is(err, seats.ErrUnavailable), errors.Is(err, seats.ErrLate):
		return &requestError{code: codeUnavailable, detail: "the seats' engine can't be reached: try again", cause: err}
	case errors.Is(err, presence.ErrUnavailable), errors.Is(err, presence.ErrLate):
		return &requestError{code: codeUnavailable, detail: "the engine that knows who is here can't be reached: try again", cause: err}
	case errors.Is(err, auth.ErrUnavailable):
		return &requestError{code: codeUnavailable, detail: "the keys to check the token with can't be reached: try again", cause: err}
	}
	return &requestError{code: codeInternal, detail: "a fault in the server; it was logged", cause: err}
}

func translateMistake(e *directory.Error) *requestError {
	told := &requestError{code: codeConflict, detail: e.Field + ": " + e.Reason, field: e.Field, cause: e}
	switch e.Code {
	case directory.NotFound:
		told.code, told.detail = codeNotFound, e.Reason
	case directory.Invalid:
		told.code = codeBadRequest
	case directory.StaleRevision:
		told.code, told.detail = codePreconditionFailed, e.Reason
	case directory.Deleted:
		told.detail = e.Reason
	case directory.TooMany:
		told.code, told.detail = codeTooManyTeammates, e.Reason
		if e.Field == "api_keys" {
			told.code = codeTooManyAPIKeys
		}
	case directory.KeyReused:
		told.code = codeKeyReused
	case directory.InvitationOver:
		told.code, told.detail = codeInvitationOver, e.Reason
	case directory.LastAdministrator:
		told.code, told.detail = codeLastAdministrator, e.Reason
	case directory.IDTaken, directory.EmailTaken, directory.AlreadyInvited:
	}
	return told
}

// fail answers with a problem, and ends the request.
func (s *Server) fail(c *gin.Context, err error) {
	e := translate(err)
	status := statuses[e.code]
	if status >= http.StatusInternalServerError {
		level := slog.LevelError
		if e.code == codeUnavailable { // an outage, or a caller who did not wait: no fault of ours
			level = slog.LevelWarn
		}
		s.log.Log(c.Request.Context(), level, "request failed", "method", c.Request.Method, "route", c.FullPath(),
			"code", string(e.code), "error", err)
	}
	c.Abort()
	if c.Writer.Written() {
		return // an answer is on its way; nothing can be put in its place
	}
	wait := e.retryAfter
	switch e.code {
	case codeUnavailable:
		wait = cmp.Or(max(wait, 0), outage)
	case codeUnauthorized:
		challenge(c, e.cause != nil)
	}
	if wait > 0 {
		c.Header("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
	writeProblem(c, status, e)
}

// challenge says how to authenticate, as RFC 6750 has it.
func challenge(c *gin.Context, tokenGiven bool) {
	how := `Bearer realm="usher"`
	if tokenGiven {
		how += `, error="invalid_token"`
	}
	c.Header("WWW-Authenticate", how)
}

func writeProblem(c *gin.Context, status int, e *requestError) {
	p := Problem{
		Type:   "urn:usher:problem:" + string(e.code),
		Title:  title(e.code),
		Status: status,
		Code:   string(e.code),
		Detail: e.detail,
	}
	if e.field != "" {
		p.Field = &e.field
	}
	if len(e.licenses) > 0 {
		p.Licenses = &e.licenses
	}
	body, err := json.Marshal(p)
	if err != nil { // strings and a number can always be written
		panic(err)
	}
	c.Data(status, "application/problem+json", append(body, '\n'))
}

// title is the code as words: not_seated becomes "Not seated".
func title(c code) string {
	words := strings.ReplaceAll(string(c), "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// recovered answers a panic with a problem, and logs it without what the caller sent.
func (s *Server) recovered(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p) // how handlers ask net/http to drop the connection
		}
		s.log.ErrorContext(c.Request.Context(), "panic", "method", c.Request.Method, "route", c.FullPath(),
			"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		s.fail(c, problem(codeInternal, "a fault in the server; it was logged"))
	}()
	c.Next()
}
