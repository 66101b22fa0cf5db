package main

import (
	"net/http"
	"strings"
	"testing"

	"usher/gateway/client/api"

	"github.com/oapi-codegen/nullable"
)

// A partner's program, with the Go client alone, makes a license once, changes it and takes that back, and is told of its mistakes by their codes.
func TestAPartnersProgram(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	partner, err := api.New(p.url+"/", p.demo.APIKey)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	order := api.NewLicense{Name: "Ordered", Cap: 2, Teammates: &[]api.NewTeammate{{Email: "ann@example.com", Operator: new(true)}}}
	var id string
	for range 2 { // twice is once
		made, err := partner.CreateLicenseWithResponse(ctx, &api.CreateLicenseParams{IdempotencyKey: new("order 1")}, order)
		if err != nil || made.JSON201 == nil || id != "" && id != made.JSON201.Id {
			t.Fatalf("%v %s, was %s", err, made.Body, id)
		}
		id = made.JSON201.Id
	}
	set := func(change api.LicenseChange) *api.ChangeLicenseResponse {
		t.Helper()
		changed, err := partner.ChangeLicenseWithResponse(ctx, id, nil, change)
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	got := set(api.LicenseChange{Policy: &api.PolicyChange{Overage: nullable.NewNullableWithValue(api.PolicyChangeOverage("1.5x"))}})
	if got.JSON200 == nil || *got.JSON200.Policy.Overage != "1.5x" || !strings.HasPrefix(got.Headers200.ETag, `"`) {
		t.Errorf("%s", got.Body)
	}
	if got = set(api.LicenseChange{Policy: &api.PolicyChange{Overage: nullable.NewNullNullable[api.PolicyChangeOverage]()}}); got.JSON200.Policy.Overage != nil {
		t.Errorf("%s", got.Body)
	}
	if got = set(api.LicenseChange{Cap: new(-1)}); got.StatusCode() != http.StatusBadRequest || got.ApplicationproblemJSONDefault.Code != "bad_request" {
		t.Errorf("%s", got.Body)
	}
	found, err := partner.ListLicensesWithResponse(ctx, &api.ListLicensesParams{Q: new("ordered")})
	if err != nil || len(found.JSON200.Items) != 1 || !found.JSON200.NextCursor.IsNull() {
		t.Errorf("%v %s", err, found.Body)
	}
	ann, err := api.New(p.url, p.demo.token("Ann"))
	if err != nil {
		t.Fatal(err)
	}
	if denied, err := ann.GetSummaryWithResponse(ctx, demoLicense); err != nil || denied.ApplicationproblemJSONDefault.Code != "forbidden" {
		t.Errorf("%v %s", err, denied.Body)
	}
	if usage, err := partner.GetUsageWithResponse(ctx, demoLicense, nil); err != nil || usage.JSON200.SmallestCap != 0 {
		t.Errorf("%v %s", err, usage.Body)
	}
}
