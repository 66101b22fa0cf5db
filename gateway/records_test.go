package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"usher/presence"
	"usher/seats"
)

// What the tests of this package share, those from outside too: a directory, tokens, and an engine that fails
// when it is told to.

// TheLicense is the one license of [MemoryRecords].
const TheLicense seats.LicenseID = "lic_test"

// MemoryRecords is a directory in memory. Ann, Bob, Cid and Dan are operators, Eve is an administrator besides,
// Meg an administrator alone, and Ned neither.
type MemoryRecords struct {
	mu         sync.Mutex
	down, gone bool
	generation seats.Generation
	window     time.Duration // of the next generations
	license    License
	members    map[seats.TeammateID]seats.Member
	changedAt  map[seats.TeammateID]seats.Revision
	removed    map[seats.TeammateID]bool
	epoch      presence.Generation
	choices    map[seats.TeammateID]presence.Choice
	seen       map[seats.TeammateID]presence.Seen
}

func NewMemoryRecords(seatCap int) *MemoryRecords {
	r := &MemoryRecords{
		license: License{ID: TheLicense, Name: "Test", Config: seats.Config{
			Revision: 1, Status: seats.Active, Cap: seatCap, Grace: 30 * time.Second,
		}},
		members:   map[seats.TeammateID]seats.Member{},
		changedAt: map[seats.TeammateID]seats.Revision{},
		removed:   map[seats.TeammateID]bool{},
		choices:   map[seats.TeammateID]presence.Choice{},
		seen:      map[seats.TeammateID]presence.Seen{},
	}
	for _, name := range []string{"ann", "bob", "cid", "dan", "eve", "meg", "ned"} {
		id := seats.TeammateID("tm_" + name)
		r.members[id] = seats.Member{
			Teammate: id, Name: name, Operator: name != "meg" && name != "ned", Administrator: name == "eve" || name == "meg",
		}
	}
	return r
}

var errDown = errors.New("database is down")

// Change commits a change of the license with the next revision.
func (r *MemoryRecords) Change(f func(*License)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.license.Config.Revision++
	f(&r.license)
}

// Restore sets the license to what a back-up says, revision and all.
func (r *MemoryRecords) Restore(f func(*License)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.license)
}

// SetMember commits a change of a teammate.
func (r *MemoryRecords) SetMember(t seats.TeammateID, f func(*seats.Member)) {
	r.Change(func(l *License) {
		m := r.members[t]
		f(&m)
		r.members[t], r.changedAt[t] = m, l.Config.Revision
	})
}

// Hire commits that there is a teammate more, an operator.
func (r *MemoryRecords) Hire(t seats.TeammateID) {
	r.SetMember(t, func(m *seats.Member) { *m = seats.Member{Teammate: t, Name: string(t), Operator: true} })
}

// HireAll commits that there are so many operators more.
func (r *MemoryRecords) HireAll(n int) {
	r.Change(func(l *License) {
		for i := range n {
			t := hired(i)
			r.members[t], r.changedAt[t] = seats.Member{Teammate: t, Name: string(t), Operator: true}, l.Config.Revision
		}
	})
}

// hired is one of those who were hired together.
func hired(i int) seats.TeammateID { return seats.TeammateID(fmt.Sprintf("tm_x%04d", i)) }

// Remove commits that a teammate is no more.
func (r *MemoryRecords) Remove(t seats.TeammateID) {
	r.Change(func(l *License) { r.removed[t], r.changedAt[t] = true, l.Config.Revision })
}

// SetDown makes the database fail, or answer again.
func (r *MemoryRecords) SetDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// Delete makes the license one that never was.
func (r *MemoryRecords) Delete() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = true
}

func (r *MemoryRecords) look(id seats.LicenseID) (unlock func(), err error) {
	r.mu.Lock()
	switch {
	case r.down:
		err = errDown
	case id != TheLicense || r.gone:
		err = seats.ErrNoLicense
	}
	return r.mu.Unlock, err
}

func (r *MemoryRecords) Config(_ context.Context, id seats.LicenseID, since seats.Revision) (seats.Config, []seats.Member, error) {
	unlock, err := r.look(id)
	defer unlock()
	if err != nil {
		return seats.Config{}, nil, err
	}
	var changed []seats.Member
	for t, at := range r.changedAt {
		if at > since {
			m := r.members[t]
			m.Operator = m.Operator && !r.removed[t]
			changed = append(changed, m)
		}
	}
	return r.license.Config, changed, nil
}

func (r *MemoryRecords) Member(ctx context.Context, id seats.LicenseID, t seats.TeammateID) (seats.Member, seats.Revision, error) {
	p, err := r.Profile(ctx, id, t)
	if err != nil {
		return seats.Member{}, 0, err
	}
	return p.Member, p.License.Config.Revision, nil
}

func (r *MemoryRecords) NextGeneration(_ context.Context, id seats.LicenseID, after seats.Generation) (seats.Open, error) {
	unlock, err := r.look(id)
	defer unlock()
	if err != nil {
		return seats.Open{}, err
	}
	r.generation = max(r.generation, after) + 1
	open := seats.Open{Generation: r.generation}
	if r.generation > 1 {
		open.Window = r.window
	}
	return open, nil
}

// SetWindow sets for how long nodes may claim what was held after the engine forgot.
func (r *MemoryRecords) SetWindow(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.window = d
}

func (r *MemoryRecords) Profile(_ context.Context, id seats.LicenseID, t seats.TeammateID) (Profile, error) {
	unlock, err := r.look(id)
	defer unlock()
	switch m, ok := r.members[t]; {
	case err != nil:
		return Profile{}, err
	case !ok || r.removed[t]:
		return Profile{}, seats.ErrNoTeammate
	default:
		license := r.license
		return Profile{License: &license, Member: m, Choice: r.choices[t]}, nil
	}
}

func (r *MemoryRecords) License(_ context.Context, id seats.LicenseID) (License, error) {
	unlock, err := r.look(id)
	defer unlock()
	return r.license, err
}

func (r *MemoryRecords) Revisions(_ context.Context, ids []seats.LicenseID) (map[seats.LicenseID]seats.Revision, error) {
	unlock, err := r.look(TheLicense)
	defer unlock()
	if errors.Is(err, seats.ErrNoLicense) {
		return nil, nil
	}
	return map[seats.LicenseID]seats.Revision{TheLicense: r.license.Config.Revision}, err
}

func (r *MemoryRecords) Roster(_ context.Context, id presence.LicenseID, since presence.Revision) (presence.Changed, error) {
	unlock, err := r.look(seats.LicenseID(id))
	defer unlock()
	if errors.Is(err, seats.ErrNoLicense) {
		return presence.Changed{}, presence.ErrNoLicense
	}
	if err != nil {
		return presence.Changed{}, err
	}
	all := presence.Changed{Config: presence.Config{
		Revision: presence.Revision(r.license.Config.Revision), Grace: r.license.Config.Grace,
		SessionsPerTeammate: r.license.Config.SessionsPerTeammate,
	}}
	for t, m := range r.members {
		switch {
		case since > 0 && r.changedAt[t] <= seats.Revision(since):
		case !r.removed[t]:
			all.Members = append(all.Members, presence.Member{
				Teammate: presence.TeammateID(t), Name: m.Name, Operator: m.Operator, Administrator: m.Administrator,
				Choice: r.choices[t], Seen: r.seen[t],
			})
		case since > 0:
			all.Removed = append(all.Removed, presence.TeammateID(t))
		}
	}
	return all, nil
}

func (r *MemoryRecords) NextEpoch(_ context.Context, id presence.LicenseID, after presence.Generation) (presence.Generation, error) {
	unlock, err := r.look(seats.LicenseID(id))
	defer unlock()
	if err != nil {
		return 0, err
	}
	r.epoch = max(r.epoch, after) + 1
	return r.epoch, nil
}

func (r *MemoryRecords) Choose(_ context.Context, id presence.LicenseID, t presence.TeammateID, to presence.Intent, until time.Time) (presence.Choice, error) {
	unlock, err := r.look(seats.LicenseID(id))
	defer unlock()
	now := time.Now()
	switch {
	case err != nil:
		return presence.Choice{}, err
	case !until.IsZero() && !until.After(now):
		return presence.Choice{}, presence.ErrInvalid
	}
	was := r.choices[seats.TeammateID(t)].At(now)
	c := presence.Choice{Number: r.choices[seats.TeammateID(t)].Number + 1, Status: to.Status, Note: to.Note, Until: until}
	if !until.IsZero() {
		c.Before = presence.Intent{Status: was.Status, Note: was.Note}
		if !was.Until.IsZero() {
			c.Before = was.Before
		}
	}
	r.choices[seats.TeammateID(t)] = c
	return c, nil
}

func (r *MemoryRecords) Seen(_ context.Context, id presence.LicenseID, seen map[presence.TeammateID]presence.Seen) error {
	unlock, err := r.look(seats.LicenseID(id))
	defer unlock()
	if errors.Is(err, seats.ErrNoLicense) {
		return presence.ErrNoLicense
	}
	if err != nil {
		return err
	}
	for t, s := range seen {
		r.seen[seats.TeammateID(t)] = s
	}
	return nil
}

// SeenOf is when a teammate was last here, as far as it was committed.
func (r *MemoryRecords) SeenOf(t seats.TeammateID) presence.Seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[t]
}

// PlainTokens are "teammate" or "teammate@license". Pluses after the teammate make another token of the same one.
type PlainTokens struct {
	mu      sync.Mutex
	expires map[string]time.Time
}

func NewPlainTokens() *PlainTokens { return &PlainTokens{expires: map[string]time.Time{}} }

// Expire sets the end of a token, which otherwise is in an hour.
func (k *PlainTokens) Expire(token string, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expires[token] = at
}

// ErrNoKeys is why the token "later" can't be checked now.
var ErrNoKeys = errors.New("keys can't be reached")

func (k *PlainTokens) Verify(_ context.Context, token string) (Claims, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	expires, ok := k.expires[token]
	if !ok {
		expires = time.Now().Add(time.Hour)
	}
	t, id, found := strings.Cut(token, "@")
	if !found {
		id = string(TheLicense)
	}
	switch {
	case token == "later":
		return Claims{}, ErrNoKeys
	case !strings.HasPrefix(t, "tm_") || !time.Now().Before(expires):
		return Claims{}, ErrUnauthorized
	}
	return Claims{License: seats.LicenseID(id), Teammate: seats.TeammateID(strings.TrimRight(t, "+")), Expires: expires}, nil
}

func (k *PlainTokens) SealResume(r Resume) string {
	b, _ := json.Marshal(r) // of strings
	return string(b)
}

func (k *PlainTokens) OpenResume(key string) (r Resume, err error) {
	err = json.Unmarshal([]byte(key), &r)
	return r, err
}
