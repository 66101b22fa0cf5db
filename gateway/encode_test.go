package gateway

import (
	"testing"
	"time"

	"usher/seats"
)

// Nobody is told to wait for longer than the cooldown, however the engine's time was estimated.
func TestRetryAfterIsNeverLongerThanTheCooldown(t *testing.T) {
	t.Parallel()
	loss := seats.Loss{Reason: seats.LostFreed, At: curtain, CooldownUntil: curtain.Add(time.Minute)}
	for ahead, want := range map[time.Duration]int64{-time.Second: 60_000, 0: 60_000, time.Second: 59_000} {
		if got := wireLost(loss, curtain.Add(ahead)).RetryAfterMS; got == nil || *got != want {
			t.Errorf("%s after: %v, want %d", ahead, got, want)
		}
	}
	if got := wireLost(loss, curtain.Add(time.Hour)).RetryAfterMS; got != nil {
		t.Errorf("after the cooldown: %d", *got)
	}
}
