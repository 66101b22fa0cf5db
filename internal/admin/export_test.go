package admin

import (
	"net/http/httptest"
	"time"

	"github.com/gin-gonic/gin"
)

// SmallestCap is smallestCap.
var SmallestCap = smallestCap

// NewLimit is a limit at a time that stands still, and how many callers it counts.
func NewLimit(perSecond float64) (take func(caller string) error, counted func() int) {
	l, err := newLimit("test", perSecond)
	if err != nil {
		panic(err)
	}
	now := time.Now()
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	return func(caller string) error { return l.take(c, caller, now) }, l.callers.Len
}

// Codes are those of all problems.
func Codes() (codes []string) {
	for c := range statuses {
		codes = append(codes, string(c))
	}
	return codes
}
