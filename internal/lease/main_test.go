package lease_test

import (
	"testing"

	"usher/internal/redistest"
)

func TestMain(m *testing.M) { redistest.Main(m) }
