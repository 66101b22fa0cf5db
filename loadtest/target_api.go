package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"usher/gateway/wire"
)

const (
	callTimeout = 30 * time.Second
	maxAnswer   = 64 << 20 // bytes
)

// api is the HTTP API of a node.
type api struct {
	base   string
	key    string
	client *http.Client
}

// apis are those of all nodes, in one pool of connections, which close closes.
func (t Target) apis() (nodes []api, closed func()) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: busy, IdleConnTimeout: time.Minute}
	client := &http.Client{Transport: transport, Timeout: callTimeout}
	for i := range t.URLs {
		nodes = append(nodes, api{base: t.base(i), key: t.APIKey, client: client})
	}
	return nodes, transport.CloseIdleConnections
}

// APIError is an answer of the API that is none of the expected ones.
type APIError struct {
	Call   string // method and path
	Status int
	Code   string
	Detail string
}

func (p *APIError) Error() string {
	return fmt.Sprintf("%s: %d %s: %s", p.Call, p.Status, p.Code, p.Detail)
}

// slowed bounds how often a call is made again because the server wants fewer.
const slowed = 100

// call sends a request and reads the answer into answer, where that is not nil. When the server says that it gets too many, it
// waits for as long as that says. Errors: a [*APIError].
func (a api) call(ctx context.Context, method, path string, body, answer any) error {
	for n := 0; ; n++ {
		wait, err := a.send(ctx, method, path, body, answer)
		if wait == 0 || n == slowed {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// send makes a call once. wait is above 0 where it may be made again after so long.
func (a api) send(ctx context.Context, method, path string, body, answer any) (wait time.Duration, err error) {
	var b io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		b = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, b)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := a.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode/100 != 2 {
		return retryAfter(res), failure(method+" "+path, res.StatusCode, said)
	}
	if answer == nil {
		return 0, nil
	}
	if err := json.Unmarshal(said, answer); err != nil {
		return 0, fmt.Errorf("%s %s: the answer can't be read: %w", method, path, err)
	}
	return 0, nil
}

// retryAfter is how long a server that gets too many calls wants to be left alone, a minute at most; 0: it said no such thing.
func retryAfter(res *http.Response) time.Duration {
	if res.StatusCode != http.StatusTooManyRequests {
		return 0
	}
	s, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err != nil || s < 1 {
		s = 1
	}
	return time.Duration(min(s, 60)) * time.Second
}

func failure(call string, status int, said []byte) *APIError {
	p := &APIError{Call: call, Status: status, Detail: "no problem document"}
	var problem struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if json.Unmarshal(said, &problem) == nil { // else something else answered, in front of the server
		p.Code, p.Detail = problem.Code, problem.Detail
	}
	return p
}

// newTeammate and newLicense are the bodies that make them.
type newTeammate struct {
	ID            string `json:"id"`
	Email         string `json:"email"`
	Name          string `json:"name"`
	Operator      bool   `json:"operator"`
	Administrator bool   `json:"administrator"`
}

type newLicense struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Cap       int            `json:"cap"`
	Policy    map[string]any `json:"policy,omitempty"`
	Teammates []newTeammate  `json:"teammates"`
}

// batch is how many teammates may come with their license.
const batch = 1000

// makeLicense makes a license with all its teammates.
func (a api) makeLicense(ctx context.Context, l newLicense) error {
	all := l.Teammates
	l.Teammates = all[:min(len(all), batch)]
	if err := a.call(ctx, http.MethodPost, "/v1/licenses", l, nil); err != nil {
		return err
	}
	return each(ctx, all[len(l.Teammates):], func(ctx context.Context, t newTeammate) error {
		return a.call(ctx, http.MethodPost, licensePath(l.ID)+"/teammates", t, nil)
	})
}

// purge removes a license with all that is kept of it.
func (a api) purge(ctx context.Context, license string) error {
	return a.call(ctx, http.MethodDelete, licensePath(license)+"?purge=true", nil, nil)
}

func (a api) token(ctx context.Context, license, teammate string, ttl time.Duration) (string, error) {
	var answer struct {
		Token string `json:"token"`
	}
	err := a.call(ctx, http.MethodPost, licensePath(license)+"/teammates/"+url.PathEscape(teammate)+"/tokens",
		map[string]int64{"ttl_s": int64(ttl / time.Second)}, &answer)
	return answer.Token, err
}

// board reads a license's board, and where the feed was then.
func (a api) board(ctx context.Context, license string) (wire.Board, wire.Position, error) {
	var answer struct {
		wire.Board
		Feed wire.Position `json:"feed"`
	}
	err := a.call(ctx, http.MethodGet, licensePath(license)+"/seats", nil, &answer)
	return answer.Board, answer.Feed, err
}

func licensePath(license string) string { return "/v1/licenses/" + url.PathEscape(license) }
