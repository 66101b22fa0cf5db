package loadtest

import "math"

// point is one value of a series.
type point struct{ x, y float64 }

// summary is what the points of a stretch come down to.
type summary struct{ x, low, mean, high float64 }

// thin sums up points in order of x over at most so many equal stretches, and keeps every peak and dip in them. Fewer points than
// that are their own summaries.
func thin(points []point, stretches int) []summary {
	var sums []summary
	if len(points) <= stretches {
		for _, p := range points {
			sums = append(sums, summary{p.x, p.y, p.y, p.y})
		}
		return sums
	}
	for _, stretch := range cut(points, stretches) {
		low, high := extremes(stretch)
		var all float64
		for _, p := range stretch {
			all += p.y / float64(len(stretch))
		}
		sums = append(sums, summary{(stretch[0].x + stretch[len(stretch)-1].x) / 2, stretch[low].y, all, stretch[high].y})
	}
	return sums
}

// cut parts points into at most so many stretches, equally long in x, and leaves out those without points.
func cut(points []point, stretches int) [][]point {
	if len(points) == 0 {
		return nil
	}
	first, last := points[0].x, points[len(points)-1].x
	length := math.Max(last-first, 1) / float64(stretches)
	var parts [][]point
	begin := 0
	for i := 1; i <= len(points); i++ {
		if i < len(points) && stretchOf(points[i], first, length, stretches) == stretchOf(points[begin], first, length, stretches) {
			continue
		}
		parts = append(parts, points[begin:i])
		begin = i
	}
	return parts
}

func stretchOf(p point, first, length float64, stretches int) int {
	return min(int((p.x-first)/length), stretches-1)
}

// extremes are the indexes of the lowest and the highest value.
func extremes(points []point) (low, high int) {
	for i, p := range points {
		if p.y < points[low].y {
			low = i
		}
		if p.y > points[high].y {
			high = i
		}
	}
	return low, high
}
