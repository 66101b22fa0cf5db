package gateway

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"usher/presence"
	"usher/seats"
)

// CrowdRecords is a directory of any number of licenses, each with so many operators, of whom nothing ever changes but what
// they choose.
type CrowdRecords struct {
	agents int

	mu      sync.Mutex
	opened  map[seats.LicenseID]seats.Generation
	rosters map[presence.LicenseID]presence.Generation
	choices map[string]int64
}

func NewCrowdRecords(agents int) *CrowdRecords {
	return &CrowdRecords{
		agents: agents, opened: map[seats.LicenseID]seats.Generation{}, rosters: map[presence.LicenseID]presence.Generation{},
		choices: map[string]int64{},
	}
}

// CrowdTokens are those of the operators of so many licenses, as [PlainTokens] has them.
func (r *CrowdRecords) CrowdTokens(licenses int) []string {
	all := make([]string, 0, licenses*r.agents)
	for l := range licenses {
		for i := range r.agents {
			all = append(all, fmt.Sprintf("%s@lic_%04d", hired(i), l))
		}
	}
	return all
}

func (r *CrowdRecords) license(id seats.LicenseID) License {
	return License{ID: id, Name: "Crowd of " + string(id), Config: seats.Config{
		Revision: 1, Status: seats.Active, Cap: r.agents, Grace: 30 * time.Second,
	}}
}

func (r *CrowdRecords) member(t seats.TeammateID) seats.Member {
	return seats.Member{Teammate: t, Name: "Agent " + strings.TrimPrefix(string(t), "tm_x"), Operator: true}
}

func (r *CrowdRecords) Config(_ context.Context, id seats.LicenseID, _ seats.Revision) (seats.Config, []seats.Member, error) {
	return r.license(id).Config, nil, nil
}

func (r *CrowdRecords) Member(_ context.Context, _ seats.LicenseID, t seats.TeammateID) (seats.Member, seats.Revision, error) {
	return r.member(t), 1, nil
}

func (r *CrowdRecords) NextGeneration(_ context.Context, id seats.LicenseID, after seats.Generation) (seats.Open, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened[id] = max(r.opened[id], after) + 1
	return seats.Open{Generation: r.opened[id]}, nil
}

func (r *CrowdRecords) Profile(_ context.Context, id seats.LicenseID, t seats.TeammateID) (Profile, error) {
	license := r.license(id)
	return Profile{License: &license, Member: r.member(t)}, nil
}

func (r *CrowdRecords) License(_ context.Context, id seats.LicenseID) (License, error) {
	return r.license(id), nil
}

func (r *CrowdRecords) Revisions(_ context.Context, ids []seats.LicenseID) (map[seats.LicenseID]seats.Revision, error) {
	all := map[seats.LicenseID]seats.Revision{}
	for _, id := range ids {
		all[id] = 1
	}
	return all, nil
}

func (r *CrowdRecords) Roster(context.Context, presence.LicenseID, presence.Revision) (presence.Changed, error) {
	all := presence.Changed{Config: presence.Config{Revision: 1, Grace: 30 * time.Second}}
	for i := range r.agents {
		m := r.member(hired(i))
		all.Members = append(all.Members, presence.Member{Teammate: presence.TeammateID(m.Teammate), Name: m.Name, Operator: true})
	}
	return all, nil
}

func (r *CrowdRecords) NextEpoch(_ context.Context, id presence.LicenseID, after presence.Generation) (presence.Generation, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rosters[id] = max(r.rosters[id], after) + 1
	return r.rosters[id], nil
}

func (r *CrowdRecords) Choose(_ context.Context, id presence.LicenseID, t presence.TeammateID, to presence.Intent, until time.Time) (presence.Choice, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.choices[string(id)+"/"+string(t)]++
	return presence.Choice{Number: r.choices[string(id)+"/"+string(t)], Status: to.Status, Note: to.Note, Until: until}, nil
}

func (r *CrowdRecords) Seen(context.Context, presence.LicenseID, map[presence.TeammateID]presence.Seen) error {
	return nil
}
