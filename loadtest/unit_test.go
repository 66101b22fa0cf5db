package loadtest

import "testing"

func TestValuesAreShownWithTheirUnit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		unit  unit
		value float64
		want  string
	}{
		{inSeconds, 0, "0 s"},
		{inSeconds, 4e-9, "0.004 µs"},
		{inSeconds, 12e-6, "12 µs"},
		{inSeconds, 999.7e-6, "1 ms"},
		{inSeconds, 0.001234, "1.23 ms"},
		{inSeconds, 0.0999, "99.9 ms"},
		{inSeconds, 0.9997, "1 s"},
		{inSeconds, 59.96, "60 s"},
		{inSeconds, 100, "1m40s"},
		{inSeconds, 5400, "1h30m"},
		{inBytes, 12, "12 B"},
		{inBytes, 999.6, "1 kB"},
		{inBytes, 12345, "12.3 kB"},
		{inBytes, 184e6, "184 MB"},
		{inBytes, 5.5e12, "5.5 TB"},
		{inNumbers, 0, "0"},
		{inNumbers, 2.5, "2.5"},
		{inNumbers, -1200, "-1,200"},
		{inNumbers, 1234567, "1,234,567"},
		{inNumbers, 9.2e18, "9.2e+18"},
		{inNumbers, 12e9, "12 billion"},
		{aSecond, 512.4, "512 /s"},
		{inCores, 1.25, "1.25"},
	}
	for _, test := range tests {
		if got := test.unit.show(test.value); got != test.want {
			t.Errorf("%g is shown as %q, not %q", test.value, got, test.want)
		}
	}
}
