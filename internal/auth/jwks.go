package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/MicahParks/jwkset"
)

const (
	maxJWKSBytes    = 1 << 20
	askAgainAfter   = 10 * time.Second // an unknown key id asks no sooner than this after the last answer
	defaultRefresh  = 5 * time.Minute
	maxJWKSRedirect = 3
)

// keyRing keeps the public keys of a JWKS URL. As a storage of keyfunc's it differs from the library's own in
// how an unknown key id is handled: everybody who needs a fetch shares one, nobody waits for a throttle, and
// "no such key" is told from "could not ask".
type keyRing struct {
	*jwkset.MemoryJWKSet
	fetcher *fetcher
	url     string
	client  *http.Client
	idle    func() // ends the idle connections of a client of our own
	log     *slog.Logger
}

func newKeyRing(ctx context.Context, o Options, now func() time.Time) (*keyRing, error) {
	if err := checkJWKSURL(o.JWKSURL); err != nil {
		return nil, err
	}
	r := &keyRing{
		MemoryJWKSet: jwkset.NewMemoryStorage(),
		url:          o.JWKSURL,
		client:       o.Client,
		idle:         func() {},
		log:          o.Log,
	}
	if r.client == nil {
		own := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10}
		r.client = &http.Client{Transport: own, CheckRedirect: refuseDowngrade}
		r.idle = own.CloseIdleConnections
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.fetcher = newFetcher(ctx, askAgainAfter, now, r.load)
	r.fetcher.start()
	r.fetcher.every(cmp.Or(o.RefreshEvery, defaultRefresh))
	return r, nil
}

// checkJWKSURL refuses what somebody between could answer for.
func checkJWKSURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("the JWKS URL can't be parsed")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return errors.New("the JWKS URL must be a full https URL")
	case u.User != nil || u.Fragment != "":
		return errors.New("the JWKS URL may have neither user, password nor fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("the JWKS URL must be https, or http on a loopback address")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func refuseDowngrade(req *http.Request, via []*http.Request) error {
	if len(via) > maxJWKSRedirect {
		return errors.New("too many redirects")
	}
	return checkJWKSURL(req.URL.String())
}

// close ends fetches and waits for them.
func (r *keyRing) close() {
	r.fetcher.close()
	r.idle()
}

// KeyRead finds a public key, and asks the URL for one that is not known. Errors: [ErrUnavailable], and
// jwkset.ErrKeyNotFound when the URL has just said so.
func (r *keyRing) KeyRead(ctx context.Context, kid string) (jwkset.JWK, error) {
	if key, err := r.MemoryJWKSet.KeyRead(ctx, kid); err == nil {
		return key, nil
	}
	// Too soon is no answer here: ten seconds are enough for a key to be published meanwhile.
	if r.fetcher.ask(ctx) != nil {
		return jwkset.JWK{}, ErrUnavailable
	}
	return r.MemoryJWKSet.KeyRead(ctx, kid)
}

// load reads the URL once and replaces the keys.
func (r *keyRing) load(ctx context.Context) error {
	err := r.get(ctx)
	if err != nil && r.fetcher.ctx.Err() == nil {
		r.log.Warn("can't read the JWKS URL; the keys known stay in use", "error", err)
	}
	return err
}

func (r *keyRing) get(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return errors.New("bad request")
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok { // its text has the URL, query and all
			err = ue.Err
		}
		return fmt.Errorf("get: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("get: status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxJWKSBytes+1))
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if len(body) > maxJWKSBytes {
		return fmt.Errorf("answer has more than %d bytes", maxJWKSBytes)
	}
	keys, err := r.parseKeys(body)
	if err != nil {
		return err
	}
	return r.KeyReplaceAll(ctx, keys)
}

// parseKeys keeps the keys that can verify signatures. An unusable key does not spoil the others: sets have keys
// for other purposes in them. One with its private part in it is left out, since anybody may sign with it.
func (r *keyRing) parseKeys(body []byte) ([]jwkset.JWK, error) {
	var set struct {
		Keys *[]jwkset.JWKMarshal `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || set.Keys == nil {
		return nil, errors.New("answer is no JWK set")
	}
	keys := make([]jwkset.JWK, 0, len(*set.Keys))
	for _, m := range *set.Keys {
		if m.KID == "" || m.D != "" || m.K != "" || m.USE != "" && m.USE != jwkset.UseSig {
			continue
		}
		key, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err == nil && (fits(algRS256, key.Key()) || fits(algES256, key.Key()) || fits(algEdDSA, key.Key())) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		r.log.Warn("the JWKS URL has no key that tokens can be verified with")
	}
	return keys, nil
}
