package directory_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/directory"
)

func TestPolicyIsMergedFieldByField(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	for _, step := range []struct{ change, want string }{
		{`{"grace_ms":21000}`, `{"grace_ms":21000}`},
		{`{"cooldown_ms":0,"overage":"always"}`, `{"grace_ms":21000,"cooldown_ms":0,"overage":"always"}`},
		{`{"grace_ms":null,"other":1}`, `{"cooldown_ms":0,"overage":"always"}`},
		{`{"cooldown_ms":604800000,"overage":null,"grace_ms":86400000}`, `{"grace_ms":86400000,"cooldown_ms":604800000}`},
		{`{"grace_ms":null,"cooldown_ms":null,"reserved":{"administrators":2}}`, `{"reserved":{"administrators":2}}`},
		{`{"reserved":{"others":1}}`, `{"reserved":{"administrators":2}}`},
		{`{"reserved":{}}`, `{"reserved":{"administrators":2}}`},
		{`{"reserved":{"administrators":null}}`, `{}`},
		{`{"reserved":{"administrators":0}}`, `{"reserved":{"administrators":0}}`},
		{`{"reserved":null}`, `{}`},
		{`{"administrators_first":true,"waitlist":false,"hand_over":"asked"}`, `{"administrators_first":true,"waitlist":false,"hand_over":"asked"}`},
		{`{"administrators_first":null,"waitlist":null,"hand_over":"off"}`, `{"hand_over":"off"}`},
		{`{"hand_over":null,"idle_after_ms":1000,"idle_warning_ms":86400000}`, `{"idle_after_ms":1000,"idle_warning_ms":86400000}`},
		{`{"idle_after_ms":null,"idle_warning_ms":null,"on_shrink":"evict_newest","sessions_per_teammate":1}`,
			`{"on_shrink":"evict_newest","sessions_per_teammate":1}`},
		{`{"on_shrink":null,"sessions_per_teammate":null}`, `{}`},
	} {
		l, err := f.ChangeLicense(t.Context(), "lic", nil, directory.LicenseChange{Policy: json.RawMessage(step.change)})
		got, _ := json.Marshal(l.Policy)
		if err != nil || string(got) != step.want {
			t.Fatalf("%s: got %s (%v), want %s", step.change, got, err, step.want)
		}
		stored, err := f.License(t.Context(), "lic")
		if d := cmp.Diff(l, stored); d != "" || err != nil {
			t.Errorf("%s: answered otherwise than stored: %s%v", step.change, d, err)
		}
	}
}

// What may not be is refused by its name, and nothing of the change is kept.
func TestBadPolicies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	for field, bad := range map[string][]string{
		"policy": {`[]`, `null`, `3`},
		"policy.grace_ms": {
			`{"grace_ms":20999}`, `{"grace_ms":86400001}`, `{"grace_ms":-1}`, `{"grace_ms":1e30}`, `{"grace_ms":30000.5}`, `{"grace_ms":"30s"}`,
		},
		"policy.cooldown_ms":             {`{"cooldown_ms":-1}`, `{"cooldown_ms":604800001}`},
		"policy.overage":                 {`{"overage":"3x"}`, `{"overage":2}`, `{"overage":""}`},
		"policy.reserved":                {`{"reserved":1}`, `{"reserved":[]}`, `{"reserved":"administrators"}`},
		"policy.reserved.administrators": {`{"reserved":{"administrators":-1}}`, `{"reserved":{"administrators":1000001}}`, `{"reserved":{"administrators":true}}`},
		"policy.administrators_first":    {`{"administrators_first":1}`},
		"policy.waitlist":                {`{"waitlist":"yes"}`},
		"policy.hand_over":               {`{"hand_over":"nobody"}`, `{"hand_over":true}`},
		"policy.idle_after_ms":           {`{"idle_after_ms":0}`, `{"idle_after_ms":999}`, `{"idle_after_ms":86400001}`},
		"policy.idle_warning_ms":         {`{"idle_warning_ms":999}`, `{"idle_warning_ms":86400001}`},
		"policy.on_shrink":               {`{"on_shrink":"free"}`},
		"policy.sessions_per_teammate":   {`{"sessions_per_teammate":0}`, `{"sessions_per_teammate":1001}`},
	} {
		for _, change := range bad {
			if inner, ok := strings.CutPrefix(change, "{"); ok {
				change = `{"cooldown_ms":5,` + inner
			}
			_, err := f.ChangeLicense(t.Context(), "lic", nil, directory.LicenseChange{Policy: json.RawMessage(change)})
			var e *directory.Error
			if !errors.As(err, &e) || e.Code != directory.Invalid || e.Field != field || !strings.HasPrefix(e.Reason, "must be ") {
				t.Errorf("%s: got %v, want %s to be invalid", change, err, field)
			}
		}
	}
	if l, err := f.License(t.Context(), "lic"); err != nil || l.Policy != (directory.Policy{}) || l.Revision != 1 {
		t.Errorf("a refused change left %+v (%v)", l, err)
	}
}

func TestRulesAreThePolicyWithDefaults(t *testing.T) {
	t.Parallel()
	want := directory.Rules{
		Cooldown: time.Minute, Overage: "none", Waitlist: true, HandOver: "anyone", IdleWarning: 30 * time.Second, OnShrink: "drain",
		SessionsPerTeammate: 10,
	}
	if d := cmp.Diff(want, directory.Policy{}.Rules()); d != "" {
		t.Errorf("defaults: %s", d)
	}
	var p directory.Policy
	if err := json.Unmarshal([]byte(everyField), &p); err != nil {
		t.Fatal(err)
	}
	want = directory.Rules{
		Grace: 45 * time.Second, Overage: "1.5x", ReservedAdministrators: 2, AdministratorsFirst: true, HandOver: "asked",
		IdleAfter: 10 * time.Minute, IdleWarning: time.Second, OnShrink: "evict_newest", SessionsPerTeammate: 3, FirstSight: true,
	}
	if d := cmp.Diff(want, p.Rules()); d != "" {
		t.Errorf("every field: %s", d)
	}
}

// everyField sets each field of a policy to something other than its default.
const everyField = `{"grace_ms":45000,"cooldown_ms":0,"overage":"1.5x","reserved":{"administrators":2},"administrators_first":true,` +
	`"waitlist":false,"hand_over":"asked","idle_after_ms":600000,"idle_warning_ms":1000,"on_shrink":"evict_newest","sessions_per_teammate":3,` +
	`"first_sight":true,"alerts":{"near_percent":50,"waiting_ms":0,"mail":false}}`

// A field that can be shown and not be set would be forgotten with the next change.
func TestEveryFieldOfAPolicyCanBeSet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	l, _, err := f.CreateLicense(t.Context(), directory.NewLicense{Partner: f.partner.ID, Name: "A", Policy: json.RawMessage(everyField)})
	got, _ := json.Marshal(l.Policy)
	if err != nil || string(got) != everyField {
		t.Errorf("got %s (%v), want %s", got, err, everyField)
	}
	for i := range reflect.TypeFor[directory.Policy]().NumField() {
		if reflect.ValueOf(l.Policy).Field(i).IsZero() {
			t.Errorf("this test does not set %s", reflect.TypeFor[directory.Policy]().Field(i).Name)
		}
	}
}
