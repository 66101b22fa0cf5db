package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"usher/internal/auth"
	"usher/internal/directory"
	"usher/presence"
	"usher/seats"
)

// Tokens proves and issues access tokens; *auth.Authority does.
type Tokens interface {
	// Verify checks a token. Errors: [auth.ErrInvalid], [auth.ErrExpired], [auth.ErrUnavailable].
	Verify(ctx context.Context, token string) (auth.Claims, error)
	// Issue makes a token for a teammate.
	Issue(license, teammate string, ttl time.Duration) (token string, expires time.Time, err error)
}

// Tickets proves seat tickets; *auth.Tickets does.
type Tickets interface {
	// Verify checks a ticket. Errors: [auth.ErrInvalid], [auth.ErrExpired], [auth.ErrUnavailable].
	Verify(ctx context.Context, ticket string) (auth.Ticket, error)
}

// Admission is the engine with its healing around it; *seats.Admission is one.
type Admission interface {
	// Do runs commands. Errors: those of [seats.Admission.Do].
	Do(ctx context.Context, b seats.Batch) (seats.Outcome, error)
	// Configure brings the engine to the directory's revision. Errors as Do.
	Configure(ctx context.Context, license seats.LicenseID) (seats.Outcome, error)
}

// Floors are the licenses on this node: replicas of who holds which seat and of who is here, and the way to all
// sessions. *gateway.Server has them.
type Floors interface {
	// Board returns a license's board. Errors: [seats.ErrUnavailable], [seats.ErrNoLicense].
	Board(ctx context.Context, license seats.LicenseID) (seats.Board, error)

	// Roster returns a license's roster, in truth. Errors: [presence.ErrUnavailable], [presence.ErrNoLicense]; or as Board.
	Roster(ctx context.Context, license presence.LicenseID) (presence.Roster, error)

	// Expel logs sessions of a teammate out, on whichever node they are, and gives back what they held. Errors as Roster,
	// the outcome is unknown then; [presence.ErrNoTeammate].
	Expel(ctx context.Context, license presence.LicenseID, c presence.Expel) (presence.Expelled, error)
}

// Options are what a Server works with. Those without a default are needed.
type Options struct {
	Directory *directory.Directory
	Audit     Audit
	Ledger    Ledger
	Alerts    Alerts
	Tokens    Tokens
	Tickets   Tickets
	Admission Admission
	Floors    Floors
	Passwords Passwords

	// Rates bound how often anybody may call. Default: any number of times.
	Rates Rates
	// TrustedProxies are the networks of the proxies in front, whose X-Forwarded-For is believed. Default: none.
	TrustedProxies []netip.Prefix
	// Mail is called when something was put into the outbox. Default: nothing.
	Mail func()
	// Rand is where refresh tokens come from. Default crypto/rand.
	Rand io.Reader
	// Now is the clock by which cooldowns are kept in the directory. Default time.Now.
	Now func() time.Time
	// Logger gets faults and outages. Default slog.Default().
	Logger *slog.Logger
	// Observe is called after each request with its route, as /v1/licenses/:license, or "" when there is none.
	// Default: nothing.
	Observe func(ctx context.Context, method, route string, status int, took time.Duration)
}

// Server is the HTTP API. It keeps no state of its own, and is safe for concurrent use.
type Server struct {
	directory  *directory.Directory
	audit      Audit
	ledger     Ledger
	alerts     Alerts
	tokens     Tokens
	tickets    Tickets
	admission  Admission
	floors     Floors
	passwords  Passwords
	mail       func()
	rand       io.Reader
	now        func() time.Time
	log        *slog.Logger
	observe    func(ctx context.Context, method, route string, status int, took time.Duration)
	limits     limits
	operations map[string]*operation // by method and route
	handler    http.Handler
}

// engineWait bounds how long a request waits for the engine once its change is committed.
const engineWait = 5 * time.Second

// New returns the API. Errors: an option is missing; the API's own document is broken.
func New(o Options) (*Server, error) {
	if o.Directory == nil || o.Audit == nil || o.Ledger == nil || o.Alerts == nil || o.Tokens == nil || o.Tickets == nil || o.Admission == nil || o.Floors == nil || o.Passwords == nil {
		return nil, errors.New("admin: Directory, Audit, Ledger, Alerts, Tokens, Tickets, Admission, Floors and Passwords are needed")
	}
	s := &Server{
		directory: o.Directory, audit: o.Audit, ledger: o.Ledger, alerts: o.Alerts, tokens: o.Tokens, tickets: o.Tickets, admission: o.Admission, floors: o.Floors,
		passwords: o.Passwords, mail: o.Mail, rand: o.Rand, now: o.Now, log: o.Logger, observe: o.Observe,
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.mail == nil {
		s.mail = func() {}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	var err error
	if s.operations, err = readOperations(); err != nil {
		return nil, fmt.Errorf("admin: openapi.yaml: %w", err)
	}
	if s.limits, err = newLimits(o.Rates); err != nil {
		return nil, err
	}
	if s.handler, err = s.routes(o.TrustedProxies); err != nil {
		return nil, err
	}
	return s, nil
}

// Handler serves /v1 and /docs. What else a process serves is mounted beside it.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes(trusted []netip.Prefix) (http.Handler, error) {
	// Gin's debug mode prints its routes to standard output, which belongs to the program.
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.ContextWithFallback = true // handlers get Gin's context as theirs, and it must end with the request
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := e.SetTrustedProxies(shownAll(trusted, netip.Prefix.String)); err != nil {
		return nil, fmt.Errorf("admin: trusted proxies: %w", err)
	}
	e.Use(s.observed, s.recovered, headers)
	e.NoRoute(func(c *gin.Context) { s.fail(c, problem(codeNotFound, "there is nothing at this path")) })
	e.NoMethod(func(c *gin.Context) {
		s.fail(c, problem(codeMethodNotAllowed, "this path has other methods: see Allow"))
	})
	mountDocs(e)

	api := e.Group("", s.admitted, s.validated)
	strict := NewStrictHandlerWithOptions(s, []StrictMiddlewareFunc{withOwnContext}, StrictGinServerOptions{
		RequestErrorHandlerFunc:  s.badRequest,
		HandlerErrorFunc:         s.fail,
		ResponseErrorHandlerFunc: s.fail,
	})
	RegisterHandlersWithOptions(api, strict, GinServerOptions{
		BaseURL:      basePath,
		ErrorHandler: func(c *gin.Context, err error, _ int) { s.badRequest(c, err) },
	})
	return e, nil
}

func (s *Server) badRequest(c *gin.Context, err error) {
	s.fail(c, undecoded(err))
}

// withOwnContext gives a handler a context that is its own for good. Gin uses its contexts again for later requests,
// while database/sql and drivers may look at theirs a little longer than a call lasts: they would see another
// request's end as their own.
func withOwnContext(handle StrictHandlerFunc, _ string) StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) { return handle(c.Copy(), request) }
}

func headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store") // answers have personal data, and tokens
}

func (s *Server) observed(c *gin.Context) {
	if s.observe == nil {
		return
	}
	start := time.Now()
	c.Next()
	s.observe(c.Request.Context(), c.Request.Method, c.FullPath(), c.Writer.Status(), time.Since(start))
}
